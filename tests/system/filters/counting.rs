//! What the host counts.

use host::chain::Chain;
use host::config::SlotConfig;
use serde_json::json;

use super::artifacts::misbehave;
use super::phases::{delta, response};
use super::rig::{Rig, config, send};

#[test]
fn metrics_count_calls_verdicts_traps_and_deadlines() {
    let rig = Rig::new();
    let slot = rig.slot(SlotConfig { deadline_ms: 500, ..config("first") }, json!({}));
    let chain = Chain::new(vec![slot.clone()]);
    send(&chain);
    let _ = chain.response(response(), None);
    let _ = chain.event(&delta("text"));
    for behaviour in ["answer", "refuse", "trap", "loop", "huge-response"] {
        slot.replace(misbehave(&json!({ "on_request": behaviour }))).unwrap();
        send(&chain);
    }
    let verdicts = |outcome: &str| rig.counter("filter_verdicts", "first", &format!("outcome=\"{outcome}\""));
    assert_eq!([verdicts("next"), verdicts("answer"), verdicts("refuse")], [3, 1, 1], "{}", rig.exposition());
    assert_eq!([rig.failures("trap"), rig.failures("deadline"), rig.failures("overrun")], [1, 1, 1]);
    assert_eq!(rig.timed("first"), 8);
    assert_eq!(rig.counter("filter_publications", "first", "outcome=\"published\""), 6);
}

#[test]
fn every_series_of_a_slot_is_there_before_anything_happened() {
    let rig = Rig::new();
    rig.chain(json!({}));
    let exposition = rig.exposition();
    for outcome in ["trap", "deadline", "overrun", "exhausted"] {
        let series = format!("filter_failures_total{{slot=\"first\",outcome=\"{outcome}\"}} 0");
        assert!(exposition.contains(&series), "{series}\n{exposition}");
    }
}

#[test]
fn log_lines_beyond_the_bound_are_dropped_and_counted() {
    let rig = Rig::new();
    let chain = rig.chain(json!({ "on_request": "log-flood" }));
    send(&chain);
    let dropped = || rig.counter("filter_events", "first", "name=\"log_dropped\"");
    assert_eq!(dropped(), 37, "36 over the bound of a call and one that is too long");
    send(&chain);
    assert_eq!(dropped(), 74, "the bound is each call's own");
}

#[test]
fn a_filters_own_counters_are_bounded_in_name_and_number() {
    let rig = Rig::new();
    send(&rig.chain(json!({ "on_request": "count" })));
    assert_eq!(rig.counter("filter_events", "first", "name=\"shown\""), 3);
    assert_eq!(rig.counter("filter_events", "first", "name=\"more_30\""), 1);
    assert_eq!(rig.counter("filter_events", "first", "name=\"more_31\""), 0, "the 33rd name");
    let exposition = rig.exposition();
    let own = exposition
        .lines()
        .filter(|line| line.starts_with("filter_events_total{") && !line.contains("log_dropped"));
    assert_eq!(own.count(), 32);
}

#[test]
fn a_filter_cannot_hide_its_dropped_log_lines_behind_counters_of_its_own() {
    let rig = Rig::new();
    let slot = rig.slot(config("first"), json!({ "on_request": "count" }));
    let chain = Chain::new(vec![slot.clone()]);
    send(&chain);
    slot.replace(misbehave(&json!({ "on_request": "log-flood" }))).unwrap();
    send(&chain);
    assert_eq!(rig.counter("filter_events", "first", "name=\"log_dropped\""), 37);
}
