//! The slots are those of the edge: their names, grants and paths come from `config/edge.toml`.

use std::path::Path;

/// What the chain goes by; the rest of a slot's settings is about running it, which is Spin's.
const KEYS: &[&str] = &["name", "on_failure", "paths", "phases", "grant"];

fn main() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/edge.toml");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", config.display());
    println!("cargo::rustc-link-arg-cdylib=-zstack-size={}", 256 * 1024);
    let text = std::fs::read_to_string(&config).expect("config/edge.toml can be read");
    let mut edge: toml::Table = text.parse().expect("config/edge.toml is TOML");
    let Some(toml::Value::Array(mut slots)) = edge.remove("slot") else {
        panic!("config/edge.toml has slots");
    };
    for slot in &mut slots {
        let slot = slot.as_table_mut().expect("a slot is a table");
        slot.retain(|key, _| KEYS.contains(&key));
    }
    let json = serde_json::to_string(&slots).expect("slots have a JSON form");
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("slots.json"), json).expect("OUT_DIR can be written to");
}
