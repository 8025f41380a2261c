//! `POST /internal/v1/turns`: a turn in, its answer as a stream of events out.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use chat::internal::{HANDED_OVER_HEADER, NDJSON, TurnRequest, handed_over_value};
use chat::{Code, Event, Problem};
use futures_util::stream;

use super::refuse::Refusal;
use super::{Api, body};
use crate::admit::{Call, Turn};
use crate::live::Reader;
use crate::memory::Session;

pub(super) async fn post(
    State(api): State<Arc<Api>>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let request: TurnRequest = body::json(&api, &headers, body).await?;
    let session = call.session.clone();
    let mut reader = api.runner.begin(Turn::admit(call, request)?)?;
    // Nothing is sent before the first event: until then a failure still has a status of its own.
    match reader.next().await {
        Some(Event::Error { code, message, retry_after, .. }) => {
            Err(Refusal(Problem { retry_after, ..Problem::new(code, message) }))
        }
        // By the first event it is settled whether this very turn asks for a person.
        Some(first) => Ok(tell(handed_over(&api, session).await, streamed(first, reader))),
        None => Err(Refusal(Problem::new(Code::Internal, "The turn ended without an answer. Try again."))),
    }
}

/// Whether the session waits for a person; none when the memory does not say, which is no reason to withhold an answer.
async fn handed_over(api: &Api, session: Session) -> Option<bool> {
    let waits = api.memory.is_handed_over(session).await;
    waits.inspect_err(|error| tracing::warn!(%error, "not known whether the session waits for a person")).ok()
}

fn tell(is_handed_over: Option<bool>, mut response: Response) -> Response {
    if let Some(is_handed_over) = is_handed_over {
        let value = HeaderValue::from_static(handed_over_value(is_handed_over));
        response.headers_mut().insert(HANDED_OVER_HEADER, value);
    }
    response
}

/// The events, a line each. When the connection closes, the reader is dropped and the turn ends.
fn streamed(first: Event, reader: Reader) -> Response {
    let events = stream::unfold((Some(first), reader, false), |(first, mut reader, ended)| async move {
        if ended {
            return None;
        }
        let event = match first {
            Some(event) => event,
            None => reader.next().await?,
        };
        let ended = event.ends_answer();
        let mut line = event.to_json();
        line.push('\n');
        Some((Ok::<Bytes, Infallible>(Bytes::from(line)), (None, reader, ended)))
    });
    let mut response = Response::new(Body::from_stream(events));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
