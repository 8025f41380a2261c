//! A filter, published into the real host, alone in its chain.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use host::artifact::Artifact;
use host::chain::Chain;
use host::config::SlotConfig;
use host::engine::{EngineConfig, Engines};
use host::metrics::HostMetrics;
use host::publish::Publisher;
use host::services::{InProcessSessions, Services, SystemClock};
use host::slot::Slot;
use identity::keyring::Keyring;
use limits::InProcessBuckets;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::counters::Counters;

/// Most instances at once: calls come one after the other.
const INSTANCES_MAX: u32 = 4;
/// Longest `init`, in milliseconds: a whole rule set is compiled in it, on a busy machine too.
const INIT_MS: u64 = 300_000;
/// Token buckets and session records, of which no filter here needs many.
const RECORDS_MAX: usize = 1_000;

/// A chain of one filter, and what its host counts.
pub struct Published {
    /// The chain.
    pub chain: Chain,
    /// The slot in it.
    pub slot: Arc<Slot>,
    /// How long publication took, from the artifact to an instance that can be called.
    pub publication: Duration,
    /// What calls it is shared with whoever asks for counters meanwhile.
    registry: Arc<Registry>,
}

impl Published {
    /// Publishes it, with compiled code kept in `cache`.
    ///
    /// # Errors
    /// It cannot be published: its assets do not stand, or it needs what its slot does not grant.
    pub fn new(slot: SlotConfig, artifact: Artifact, cache: Option<PathBuf>) -> anyhow::Result<Self> {
        let config = EngineConfig { instances_max: INSTANCES_MAX, init_ms: INIT_MS, cache };
        let engines = Engines::new(&config).map_err(|error| anyhow::anyhow!("{error:#}"))?;
        let services = Services {
            clock: Arc::new(SystemClock),
            buckets: Arc::new(InProcessBuckets::new(RECORDS_MAX)),
            keys: Arc::new(Keyring::default()),
            sessions: Arc::new(InProcessSessions::new(RECORDS_MAX as u64)),
        };
        let mut registry = Registry::default();
        let metrics = HostMetrics::register(&mut registry);
        let publisher = Publisher::new(engines, services);
        let began = Instant::now();
        let slot = Arc::new(Slot::open(slot, publisher, &metrics, artifact)?);
        let publication = began.elapsed();
        let chain = Chain::new(vec![Arc::clone(&slot)]);
        Ok(Self { chain, slot, publication, registry: Arc::new(registry) })
    }

    /// Reads what the host has counted so far.
    pub fn counters(&self) -> impl Fn() -> anyhow::Result<Counters> + use<> {
        let registry = Arc::clone(&self.registry);
        move || {
            let mut text = String::new();
            encode(&mut text, &registry)?;
            Ok(Counters::read(&text))
        }
    }
}
