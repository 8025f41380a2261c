//! The calls to the origin: signed, bounded in time and size, and read with suspicion. A broken answer becomes an error event
//! with a code of its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chat::internal::{Garbage, HANDED_OVER_HEADER, INTERNAL_HEADER, NDJSON, TurnReader, handed_over};
use chat::limits::EVENT_BYTES_MAX;
use chat::{Code, Event, Problem};
use host::services::Clock;
use identity::internal::InternalClaims;
use identity::{Keys, Principal};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most bytes of a reply that is read whole.
const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Tries of a call that could not connect. Nothing was sent, so trying again is safe.
const CONNECT_TRIES: u32 = 3;
/// Wait before the second try; it doubles from try to try, less a random part.
const BACKOFF: Duration = Duration::from_millis(50);

/// Where the origin is, and how long it may take.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginConfig {
    /// Base address, for example `http://127.0.0.1:8090`.
    pub url: String,
    /// Longest time to connect, in milliseconds.
    pub connect_ms: u64,
    /// Longest time between two reads, in milliseconds.
    pub read_ms: u64,
    /// Longest time of a whole call, in milliseconds.
    pub total_ms: u64,
    /// Most turns under way at the origin at once; more are refused as `overloaded`.
    pub turns_max: usize,
}

/// Whom a call is for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who, in which session.
    pub principal: Principal,
    /// The request, as the logs know it.
    pub request_id: String,
}

/// The origin, as the edge calls it.
#[derive(Clone)]
pub struct Origin {
    client: reqwest::Client,
    config: OriginConfig,
    keys: Arc<dyn Keys + Send + Sync>,
    signing_key: String,
    clock: Arc<dyn Clock>,
    pub(crate) health: crate::health::OriginHealth,
}

/// A reply that was read whole.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `content-type`, if it is text.
    pub content_type: Option<String>,
    /// The body.
    pub body: Bytes,
}

impl Origin {
    /// Prepares the connection pool; connects to nothing yet.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(
        config: OriginConfig,
        keys: Arc<dyn Keys + Send + Sync>,
        signing_key: String,
        clock: Arc<dyn Clock>,
    ) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_millis(config.connect_ms))
            .read_timeout(Duration::from_millis(config.read_ms))
            .timeout(Duration::from_millis(config.total_ms))
            .redirect(reqwest::redirect::Policy::none())
            .pool_idle_timeout(Duration::from_secs(60))
            .tcp_nodelay(true)
            .build()?;
        Ok(Self { client, config, keys, signing_key, clock, health: Default::default() })
    }

    /// Its settings.
    #[must_use]
    pub const fn config(&self) -> &OriginConfig {
        &self.config
    }

    /// The signed header of one call: `path` is with its query, as sent.
    ///
    /// # Errors
    /// The principal has no session, or the signing key is not there.
    pub fn sign(&self, caller: &Caller, method: &str, path: &str) -> Result<String, Problem> {
        let now_ms = self.clock.now_ms();
        let claims = InternalClaims::new(&caller.principal, &caller.request_id, method, path, now_ms)
            .ok_or_else(|| Problem::new(Code::SessionRequired, "Call POST /v1/chat/init first."))?;
        identity::internal::sign(&claims, &self.signing_key, &*self.keys).map_err(|error| {
            tracing::error!(request_id = caller.request_id, %error, "the internal header cannot be signed");
            Problem::new(Code::Internal, "The request could not be passed on.")
        })
    }

    /// Calls and reads the reply whole.
    ///
    /// # Errors
    /// The origin cannot be reached, takes too long, or sends more than [`REPLY_BYTES_MAX`].
    pub async fn call(
        &self,
        caller: &Caller,
        method: &str,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Reply, Problem> {
        let mut response = self.send(caller, method, path, body).await?;
        let status = response.status().as_u16();
        let content_type = response
            .headers()
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut read = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(caller, &error))? {
            if read.len() + chunk.len() > REPLY_BYTES_MAX {
                return Err(garbage(caller, "the reply is over its bound"));
            }
            read.extend_from_slice(&chunk);
        }
        Ok(Reply { status, content_type, body: read.freeze() })
    }

    /// Begins a turn.
    ///
    /// # Errors
    /// The origin cannot be reached, takes too long, refuses the turn, or answers with something else than a stream of events.
    pub async fn turn(&self, caller: &Caller, id: Uuid, body: Bytes) -> Result<EventStream, Problem> {
        let response = self.send(caller, "POST", chat::internal::TURNS, Some(body)).await?;
        let status = response.status();
        let is_ndjson = response
            .headers()
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(NDJSON.as_bytes()));
        if status.is_success() && is_ndjson {
            let health = self.health.clone();
            let handed_over =
                response.headers().get(HANDED_OVER_HEADER).and_then(|value| handed_over(value.as_bytes()));
            let (caller, reader) = (caller.clone(), TurnReader::new(id));
            return Ok(EventStream { handed_over, response, caller, reader, health });
        }
        let problem = if status.is_success() {
            garbage(caller, "the reply is no stream of events")
        } else {
            refusal(caller, response).await
        };
        if problem.code == Code::BadGateway {
            // It answers, and not as an origin of ours: another key, another service.
            self.health.failed();
        }
        Err(problem)
    }

    async fn send(
        &self,
        caller: &Caller,
        method: &str,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<reqwest::Response, Problem> {
        let method_name = reqwest::Method::from_bytes(method.as_bytes())
            .map_err(|_| Problem::new(Code::Internal, "The request could not be passed on."))?;
        let mut tries = 0;
        loop {
            tries += 1;
            let mut request = self
                .client
                .request(method_name.clone(), format!("{}{path}", self.config.url))
                .header(INTERNAL_HEADER, self.sign(caller, method, path)?)
                .header("x-request-id", &caller.request_id);
            if let Some(body) = &body {
                request = request.header(http::header::CONTENT_TYPE, "application/json").body(body.clone());
            }
            match self.health.noting(request.send().await) {
                Ok(response) => return Ok(response),
                Err(error) if error.is_connect() && tries < CONNECT_TRIES => {
                    // Jitter from the request's random id: calls that failed together do not come back together.
                    let jitter = caller.request_id.bytes().map(u32::from).sum::<u32>() % 50;
                    tokio::time::sleep(BACKOFF * tries - Duration::from_millis(u64::from(jitter))).await;
                }
                Err(error) => return Err(broken(caller, &error)),
            }
        }
    }
}

