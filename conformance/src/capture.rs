//! What a filter logs in a call, kept instead of written: the host tells it as events with the target `filter`.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// The target of what filters log.
pub const TARGET: &str = "filter";

/// One line of a filter's log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The request that it was logged for.
    pub request_id: String,
    /// What happened, for example `rule-matched`.
    pub event: String,
    /// More about it; an object.
    pub fields: Value,
}

/// Keeps the log lines of the calls that run within [`Capture::during`].
pub struct Capture {
    dispatch: Dispatch,
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Capture {
    /// Nothing is kept yet.
    #[must_use]
    pub fn new() -> Self {
        let lines = Arc::<Mutex<Vec<Line>>>::default();
        let keeping = Keeping(Arc::clone(&lines));
        Self { dispatch: Dispatch::new(tracing_subscriber::registry().with(keeping)), lines }
    }

    /// Does the work, on this thread, and hands out what filters logged meanwhile for this request. How many lines that can be,
    /// the host bounds call by call.
    pub fn during<T>(&self, request_id: &str, work: impl FnOnce() -> T) -> (T, Vec<Line>) {
        self.lock().clear();
        let done = tracing::dispatcher::with_default(&self.dispatch, || {
            // Who logged before anybody listened has been noted as one that nobody listens to.
            tracing::callsite::rebuild_interest_cache();
            work()
        });
        let mut lines = std::mem::take(&mut *self.lock());
        lines.retain(|line| line.request_id == request_id);
        (done, lines)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

struct Keeping(Arc<Mutex<Vec<Line>>>);

impl<S: Subscriber> Layer<S> for Keeping {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target() == TARGET
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

impl Line {
    fn set(&mut self, name: &str, value: String) {
        match name {
            "request_id" => self.request_id = value,
            "event" => self.event = value,
            // The host writes an object; whoever reads the fields finds out when it is none.
            "fields" => self.fields = serde_json::from_str(&value).unwrap_or(Value::String(value)),
            _ => {}
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field.name(), format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// As `host/src/state.rs` logs for a filter.
    fn log(request_id: &str, event: &str, fields: &Value) {
        let (slot, version, event) = ("waf", "1", event.to_owned());
        tracing::warn!(target: "filter", slot, version, request_id, event, %fields);
    }

    #[test]
    fn what_a_filter_logs_is_kept_by_its_request() {
        let capture = Capture::new();
        let fields = json!({ "rule": "942100", "message": "a \"quoted\" one" });
        let (done, lines) = capture.during("r-1", || {
            log("r-1", "rule-matched", &fields);
            log("r-2", "rule-matched", &json!({}));
            tracing::warn!(request_id = "r-1", event = "another", "of another target");
            7
        });
        assert_eq!(done, 7);
        let expected = Line { request_id: "r-1".into(), event: "rule-matched".into(), fields };
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn nothing_is_kept_from_one_request_to_the_next() {
        let capture = Capture::new();
        log("r-1", "before", &json!({}));
        let ((), first) = capture.during("r-1", || log("r-1", "first", &json!({})));
        log("r-1", "between", &json!({}));
        let ((), second) = capture.during("r-1", || log("r-1", "second", &json!({})));
        let events = |lines: &[Line]| lines.iter().map(|line| line.event.clone()).collect::<Vec<_>>();
        assert_eq!((events(&first), events(&second)), (vec!["first".into()], vec!["second".into()]));
    }
}
