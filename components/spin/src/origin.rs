//! The calls to the origin: signed, bounded in time and size, and read with suspicion.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use chat::internal::{HANDED_OVER_HEADER, INTERNAL_HEADER, NDJSON, TurnReader, handed_over, refusal};
use chat::limits::EVENT_BYTES_MAX;
use chat::{Code, Event, Problem};
use futures_util::future::{Either, select};
use http_body_util::BodyExt as _;
use identity::internal::InternalClaims;
use serde_json::json;
use spin_sdk::http::{FullBody, Response};
use spin_sdk::wasip3::http::types::{ErrorCode, RequestOptions};
use spin_sdk::wasip3::http_compat::{IncomingResponseBody, RequestOptionsExtension};
use uuid::Uuid;

use crate::log;
use crate::serve::Asker;
use crate::settings::{self, INTERNAL_KEY_NAME, OriginSettings, Times};
use crate::store::now_ms;

/// Most bytes of a reply that is read whole.
const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The origin, as this shop is told of it.
pub(crate) struct Origin {
    settings: OriginSettings,
    times: Times,
}

/// A reply that was read whole.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Origin {
    /// The origin.
    ///
    /// # Errors
    /// `origin_down`, with the variable to set.
    pub(crate) async fn open() -> Result<Self, Problem> {
        let settings = settings::origin().await.map_err(|variable| {
            let detail = format!(
                "This shop answers known questions alone. Set the Spin variable `{variable}` to ask the assistant."
            );
            Problem::new(Code::OriginDown, detail)
        })?;
        Ok(Self { settings, times: settings::times().await })
    }

    /// Calls and reads the reply whole.
    ///
    /// # Errors
    /// The origin cannot be reached, takes too long, or sends more than [`REPLY_BYTES_MAX`].
    pub(crate) async fn call(
        &self,
        asker: &Asker,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Reply, Problem> {
        let deadline = pin!(self.total_time());
        let call = pin!(async {
            let response = self.send(asker, method, path, body).await?;
            let status = response.status().as_u16();
            let body = read(asker, response.into_body(), REPLY_BYTES_MAX).await?;
            Ok(Reply { status, body })
        });
        match select(call, deadline).await {
            Either::Left((reply, _)) => reply,
            Either::Right(_) => Err(timeout(asker)),
        }
    }

    /// Begins a turn.
    ///
    /// # Errors
    /// The origin cannot be reached, takes too long, refuses the turn, or answers with something else than a stream of events.
    pub(crate) async fn turn(&self, asker: &Asker, id: Uuid, body: Vec<u8>) -> Result<EventStream, Problem> {
        let response = self.send(asker, "POST", chat::internal::TURNS, Some(body)).await?;
        let status = response.status();
        let media_type = response.headers().get(http::header::CONTENT_TYPE);
        let is_ndjson = media_type.is_some_and(|value| value.as_bytes().starts_with(NDJSON.as_bytes()));
        if status.is_success() && is_ndjson {
            let said = response.headers().get(HANDED_OVER_HEADER);
            let handed_over = said.and_then(|value| handed_over(value.as_bytes()));
            return Ok(EventStream { handed_over, body: response.into_body(), reader: TurnReader::new(id) });
        }
        if status.is_success() {
            return Err(garbage(asker, "the reply is no stream of events"));
        }
        let body = read(asker, response.into_body(), EVENT_BYTES_MAX).await.unwrap_or_default();
        Err(refusal(&body).unwrap_or_else(|| garbage(asker, &format!("status {status}"))))
    }

    /// Ends when a call that begins now has taken too long.
    pub(crate) async fn total_time(&self) {
        spin_sdk::time::sleep(self.times.total).await;
    }

    async fn send(
        &self,
        asker: &Asker,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Response, Problem> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.settings.url))
            .header(INTERNAL_HEADER, self.sign(asker, method, path)?)
            .header("x-request-id", &asker.request_id);
        if body.is_some() {
            request = request.header(http::header::CONTENT_TYPE, "application/json");
        }
        if method != "GET" {
            // So that the call is not sent in chunks, of which an empty body would be one.
            let length = body.as_ref().map_or(0, Vec::len);
            request = request.header(http::header::CONTENT_LENGTH, length);
        }
        let request = request.body(FullBody::new(Bytes::from(body.unwrap_or_default())));
        let mut request = request.map_err(|_| {
            log::line("ERROR", "variable not usable", json!({ "variable": settings::ORIGIN_URL }));
            Problem::new(Code::OriginDown, "The Spin variable `origin_url` is no address.")
        })?;
        request.extensions_mut().insert(RequestOptionsExtension(options(self.times)));
        spin_sdk::http::send(request).await.map_err(|error| broken(asker, &error))
    }

    fn sign(&self, asker: &Asker, method: &str, path: &str) -> Result<String, Problem> {
        let claims = InternalClaims::new(&asker.principal, &asker.request_id, method, path, now_ms())
            .ok_or_else(|| Problem::new(Code::SessionRequired, "Call POST /v1/chat/init first."))?;
        identity::internal::sign(&claims, INTERNAL_KEY_NAME, &self.settings.keys).map_err(|error| {
            log::line(
                "ERROR",
                "the internal header cannot be signed",
                json!({ "request_id": asker.request_id, "cause": error.to_string() }),
            );
            Problem::new(Code::Internal, "The request could not be passed on.")
        })
    }
}

