//! What a client may send, and the documents that it gets back. Unknown fields of what a client sends are refused, so that a
//! misspelt one is noticed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Feature;

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

impl MessagePost {
    /// What the message says beside its id, as bytes to be hashed: two messages of one id are the same one where these are.
    /// Every part has its length before it, so that no text can look like a text and a page.
    #[must_use]
    pub fn digest_input(&self) -> Vec<u8> {
        let page = self.page.as_ref();
        let parts = [
            Some(self.text.as_str()),
            page.and_then(|page| page.path.as_deref()),
            page.and_then(|page| page.series.as_deref()),
        ];
        let mut input = Vec::new();
        for part in parts {
            let part = part.unwrap_or_default();
            input.extend_from_slice(&(part.len() as u64).to_le_bytes());
            input.extend_from_slice(part.as_bytes());
        }
        input.extend_from_slice(self.not.unwrap_or_default().as_bytes());
        input
    }
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
    /// What this session may use.
    pub features: Vec<Feature>,
    /// Where to open the WebSocket; absent where the host ends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ws_url: Option<String>,
}

impl InitReply {
    /// Tells of a session of this tier (`guest`, `customer` or `developer`). A host that ends WebSockets says where.
    #[must_use]
    pub fn new(session_id: String, tier: &str, expires_at: u64, ws_url: Option<String>) -> Self {
        let features = Feature::of(tier, ws_url.is_some());
        Self { session_id, tier: tier.to_owned(), expires_at, features, ws_url }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, page: Option<(&str, &str)>) -> MessagePost {
        let page =
            page.map(|(path, series)| Page { path: Some(path.to_owned()), series: Some(series.to_owned()) });
        MessagePost { id: Uuid::nil(), text: text.to_owned(), page, not: None }
    }

    #[test]
    fn the_digest_is_over_each_part_with_its_length() {
        let not = Uuid::from_u128(7);
        let message = MessagePost { not: Some(not), ..message("hi", Some(("/a", "monster"))) };
        let expected: Vec<&[u8]> = vec![
            b"\x02\0\0\0\0\0\0\0hi",
            b"\x02\0\0\0\0\0\0\0/a",
            b"\x07\0\0\0\0\0\0\0monster",
            not.as_bytes(),
        ];
        assert_eq!(message.digest_input(), expected.concat());
    }

    #[test]
    fn the_digest_tells_apart_what_is_said_and_not_under_which_id() {
        let said = message("ab", None);
        assert_eq!(
            MessagePost { id: Uuid::from_u128(1), ..said.clone() }.digest_input(),
            said.digest_input()
        );
        for other in [message("a", Some(("b", ""))), message("ab", Some(("/", ""))), message("abc", None)] {
            assert_ne!(other.digest_input(), said.digest_input(), "{other:?}");
        }
        let further = MessagePost { not: Some(Uuid::from_u128(1)), ..said.clone() };
        assert_ne!(further.digest_input(), said.digest_input());
    }

    #[test]
    fn a_session_names_the_socket_where_there_is_one() {
        let reply = InitReply::new("s".into(), "guest", 1, Some("ws://localhost/v1/chat/ws".into()));
        assert!(reply.features.contains(&Feature::Websocket));
        let reply = InitReply::new("s".into(), "guest", 1, None);
        assert!(!reply.features.contains(&Feature::Websocket));
        assert!(!serde_json::to_string(&reply).unwrap().contains("ws_url"));
    }
}
