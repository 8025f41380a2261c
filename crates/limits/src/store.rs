//! The seam to whoever keeps the buckets, and the rule that every keeper follows: all or none.

use serde::{Deserialize, Serialize};

use crate::{Bucket, Level, State};

/// One bucket to take from. A key that has not been seen, or was forgotten, is a full bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take<'a> {
    /// The bucket's name.
    pub key: &'a str,
    /// Its size and speed.
    pub bucket: Bucket,
    /// How many tokens to take.
    pub cost: u32,
}

/// What taking from several buckets came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether every bucket had the tokens. If not, none was touched.
    pub granted: bool,
    /// Each bucket, in the order of the takes. When the whole was refused, what is there now.
    pub levels: Vec<Level>,
}

/// Whoever keeps the buckets.
pub trait BucketStore {
    /// Takes from all of these buckets, or from none. Answers at once, from what it knows here. The same key may come more
    /// than once: its costs add up.
    fn take_all(&self, now_ms: u64, takes: &[Take<'_>]) -> Outcome;
}

/// Takes from all of these buckets, or from none: the arithmetic of [`BucketStore::take_all`], for a keeper that has found the
/// states. Every bucket is refilled either way. `slots` says which state each take is of, so that two takes may share one.
pub fn take_all(now_ms: u64, takes: &[Take<'_>], slots: &[usize], states: &mut [State]) -> Outcome {
    for (take, slot) in takes.iter().zip(slots) {
        states[*slot] = take.bucket.refilled(states[*slot], now_ms);
    }
    let mut wanted = vec![0u32; states.len()];
    let mut levels = Vec::with_capacity(takes.len());
    for (take, slot) in takes.iter().zip(slots) {
        // Counting what earlier takes want of the same bucket: together they get it or not.
        wanted[*slot] = wanted[*slot].saturating_add(take.cost);
        levels.push(take.bucket.level(states[*slot], wanted[*slot]));
    }
    let granted = levels.iter().all(|level| level.granted);
    if granted {
        for (take, slot) in takes.iter().zip(slots) {
            take.bucket.take(&mut states[*slot], now_ms, take.cost);
        }
        levels = takes.iter().zip(slots).map(|(take, slot)| take.bucket.after(states[*slot])).collect();
    }
    Outcome { granted, levels }
}
