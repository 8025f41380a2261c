//! OpenAI's dialect: `POST …/chat/completions` answers with server-sent events, one `chat.completion.chunk` each, or with one
//! `chat.completion` where the request asks for no stream.

use serde_json::{Value, json};

use crate::dialect::{Refusal, Speaker};
use crate::http::Received;
use crate::script::{Failure, Script, Step, Stop};

/// The pieces that a tool's arguments go out in.
const ARGUMENT_PIECES: usize = 3;
/// What the server calls the completion.
pub const COMPLETION_ID: &str = "chatcmpl-scripted";
/// When the completion was created, in seconds of Unix time.
const CREATED: u64 = 1_700_000_000;

/// An event's bytes: its data.
#[must_use]
pub fn event(data: &Value) -> Vec<u8> {
    format!("data: {data}\n\n").into_bytes()
}

/// The event that declares the end of a stream.
#[must_use]
pub fn done() -> Vec<u8> {
    b"data: [DONE]\n\n".to_vec()
}

/// Writes one answer.
pub(crate) struct Completion {
    model: Value,
    stream: bool,
    usage: bool,
    calls: u32,
    /// The answer has its end.
    stopped: bool,
}

impl Completion {
    pub(crate) fn new(request: &Received) -> Self {
        let flag = |at: &str| request.body.pointer(at) == Some(&Value::Bool(true));
        Self {
            model: request.body.get("model").cloned().unwrap_or_default(),
            stream: flag("/stream"),
            usage: flag("/stream_options/include_usage"),
            calls: 0,
            stopped: false,
        }
    }

    /// A chunk with these choices; with none for a usage.
    fn chunk(&self, choices: &Value, usage: Option<&Value>) -> Vec<u8> {
        let mut chunk = self.document("chat.completion.chunk", choices);
        // By the book `usage` is in every chunk when it was asked for, and null in all but the last.
        if self.usage {
            chunk["usage"] = usage.cloned().unwrap_or(Value::Null);
        }
        event(&chunk)
    }

    fn document(&self, object: &str, choices: &Value) -> Value {
        json!({
            "id": COMPLETION_ID, "object": object, "created": CREATED, "model": self.model, "choices": choices,
        })
    }

    fn delta(&self, delta: &Value) -> Vec<u8> {
        self.chunk(&json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": null }]), None)
    }

    fn tool(&mut self, id: &str, name: &str, arguments: &str) -> Vec<Vec<u8>> {
        let index = self.calls;
        self.calls += 1;
        let first = json!({ "tool_calls": [{
            "index": index, "id": id, "type": "function", "function": { "name": name, "arguments": "" },
        }] });
        let rest = pieces(arguments)
            .into_iter()
            .map(|piece| json!({ "tool_calls": [{ "index": index, "function": { "arguments": piece } }] }));
        [first].into_iter().chain(rest).map(|delta| self.delta(&delta)).collect()
    }
}

impl Speaker for Completion {
    fn headers(&self) -> Vec<(String, String)> {
        vec![("content-type".into(), "text/event-stream; charset=utf-8".into())]
    }

    fn begin(&mut self) -> Vec<Vec<u8>> {
        vec![self.delta(&json!({ "role": "assistant", "content": "", "refusal": null }))]
    }

    fn step(&mut self, step: &Step) -> Vec<Vec<u8>> {
        match step {
            Step::Text(text) => vec![self.delta(&json!({ "content": text }))],
            Step::ToolCall { id, name, arguments } => self.tool(id, name, arguments),
            Step::Usage { input, output } if self.usage => {
                vec![self.chunk(&json!([]), Some(&usage(*input, *output)))]
            }
            Step::Stop(stop) => {
                self.stopped = true;
                let choice =
                    json!({ "index": 0, "delta": {}, "logprobs": null, "finish_reason": reason(*stop) });
                vec![self.chunk(&json!([choice]), None)]
            }
            Step::Fail(failure) => {
                self.stopped = false;
                vec![event(&error(failure))]
            }
            _ => Vec::new(),
        }
    }

    fn end(&mut self) -> Vec<Vec<u8>> {
        // An answer that failed, or has no end, is not declared done.
        if self.stopped { vec![done()] } else { Vec::new() }
    }

    fn corrupt(&self, mut frame: Vec<u8>) -> Vec<u8> {
        // Without its last brace the data is no JSON.
        if let Some(brace) = frame.iter().rposition(|byte| *byte == b'}') {
            frame.remove(brace);
        }
        frame
    }

    fn refusal(&self, failure: &Failure) -> Refusal {
        let headers = vec![("x-request-id".into(), "req_scripted".into())];
        Refusal { headers, body: error(failure).to_string() }
    }

    fn whole(&self, script: &Script) -> Option<Value> {
        if self.stream {
            return None;
        }
        let mut text = String::new();
        let mut calls = Vec::new();
        let (mut stop, mut used) = (Stop::End, Value::Null);
        for step in &script.steps {
            match step {
                Step::Text(piece) => text.push_str(piece),
                Step::ToolCall { id, name, arguments } => calls.push(json!({
                    "id": id, "type": "function", "function": { "name": name, "arguments": arguments },
                })),
                Step::Stop(reason) => stop = *reason,
                Step::Usage { input, output } => used = usage(*input, *output),
                _ => {}
            }
        }
        let mut message = json!({ "role": "assistant", "content": text, "refusal": null });
        if !calls.is_empty() {
            message["tool_calls"] = Value::Array(calls);
        }
        let choice =
            json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": reason(stop) });
        let mut document = self.document("chat.completion", &json!([choice]));
        document["usage"] = used;
        Some(document)
    }
}

fn usage(input: u32, output: u32) -> Value {
    json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output })
}

fn error(failure: &Failure) -> Value {
    json!({ "error": { "message": failure.message, "type": failure.kind, "param": null, "code": failure.kind } })
}

const fn reason(stop: Stop) -> &'static str {
    match stop {
        // A stop text ends the answer like anything else.
        Stop::End | Stop::StopText => "stop",
        Stop::Length => "length",
        Stop::Tools => "tool_calls",
        Stop::Filtered => "content_filter",
    }
}

/// The text in a few pieces, cut between characters.
fn pieces(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let length = characters.len().div_ceil(ARGUMENT_PIECES).max(1);
    characters.chunks(length).map(|piece| piece.iter().collect()).collect()
}
