//! Problems as responses (RFC 9457).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chat::{Code, Problem};

const REQUEST_ID: &str = "x-request-id";

/// A problem that ends the call.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        respond(self.0)
    }
}

/// The response for a problem. It keeps the problem until [`finish`] knows the request's id.
pub(super) fn respond(problem: Problem) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(problem);
    response
}

/// Writes the request's id into the response, and the problem, if there is one, with it.
pub(super) fn finish(response: &mut Response, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return };
    response.extensions_mut().insert::<Code>(problem.code);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    *response.body_mut() = Body::from(problem.with_request_id(request_id).to_json());
}
