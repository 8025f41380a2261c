//! A slot's settings, as an operator writes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use ::chain::OnFailure;

use crate::grant::{FactKind, Grant, Import, Names};

/// How instances are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// A fresh instance for each call: nothing a call leaves behind is seen by another. For small or third-party filters.
    PerCall,
    /// An instance serves this many calls, or until it traps. For filters of ours, which a test shows to be stateless between calls.
    Reuse(u32),
}

/// A phase of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Requests, before they are answered.
    Request,
    /// Chat messages.
    Turn,
    /// Responses, on their way back.
    Response,
    /// Chat events, on their way back.
    Event,
}

impl Phase {
    /// The name of its WIT interface.
    #[must_use]
    pub const fn interface(self) -> &'static str {
        match self {
            Self::Request => "mangaassist:edge/request-filter@0.1.0",
            Self::Turn => "mangaassist:edge/turn-filter@0.1.0",
            Self::Response => "mangaassist:edge/response-filter@0.1.0",
            Self::Event => "mangaassist:edge/event-filter@0.1.0",
        }
    }
}

/// Longest prefix of the assets of a named folder, in bytes.
const ASSET_PREFIX_BYTES_MAX: usize = 40;

/// A slot: its place in the chain is its place in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotConfig {
    /// Names the slot in logs, metrics and the filters' directory: `[a-z0-9-]{1,40}`.
    pub name: String,
    /// See [`Isolation`].
    pub isolation: Isolation,
    /// See [`OnFailure`].
    pub on_failure: OnFailure,
    /// A call that takes longer, in milliseconds, is ended.
    pub deadline_ms: u32,
    /// Most memory of one instance, in MiB.
    pub memory_mib: u32,
    /// Most bytes of one verdict, in KiB.
    pub output_kib: u32,
    /// Paths whose requests and responses the filter sees; every path when left out. A turn has no path: turn filters see
    /// every turn, and event filters every event.
    #[serde(default = "every_path")]
    pub paths: Names,
    /// The phases that the filter is called in; all that it exports when left out. A phase that is not named costs its calls
    /// nothing: no copy of a response is made for a filter that does not see responses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<BTreeSet<Phase>>,
    /// Folders whose files are assets of the slot, beside those of its own folder: the name of each asset begins with the key
    /// (`[a-z0-9_.-]{1,40}`, no `.` first) and a `/`. See [`crate::artifact::Artifact::read_with`] for which files are taken.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub assets: BTreeMap<String, PathBuf>,
    /// What the filter may do.
    pub grant: Grant,
}

fn every_path() -> Names {
    Names::new(["*"])
}

/// Why a slot's settings cannot stand.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("slot `{slot}`, key `{key}`: {expected}")]
pub struct SlotConfigError {
    /// The slot's name, as written.
    pub slot: String,
    /// The key at fault.
    pub key: &'static str,
    /// What was expected.
    pub expected: &'static str,
}

impl SlotConfig {
    /// Makes the paths of its settings relative to this folder: that of the file that they stand in.
    pub fn resolve(&mut self, folder: &Path) {
        self.assets.values_mut().for_each(|path| *path = folder.join(&*path));
    }

    /// Whether the filter is called in a phase that it exports.
    #[must_use]
    pub fn has_phase(&self, phase: Phase) -> bool {
        self.phases.as_ref().is_none_or(|phases| phases.contains(&phase))
    }

