//! A slot: a place in the chain, with a current version that is replaced by an atomic swap.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::artifact::Artifact;
use crate::config::SlotConfig;
use crate::metrics::{HostMetrics, SlotMetrics};
use crate::publish::{PublishError, Publisher};
use crate::version::Version;

/// A place in the chain.
pub struct Slot {
    config: SlotConfig,
    publisher: Publisher,
    pub(crate) metrics: Arc<SlotMetrics>,
    current: ArcSwap<Version>,
}

impl Slot {
    /// Publishes the first version and puts it in place.
    ///
    /// # Errors
    /// The artifact cannot be published.
    pub fn open(
        config: SlotConfig,
        publisher: Publisher,
        metrics: &HostMetrics,
        artifact: Artifact,
    ) -> Result<Self, PublishError> {
        let metrics = Arc::new(metrics.slot(&config.name));
        let version = publisher.publish(&config, artifact, &metrics)?;
        Ok(Self { config, publisher, metrics, current: ArcSwap::from_pointee(version) })
    }

    /// The slot's settings.
    #[must_use]
    pub const fn config(&self) -> &SlotConfig {
        &self.config
    }

    /// The version that the next call runs on.
    #[must_use]
    pub fn current(&self) -> Arc<Version> {
        self.current.load_full()
    }

    pub(crate) fn load(&self) -> arc_swap::Guard<Arc<Version>> {
        self.current.load()
    }

    /// Publishes an artifact and swaps it in. Calls in flight end on the version that they began with.
    ///
    /// # Errors
    /// The artifact cannot be published; the current version stays.
    pub fn replace(&self, artifact: Artifact) -> Result<(), PublishError> {
        let version = self.publisher.publish(&self.config, artifact, &self.metrics)?;
        tracing::info!(slot = self.config.name, version = version.label(), "filter published");
        self.current.store(Arc::new(version));
        Ok(())
    }

    /// Publishes what is in a folder, and in those that the slot's settings name; see [`Artifact::read_with`].
    ///
    /// # Errors
    /// The folder holds no artifact, or it cannot be published; the current version stays.
    pub fn replace_from(&self, folder: &Path) -> Result<(), PublishError> {
        let artifact = Artifact::read_with(folder, &self.config.assets).inspect_err(|_| {
            self.metrics.refused.inc();
        })?;
        self.replace(artifact)
    }
}
