//! A token bucket in exact integers.
//!
//! A level is counted in shares of a token, 60,000 to each: a bucket that refills by `r` tokens a minute then gains exactly
//! `r` shares a millisecond, and nothing is ever rounded away. The largest bucket holds 2^32 × 60,000 shares, which is under
//! 2^48; what could be larger saturates.

use serde::{Deserialize, Serialize};

/// Shares in one token: the milliseconds in a minute.
const SHARES: u64 = 60_000;
/// In place of a time that does not come: the bucket never refills, or the cost is over its capacity.
pub const NEVER_MS: u64 = u64::MAX;
/// How far a clock may seem to go back before it counts as set back. Threads that read the clock and then wait for a lock
/// are out of order by far less; a machine whose clock is corrected may be off by far more.
const DISORDER_MS_MAX: u64 = 60_000;

/// A bucket's size and speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// How many tokens it holds, and begins with.
    pub capacity: u32,
    /// How many tokens it gains a minute.
    pub refill_per_minute: u32,
}

/// How full a bucket was, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    shares: u64,
    at_ms: u64,
}

/// What taking from a bucket came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Whether the tokens were there.
    pub granted: bool,
    /// Whole tokens left.
    pub remaining: u32,
    /// Milliseconds until the bucket is full, or [`NEVER_MS`].
    pub reset_ms: u64,
    /// Milliseconds until the tokens will be there; 0 when they were, [`NEVER_MS`] when they never will.
    pub retry_after_ms: u64,
}

impl Bucket {
    /// A bucket of this size and speed.
    #[must_use]
    pub const fn new(capacity: u32, refill_per_minute: u32) -> Self {
        Self { capacity, refill_per_minute }
    }

    /// The state of a bucket that no one has taken from.
    #[must_use]
    pub const fn full(self, now_ms: u64) -> State {
        State { shares: self.shares(), at_ms: now_ms }
    }

    /// The state now: refilled since it was last touched. A bucket whose settings changed keeps what it had, up to its
    /// new size.
    #[must_use]
    pub fn refilled(self, state: State, now_ms: u64) -> State {
        let rate = u64::from(self.refill_per_minute);
        let gained = now_ms.saturating_sub(state.at_ms).saturating_mul(rate);
        // Keeping the later time makes sure that no millisecond is credited twice.
        let set_back = state.at_ms.saturating_sub(now_ms) > DISORDER_MS_MAX;
        State {
            shares: state.shares.saturating_add(gained).min(self.shares()),
            at_ms: if set_back { now_ms } else { now_ms.max(state.at_ms) },
        }
    }

    /// Takes tokens if they are there.
    pub fn take(self, state: &mut State, now_ms: u64, cost: u32) -> Level {
        *state = self.refilled(*state, now_ms);
        let level = self.level(*state, cost);
        if !level.granted {
            return level;
        }
        state.shares -= u64::from(cost) * SHARES;
        self.after(*state)
    }

    /// When the bucket will be full, in milliseconds on the clock of `state`, or [`NEVER_MS`].
    #[must_use]
    pub fn full_at_ms(self, state: State) -> u64 {
        state.at_ms.saturating_add(self.wait_ms(state, self.shares()))
    }

    /// What a take of `cost` would find, before it is made.
    pub(crate) fn level(self, state: State, cost: u32) -> Level {
        let wanted = u64::from(cost) * SHARES;
        let granted = state.shares >= wanted;
        let retry_after_ms = if wanted > self.shares() { NEVER_MS } else { self.wait_ms(state, wanted) };
        Level { granted, retry_after_ms, ..self.after(state) }
    }

    /// What is left.
    pub(crate) fn after(self, state: State) -> Level {
        Level {
            granted: true,
            remaining: u32::try_from(state.shares / SHARES).unwrap_or(u32::MAX),
            reset_ms: self.wait_ms(state, self.shares()),
            retry_after_ms: 0,
        }
    }

    fn wait_ms(self, state: State, wanted: u64) -> u64 {
        match (wanted.saturating_sub(state.shares), u64::from(self.refill_per_minute)) {
            (0, _) => 0,
            (_, 0) => NEVER_MS,
            (missing, rate) => missing.div_ceil(rate),
        }
    }

