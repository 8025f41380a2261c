//! The filters, each with its settings and assets read.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use host::artifact::Artifact;
use host::config::{Phase, SlotConfig};
use host::engine::{EngineConfig, Engines};
use host::metrics::HostMetrics;
use host::publish::Publisher;
use host::services::{InProcessSessions, Services, SystemClock};
use identity::keyring::Keyring;
use limits::InProcessBuckets;
use prometheus_client::registry::Registry;
use serde::Deserialize;
use wac_graph::types::{Package, Types};

/// Longest that a filter may take to read its settings and assets, in milliseconds.
const INIT_MS: u64 = 60_000;

/// The phases that a composed shop calls.
const COMPOSED: &[Phase] = &[Phase::Request, Phase::Turn];

#[derive(Deserialize)]
struct Edge {
    #[serde(rename = "slot")]
    slots: Vec<SlotConfig>,
}

/// The slots of an edge's configuration, in order.
///
/// # Errors
/// The configuration cannot be read, or a slot in it cannot stand, or names a phase that a composed shop does not call.
pub fn slots(config: &Path) -> anyhow::Result<Vec<SlotConfig>> {
    let text =
        std::fs::read_to_string(config).with_context(|| format!("cannot read {}", config.display()))?;
    let mut edge: Edge = toml::from_str(&text).with_context(|| config.display().to_string())?;
    for slot in &mut edge.slots {
        slot.validate()?;
        slot.resolve(config.parent().unwrap_or(Path::new(".")));
        let named = slot.phases.iter().flatten();
        if let Some(phase) = named.copied().find(|phase| !COMPOSED.contains(phase)) {
            bail!(
                "slot `{}` has the phase {}, which a composed shop does not call",
                slot.name,
                phase.interface()
            );
        }
    }
    Ok(edge.slots)
}

/// Whether a composed shop calls this filter in every phase that its slot is to be called in. What is never called must not be
/// composed as if it were: rules for responses would be there and judge nothing.
///
/// # Errors
/// The bytes are no component; the slot names a phase that the component does not export; or it names none, and the component
/// exports one that a composed shop does not call.
pub fn check_phases(slot: &SlotConfig, component: &[u8]) -> anyhow::Result<()> {
    let mut types = Types::default();
    let package = Package::from_bytes("shop:slot", None, component, &mut types).context("no component")?;
    let exports = &types[package.ty()].exports;
    let is_exported = |phase: &Phase| exports.contains_key(phase.interface());
    let Some(named) = &slot.phases else {
        let mut others = [Phase::Response, Phase::Event].into_iter();
        return match others.find(is_exported) {
            Some(phase) => bail!(
                "the filter has {}, which a composed shop does not call; name the phases that it is to be called in: \
                 phases = [\"request\", \"turn\"]",
                phase.interface()
            ),
            None => Ok(()),
        };
    };
    match named.iter().find(|phase| !is_exported(phase)) {
        Some(phase) => bail!("the filter has no {}, which `phases` names", phase.interface()),
        None => Ok(()),
    }
}

/// Each slot's name and the image of its filter.
///
/// # Errors
/// There is no artifact for a slot, it has phases that would not be called, or it cannot be pre-initialised: says which.
pub fn of(slots: &[SlotConfig], folder: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let engines = Engines::new(&EngineConfig { instances_max: 8, init_ms: INIT_MS, cache: None })
        .map_err(|error| anyhow::anyhow!("the component host cannot start: {error:#}"))?;
    // `init` reads settings and assets; it finds no keys, no records and full buckets.
    let services = Services {
        clock: Arc::new(SystemClock),
        buckets: Arc::new(InProcessBuckets::new(64)),
        keys: Arc::new(Keyring::default()),
        sessions: Arc::new(InProcessSessions::new(64)),
    };
    let publisher = Publisher::new(engines, services);
    let metrics = HostMetrics::register(&mut Registry::default());
    let image = |slot: &SlotConfig| {
        let artifact = Artifact::read_with(&folder.join(&slot.name), &slot.assets)?;
        check_phases(slot, &artifact.component)?;
        let metrics = Arc::new(metrics.slot(&slot.name));
        anyhow::Ok((slot.name.clone(), publisher.image(slot, artifact, &metrics)?))
    };
    slots.iter().map(|slot| image(slot).with_context(|| format!("slot `{}`", slot.name))).collect()
}
