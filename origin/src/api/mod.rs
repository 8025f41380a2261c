//! The internal API, and health and metrics on a listener of their own.

mod admin;
mod body;
mod calls;
mod refuse;
mod turns;
mod verified;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use chat::internal::{FEEDBACK, HANDOFF, HISTORY, PRECEDING, SESSION_UPGRADE, TURNS};
use chat::{Code, Problem};
use identity::Keys;
use tracing::Instrument as _;

pub(crate) use admin::admin;
use refuse::Refusal;

use crate::clock::Clock;
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::run::Runner;

/// What the handlers stand on.
pub(crate) struct Api {
    pub(crate) runner: Arc<Runner>,
    pub(crate) memory: Arc<dyn Memory>,
    pub(crate) keys: Arc<dyn Keys + Send + Sync>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) body_bytes_max: usize,
    pub(crate) body_timeout: Duration,
}

/// The internal API.
pub(crate) fn internal(api: Arc<Api>) -> Router {
    Router::new()
        .route(TURNS, post(turns::post))
        .route(PRECEDING, post(calls::preceding))
        .route(HISTORY, get(calls::history))
        .route(FEEDBACK, post(calls::feedback))
        .route(HANDOFF, post(calls::handoff))
        .route(SESSION_UPGRADE, post(calls::upgrade))
        .fallback(|| async { Refusal(Problem::new(Code::NotFound, "There is no such internal call.")) })
        .method_not_allowed_fallback(|| async {
            Refusal(Problem::new(Code::MethodNotAllowed, "The call exists, not for this method."))
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&api), observe))
        .with_state(api)
}

/// Verifies the header, gives the call its span, and logs how it went.
async fn observe(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    let verified = verified::verify(&api, &request);
    let request_id = match &verified {
        Ok(call) => call.request_id.clone(),
        Err(_) => uuid::Uuid::new_v4().to_string(),
    };
    let span = tracing::info_span!("call", request_id = %request_id);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = std::time::Instant::now();
    async move {
        let known = verified::is_known(&path);
        let mut response = match verified {
            // What does not exist is not found, whoever asks.
            Err(problem) if known => refuse::respond(problem),
            verified => {
                if let Ok(call) = verified {
                    request.extensions_mut().insert(call);
                }
                next.run(request).await
            }
        };
        refuse::finish(&mut response, &request_id);
        let status = response.status().as_u16();
        let code = response.extensions().get::<Code>().map(|code| code.as_str());
        if let Some(code) = code {
            api.metrics.refused(code);
        }
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let path = if known { path.as_str() } else { "(unknown)" };
        tracing::info!(method = %method, path, status, code, took_us, "request");
        response
    }
    .instrument(span)
    .await
}
