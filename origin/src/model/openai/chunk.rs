//! One JSON document of an answer as events: `chat.completion.chunk` of a stream, or a whole `chat.completion`.
//!
//! Read leniently: what is not known is passed over. Of `reasoning` and `reasoning_content` only the length is told: it is
//! never said. What a shopper would be told is read strictly: an unknown reason to end, or text after the end, is an error.

use serde::Deserialize;
use serde_json::Value;

use super::calls::{Calls, Fragment, Function};
use super::failure::{self, Told};
use super::thinking::Thinking;
use crate::model::{ModelError, ModelErrorKind, ModelEvent, StopReason, Tokens};

/// A document of either kind, or an error in its place.
#[derive(Debug, Deserialize)]
struct Chunk {
    choices: Option<Vec<Choice>>,
    usage: Option<Value>,
    error: Option<Value>,
    object: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Delta>,
    /// In place of `delta` in a document that is the whole answer.
    message: Option<Delta>,
    finish_reason: Option<String>,
    /// vLLM: the stop text that came, or the number of a token.
    stop_reason: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Delta {
    content: Option<Content>,
    /// Hidden thoughts: OpenRouter, Ollama and newer vLLM. What is no text is passed over.
    reasoning: Option<Value>,
    /// The same: DeepSeek, older vLLM, llama.cpp. Some servers send both, alike.
    reasoning_content: Option<Value>,
    refusal: Option<String>,
    tool_calls: Option<Vec<Fragment>>,
    function_call: Option<Function>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// A part of a content in parts: those of another type than `text` are thoughts, or nothing that can be said.
#[derive(Debug, Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

/// Reads an answer, document by document.
#[derive(Debug)]
pub(super) struct Reader {
    thinking: Thinking,
    calls: Calls,
    usage: Option<Tokens>,
    stop: Option<StopReason>,
    /// The model refuses, in words that are not an answer.
    refused: bool,
    /// Something came that belongs to an answer.
    begun: bool,
}

impl Reader {
    /// For an answer that begins within a thought, or not, after so many tool calls.
    pub(super) fn new(thinking_opened: bool, calls_before: usize) -> Self {
        Self {
            thinking: Thinking::new(thinking_opened),
            calls: Calls::after(calls_before),
            usage: None,
            stop: None,
            refused: false,
            begun: false,
        }
    }

    /// Whether the answer is whole: all that may follow is its usage.
    pub(super) const fn is_finished(&self) -> bool {
        self.stop.is_some()
    }

    /// Reads a document.
    ///
    /// # Errors
    /// The server's, if it sent one; [`ModelErrorKind::Broken`] for what is no document of an answer.
    pub(super) fn take(&mut self, document: &str) -> Result<Vec<ModelEvent>, ModelError> {
        // The parser's message may quote the document, so it gets no further.
        let chunk: Chunk =
            serde_json::from_str(document).map_err(|_| broken("a part of it is not JSON of a completion"))?;
        if let Some(error) = failed(&chunk, document) {
            return Err(error);
        }
        let mut events = Vec::new();
        for choice in chunk.choices.into_iter().flatten().filter(|choice| choice.index == 0) {
            self.choice(choice, &mut events)?;
        }
        events.extend(chunk.usage.as_ref().and_then(|usage| self.used(usage)));
        Ok(events)
    }

    fn choice(&mut self, choice: Choice, events: &mut Vec<ModelEvent>) -> Result<(), ModelError> {
        if let Some(delta) = choice.delta.or(choice.message) {
            let hidden = delta.hidden();
            let text = self.delta(delta)?;
            let thought = hidden.saturating_add(self.thinking.take_thought());
            if thought > 0 && self.stop.is_none() {
                events.push(ModelEvent::Thinking(thought));
            }
            if !text.is_empty() {
                events.push(ModelEvent::Text(text));
            }
        }
        let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) else { return Ok(()) };
        self.begun = true;
        if self.stop.is_none() {
            self.stop = Some(stop(&reason, choice.stop_reason.as_ref())?);
            let rest = self.thinking.finish();
            if !rest.is_empty() && !self.refused {
                events.push(ModelEvent::Text(rest));
            }
        }
        Ok(())
    }

    /// Takes what a delta adds; what may be said of it is returned.
    fn delta(&mut self, delta: Delta) -> Result<String, ModelError> {
        let text = delta.content.map(Content::text).unwrap_or_default();
        let mut fragments = delta.tool_calls.unwrap_or_default();
        fragments.extend(delta.function_call.map(Fragment::from));
        let refuses = delta.refusal.is_some_and(|words| !words.is_empty());
        if text.is_empty() && fragments.is_empty() && !refuses {
            return Ok(String::new());
        }
        if self.stop.is_some() {
            return Err(broken("more of the answer came after its end"));
        }
        self.begun = true;
        self.refused |= refuses;
        for fragment in fragments {
            self.calls.push(fragment)?;
        }
        let said = self.thinking.push(&text)?;
        Ok(if self.refused { String::new() } else { said })
    }

    /// Some servers say with every chunk what was used so far. Before the answer begins that is no news of it.
    fn used(&mut self, usage: &Value) -> Option<ModelEvent> {
        let tokens = tokens(usage).filter(|_| self.begun)?;
        let news = self.usage.replace(tokens) != Some(tokens);
        news.then_some(ModelEvent::Usage(tokens))
    }

    /// The events at the end of the answer. `done` says whether the server declared the end, `[DONE]`.
    ///
    /// # Errors
    /// [`ModelErrorKind::Broken`] for an end before the answer's, and for calls that are none.
    pub(super) fn end(mut self, done: bool) -> Result<Vec<ModelEvent>, ModelError> {
        if self.refused {
            return Ok(vec![ModelEvent::Stop(StopReason::Filtered)]);
        }
        let mut events = Vec::new();
        let stop = match self.stop {
            Some(stop) => stop,
            // Some declare the end and give no reason for it.
            None if done && self.begun => {
                events.extend(
                    Some(self.thinking.finish()).filter(|rest| !rest.is_empty()).map(ModelEvent::Text),
                );
                StopReason::End
            }
            None if done => return Err(broken("it ended before it began")),
            None => return Err(broken("it ended without a reason")),
        };
        match stop {
            // A call that was cut off is no call.
            StopReason::Length | StopReason::Filtered => events.push(ModelEvent::Stop(stop)),
            StopReason::Tools if self.calls.is_empty() => {
                return Err(broken("it stopped for tools and called none"));
            }
            // Ollama and llama.cpp have said `stop` after calls.
            _ if !self.calls.is_empty() => {
                events.extend(self.calls.finish()?.into_iter().map(ModelEvent::ToolCall));
                events.push(ModelEvent::Stop(StopReason::Tools));
            }
            _ => events.push(ModelEvent::Stop(stop)),
        }
        Ok(events)
    }
}

impl Delta {
    /// Characters of thoughts beside the content.
    fn hidden(&self) -> usize {
        let chars = |thought: &Option<Value>| {
            thought.as_ref().and_then(Value::as_str).map_or(0, |text| text.chars().count())
        };
        chars(&self.reasoning).max(chars(&self.reasoning_content))
    }
}

impl Content {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => {
                parts.into_iter().filter(|part| part.kind == "text").filter_map(|part| part.text).collect()
            }
        }
    }
}

