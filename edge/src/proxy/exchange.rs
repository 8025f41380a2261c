//! One request and its response: what is known of it on the way, how it is answered, and its line in the log.

use std::time::Instant;

use bytes::Bytes;
use chat::problem::PROBLEM_JSON;
use chat::{Code, Problem};
use host::chain::ResponseDecision;
use host::wit;
use pingora_core::Result as PingoraResult;
use pingora_http::ResponseHeader;
use pingora_proxy::Session;

use super::route::Route;
use crate::app::Edge;
use crate::proxy::in_flight::InFlight;

/// The policy of every page: everything from here, nothing inline.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; \
    style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'";

/// A response that is known whole.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers beside those that every response has.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// A reply without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// A JSON reply that is not to be stored.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        let headers = vec![header("content-type", "application/json"), header("cache-control", "no-store")];
        Self { status, headers, body: body.into() }
    }

    /// A filter's answer.
    #[must_use]
    pub fn from_parts(parts: wit::ResponseParts) -> Self {
        let headers = parts
            .headers
            .into_iter()
            .map(|header| (header.name, String::from_utf8_lossy(&header.value).into_owned()))
            .collect();
        Self { status: parts.status, headers, body: parts.body.into() }
    }

    /// The same reply with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A request that goes no further.
#[derive(Debug)]
pub struct Refused {
    /// What the client is told.
    pub problem: Box<Problem>,
    /// Headers of the refusal.
    pub headers: Vec<(String, String)>,
    /// The filter and rule that refused, for the log.
    pub rule: Option<String>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), headers: Vec::new(), rule: None }
    }
}

impl Refused {
    /// A filter's refusal.
    #[must_use]
    pub fn by_filter(refusal: &wit::Refusal, slot: String) -> Self {
        let headers = refusal
            .headers
            .iter()
            .map(|header| (header.name.clone(), String::from_utf8_lossy(&header.value).into_owned()))
            .collect();
        let rule = Some(refusal.rule.clone().unwrap_or(slot));
        Self { problem: Box::new(chain::words::problem_of(refusal)), headers, rule }
    }

    /// The same refusal with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(header(name, value));
        self
    }
}

/// One request and its response.
#[derive(Debug)]
pub struct Exchange {
    /// Names the request in every log.
    pub request_id: String,
    /// Where it comes from.
    pub client: wit::Client,
    /// What it is for.
    pub route: Route,
    /// Its query, undecoded.
    pub query: Option<String>,
    /// An `Upgrade` header that was taken out of it.
    pub upgrade: Option<http::HeaderValue>,
    /// What filters found out about it, for those that see the response. Kept only where the response passes them.
    pub context: Option<wit::Context>,
    /// No response filter is asked about the response: one of them has made it, the request was over the floors, or there was none
    /// when the request began. One that is published meanwhile would see half a context: the request ends without it.
    pub is_past_filters: bool,
    /// What a filter of the response phase said of a response that was on its way already.
    pub response_refusal: Option<Refused>,
    /// It is to be forwarded to the shop's own site, as it came.
    pub is_for_site: bool,
    /// Its body, where it goes there.
    pub body: Option<Bytes>,
    /// How often no connection could be made for it.
    pub connect_failures: usize,
    /// The status that was sent.
    pub status: u16,
    /// Counts it among the requests that a draining edge waits for.
    pub in_flight: Option<InFlight>,
    started: Instant,
    added: Vec<(String, String)>,
    rule: Option<String>,
}