/// What went wrong below HTTP. The log gets the cause.
fn broken(caller: &Caller, error: &reqwest::Error) -> Problem {
    let problem = if error.is_connect() {
        Problem::new(Code::OriginDown, "The assistant cannot be reached right now. Try again in a moment.")
            .with_retry_after(5)
    } else if error.is_timeout() {
        Problem::new(Code::OriginTimeout, "The assistant took too long to answer. Try again.")
            .with_retry_after(5)
    } else if error.is_request() {
        Problem::new(Code::OriginDown, "The assistant closed the connection. Try again in a moment.")
            .with_retry_after(5)
    } else {
        Problem::of(Code::Interrupted)
    };
    tracing::warn!(request_id = caller.request_id, code = problem.code.as_str(), cause = %chain_of(error), "origin call failed");
    problem
}

fn garbage(caller: &Caller, cause: &str) -> Problem {
    tracing::warn!(request_id = caller.request_id, cause, "the origin's answer is garbage");
    Problem::of(Code::BadGateway)
}

/// The causes of an error in one line; the address is left out, the operator knows it.
fn chain_of(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    causes.join(": ")
}

/// The origin's own refusal, if it is one that a client may see.
async fn refusal(caller: &Caller, mut response: reqwest::Response) -> Problem {
    let status = response.status();
    let mut body = BytesMut::new();
    // A body that breaks off is judged by what came.
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > EVENT_BYTES_MAX {
            break;
        }
    }
    chat::internal::refusal(&body).unwrap_or_else(|| garbage(caller, &format!("status {status}")))
}

/// The events of a turn, checked as they come.
pub struct EventStream {
    /// Whether a person was asked for in the session, if the origin says so or otherwise.
    pub handed_over: Option<bool>,
    response: reqwest::Response,
    caller: Caller,
    reader: TurnReader,
    health: crate::health::OriginHealth,
}

impl EventStream {
    /// The next event; none after the last one.
    ///
    /// # Errors
    /// The stream broke, stalled, ended too early, is over its bound or holds what is no event of this turn.
    pub async fn next(&mut self) -> Result<Option<Event>, Problem> {
        let event = self.read().await;
        if event.is_err() {
            self.health.failed();
        }
        event
    }

    async fn read(&mut self) -> Result<Option<Event>, Problem> {
        loop {
            let event = self.reader.next_event().map_err(|cause| self.garbage(cause))?;
            if event.is_some() || self.reader.ended() {
                return Ok(event);
            }
            match self.response.chunk().await {
                Ok(Some(chunk)) => self.reader.add(&chunk).map_err(|cause| self.garbage(cause))?,
                Ok(None) => {
                    tracing::warn!(
                        request_id = self.caller.request_id,
                        "the origin's stream ended too early"
                    );
                    return Err(Problem::of(Code::Interrupted));
                }
                Err(error) if error.is_timeout() => return Err(broken(&self.caller, &error)),
                Err(error) => {
                    tracing::warn!(request_id = self.caller.request_id, cause = %chain_of(&error), "the origin's stream broke");
                    return Err(Problem::of(Code::Interrupted));
                }
            }
        }
    }

    fn garbage(&self, cause: Garbage) -> Problem {
        garbage(&self.caller, cause.as_str())
    }
}
