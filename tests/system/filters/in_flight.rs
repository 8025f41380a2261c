//! Several calls at once: a replacement under way, and a pool that is used up.

use std::thread;

use host::chain::{Chain, Decision};
use host::config::{OnFailure, SlotConfig};
use serde_json::{Value, json};

use super::artifacts::misbehave;
use super::rig::{Rig, config, refusal, request, send, tags_of};

fn waiting(name: &str) -> Value {
    json!({ "on_request": "wait", "name": name })
}

#[test]
fn a_replacement_is_seen_by_the_next_call() {
    let rig = Rig::new();
    let slot = rig.slot(config("first"), waiting("v1"));
    let chain = Chain::new(vec![slot.clone()]);
    assert_eq!(tags_of(&chain), ["v1"]);
    slot.replace(misbehave(&waiting("v2"))).unwrap();
    assert_eq!(tags_of(&chain), ["v2"]);
}

#[test]
fn calls_in_flight_end_on_the_version_they_began_with() {
    let rig = Rig::new();
    let slot = rig.slot(config("first"), waiting("v1"));
    let chain = Chain::new(vec![slot.clone()]);
    rig.clock.hold();
    thread::scope(|scope| {
        let in_flight = scope.spawn(|| tags_of(&chain));
        rig.clock.until_waiting(1);
        slot.replace(misbehave(&waiting("v2"))).unwrap();
        rig.clock.release();
        assert_eq!(in_flight.join().unwrap(), ["v1"]);
    });
    assert_eq!(tags_of(&chain), ["v2"]);
}

#[test]
fn the_pool_being_exhausted_is_answered_by_policy() {
    let rig = Rig::with_instances(2);
    let chain = rig.chain(waiting("v1"));
    rig.clock.hold();
    thread::scope(|scope| {
        let in_flight = [scope.spawn(|| tags_of(&chain)), scope.spawn(|| tags_of(&chain))];
        rig.clock.until_waiting(2);
        let third = refusal(&chain.request(request()));
        rig.clock.release();
        assert_eq!((third.status, third.rule.as_deref()), (503, Some("first:exhausted")));
        for call in in_flight {
            assert_eq!(call.join().unwrap(), ["v1"], "the others are not harmed");
        }
    });
    assert_eq!(rig.failures("exhausted"), 1);
    assert_eq!(tags_of(&chain), ["v1"], "there is room again");
}

#[test]
fn an_open_slot_is_skipped_while_the_pool_is_exhausted() {
    let rig = Rig::with_instances(1);
    let open = SlotConfig { on_failure: OnFailure::Open, ..config("first") };
    let chain = Chain::new(vec![rig.slot(open, waiting("v1"))]);
    rig.clock.hold();
    thread::scope(|scope| {
        scope.spawn(|| send(&chain));
        rig.clock.until_waiting(1);
        let second = chain.request(request());
        rig.clock.release();
        assert!(matches!(second.decision, Decision::Next));
        assert!(second.request.context.tags.is_empty());
    });
    assert_eq!(rig.failures("exhausted"), 1);
}
