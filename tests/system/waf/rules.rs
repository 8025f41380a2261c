//! A shop whose WAF has rules of a test's own.

use tempfile::TempDir;
use toml::{Table, Value};

use crate::fixture::{Opening, Shop, copy_filters, root};

/// The built filters with these rules in the WAF, in the place of `50-test.conf`, and a shop that is about to open with them.
pub(super) struct Rules {
    folder: TempDir,
    slots: Value,
}

impl Rules {
    pub(super) fn new(rules: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy_filters(folder.path());
        std::fs::write(folder.path().join("waf/assets/50-test.conf"), rules).expect("the copy is writable");
        Self { folder, slots: slots() }
    }

    /// The WAF logs what its rules match, and refuses nothing.
    pub(super) fn detecting(self) -> Self {
        let settings = self.folder.path().join("waf/settings.json");
        std::fs::write(settings, r#"{ "mode": "detect" }"#).expect("the copy is writable");
        self
    }

    /// The WAF judges responses too.
    pub(super) fn judging_responses(mut self) -> Self {
        let waf = self.slots[0].as_table_mut().expect("a slot is a table");
        assert_eq!(waf["name"].as_str(), Some("waf"));
        waf.remove("phases").expect("the shop's WAF does not judge responses");
        self
    }

    pub(super) fn opening(&self) -> Opening {
        Shop::open()
            .setting("filters.folder", self.folder.path().to_string_lossy().into_owned())
            .setting("slot", self.slots.clone())
    }
}

/// The slots of `config/edge.toml`, without a deadline that a busy machine could miss: it would be taken for another verdict.
fn slots() -> Value {
    let text = std::fs::read_to_string(root().join("config/edge.toml")).expect("config/edge.toml is there");
    let mut table: Table = text.parse().expect("config/edge.toml is TOML");
    for slot in table["slot"].as_array_mut().expect("slots are a list") {
        slot.as_table_mut().expect("a slot is a table").insert("deadline_ms".into(), 10_000.into());
    }
    table["slot"].clone()
}
