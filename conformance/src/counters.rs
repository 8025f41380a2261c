//! What a host counted that makes a test's verdict doubtful.

use std::ops::Sub;

use serde::Serialize;

/// What must not happen in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Matches that nobody sees, because a call may write a bounded number of log lines: those that the host dropped, and those
    /// that the filter left out.
    pub dropped_matches: u64,
    /// Calls that ended without a verdict: a trap, a missed deadline, an output over its bound, no instance.
    pub failed_calls: u64,
}

impl Counters {
    /// Reads them from an exposition of metrics.
    #[must_use]
    pub fn read(exposition: &str) -> Self {
        let mut counters = Self::default();
        for line in exposition.lines() {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let value = value.parse::<u64>().unwrap_or(0);
            if series.starts_with("filter_failures_total{") {
                counters.failed_calls += value;
            } else if series.starts_with("filter_events_total{") && series.contains("name=\"log_dropped\"") {
                counters.dropped_matches += value;
            }
        }
        counters
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

impl Sub for Counters {
    type Output = Self;

    /// What was counted since `earlier`.
    fn sub(self, earlier: Self) -> Self {
        Self {
            dropped_matches: self.dropped_matches.saturating_sub(earlier.dropped_matches),
            failed_calls: self.failed_calls.saturating_sub(earlier.failed_calls),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_and_dropped_lines_are_added_up() {
        let text = "# TYPE filter_failures counter\n\
            filter_failures_total{slot=\"waf\",outcome=\"trap\"} 2\n\
            filter_failures_total{slot=\"waf\",outcome=\"deadline\"} 1\n\
            filter_events_total{slot=\"waf\",name=\"log_dropped\"} 7\n\
            filter_events_total{slot=\"waf\",name=\"answered\"} 9\n# EOF\n";
        let counters = Counters::read(text);
        assert_eq!(counters, Counters { dropped_matches: 7, failed_calls: 3 });
        let earlier = Counters { dropped_matches: 7, failed_calls: 1 };
        assert_eq!(counters - earlier, Counters { dropped_matches: 0, failed_calls: 2 });
        assert!(!counters.is_zero());
        assert!(Counters::read("").is_zero());
    }
}
