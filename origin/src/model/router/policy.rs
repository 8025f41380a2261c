//! How long a model may take, how often it is asked, and in which order the models are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use super::EXTRACTIVE;
use super::failure::Failure;
use crate::model::Model;
use crate::model::cost::WHOLE;
use crate::understand::Intent;

/// The first wait before a model is asked again is at most this long; each further one at most twice as long.
const BACKOFF_BASE: Duration = Duration::from_millis(100);
/// Longest wait before a model is asked again. A provider that asks for a longer one is not waited for: the next model is
/// asked.
pub const BACKOFF_MAX: Duration = Duration::from_secs(2);
/// Most models in one route. Each that fails takes a part of the turn's time.
pub const ROUTE_MODELS_MAX: usize = 8;

/// How one model is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// From the request to the first text, tool call or hidden thought.
    pub first_token: Duration,
    /// From one event to the next after the first, thoughts among them. Time in which the shopper does not read does not count.
    pub between_tokens: Duration,
    /// All the time that is spent waiting for the model in one answer.
    pub total: Duration,
    /// Answers that the model may be writing at once; one more is the next model's.
    pub running_max: usize,
    /// How often the model is asked for one answer, the first time included, when it is throttled or unavailable.
    pub attempts_max: u32,
    /// The model is asked while less than this part of a day's budgets is spent, 1 to 100: a dear model leaves the rest to a
    /// cheap one.
    pub budget_percent: u32,
}

impl Default for Policy {
    /// Below the minute that a turn has. Half of the turns that the service runs at once, so that one model that hangs does
    /// not hold them all.
    fn default() -> Self {
        Self {
            first_token: Duration::from_secs(10),
            between_tokens: Duration::from_secs(10),
            total: Duration::from_secs(50),
            running_max: 256,
            attempts_max: 3,
            budget_percent: WHOLE,
        }
    }
}

impl Policy {
    /// How long to wait before the model is asked again; none when it is not to be. What the provider asks for, and full jitter
    /// on top of it: anything from nothing to a bound that doubles, so that those who were refused together do not come again
    /// together.
    pub(super) fn retry_after(
        &self,
        attempts: u32,
        failure: &Failure,
        random: impl Fn(Duration) -> Duration,
    ) -> Option<Duration> {
        if !failure.is_retryable || attempts >= self.attempts_max {
            return None;
        }
        let asked_for = failure.retry_after.unwrap_or_default();
        let doubled = 1u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        let bound = BACKOFF_BASE.saturating_mul(doubled).min(BACKOFF_MAX);
        (asked_for <= BACKOFF_MAX).then(|| asked_for + random(bound))
    }
}

/// A model and how it is treated.
#[derive(Clone)]
pub struct Routable {
    /// The model. Its name is what routes call it.
    pub model: Arc<dyn Model>,
    /// How it is treated.
    pub policy: Policy,
}

/// Which models are asked, in which order. The embedded answerer is always there, and always the last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Routes {
    /// The models for every intent that has no route of its own.
    pub order: Vec<String>,
    /// The models for an intent. An empty list leaves it to the embedded answerer: a greeting or an order's state needs no
    /// model.
    pub by_intent: BTreeMap<String, Vec<String>>,
}

/// A route that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key}: {reason}")]
pub struct RouteError {
    /// The setting, by its path within the routes: `order`, or `by_intent.` and an intent.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Routes {
    /// All of these models in this order, whatever is asked.
    pub fn in_order<'a>(models: impl IntoIterator<Item = &'a Routable>) -> Self {
        let order = models.into_iter().map(|routable| routable.model.name().to_owned()).collect();
        Self { order, by_intent: BTreeMap::new() }
    }

    /// Whether any route names this model.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let names = |route: &Vec<String>| route.iter().any(|known| known == name);
        names(&self.order) || self.by_intent.values().any(names)
    }

    /// Checks the routes against the names of the models that there are.
    ///
    /// # Errors
    /// [`RouteError`]: an intent or a model that there is not, a model named twice, one after `extractive`, or more than
    /// [`ROUTE_MODELS_MAX`].
    pub fn check(&self, names: &[impl AsRef<str>]) -> Result<(), RouteError> {
        let names: BTreeSet<&str> = names.iter().map(AsRef::as_ref).collect();
        check_route("order".to_owned(), &self.order, &names)?;
        for (intent, route) in &self.by_intent {
            let key = format!("by_intent.{intent}");
            if !Intent::ALL.iter().any(|known| known.as_str() == intent) {
                let known: Vec<_> = Intent::ALL.iter().map(|intent| intent.as_str()).collect();
                let reason = format!("there is no such intent; there are {}", known.join(", "));
                return Err(RouteError { key, reason });
            }
            check_route(key, route, &names)?;
        }
        Ok(())
    }
}

