//! Where sessions begin, and where a guest's becomes a customer's. The filters have made the session by now; here it is told.

use bytes::Bytes;
use chat::internal::{SESSION_UPGRADE, SessionUpgrade};
use chat::message::InitReply;
use chat::{Code, Problem};
use identity::Tier;
use pingora_proxy::Session;

use crate::app::Edge;
use crate::proxy::exchange::{Exchange, Refused, Reply};
use crate::turns::Asker;

/// `POST /v1/chat/init`.
///
/// # Errors
/// None today.
pub async fn init(
    edge: &Edge,
    session: &mut Session,
    exchange: &mut Exchange,
    asker: &Asker,
) -> Result<(), Refused> {
    let reply = reply(session, exchange, asker);
    exchange.send_filtered(edge, session, reply).await;
    Ok(())
}

/// `POST /v1/session/upgrade`: the earlier turns move to the new session before it is told, so that the client finds them.
///
/// # Errors
/// The origin cannot be reached or refuses; the old session goes on then.
pub async fn upgrade(
    edge: &Edge,
    session: &mut Session,
    exchange: &mut Exchange,
    asker: &Asker,
) -> Result<(), Refused> {
    if let Some(from) = &asker.caller.principal.upgraded_from {
        edge.turns.preceding().flush(edge.turns.origin(), from).await;
        let body = serde_json::to_vec(&SessionUpgrade { from: from.clone() }).unwrap_or_default();
        let result =
            edge.turns.origin().call(&asker.caller, "POST", SESSION_UPGRADE, Some(Bytes::from(body))).await;
        let refused = match result {
            Ok(reply) if (200..300).contains(&reply.status) => None,
            Ok(reply) if reply.status == 403 => {
                Some(Problem::new(Code::Forbidden, "This session belongs to somebody else. Start a new one."))
            }
            Ok(_) => {
                Some(Problem::new(Code::BadGateway, "You could not be signed in to the chat. Try again."))
            }
            Err(problem) => Some(problem),
        };
        if let Some(problem) = refused {
            // The client keeps the session that has its turns.
            exchange.drop_header("set-cookie");
            return Err(problem.into());
        }
    }
    let reply = reply(session, exchange, asker);
    exchange.send_filtered(edge, session, reply).await;
    Ok(())
}

fn reply(session: &Session, exchange: &Exchange, asker: &Asker) -> Reply {
    let principal = &asker.caller.principal;
    let mut features = vec!["faq", "discovery", "handoff"];
    if principal.tier == Tier::Customer {
        features.extend(["orders", "personal"]);
    }
    let scheme = if exchange.client.secure { "wss" } else { "ws" };
    let host = session
        .get_header(http::header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| session.req_header().uri.authority().map(http::uri::Authority::as_str))
        .unwrap_or_default();
    let reply = InitReply {
        session_id: principal.session.clone().unwrap_or_default(),
        tier: principal.tier.as_str().to_owned(),
        expires_at: principal.expires_at,
        features: features.into_iter().map(str::to_owned).collect(),
        ws_url: format!("{scheme}://{host}/v1/chat/ws"),
    };
    Reply::json(201, serde_json::to_vec(&reply).unwrap_or_default())
}
