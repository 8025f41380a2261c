//! A slot's settings, as an operator writes them.

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
        if !self.grant.mac_keys.is_empty() && !self.grant.imports.contains(&Import::Keys) {
            return fault("grant.mac_keys", "the import `keys` to be granted as well");
        }
        Ok(())
    }
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
    fn a_fault_names_its_key() {
        assert_eq!(SlotConfig { name: "Auth/..".into(), ..slot() }.validate().unwrap_err().key, "name");
        assert_eq!(SlotConfig { deadline_ms: 0, ..slot() }.validate().unwrap_err().key, "deadline_ms");
        assert_eq!(
            SlotConfig { isolation: Isolation::Reuse(0), ..slot() }.validate().unwrap_err().key,
            "isolation"
        );
    }
}
