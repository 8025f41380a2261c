//! The calls between the edge (or the Spin entry) and the origin. Each carries the signed internal header
//! (`identity::internal`); none carries a raw credential.
//!
//! | call | body | reply |
//! | --- | --- | --- |
//! | `POST /internal/v1/turns` | [`TurnRequest`] | 200 `application/x-ndjson`, one [`crate::Event`] a line |
//! | `POST /internal/v1/preceding` | [`Preceding`] | 204; idempotent by message id |
//! | `GET /internal/v1/history?before=&limit=` | | 200 [`crate::message::History`] |
//! | `POST /internal/v1/feedback` | [`crate::message::FeedbackPost`] | 204 |
//! | `POST /internal/v1/handoff` | | 202 [`HandoffReply`] |
//! | `POST /internal/v1/session/upgrade` | [`SessionUpgrade`] | 204 |
//!
//! A refusal is a problem document. Closing the connection of a turn stops it. The reply to a turn says by its header
//! [`HANDED_OVER_HEADER`] whether somebody waits for a person in its session.
//!
//! What comes back is judged here too: [`TurnReader`] reads the stream of a turn, [`passed_on`] and [`refusal`] say what of
//! another reply a client may see.

mod reader;
mod reply;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use reader::{Garbage, TurnReader};
pub use reply::{PassedOn, handed_over, handed_over_value, passed_on, refusal};

use crate::{Citation, Language, Page, Source};

/// Name of the header that carries the signed principal. The edge strips it from what comes from outside.
pub const INTERNAL_HEADER: &str = "x-mangaassist-internal";
/// Name of the header by which the reply to a turn says whether the session waits for a person or has one, this turn's own request for
/// one included: `yes` or `no`. Without it nothing is said, and what was known stands. While it is so, no known answer is given.
pub const HANDED_OVER_HEADER: &str = "x-mangaassist-handed-over";
/// Media type of a streamed turn.
pub const NDJSON: &str = "application/x-ndjson";
/// Path of the turn call.
pub const TURNS: &str = "/internal/v1/turns";
/// Path of the flush of edge answers.
pub const PRECEDING: &str = "/internal/v1/preceding";
/// Path of the history call.
pub const HISTORY: &str = "/internal/v1/history";
/// Path of the feedback call.
pub const FEEDBACK: &str = "/internal/v1/feedback";
/// Path of the hand-off call.
pub const HANDOFF: &str = "/internal/v1/handoff";
/// Path of the session upgrade call.
pub const SESSION_UPGRADE: &str = "/internal/v1/session/upgrade";

/// One turn that the edge did not answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnRequest {
    /// The client's id of the message.
    pub id: Uuid,
    /// What the shopper wrote.
    pub text: String,
    /// Its language, as the edge detected it.
    pub language: Language,
    /// Where the shopper is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The edge answer that did not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Uuid>,
    /// What was answered at the edge since the last internal turn, oldest first,
    /// at most [`crate::limits::PRECEDING_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preceding: Vec<Exchange>,
}

/// A turn that was asked and answered at the edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The client's id of the message.
    pub id: Uuid,
    /// When it was asked, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What the shopper wrote.
    pub text: String,
    /// What was answered.
    pub answer: String,
    /// Where the answer came from.
    pub source: Source,
    /// What it stands on.
    #[serde(default)]
    pub citations: Vec<Citation>,
}

/// Edge answers of a session that went idle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preceding {
    /// The answers, oldest first.
    pub exchanges: Vec<Exchange>,
}

/// A guest signed in: the turns of the old session belong to the new one now. The new session is the internal header's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionUpgrade {
    /// The session before.
    pub from: String,
}

/// A person was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffReply {
    /// The request's id; the same session asking again gets the same one while it is open.
    pub handoff_id: String,
    /// How many wait before this one.
    pub position: u32,
    /// What to tell the shopper.
    pub message: String,
}