fn check_route(key: String, route: &[String], names: &BTreeSet<&str>) -> Result<(), RouteError> {
    let mut seen = BTreeSet::new();
    for name in route {
        let reason = if seen.contains(EXTRACTIVE) {
            format!("`{name}` comes after `{EXTRACTIVE}`, which always answers: nothing after it is asked")
        } else if !seen.insert(name.as_str()) {
            format!("`{name}` is named twice")
        } else if name != EXTRACTIVE && !names.contains(name.as_str()) {
            format!("there is no model called `{name}`")
        } else {
            continue;
        };
        return Err(RouteError { key, reason });
    }
    if route.len() > ROUTE_MODELS_MAX {
        let reason = format!("{} models; at most {ROUTE_MODELS_MAX} are asked", route.len());
        return Err(RouteError { key, reason });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::failure::Reason;
    use super::*;
    use crate::model::{ModelError, ModelErrorKind};

    fn refused(kind: ModelErrorKind, retry_after: Option<Duration>) -> Failure {
        ModelError { retry_after, ..ModelError::new(kind, "the test says so") }.into()
    }

    fn longest(bound: Duration) -> Duration {
        bound
    }

    #[test]
    fn the_wait_before_asking_again_doubles_up_to_its_bound() {
        let policy = Policy { attempts_max: 8, ..Policy::default() };
        let failure = refused(ModelErrorKind::Throttled, None);
        let waits = (1..8).map(|attempts| policy.retry_after(attempts, &failure, longest).unwrap());
        let ms: Vec<_> = waits.map(|wait| wait.as_millis()).collect();
        assert_eq!(ms, [100, 200, 400, 800, 1_600, 2_000, 2_000]);
        assert_eq!(policy.retry_after(8, &failure, longest), None);
        assert_eq!(policy.retry_after(1, &failure, |_| Duration::ZERO), Some(Duration::ZERO));
    }

    #[test]
    fn a_model_is_asked_again_for_the_errors_that_say_so_and_for_nothing_else() {
        use ModelErrorKind::{Broken, Denied, Invalid, Throttled, Timeout, Unavailable};
        let again = |failure: &Failure| Policy::default().retry_after(1, failure, longest).is_some();
        for kind in [Throttled, Unavailable, Timeout, Invalid, Denied, Broken] {
            let error = ModelError::new(kind, "the test says so");
            let (retryable, passes) = (error.is_retryable(), matches!(kind, Throttled | Unavailable));
            assert_eq!((retryable, again(&error.into())), (passes, passes), "{kind}");
        }
        for reason in
            [Reason::FirstToken, Reason::BetweenTokens, Reason::Total, Reason::Empty, Reason::Filtered]
        {
            assert!(!again(&Failure::new(reason, "")), "{reason:?}");
        }
    }

    #[test]
    fn a_provider_is_waited_for_as_long_as_it_asks_within_the_bound() {
        let wait = |asked, random: fn(Duration) -> Duration| {
            let failure = refused(ModelErrorKind::Throttled, Some(Duration::from_millis(asked)));
            Policy::default().retry_after(1, &failure, random).map(|wait| wait.as_millis())
        };
        let shortest: fn(Duration) -> Duration = |_| Duration::ZERO;
        assert_eq!(wait(1_500, shortest), Some(1_500));
        assert_eq!(wait(20, shortest), Some(20));
        assert_eq!(wait(2_000, longest), Some(2_100));
        assert_eq!(wait(2_001, shortest), None);
    }

    #[test]
    fn those_who_are_told_the_same_time_do_not_come_again_together() {
        let failure = refused(ModelErrorKind::Throttled, Some(Duration::from_secs(1)));
        let part = |percent: u32| move |bound: Duration| bound * percent / 100;
        let waits = [0, 25, 50, 75]
            .map(|percent| Policy::default().retry_after(2, &failure, part(percent)).unwrap().as_millis());
        assert_eq!(waits, [1_000, 1_050, 1_100, 1_150]);
    }

    #[test]
    fn a_route_names_what_there_is_once_and_nothing_after_the_last() {
        let check = |order: &[&str], intent: &str, route: &[&str]| {
            let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let by_intent = BTreeMap::from([(intent.to_owned(), own(route))]);
            Routes { order: own(order), by_intent }.check(&["a", "b"]).map_err(|error| error.key)
        };
        assert_eq!(check(&["a", "b", "extractive"], "greeting", &[]), Ok(()));
        assert_eq!(check(&["a", "c"], "greeting", &[]), Err("order".into()));
        assert_eq!(check(&["a"], "greeting", &["b", "b"]), Err("by_intent.greeting".into()));
        assert_eq!(check(&["a"], "policy", &["extractive", "b"]), Err("by_intent.policy".into()));
        assert_eq!(check(&["a"], "shopping", &["b"]), Err("by_intent.shopping".into()));
    }
}