    /// Checks what the types do not say.
    ///
    /// # Errors
    /// Names the first key that cannot stand.
    pub fn validate(&self) -> Result<(), SlotConfigError> {
        let fault = |key, expected| Err(SlotConfigError { slot: self.name.clone(), key, expected });
        let name_is_plain = (1..=40).contains(&self.name.len())
            && self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !name_is_plain {
            return fault("name", "1 to 40 characters of a-z, 0-9 and -");
        }
        if self.isolation == Isolation::Reuse(0) {
            return fault("isolation", "reuse of at least 1");
        }
        if self.on_failure == OnFailure::Open && self.grant.facts.contains(&FactKind::Principal) {
            return fault("on_failure", "`closed`, because the slot may write `principal`");
        }
        if !(1..=10_000).contains(&self.deadline_ms) {
            return fault("deadline_ms", "1 to 10000");
        }
        if !(1..=1024).contains(&self.memory_mib) {
            return fault("memory_mib", "1 to 1024");
        }
        if !(1..=16 * 1024).contains(&self.output_kib) {
            return fault("output_kib", "1 to 16384");
        }
        if self.paths.is_empty() {
            return fault("paths", "at least one path, or no key `paths` for every path");
        }
        if self.phases.as_ref().is_some_and(BTreeSet::is_empty) {
            return fault("phases", "at least one phase, or no key `phases` for all that the filter exports");
        }
        if !self.assets.keys().all(|prefix| is_asset_prefix(prefix)) {
            return fault(
                "assets",
                "names of 1 to 40 characters of a-z, 0-9, _, - and ., which does not come first",
            );
        }
        if !self.assets.is_empty() && !self.grant.imports.contains(&Import::Assets) {
            return fault("assets", "the import `assets` to be granted as well");
        }
        if !self.grant.mac_keys.is_empty() && !self.grant.imports.contains(&Import::Keys) {
            return fault("grant.mac_keys", "the import `keys` to be granted as well");
        }
        Ok(())
    }
}

fn is_asset_prefix(prefix: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
    (1..=ASSET_PREFIX_BYTES_MAX).contains(&prefix.len())
        && !prefix.starts_with('.')
        && prefix.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> SlotConfig {
        SlotConfig {
            name: "auth".into(),
            isolation: Isolation::Reuse(1000),
            on_failure: OnFailure::Closed,
            deadline_ms: 10,
            memory_mib: 16,
            output_kib: 64,
            paths: every_path(),
            phases: None,
            assets: BTreeMap::new(),
            grant: Grant { facts: [FactKind::Principal].into(), ..Grant::default() },
        }
    }

    #[test]
    fn a_slot_that_may_write_the_principal_is_never_open_on_failure() {
        assert!(slot().validate().is_ok());
        let open = SlotConfig { on_failure: OnFailure::Open, ..slot() };
        assert_eq!(open.validate().unwrap_err().key, "on_failure");
    }

    #[test]
    fn a_filter_is_called_in_the_phases_that_are_named_or_in_all() {
        assert!(slot().has_phase(Phase::Response));
        let phases =
            |phases: &[Phase]| SlotConfig { phases: Some(phases.iter().copied().collect()), ..slot() };
        let named = phases(&[Phase::Request, Phase::Turn]);
        assert!(named.validate().is_ok());
        let called =
            [Phase::Request, Phase::Turn, Phase::Response, Phase::Event].map(|phase| named.has_phase(phase));
        assert_eq!(called, [true, true, false, false]);
        assert_eq!(phases(&[]).validate().unwrap_err().key, "phases");
    }

    #[test]
    fn a_named_folder_has_a_plain_prefix_a_grant_and_a_path_beside_the_settings() {
        let with = |prefix: &str, imports: &[Import]| SlotConfig {
            assets: [(prefix.to_owned(), PathBuf::from("crs"))].into(),
            grant: Grant { imports: imports.iter().copied().collect(), ..Grant::default() },
            ..slot()
        };
        assert!(with("05-crs", &[Import::Assets]).validate().is_ok());
        assert_eq!(with("05-crs", &[]).validate().unwrap_err().key, "assets");
        for prefix in ["", "..", ".crs", "crs/rules", "CRS", "a b"] {
            assert_eq!(with(prefix, &[Import::Assets]).validate().unwrap_err().key, "assets", "{prefix}");
        }
        let mut relative = with("05-crs", &[Import::Assets]);
        relative.resolve(Path::new("/etc/shop"));
        assert_eq!(relative.assets["05-crs"], Path::new("/etc/shop/crs"));
        relative.assets.insert("05-crs".into(), "/srv/crs".into());
        relative.resolve(Path::new("/etc/shop"));
        assert_eq!(relative.assets["05-crs"], Path::new("/srv/crs"));
    }

    #[test]
    fn a_fault_names_its_key() {
        assert_eq!(SlotConfig { name: "Auth/..".into(), ..slot() }.validate().unwrap_err().key, "name");
        assert_eq!(SlotConfig { deadline_ms: 0, ..slot() }.validate().unwrap_err().key, "deadline_ms");
        assert_eq!(
            SlotConfig { isolation: Isolation::Reuse(0), ..slot() }.validate().unwrap_err().key,
            "isolation"
        );
    }
}