    const fn shares(self) -> u64 {
        // `u64::from` is not const.
        self.capacity as u64 * SHARES
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GUEST: Bucket = Bucket::new(10, 10);

    #[test]
    fn a_new_bucket_grants_its_capacity_and_then_refuses() {
        let mut state = GUEST.full(0);
        for left in (0..10).rev() {
            let level = GUEST.take(&mut state, 0, 1);
            assert_eq!((level.granted, level.remaining, level.retry_after_ms), (true, left, 0));
        }
        let level = GUEST.take(&mut state, 0, 1);
        assert_eq!(level, Level { granted: false, remaining: 0, reset_ms: 60_000, retry_after_ms: 6_000 });
    }

    #[test]
    fn a_token_comes_back_when_retry_after_has_passed_and_not_before() {
        let mut state = GUEST.full(0);
        GUEST.take(&mut state, 0, 10);
        let wait_ms = GUEST.take(&mut state, 0, 1).retry_after_ms;
        assert!(!GUEST.take(&mut state, wait_ms - 1, 1).granted);
        assert!(GUEST.take(&mut state, wait_ms, 1).granted);
    }

    #[test]
    fn a_refill_that_no_millisecond_divides_loses_nothing() {
        // Seven a minute is one in 8571.43 ms; asked every millisecond for an hour it still is 420.
        let bucket = Bucket::new(1, 7);
        let mut state = bucket.full(0);
        bucket.take(&mut state, 0, 1);
        let granted = (1..=3_600_000).filter(|now_ms| bucket.take(&mut state, *now_ms, 1).granted).count();
        // Each token comes up to a millisecond late and then waits in a bucket that holds one, so a few shares overflow.
        assert!((419..=420).contains(&granted), "{granted}");
    }

    #[test]
    fn a_cost_over_the_capacity_is_never_granted() {
        let level = GUEST.take(&mut GUEST.full(0), 0, 11);
        assert!(!level.granted);
        assert_eq!(level.retry_after_ms, NEVER_MS);
    }

    #[test]
    fn a_bucket_that_does_not_refill_says_never() {
        let bucket = Bucket::new(1, 0);
        let mut state = bucket.full(0);
        assert_eq!(bucket.take(&mut state, 0, 1).reset_ms, NEVER_MS);
        assert_eq!(bucket.take(&mut state, u64::MAX, 1).retry_after_ms, NEVER_MS);
        assert_eq!(bucket.full_at_ms(state), NEVER_MS);
    }

    #[test]
    fn a_cost_of_nothing_only_looks() {
        let mut state = GUEST.full(0);
        GUEST.take(&mut state, 0, 10);
        assert_eq!(GUEST.take(&mut state, 0, 0).remaining, 0);
        assert!(GUEST.take(&mut state, 0, 0).granted);
    }

    #[test]
    fn a_clock_that_stumbles_credits_no_time_twice() {
        let mut state = GUEST.full(0);
        GUEST.take(&mut state, 0, 10);
        for _ in 0..1_000 {
            assert!(!GUEST.take(&mut state, 5_000, 1).granted);
            assert!(!GUEST.take(&mut state, 0, 1).granted);
        }
    }

    #[test]
    fn a_clock_that_was_a_year_ahead_does_not_freeze_the_bucket() {
        const YEAR_MS: u64 = 365 * 24 * 3_600_000;
        let mut state = GUEST.full(YEAR_MS);
        GUEST.take(&mut state, YEAR_MS, 10);
        assert!(!GUEST.take(&mut state, 0, 1).granted);
        assert!(GUEST.take(&mut state, 6_000, 1).granted);
    }

    #[test]
    fn a_bucket_made_smaller_holds_no_more_than_its_new_size() {
        let mut state = Bucket::new(100, 10).full(0);
        assert_eq!(GUEST.take(&mut state, 0, 1).remaining, 9);
    }

    proptest! {
        /// The promise of a token bucket: over any stretch of time, at most the capacity and what was refilled.
        #[test]
        fn no_more_is_granted_than_capacity_and_refill(
            capacity in 0u32..50, refill in 0u32..600, steps in prop::collection::vec((0u64..5_000, 0u32..5), 1..200),
        ) {
            let bucket = Bucket::new(capacity, refill);
            let (mut state, mut now_ms, mut granted) = (bucket.full(0), 0, 0u64);
            for (pause_ms, cost) in steps {
                now_ms += pause_ms;
                if bucket.take(&mut state, now_ms, cost).granted {
                    granted += u64::from(cost);
                }
                prop_assert!(granted * SHARES <= u64::from(capacity) * SHARES + now_ms * u64::from(refill));
            }
        }

        #[test]
        fn what_is_said_about_waiting_is_true(
            capacity in 1u32..1_000, refill in 1u32..100_000, taken in 0u32..1_000, cost in 1u32..1_000,
        ) {
            let bucket = Bucket::new(capacity, refill);
            let mut state = bucket.full(7);
            bucket.take(&mut state, 7, taken.min(capacity));
            let level = bucket.take(&mut state, 7, cost);
            if !level.granted && level.retry_after_ms != NEVER_MS {
                prop_assert!(!bucket.take(&mut state.clone(), 7 + level.retry_after_ms - 1, cost).granted);
                prop_assert!(bucket.take(&mut state.clone(), 7 + level.retry_after_ms, cost).granted);
            }
            prop_assert_eq!(bucket.refilled(state, 7 + level.reset_ms).shares, bucket.shares());
        }

        #[test]
        fn no_numbers_overflow(capacity: u32, refill: u32, times: Vec<u64>, cost: u32) {
            let bucket = Bucket::new(capacity, refill);
            let mut state = bucket.full(times.first().copied().unwrap_or(u64::MAX));
            for now_ms in times {
                let level = bucket.take(&mut state, now_ms, cost);
                prop_assert!(level.remaining <= capacity);
                let _ = bucket.full_at_ms(state);
            }
        }
    }
}