fn options(times: Times) -> RequestOptions {
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).ok();
    let options = RequestOptions::new();
    // A host that does not keep these times has its own; the whole call has ours.
    let _ = options.set_connect_timeout(nanoseconds(times.connect));
    let _ = options.set_first_byte_timeout(nanoseconds(times.read));
    let _ = options.set_between_bytes_timeout(nanoseconds(times.read));
    options
}

async fn read(asker: &Asker, mut body: IncomingResponseBody, bytes_max: usize) -> Result<Bytes, Problem> {
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|error| cut_off(asker, &error))?.into_data() else { continue };
        if read.len() + chunk.len() > bytes_max {
            return Err(garbage(asker, "the reply is over its bound"));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.into())
}

/// The events of a turn, checked as they come.
pub(crate) struct EventStream {
    /// Whether a person was asked for in the session, if the origin says so or otherwise.
    pub(crate) handed_over: Option<bool>,
    body: IncomingResponseBody,
    reader: TurnReader,
}

impl EventStream {
    /// The next event; none after the last one.
    ///
    /// # Errors
    /// The stream broke, stalled, ended too early, is over its bound or holds what is no event of this turn.
    pub(crate) async fn next(&mut self, asker: &Asker) -> Result<Option<Event>, Problem> {
        loop {
            match self.reader.next_event() {
                Ok(Some(event)) => return Ok(Some(event)),
                Ok(None) if self.reader.ended() => return Ok(None),
                Ok(None) => {}
                Err(cause) => return Err(garbage(asker, cause.as_str())),
            }
            let Some(frame) = self.body.frame().await else {
                log::line(
                    "WARN",
                    "the origin's stream ended too early",
                    json!({ "request_id": asker.request_id }),
                );
                return Err(interrupted());
            };
            let Ok(chunk) = frame.map_err(|error| cut_off(asker, &error))?.into_data() else { continue };
            self.reader.add(&chunk).map_err(|cause| garbage(asker, cause.as_str()))?;
        }
    }
}

/// A turn that took too long.
pub(crate) fn timeout(asker: &Asker) -> Problem {
    log::line("WARN", "origin call took too long", json!({ "request_id": asker.request_id }));
    Problem::new(Code::OriginTimeout, "The assistant took too long to answer. Try again.").with_retry_after(5)
}

/// What went wrong before there was a reply. The log gets the cause.
fn broken(asker: &Asker, error: &ErrorCode) -> Problem {
    log::line(
        "WARN",
        "origin call failed",
        json!({ "request_id": asker.request_id, "cause": format!("{error:?}") }),
    );
    match error {
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => timeout(asker),
        ErrorCode::HttpRequestDenied => Problem::new(
            Code::OriginDown,
            "spin.toml does not allow requests to the address in the Spin variable `origin_url`.",
        ),
        _ => Problem::new(
            Code::OriginDown,
            "The assistant cannot be reached right now. Try again in a moment, or check the Spin variable `origin_url`.",
        )
        .with_retry_after(5),
    }
}

fn cut_off(asker: &Asker, error: &ErrorCode) -> Problem {
    log::line(
        "WARN",
        "the origin's stream broke",
        json!({ "request_id": asker.request_id, "cause": format!("{error:?}") }),
    );
    match error {
        ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => timeout(asker),
        _ => interrupted(),
    }
}

fn interrupted() -> Problem {
    Problem::new(Code::Interrupted, "The answer was cut off. Try again.")
}

fn garbage(asker: &Asker, cause: &str) -> Problem {
    log::line(
        "WARN",
        "the origin's answer is garbage",
        json!({ "request_id": asker.request_id, "cause": cause }),
    );
    Problem::new(Code::BadGateway, "The assistant's answer was broken. Try again.")
}
