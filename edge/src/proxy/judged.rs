//! Forwarding where a filter reads the bodies of responses. Pingora writes the head of a response before its body is there, when
//! nothing can be refused any more. So the site is asked from here, over connections of Pingora's own kind, and a body that filters
//! judge is held back until it is whole, or as long as it may be. All else is sent on as it comes, as Pingora would.
//!
//! What fails goes back to Pingora as an error of its own: it is told of, logged and counted as that of any forwarded request.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, RANGE, TRANSFER_ENCODING};
use http::{Method, StatusCode, Version};
use pingora_core::protocols::http::HttpTask;
use pingora_core::protocols::http::v1::client::HttpSession;
use pingora_core::{Error, ErrorType, Result as PingoraResult};
use pingora_http::{RequestHeader, ResponseHeader};
use pingora_proxy::Session;

use super::exchange::Exchange;
use super::{forward, hops};
use crate::app::Edge;
use crate::upstream::{Connection, Upstream};

/// Most bytes of a body that are held back and judged. Of a longer one its beginning is judged, and the rest streams after it: rules see
/// that it was too long where their own limit is lower (`SecResponseBodyLimit` is 128 KiB in our set-up).
const HELD_BYTES_MAX: usize = 512 * 1024;
/// Longest that a body is held back: then it is told that the site is too slow. A page that comes bit by bit must not wait for ever,
/// and what was not judged must not be sent.
const HELD_TIME_MAX: Duration = Duration::from_secs(60);
/// Most connections that a request is tried on, as by Pingora. A kept one may have been closed by the site meanwhile.
const TRIES_MAX: usize = 16;
/// Most interim responses before the response itself.
const INTERIM_MAX: usize = 16;
/// Media types beside `text/*`, `*+json` and `*+xml` whose bodies are held back.
const JUDGED: &[&str] = &["application/json", "application/xml"];
/// Text and XML that is held back for nobody: a stream that has no end, and pictures.
const STREAMED: &[&str] = &["text/event-stream", "image/svg+xml"];

/// Asks the site, has its response judged, and sends that on.
///
/// # Errors
/// The site cannot be reached, is too slow or breaks off; a filter refuses the response; the client is gone.
pub(crate) async fn serve(
    edge: &Edge,
    upstream: &Upstream,
    session: &mut Session,
    exchange: &mut Exchange,
) -> PingoraResult<()> {
    let body = exchange.body.take();
    let request = request_for_site(session, exchange, body.as_ref())?;
    let Asked { mut site, head: mut response, is_end, is_sent } =
        ask(upstream, session, &request, body.as_ref()).await?;
    let held = if is_judged(&request, &response) {
        let held = tokio::time::timeout(HELD_TIME_MAX, hold_back(&mut site.http, session, is_end));
        Some(held.await.map_err(|_| site_fails(ErrorType::ReadTimedout, "while a body was held back"))??)
    } else {
        None
    };
    frame(&request, &mut response, is_end)?;
    let seen = held.as_ref().map(|held| held.body.as_ref());
    forward::finish_response(edge, session, &mut response, seen, exchange)?;
    let mut tasks = vec![HttpTask::Header(Box::new(response), is_end)];
    tasks.extend(held.filter(|_| !is_end).map(|held| HttpTask::Body(Some(held.body), held.is_whole)));
    while !session.write_response_tasks(tasks).await? {
        tasks = vec![next(&mut site.http, session).await?];
    }
    if is_sent {
        upstream.keep(site).await;
    }
    Ok(())
}

