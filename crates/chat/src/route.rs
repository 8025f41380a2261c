//! The calls of the client API: what a request is for, by its method and its path.

use std::fmt;

use crate::{Code, Problem};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A page or file: the widget's, or the shop's own site's.
    Page,
    /// `POST /v1/chat/init`.
    Init,
    /// `GET /v1/chat/ws`.
    Socket,
    /// `POST /v1/chat/messages`.
    Messages,
    /// `GET /v1/chat/history`.
    History,
    /// `POST /v1/chat/feedback`.
    Feedback,
    /// `POST /v1/chat/handoff`.
    Handoff,
    /// `POST /v1/session/upgrade`.
    Upgrade,
    /// A browser asks whether a page may call (CORS).
    Preflight,
    /// Not known yet.
    Unknown,
}

const API: &[(&str, &str, Route)] = &[
    ("/v1/chat/init", "POST", Route::Init),
    ("/v1/chat/ws", "GET", Route::Socket),
    ("/v1/chat/messages", "POST", Route::Messages),
    ("/v1/chat/history", "GET", Route::History),
    ("/v1/chat/feedback", "POST", Route::Feedback),
    ("/v1/chat/handoff", "POST", Route::Handoff),
    ("/v1/session/upgrade", "POST", Route::Upgrade),
];

impl Route {
    /// The route of a method and a target: a path, and a query that is not looked at.
    ///
    /// # Errors
    /// There is none, or not for this method.
    pub fn of(method: &str, target: &str) -> Result<Self, RouteError> {
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        if let Some((_, allow, route)) = API.iter().copied().find(|(known, _, _)| *known == path) {
            return match method {
                "OPTIONS" => Ok(Self::Preflight),
                method if method == allow => Ok(route),
                _ => Err(RouteError::NotAllowed { allow }),
            };
        }
        if path.starts_with("/v1/") || path.starts_with("/internal/") {
            return Err(RouteError::NotFound);
        }
        Ok(Self::Page)
    }

    /// The route in metrics and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Init => "init",
            Self::Socket => "socket",
            Self::Messages => "messages",
            Self::History => "history",
            Self::Feedback => "feedback",
            Self::Handoff => "handoff",
            Self::Upgrade => "upgrade",
            Self::Preflight => "preflight",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the request carries a JSON body.
    #[must_use]
    pub const fn takes_json(self) -> bool {
        matches!(self, Self::Messages | Self::Feedback)
    }
}

/// Why a request has no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// There is no such call.
    NotFound,
    /// There is, but not with this method.
    NotAllowed {
        /// The methods that there are, as the `Allow` header lists them (RFC 9110, section 10.2.1).
        allow: &'static str,
    },
}

impl RouteError {
    /// What the client is told.
    #[must_use]
    pub fn problem(self) -> Problem {
        match self {
            Self::NotFound => Problem::new(Code::NotFound, "There is no such call."),
            Self::NotAllowed { allow } => Problem::new(Code::MethodNotAllowed, format!("Use {allow} here.")),
        }
    }

    /// The `Allow` header of the refusal, where it has to have one.
    #[must_use]
    pub const fn allow(self) -> Option<&'static str> {
        match self {
            Self::NotFound => None,
            Self::NotAllowed { allow } => Some(allow),
        }
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => out.write_str("there is no such call"),
            Self::NotAllowed { allow } => write!(out, "the method is not one of {allow}"),
        }
    }
}

impl std::error::Error for RouteError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_by_method_and_path_whatever_its_query() {
        assert_eq!(Route::of("POST", "/v1/chat/init?fresh=1"), Ok(Route::Init));
        assert_eq!(Route::of("GET", "/"), Ok(Route::Page));
        assert_eq!(Route::of("OPTIONS", "/v1/chat/messages"), Ok(Route::Preflight));
    }

    #[test]
    fn a_wrong_method_is_told_the_right_one() {
        let error = Route::of("GET", "/v1/chat/messages").unwrap_err();
        assert_eq!(error.allow(), Some("POST"));
        assert_eq!(error.problem().code, Code::MethodNotAllowed);
        assert_eq!(error.problem().detail, "Use POST here.");
    }

    #[test]
    fn internal_paths_are_not_there() {
        let error = Route::of("POST", "/internal/v1/turns").unwrap_err();
        assert_eq!((error, error.problem().code), (RouteError::NotFound, Code::NotFound));
        assert_eq!(error.allow(), None);
    }
}
