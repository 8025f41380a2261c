//! What the client is told about its limits.

use super::OwnedTake;
use crate::{Level, Outcome};

/// Longest time that is told to a client: a day. A bucket that never refills would otherwise say so in centuries.
const SECONDS_MAX: u64 = 86_400;

/// What the filter answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request or the turn goes on. If not, it is a 429.
    pub allowed: bool,
    /// Headers to answer with, refused or not.
    pub headers: Vec<(String, String)>,
    /// When to try again, if it was refused: at least 1.
    pub retry_after_s: Option<u32>,
}

/// The answer to what taking came to. Of several buckets the client is told about the tightest: one that refused, else
/// the one with the fewest tokens left.
#[must_use]
pub fn decide(takes: &[OwnedTake], outcome: &Outcome) -> Decision {
    let retry_after_s = (!outcome.granted).then(|| {
        let refused = outcome.levels.iter().filter(|level| !level.granted);
        seconds(refused.map(|level| level.retry_after_ms).max().unwrap_or(0)).max(1)
    });
    let mut headers = Vec::with_capacity(4);
    let mut header = |name: &str, value: u32| headers.push((name.to_owned(), value.to_string()));
    if let Some((take, level)) = takes.iter().zip(&outcome.levels).min_by_key(|(_, level)| tightness(level)) {
        header("X-RateLimit-Limit", take.bucket.capacity);
        header("X-RateLimit-Remaining", level.remaining);
        header("X-RateLimit-Reset", seconds(level.reset_ms));
    }
    if let Some(wait_s) = retry_after_s {
        header("Retry-After", wait_s);
    }
    Decision { allowed: outcome.granted, headers, retry_after_s }
}

/// Less is tighter: refused before granted, then few tokens before many, then a long wait before a short one.
fn tightness(level: &Level) -> (bool, u64, u64) {
    if level.granted {
        (true, level.remaining.into(), u64::MAX - level.reset_ms)
    } else {
        (false, u64::MAX - level.retry_after_ms, u64::MAX - level.reset_ms)
    }
}

/// Whole seconds, rounded up: who waits that long has waited long enough.
fn seconds(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(1_000).min(SECONDS_MAX)).unwrap_or(u32::MAX)
}