/// The request as the site gets it: by HTTP/1.1, with the body that was read, framed by its length.
fn request_for_site(
    session: &Session,
    exchange: &Exchange,
    body: Option<&Bytes>,
) -> PingoraResult<RequestHeader> {
    let mut head = session.req_header().clone();
    head.set_version(Version::HTTP_11);
    // RFC 9113 section 8.3.1: in HTTP/2 the host is the authority.
    if let Some(authority) = head.uri.authority().map(ToString::to_string) {
        head.insert_header(HOST, authority)?;
    }
    hops::strip(&mut head)?;
    if let Some(body) = body {
        head.insert_header(CONTENT_LENGTH, body.len())?;
    }
    // What is coded cannot be judged by whoever does not undo the coding.
    head.insert_header(ACCEPT_ENCODING, "identity")?;
    // Several parts come as one body of no type that is judged. RFC 9110 section 14.2: the header may be ignored.
    if head.headers.get_all(RANGE).iter().any(|range| range.as_bytes().contains(&b',')) {
        head.remove_header(&RANGE);
    }
    forward::finish_request(&mut head, exchange)?;
    Ok(head)
}

/// The site's response, of which the head is there.
struct Asked {
    site: Connection,
    head: ResponseHeader,
    /// Nothing follows the head.
    is_end: bool,
    /// The request was sent to its end: else the connection is of no further use.
    is_sent: bool,
}

/// Sends the request and reads the head of the response. As Pingora does, a request that may be repeated is, when a kept connection turns
/// out to be closed before a byte of a response came.
async fn ask(
    upstream: &Upstream,
    session: &mut Session,
    request: &RequestHeader,
    body: Option<&Bytes>,
) -> PingoraResult<Asked> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut site = upstream.connect().await?;
        match ask_once(&mut site.http, session, request, body).await {
            Ok((head, is_end, is_sent)) => return Ok(Asked { site, head, is_end, is_sent }),
            Err(mut error) => {
                error.retry.decide_reuse(site.is_reused && request.method.is_idempotent());
                if !error.retry.retry() || tries == TRIES_MAX {
                    return Err(error);
                }
            }
        }
    }
}

/// The head, whether that is all, and whether the request was sent to its end.
async fn ask_once(
    site: &mut HttpSession,
    session: &mut Session,
    request: &RequestHeader,
    body: Option<&Bytes>,
) -> PingoraResult<(ResponseHeader, bool, bool)> {
    site.write_request_header(Box::new(request.clone())).await.map_err(Error::into_up)?;
    // A site may answer before it has read everything, and close: what it says counts.
    let sent = send_body(site, body).await;
    let is_sent = sent.is_ok();
    for _ in 0..INTERIM_MAX {
        match next(site, session).await {
            // Nobody has asked for another protocol: the header that would is taken out of every request.
            Ok(HttpTask::Header(head, _)) if head.status == StatusCode::SWITCHING_PROTOCOLS => break,
            Ok(HttpTask::Header(head, _)) if head.status.is_informational() => {
                session.write_response_tasks(vec![HttpTask::Header(head, false)]).await?;
            }
            Ok(HttpTask::Header(head, is_end)) => return Ok((*head, is_end, is_sent)),
            Ok(_) => break,
            Err(error) => return Err(sent.err().unwrap_or(error)),
        }
    }
    Err(site_fails(ErrorType::InvalidHTTPHeader, "no response"))
}

async fn send_body(site: &mut HttpSession, body: Option<&Bytes>) -> PingoraResult<()> {
    if let Some(body) = body {
        site.write_body(body).await.map_err(Error::into_up)?;
    }
    site.finish_body().await.map_err(Error::into_up)?;
    Ok(())
}

/// Whether filters get the body: of a response that has one, of a type that is judged or none at all. A part of a page is judged as one.
fn is_judged(request: &RequestHeader, response: &ResponseHeader) -> bool {
    if !has_content(request, response) {
        return false;
    }
    let Some(value) = response.headers.get(CONTENT_TYPE) else { return true };
    let media = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    let media = String::from_utf8_lossy(media.trim_ascii()).to_ascii_lowercase();
    let is_text = media.starts_with("text/") || media.ends_with("+json") || media.ends_with("+xml");
    (is_text || JUDGED.contains(&media.as_str())) && !STREAMED.contains(&media.as_str())
}

/// RFC 9110 section 6.4.1: what answers HEAD, 204 and 304 have no content, whatever their heads say of it.
fn has_content(request: &RequestHeader, response: &ResponseHeader) -> bool {
    let status = response.status;
    request.method != Method::HEAD && status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED
}

