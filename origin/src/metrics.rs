//! What is counted, for Prometheus.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds in seconds: an extractive answer takes milliseconds, a model's a minute at most.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 20.0, 60.0];

type ByLabels<L, M> = Family<L, M, fn() -> M>;

/// All counters of the service.
pub(crate) struct Metrics {
    registry: Registry,
    turns: Family<TurnLabels, Counter>,
    seconds: ByLabels<StepLabels, Histogram>,
    first_delta: Histogram,
    refused: Family<CodeLabels, Counter>,
    withheld: Family<KindLabels, Counter>,
    model_errors: Family<KindLabels, Counter>,
    tool_calls: Family<ToolLabels, Counter>,
    marks_unknown: Counter,
    ended_early: Family<KindLabels, Counter>,
    records_lost: Counter,
    pub(crate) running: Gauge<i64, AtomicI64>,
    pub(crate) handoffs: Counter,
    pub(crate) purged: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TurnLabels {
    intent: &'static str,
    source: &'static str,
    outcome: &'static str,
    language: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    step: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabels {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ToolLabels {
    tool: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: String,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        let metrics = Self {
            registry: Registry::with_prefix("mangaassist_origin"),
            turns: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            first_delta: histogram(),
            refused: Family::default(),
            withheld: Family::default(),
            model_errors: Family::default(),
            tool_calls: Family::default(),
            marks_unknown: Counter::default(),
            ended_early: Family::default(),
            records_lost: Counter::default(),
            running: Gauge::default(),
            handoffs: Counter::default(),
            purged: Counter::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("turns", "Turns, by intent, source, outcome and language", self.turns.clone());
        registry.register("step_seconds", "Time in each step of a turn", self.seconds.clone());
        registry.register(
            "first_delta_seconds",
            "Time to the first text of an answer",
            self.first_delta.clone(),
        );
        registry.register("refused", "Calls refused, by code", self.refused.clone());
        registry.register(
            "withheld",
            "Sentences withheld because they are not on record",
            self.withheld.clone(),
        );
        registry.register("model_errors", "Failures of the model, by kind", self.model_errors.clone());
        registry.register("tool_calls", "Tools that models called, by outcome", self.tool_calls.clone());
        registry.register(
            "marks_unknown",
            "Source marks that number nothing that was given",
            self.marks_unknown.clone(),
        );
        registry.register(
            "ended_early",
            "Answers that did not end as their model meant, by cause",
            self.ended_early.clone(),
        );
        registry.register("records_lost", "Turns that could not be kept", self.records_lost.clone());
        registry.register("turns_running", "Turns being answered", self.running.clone());
        registry.register("handoffs", "Requests for a person", self.handoffs.clone());
        registry.register("purged", "Records deleted because they were too old", self.purged.clone());
        self
    }

    pub(crate) fn turn(
        &self,
        intent: &'static str,
        source: &'static str,
        outcome: &'static str,
        language: &'static str,
    ) {
        self.turns.get_or_create(&TurnLabels { intent, source, outcome, language }).inc();
    }

    pub(crate) fn step(&self, step: &'static str, took: Duration) {
        self.seconds.get_or_create(&StepLabels { step }).observe(took.as_secs_f64());
    }

    pub(crate) fn first_delta(&self, after: Duration) {
        self.first_delta.observe(after.as_secs_f64());
    }

    pub(crate) fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&CodeLabels { code }).inc();
    }

    pub(crate) fn withheld(&self, kind: &'static str) {
        self.withheld.get_or_create(&KindLabels { kind: kind.to_owned() }).inc();
    }

    pub(crate) fn model_error(&self, kind: &impl ToString) {
        self.model_errors.get_or_create(&KindLabels { kind: kind.to_string() }).inc();
    }

    /// `tool` is one of ours: what a model makes up is no label.
    pub(crate) fn tool_call(&self, tool: &str, outcome: &'static str) {
        self.tool_calls.get_or_create(&ToolLabels { tool: tool.to_owned(), outcome }).inc();
    }

    pub(crate) fn mark_unknown(&self) {
        self.marks_unknown.inc();
    }

    pub(crate) fn ended_early(&self, why: &'static str) {
        self.ended_early.get_or_create(&KindLabels { kind: why.to_owned() }).inc();
    }

    pub(crate) fn record_lost(&self) {
        self.records_lost.inc();
    }

    /// The exposition format.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        prometheus_client::encoding::text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}
