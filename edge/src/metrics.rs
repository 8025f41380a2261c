//! What the edge counts beside its filters.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabel {
    source: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EntryLabel {
    entry: String,
}

/// Most FAQ entries that are counted by their own ids: some times as many as a large FAQ has.
const ENTRIES_MAX: usize = 1_000;
/// What the answers count as that are no known entry's, and those of entries beyond [`ENTRIES_MAX`].
const OTHER: &str = "other";

/// The values of a label, so many and no more.
struct Names {
    most: usize,
    known: Mutex<BTreeSet<String>>,
}

impl Names {
    const fn up_to(most: usize) -> Self {
        Self { most, known: Mutex::new(BTreeSet::new()) }
    }

    /// The name itself while there is room for it, else [`OTHER`].
    fn bounded<'a>(&self, name: &'a str) -> &'a str {
        // Every change is one insertion: a panic elsewhere leaves none half done.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(name) || (known.len() < self.most && known.insert(name.to_owned())) {
            name
        } else {
            OTHER
        }
    }
}

/// The edge's own metrics.
pub struct EdgeMetrics {
    requests: Family<RequestLabels, Counter>,
    turns: Family<SourceLabel, Counter>,
    turn_duration: Family<SourceLabel, Histogram, fn() -> Histogram>,
    faq_turned_down: Family<EntryLabel, Counter>,
    entries: Names,
    /// Turns that are kept for whoever sends them again or resumes them.
    pub kept: Gauge,
    /// Messages that were answered from an earlier run of the same id.
    pub replayed: Counter,
    /// Turns refused because the origin has as many as it may have.
    pub overloaded: Counter,
    /// Requests refused by the floors.
    pub floored: Counter,
    /// WebSockets that are open.
    pub sockets: Gauge,
}

fn turn_histogram() -> Histogram {
    // From an edge answer to the longest answer of a model, in seconds.
    Histogram::new([1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0])
}

impl EdgeMetrics {
    /// Registers the families.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::default(),
            turns: Family::default(),
            turn_duration: Family::new_with_constructor(turn_histogram as fn() -> Histogram),
            faq_turned_down: Family::default(),
            entries: Names::up_to(ENTRIES_MAX),
            kept: Gauge::default(),
            replayed: Counter::default(),
            overloaded: Counter::default(),
            floored: Counter::default(),
            sockets: Gauge::default(),
        };
        registry.register("edge_requests", "Requests by route and status", metrics.requests.clone());
        registry.register("edge_turns", "Chat turns by where they were answered", metrics.turns.clone());
        registry.register("edge_turn_duration_seconds", "Time of a chat turn", metrics.turn_duration.clone());
        registry.register(
            "edge_faq_turned_down",
            "Answers that were not what was asked, by FAQ entry",
            metrics.faq_turned_down.clone(),
        );
        registry.register("edge_turns_kept", "Turns that can be had again", metrics.kept.clone());
        registry.register(
            "edge_turns_replayed",
            "Messages answered from an earlier run",
            metrics.replayed.clone(),
        );
        registry.register(
            "edge_turns_overloaded",
            "Turns refused for want of room at the origin",
            metrics.overloaded.clone(),
        );
        registry.register("edge_requests_floored", "Requests refused by the floors", metrics.floored.clone());
        registry.register("edge_sockets", "Open WebSockets", metrics.sockets.clone());
        metrics
    }

    pub(crate) fn request(&self, route: &'static str, status: u16) {
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
    }

    pub(crate) fn turn(&self, source: &'static str, time: Duration) {
        self.turns.get_or_create(&SourceLabel { source }).inc();
        self.turn_duration.get_or_create(&SourceLabel { source }).observe(time.as_secs_f64());
    }

    /// Counts an answer that was not what was asked: of this entry of the FAQ, or of none that is known.
    pub(crate) fn faq_turned_down(&self, entry: Option<&str>) {
        let entry = entry.map_or(OTHER, |entry| self.entries.bounded(entry)).to_owned();
        self.faq_turned_down.get_or_create(&EntryLabel { entry }).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_so_many_values_and_no_more() {
        let names = Names::up_to(2);
        assert_eq!(["a", "b", "c", "a"].map(|name| names.bounded(name)), ["a", "b", OTHER, "a"]);
    }
}
