//! Requests, responses and events: what becomes of each verdict.

use chat::Code;
use host::chain::{Chain, Decision, EventDecision, ResponseDecision};
use host::config::{Phase, SlotConfig};
use host::publish::PublishError;
use host::wit::{Outgoing, Response};
use serde_json::{Value, json};

use super::artifacts::{artifact, guest};
use super::rig::{Rig, config, context, header, refusal, request, shown};

/// The host's body of [`response`].
const BODY: &[u8] = b"hello";

/// A response whose body the host has.
pub(super) fn response() -> Response {
    Response {
        context: context(),
        method: "GET".into(),
        target: "/".into(),
        status: 200,
        headers: vec![
            header("content-length", "5"),
            header("x-powered-by", "shop"),
            header("x-granted", "upstream"),
        ],
        body: None,
    }
}

/// An outgoing event that carries a part of the text.
pub(super) fn delta(text: &str) -> Outgoing {
    outgoing("delta", &json!({ "type": "delta", "text": text }))
}

fn outgoing(name: &str, event: &Value) -> Outgoing {
    Outgoing { context: context(), name: name.into(), json: event.to_string() }
}

fn two(rig: &Rig, first: Value, second: Value) -> Chain {
    Chain::new(vec![rig.slot(config("first"), first), rig.slot(config("second"), second)])
}

fn next(decision: ResponseDecision) -> Response {
    match decision {
        ResponseDecision::Next(response) => response,
        ResponseDecision::Replace(parts) => panic!("replaced: {parts:?}"),
        ResponseDecision::Refuse(refusal, slot) => panic!("{slot} refused: {refusal:?}"),
    }
}

#[test]
fn a_phase_that_the_slot_does_not_name_is_not_called() {
    let rig = Rig::new();
    let phases =
        |phases: &[Phase]| SlotConfig { phases: Some(phases.iter().copied().collect()), ..config("first") };
    let refuses = json!({ "on_request": "refuse", "on_response": "refuse", "name": "v" });
    let chain = Chain::new(vec![rig.slot(phases(&[Phase::Response]), refuses.clone())]);
    assert!(chain.sees_responses() && !chain.sees_events());
    assert!(matches!(chain.request(request()).decision, Decision::Next));
    assert!(matches!(chain.response(response(), None), ResponseDecision::Refuse(..)));
    let chain = Chain::new(vec![rig.slot(phases(&[Phase::Request]), refuses)]);
    assert!(!chain.sees_responses());
    assert!(matches!(chain.request(request()).decision, Decision::Refuse(..)));
    assert!(matches!(chain.response(response(), None), ResponseDecision::Next(_)));
}

#[test]
fn a_phase_that_the_slot_names_and_the_filter_lacks_is_refused() {
    let rig = Rig::new();
    let slot = SlotConfig { phases: Some([Phase::Request, Phase::Turn].into()), ..config("first") };
    let error = rig.open(slot, artifact(guest("guest-idle"), &json!({}))).err();
    assert!(
        matches!(&error, Some(PublishError::MissingPhase(name)) if *name == "mangaassist:edge/turn-filter@0.1.0"),
        "{error:?}"
    );
}

#[test]
fn an_answer_ends_the_chain() {
    let rig = Rig::new();
    let chain = two(&rig, json!({ "on_request": "answer", "name": "v" }), json!({ "on_request": "refuse" }));
    assert!(matches!(chain.request(request()).decision, Decision::Answer(parts) if parts.body == b"v"));
}

