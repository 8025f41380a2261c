//! The router: asks the models in their order until one answers, the embedded answerer last.
//!
//! A model that cannot be asked, or fails before the shopper has read anything of it, is followed by the next. One that fails
//! in the middle of its text is followed by the embedded answerer: another model would begin anew, in other words, and say
//! twice what was said. One whose answer the checks ended before any of it was said is followed by the next as well: whoever
//! reads the answer asks again, [`after`](Ask::after) that model. Whatever happens, the embedded answerer has its share of the
//! turn's time left.
//!
//! The parts: `policy` (how a model is treated, and the routes), `backend` (places and breaker of a model), `attempt` (one
//! request to one model) with its `timer`, `spend` (what it took), `failure` (why it did not answer), `verdict` (why it was
//! dropped).

mod attempt;
mod backend;
mod breaker;
mod failure;
mod policy;
mod spend;
#[cfg(test)]
mod tests;
mod timer;
mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use chat::{Citation, Source};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, sleep};

use self::attempt::{Attempt, Closed};
use self::backend::Backend;
use self::failure::{Failure, Reason};
use self::spend::Books;
use super::cost::Ledger;
use super::{Extractive, Model, ModelEvent, ModelRequest, StopReason, ToolCall};
use crate::metrics::Metrics;

pub use self::policy::{BACKOFF_MAX, Policy, ROUTE_MODELS_MAX, Routable, RouteError, Routes};
pub(crate) use self::spend::{Spent, Unheard};
pub(crate) use self::verdict::Verdict;

/// What routes call the embedded answerer. No model may have its name.
pub const EXTRACTIVE: &str = "extractive";

/// The embedded answerer's share of a turn's time. It takes milliseconds; what it says has to be checked and sent.
const EXTRACTIVE_SHARE: Duration = Duration::from_secs(1);
/// When a turn has less time than a few seconds, the embedded answerer's share is this part of it.
const EXTRACTIVE_PART: u32 = 4;

/// Anything from nothing to what is given.
type Random = Arc<dyn Fn(Duration) -> Duration + Send + Sync>;

/// The models for one kind of question, in the order in which they are asked.
type Route = Arc<[Arc<Backend>]>;

/// How much of a turn's time the models have together.
pub(crate) fn models_time(turn: Duration) -> Duration {
    turn.saturating_sub(EXTRACTIVE_SHARE.min(turn / EXTRACTIVE_PART))
}

/// Asks the models in their order.
pub(crate) struct Router {
    order: Route,
    by_intent: BTreeMap<String, Route>,
    ledger: Arc<Ledger>,
    metrics: Arc<Metrics>,
    random: Random,
}

/// What is asked, and for whom.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) request: Arc<ModelRequest>,
    /// What the turn wants.
    pub(crate) intent: &'static str,
    /// Whose budget it counts against.
    pub(crate) owner: String,
    /// Whether earlier rounds of this answer have said something.
    pub(crate) said: bool,
    /// This model, and those before it in the route, are not asked: what it wrote could not be said.
    pub(crate) after: Option<String>,
    /// When the turn has to be answered.
    pub(crate) deadline: Instant,
    /// What an answer took whose stream is dropped before its end.
    pub(crate) unheard: Unheard,
    /// Why its stream is dropped before its end.
    pub(crate) verdict: Verdict,
}

/// A part of an answer, and who writes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Routed {
    /// Someone begins to write: their first text follows, or a tool call.
    Begins {
        /// The model's name in the configuration.
        name: String,
        source: Source,
    },
    Text(String),
    /// Passed on when the model has ended its answer, right before [`Routed::Stop`].
    ToolCall(ToolCall),
    Citation(Citation),
    /// What one attempt took: once for each that a provider took on. One that is dropped is in [`Ask::unheard`] instead.
    Spent(Spent),
    /// Whoever was writing failed after some of the text was passed on; the embedded answerer begins anew.
    Interrupted {
        /// The provider's filter stepped in: what has not been said of the text may not be said.
        filtered: bool,
    },
    /// The end.
    Stop(StopReason),
}

