//! What the tests publish: the guests that `cargo xtask test` built, the shop's own filters, and components made by hand.

use std::path::{Path, PathBuf};

use host::artifact::Artifact;
use host::config::SlotConfig;
use serde_json::Value;

/// The shop's filters, in the order of the chain.
pub(super) const SHOP_FILTERS: &[&str] = &["waf", "auth", "guest-session", "rate-limit", "faq"];

/// A component with nothing in it: the magic number and the version of the component format.
pub(super) const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
/// A core module with nothing in it.
pub(super) const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";

// Section ids and a sort of the component binary format.
const INSTANCES: u8 = 5;
const TYPES: u8 = 7;
const IMPORTS: u8 = 10;
const EXPORTS: u8 = 11;
const INSTANCE: u8 = 5;

/// The misbehaving filter with these settings.
pub(crate) fn misbehave(settings: &Value) -> Artifact {
    artifact(guest("guest-misbehave"), settings)
}

/// A component with these settings and no assets.
pub(crate) fn artifact(component: Vec<u8>, settings: &Value) -> Artifact {
    Artifact { component, settings: settings.to_string(), assets: [].into() }
}

/// A guest of the tests.
pub(crate) fn guest(name: &str) -> Vec<u8> {
    let path = repository().join("target/test-guests").join(format!("{name}.wasm"));
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test filters` builds it", path.display()))
}

/// The folder of one of the shop's filters.
pub(super) fn shop_folder(slot: &str) -> PathBuf {
    repository().join("target/filters").join(slot)
}

/// The slots of the shop's configuration.
pub(super) fn shop_slots() -> Vec<SlotConfig> {
    let text = std::fs::read_to_string(repository().join("config/edge.toml")).expect("config/edge.toml");
    let mut table: toml::Table = text.parse().expect("TOML");
    table.remove("slot").expect("slots").try_into().expect("slots that can be read")
}

/// The folder of the repository.
pub(super) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the repository")
}

/// A component that imports an instance of this name, with nothing in it.
pub(super) fn component_importing(name: &str) -> Vec<u8> {
    // One type: an instance without exports. One import: this name, of that type.
    let of_type_0 = [INSTANCE, 0];
    let import = [&[1], plain_name(name).as_slice(), &of_type_0].concat();
    [EMPTY_COMPONENT, &section(TYPES, &[1, 0x42, 0]), &section(IMPORTS, &import)].concat()
}

/// A component that exports an instance under this name, with nothing in it.
pub(super) fn component_exporting(name: &str) -> Vec<u8> {
    // One instance, made of no exports. One export: that instance, of the type that it has.
    let instance_0_as_it_is = [INSTANCE, 0, 0];
    let export = [&[1], plain_name(name).as_slice(), &instance_0_as_it_is].concat();
    [EMPTY_COMPONENT, &section(INSTANCES, &[1, 1, 0]), &section(EXPORTS, &export)].concat()
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id, short_length(content.len())], content].concat()
}

fn plain_name(name: &str) -> Vec<u8> {
    [&[0, short_length(name.len())], name.as_bytes()].concat()
}

/// A length that LEB128 writes in one byte.
fn short_length(length: usize) -> u8 {
    u8::try_from(length).ok().filter(|length| *length < 0x80).expect("a length under 128")
}