/// The error that came in place of a part of an answer.
fn failed(chunk: &Chunk, document: &str) -> Option<ModelError> {
    if let Some(error) = chunk.error.as_ref().filter(|error| !error.is_null()) {
        return Some(failure::within(&Told::of_error(error)));
    }
    let bare = chunk.object.as_deref() == Some("error");
    let none = || bare.then(|| serde_json::from_str(document).ok()).flatten();
    none().map(|document| failure::within(&Told::of_document(&document)))
}

/// Why the answer ends: in OpenAI's words, and in those that other servers and gateways pass through (text-generation-inference
/// `eos_token`, Anthropic's `end_turn`, `max_tokens` and `tool_use`). Not to know a reason is not to know whether the text may
/// be said.
fn stop(reason: &str, stop_reason: Option<&Value>) -> Result<StopReason, ModelError> {
    Ok(match reason {
        "stop" if stop_reason.is_some_and(Value::is_string) => StopReason::StopText,
        "stop" | "eos" | "eos_token" | "end" | "end_turn" => StopReason::End,
        "stop_sequence" => StopReason::StopText,
        "length" | "model_length" | "max_tokens" => StopReason::Length,
        "tool_calls" | "function_call" | "tool_use" => StopReason::Tools,
        "content_filter" => StopReason::Filtered,
        "error" | "abort" => {
            return Err(ModelError::new(ModelErrorKind::Unavailable, "the server gave the answer up"));
        }
        _ => return Err(broken("it ended for a reason that is not known")),
    })
}

/// What was read and written. A number that is missing is 0; nothing at all is no usage.
fn tokens(usage: &Value) -> Option<Tokens> {
    let count = |at: &str| usage.pointer(at).and_then(Value::as_u64);
    let count = |at: &str| count(at).map(|tokens| u32::try_from(tokens).unwrap_or(u32::MAX));
    let (input, output) = (count("/prompt_tokens"), count("/completion_tokens"));
    input.or(output)?;
    let cache_read = count("/prompt_tokens_details/cached_tokens").unwrap_or(0);
    let input = input.unwrap_or(0).saturating_sub(cache_read);
    Some(Tokens { input, output: output.unwrap_or(0), cache_read, cache_write: 0 })
}

fn broken(what: &str) -> ModelError {
    ModelError::new(ModelErrorKind::Broken, format_args!("the answer is broken: {what}"))
}