/// The way of one question through the models.
struct Way {
    ask: Ask,
    route: Route,
    /// When the models' time is over, and the embedded answerer's begins.
    models_end: Instant,
    books: Books,
    random: Random,
}

/// What comes after an attempt.
enum Next {
    Again(Duration),
    /// The next model in the route.
    Model,
    Extractive,
}

impl Router {
    /// A router between these models.
    ///
    /// # Errors
    /// [`RouteError`], see [`Routes::check`]; also for two models with one name, and for one called [`EXTRACTIVE`].
    pub(crate) fn new(
        models: Vec<Routable>,
        routes: Routes,
        ledger: Arc<Ledger>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, RouteError> {
        let mut backends = BTreeMap::new();
        for routable in models {
            let name = routable.model.name().to_owned();
            let backend = Backend::new(routable, Arc::clone(&metrics));
            if name == EXTRACTIVE || backends.insert(name.clone(), backend).is_some() {
                let reason = format!("a second model is called `{name}`");
                return Err(RouteError { key: "order".to_owned(), reason });
            }
        }
        let names: Vec<&String> = backends.keys().collect();
        routes.check(&names)?;
        let route = |names: Vec<String>| -> Route {
            names.iter().filter_map(|name| backends.get(name)).map(Arc::clone).collect()
        };
        let order = route(routes.order);
        let by_intent = routes.by_intent.into_iter().map(|(intent, names)| (intent, route(names))).collect();
        let random: Random = Arc::new(|most| most.mul_f64(fastrand::f64()));
        Ok(Self { order, by_intent, ledger, metrics, random })
    }

    /// What the answer is called before anyone has begun to write it.
    pub(crate) fn source(&self, intent: &str) -> Source {
        self.route(intent).first().map_or(Source::Extractive, |backend| backend.model.source())
    }

    /// Tells that the answer of a model was dropped by its reader, and who comes after it: the next model where nobody has
    /// read anything of it, and else the embedded answerer.
    pub(crate) fn pass_over(&self, ask: &Ask, model: &str, reason: &'static str, unread: bool) {
        let route = self.route(ask.intent);
        let following = route.get(after(route, model)).filter(|_| unread);
        let next = following.map_or(EXTRACTIVE, |backend| backend.name());
        tracing::warn!(model, reason, next, "the model's answer was dropped");
        self.metrics.model_fallback(model, next, reason);
        if !unread {
            self.metrics.model_interrupted(model);
        }
    }

    /// Asks until someone answers. The embedded answerer always does, so the stream always ends with [`Routed::Stop`].
    /// Dropping the stream stops the model at once.
    pub(crate) fn ask(&self, ask: Ask) -> BoxStream<'static, Routed> {
        let way = self.way(ask);
        stream! {
            let mut said = way.ask.said;
            let mut filtered = false;
            let mut at = way.ask.after.as_deref().map_or(0, |model| after(&way.route, model));
            let mut attempts = 0;
            while let Some(backend) = way.route.get(at) {
                let closed = match way.attempt(backend) {
                    Ok(mut attempt) => {
                        while let Some(part) = attempt.next().await {
                            yield part;
                        }
                        attempt.close()
                    }
                    Err(failure) => Closed { spent: None, ending: Err(failure), begun: false },
                };
                if let Some(spent) = closed.spent {
                    yield Routed::Spent(spent);
                }
                let failure = match closed.ending {
                    Ok(reason) => {
                        yield Routed::Stop(reason);
                        return;
                    }
                    Err(failure) => failure,
                };
                attempts += 1;
                said |= closed.begun;
                filtered = failure.reason == Reason::Filtered;
                match way.next(at, attempts, &failure, closed.begun) {
                    Next::Again(wait) => sleep(wait).await,
                    Next::Model => (at, attempts) = (at + 1, 0),
                    Next::Extractive => break,
                }
            }
            if said {
                yield Routed::Interrupted { filtered };
            }
            yield Routed::Begins { name: EXTRACTIVE.to_owned(), source: Extractive.source() };
            let mut answer = Extractive.generate(Arc::clone(&way.ask.request));
            while let Some(Ok(event)) = answer.next().await {
                match event {
                    ModelEvent::Text(text) => yield Routed::Text(text),
                    ModelEvent::Citation(citation) => yield Routed::Citation(citation),
                    // It calls nothing, does not think and takes no tokens.
                    ModelEvent::ToolCall(_) | ModelEvent::Thinking(_) | ModelEvent::Usage(_) => {}
                    ModelEvent::Stop(_) => break,
                }
            }
            yield Routed::Stop(StopReason::End);
        }
        .boxed()
    }