impl Exchange {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            request_id: String::new(),
            client: wit::Client { address: String::new(), port: 0, secure: false },
            route: Route::Unknown,
            query: None,
            upgrade: None,
            context: None,
            is_past_filters: false,
            response_refusal: None,
            in_flight: None,
            is_for_site: false,
            body: None,
            connect_failures: 0,
            status: 0,
            started: Instant::now(),
            added: Vec::new(),
            rule: None,
        }
    }

    /// Headers for whatever response there will be.
    pub fn add_headers(&mut self, headers: &[wit::Header]) {
        let text =
            |header: &wit::Header| (header.name.clone(), String::from_utf8_lossy(&header.value).into_owned());
        self.added.extend(headers.iter().map(text));
    }

    /// A header for whatever response there will be.
    pub fn add_header(&mut self, name: &str, value: impl Into<String>) {
        self.added.push((name.to_owned(), value.into()));
    }

    /// Replaces headers of these names, for what a later phase knows better.
    pub fn replace_headers(&mut self, headers: Vec<(String, String)>) {
        self.added.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
        self.added.extend(headers);
    }

    /// Adds what every response has.
    ///
    /// # Errors
    /// A header cannot be sent; the chain and this crate only add such as can.
    pub fn finish_head(&self, head: &mut ResponseHeader) -> PingoraResult<()> {
        head.insert_header("x-request-id", self.request_id.as_str())?;
        head.insert_header("x-content-type-options", "nosniff")?;
        head.insert_header("referrer-policy", "same-origin")?;
        if self.client.secure {
            head.insert_header("strict-transport-security", "max-age=31536000")?;
        }
        for (name, value) in &self.added {
            if name == "set-cookie" || name == "vary" {
                head.append_header(name.clone(), value.as_str())?;
            } else {
                head.insert_header(name.clone(), value.as_str())?;
            }
        }
        Ok(())
    }

    /// Sends a whole response as it is, past the response phase. A client that is gone is none of ours.
    pub async fn send(&mut self, session: &mut Session, reply: Reply) {
        if let Err(error) = self.try_send(session, reply).await {
            tracing::debug!(
                request_id = self.request_id,
                cause = error.etype().as_str(),
                "the client is gone"
            );
            session.set_keepalive(None);
        }
    }

    async fn try_send(&mut self, session: &mut Session, reply: Reply) -> PingoraResult<()> {
        self.status = reply.status;
        let mut head = ResponseHeader::build(reply.status, Some(reply.headers.len() + self.added.len() + 6))?;
        for (name, value) in reply.headers {
            head.append_header(name, value.as_str())?;
        }
        self.finish_head(&mut head)?;
        let bodiless = reply.status == 204 || reply.status == 304;
        if !bodiless {
            head.set_content_length(reply.body.len())?;
        }
        let is_head_request = session.req_header().method == http::Method::HEAD;
        let end = bodiless || is_head_request || reply.body.is_empty();
        session.as_downstream_mut().write_response_header(Box::new(head)).await?;
        if !end {
            session.as_downstream_mut().write_response_body(reply.body, true).await?;
        }
        Ok(())
    }

    /// Drops what was to be added, for a response that must not have it.
    pub fn drop_header(&mut self, name: &str) {
        self.added.retain(|(other, _)| other != name);
    }

    /// Sends a whole response through the response phase.
    pub async fn send_filtered(&mut self, edge: &Edge, session: &mut Session, reply: Reply) {
        let reply = match self.filtered(edge, session, reply, false) {
            Ok((reply, _)) => reply,
            Err(refused) => self.refusal(session, refused),
        };
        self.send(session, reply).await;
    }

    /// A reply after the response phase, and whether it is another one than came in. Of a body that is streamed, filters see
    /// nothing. What the phase itself has made does not pass it again.
    ///
    /// # Errors
    /// A filter refuses the response.
    pub fn filtered(
        &mut self,
        edge: &Edge,
        session: &Session,
        reply: Reply,
        is_streamed: bool,
    ) -> Result<(Reply, bool), Refused> {
        if self.is_past_filters {
            return Ok((reply, false));
        }
        let headers = reply
            .headers
            .iter()
            .map(|(name, value)| wit::Header { name: name.clone(), value: value.clone().into_bytes() });
        let response = self.response_for_filters(session, reply.status, headers);
        match edge.chain.response(response, (!is_streamed).then_some(&*reply.body)) {
            ResponseDecision::Next(seen) => {
                let parts =
                    wit::ResponseParts { status: reply.status, headers: seen.headers, body: Vec::new() };
                Ok((Reply { body: reply.body, ..Reply::from_parts(parts) }, false))
            }
            ResponseDecision::Replace(parts) => {
                self.is_past_filters = true;
                Ok((Reply::from_parts(parts), true))
            }
            ResponseDecision::Refuse(refusal, slot) => {
                self.is_past_filters = true;
                Err(Refused::by_filter(&refusal, slot))
            }
        }
    }

    /// Sends a refusal through the response phase, unless it is that phase's own.
    pub async fn refuse(&mut self, edge: &Edge, session: &mut Session, refused: Refused) {
        let reply = self.refusal(session, refused);
        self.send_filtered(edge, session, reply).await;
    }

    /// The reply that tells of a refusal. Closes the connection where the request was not read to its end.
    fn refusal(&mut self, session: &mut Session, refused: Refused) -> Reply {
        // The first one stands: what a filter of the response phase says of a refusal must not hide the rule behind it.
        if self.rule.is_none() {
            self.rule = refused.rule;
        }
        if !session.as_downstream_mut().is_body_done() || refused.problem.code == Code::Malformed {
            session.set_keepalive(None);
        }
        let problem = refused.problem.with_request_id(self.request_id.clone());
        let mut reply = Reply {
            status: problem.status,
            headers: vec![header("content-type", PROBLEM_JSON), header("cache-control", "no-store")],
            body: problem.to_json().into(),
        };
        if let Some(seconds) = problem.retry_after {
            reply = reply.with_header("retry-after", seconds.to_string());
        }
        // What the refusing filter says stands over what those before it said.
        self.replace_headers(refused.headers);
        if problem.retry_after.is_some() {
            self.added.retain(|(name, _)| name != "retry-after");
        }
        reply
    }

    /// A response as filters see it; its body is lent to those that may read it.
    #[must_use]
    pub fn response_for_filters(
        &self,
        session: &Session,
        status: u16,
        headers: impl Iterator<Item = wit::Header>,
    ) -> wit::Response {
        let head = session.req_header();
        wit::Response {
            context: self.context.clone().unwrap_or_else(|| wit::Context {
                request_id: self.request_id.clone(),
                principal: None,
                scores: Vec::new(),
                tags: Vec::new(),
            }),
            method: head.method.as_str().to_owned(),
            target: head.uri.path().to_owned(),
            status,
            headers: headers.collect(),
            body: None,
        }
    }

    /// The line in the log. The query is left out: it may hold what is not for logs.
    pub fn log(&self, method: &str, path: &str, status: u16) {
        tracing::info!(
            request_id = self.request_id,
            method,
            path,
            route = self.route.name(),
            status,
            rule = self.rule,
            client = self.client.address,
            us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}
