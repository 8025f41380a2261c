//! What the chain knows of a slot's settings, and what it does when the slot's filter gives no verdict.

use serde::{Deserialize, Serialize};

use crate::grant::{Grant, Names};
use crate::wit::Refusal;

/// What happens when a filter traps, misses its deadline or overruns a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The request or turn is refused with 503.
    Closed,
    /// The filter is skipped. Never for a slot that may write `principal`.
    Open,
}

/// Why a call has no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFailure {
    /// The guest trapped: a panic, an allocation beyond its bound, an invalid result.
    Trap,
    /// The guest was still running at its deadline.
    Deadline,
    /// The verdict is larger than the slot allows.
    Overrun,
    /// No instance could be made: as many as the host allows are alive.
    Exhausted,
}

impl CallFailure {
    /// The name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Deadline => "deadline",
            Self::Overrun => "overrun",
            Self::Exhausted => "exhausted",
        }
    }
}

/// A slot's settings, as far as the chain goes by them.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// The slot's name.
    pub name: &'a str,
    /// What stands in for a verdict that the filter does not give.
    pub on_failure: OnFailure,
    /// Paths whose requests and responses the filter sees.
    pub paths: &'a Names,
    /// What the filter may read and write.
    pub grant: &'a Grant,
}

impl Policy<'_> {
    /// Whether requests to this target, path and query, are the slot's business.
    #[must_use]
    pub fn sees(&self, target: &str) -> bool {
        self.paths.is_every() || self.paths.contains(target.split_once('?').map_or(target, |(path, _)| path))
    }

    /// Nothing to skip the filter, or the refusal that stands in for its verdict.
    pub(crate) fn refusal_for(&self, failure: CallFailure) -> Option<Refusal> {
        match self.on_failure {
            OnFailure::Open => None,
            OnFailure::Closed => Some(Refusal {
                status: 503,
                code: "unavailable".into(),
                reason: "This cannot be checked right now. Try again in a moment.".into(),
                rule: Some(format!("{}:{}", self.name, failure.as_str())),
                retry_after: Some(1),
                headers: Vec::new(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slots_paths_are_compared_without_the_query() {
        let (paths, grant) = (Names::new(["/v1/chat/init"]), Grant::default());
        let policy = Policy { name: "first", on_failure: OnFailure::Closed, paths: &paths, grant: &grant };
        assert!(policy.sees("/v1/chat/init?fresh=1"));
        assert!(!policy.sees("/v1/chat/initial"));
    }
}
