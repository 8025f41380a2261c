//! The verified call behind a request.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use chat::internal::{FEEDBACK, HANDOFF, HISTORY, INTERNAL_HEADER, PRECEDING, SESSION_UPGRADE, TURNS};
use chat::{Code, Problem};
use identity::internal::verify as verify_header;

use super::Api;
use super::refuse::Refusal;
use crate::admit::{Call, refusal};

/// Whether the path is one of the internal calls.
pub(super) fn is_known(path: &str) -> bool {
    [TURNS, PRECEDING, HISTORY, FEEDBACK, HANDOFF, SESSION_UPGRADE].contains(&path)
}

/// Verifies the internal header of this very request.
pub(super) fn verify(api: &Api, request: &Request) -> Result<Call, Problem> {
    let mut values = request.headers().get_all(INTERNAL_HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Problem::new(
            Code::Unauthorized,
            "The internal header is missing, or there is more than one.",
        ));
    };
    let now_ms = api.clock.now_ms();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let claims = value
        .to_str()
        .map_err(|_| identity::internal::InternalError::Malformed)
        .and_then(|value| verify_header(value, now_ms, request.method().as_str(), path, &*api.keys));
    match claims {
        Ok(claims) => Ok(Call::new(claims, now_ms)),
        Err(error) => {
            tracing::warn!(code = error.code(), "the internal header was refused");
            Err(refusal(error))
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let missing = || Refusal(Problem::new(Code::Unauthorized, "The internal header is missing."));
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}
