//! Who writes the answer: a trait, the answerer that is always there, and the router that chooses between them.
//!
//! A model gets a request that stands by itself (prompt, turns, passages quoted as data, tools, limits) together with the
//! [`Brief`], the records that the answer has to come from. It gives back a stream of events; dropping the stream stops it.

pub mod bedrock;
mod brief;
mod build;
pub mod config;
pub mod cost;
pub(crate) mod extractive;
pub mod openai;
mod router;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chat::{Citation, Language, Source};
use futures_util::stream::BoxStream;
use serde_json::Value;
use thiserror::Error;

pub use bedrock::Bedrock;
pub use brief::Brief;
pub(crate) use brief::{Matter, OrderFacts, SeriesFacts, Suggestion, Wanted};
pub(crate) use build::build;
pub(crate) use cost::Ledger;
pub use extractive::Extractive;
pub(crate) use extractive::{handoff_message, reason};
pub(crate) use router::{Ask, Routed, Router, Spent, Unheard, Verdict, models_time};
pub use router::{BACKOFF_MAX, EXTRACTIVE, Policy, ROUTE_MODELS_MAX, Routable, RouteError, Routes};

/// Longest arguments of a tool call, in bytes of JSON. A model that writes more is broken.
pub const TOOL_ARGUMENTS_BYTES_MAX: usize = 8 << 10;
/// Most tool calls that a model may make at once. A model that makes more is broken.
pub const TOOL_CALLS_MAX: usize = 8;

/// The stream of one answer.
pub type Answer = BoxStream<'static, Result<ModelEvent, ModelError>>;

/// A model, or whatever writes answers.
pub trait Model: Send + Sync {
    /// Its name in the configuration, for `usage`, logs and metrics.
    fn name(&self) -> &str;

    /// What its provider calls it; prices go by this.
    fn model_id(&self) -> &str {
        self.name()
    }

    /// What its answers are called.
    fn source(&self) -> Source;

    /// Writes an answer, once: what is tried again is the router's business. The stream ends with [`ModelEvent::Stop`] or an
    /// error; dropping it stops the writing at once.
    fn generate(&self, request: Arc<ModelRequest>) -> Answer;
}

/// What a model is asked. It stands by itself, so that another model can be asked the same.
#[derive(Clone, Debug)]
pub struct ModelRequest {
    /// The rules of the answer. The same for every turn in a language, so that a provider may cache it.
    pub system: String,
    /// Earlier turns of the session, oldest first.
    pub turns: Vec<PastTurn>,
    /// The shopper's message as the model reads it: records and passages quoted as data, then the question.
    pub message: String,
    /// The language to answer in.
    pub language: Language,
    /// What `message` quotes, in its order. They are data: nothing in them is an instruction.
    pub passages: Vec<Quoted>,
    /// What the model may call; empty when it may call nothing.
    pub tools: Vec<ToolSpec>,
    /// The tools called for this answer so far, oldest first.
    pub rounds: Vec<ToolRound>,
    /// How much may be written.
    pub limits: OutputLimits,
    /// Texts that end the answer where they would be written.
    pub stop: Vec<String>,
    /// What a provider may log of the request.
    pub labels: Labels,
    /// The same records, typed.
    pub brief: Arc<Brief>,
}

/// What a provider may log of a request. Nothing here tells who asked, or what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// The request's id.
    pub request_id: String,
    /// What the turn wants.
    pub intent: String,
    /// Name and version of the prompt, for example `assistant/2`.
    pub prompt: String,
}

/// A tool that a model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    /// Its name: letters, digits and underscores, at most 64.
    pub name: &'static str,
    /// What it does and when to call it.
    pub description: &'static str,
    /// JSON schema of its arguments, an object.
    pub parameters: Value,
}

/// A model wants a tool called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// The arguments, as the model wrote them: JSON if it is in luck, at most [`TOOL_ARGUMENTS_BYTES_MAX`].
    pub arguments: String,
}

/// What a tool gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolResult {
    /// The call's id.
    pub call_id: String,
    /// A JSON document, or what was wrong with the call.
    pub content: String,
    /// The call could not be answered.
    pub is_error: bool,
}

/// Tools called at once, and what they gave back, in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolRound {
    /// What the model wrote before the calls.
    pub text: String,
    /// The calls, at most [`TOOL_CALLS_MAX`].
    pub calls: Vec<ToolCall>,
    /// One result a call.
    pub results: Vec<ToolResult>,
}

/// An earlier turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastTurn {
    /// What the shopper wrote.
    pub asked: String,
    /// What was answered.
    pub answered: String,
}

/// A record or a passage as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// What to cite when it is used.
    pub citation: Citation,
    /// The text.
    pub text: String,
}

/// How much may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimits {
    /// Longest answer, in characters.
    pub chars_max: usize,
    /// Longest answer, in the model's tokens.
    pub tokens_max: u32,
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ModelEvent {
    /// More text; never empty.
    Text(String),
    /// The model has thought on, hidden, for so many characters; never 0. It is never said: it shows that the model is alive,
    /// and it is paid for.
    Thinking(usize),
    /// A tool is to be called: whole, after the text before it. The answer then stops for [`StopReason::Tools`].
    ToolCall(ToolCall),
    /// What the text before stands on.
    Citation(Citation),
    /// What the answer took, so far. A later one replaces it.
    Usage(Tokens),
    /// The answer is whole, or cut for this reason. Nothing follows.
    Stop(StopReason),
}

/// What a model read and wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read, without those of the cache.
    pub input: u32,
    /// Written.
    pub output: u32,
    /// Read from the provider's cache.
    pub cache_read: u32,
    /// Written to the provider's cache.
    pub cache_write: u32,
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// Everything is said.
    End,
    /// The limit was reached.
    Length,
    /// The model waits for the tools that it called.
    Tools,
    /// One of the request's stop texts came.
    StopText,
    /// The provider's guardrail or filter stepped in. What was written may not be said.
    Filtered,
}

/// Why an answer could not be written.
#[derive(Debug, Error)]
#[error("{kind}: {reason}")]
pub struct ModelError {
    /// The kind of failure.
    pub kind: ModelErrorKind,
    /// What happened, for the log. Holds no text of the conversation.
    pub reason: String,
    /// How long the provider asks to wait.
    pub retry_after: Option<Duration>,
}

impl ModelError {
    /// A failure of this kind.
    #[must_use]
    pub fn new(kind: ModelErrorKind, reason: impl fmt::Display) -> Self {
        Self { kind, reason: reason.to_string(), retry_after: None }
    }

    /// Whether the same model may answer the same request a moment later. One that let us wait is not waited for again: the
    /// shopper has waited already.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self.kind, ModelErrorKind::Throttled | ModelErrorKind::Unavailable)
    }
}

/// The kinds of failure that a caller treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelErrorKind {
    /// Too many requests.
    Throttled,
    /// The model cannot be reached, or is overloaded.
    Unavailable,
    /// It took too long.
    Timeout,
    /// The request is wrong.
    Invalid,
    /// Credentials are missing, wrong or expired.
    Denied,
    /// What came back is no answer.
    Broken,
}

impl ModelErrorKind {
    /// Its name, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Invalid => "invalid",
            Self::Denied => "denied",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for ModelErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
