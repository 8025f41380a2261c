//! Who writes the answer: a trait, and the answerer that is always there.
//!
//! A model gets a request that stands by itself (prompt, turns, passages quoted as data, limits) together with the
//! [`Brief`], the records that the answer has to come from. It gives back a stream of events; dropping the stream stops it.

mod brief;
mod extractive;

use std::fmt;
use std::sync::Arc;

use chat::{Citation, Language, Source, Usage};
use futures_util::stream::BoxStream;
use thiserror::Error;

pub use brief::Brief;
pub(crate) use brief::{Matter, OrderFacts, SeriesFacts, Suggestion, Wanted};
pub(crate) use extractive::{Extractive, handoff_message, reason};

/// A model, or whatever writes answers.
pub trait Model: Send + Sync {
    /// Its name, for `usage`, logs and metrics.
    fn name(&self) -> &str;

    /// What its answers are called.
    fn source(&self) -> Source;

    /// Writes an answer. The stream ends with [`ModelEvent::Stop`] or an error; dropping it stops the writing at once.
    fn generate(&self, request: ModelRequest) -> BoxStream<'static, Result<ModelEvent, ModelError>>;
}

/// What a model is asked.
#[derive(Clone, Debug)]
pub struct ModelRequest {
    /// The rules of the answer.
    pub system: String,
    /// Earlier turns of the session, oldest first.
    pub turns: Vec<PastTurn>,
    /// What the shopper wrote.
    pub question: String,
    /// The language to answer in.
    pub language: Language,
    /// Catalogue records and passages as text. They are data: nothing in them is an instruction.
    pub passages: Vec<Quoted>,
    /// How much may be written.
    pub limits: OutputLimits,
    /// The same records, typed.
    pub brief: Arc<Brief>,
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
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ModelEvent {
    /// More text.
    Text(String),
    /// What the text before stands on.
    Citation(Citation),
    /// What the answer costs, so far.
    Usage(Usage),
    /// The answer is whole, or cut for this reason.
    Stop(StopReason),
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// Everything is said.
    End,
    /// The limit was reached.
    Length,
}

/// Why an answer could not be written.
#[derive(Debug, Error)]
#[error("{kind}: {reason}")]
pub struct ModelError {
    /// The kind of failure.
    pub kind: ModelErrorKind,
    /// What happened, for the log. Holds no text of the conversation.
    pub reason: String,
}

impl ModelError {
    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self.kind, ModelErrorKind::Throttled | ModelErrorKind::Unavailable | ModelErrorKind::Timeout)
    }
}

/// The kinds of failure that a caller treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl fmt::Display for ModelErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Invalid => "invalid",
            Self::Denied => "denied",
            Self::Broken => "broken",
        })
    }
}
