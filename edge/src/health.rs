//! Whether the origin answers, as far as the last call to it says. It is told on the admin listener; nothing is decided by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

// Zero, the default: no call has been made yet.
/// The last call was answered.
const OK: u8 = 1;
/// The last call was not answered, or with an error of the origin's own.
const FAILING: u8 = 2;

/// How the last call to the origin went. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct OriginHealth(Arc<AtomicU8>);

impl OriginHealth {
    /// A call was answered with this status.
    pub fn answered(&self, status: http::StatusCode) {
        self.record(if status.is_server_error() { FAILING } else { OK });
    }

    /// A call was not answered, or not to its end.
    pub fn failed(&self) {
        self.record(FAILING);
    }

    /// Notes how a call went and hands it on.
    pub(crate) fn noting(
        &self,
        sent: reqwest::Result<reqwest::Response>,
    ) -> reqwest::Result<reqwest::Response> {
        match &sent {
            Ok(response) => self.answered(response.status()),
            Err(_) => self.failed(),
        }
        sent
    }

    /// Whether the last call failed.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.last() == FAILING
    }

    /// `ok`, `failing`, or `unknown` before the first call.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self.last() {
            OK => "ok",
            FAILING => "failing",
            _ => "unknown",
        }
    }

    fn last(&self) -> u8 {
        // It stands by itself: nothing else is read by it.
        self.0.load(Ordering::Relaxed)
    }

    fn record(&self, outcome: u8) {
        // Written when it changes: every call of every thread would else take the cache line for itself.
        if self.last() != outcome {
            self.0.store(outcome, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn the_last_call_says_how_the_origin_is() {
        let health = OriginHealth::default();
        assert_eq!((health.as_str(), health.is_failing()), ("unknown", false));
        health.answered(StatusCode::NOT_FOUND);
        assert_eq!((health.as_str(), health.is_failing()), ("ok", false));
        health.answered(StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!((health.as_str(), health.is_failing()), ("failing", true));
        health.answered(StatusCode::OK);
        health.failed();
        assert_eq!((health.as_str(), health.is_failing()), ("failing", true));
    }

    #[test]
    fn a_clone_is_the_same_one() {
        let health = OriginHealth::default();
        health.clone().failed();
        assert!(health.is_failing());
    }
}
