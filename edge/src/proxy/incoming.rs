//! Reads what a client sends, within bounds.

use std::net::IpAddr;
use std::time::Duration;

use bytes::BytesMut;
use chat::limits::BODY_BYTES_MAX;
use chat::{Code, Problem};
use host::wit;
use pingora_core::ErrorType;
use pingora_proxy::Session;
use uuid::Uuid;

use super::exchange::{Exchange, Refused};
use super::route::Route;
use crate::app::Edge;

/// Longest request target, in bytes.
const TARGET_BYTES_MAX: usize = 8 * 1024;
/// Longest request id that is taken over from a client, in bytes.
const REQUEST_ID_BYTES_MAX: usize = 64;
/// Longest pause between two reads of a request.
const READ_PAUSE: Duration = Duration::from_secs(10);

/// Names the request and notes where it comes from. Strips what only we may say.
pub fn begin(session: &mut Session, exchange: &mut Exchange) {
    session.set_read_timeout(Some(READ_PAUSE));
    exchange.request_id = request_id(session);
    exchange.client = client(session);
    session.req_header_mut().remove_header(chat::internal::INTERNAL_HEADER);
    if session.get_header(http::header::TRANSFER_ENCODING).is_some() {
        // It may have come with a length that said otherwise: what follows it on this connection is not read (RFC 9112, 6.1).
        session.set_keepalive(None);
    }
}

/// Takes the `Upgrade` header out of a request that opens no socket: nothing else is upgraded here, and a server that took it up
/// would make a tunnel of the connection (RFC 9110, section 7.8: it may be ignored). Filters still see it.
pub fn refuse_upgrade(session: &mut Session, exchange: &mut Exchange) {
    if exchange.route != Route::Socket {
        exchange.upgrade = session.req_header_mut().remove_header(&http::header::UPGRADE);
    }
}

/// The client's own id where it is plain, else a new one that sorts by time.
fn request_id(session: &Session) -> String {
    let given = session.get_header("x-request-id").and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (8..=REQUEST_ID_BYTES_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    given.filter(plain).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn client(session: &Session) -> wit::Client {
    let address = session.client_addr().and_then(|address| address.as_inet());
    let secure = session.digest().is_some_and(|digest| digest.ssl_digest.is_some());
    wit::Client {
        // An IPv4 client of an IPv6 listener is the same client.
        address: address.map_or_else(String::new, |address| address.ip().to_canonical().to_string()),
        port: address.map_or(0, std::net::SocketAddr::port),
        secure,
    }
}

/// The client's address for the floors.
#[must_use]
pub fn address(exchange: &Exchange) -> Option<IpAddr> {
    exchange.client.address.parse().ok()
}

/// Path and query, undecoded. What is in them, [`super::head`] has judged.
///
/// # Errors
/// It is over its bound.
pub fn target(session: &Session) -> Result<String, Refused> {
    let head = session.req_header();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    if target.len() > TARGET_BYTES_MAX {
        return Err(Problem::new(Code::HeadersTooLarge, "The address is too long.").into());
    }
    Ok(target.to_owned())
}

/// Reads the body of a call, in time and within its bound.
///
/// # Errors
/// It is too large, too slow, broken, encoded, or of another type than the call takes.
pub async fn body(
    edge: &Edge,
    session: &mut Session,
    exchange: &Exchange,
) -> Result<Option<Vec<u8>>, Refused> {
    if exchange.route == Route::Socket || session.as_downstream_mut().is_body_empty() {
        return Ok(None);
    }
    if session.get_header(http::header::CONTENT_ENCODING).is_some() {
        let problem = Problem::new(Code::UnsupportedMediaType, "Send the body without a content encoding.");
        return Err(problem.into());
    }
    if exchange.route.takes_json() && !is_json(session) {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "Send JSON, with `content-type: application/json`.",
        )
        .into());
    }
    let announced =
        session.get_header(http::header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: u64| bytes > BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    if exchange.route == Route::Page {
        // Kept, so that Pingora can forward what was read here.
        session.as_downstream_mut().enable_retry_buffering();
    }
    if expects_continue(session) {
        // Everything that may be said before the body has been said; a client that is gone is told by the read.
        let _ = session.as_downstream_mut().write_continue_response().await;
    }
    let deadline = Duration::from_millis(edge.config.chat.body_ms);
    match tokio::time::timeout(deadline, read(session)).await {
        Ok(body) => body.map(Some),
        Err(_) => {
            Err(Problem::new(Code::RequestTimeout, "The body took too long to arrive. Try again.").into())
        }
    }
}

/// Whether the client waits for a `100 Continue` before it sends its body (RFC 9110 section 10.1.1). One of HTTP/1.0 does not.
fn expects_continue(session: &Session) -> bool {
    session.req_header().version >= http::Version::HTTP_11
        && session
            .get_header(http::header::EXPECT)
            .is_some_and(|expected| expected.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

fn is_json(session: &Session) -> bool {
    let value =
        session.get_header(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json")
}

async fn read(session: &mut Session) -> Result<Vec<u8>, Refused> {
    let mut body = BytesMut::new();
    loop {
        match session.as_downstream_mut().read_request_body().await {
            Ok(None) => return Ok(body.into()),
            Ok(Some(chunk)) if body.len() + chunk.len() > BODY_BYTES_MAX => return Err(too_large()),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(error) if *error.etype() == ErrorType::ReadTimedout => {
                return Err(Problem::new(
                    Code::RequestTimeout,
                    "The body took too long to arrive. Try again.",
                )
                .into());
            }
            Err(_) => {
                return Err(Problem::new(
                    Code::Malformed,
                    "The body ended too early or was not framed well.",
                )
                .into());
            }
        }
    }
}

fn too_large() -> Refused {
    Problem::new(Code::TooLarge, format!("Send at most {BODY_BYTES_MAX} bytes.")).into()
}

/// The request as filters see it.
#[must_use]
pub fn request(
    session: &Session,
    exchange: &Exchange,
    target: String,
    body: Option<Vec<u8>>,
) -> wit::Request {
    let head = session.req_header();
    let mut headers: Vec<wit::Header> = head
        .headers
        .iter()
        .chain(exchange.upgrade.iter().map(|value| (&http::header::UPGRADE, value)))
        .map(|(name, value)| wit::Header { name: name.as_str().to_owned(), value: value.as_bytes().to_vec() })
        .collect();
    // RFC 9113 section 8.3.1: in HTTP/2 the host is the authority, and to a filter a request without a host is an odd one.
    if let (Some(authority), false) = (head.uri.authority(), head.headers.contains_key(http::header::HOST)) {
        headers.push(wit::Header { name: "host".to_owned(), value: authority.as_str().as_bytes().to_vec() });
    }
    wit::Request {
        context: wit::Context {
            request_id: exchange.request_id.clone(),
            principal: None,
            scores: Vec::new(),
            tags: Vec::new(),
        },
        client: exchange.client.clone(),
        method: head.method.as_str().to_owned(),
        target,
        protocol: match head.version {
            http::Version::HTTP_2 => "HTTP/2.0",
            http::Version::HTTP_10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        }
        .to_owned(),
        headers,
        body,
    }
}
