//! The calls that only the origin can answer: history, feedback, hand-off. Its reply is read whole and judged before a client sees it.

use bytes::Bytes;
use chat::internal::{FEEDBACK, HANDOFF, HISTORY, PassedOn};
use chat::message::FeedbackPost;
use chat::{Code, Problem};
use pingora_proxy::Session;

use crate::app::Edge;
use crate::proxy::exchange::{Exchange, Refused, Reply};
use crate::turns::Asker;

/// Longest query of a history call that is passed on, in bytes.
const QUERY_BYTES_MAX: usize = 512;

/// `GET /v1/chat/history`.
///
/// # Errors
/// The query is too long, or the origin refuses or cannot be reached.
pub async fn history(
    edge: &Edge,
    session: &mut Session,
    exchange: &mut Exchange,
    asker: &Asker,
) -> Result<(), Refused> {
    let query = exchange.query.as_deref().unwrap_or("");
    if query.len() > QUERY_BYTES_MAX {
        return Err(Problem::new(Code::Invalid, "The query is too long.").into());
    }
    let path = if query.is_empty() { HISTORY.to_owned() } else { format!("{HISTORY}?{query}") };
    let reply = pass_on(edge, asker, "GET", &path, None).await?;
    exchange.send_filtered(edge, session, reply).await;
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

/// Passes feedback on.
///
/// # Errors
/// The origin refuses or cannot be reached.
pub async fn send_feedback(edge: &Edge, asker: &Asker, feedback: &FeedbackPost) -> Result<Reply, Problem> {
    let body = serde_json::to_vec(feedback).unwrap_or_default();
    pass_on(edge, asker, "POST", FEEDBACK, Some(Bytes::from(body))).await
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

/// Asks for a person. From then on no known answer is given in the session.
///
/// # Errors
/// The origin refuses or cannot be reached.
pub async fn send_handoff(edge: &Edge, asker: &Asker) -> Result<Reply, Problem> {
    let reply = pass_on(edge, asker, "POST", HANDOFF, None).await?;
    edge.turns.hand_over(session_of(asker));
    Ok(reply)
}

/// Asks the origin. What was answered at the edge goes to memory first, so that it is there to be listed, rated and read by a person.
async fn pass_on(
    edge: &Edge,
    asker: &Asker,
    method: &str,
    path: &str,
    body: Option<Bytes>,
) -> Result<Reply, Problem> {
    let origin = edge.turns.origin();
    edge.turns.preceding().flush(origin, session_of(asker)).await;
    let reply = origin.call(&asker.caller, method, path, body).await?;
    match chat::internal::passed_on(reply.status, &reply.body) {
        Ok(PassedOn::Empty) => Ok(Reply::empty(204)),
        Ok(PassedOn::Document) => Ok(Reply::json(reply.status, reply.body)),
        Err(problem) => {
            if problem.code == Code::BadGateway {
                // It answers, and not as an origin of ours.
                origin.health.failed();
            }
            Err(problem)
        }
    }
}

fn session_of(asker: &Asker) -> &str {
    asker.caller.principal.session.as_deref().unwrap_or_default()
}