#[test]
fn a_refusal_names_its_slot_and_its_rule() {
    let rig = Rig::new();
    let chain = two(&rig, json!({}), json!({ "on_request": "refuse", "name": "v" }));
    match chain.request(request()).decision {
        Decision::Refuse(refusal, slot) => {
            assert_eq!((refusal.status, refusal.rule.as_deref()), (403, Some("misbehave:v")));
            assert_eq!(slot, "second");
        }
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[test]
fn a_status_that_is_none_becomes_one() {
    let rig = Rig::new();
    let request_chain = rig.chain(json!({ "on_request": "answer-odd-status" }));
    assert!(
        matches!(request_chain.request(request()).decision, Decision::Answer(parts) if parts.status == 200)
    );
    let response_chain = rig.chain(json!({ "on_response": "replace-odd-status" }));
    assert!(
        matches!(response_chain.response(response(), None), ResponseDecision::Replace(parts) if parts.status == 599)
    );
}

#[test]
fn response_headers_stay_on_a_later_refusal() {
    let rig = Rig::new();
    let adds = json!({ "on_request": "add-response-header", "name": "from first" });
    let outcome = two(&rig, adds.clone(), json!({ "on_request": "refuse" })).request(request());
    assert_eq!(refusal(&outcome).status, 403);
    assert_eq!(shown(&outcome.response_headers), ["x-granted: from first"]);
    let outcome = two(&rig, adds, json!({ "on_request": "trap" })).request(request());
    assert_eq!(refusal(&outcome).status, 503);
    assert_eq!(shown(&outcome.response_headers), ["x-granted: from first"]);
}

#[test]
fn the_last_filter_that_touches_a_request_header_decides() {
    let rig = Rig::new();
    let set = |name: &str| json!({ "on_request": "set-header", "name": name });
    let remove = || json!({ "on_request": "remove-header" });

    let removed = two(&rig, set("a"), remove()).request(request());
    assert_eq!(shown(&removed.request.headers), ["host: shop.test", "cookie: a=b"]);
    assert_eq!(shown(&removed.set_headers), [""; 0], "or the upstream would get what was removed");
    assert_eq!(removed.removed_headers, ["x-granted"]);

    let set_again = two(&rig, remove(), set("b")).request(request());
    assert_eq!(shown(&set_again.set_headers), ["x-granted: b"]);
    assert!(set_again.removed_headers.is_empty());

    let set_twice = two(&rig, set("a"), set("b")).request(request());
    assert_eq!(shown(&set_twice.set_headers), ["x-granted: b"]);
    assert_eq!(shown(&set_twice.request.headers), ["host: shop.test", "cookie: a=b", "x-granted: b"]);
}

#[test]
fn a_response_filter_sets_and_removes_granted_headers() {
    let rig = Rig::new();
    let chain = rig.chain(json!({ "on_response": "set-headers", "name": "v" }));
    assert_eq!(shown(&next(chain.response(response(), None)).headers), ["content-length: 5", "x-granted: v"]);
    let chain = rig.chain(json!({ "on_response": "write-framing-headers", "name": "v" }));
    assert_eq!(shown(&next(chain.response(response(), None)).headers), ["content-length: 5", "x-granted: v"]);
}

#[test]
fn response_headers_that_are_not_granted_are_not_seen_and_stay() {
    let rig = Rig::new();
    for (granted, seen) in [("*", "1 earlier"), ("x-powered-by", "0 earlier")] {
        let mut slot = config("first");
        slot.grant.read_headers = host::grant::Names::new([granted]);
        let chain = Chain::new(vec![rig.slot(slot, json!({ "on_response": "see" }))]);
        let mut response = response();
        response.headers.extend([header("x-seen", "before"), header("set-cookie", "a=b")]);
        let headers = shown(&next(chain.response(response, None)).headers);
        assert!(
            headers.iter().any(|line| line.starts_with("x-seen: ") && line.ends_with(seen)),
            "{headers:?}"
        );
        assert!(headers.contains(&"set-cookie: a=b".to_owned()), "{headers:?}");
    }
}

#[test]
fn response_filters_run_last_slot_first_and_see_what_the_others_did() {
    let rig = Rig::new();
    let mut blind = config("first");
    blind.grant.read_body = false;
    let first = rig.slot(blind, json!({ "on_response": "see" }));
    let second = rig.slot(config("second"), json!({ "on_response": "see" }));
    let chain = Chain::new(vec![first, second]);
    assert!(chain.sees_responses());
    let response = next(chain.response(response(), Some(BODY)));
    let seen = response.headers.last().map(|header| String::from_utf8_lossy(&header.value).into_owned());
    assert_eq!(seen.as_deref(), Some("/ 200 no body, 1 earlier"));
    assert_eq!(response.body.as_deref(), Some(BODY));
}

#[test]
fn a_response_filter_replaces_or_refuses_the_response() {
    let rig = Rig::new();
    let replaces = rig.chain(json!({ "on_response": "replace", "name": "v" }));
    assert!(matches!(replaces.response(response(), None), ResponseDecision::Replace(parts)
        if parts.body == b"v" && shown(&parts.headers) == ["x-granted: v"]));
    let refuses = rig.chain(json!({ "on_response": "refuse", "name": "v" }));
    assert!(matches!(refuses.response(response(), None), ResponseDecision::Refuse(refusal, slot)
        if refusal.status == 403 && slot == "first"));
}

#[test]
fn an_event_is_rewritten_dropped_or_cut() {
    let rig = Rig::new();
    let verdict =
        |on_event: &str| rig.chain(json!({ "on_event": on_event, "name": "v" })).event(&delta("text"));
    assert!(matches!(verdict("pass"), EventDecision::Pass));
    assert!(matches!(verdict("rewrite"), EventDecision::Rewrite(text) if text.starts_with("v: ")));
    assert!(matches!(verdict("drop"), EventDecision::Drop));
    assert!(matches!(verdict("cut"), EventDecision::Cut { code: Code::Blocked, reason } if reason == "v"));
}

#[test]
fn what_an_event_does_not_allow_counts_as_pass() {
    let rig = Rig::new();
    let cards = outgoing("cards", &json!({ "type": "cards" }));
    let rewrites = rig.chain(json!({ "on_event": "rewrite" }));
    assert!(matches!(rewrites.event(&cards), EventDecision::Pass));
    let drops = rig.chain(json!({ "on_event": "drop" }));
    assert!(matches!(drops.event(&cards), EventDecision::Drop));
    for name in ["start", "done", "error"] {
        let event = outgoing(name, &json!({ "type": name }));
        assert!(matches!(drops.event(&event), EventDecision::Pass), "{name}");
    }
    // Counted as pass, so the filter before it is asked.
    let chain = two(&rig, json!({ "on_event": "cut", "name": "v" }), json!({ "on_event": "rewrite" }));
    assert!(
        matches!(chain.event(&cards), EventDecision::Cut { code: Code::Blocked, reason } if reason == "v")
    );
}
