//! What the application is composed of.

use toml::Table;

use crate::fixture::{root, spin_application};

#[test]
fn every_slot_of_the_edge_is_in_the_composition() {
    let component = std::fs::read(spin_application()).expect("the application is readable");
    let config = std::fs::read_to_string(root().join("config/edge.toml")).expect("config/edge.toml is there");
    let config: Table = config.parse().expect("config/edge.toml is TOML");
    let slots = config["slot"].as_array().expect("slots are a list");
    assert!(!slots.is_empty());
    for slot in slots {
        let name = slot["name"].as_str().expect("a slot has a name");
        // What the entry calls the filter by. The names of a component's imports stand in it as they are.
        let mut phases = ["request", "turn"].into_iter().map(|phase| format!("{name}-{phase}"));
        let is_there = |phase: String| component.windows(phase.len()).any(|part| part == phase.as_bytes());
        assert!(phases.any(is_there), "the application does not call `{name}`");
    }
}
