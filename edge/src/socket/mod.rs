//! A WebSocket, ended at the edge: the handshake (RFC 6455, section 4.2), the bytes between Pingora and the frame codec, and the
//! conversation over it.

mod conversation;
mod handshake;
pub mod places;
mod pump;

use std::sync::Arc;

use chat::limits::{WS_FRAME_BYTES_MAX, WS_MESSAGE_BYTES_MAX};
use pingora_proxy::Session;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::app::Edge;
use crate::proxy::exchange::{Exchange, Refused};
use crate::turns::Asker;

/// Bytes that may wait between Pingora and the frame codec, each way.
const PIPE_BYTES: usize = 64 * 1024;

/// Serves a socket until it closes. None is opened where a response filter answers the handshake with something else.
///
/// # Errors
/// The handshake is refused; after it every failure is told over the socket.
pub async fn serve(
    edge: &Arc<Edge>,
    session: &mut Session,
    exchange: &mut Exchange,
    asker: Asker,
) -> Result<(), Refused> {
    let session_id = asker.caller.principal.session.as_deref().unwrap_or_default();
    let _place = edge.sockets.take(session_id, &exchange.client.address)?;
    if !handshake::accept(edge, session, exchange).await? {
        return Ok(());
    }
    edge.metrics.sockets.inc();
    let (ours, codec) = tokio::io::duplex(PIPE_BYTES);
    let config = WebSocketConfig::default()
        .max_message_size(Some(WS_MESSAGE_BYTES_MAX))
        .max_frame_size(Some(WS_FRAME_BYTES_MAX))
        .write_buffer_size(0)
        .max_write_buffer_size(2 * PIPE_BYTES);
    let socket = WebSocketStream::from_raw_socket(codec, Role::Server, Some(config)).await;
    // Each ends the other: a client that is gone ends the pipe, a conversation that is over drops its end of it.
    tokio::join!(pump::run(session, ours), conversation::run(Arc::clone(edge), socket, asker));
    session.set_keepalive(None);
    edge.metrics.sockets.dec();
    Ok(())
}
