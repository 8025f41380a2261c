//! What each slot does, counted. Names follow the Prometheus conventions: base units, `_total` for counters.

use std::sync::Mutex;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Most counters of a filter's own, by slot.
const OWN_COUNTERS_MAX: usize = 32;
/// The host's own name among them: log lines that were dropped. A filter can neither write it nor crowd it out.
const LOG_DROPPED: &str = "log_dropped";
/// Longest name of a filter's own counter, in bytes.
const OWN_NAME_BYTES_MAX: usize = 40;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SlotLabel {
    slot: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    slot: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OwnLabels {
    slot: String,
    name: String,
}

/// The families of all slots.
#[derive(Clone)]
pub struct HostMetrics {
    calls: Family<OutcomeLabels, Counter>,
    failures: Family<OutcomeLabels, Counter>,
    denied: Family<OutcomeLabels, Counter>,
    publications: Family<OutcomeLabels, Counter>,
    own: Family<OwnLabels, Counter>,
    duration: Family<SlotLabel, Histogram, fn() -> Histogram>,
}

fn duration_histogram() -> Histogram {
    // From a call into a warm instance to the longest deadline in use, in seconds.
    Histogram::new([1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2])
}

impl HostMetrics {
    /// Registers the families.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            calls: Family::default(),
            failures: Family::default(),
            denied: Family::default(),
            publications: Family::default(),
            own: Family::default(),
            duration: Family::new_with_constructor(duration_histogram as fn() -> Histogram),
        };
        registry.register("filter_verdicts", "Calls by slot and verdict", metrics.calls.clone());
        registry.register(
            "filter_failures",
            "Calls that ended without a verdict, by slot and cause",
            metrics.failures.clone(),
        );
        registry.register(
            "filter_denied",
            "Writes that the slot's grant does not allow",
            metrics.denied.clone(),
        );
        registry.register(
            "filter_publications",
            "Publications by slot and outcome",
            metrics.publications.clone(),
        );
        registry.register("filter_events", "Counters of the filters' own", metrics.own.clone());
        registry.register("filter_call_duration_seconds", "Time in the filter", metrics.duration.clone());
        metrics
    }

    /// The metrics of one slot.
    #[must_use]
    pub fn slot(&self, slot: &str) -> SlotMetrics {
        let outcome = |family: &Family<OutcomeLabels, Counter>, outcome| {
            family.get_or_create_owned(&OutcomeLabels { slot: slot.into(), outcome })
        };
        SlotMetrics {
            slot: slot.to_owned(),
            next: outcome(&self.calls, "next"),
            answer: outcome(&self.calls, "answer"),
            refuse: outcome(&self.calls, "refuse"),
            ask: outcome(&self.calls, "ask"),
            trap: outcome(&self.failures, "trap"),
            deadline: outcome(&self.failures, "deadline"),
            overrun: outcome(&self.failures, "overrun"),
            exhausted: outcome(&self.failures, "exhausted"),
            denied_fact: outcome(&self.denied, "fact"),
            denied_header: outcome(&self.denied, "header"),
            published: outcome(&self.publications, "published"),
            refused: outcome(&self.publications, "refused"),
            duration: self.duration.get_or_create_owned(&SlotLabel { slot: slot.to_owned() }),
            log_dropped: self
                .own
                .get_or_create_owned(&OwnLabels { slot: slot.to_owned(), name: LOG_DROPPED.to_owned() }),
            own: self.own.clone(),
            own_names: Mutex::default(),
        }
    }
}

/// The counters of one slot, looked up once.
pub struct SlotMetrics {
    slot: String,
    pub(crate) next: Counter,
    pub(crate) answer: Counter,
    pub(crate) refuse: Counter,
    pub(crate) ask: Counter,
    pub(crate) trap: Counter,
    pub(crate) deadline: Counter,
    pub(crate) overrun: Counter,
    pub(crate) exhausted: Counter,
    pub(crate) denied_fact: Counter,
    pub(crate) denied_header: Counter,
    pub(crate) published: Counter,
    pub(crate) refused: Counter,
    pub(crate) log_dropped: Counter,
    duration: Histogram,
    own: Family<OwnLabels, Counter>,
    own_names: Mutex<Vec<(String, Counter)>>,
}

impl SlotMetrics {
    pub(crate) fn took(&self, time: Duration) {
        self.duration.observe(time.as_secs_f64());
    }

    /// Adds to one of the filter's own counters; beyond the bounds it does nothing.
    pub(crate) fn count_own(&self, name: &str, delta: u32) {
        let plain = (1..=OWN_NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain || name == LOG_DROPPED {
            return;
        }
        let Ok(mut names) = self.own_names.lock() else { return };
        if let Some((_, counter)) = names.iter().find(|(known, _)| known == name) {
            counter.inc_by(u64::from(delta));
        } else if names.len() < OWN_COUNTERS_MAX {
            let labels = OwnLabels { slot: self.slot.clone(), name: name.to_owned() };
            let counter = self.own.get_or_create_owned(&labels);
            counter.inc_by(u64::from(delta));
            names.push((name.to_owned(), counter));
        }
    }
}
