//! One request and its reply: what is known of it on the way, and what every reply has.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use chain::wit;
use chat::problem::PROBLEM_JSON;
use chat::{Code, Problem};
use futures_util::Stream;
use http_body::Frame;
use serde_json::json;
use spin_sdk::http::Response;

use chat::route::Route;

use crate::log;

/// A reply's body: whole, or as it comes.
pub(crate) enum Body {
    /// All of it.
    Whole(Option<Bytes>),
    /// Piece by piece.
    Stream(Pin<Box<dyn Stream<Item = Bytes>>>),
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Whole(body) => Poll::Ready(body.take().map(|body| Ok(Frame::data(body)))),
            Self::Stream(stream) => {
                stream.as_mut().poll_next(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
            }
        }
    }
}

/// A reply.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

impl Reply {
    /// A reply without a body.
    pub(crate) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Whole(None) }
    }

    /// A reply with this body.
    pub(crate) fn of(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let reply = Self { body: Body::Whole(Some(body.into())), ..Self::empty(status) };
        reply.with_header("content-type", content_type)
    }

    /// A JSON reply that is not to be stored.
    pub(crate) fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::of(status, "application/json", body).with_header("cache-control", "no-store")
    }

    /// A filter's answer.
    pub(crate) fn from_parts(parts: wit::ResponseParts) -> Self {
        Self {
            status: parts.status,
            headers: parts.headers.into_iter().map(text_of).collect(),
            body: Body::Whole(Some(parts.body.into())),
        }
    }

    /// The same reply with one more header.
    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// A header as text.
pub(crate) fn text_of(header: wit::Header) -> (String, String) {
    (header.name, String::from_utf8_lossy(&header.value).into_owned())
}

/// A request that goes no further.
pub(crate) struct Refused {
    pub(crate) problem: Box<Problem>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) rule: Option<String>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), headers: Vec::new(), rule: None }
    }
}

impl Refused {
    /// A refusal of this kind.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }

    /// A filter's refusal.
    pub(crate) fn by_filter(refusal: wit::Refusal, slot: String) -> Self {
        let problem = Box::new(chain::words::problem_of(&refusal));
        let headers = refusal.headers.into_iter().map(text_of).collect();
        Self { problem, headers, rule: Some(refusal.rule.unwrap_or(slot)) }
    }

    /// The same refusal with one more header.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// One request and its reply.
pub(crate) struct Exchange {
    /// Names the request in every log.
    pub(crate) request_id: String,
    /// Where it comes from.
    pub(crate) client: wit::Client,
    /// What it is for.
    pub(crate) route: Route,
    method: http::Method,
    path: String,
    added: Vec<(String, String)>,
    rule: Option<String>,
}

impl Exchange {
    /// A request of which nothing more is known.
    pub(crate) fn new(request_id: String, client: wit::Client, method: http::Method, path: String) -> Self {
        Self { request_id, client, route: Route::Unknown, method, path, added: Vec::new(), rule: None }
    }

    /// Headers for whatever reply there will be.
    pub(crate) fn add_headers(&mut self, headers: Vec<wit::Header>) {
        self.added.extend(headers.into_iter().map(text_of));
    }

    /// A header for whatever reply there will be.
    pub(crate) fn add_header(&mut self, name: &str, value: &str) {
        self.added.push((name.to_owned(), value.to_owned()));
    }

    /// Replaces headers of these names, for what a later phase knows better.
    pub(crate) fn replace_headers(&mut self, headers: Vec<(String, String)>) {
        self.added.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
        self.added.extend(headers);
    }

    /// Drops what was to be added, for a reply that must not have it.
    pub(crate) fn drop_header(&mut self, name: &str) {
        self.added.retain(|(other, _)| other != name);
    }

    /// The problem document that tells of a refusal.
    pub(crate) fn refusal(&mut self, refused: Refused) -> Reply {
        self.rule = refused.rule;
        let problem = refused.problem.with_request_id(self.request_id.clone());
        let mut reply = Reply::of(problem.status, PROBLEM_JSON, problem.to_json())
            .with_header("cache-control", "no-store");
        self.replace_headers(refused.headers);
        if let Some(seconds) = problem.retry_after {
            reply = reply.with_header("retry-after", seconds.to_string());
            self.drop_header("retry-after");
        }
        reply
    }

    /// The reply with what every reply has, and its line in the log.
    pub(crate) fn finish(self, reply: Reply) -> Response<Body> {
        log::line(
            "INFO",
            "request",
            json!({
                "request_id": self.request_id,
                "method": self.method.as_str(),
                "path": self.path,
                "route": self.route.name(),
                "status": reply.status,
                "rule": self.rule,
                "client": self.client.address,
            }),
        );
        let Reply { status, headers, mut body } = reply;
        let bodiless = matches!(status, 204 | 304) || self.method == http::Method::HEAD;
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        if bodiless {
            body = Body::Whole(None);
        } else if let Body::Whole(body) = &body {
            response = response.header("content-length", body.as_ref().map_or(0, Bytes::len));
        }
        response = response
            .header("x-request-id", &self.request_id)
            .header("x-content-type-options", "nosniff")
            .header("referrer-policy", "same-origin");
        if self.client.secure {
            response = response.header("strict-transport-security", "max-age=31536000");
        }
        let mut response = response.body(body).unwrap_or_else(|_| {
            // A header that cannot be sent: the chain and this crate only add such as can.
            let mut response = Response::new(Body::Whole(None));
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        });
        for (name, value) in self.added {
            let (Ok(name), Ok(value)) =
                (name.parse::<http::HeaderName>(), value.parse::<http::HeaderValue>())
            else {
                continue;
            };
            if name == http::header::SET_COOKIE || name == http::header::VARY {
                response.headers_mut().append(name, value);
            } else {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