    fn route(&self, intent: &str) -> &Route {
        self.by_intent.get(intent).unwrap_or(&self.order)
    }

    fn way(&self, ask: Ask) -> Way {
        let route = Arc::clone(self.route(ask.intent));
        let left = ask.deadline.saturating_duration_since(Instant::now());
        let books = Books {
            ledger: Arc::clone(&self.ledger),
            metrics: Arc::clone(&self.metrics),
            owner: ask.owner.clone(),
            unheard: ask.unheard.clone(),
            verdict: ask.verdict.clone(),
        };
        let share = left.saturating_sub(models_time(left));
        let models_end = ask.deadline.checked_sub(share).unwrap_or(ask.deadline);
        Way { route, models_end, books, random: Arc::clone(&self.random), ask }
    }
}

/// Where the route goes on after a model; its end when the model is not in it.
fn after(route: &Route, model: &str) -> usize {
    route.iter().position(|backend| backend.name() == model).map_or(route.len(), |at| at + 1)
}

impl Way {
    fn attempt(&self, backend: &Arc<Backend>) -> Result<Attempt, Failure> {
        // What is no budget for one model may be one for the next, which costs nothing.
        let (owner, id) = (&self.books.owner, backend.model.model_id());
        if !self.books.ledger.allows_up_to(backend.policy.budget_percent, owner, id) {
            return Err(Failure::new(Reason::Budget, "no budget is left today"));
        }
        Attempt::begin(backend, &self.ask.request, self.books.clone(), self.models_end)
    }

    /// Decides what comes after a failure, and tells it. `begun`: some of the text was passed on.
    fn next(&self, at: usize, attempts: u32, failure: &Failure, begun: bool) -> Next {
        let (backend, following) = (&self.route[at], self.route.get(at + 1));
        let wait = backend.policy.retry_after(attempts, failure, |most| (self.random)(most));
        let next = match wait {
            // What was written may not be said: no model is asked to write it again.
            _ if begun || failure.reason == Reason::Filtered => Next::Extractive,
            Some(wait) if Instant::now() + wait < self.models_end => Next::Again(wait),
            _ if following.is_some() => Next::Model,
            _ => Next::Extractive,
        };
        let (model, reason) = (backend.name(), failure.reason.as_str());
        let to = match next {
            Next::Again(_) => model,
            Next::Model => following.map_or(EXTRACTIVE, |backend| backend.name()),
            Next::Extractive => EXTRACTIVE,
        };
        let Failure { detail, .. } = failure;
        // It is told once when a budget is used up, and not for each answer of the day.
        if failure.reason == Reason::Budget {
            tracing::debug!(model, reason, next = to, "the model was not asked");
        } else {
            tracing::warn!(model, reason, detail, attempts, next = to, "the model did not answer");
        }
        let metrics = &self.books.metrics;
        if !matches!(next, Next::Again(_)) {
            metrics.model_fallback(model, to, reason);
        }
        if matches!(next, Next::Extractive) && (begun || self.ask.said) {
            metrics.model_interrupted(model);
        }
        next
    }
}
