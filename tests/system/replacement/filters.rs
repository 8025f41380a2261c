//! A shop with filters of its own, which the test replaces: each file is written whole elsewhere and renamed into place.

use std::path::{Path, PathBuf};

use host::grant::Import;
use serde_json::Value;
use tempfile::TempDir;
use toml::Table;

use crate::fixture::{Opening, Shop, copy_filters, root};

/// A rule that refuses the marker. Its id is none of the shop's.
pub(super) const RULE: &str =
    "SecRule ARGS:marker \"@streq now\" \"id:1009001,phase:2,deny,status:403,t:none,msg:'test'\"\n";

/// A copy of the built filters.
pub(super) struct Filters {
    folder: TempDir,
}

impl Filters {
    pub(super) fn copied() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy_filters(folder.path());
        // What flows here comes from one address, more of it than one visitor may send.
        let wide = r#"{"address_requests":{"capacity":1000000,"refill_per_minute":1000000}}"#;
        std::fs::write(folder.path().join("rate-limit/settings.json"), wide).expect("the copy is writable");
        Self { folder }
    }

    /// A shop with these filters.
    pub(super) async fn shop(&self) -> Shop {
        self.opening(patient_slots()).await
    }

    fn opening(&self, slots: toml::Value) -> Opening {
        Shop::open()
            .watching(self.folder.path())
            .setting("floors.address.capacity", 1_000_000)
            .setting("floors.address.refill_per_minute", 1_000_000)
            .setting("slot", slots)
    }

    /// A shop with these filters, whose WAF's slot grants every import, so that any filter may take the place.
    pub(super) async fn shop_granting_imports(&self) -> Shop {
        let mut slots = patient_slots();
        let named = |import| toml::Value::try_from(import).expect("an import has a TOML form");
        slots[0]["grant"]["imports"] = Import::ALL.iter().map(named).collect::<Vec<_>>().into();
        self.opening(slots).await
    }

    /// A shop with these filters, whose WAF has the files of this folder as well, in the place of `05-named`.
    pub(super) async fn shop_naming(&self, folder: &Path) -> Shop {
        let mut slots = patient_slots();
        let waf = slots[0].as_table_mut().expect("a slot is a table");
        assert_eq!(waf["name"].as_str(), Some("waf"));
        let named = Table::from_iter([("05-named".to_owned(), folder.to_string_lossy().into_owned().into())]);
        waf.insert("assets".into(), named.into());
        Shop::open().watching(self.folder.path()).setting("slot", slots).await
    }

    /// Gives the WAF another rule file.
    pub(super) fn add_rules(&self, rules: &str) {
        self.put("assets/50-local.conf", rules.as_bytes());
    }

    /// Takes it away.
    pub(super) fn remove_rules(&self) {
        std::fs::remove_file(self.waf("assets/50-local.conf")).expect("the rules are there");
    }

    /// The WAF's component.
    pub(super) fn component(&self) -> Vec<u8> {
        std::fs::read(self.waf("filter.wasm")).expect("the component is there")
    }

    /// Gives the WAF another component.
    pub(super) fn put_component(&self, bytes: &[u8]) {
        self.put("filter.wasm", bytes);
    }

    /// Puts another filter in the place of the WAF, with these settings and no assets, in one step.
    pub(super) fn replace(&self, component: &[u8], settings: &Value) {
        let (next, whole) = (self.folder.path().join("next"), self.folder.path().join("whole"));
        std::fs::create_dir(&next).expect("the copy is writable");
        std::fs::write(next.join("filter.wasm"), component).expect("the copy is writable");
        std::fs::write(next.join("settings.json"), settings.to_string()).expect("the copy is writable");
        std::fs::rename(self.waf(""), whole).expect("a folder is renamed within its folder");
        std::fs::rename(next, self.waf("")).expect("a folder is renamed within its folder");
    }

    /// Puts the WAF back that was replaced.
    pub(super) fn put_back(&self) {
        std::fs::remove_dir_all(self.waf("")).expect("another filter is there");
        std::fs::rename(self.folder.path().join("whole"), self.waf("")).expect("the WAF is kept");
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        // Beside the slots' folders, where nobody looks.
        let whole = self.folder.path().join("next");
        std::fs::write(&whole, bytes).expect("the copy is writable");
        std::fs::rename(&whole, self.waf(name)).expect("a file is renamed within its folder");
    }

    fn waf(&self, name: &str) -> PathBuf {
        self.folder.path().join("waf").join(name)
    }
}

/// The slots of `config/edge.toml`, without a deadline that a machine which compiles meanwhile could miss: it would be taken
/// for another verdict.
fn patient_slots() -> toml::Value {
    let path: &Path = &root().join("config/edge.toml");
    let text = std::fs::read_to_string(path).expect("config/edge.toml is there");
    let mut table: Table = text.parse().expect("config/edge.toml is TOML");
    for slot in table["slot"].as_array_mut().expect("slots are a list") {
        slot.as_table_mut().expect("a slot is a table").insert("deadline_ms".into(), 10_000.into());
    }
    table["slot"].clone()
}
