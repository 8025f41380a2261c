//! `POST /v1/chat/messages`: one turn, streamed as Server-Sent Events or told in one JSON document.

use std::time::Duration;

use bytes::Bytes;
use chat::answer::{Form, Gather};
use chat::{Code, Problem};
use pingora_core::Result as PingoraResult;
use pingora_http::ResponseHeader;
use pingora_proxy::Session;

use crate::app::Edge;
use crate::proxy::exchange::{Exchange, Refused, Reply};
use crate::turns::log::{Head, Reader};
use crate::turns::{Asker, Begun};

/// A comment is sent after this much silence, so that no proxy on the way takes the stream for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Answers a posted message.
///
/// # Errors
/// The body breaks the schema, the id was used for another text, or the chain refuses the turn.
pub async fn post(
    edge: &Edge,
    session: &mut Session,
    exchange: &mut Exchange,
    asker: Asker,
    body: &[u8],
) -> Result<(), Refused> {
    let accept = session.get_header(http::header::ACCEPT).and_then(|value| value.to_str().ok());
    let form = Form::of(accept.unwrap_or(""))?;
    let message = chat::validate::message(body)?;
    let log = match edge.turns.begin(asker, message)? {
        Begun::Turn(log) => log,
        Begun::Conflict => {
            return Err(Problem::new(Code::IdReused, "Send another text with a new id.").into());
        }
    };
    let reader = log.reader(0);
    let head = log.head().await;
    exchange.replace_headers(head.headers.clone());
    if let Head { refused: Some(problem), .. } = head {
        return Err(problem.into());
    }
    match form {
        Form::Stream => {
            // The last header asks proxies that buffer by default not to.
            let head = Reply::empty(200)
                .with_header("content-type", "text/event-stream")
                .with_header("cache-control", "no-store")
                .with_header("x-accel-buffering", "no");
            let (head, is_another) = exchange.filtered(edge, session, head, true)?;
            if is_another {
                exchange.send(session, head).await;
            } else if stream(session, exchange, head, reader).await.is_err() {
                // The client is gone; dropping the reader tells the turn so.
                session.set_keepalive(None);
            }
            Ok(())
        }
        Form::Document => {
            let reply = document(session, reader).await?;
            exchange.send_filtered(edge, session, reply).await;
            Ok(())
        }
    }
}

async fn stream(
    session: &mut Session,
    exchange: &mut Exchange,
    reply: Reply,
    mut reader: Reader,
) -> PingoraResult<()> {
    let mut head = ResponseHeader::build(200, Some(8))?;
    for (name, value) in reply.headers {
        head.append_header(name, value.as_str())?;
    }
    if session.req_header().version != http::Version::HTTP_2 {
        head.insert_header("transfer-encoding", "chunked")?;
    }
    exchange.status = 200;
    exchange.finish_head(&mut head)?;
    let downstream = session.as_downstream_mut();
    downstream.write_response_header(Box::new(head)).await?;
    loop {
        let event = tokio::select! {
            event = reader.next() => event,
            () = tokio::time::sleep(KEEP_ALIVE) => {
                downstream.write_response_body(Bytes::from_static(b": still here\n\n"), false).await?;
                continue;
            }
            // Nothing more is expected from the client: whatever comes, it is gone.
            _ = downstream.read_body_or_idle(true) => {
                return Err(pingora_core::Error::new(pingora_core::ErrorType::ConnectionClosed));
            }
        };
        let Some(event) = event else { break };
        downstream.write_response_body(Bytes::from(event.to_sse()), false).await?;
    }
    downstream.write_response_body(Bytes::new(), true).await
}

/// Waits for the whole answer, or until the client leaves. It leaves for good: nothing of a document has been read, and a model
/// that wrote on would write for nobody. A stream is another matter, see docs/decisions/0007: a client whose stream broke posts the
/// message again.
async fn document(session: &mut Session, mut reader: Reader) -> Result<Reply, Problem> {
    let mut gather = Gather::new();
    loop {
        let event = tokio::select! {
            event = reader.next() => event,
            _ = session.as_downstream_mut().read_body_or_idle(true) => {
                // What came instead of nothing was read and is no request: nothing after it may be taken for one.
                session.set_keepalive(None);
                reader.log().leave();
                return Err(Problem::new(Code::Stopped, "The client is gone."));
            }
        };
        let Some(event) = event else { return Err(Problem::of(Code::Interrupted)) };
        if let Some(answer) = gather.push(event) {
            return Ok(Reply::json(200, serde_json::to_vec(&answer?).unwrap_or_default()));
        }
    }
}
