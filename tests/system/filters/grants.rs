//! Least privilege: what a slot does not grant is not seen and not done.

use host::chain::{Chain, Decision};
use host::config::SlotConfig;
use host::grant::{FactKind, Names};
use host::wit::Request;
use serde_json::json;

use super::rig::{Rig, config, refusal, request, score, shown};

#[test]
fn only_granted_facts_are_kept() {
    let rig = Rig::new();
    let settings = json!({ "on_request": "write-principal", "name": "mallory" });
    let mut scores_only = config("first");
    scores_only.grant.facts = [FactKind::Score].into();
    let context =
        Chain::new(vec![rig.slot(scores_only, settings.clone())]).request(request()).request.context;
    assert!(context.principal.is_none());
    assert!(context.tags.is_empty());
    assert_eq!(score(&context, "written"), Some(1));
    assert_eq!(rig.counter("filter_denied", "first", "outcome=\"fact\""), 2);

    let mut auth = config("auth");
    auth.grant.facts = [FactKind::Principal].into();
    let context = Chain::new(vec![rig.slot(auth, settings)]).request(request()).request.context;
    assert_eq!(context.principal.map(|principal| principal.subject).as_deref(), Some("mallory"));
}

#[test]
fn what_one_filter_found_out_the_next_one_sees() {
    let rig = Rig::new();
    let mut auth = config("auth");
    auth.grant.facts = [FactKind::Principal].into();
    let auth = rig.slot(auth, json!({ "on_request": "write-principal", "name": "hana" }));
    let next = rig.slot(config("next"), json!({ "on_request": "see" }));
    let tags = Chain::new(vec![auth, next]).request(request()).request.context.tags;
    assert!(tags.contains(&"sees principal hana".to_owned()), "{tags:?}");
}

#[test]
fn nobody_writes_framing_headers() {
    let rig = Rig::new();
    let mut every = config("first");
    every.grant.write_request_headers = Names::new(["*"]);
    every.grant.write_response_headers = Names::new(["*"]);
    let chain =
        Chain::new(vec![rig.slot(every, json!({ "on_request": "write-framing-headers", "name": "v" }))]);
    let outcome = chain.request(request());
    assert_eq!(shown(&outcome.set_headers), ["x-granted: v"]);
    assert_eq!(shown(&outcome.response_headers), ["x-granted: v"]);
    assert_eq!(shown(&outcome.request.headers), ["host: shop.test", "cookie: a=b", "x-granted: v"]);
    assert_eq!(rig.counter("filter_denied", "first", "outcome=\"header\""), 14);
}

#[test]
fn a_header_that_is_not_granted_is_not_written() {
    let rig = Rig::new();
    let outcome =
        rig.chain(json!({ "on_request": "write-ungranted-header", "name": "v" })).request(request());
    assert_eq!(shown(&outcome.set_headers), ["x-granted: v"]);
    assert_eq!(shown(&outcome.response_headers), ["x-granted: v"]);
}

#[test]
fn a_header_cannot_smuggle_a_line_end() {
    let rig = Rig::new();
    let mut every = config("first");
    every.grant.write_request_headers = Names::new(["*"]);
    every.grant.write_response_headers = Names::new(["*"]);
    let chain = Chain::new(vec![rig.slot(every, json!({ "on_request": "split-header" }))]);
    let outcome = chain.request(request());
    assert_eq!(shown(&outcome.set_headers), ["x-granted: harmless"]);
    assert_eq!(shown(&outcome.response_headers), ["x-granted: harmless"]);
}

#[test]
fn an_answer_and_a_refusal_carry_granted_headers_alone() {
    let rig = Rig::new();
    let answer = rig.chain(json!({ "on_request": "answer" })).request(request());
    assert!(
        matches!(answer.decision, Decision::Answer(parts) if shown(&parts.headers) == ["x-granted: answer"])
    );
    let refused = rig.chain(json!({ "on_request": "refuse" })).request(request());
    assert_eq!(shown(&refusal(&refused).headers), ["x-granted: refusal"]);
}

#[test]
fn headers_that_are_not_granted_are_not_seen() {
    let rig = Rig::new();
    let mut cookies = config("first");
    cookies.grant.read_headers = Names::new(["cookie", "authorization"]);
    let outcome = Chain::new(vec![rig.slot(cookies, json!({ "on_request": "see" }))]).request(request());
    assert_eq!(outcome.request.context.tags, ["sees cookie"]);
    assert_eq!(score(&outcome.request.context, "headers"), Some(1));
    assert_eq!(outcome.request.headers.len(), 3, "they go on all the same");
}

#[test]
fn the_body_is_not_seen_without_its_grant() {
    let rig = Rig::new();
    let with = rig.chain(json!({ "on_request": "see" })).request(request());
    assert_eq!(score(&with.request.context, "body"), Some(4));
    let mut blind = config("blind");
    blind.grant.read_body = false;
    let without = Chain::new(vec![rig.slot(blind, json!({ "on_request": "see" }))]).request(request());
    assert_eq!(score(&without.request.context, "body"), Some(-1));
    assert_eq!(without.request.body.as_deref(), Some(b"body".as_slice()), "it goes on all the same");
}

#[test]
fn what_was_hidden_from_a_filter_goes_on_when_it_fails_openly() {
    let rig = Rig::new();
    let mut blind = config("first");
    blind.on_failure = host::config::OnFailure::Open;
    blind.grant.read_headers = Names::default();
    blind.grant.read_body = false;
    let outcome = Chain::new(vec![rig.slot(blind, json!({ "on_request": "trap" }))]).request(request());
    assert_eq!(outcome.request.headers.len(), 3);
    assert!(outcome.request.body.is_some());
}

#[test]
fn a_filter_sees_requests_and_responses_of_its_slots_paths_alone() {
    let rig = Rig::new();
    let paths = Names::new(["/v1/chat/init", "/account/*"]);
    let slot = rig.slot(SlotConfig { paths, ..config("first") }, json!({}));
    let chain = Chain::new(vec![slot]);
    for (target, seen) in [
        ("/v1/chat/init", true),
        ("/v1/chat/init?fresh=1", true),
        ("/account/orders", true),
        ("/v1/chat/init/x", false),
        ("/v1/chat/messages", false),
        ("/search?q=/account/", false),
    ] {
        let before = rig.timed("first");
        let _ = chain.request(Request { target: target.into(), ..request() });
        assert_eq!(rig.timed("first") > before, seen, "{target}");
    }
}
