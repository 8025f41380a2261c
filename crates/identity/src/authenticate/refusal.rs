//! How the `auth` filter says no: the status, the chat protocol's code, the headers, and a word for the log.

use super::{KeyError, SessionError, TokenError, cookie};

const BEARER: &str = "Bearer realm=\"mangaassist\"";
const INVALID_TOKEN: &str = "Bearer realm=\"mangaassist\", error=\"invalid_token\", error_description=\"The credential was not accepted\"";

/// A request that ends at the `auth` filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The stable code that the client sees: one of `chat::Code`.
    pub code: &'static str,
    /// What to do, for the client. Says nothing about how a credential was found out.
    pub reason: &'static str,
    /// What happened, for the log.
    pub cause: &'static str,
    /// Headers to answer with. A 401 says which scheme is wanted (RFC 9110 §15.5.2, RFC 6750 §3).
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    fn unauthorized(challenge: &str, reason: &'static str, cause: &'static str) -> Self {
        let headers = vec![("www-authenticate", challenge.to_owned())];
        Self { status: 401, code: "unauthorized", reason, cause, headers }
    }

    fn malformed(reason: &'static str, cause: &'static str) -> Self {
        Self { status: 400, code: "malformed", reason, cause, headers: Vec::new() }
    }

    fn unavailable(cause: &'static str) -> Self {
        let reason = "The credential could not be checked. Try again soon.";
        Self { status: 503, code: "unavailable", reason, cause, headers: Vec::new() }
    }

    pub(super) fn token(error: TokenError) -> Self {
        if error == TokenError::Unavailable {
            return Self::unavailable(error.code());
        }
        Self::unauthorized(INVALID_TOKEN, "The bearer token was not accepted. Sign in again.", error.code())
    }

    /// A cookie that is not ours is cleared: no script can, and the browser would send it for ever.
    pub(super) fn session(error: SessionError, secure: bool) -> Self {
        if error == SessionError::Unavailable {
            return Self::unavailable(error.code());
        }
        let reason = "The session was not accepted. Start a new one.";
        let mut refusal = Self::unauthorized(INVALID_TOKEN, reason, error.code());
        refusal.headers.push(("set-cookie", cookie::clear_cookie(cookie::name(secure), secure)));
        refusal
    }

    pub(super) fn scheme() -> Self {
        Self::unauthorized(BEARER, "Sign in with a bearer token.", "scheme_unsupported")
    }

    pub(super) fn token_required() -> Self {
        Self::unauthorized(BEARER, "Send the bearer token of the customer who signed in.", "token_missing")
    }

    pub(super) fn session_required() -> Self {
        let reason = "Start a session first.";
        Self { code: "session_required", ..Self::unauthorized(BEARER, reason, "session_over_or_missing") }
    }

    pub(super) fn other_user() -> Self {
        let reason = "The session belongs to another customer.";
        Self { status: 403, code: "forbidden", reason, cause: "session_of_another", headers: Vec::new() }
    }

    pub(super) fn authorization(cause: &'static str) -> Self {
        Self::malformed("Send one Authorization header with one bearer token.", cause)
    }

    pub(super) fn ambiguous_cookie() -> Self {
        Self::malformed("The session cookie was sent more than once.", "session_ambiguous")
    }

    pub(super) fn signing(error: KeyError) -> Self {
        match error {
            KeyError::Unavailable => Self::unavailable("signing_unavailable"),
            KeyError::Unknown | KeyError::WrongAlgorithm => Self {
                status: 500,
                code: "internal",
                reason: "Something went wrong on our side.",
                cause: "signing_key_unusable",
                headers: Vec::new(),
            },
        }
    }
}
