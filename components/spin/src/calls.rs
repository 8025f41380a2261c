//! The calls that are no turns: where a session begins, and what only the origin can answer.

use chat::internal::{
    FEEDBACK, HANDOFF, HISTORY, PRECEDING, PassedOn, Preceding, SESSION_UPGRADE, SessionUpgrade, passed_on,
};
use chat::message::InitReply;
use chat::{Code, Problem};
use serde_json::json;

use crate::exchange::{Exchange, Refused, Reply};
use crate::log;
use crate::origin::Origin;
use crate::serve::Asker;
use crate::store::{Session, Store};

/// Longest query of a history call that is passed on, in bytes.
const QUERY_BYTES_MAX: usize = 512;

/// `POST /v1/chat/init`: the filters have made the session, here it is told.
pub(crate) fn init(asker: &Asker) -> Reply {
    let principal = &asker.principal;
    let reply = InitReply::new(
        asker.session().to_owned(),
        principal.tier.as_str(),
        principal.expires_at,
        // Spin ends no WebSocket.
        None,
    );
    Reply::json(201, serde_json::to_vec(&reply).unwrap_or_default())
}

/// `POST /v1/session/upgrade`: the earlier turns move to the new session before it is told.
///
/// # Errors
/// The origin cannot be reached or refuses; the old session goes on then.
pub(crate) async fn upgrade(exchange: &mut Exchange, asker: &Asker) -> Result<Reply, Refused> {
    if let Some(from) = &asker.principal.upgraded_from
        && let Err(problem) = move_turns(asker, from).await
    {
        // The client keeps the session that has its turns.
        exchange.drop_header("set-cookie");
        return Err(problem.into());
    }
    Ok(init(asker))
}

async fn move_turns(asker: &Asker, from: &str) -> Result<(), Problem> {
    let origin = Origin::open().await?;
    let body = serde_json::to_vec(&SessionUpgrade { from: from.to_owned() }).unwrap_or_default();
    let reply = origin.call(asker, "POST", SESSION_UPGRADE, Some(body)).await?;
    match reply.status {
        200..300 => {}
        403 => {
            return Err(Problem::new(
                Code::Forbidden,
                "This session belongs to somebody else. Start a new one.",
            ));
        }
        _ => {
            return Err(Problem::new(Code::BadGateway, "You could not be signed in to the chat. Try again."));
        }
    }
    // The turns are moved, whatever comes now: a store that fails loses what waited, and not the session.
    if let Err(problem) = take_over(asker, from).await {
        log::line(
            "WARN",
            "answers of the old session stay behind",
            json!({ "request_id": asker.request_id, "code": problem.code.as_str() }),
        );
    }
    Ok(())
}

/// What waited for the old session's next turn waits for the new one's.
async fn take_over(asker: &Asker, from: &str) -> Result<(), Problem> {
    let store = Store::open().await?;
    let kept = store.session(from).await?;
    store.keep_session(asker.session(), kept).await?;
    // Whoever still has the old session does not send it a second time.
    store.keep_session(from, Session::default()).await
}

/// `GET /v1/chat/history`: what waits for memory is sent first.
///
/// # Errors
/// The query is too long, or the origin refuses or cannot be reached.
pub(crate) async fn history(asker: &Asker, query: &str) -> Result<Reply, Refused> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(Refused::new(Code::Invalid, "The query is too long."));
    }
    let path = if query.is_empty() { HISTORY.to_owned() } else { format!("{HISTORY}?{query}") };
    pass_on(asker, "GET", &path, None).await
}

/// `POST /v1/chat/feedback`: what was answered here goes to memory first, so that there is something to rate.
///
/// # Errors
/// The body breaks the schema, or the origin refuses or cannot be reached.
pub(crate) async fn feedback(asker: &Asker, body: &[u8]) -> Result<Reply, Refused> {
    let feedback = chat::validate::feedback(body)?;
    let body = serde_json::to_vec(&feedback).unwrap_or_default();
    pass_on(asker, "POST", FEEDBACK, Some(body)).await
}

/// `POST /v1/chat/handoff`.
///
/// # Errors
/// The origin refuses or cannot be reached.
pub(crate) async fn handoff(asker: &Asker) -> Result<Reply, Refused> {
    let reply = pass_on(asker, "POST", HANDOFF, None).await?;
    // The person is asked for, whatever comes now: a store that fails lets the FAQ speak until the next turn of the origin's.
    if let Err(problem) = hand_over(asker).await {
        log::line(
            "WARN",
            "a hand-off was not kept",
            json!({ "request_id": asker.request_id, "code": problem.code.as_str() }),
        );
    }
    Ok(reply)
}

async fn hand_over(asker: &Asker) -> Result<(), Problem> {
    Store::open().await?.hand_over(asker.session(), true).await
}

async fn pass_on(asker: &Asker, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<Reply, Refused> {
    let origin = Origin::open().await?;
    flush(&origin, asker).await?;
    let reply = origin.call(asker, method, path, body).await?;
    match passed_on(reply.status, &reply.body)? {
        PassedOn::Empty => Ok(Reply::empty(204)),
        PassedOn::Document => Ok(Reply::json(reply.status, reply.body)),
    }
}

/// Sends what waits for memory. What cannot be sent waits on: the call itself will tell that the origin is not there.
async fn flush(origin: &Origin, asker: &Asker) -> Result<(), Problem> {
    let store = Store::open().await?;
    let waiting = store.session(asker.session()).await?.preceding;
    if waiting.is_empty() {
        return Ok(());
    }
    let body = serde_json::to_vec(&Preceding { exchanges: waiting.clone() }).unwrap_or_default();
    let Ok(reply) = origin.call(asker, "POST", PRECEDING, Some(body)).await else { return Ok(()) };
    if (400..500).contains(&reply.status) {
        // They will not be taken the next time either.
        log::line(
            "ERROR",
            "the origin refused answers",
            json!({ "request_id": asker.request_id, "status": reply.status, "lost": waiting.len() }),
        );
    } else if !(200..300).contains(&reply.status) {
        return Ok(());
    }
    store.settle(asker.session(), &waiting).await
}