/// A body that is held back.
struct Held {
    body: Bytes,
    is_whole: bool,
}

async fn hold_back(site: &mut HttpSession, session: &mut Session, is_end: bool) -> PingoraResult<Held> {
    let mut body = BytesMut::new();
    let mut is_whole = is_end;
    while !is_whole && body.len() < HELD_BYTES_MAX {
        let task = next(site, session).await?;
        is_whole = task.is_end();
        if let HttpTask::Body(Some(bytes), _) = task {
            body.extend_from_slice(&bytes);
        }
    }
    Ok(Held { body: body.freeze(), is_whole })
}

/// A body that ends with the site's connection is sent on in chunks, so that the client's connection stays, as by Pingora.
fn frame(request: &RequestHeader, response: &mut ResponseHeader, is_end: bool) -> PingoraResult<()> {
    let is_framed =
        [TRANSFER_ENCODING, CONTENT_LENGTH].iter().any(|name| response.headers.contains_key(name));
    if is_end || is_framed || !has_content(request, response) {
        return Ok(());
    }
    response.set_version(Version::HTTP_11);
    response.insert_header(TRANSFER_ENCODING, "chunked")
}

/// What comes next from the site, for as long as the client waits for it.
async fn next(site: &mut HttpSession, session: &mut Session) -> PingoraResult<HttpTask> {
    tokio::select! {
        biased;
        task = site.read_response_task() => task.map_err(Error::into_up),
        left = session.as_downstream_mut().read_body_or_idle(true) => {
            let closed = || Error::explain(ErrorType::ConnectionClosed, "the client is gone");
            Err(left.err().unwrap_or_else(closed).into_down())
        }
    }
}

fn site_fails(cause: ErrorType, what: &'static str) -> Box<Error> {
    Error::explain(cause, what).into_up()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_judged_of(method: &str, status: u16, content_type: Option<&'static str>) -> bool {
        let request = RequestHeader::build(method, b"/", None).unwrap();
        let mut response = ResponseHeader::build(status, None).unwrap();
        if let Some(value) = content_type {
            response.insert_header(CONTENT_TYPE, value).unwrap();
        }
        is_judged(&request, &response)
    }

    #[test]
    fn text_is_judged_by_whatever_name_it_goes() {
        for media in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            " text/plain ;x=y",
            "text/xml",
            "application/json",
            "application/problem+json",
            "application/xhtml+xml",
        ] {
            assert!(is_judged_of("GET", 200, Some(media)), "{media}");
        }
        assert!(is_judged_of("GET", 200, None), "what says nothing of itself may be anything");
        assert!(is_judged_of("POST", 500, Some("text/html")));
        assert!(is_judged_of("GET", 206, Some("text/html")));
    }

    #[test]
    fn what_is_no_text_or_has_no_body_is_not_held_back() {
        for media in
            ["image/png", "image/svg+xml", "text/event-stream; charset=utf-8", "application/pdf", "video/mp4"]
        {
            assert!(!is_judged_of("GET", 200, Some(media)), "{media}");
        }
        for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304)] {
            assert!(!is_judged_of(method, status, Some("text/html")), "{method} {status}");
        }
    }

    #[test]
    fn a_body_that_ends_with_its_connection_is_framed_anew_and_no_other() {
        let framed = |method: &str, status: u16, length: Option<&'static str>| {
            let request = RequestHeader::build(method, b"/", None).unwrap();
            let mut response = ResponseHeader::build(status, None).unwrap();
            if let Some(length) = length {
                response.insert_header(CONTENT_LENGTH, length).unwrap();
            }
            frame(&request, &mut response, false).unwrap();
            response.headers.contains_key(TRANSFER_ENCODING)
        };
        assert!(framed("GET", 200, None));
        assert!(!framed("GET", 200, Some("7")) && !framed("HEAD", 200, None) && !framed("GET", 304, None));
    }
}
