//! What the application is composed of.

use toml::Table;
use wit_component::DecodedWasm;

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

/// What the host has to have: WASI and Spin, each by the version that the application is made for.
const IMPORTS: &[&str] = &[];

/// The interfaces that the application imports, and whether there is a function among each.
fn imports() -> Vec<(String, bool)> {
    let component = std::fs::read(spin_application()).expect("the application is readable");
    let DecodedWasm::Component(resolve, world) =
        wit_component::decode(&component).expect("the application is a component")
    else {
        panic!("the application is a package of interfaces")
    };
    let interface = |(key, item): (&wit_parser::WorldKey, &wit_parser::WorldItem)| {
        let has_functions = match item {
            wit_parser::WorldItem::Interface { id, .. } => !resolve.interfaces[*id].functions.is_empty(),
            wit_parser::WorldItem::Function(_) => true,
            wit_parser::WorldItem::Type { .. } => false,
        };
        (resolve.name_world_key(key), has_functions)
    };
    resolve.worlds[world].imports.iter().map(interface).collect()
}

#[test]
fn nothing_of_the_filters_is_left_for_the_host_to_do() {
    for (name, has_functions) in imports() {
        assert!(!has_functions || !name.starts_with("mangaassist:"), "the application imports {name}");
    }
}

#[test]
fn the_application_imports_what_spin_4_1_has_and_nothing_else() {
    let mut imported: Vec<String> = imports().into_iter().map(|(name, _)| name).collect();
    imported.sort_unstable();
    assert_eq!(imported, IMPORTS);
}
