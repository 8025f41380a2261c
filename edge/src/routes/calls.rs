//! The calls that only the origin can answer: history, feedback, hand-off.

use bytes::Bytes;
use chat::internal::{FEEDBACK, HANDOFF, HISTORY, PassedOn};
use chat::message::FeedbackPost;
use chat::{Code, Problem};
use pingora_proxy::Session;

use crate::app::Edge;
use crate::proxy::exchange::{Exchange, Forward, Refused, Reply};
use crate::turns::Asker;
use crate::turns::origin::Reply as OriginReply;

/// Longest query of a history call that is passed on, in bytes.
const QUERY_BYTES_MAX: usize = 512;

/// `GET /v1/chat/history`: what waits for memory is sent first, then Pingora forwards the call.
///
/// # Errors
/// The query is too long.
pub async fn prepare_history(edge: &Edge, exchange: &mut Exchange, asker: &Asker) -> Result<(), Refused> {
    let session = asker.caller.principal.session.as_deref().unwrap_or_default();
    edge.turns.preceding().flush(edge.turns.origin(), session).await;
    let query = exchange.query.as_deref().unwrap_or("");
    if query.len() > QUERY_BYTES_MAX {
        return Err(Problem::new(Code::Invalid, "The query is too long.").into());
    }
    let path = if query.is_empty() { HISTORY.to_owned() } else { format!("{HISTORY}?{query}") };
    let signature = edge.turns.origin().sign(&asker.caller, "GET", &path)?;
    exchange.forward = Some(Forward::Origin { path, signature });
    Ok(())
}

/// `POST /v1/chat/feedback`.
///
/// # Errors
/// The body breaks the schema, or the origin refuses or cannot be reached.
pub async fn feedback(
    edge: &Edge,
    session: &mut Session,
    exchange: &mut Exchange,
    asker: &Asker,
    body: &[u8],
) -> Result<(), Refused> {
    let feedback = chat::validate::feedback(body)?;
    let reply = send_feedback(edge, asker, &feedback).await?;
    exchange.send_filtered(edge, session, reply).await;
    Ok(())
}

/// Passes feedback on. What was answered at the edge goes to memory first, so that there is something to rate.
///
/// # Errors
/// The origin refuses or cannot be reached.
pub async fn send_feedback(edge: &Edge, asker: &Asker, feedback: &FeedbackPost) -> Result<Reply, Problem> {
    let session = asker.caller.principal.session.as_deref().unwrap_or_default();
    edge.turns.preceding().flush(edge.turns.origin(), session).await;
    let body = serde_json::to_vec(feedback).unwrap_or_default();
    let reply = edge.turns.origin().call(&asker.caller, "POST", FEEDBACK, Some(Bytes::from(body))).await?;
    passed_on(reply)
}

/// `POST /v1/chat/handoff`.
///
/// # Errors
/// The origin refuses or cannot be reached.
pub async fn handoff(
    edge: &Edge,
    session: &mut Session,
    exchange: &mut Exchange,
    asker: &Asker,
) -> Result<(), Refused> {
    let reply = send_handoff(edge, asker).await?;
    exchange.send_filtered(edge, session, reply).await;
    Ok(())
}

/// Asks for a person.
///
/// # Errors
/// The origin refuses or cannot be reached.
pub async fn send_handoff(edge: &Edge, asker: &Asker) -> Result<Reply, Problem> {
    let session = asker.caller.principal.session.as_deref().unwrap_or_default();
    edge.turns.preceding().flush(edge.turns.origin(), session).await;
    let reply = edge.turns.origin().call(&asker.caller, "POST", HANDOFF, None).await?;
    passed_on(reply)
}

/// The origin's reply to the client.
fn passed_on(reply: OriginReply) -> Result<Reply, Problem> {
    Ok(match chat::internal::passed_on(reply.status, &reply.body)? {
        PassedOn::Empty => Reply::empty(204),
        PassedOn::Document => Reply::json(reply.status, reply.body),
    })
}
