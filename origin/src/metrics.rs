//! What is counted, for Prometheus.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use chat::Cost;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::model::Tokens;

/// Upper bounds in seconds: an extractive answer takes milliseconds, a model's a minute at most.
const SECONDS: [f64; 12] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 20.0, 60.0];

/// Upper bounds in seconds of a model's first token: a small model near by takes a tenth of a second, and nobody waits longer
/// than ten.
const FIRST_TOKEN_SECONDS: [f64; 12] = [0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 10.0];

type ByLabels<L, M> = Family<L, M, fn() -> M>;

/// All counters of the service.
pub(crate) struct Metrics {
    registry: Registry,
    turns: Family<TurnLabels, Counter>,
    seconds: ByLabels<StepLabels, Histogram>,
    first_delta: Histogram,
    refused: Family<CodeLabels, Counter>,
    withheld: Family<KindLabels, Counter>,
    corrected: Family<KindLabels, Counter>,
    ended: Family<KindLabels, Counter>,
    model: ModelMetrics,
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

/// What is counted of each model. Names are those of the configuration, so there are few.
struct ModelMetrics {
    attempts: Family<AttemptLabels, Counter>,
    fallbacks: Family<FallbackLabels, Counter>,
    breakers: Family<ModelLabels, Gauge<i64, AtomicI64>>,
    running: Family<ModelLabels, Gauge<i64, AtomicI64>>,
    first_token: ByLabels<ModelLabels, Histogram>,
    tokens: Family<TokenLabels, Counter>,
    cost: Family<CostLabels, Counter>,
    estimated: Family<ModelLabels, Counter>,
    interruptions: Family<ModelLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelLabels {
    model: String,
}

impl ModelLabels {
    fn of(model: &str) -> Self {
        Self { model: model.to_owned() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    model: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FallbackLabels {
    from: String,
    to: String,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    model: String,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CostLabels {
    model: String,
    /// ISO 4217, from the price table.
    currency: String,
}

impl ModelMetrics {
    fn new() -> Self {
        Self {
            attempts: Family::default(),
            fallbacks: Family::default(),
            breakers: Family::default(),
            running: Family::default(),
            first_token: Family::new_with_constructor(|| Histogram::new(FIRST_TOKEN_SECONDS)),
            tokens: Family::default(),
            cost: Family::default(),
            estimated: Family::default(),
            interruptions: Family::default(),
        }
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("model_attempts", "Requests to models, by how they ended", self.attempts.clone());
        registry.register(
            "model_fallbacks",
            "Changes to the next model or answerer, by reason",
            self.fallbacks.clone(),
        );
        registry.register("model_breaker", "0 closed, 1 half open, 2 open", self.breakers.clone());
        registry.register("model_running", "Answers that the model writes", self.running.clone());
        registry.register(
            "model_first_token_seconds",
            "Time from the request to the model's first text or tool call",
            self.first_token.clone(),
        );
        registry.register("model_tokens", "Tokens read and written", self.tokens.clone());
        registry.register(
            "model_cost_micros",
            "Cost in millionths of the currency's unit",
            self.cost.clone(),
        );
        registry.register(
            "model_estimated",
            "Requests whose tokens were counted from the lengths of the texts",
            self.estimated.clone(),
        );
        registry.register(
            "model_interruptions",
            "Answers that broke off after some of the text was said",
            self.interruptions.clone(),
        );
    }
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
            corrected: Family::default(),
            ended: Family::default(),
            model: ModelMetrics::new(),
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
        registry.register(
            "corrected",
            "Sentences put right from the records, by what was wrong",
            self.corrected.clone(),
        );
        registry.register("ended", "Answers ended by a guard, by guard", self.ended.clone());
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
        self.model.register(registry);
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

    pub(crate) fn corrected(&self, kind: &'static str) {
        self.corrected.get_or_create(&KindLabels { kind: kind.to_owned() }).inc();
    }

    pub(crate) fn ended(&self, guard: &'static str) {
        self.ended.get_or_create(&KindLabels { kind: guard.to_owned() }).inc();
    }

    /// An attempt ended so.
    pub(crate) fn model_attempt(&self, model: &str, outcome: &'static str) {
        self.model.attempts.get_or_create(&AttemptLabels { model: model.to_owned(), outcome }).inc();
    }

    /// One did not answer, for this reason, and the next was asked.
    pub(crate) fn model_fallback(&self, from: &str, to: &str, reason: &'static str) {
        let labels = FallbackLabels { from: from.to_owned(), to: to.to_owned(), reason };
        self.model.fallbacks.get_or_create(&labels).inc();
    }

    /// The breaker is closed (0), half open (1) or open (2).
    pub(crate) fn model_breaker(&self, model: &str, position: i64) {
        self.model.breakers.get_or_create(&ModelLabels::of(model)).set(position);
    }

    /// So many more answers are being written, or fewer.
    pub(crate) fn model_running(&self, model: &str, more: i64) {
        self.model.running.get_or_create(&ModelLabels::of(model)).inc_by(more);
    }

    pub(crate) fn model_first_token(&self, model: &str, after: Duration) {
        self.model.first_token.get_or_create(&ModelLabels::of(model)).observe(after.as_secs_f64());
    }

    /// The model broke off in the middle of an answer.
    pub(crate) fn model_interrupted(&self, model: &str) {
        self.model.interruptions.get_or_create(&ModelLabels::of(model)).inc();
    }

    /// What an attempt took was not said by its provider, or not all of it.
    pub(crate) fn model_estimated(&self, model: &str) {
        self.model.estimated.get_or_create(&ModelLabels::of(model)).inc();
    }

    /// What an attempt took.
    pub(crate) fn model_spent(&self, model: &str, tokens: Tokens, cost: Option<&Cost>) {
        let kinds = [
            ("input", tokens.input),
            ("output", tokens.output),
            ("cache_read", tokens.cache_read),
            ("cache_write", tokens.cache_write),
        ];
        for (kind, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
            let labels = TokenLabels { model: model.to_owned(), kind };
            self.model.tokens.get_or_create(&labels).inc_by(count.into());
        }
        if let Some(Cost { micros, currency }) = cost {
            let labels = CostLabels { model: model.to_owned(), currency: currency.clone() };
            self.model.cost.get_or_create(&labels).inc_by(*micros);
        }
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
