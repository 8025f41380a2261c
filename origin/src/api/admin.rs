//! Health and metrics, on a listener that only operators reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Api;

/// What the admin listener knows.
#[derive(Clone)]
struct Admin {
    api: Arc<Api>,
    draining: Arc<AtomicBool>,
    series: usize,
}

/// The admin listener's routes. `draining` turns the service unready.
pub(crate) fn admin(api: Arc<Api>, draining: Arc<AtomicBool>, series: usize) -> Router {
    Router::new()
        .route("/live", get(|| async { "alive\n" }))
        .route("/ready", get(ready))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .with_state(Admin { api, draining, series })
}

impl Admin {
    async fn state(&self) -> (StatusCode, Value) {
        let draining = self.draining.load(Ordering::Relaxed);
        let memory = self.api.memory.check().await;
        let ready = !draining && memory.is_ok();
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = json!({
            "ready": ready,
            "draining": draining,
            "memory": memory.map_or_else(|error| error.to_string(), |()| "ok".to_owned()),
            "series": self.series,
            "turns_running": self.api.runner.running(),
            "version": env!("CARGO_PKG_VERSION"),
        });
        (status, body)
    }
}

async fn ready(State(admin): State<Admin>) -> Response {
    let (status, _) = admin.state().await;
    (status, if status == StatusCode::OK { "ready\n" } else { "not ready\n" }).into_response()
}

async fn health(State(admin): State<Admin>) -> Response {
    let (status, body) = admin.state().await;
    (status, Json(body)).into_response()
}

async fn metrics(State(admin): State<Admin>) -> Response {
    match admin.api.metrics.text() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
