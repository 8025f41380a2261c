//! Amazon Bedrock's dialect: `POST /model/{id}/converse-stream` answers with frames of `application/vnd.amazon.eventstream`,
//! each with two checksums; `POST /model/{id}/count-tokens` answers with JSON.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use serde_json::{Value, json};

use crate::dialect::{Refusal, Speaker};
use crate::http::Received;
use crate::script::{Failure, Script, Step, Stop};

/// The pieces that a tool's arguments go out in.
const ARGUMENT_PIECES: usize = 3;
/// What the server says a request's id is.
pub const REQUEST_ID: &str = "5e1e57ed-0000-4000-8000-000000000001";

/// An event's frame: its name, for example `contentBlockDelta`, and its JSON.
///
/// # Panics
/// Where name or payload do not fit into a frame.
#[must_use]
pub fn event(name: &str, payload: &Value) -> Vec<u8> {
    frame([(":event-type", name), (":content-type", "application/json"), (":message-type", "event")], payload)
}

/// An exception's frame: its name, for example `throttlingException`.
///
/// # Panics
/// Where name or message do not fit into a frame.
#[must_use]
pub fn exception(name: &str, message: &str) -> Vec<u8> {
    let headers =
        [(":exception-type", name), (":content-type", "application/json"), (":message-type", "exception")];
    frame(headers, &json!({ "message": message }))
}

/// The frame of an error that no exception of the service's model stands for.
///
/// # Panics
/// Where code or message do not fit into a frame.
#[must_use]
pub fn error(code: &str, message: &str) -> Vec<u8> {
    frame([(":error-code", code), (":error-message", message), (":message-type", "error")], &Value::Null)
}

fn frame<const N: usize>(headers: [(&str, &str); N], payload: &Value) -> Vec<u8> {
    let payload = if payload.is_null() { String::new() } else { payload.to_string() };
    let mut message = Message::new(payload.into_bytes());
    for (name, value) in headers {
        message =
            message.add_header(Header::new(name.to_owned(), HeaderValue::String(value.to_owned().into())));
    }
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).expect("the test's frame is short enough");
    bytes
}

/// Writes one answer.
pub(crate) struct Converse {
    counts_tokens: bool,
    block: i32,
    in_text: bool,
}

impl Converse {
    pub(crate) fn new(request: &Received) -> Self {
        Self { counts_tokens: request.path.ends_with("/count-tokens"), block: 0, in_text: false }
    }

    fn text(&mut self, text: &str) -> Vec<Vec<u8>> {
        // A block of text has no start of its own.
        self.in_text = true;
        vec![event(
            "contentBlockDelta",
            &json!({ "contentBlockIndex": self.block, "delta": { "text": text } }),
        )]
    }

    fn tool(&mut self, id: &str, name: &str, arguments: &str) -> Vec<Vec<u8>> {
        let mut frames = self.close_text();
        let block = self.block;
        let start =
            json!({ "contentBlockIndex": block, "start": { "toolUse": { "toolUseId": id, "name": name } } });
        frames.push(event("contentBlockStart", &start));
        frames.extend(pieces(arguments).map(|piece| {
            let delta = json!({ "contentBlockIndex": block, "delta": { "toolUse": { "input": piece } } });
            event("contentBlockDelta", &delta)
        }));
        frames.push(self.stop_block());
        frames
    }

    fn close_text(&mut self) -> Vec<Vec<u8>> {
        let open = std::mem::take(&mut self.in_text);
        open.then(|| self.stop_block()).into_iter().collect()
    }

    fn stop_block(&mut self) -> Vec<u8> {
        let frame = event("contentBlockStop", &json!({ "contentBlockIndex": self.block }));
        self.block += 1;
        frame
    }

    fn stop(&mut self, stop: Stop) -> Vec<Vec<u8>> {
        let mut frames = self.close_text();
        frames.push(event("messageStop", &json!({ "stopReason": reason(stop) })));
        frames
    }
}

impl Speaker for Converse {
    fn headers(&self) -> Vec<(String, String)> {
        vec![
            ("content-type".into(), "application/vnd.amazon.eventstream".into()),
            ("x-amzn-requestid".into(), REQUEST_ID.into()),
        ]
    }

    fn begin(&mut self) -> Vec<Vec<u8>> {
        vec![event("messageStart", &json!({ "role": "assistant" }))]
    }

    fn step(&mut self, step: &Step) -> Vec<Vec<u8>> {
        match step {
            Step::Text(text) => self.text(text),
            Step::ToolCall { id, name, arguments } => self.tool(id, name, arguments),
            Step::Usage { input, output } => vec![event("metadata", &usage(*input, *output))],
            Step::Stop(stop) => self.stop(*stop),
            Step::Fail(failure) => vec![exception(&lower_camel(&failure.kind), &failure.message)],
            _ => Vec::new(),
        }
    }

    fn corrupt(&self, mut frame: Vec<u8>) -> Vec<u8> {
        // The last four bytes are the message's checksum.
        if let Some(last) = frame.last_mut() {
            *last ^= 0xff;
        }
        frame
    }

    fn refusal(&self, failure: &Failure) -> Refusal {
        let kind = format!("{}:http://internal.amazon.com/coral/com.amazon.bedrock/", failure.kind);
        Refusal {
            headers: vec![("x-amzn-errortype".into(), kind), ("x-amzn-requestid".into(), REQUEST_ID.into())],
            body: refusal_body(&failure.message),
        }
    }

    fn whole(&self, script: &Script) -> Option<Value> {
        let input = script.steps.iter().find_map(|step| match step {
            Step::Usage { input, .. } => Some(*input),
            _ => None,
        });
        self.counts_tokens.then(|| json!({ "inputTokens": input.unwrap_or(0) }))
    }
}

/// Some exceptions tell more than a message: one that is a JSON object is the whole body.
fn refusal_body(message: &str) -> String {
    match serde_json::from_str(message) {
        Ok(Value::Object(_)) => message.to_owned(),
        _ => json!({ "message": message }).to_string(),
    }
}

fn usage(input: u32, output: u32) -> Value {
    let usage = json!({ "inputTokens": input, "outputTokens": output, "totalTokens": input + output });
    json!({ "usage": usage, "metrics": { "latencyMs": 1 } })
}

const fn reason(stop: Stop) -> &'static str {
    match stop {
        Stop::End => "end_turn",
        Stop::Length => "max_tokens",
        Stop::Tools => "tool_use",
        Stop::StopText => "stop_sequence",
        Stop::Filtered => "guardrail_intervened",
    }
}

/// The text in a few pieces, cut between characters.
fn pieces(text: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = text.chars().collect();
    let length = characters.len().div_ceil(ARGUMENT_PIECES).max(1);
    characters.chunks(length).map(|piece| piece.iter().collect()).collect::<Vec<_>>().into_iter()
}

/// A stream calls `throttlingException` what a response calls `ThrottlingException`.
fn lower_camel(kind: &str) -> String {
    let mut characters = kind.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + characters.as_str())
}
