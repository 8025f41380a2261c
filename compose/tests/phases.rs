//! Which filters a composed shop calls in all their phases: the others are refused.

use compose::images::check_phases;
use host::config::SlotConfig;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

const EDGE: &str = "package mangaassist:edge@0.1.0;
    interface request-filter { on-request: func(); }
    interface turn-filter { on-turn: func(); }
    interface response-filter { on-response: func(); }
    interface event-filter { on-event: func(); }";

/// A filter that exports these phases.
fn filter(phases: &[&str]) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_str("edge.wit", EDGE).expect("the package is WIT");
    let exports: String =
        phases.iter().map(|phase| format!("export mangaassist:edge/{phase}-filter@0.1.0; ")).collect();
    let text = format!("package test:part@0.1.0; world part {{ {exports} }}");
    let package = resolve.push_str("part.wit", &text).expect("the world is WIT");
    let world = resolve.select_world(&[package], None).expect("there is one world");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the module takes its world");
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    encoder.and_then(|mut encoder| encoder.encode()).expect("the module becomes a component")
}

/// A slot with this line about its phases.
fn slot(phases: &str) -> SlotConfig {
    let text = format!(
        "name = \"waf\"\nisolation = {{ reuse = 10 }}\non_failure = \"closed\"\ndeadline_ms = 10\nmemory_mib = 16\n\
         output_kib = 64\n{phases}\n[grant]\n"
    );
    toml::from_str(&text).expect("the slot stands")
}

fn refusal(phases: &str, exported: &[&str]) -> String {
    let refused = check_phases(&slot(phases), &filter(exported));
    format!("{:#}", refused.expect_err("the filter is refused"))
}

#[test]
fn a_filter_of_requests_and_turns_is_composed_without_naming_them() {
    check_phases(&slot(""), &filter(&["request", "turn"])).expect("every phase of it is called");
    check_phases(&slot(""), &filter(&["turn"])).expect("every phase of it is called");
}

#[test]
fn a_filter_of_responses_or_events_is_refused_when_its_phases_are_not_named() {
    for phase in ["response", "event"] {
        let refusal = refusal("", &["request", phase]);
        assert!(refusal.contains(&format!("{phase}-filter")) && refusal.contains("phases ="), "{refusal}");
    }
}

#[test]
fn a_filter_that_has_more_phases_than_the_slot_names_is_composed() {
    let all = filter(&["request", "turn", "response", "event"]);
    check_phases(&slot("phases = [\"request\", \"turn\"]"), &all)
        .expect("every phase that is named is called");
    check_phases(&slot("phases = [\"turn\"]"), &all).expect("every phase that is named is called");
}

#[test]
fn a_slot_that_names_a_phase_which_the_filter_has_not_is_refused() {
    let refusal = refusal("phases = [\"request\", \"turn\"]", &["turn"]);
    assert!(refusal.contains("request-filter") && refusal.contains("`phases`"), "{refusal}");
}

#[test]
fn what_is_no_component_is_no_filter() {
    assert!(check_phases(&slot(""), b"no component").is_err());
}
