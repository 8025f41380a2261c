//! Which keys filters may use comes from the same configuration as the edge's: `config/edge.toml`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct Edge {
    filter_key: Vec<Key>,
    slot: Vec<Slot>,
}

#[derive(Deserialize)]
struct Key {
    name: String,
}

#[derive(Deserialize)]
struct Slot {
    grant: Grant,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Grant {
    mac_keys: Vec<String>,
    verify_keys: Vec<String>,
}

fn main() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/edge.toml");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", config.display());
    // A shop begins with 2 MiB of stacks otherwise: each of its seven parts has one.
    println!("cargo::rustc-link-arg-cdylib=-zstack-size={}", 128 * 1024);
    let text = std::fs::read_to_string(&config).expect("config/edge.toml can be read");
    let edge: Edge = toml::from_str(&text).expect("config/edge.toml has keys and slots");
    let mut constants = String::new();
    let mut write = |name: &str, doc: &str, names: BTreeSet<&String>| {
        let names: Vec<_> = names.into_iter().collect();
        writeln!(constants, "/// {doc}\nconst {name}: &[&str] = &{names:?};")
            .expect("a string can be written to");
    };
    write("KEYS", "The keys that filters know.", edge.filter_key.iter().map(|key| &key.name).collect());
    write("MAC_KEYS", "The keys that filters make MACs with.", names(&edge, |grant| &grant.mac_keys));
    write("VERIFY_KEYS", "The keys that filters verify with.", names(&edge, |grant| &grant.verify_keys));
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("grants.rs"), constants).expect("OUT_DIR can be written to");
}

fn names(edge: &Edge, of: impl Fn(&Grant) -> &Vec<String>) -> BTreeSet<&String> {
    edge.slot.iter().flat_map(|slot| of(&slot.grant)).collect()
}
