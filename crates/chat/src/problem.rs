//! Errors, as clients see them: RFC 9457 problem documents over HTTP, `error` events in a stream; the same stable codes in both.

use serde::{Deserialize, Serialize};

/// Media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// A stable code for what went wrong. Programs switch on it; its meaning never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code as it is written on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// A short sentence for people, the same each time.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

codes! {
    /// The request could not be read: bad framing, bad JSON, bad UTF-8, a binary frame.
    Malformed = "malformed", 400, "The request could not be read.";
    /// The request was read and breaks the schema: a wrong type, an unknown or a missing field, a text that is empty or too long.
    Invalid = "invalid", 422, "A field is missing or not as it should be.";
    /// The body, a frame or a header is over its bound.
    TooLarge = "too_large", 413, "The request is too large.";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", 408, "The request took too long to arrive.";
    /// A token or cookie is missing, expired or not genuine.
    Unauthorized = "unauthorized", 401, "Sign in, or start a new session.";
    /// No session: call `POST /v1/chat/init` first.
    SessionRequired = "session_required", 401, "Start a session first.";
    /// The principal may not do this.
    Forbidden = "forbidden", 403, "This is not allowed.";
    /// The WAF or another filter refused the request.
    Blocked = "blocked", 403, "The request was refused by a security rule.";
    /// The page that sent the request is not one of the shop's.
    OriginNotAllowed = "origin_not_allowed", 403, "Requests from this page are not allowed.";
    /// No such route or record.
    NotFound = "not_found", 404, "There is nothing here.";
    /// The route exists, not for this method.
    MethodNotAllowed = "method_not_allowed", 405, "This method is not allowed here.";
    /// The client accepts none of the forms that an answer has.
    NotAcceptable = "not_acceptable", 406, "The answer has no form that you accept.";
    /// The same id came before with another text.
    IdReused = "id_reused", 409, "This message id was used for another text.";
    /// The body is of a type that the route does not take.
    UnsupportedMediaType = "unsupported_media_type", 415, "Send JSON.";
    /// A WebSocket route was called without an upgrade.
    UpgradeRequired = "upgrade_required", 426, "Open a WebSocket here.";
    /// Too many requests or turns.
    RateLimited = "rate_limited", 429, "Too many requests: wait and try again.";
    /// The headers are over their bound.
    HeadersTooLarge = "headers_too_large", 431, "The request's headers are too large.";
    /// A fault of ours.
    Internal = "internal", 500, "Something went wrong on our side.";
    /// The origin answered what is not an answer.
    BadGateway = "bad_gateway", 502, "The assistant's answer was broken. Try again.";
    /// A filter failed and its slot is closed on failure, or the service is draining.
    Unavailable = "unavailable", 503, "The assistant is not available. Try again soon.";
    /// The origin cannot be reached.
    OriginDown = "origin_down", 503, "The assistant cannot be reached. Try again soon.";
    /// More work than the service takes at once.
    Overloaded = "overloaded", 503, "Too many people are asking at once. Try again soon.";
    /// The origin did not answer in time.
    OriginTimeout = "origin_timeout", 504, "The assistant took too long. Try again.";
    /// The answer was cut off: what arrived is not all of it.
    Interrupted = "interrupted", 502, "The answer was cut off. Try again.";
    /// The answer was stopped because the client asked, or left.
    Stopped = "stopped", 499, "The answer was stopped.";
    /// This host ends no WebSockets: post the message, and take the answer as Server-Sent Events.
    NoSockets = "no_sockets", 501, "There are no WebSockets here: post the message instead.";
    /// No such message in this session, or its events are no longer kept.
    UnknownMessage = "unknown_message", 404, "This message is not known any more: send it again.";
}

/// A problem document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI reference that names the problem's kind, `/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// [`Code::title`].
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: Code,
    /// What was wrong this time and what to do next. Holds nothing secret and nothing the client did not send.
    pub detail: String,
    /// The request, as the log knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Seconds to wait before trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem of this kind, with a detail for this occurrence.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            request_id: None,
            retry_after: None,
        }
    }

    /// A problem of this kind, of which there is no more to say than its title.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::new(code, code.title())
    }

    /// The same problem, with the request it belongs to.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }

    /// The same problem, with a time to wait in seconds.
    #[must_use]
    pub const fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The problem document.
    ///
    /// # Panics
    /// Never: every field has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every field of a problem has a JSON form")
    }

    /// The same problem as an `error` event.
    #[must_use]
    pub fn to_event(&self, id: Option<uuid::Uuid>) -> crate::Event {
        crate::Event::Error {
            id,
            code: self.code,
            message: self.detail.clone(),
            retry_after: self.retry_after,
            usage: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code:?} is written like another code");
            assert!((400..600).contains(&code.status()));
            let read: Code = serde_json::from_str(&format!("\"{}\"", code.as_str())).unwrap();
            assert_eq!(read, *code);
        }
    }
}
