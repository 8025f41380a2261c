//! A model with what the service knows of it: how many answers it writes, and how well it did lately.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::breaker::{Breaker, Pass};
use super::failure::{Health, Reason};
use super::policy::{Policy, Routable};
use super::verdict::Verdict;
use crate::metrics::Metrics;
use crate::model::Model;

/// A model that can be asked.
pub(super) struct Backend {
    pub(super) model: Arc<dyn Model>,
    pub(super) policy: Policy,
    places: Arc<Semaphore>,
    breaker: Arc<Breaker>,
    pub(super) metrics: Arc<Metrics>,
}

/// A place among the answers that a model writes at once; free again when it is dropped.
pub(super) struct Place {
    backend: Arc<Backend>,
    pass: Option<Pass>,
    /// What whoever reads the answer thinks of it.
    verdict: Verdict,
    _permit: OwnedSemaphorePermit,
}

impl Backend {
    pub(super) fn new(routable: Routable, metrics: Arc<Metrics>) -> Arc<Self> {
        let Routable { model, policy } = routable;
        let places = Arc::new(Semaphore::new(policy.running_max.min(Semaphore::MAX_PERMITS)));
        let backend = Self { model, policy, places, breaker: Breaker::new(), metrics };
        backend.show_breaker();
        Arc::new(backend)
    }

    pub(super) fn name(&self) -> &str {
        self.model.name()
    }

    /// A place, at once or not at all: a queue before a slow model would only make everyone wait.
    pub(super) fn enter(self: &Arc<Self>, verdict: Verdict) -> Result<Place, Reason> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Reason::Busy)?;
        let pass = self.breaker.enter().ok_or(Reason::BreakerOpen)?;
        self.show_breaker();
        self.metrics.model_running(self.name(), 1);
        Ok(Place { backend: Arc::clone(self), pass: Some(pass), verdict, _permit: permit })
    }

    fn show_breaker(&self) {
        self.metrics.model_breaker(self.name(), self.breaker.position().number());
    }
}

impl Place {
    /// How the attempt went. Without it, nobody read the answer to its end: that says nothing about the model's health, even
    /// when the checks ended it. A shopper can ask for another language or topic on purpose, and must not be able to open the
    /// breaker for everyone.
    pub(super) fn outcome(mut self, name: &'static str, health: Health) {
        let Some(pass) = self.pass.take() else { return };
        let before = self.backend.breaker.position();
        match health {
            Health::Good => pass.succeeded(),
            Health::Bad => pass.failed(),
            Health::Unknown => drop(pass),
        }
        let after = self.backend.breaker.position();
        if before != after {
            tracing::warn!(
                model = self.backend.name(),
                breaker = after.as_str(),
                "the model's breaker changed"
            );
        }
        self.backend.show_breaker();
        self.backend.metrics.model_attempt(self.backend.name(), name);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.backend.metrics.model_running(self.backend.name(), -1);
        if self.pass.take().is_some() {
            let outcome = self.verdict.take().unwrap_or("left");
            self.backend.metrics.model_attempt(self.backend.name(), outcome);
        }
    }
}
