//! Which pages may call: the edge's own, and those that the configuration names. Cross-Origin Resource Sharing as in the Fetch
//! standard, section 3.2. The same check guards sockets, whose handshake a browser sends from any page.

use chat::{Code, Problem};
use pingora_proxy::Session;

use super::exchange::{Exchange, Refused};
use super::route::Route;
use crate::app::Edge;

/// How long a browser may remember the answer to a preflight, in seconds.
const PREFLIGHT_S: &str = "600";

/// Lets the page's request through and adds what its browser wants to read.
///
/// # Errors
/// The request says which page it comes from, and that page may not call.
pub fn check(edge: &Edge, session: &Session, exchange: &mut Exchange) -> Result<(), Refused> {
    if exchange.route == Route::Page {
        return Ok(());
    }
    let Some(origin) = session.get_header(http::header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or("");
    exchange.add_header("vary", "origin");
    if is_own(session, exchange, origin) {
        return Ok(());
    }
    if !edge.config.chat.allowed_origins.iter().any(|allowed| allowed == origin) {
        return Err(Problem::new(Code::OriginNotAllowed, "This page may not use the assistant.").into());
    }
    exchange.add_header("access-control-allow-origin", origin);
    exchange.add_header("access-control-allow-credentials", "true");
    if exchange.route == Route::Preflight {
        exchange.add_header("access-control-allow-methods", "GET, POST");
        exchange.add_header("access-control-allow-headers", "authorization, content-type, x-request-id");
        exchange.add_header("access-control-max-age", PREFLIGHT_S);
    } else {
        exchange.add_header(
            "access-control-expose-headers",
            "x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after",
        );
    }
    Ok(())
}

/// Whether the page is one of the edge's own: the same scheme, host and port.
fn is_own(session: &Session, exchange: &Exchange, origin: &str) -> bool {
    let head = session.req_header();
    let host = session
        .get_header(http::header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| head.uri.authority().map(http::uri::Authority::as_str));
    let scheme = if exchange.client.secure { "https" } else { "http" };
    host.is_some_and(|host| {
        origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")) == Some(host)
    })
}
