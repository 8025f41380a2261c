//! What the imports give, and to whom.

use host::chain::Chain;
use serde_json::json;

use super::rig::{Rig, config, request, score, score_of, tags_of};

#[test]
fn keys_outside_the_grant_are_unknown() {
    let rig = Rig::new();
    let tags = tags_of(&rig.chain(json!({ "on_request": "mac" })));
    let expected = [
        "mac mac-1 Ok(32)",
        "verify mac-1 Err(\"unknown\")",
        "mac verify-1 Err(\"unknown\")",
        "verify verify-1 Ok(false)",
        "mac other-1 Err(\"unknown\")",
        "verify other-1 Err(\"unknown\")",
        "verify verify-1 as RS256 Err(\"wrong-algorithm\")",
    ];
    assert_eq!(tags, expected);
}

#[test]
fn buckets_of_two_slots_do_not_meet() {
    let rig = Rig::new();
    let first = rig.chain(json!({ "on_request": "take" }));
    let second = Chain::new(vec![rig.slot(config("second"), json!({ "on_request": "take" }))]);
    let granted = |chain: &Chain| score_of(chain, "granted");
    assert_eq!([granted(&first), granted(&first), granted(&first)], [Some(1), Some(1), Some(0)]);
    assert_eq!(granted(&second), Some(1), "the same key in another slot is another bucket");
}

#[test]
fn buckets_outlive_an_instance_and_a_version() {
    let rig = Rig::new();
    let mut fresh = config("first");
    fresh.isolation = host::config::Isolation::PerCall;
    let slot = rig.slot(fresh, json!({ "on_request": "take" }));
    let chain = Chain::new(vec![slot.clone()]);
    assert_eq!([score_of(&chain, "granted"), score_of(&chain, "granted")], [Some(1), Some(1)]);
    slot.replace(super::artifacts::misbehave(&json!({ "on_request": "take", "name": "v2" }))).unwrap();
    assert_eq!(score_of(&chain, "granted"), Some(0));
}

#[test]
fn more_buckets_at_once_than_allowed_are_not_granted() {
    let rig = Rig::new();
    let context = rig.chain(json!({ "on_request": "take-too-many" })).request(request()).request.context;
    assert_eq!((score(&context, "granted"), score(&context, "levels")), (Some(0), Some(0)));
}

#[test]
fn records_of_two_slots_do_not_meet() {
    let rig = Rig::new();
    let first = rig.chain(json!({ "on_request": "visit" }));
    let second = Chain::new(vec![rig.slot(config("second"), json!({ "on_request": "visit" }))]);
    assert_eq!([score_of(&first, "visits"), score_of(&first, "visits")], [Some(1), Some(2)]);
    assert_eq!(score_of(&second, "visits"), Some(1));
    assert_eq!(tags_of(&second), ["kept Ok(())", "large Err(\"too-large\")"]);
}

#[test]
fn random_bytes_are_bounded() {
    let rig = Rig::new();
    assert_eq!(score_of(&rig.chain(json!({ "on_request": "random" })), "bytes"), Some(256));
}
