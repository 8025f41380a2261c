//! The server's half of the opening handshake.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chat::{Code, Problem};
use pingora_http::ResponseHeader;
use pingora_proxy::Session;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::app::Edge;
use crate::proxy::exchange::{Exchange, Refused, Reply};

/// Bytes of the nonce in `Sec-WebSocket-Key` (RFC 6455, section 4.1).
const NONCE_BYTES: usize = 16;
/// Longest pause in which a client takes nothing of what it is sent.
const WRITE_PAUSE: Duration = Duration::from_secs(20);

/// Checks the client's half and answers 101: `Ok(false)` when a response filter has put another response in its place, which is
/// sent by then.
///
/// # Errors
/// The request is no handshake, or one of another version, or a response filter refuses.
pub(super) async fn accept(
    edge: &Edge,
    session: &mut Session,
    exchange: &mut Exchange,
) -> Result<bool, Refused> {
    let key = check(session)?;
    let reply = Reply::empty(101)
        .with_header("upgrade", "websocket")
        .with_header("connection", "Upgrade")
        .with_header("sec-websocket-accept", derive_accept_key(key.as_bytes()));
    // What the client sends after its handshake is no HTTP, whatever the answer: a refusal ends the connection.
    session.set_keepalive(None);
    let (reply, is_another) = exchange.filtered(edge, session, reply, true)?;
    if is_another {
        exchange.send(session, reply).await;
        return Ok(false);
    }
    exchange.status = 101;
    let head =
        head(exchange, reply).map_err(|_| Problem::new(Code::Internal, "The chat could not be opened."))?;
    // No timeout from here on: the conversation keeps its own.
    session.set_read_timeout(None);
    // But a client that takes nothing gives up its place.
    session.set_write_timeout(Some(WRITE_PAUSE));
    let written = session.as_downstream_mut().write_response_header(Box::new(head)).await;
    written.map_err(|_| Problem::new(Code::Malformed, "The connection closed during the handshake."))?;
    Ok(true)
}

fn head(exchange: &Exchange, reply: Reply) -> pingora_core::Result<ResponseHeader> {
    let mut head = ResponseHeader::build(reply.status, Some(reply.headers.len() + 5))?;
    for (name, value) in reply.headers {
        head.append_header(name, value.as_str())?;
    }
    exchange.finish_head(&mut head)?;
    Ok(head)
}

fn check(session: &Session) -> Result<String, Refused> {
    let is_websocket = session
        .get_header(http::header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if !session.is_upgrade_req() || !is_websocket {
        let problem =
            Problem::new(Code::UpgradeRequired, "Open a WebSocket here, or post to /v1/chat/messages.");
        return Err(Refused::from(problem).with_header("upgrade", "websocket"));
    }
    if session.get_header("sec-websocket-version").is_none_or(|value| value.as_bytes() != b"13") {
        let problem = Problem::new(Code::UpgradeRequired, "Speak version 13 of the WebSocket protocol.");
        return Err(Refused::from(problem).with_header("sec-websocket-version", "13"));
    }
    let key =
        session.get_header("sec-websocket-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let nonce = STANDARD.decode(key).unwrap_or_default();
    if nonce.len() != NONCE_BYTES {
        return Err(Problem::new(Code::Malformed, "`Sec-WebSocket-Key` has to be 16 bytes in base64.").into());
    }
    Ok(key.to_owned())
}
