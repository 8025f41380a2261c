//! Where a request goes, by its method and its path.

use chat::{Code, Problem};

use super::exchange::Refused;

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
    /// The route of a method and a target.
    ///
    /// # Errors
    /// There is none, or not for this method.
    pub fn of(method: &str, target: &str) -> Result<Self, Refused> {
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        if let Some((_, allowed, route)) = API.iter().find(|(known, _, _)| *known == path) {
            return match method {
                "OPTIONS" => Ok(Self::Preflight),
                method if method == *allowed => Ok(*route),
                _ => Err(not_allowed(allowed)),
            };
        }
        if path.starts_with("/v1/") || path.starts_with("/internal/") {
            return Err(Problem::new(Code::NotFound, "There is no such call.").into());
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

/// The refusal of a method.
pub(crate) fn not_allowed(allowed: &str) -> Refused {
    let problem = Problem::new(Code::MethodNotAllowed, format!("Use {allowed} here."));
    Refused::from(problem).with_header("allow", allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_by_method_and_path_whatever_its_query() {
        assert_eq!(Route::of("POST", "/v1/chat/init?fresh=1").unwrap(), Route::Init);
        assert_eq!(Route::of("GET", "/").unwrap(), Route::Page);
        assert_eq!(Route::of("OPTIONS", "/v1/chat/messages").unwrap(), Route::Preflight);
    }

    #[test]
    fn a_wrong_method_is_told_the_right_one() {
        let refused = Route::of("GET", "/v1/chat/messages").unwrap_err();
        assert_eq!(refused.problem.code, Code::MethodNotAllowed);
        assert_eq!(refused.headers, [("allow".to_owned(), "POST".to_owned())]);
    }

    #[test]
    fn internal_paths_are_not_there() {
        assert_eq!(Route::of("POST", "/internal/v1/turns").unwrap_err().problem.code, Code::NotFound);
    }
}
