//! The request phase.

use guest::types::{Changes, Fact, Header, Principal, Refusal, ResponseParts, Score, Tier};

use crate::behaviour::{OnRequest, Settings};
use crate::bindings::exports::mangaassist::edge::request_filter::{Request, Verdict};
use crate::{abuse, probe};

/// What no filter may write, and one that any slot may be granted.
pub(crate) const FRAMING_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "host",
    "sec-websocket-accept",
    "transfer-encoding",
    "upgrade",
    "x-mangaassist-internal",
    "x-granted",
];

pub(crate) fn verdict(settings: &Settings, request: &Request) -> Verdict {
    let name = settings.name.as_str();
    match settings.on_request {
        OnRequest::Next => Verdict::Next(guest::unchanged()),
        OnRequest::Trap => abuse::trap(),
        OnRequest::TrapWhenTold if told_to_trap(request) => abuse::trap(),
        OnRequest::TrapWhenTold | OnRequest::Remember => found_out(probe::remember()),
        OnRequest::Loop => abuse::run_forever(),
        OnRequest::Allocate => abuse::allocate(),
        OnRequest::Recurse => found_out(vec![tag(abuse::recurse(0).to_string())]),
        OnRequest::HugeResponse => answer(200, vec![b'a'; 8 << 20]),
        OnRequest::LargeResponse => answer(200, vec![b'a'; (64 << 10) + 1]),
        OnRequest::HugeHeaders => Verdict::Next(huge_headers()),
        OnRequest::Answer => answer(200, name.into()),
        OnRequest::AnswerOddStatus => answer(42, name.into()),
        OnRequest::RefuseMarked if !request.target.ends_with("marker=now") => {
            Verdict::Next(guest::unchanged())
        }
        OnRequest::Refuse | OnRequest::RefuseMarked => Verdict::Refuse(refusal(name)),
        OnRequest::WritePrincipal => found_out(vec![principal(name), score("written", 1), tag("written")]),
        OnRequest::WriteFramingHeaders => Verdict::Next(write(FRAMING_HEADERS, name.as_bytes())),
        OnRequest::WriteUngrantedHeader => {
            Verdict::Next(write(&["x-granted", "x-ungranted"], name.as_bytes()))
        }
        OnRequest::SplitHeader => Verdict::Next(split_header()),
        OnRequest::AddResponseHeader => Verdict::Next(Changes {
            add_response_headers: vec![guest::header("x-granted", name)],
            ..guest::unchanged()
        }),
        OnRequest::SetHeader => Verdict::Next(Changes {
            set_request_headers: vec![guest::header("x-granted", name)],
            ..guest::unchanged()
        }),
        OnRequest::RemoveHeader => {
            Verdict::Next(Changes { remove_request_headers: vec!["x-granted".into()], ..guest::unchanged() })
        }
        OnRequest::See => found_out(probe::see(request)),
        OnRequest::Wait => found_out(probe::wait(name)),
        OnRequest::LogFlood => found_out(probe::log_flood()),
        OnRequest::Count => found_out(probe::count()),
        OnRequest::Take => found_out(probe::take(1)),
        OnRequest::TakeTooMany => found_out(probe::take(9)),
        OnRequest::Mac => found_out(probe::mac()),
        OnRequest::Visit => found_out(probe::visit()),
        OnRequest::Random => found_out(probe::random()),
    }
}

fn told_to_trap(request: &Request) -> bool {
    !guest::values(&request.headers, "x-trap").is_empty()
}

fn found_out(facts: Vec<Fact>) -> Verdict {
    Verdict::Next(Changes { facts, ..guest::unchanged() })
}

fn answer(status: u16, body: Vec<u8>) -> Verdict {
    let headers = vec![guest::header("x-granted", "answer"), guest::header("content-length", "0")];
    Verdict::Answer(ResponseParts { status, headers, body })
}

pub(crate) fn refusal(name: &str) -> Refusal {
    Refusal {
        status: 403,
        code: "blocked".into(),
        reason: format!("{name} refuses this."),
        rule: Some(format!("misbehave:{name}")),
        retry_after: None,
        headers: vec![guest::header("x-granted", "refusal"), guest::header("x-ungranted", "refusal")],
    }
}

fn huge_headers() -> Changes {
    let headers = (0..10_000).map(|n| guest::header(format!("x-{n}"), "a".repeat(20)));
    Changes { add_response_headers: headers.collect(), ..guest::unchanged() }
}

/// Sets these headers on the request, and adds them to the response.
fn write(names: &[&str], value: &[u8]) -> Changes {
    let headers: Vec<Header> =
        names.iter().map(|name| Header { name: (*name).into(), value: value.to_vec() }).collect();
    Changes { set_request_headers: headers.clone(), add_response_headers: headers, ..guest::unchanged() }
}

/// Line ends and a NUL where they would begin another header, or another response.
fn split_header() -> Changes {
    let headers = [
        ("x-granted", "a\r\nset-cookie: evil=1"),
        ("x-granted", "a\nset-cookie: evil=1"),
        ("x-granted", "a\0"),
        ("x-granted: a\r\nset-cookie", "evil=1"),
        ("", "a"),
        ("x-granted", "harmless"),
    ];
    let headers: Vec<Header> = headers.into_iter().map(|(name, value)| guest::header(name, value)).collect();
    Changes { set_request_headers: headers.clone(), add_response_headers: headers, ..guest::unchanged() }
}

fn principal(name: &str) -> Fact {
    Fact::Principal(Principal {
        subject: name.into(),
        tier: Tier::Customer,
        scopes: Vec::new(),
        session: None,
        expires_at: u64::MAX,
        upgraded_from: None,
    })
}

pub(crate) fn score(name: &str, value: i32) -> Fact {
    Fact::Score(Score { name: name.into(), value })
}

pub(crate) fn tag(tag: impl Into<String>) -> Fact {
    Fact::Tag(tag.into())
}
