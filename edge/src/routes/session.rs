//! Where sessions begin, and where a guest's becomes a customer's. The filters have made the session by now; here it is told.

use bytes::Bytes;
use chat::internal::{SESSION_UPGRADE, SessionUpgrade};
use chat::message::InitReply;
use chat::{Code, Problem};
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
        if let Some(to) = &asker.caller.principal.session {
            edge.turns.moved(from, to);
        }
    }
    let reply = reply(session, exchange, asker);
    exchange.send_filtered(edge, session, reply).await;
    Ok(())
}

fn reply(session: &Session, exchange: &Exchange, asker: &Asker) -> Reply {
    let principal = &asker.caller.principal;
    let scheme = if exchange.client.secure { "wss" } else { "ws" };
    let host = session
        .get_header(http::header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| session.req_header().uri.authority().map(http::uri::Authority::as_str))
        .unwrap_or_default();
    let session_id = principal.session.clone().unwrap_or_default();
    let ws_url = format!("{scheme}://{host}/v1/chat/ws");
    let reply = InitReply::new(session_id, principal.tier.as_str(), principal.expires_at, Some(ws_url));
    Reply::json(201, serde_json::to_vec(&reply).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use chat::Feature;
    use identity::Tier;

    #[test]
    fn the_protocol_knows_a_customer_by_the_name_of_the_tier() {
        for tier in Tier::ALL {
            let has_orders = Feature::of(tier.as_str(), true).contains(&Feature::Orders);
            assert_eq!(has_orders, *tier == Tier::Customer, "{tier}");
        }
    }
}
