//! Health and metrics, on a listener that is not the public's.

use std::sync::Arc;

use async_trait::async_trait;
use http::Response;
use pingora_core::apps::http_app::ServeHttp;
use pingora_core::protocols::http::ServerSession;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::app::Edge;

/// The admin application.
pub struct Admin {
    edge: Arc<Edge>,
    registry: Arc<Registry>,
}

impl Admin {
    /// The admin application of this edge.
    #[must_use]
    pub const fn new(edge: Arc<Edge>, registry: Arc<Registry>) -> Self {
        Self { edge, registry }
    }

    fn answer(&self, path: &str) -> (u16, &'static str, String) {
        const JSON: &str = "application/json";
        match path {
            "/live" => (200, JSON, r#"{"status":"ok"}"#.into()),
            // Ready until it drains: a load balancer looks elsewhere then.
            "/ready" if *self.edge.draining().borrow() => (503, JSON, r#"{"status":"draining"}"#.into()),
            "/ready" => (200, JSON, r#"{"status":"ok"}"#.into()),
            // While it says anything it can serve: the edge answers what it knows without the origin.
            "/health" => (200, JSON, self.health()),
            "/metrics" => {
                let mut text = String::new();
                self.edge.metrics.kept.set(i64::try_from(self.edge.turns.kept()).unwrap_or(i64::MAX));
                match encode(&mut text, &self.registry) {
                    Ok(()) => (200, "application/openmetrics-text; version=1.0.0; charset=utf-8", text),
                    Err(_) => (500, JSON, r#"{"status":"the metrics cannot be written"}"#.into()),
                }
            }
            _ => (404, JSON, r#"{"status":"try /health, /live, /ready or /metrics"}"#.into()),
        }
    }

    fn health(&self) -> String {
        let slots: Vec<_> = self
            .edge
            .chain
            .slots()
            .iter()
            .map(|slot| serde_json::json!({ "slot": slot.config().name, "version": slot.current().label() }))
            .collect();
        let origin = &self.edge.turns.origin().health;
        let status = if origin.is_failing() { "degraded" } else { "ok" };
        let draining = *self.edge.draining().borrow();
        serde_json::json!({
            "status": status,
            "slots": slots,
            "origin": origin.as_str(),
            "draining": draining,
        })
        .to_string()
    }
}

#[async_trait]
impl ServeHttp for Admin {
    async fn response(&self, session: &mut ServerSession) -> Response<Vec<u8>> {
        let (status, content_type, body) = self.answer(session.req_header().uri.path());
        let length = body.len().to_string();
        let mut response = Response::new(body.into_bytes());
        *response.status_mut() =
            http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        if let Ok(length) = length.parse() {
            headers.insert(http::header::CONTENT_LENGTH, length);
        }
        response
    }
}
