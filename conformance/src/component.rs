//! The WAF's component inside the host, as a target: the request phase with head and body, the reflecting backend, and the response
//! phase, through the same chain as in the edge. Bytes are read as a strict server reads them ([`ftw::http`]).
//!
//! What the edge does and this does not: it lets the response phase see refusals as well.

use std::cell::Cell;
use std::rc::Rc;

use ftw::backend;
use ftw::http::Request;
use ftw::{Outcome, Target};
use host::chain::{Chain, Decision, ResponseDecision};
use host::wit;

use crate::capture::Capture;
use crate::security_log;

/// What a server answers whose client does not send the rest of a body.
const REQUEST_TIMEOUT: u16 = 408;
/// The chain's code for a call that ended without a verdict.
const UNAVAILABLE: &str = "unavailable";

/// A chain that judges requests.
pub struct Component {
    chain: Chain,
    capture: Capture,
    requests: u64,
    untold: Rc<Cell<u64>>,
}

/// What came back: no status where a filter gave no verdict.
#[derive(Default)]
struct Answer {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Component {
    /// Judges by this chain.
    #[must_use]
    pub fn new(chain: Chain) -> Self {
        Self { chain, capture: Capture::new(), requests: 0, untold: Rc::default() }
    }

    /// How many matches the filter has left out of its log so far.
    #[must_use]
    pub fn untold(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.untold)
    }

    fn answer(&self, request_id: &str, request: &Request) -> Answer {
        let outcome = self.chain.request(request_for_filters(request_id, request));
        match outcome.decision {
            Decision::Next => {}
            Decision::Answer(parts) => return Answer::of_parts(parts),
            Decision::Refuse(refusal, _) => return Answer::of_refusal(&refusal),
        }
        if !request.is_complete {
            // The rest of the body never comes: a server gives up after it has judged the head.
            return Answer { status: Some(REQUEST_TIMEOUT), ..Answer::default() };
        }
        let answer = backend::answer(request);
        let response = response_for_filters(outcome.request.context, request, &answer);
        match self.chain.response(response, Some(&answer.body)) {
            ResponseDecision::Next(response) => {
                Answer { status: Some(response.status), headers: answer.headers, body: answer.body }
            }
            ResponseDecision::Replace(parts) => Answer::of_parts(parts),
            ResponseDecision::Refuse(refusal, _) => Answer::of_refusal(&refusal),
        }
    }
}

impl Target for Component {
    fn exchange(&mut self, raw: &[u8]) -> Outcome {
        let request = match Request::parse(raw) {
            Ok(request) => request,
            Err(refusal) => {
                return Outcome { status: Some(refusal.status), refused: true, ..Outcome::default() };
            }
        };
        self.requests += 1;
        let request_id = format!("conformance-{:06}", self.requests);
        let (answer, lines) = self.capture.during(&request_id, || self.answer(&request_id, &request));
        self.untold.set(self.untold.get() + security_log::dropped(&lines));
        let location = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let outcome = Outcome {
            status: answer.status,
            location: location.map(|(_, to)| to.clone()),
            response: String::from_utf8_lossy(&answer.body).into_owned(),
            ..Outcome::default()
        };
        security_log::noted(outcome, &lines)
    }
}

impl Answer {
    fn of_parts(parts: wit::ResponseParts) -> Self {
        let text = |header: wit::Header| (header.name, String::from_utf8_lossy(&header.value).into_owned());
        Self {
            status: Some(parts.status),
            headers: parts.headers.into_iter().map(text).collect(),
            body: parts.body,
        }
    }

    fn of_refusal(refusal: &wit::Refusal) -> Self {
        let is_verdict = refusal.code != UNAVAILABLE;
        Self { status: is_verdict.then_some(refusal.status), ..Self::default() }
    }
}

fn header(name: &str, value: &[u8]) -> wit::Header {
    wit::Header { name: name.to_ascii_lowercase(), value: value.to_vec() }
}

fn request_for_filters(request_id: &str, request: &Request) -> wit::Request {
    wit::Request {
        context: wit::Context {
            request_id: request_id.to_owned(),
            principal: None,
            scores: Vec::new(),
            tags: Vec::new(),
        },
        client: wit::Client { address: "127.0.0.1".into(), port: 50_000, secure: false },
        method: request.method.clone(),
        target: request.target.clone(),
        protocol: request.version.clone(),
        headers: request.headers.iter().map(|(name, value)| header(name, value)).collect(),
        body: (request.is_complete && !request.body.is_empty()).then(|| request.body.clone()),
    }
}

fn response_for_filters(context: wit::Context, request: &Request, answer: &backend::Answer) -> wit::Response {
    let path = request.target.split('?').next().unwrap_or_default();
    wit::Response {
        context,
        method: request.method.clone(),
        target: path.to_owned(),
        status: answer.status,
        headers: answer.headers.iter().map(|(name, value)| header(name, value.as_bytes())).collect(),
        body: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_see_a_request_as_the_contract_says() {
        let raw = b"POST /a?b HTTP/1.1\r\nHost: h\r\nX-Two: 1\r\nContent-Length: 2\r\n\r\nhi";
        let seen = request_for_filters("r-1", &Request::parse(raw).expect("a request"));
        let names: Vec<_> = seen.headers.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(names, ["host", "x-two", "content-length"]);
        assert_eq!((seen.target.as_str(), seen.body.as_deref()), ("/a?b", Some(&b"hi"[..])));
        assert_eq!(seen.context.request_id, "r-1");
    }

    #[test]
    fn filters_see_the_path_that_a_response_is_for_without_its_query() {
        let raw = b"GET /a?b=/c HTTP/1.1\r\nHost: h\r\n\r\n";
        let request = Request::parse(raw).expect("a request");
        let context = request_for_filters("r-1", &request).context;
        let seen = response_for_filters(context, &request, &backend::answer(&request));
        assert_eq!((seen.target.as_str(), seen.status, seen.body), ("/a", 200, None));
        assert_eq!(seen.headers[0].name, "content-type");
    }

    #[test]
    fn a_call_without_a_verdict_is_no_answer() {
        let refusal = |code: &str| wit::Refusal {
            status: 503,
            code: code.into(),
            reason: String::new(),
            rule: None,
            retry_after: None,
            headers: Vec::new(),
        };
        assert_eq!(Answer::of_refusal(&refusal("unavailable")).status, None);
        assert_eq!(Answer::of_refusal(&refusal("blocked")).status, Some(503));
    }
}
