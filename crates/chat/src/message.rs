//! What a client may send. Unknown fields are refused, so that a misspelt one is noticed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The page that the shopper is looking at while writing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Path of the page on the shop's site, for example `/series/monster`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The series shown on the page, by catalogue id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
}

/// `POST /v1/chat/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagePost {
    /// The client's id of this message. The same id with the same text is answered once.
    pub id: Uuid,
    /// What the shopper wrote, 1 to [`crate::limits::TEXT_CHARS_MAX`] characters.
    pub text: String,
    /// Where the shopper is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The id of an earlier edge answer that did not help: ask further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<Uuid>,
}

/// A message over the WebSocket, told apart by `type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// A shopper's turn.
    Message {
        /// See [`MessagePost::id`].
        id: Uuid,
        /// See [`MessagePost::text`].
        text: String,
        /// See [`MessagePost::page`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<Page>,
        /// See [`MessagePost::not`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not: Option<Uuid>,
    },
    /// End the answer to this message; what was said so far stays said.
    Stop {
        /// The message being answered.
        id: Uuid,
    },
    /// Send again what came after this delta.
    Resume {
        /// The message being answered.
        id: Uuid,
        /// The last delta the client has; 0 for none.
        after: u32,
    },
    /// Was the answer of use?
    Feedback {
        /// The message that was answered.
        id: Uuid,
        /// Up or down.
        rating: Rating,
        /// At most [`crate::limits::COMMENT_CHARS_MAX`] characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// Ask for a person.
    Handoff {},
}

/// `POST /v1/chat/feedback`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackPost {
    /// The message that was answered.
    pub id: Uuid,
    /// Up or down.
    pub rating: Rating,
    /// At most [`crate::limits::COMMENT_CHARS_MAX`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A thumb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// It helped.
    Up,
    /// It did not.
    Down,
}

/// The languages that the shop answers in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English, also the answer to a language that the shop does not speak.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// The body of the 201 that answers `POST /v1/chat/init`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitReply {
    /// The session's public id. It opens nothing: the cookie does.
    pub session_id: String,
    /// `guest`, `customer` or `developer`.
    pub tier: String,
    /// When the session ends, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// What this session may use, for example `orders`, `handoff`.
    pub features: Vec<String>,
    /// Where to open the WebSocket.
    pub ws_url: String,
}

/// One past turn, as `GET /v1/chat/history` lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryTurn {
    /// The client's id of the message.
    pub id: Uuid,
    /// When it was asked, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// What the shopper wrote.
    pub text: String,
    /// What was answered; what was said so far if the answer was stopped.
    pub answer: String,
    /// Where the answer came from.
    pub source: crate::Source,
    /// Products shown with it.
    #[serde(default)]
    pub cards: Vec<crate::Product>,
    /// What it stands on.
    #[serde(default)]
    pub citations: Vec<crate::Citation>,
}

/// The body of `GET /v1/chat/history`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The page's turns, newest last.
    pub turns: Vec<HistoryTurn>,
    /// Pass as `before` to get the turns before these; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The JSON form of an answer, for a client that asks for neither a socket nor a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The client's id of the message.
    pub id: Uuid,
    /// Where the answer came from.
    pub source: crate::Source,
    /// The whole text.
    pub text: String,
    /// Products shown with it.
    pub cards: Vec<crate::Product>,
    /// What it stands on.
    pub citations: Vec<crate::Citation>,
    /// What it cost.
    pub usage: crate::Usage,
}
