//! What is changed of a request on its way to the shop's site, and of a response on its way back, whether Pingora forwards it or
//! [`super::judged`] does.

use chat::internal::INTERNAL_HEADER;
use host::chain::ResponseDecision;
use host::wit;
use pingora_core::{Error, ErrorType, Result as PingoraResult};
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::Session;

use super::exchange::{Exchange, Refused};
use crate::app::Edge;

/// Strips what only we may say to the site, and says it.
///
/// # Errors
/// A header cannot be written; an id and an address can.
pub fn finish_request(head: &mut RequestHeader, exchange: &Exchange) -> PingoraResult<()> {
    head.remove_header(INTERNAL_HEADER);
    // The body is here already: whoever waited for a `100 Continue` has had it from us.
    head.remove_header(&http::header::EXPECT);
    head.insert_header("x-request-id", exchange.request_id.as_str())?;
    // The site sees the client's own host name, and where the request came from by us alone.
    head.insert_header("x-forwarded-for", exchange.client.address.as_str())?;
    head.insert_header("x-forwarded-proto", if exchange.client.secure { "https" } else { "http" })
}

/// Runs the response phase on a response of the site, with what is held back of its body, and adds what every response has. Without a
/// body its head alone is judged.
///
/// # Errors
/// A filter refuses or replaces it. What it says of it is in the exchange.
pub fn finish_response(
    edge: &Edge,
    session: &Session,
    head: &mut ResponseHeader,
    body: Option<&[u8]>,
    exchange: &mut Exchange,
) -> PingoraResult<()> {
    exchange.status = head.status.as_u16();
    filter(edge, session, head, body, exchange)?;
    exchange.finish_head(head)
}

fn filter(
    edge: &Edge,
    session: &Session,
    head: &mut ResponseHeader,
    body: Option<&[u8]>,
    exchange: &mut Exchange,
) -> PingoraResult<()> {
    if exchange.is_past_filters {
        return Ok(());
    }
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| wit::Header { name: name.as_str().into(), value: value.as_bytes().into() });
    let seen = exchange.response_for_filters(session, head.status.as_u16(), headers);
    match edge.chain.response(seen, body) {
        ResponseDecision::Next(seen) => {
            let names: Vec<_> = head.headers.keys().cloned().collect();
            names.iter().for_each(|name| drop(head.remove_header(name)));
            for header in seen.headers {
                head.append_header(header.name, header.value.as_slice())?;
            }
            Ok(())
        }
        ResponseDecision::Refuse(refusal, slot) => {
            exchange.is_past_filters = true;
            exchange.response_refusal = Some(Refused::by_filter(&refusal, slot));
            Err(Error::explain(ErrorType::HTTPStatus(refusal.status), "refused by a response filter"))
        }
        // The body of most is on its way already: refusing is all that is left, and is the same for all.
        ResponseDecision::Replace(_) => {
            exchange.is_past_filters = true;
            Err(Error::explain(ErrorType::HTTPStatus(403), "replaced by a response filter"))
        }
    }
}
