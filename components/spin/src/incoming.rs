//! Reads what a client sends, within bounds.

use std::pin::pin;

use chain::wit;
use chat::Code;
use chat::limits::BODY_BYTES_MAX;
use futures_util::future::{Either, select};
use http::request::Parts;
use http_body_util::BodyExt as _;
use uuid::Uuid;

use crate::exchange::{Exchange, Refused};
use crate::settings;

/// Longest request target, in bytes.
const TARGET_BYTES_MAX: usize = 8 * 1024;
/// Longest request id that is taken over from a client, in bytes.
const REQUEST_ID_BYTES_MAX: usize = 64;
/// What Spin's own headers begin with. It adds them after whatever a client sent under the same names.
const SPIN_HEADERS: &str = "spin-";

/// What the head says: which request it is, and where it comes from.
pub(crate) fn begin(head: &Parts) -> Exchange {
    Exchange::new(request_id(head), client(head), head.method.clone(), head.uri.path().to_owned())
}

/// The client's own id where it is plain, else a new one that sorts by time.
fn request_id(head: &Parts) -> String {
    let plain = |id: &&str| {
        (8..=REQUEST_ID_BYTES_MAX).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let given = text(head, "x-request-id").filter(plain);
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn client(head: &Parts) -> wit::Client {
    let address = last(head, "spin-client-addr").and_then(|value| value.parse::<std::net::SocketAddr>().ok());
    wit::Client {
        address: address.map_or_else(String::new, |address| address.ip().to_canonical().to_string()),
        port: address.map_or(0, |address| address.port()),
        secure: last(head, "spin-full-url").is_some_and(|url| url.starts_with("https:")),
    }
}

/// The last header of this name: Spin's, where a client sent one as well.
fn last<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    head.headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok())
}

/// A header as text.
pub(crate) fn text<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    head.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The host that the client asked for.
pub(crate) fn host(head: &Parts) -> &str {
    text(head, "host").or_else(|| head.uri.authority().map(http::uri::Authority::as_str)).unwrap_or_default()
}

/// Path and query, undecoded.
///
/// # Errors
/// It is over its bound.
pub(crate) fn target(head: &Parts) -> Result<String, Refused> {
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    if target.len() > TARGET_BYTES_MAX {
        return Err(Refused::new(Code::HeadersTooLarge, "The address is too long."));
    }
    Ok(target.to_owned())
}

/// Reads the body, in time and within its bound.
///
/// # Errors
/// It is too large, too slow, broken, encoded, or of another type than the call takes.
pub(crate) async fn body<B>(exchange: &Exchange, head: &Parts, body: B) -> Result<Option<Vec<u8>>, Refused>
where
    B: http_body::Body<Data = bytes::Bytes> + Unpin,
{
    let announced = text(head, "content-length").and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    let body_time = settings::times().await.body;
    let read = match select(pin!(read(body)), pin!(spin_sdk::time::sleep(body_time))).await {
        Either::Left((read, _)) => read?,
        Either::Right(_) => {
            return Err(Refused::new(Code::RequestTimeout, "The body took too long to arrive. Try again."));
        }
    };
    if read.is_empty() {
        return Ok(None);
    }
    if head.headers.contains_key("content-encoding") {
        return Err(Refused::new(Code::UnsupportedMediaType, "Send the body without a content encoding."));
    }
    if exchange.route.takes_json() && !is_json(head) {
        return Err(Refused::new(
            Code::UnsupportedMediaType,
            "Send JSON, with `content-type: application/json`.",
        ));
    }
    Ok(Some(read))
}

fn is_json(head: &Parts) -> bool {
    let media_type = text(head, "content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

async fn read<B>(mut body: B) -> Result<Vec<u8>, Refused>
where
    B: http_body::Body<Data = bytes::Bytes> + Unpin,
{
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| Refused::new(Code::Malformed, "The body ended too early or was not framed well."))?;
        let Ok(chunk) = frame.into_data() else { continue };
        if read.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

fn too_large() -> Refused {
    Refused::new(Code::TooLarge, format!("Send at most {BODY_BYTES_MAX} bytes."))
}

/// The request as filters see it: what the client sent, without what Spin added.
pub(crate) fn request(
    exchange: &Exchange,
    head: &Parts,
    target: String,
    body: Option<Vec<u8>>,
) -> wit::Request {
    let header = |name: &str, value: &[u8]| wit::Header { name: name.to_owned(), value: value.to_vec() };
    let is_ours = |name: &str| name.starts_with(SPIN_HEADERS) || name == chat::internal::INTERNAL_HEADER;
    let mut headers: Vec<wit::Header> = head
        .headers
        .iter()
        .filter(|(name, _)| !is_ours(name.as_str()))
        .map(|(name, value)| header(name.as_str(), value.as_bytes()))
        .collect();
    // WASI takes the host out of the headers; a rule may ask for it.
    if !head.headers.contains_key("host")
        && let Some(authority) = head.uri.authority()
    {
        headers.insert(0, header("host", authority.as_str().as_bytes()));
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
        // WASI does not tell which version a request came by.
        protocol: "HTTP/1.1".to_owned(),
        headers,
        body,
    }
}
