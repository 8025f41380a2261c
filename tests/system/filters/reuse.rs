//! Isolation: how long an instance lives, and that nothing of it lives longer.

use std::sync::Arc;

use host::chain::Chain;
use host::config::{Isolation, SlotConfig};
use serde_json::json;

use super::rig::{Rig, config, header, request, score_of};

fn remembering(rig: &Rig, isolation: Isolation) -> Chain {
    let slot = SlotConfig { isolation, ..config("first") };
    Chain::new(vec![rig.slot(slot, json!({ "on_request": "trap-when-told" }))])
}

/// How many calls the instance has seen, at each of so many calls.
fn calls_seen(chain: &Chain, calls: usize) -> Vec<i32> {
    (0..calls).map(|_| score_of(chain, "calls").expect("a count")).collect()
}

#[test]
fn an_instance_is_fresh_for_each_call_with_per_call() {
    let rig = Rig::new();
    assert_eq!(calls_seen(&remembering(&rig, Isolation::PerCall), 4), [1, 1, 1, 1]);
}

#[test]
fn an_instance_is_reused_up_to_n_calls_with_reuse_n() {
    let rig = Rig::new();
    let seen = calls_seen(&remembering(&rig, Isolation::Reuse(3)), 10);
    assert_eq!(seen, [1, 2, 3, 1, 2, 3, 1, 2, 3, 1]);
}

#[test]
fn reuse_of_one_is_a_fresh_instance_for_each_call() {
    let rig = Rig::new();
    assert_eq!(calls_seen(&remembering(&rig, Isolation::Reuse(1)), 4), [1, 1, 1, 1]);
}

#[test]
fn a_trapped_instance_is_not_reused() {
    let rig = Rig::new();
    let chain = remembering(&rig, Isolation::Reuse(1_000));
    assert_eq!(calls_seen(&chain, 2), [1, 2]);
    let mut told = request();
    told.headers.push(header("x-trap", "1"));
    let _ = chain.request(told);
    assert_eq!(calls_seen(&chain, 2), [1, 2]);
}

#[test]
fn an_idle_instance_tells_its_memory_and_is_kept() {
    let rig = Rig::new();
    let slot = rig.slot(SlotConfig { isolation: Isolation::Reuse(1_000), ..config("first") }, json!({}));
    let chain = Chain::new(vec![Arc::clone(&slot)]);
    let _ = chain.request(request());
    let memory = slot.current().memory().expect("an idle instance");
    assert!(memory.image_bytes > 0 && memory.image_bytes <= memory.bytes, "{memory:?}");
    assert!(slot.current().compiled_bytes() > 0);
    assert_eq!(slot.current().memory(), Some(memory), "asking changes nothing");
}

#[test]
fn there_is_no_idle_instance_with_per_call() {
    let rig = Rig::new();
    let slot = rig.slot(SlotConfig { isolation: Isolation::PerCall, ..config("first") }, json!({}));
    assert_eq!(slot.current().memory(), None);
}
