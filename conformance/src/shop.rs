//! What the shop runs: its slots' settings, its own rules, its built filters.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use host::artifact::Artifact;
use host::config::SlotConfig;

/// Longest call, in milliseconds. Not the shop's: what is asked here is what a filter says, not how soon, and on a busy machine a
/// call that is only waiting must not count as a failure.
const DEADLINE_MS: u32 = 10_000;

/// The project's folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where compiled filters are kept between runs.
#[must_use]
pub fn cache() -> PathBuf {
    root().join("target/conformance-cache")
}

/// The shop's own rules for its WAF.
#[must_use]
pub fn own_rules() -> PathBuf {
    root().join("components/waf/rules")
}

/// The shop's configuration of the edge.
///
/// # Errors
/// It cannot be read, or is no TOML.
pub fn configuration() -> anyhow::Result<toml::Table> {
    let path = root().join("config/edge.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    text.parse().with_context(|| path.display().to_string())
}

/// A slot as the shop has it, but for its deadline, which is generous (10 s), and for `phases`: its filter is called in all that it has,
/// as with rules that judge responses.
///
/// # Errors
/// The shop's configuration cannot be read, or has no such slot.
pub fn slot(name: &str) -> anyhow::Result<SlotConfig> {
    let slots = configuration()?.remove("slot").context("no slots in config/edge.toml")?;
    let slots: Vec<toml::Table> = slots.try_into().context("config/edge.toml")?;
    let slot = slots.into_iter().find(|slot| slot.get("name").and_then(toml::Value::as_str) == Some(name));
    let mut slot = slot.with_context(|| format!("no slot `{name}` in config/edge.toml"))?;
    slot.remove("phases");
    let slot: SlotConfig = slot.try_into().with_context(|| format!("slot `{name}` in config/edge.toml"))?;
    Ok(SlotConfig { deadline_ms: DEADLINE_MS, ..slot })
}

/// A built filter with its settings and without assets.
///
/// # Errors
/// It is not built.
pub fn filter(filters: &Path, name: &str) -> anyhow::Result<Artifact> {
    let folder = filters.join(name);
    let artifact = Artifact::read(&folder)
        .with_context(|| format!("no filter in {}: `cargo xtask build` builds it", folder.display()))?;
    Ok(Artifact { assets: [].into(), ..artifact })
}

#[cfg(test)]
mod tests {
    use host::config::Isolation;

    use super::*;

    #[test]
    fn the_slots_are_the_shops_but_for_their_deadline() {
        let waf = slot("waf").expect("the shop has a WAF");
        assert_eq!((waf.memory_mib, waf.deadline_ms), (64, DEADLINE_MS));
        assert!(matches!(waf.isolation, Isolation::Reuse(_)) && waf.grant.read_body);
        waf.validate().expect("settings that stand");
        assert!(slot("nothing").is_err());
        assert!(own_rules().join("00-setup.conf").is_file());
    }
}
