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

/// What the host has to have: WASI and Spin, each by the version that the application is made for. Of ours only types are left,
/// which nobody has to provide. The patch of WASI 0.2 is the toolchain's, and is left out.
const IMPORTS: &[&str] = &[
    "fermyon:spin/key-value@2.0.0",
    "fermyon:spin/llm@2.0.0",
    "fermyon:spin/variables@2.0.0",
    "mangaassist:edge/types@0.1.0",
    "spin:key-value/key-value@3.0.0",
    "spin:variables/variables@3.0.0",
    "wasi:cli/environment@0.2",
    "wasi:cli/exit@0.2",
    "wasi:cli/stderr@0.2",
    "wasi:cli/stdin@0.2",
    "wasi:cli/stdout@0.2",
    "wasi:cli/terminal-input@0.2",
    "wasi:cli/terminal-output@0.2",
    "wasi:cli/terminal-stderr@0.2",
    "wasi:cli/terminal-stdin@0.2",
    "wasi:cli/terminal-stdout@0.2",
    "wasi:clocks/monotonic-clock@0.2",
    "wasi:clocks/monotonic-clock@0.3.0",
    "wasi:clocks/types@0.3.0",
    "wasi:clocks/wall-clock@0.2",
    "wasi:filesystem/preopens@0.2",
    "wasi:filesystem/types@0.2",
    "wasi:http/client@0.3.0",
    "wasi:http/types@0.3.0",
    "wasi:io/error@0.2",
    "wasi:io/poll@0.2",
    "wasi:io/streams@0.2",
    "wasi:random/insecure-seed@0.2",
    "wasi:random/random@0.2",
];

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
    // A phase of a slot that was not composed has a plain name, `waf-turn`; what a filter imports has the contract's.
    let is_ours = |name: &str| !name.contains(':') || name.starts_with("mangaassist:");
    for (name, has_functions) in imports() {
        assert!(!(has_functions && is_ours(&name)), "the application imports {name}");
    }
}

#[test]
fn the_application_imports_what_spin_4_1_has_and_nothing_else() {
    let release = |name: String| match name.split_once("@0.2.") {
        Some((interface, _)) => format!("{interface}@0.2"),
        None => name,
    };
    let mut imported: Vec<String> = imports().into_iter().map(|(name, _)| release(name)).collect();
    imported.sort_unstable();
    assert_eq!(imported, IMPORTS);
}
