//! Filters that give no verdict: each failure is counted under its cause, answered by the slot's policy, and over with the call.

use std::time::{Duration, Instant};

use chat::Code;
use host::chain::{Chain, Decision, EventDecision, ResponseDecision};
use host::config::OnFailure;
use serde_json::json;

use super::phases::{delta, response};
use super::rig::{Rig, config, header, refusal, request, score, tags_of};

/// The request gets 503 for this cause, and the same slot answers the next one, which is not `told`.
#[track_caller]
fn is_closed_for(rig: &Rig, chain: &Chain, cause: &str) {
    let refusal = refusal(&chain.request(request()));
    assert_eq!((refusal.status, refusal.code.as_str()), (503, "unavailable"));
    assert_eq!(refusal.rule.as_deref(), Some(format!("first:{cause}").as_str()));
    assert_eq!(rig.failures(cause), 1, "{}", rig.exposition());
}

#[test]
fn a_trap_is_answered_by_the_closed_policy_and_the_next_call_works() {
    let rig = Rig::new();
    let chain = rig.chain(json!({ "on_request": "trap-when-told" }));
    let mut told = request();
    told.headers.push(header("x-trap", "1"));
    let refusal = refusal(&chain.request(told));
    assert_eq!((refusal.status, refusal.rule.as_deref()), (503, Some("first:trap")));
    let next = chain.request(request());
    assert!(matches!(next.decision, Decision::Next));
    assert_eq!(score(&next.request.context, "calls"), Some(1), "a fresh instance");
}

#[test]
fn an_open_slot_is_skipped_when_it_traps() {
    let rig = Rig::new();
    let open = host::config::SlotConfig { on_failure: OnFailure::Open, ..config("first") };
    let first = rig.slot(open, json!({ "on_request": "trap" }));
    let second = rig.slot(config("second"), json!({ "on_request": "wait", "name": "second" }));
    assert_eq!(tags_of(&Chain::new(vec![first, second])), ["second"]);
    assert_eq!(rig.failures("trap"), 1);
}

#[test]
fn a_loop_ends_at_its_deadline() {
    let rig = Rig::new();
    let slot = host::config::SlotConfig { deadline_ms: 20, ..config("first") };
    let chain = Chain::new(vec![rig.slot(slot, json!({ "on_request": "loop" }))]);
    let began = Instant::now();
    is_closed_for(&rig, &chain, "deadline");
    assert!(began.elapsed() >= Duration::from_millis(20), "not before its deadline");
}

#[test]
fn an_allocation_without_end_is_stopped_at_the_memory_bound() {
    let rig = Rig::new();
    is_closed_for(&rig, &rig.chain(json!({ "on_request": "allocate" })), "trap");
}

#[test]
fn a_recursion_without_end_is_a_trap() {
    let rig = Rig::new();
    is_closed_for(&rig, &rig.chain(json!({ "on_request": "recurse" })), "trap");
}

#[test]
fn a_huge_response_is_an_overrun() {
    let rig = Rig::new();
    is_closed_for(&rig, &rig.chain(json!({ "on_request": "huge-response" })), "overrun");
}

#[test]
fn a_response_just_over_the_bound_is_an_overrun() {
    let rig = Rig::new();
    is_closed_for(&rig, &rig.chain(json!({ "on_request": "large-response" })), "overrun");
}

#[test]
fn the_bound_of_a_response_is_the_slots_own() {
    let rig = Rig::new();
    let wide = host::config::SlotConfig { output_kib: 65, ..config("first") };
    let chain = Chain::new(vec![rig.slot(wide, json!({ "on_request": "large-response" }))]);
    assert!(
        matches!(chain.request(request()).decision, Decision::Answer(parts) if parts.body.len() == 65_537)
    );
}

#[test]
fn more_headers_than_the_bound_are_an_overrun() {
    let rig = Rig::new();
    is_closed_for(&rig, &rig.chain(json!({ "on_request": "huge-headers" })), "overrun");
}

#[test]
fn a_trap_at_a_response_is_answered_by_the_policy() {
    let rig = Rig::new();
    let chain = rig.chain(json!({ "on_response": "trap" }));
    assert!(matches!(chain.response(response(), None), ResponseDecision::Refuse(refusal, slot)
        if refusal.status == 503 && slot == "first"));
}

#[test]
fn a_trap_at_an_event_cuts_the_answer_and_an_open_slot_lets_it_pass() {
    let rig = Rig::new();
    let closed = rig.chain(json!({ "on_event": "trap" }));
    assert!(matches!(closed.event(&delta("text")), EventDecision::Cut { code: Code::Unavailable, .. }));
    let open = host::config::SlotConfig { on_failure: OnFailure::Open, ..config("open") };
    let open = Chain::new(vec![rig.slot(open, json!({ "on_event": "trap" }))]);
    assert!(matches!(open.event(&delta("text")), EventDecision::Pass));
}
