//! Why a model did not answer, or was not asked.

use std::time::Duration;

use crate::model::{ModelError, ModelErrorKind};

/// Why the next was asked. The names are those of logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// No budget is left today for this model.
    Budget,
    /// The model writes as many answers as it may.
    Busy,
    /// The model's breaker is open.
    BreakerOpen,
    /// The turn's time is nearly over: what is left is for the embedded answerer.
    TurnTime,
    /// No text, no tool call and no thought in time.
    FirstToken,
    /// Nothing more in time.
    BetweenTokens,
    /// The answer took too long as a whole.
    Total,
    /// The model itself gave up waiting, for a connection say.
    Timeout,
    Throttled,
    Unavailable,
    Invalid,
    Denied,
    Broken,
    /// The answer ended without a text and without a tool call.
    Empty,
    /// The provider's filter stepped in.
    Filtered,
}

/// What an attempt says about the model's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Good,
    Bad,
    /// The model could not help it.
    Unknown,
}

impl Reason {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Busy => "busy",
            Self::BreakerOpen => "breaker_open",
            Self::TurnTime => "turn_time",
            Self::FirstToken => "first_token",
            Self::BetweenTokens => "between_tokens",
            Self::Total => "total",
            Self::Timeout => "timeout",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
            Self::Denied => "denied",
            Self::Broken => "broken",
            Self::Empty => "empty",
            Self::Filtered => "filtered",
        }
    }

    /// What it says about the model. Denied counts against it: credentials do not mend themselves within a turn. An invalid
    /// request is that request's fault, and a filter that steps in is at work. Whoever asks for an answer of nothing gets one:
    /// if that counted, one shopper could close a good model to everyone. The turn's time may have been used up by others: an
    /// attempt knows better whether it was (`Timer::is_mute`).
    pub(super) const fn health(self) -> Health {
        match self {
            Self::Filtered => Health::Good,
            Self::Budget | Self::Busy | Self::BreakerOpen | Self::TurnTime | Self::Invalid | Self::Empty => {
                Health::Unknown
            }
            Self::FirstToken
            | Self::BetweenTokens
            | Self::Total
            | Self::Timeout
            | Self::Throttled
            | Self::Unavailable
            | Self::Denied
            | Self::Broken => Health::Bad,
        }
    }

    /// Whether the provider turned the request away, when no event had come: then it took no tokens. An answer that could
    /// not be read, and one that was not waited for, were taken on.
    pub(super) const fn is_refusal(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Timeout | Self::Invalid | Self::Denied)
    }
}

impl From<ModelErrorKind> for Reason {
    fn from(kind: ModelErrorKind) -> Self {
        match kind {
            ModelErrorKind::Throttled => Self::Throttled,
            ModelErrorKind::Unavailable => Self::Unavailable,
            ModelErrorKind::Timeout => Self::Timeout,
            ModelErrorKind::Invalid => Self::Invalid,
            ModelErrorKind::Denied => Self::Denied,
            ModelErrorKind::Broken => Self::Broken,
        }
    }
}

/// How an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: Reason,
    /// For the log. Holds no text of the conversation.
    pub(super) detail: String,
    /// [`ModelError::is_retryable`]; what the router itself found out is not.
    pub(super) is_retryable: bool,
    /// How long the provider asks to wait.
    pub(super) retry_after: Option<Duration>,
}

impl Failure {
    pub(super) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), is_retryable: false, retry_after: None }
    }

    pub(super) fn broken(detail: impl Into<String>) -> Self {
        Self::new(Reason::Broken, detail)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self {
            is_retryable: error.is_retryable(),
            reason: error.kind.into(),
            detail: error.reason,
            retry_after: error.retry_after,
        }
    }
}
