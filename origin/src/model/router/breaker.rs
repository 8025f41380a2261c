//! A breaker: a model that keeps failing is left alone for a while, and then tried with a few answers.
//!
//! Closed, it counts outcomes in a rolling window. When enough of them are failures it opens: nobody asks the model. After a
//! while it is half open: a few probes may ask it. When all of them succeed it closes; when one fails it opens again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So many of a hundred outcomes have to be failures.
const FAILURES_PERCENT: u32 = 50;
/// Fewer outcomes than this in the window decide nothing: of two answers one fails soon.
const OUTCOMES_MIN: u32 = 10;
/// What is older than this no longer counts.
const WINDOW: Duration = Duration::from_secs(30);
/// The window rolls on by slices of this length, so that it takes the room of ten numbers and not of every outcome.
const SLICE: Duration = Duration::from_secs(3);
const SLICES: usize = 10;
/// How long the model is left alone.
const OPEN: Duration = Duration::from_secs(30);
/// Probes at once, and successes that close the breaker.
const PROBES: u32 = 3;

/// The breaker of one model.
#[derive(Debug)]
pub(super) struct Breaker {
    state: Mutex<State>,
}

/// What a breaker is at, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    Closed,
    HalfOpen,
    Open,
}

impl Position {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half open",
            Self::Open => "open",
        }
    }

    /// Its value in the gauge.
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Closed => 0,
            Self::HalfOpen => 1,
            Self::Open => 2,
        }
    }
}

#[derive(Debug)]
struct State {
    /// Counts the changes of position: an outcome of an attempt that began before the last one is not heard.
    era: u64,
    position: Inner,
}

#[derive(Debug)]
enum Inner {
    Closed(Window),
    Open { until: Instant },
    HalfOpen { running: u32, succeeded: u32 },
}

/// Leave to ask the model. Dropped without an outcome it says nothing about the model, and a probe's place is free again.
#[derive(Debug)]
pub(super) struct Pass {
    breaker: Arc<Breaker>,
    era: u64,
    told: bool,
}

impl Breaker {
    pub(super) fn new() -> Arc<Self> {
        let position = Inner::Closed(Window::new(Instant::now()));
        Arc::new(Self { state: Mutex::new(State { era: 0, position }) })
    }

    /// Leave to ask the model now; none while it is left alone, or while the probes under way are enough.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Pass> {
        let mut state = self.state();
        if let Inner::Open { until } = state.position {
            if Instant::now() < until {
                return None;
            }
            state.change(Inner::HalfOpen { running: 0, succeeded: 0 });
        }
        if let Inner::HalfOpen { running, succeeded } = &mut state.position {
            if *running + *succeeded >= PROBES {
                return None;
            }
            *running += 1;
        }
        Some(Pass { breaker: Arc::clone(self), era: state.era, told: false })
    }

    pub(super) fn position(&self) -> Position {
        match self.state().position {
            Inner::Closed(_) => Position::Closed,
            Inner::HalfOpen { .. } => Position::HalfOpen,
            Inner::Open { .. } => Position::Open,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole at every step: a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// The model answered.
    pub(super) fn succeeded(self) {
        self.tell(true);
    }

    /// The model failed.
    pub(super) fn failed(self) {
        self.tell(false);
    }

    fn tell(mut self, good: bool) {
        self.told = true;
        let now = Instant::now();
        let mut state = self.breaker.state();
        if state.era == self.era {
            state.outcome(good, now);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.told {
            return;
        }
        let mut state = self.breaker.state();
        if state.era == self.era
            && let Inner::HalfOpen { running, .. } = &mut state.position
        {
            *running = running.saturating_sub(1);
        }
    }
}

impl State {
    fn change(&mut self, position: Inner) {
        self.era += 1;
        self.position = position;
    }

    fn outcome(&mut self, good: bool, now: Instant) {
        match &mut self.position {
            Inner::Closed(window) => {
                window.count(good, now);
                if window.is_bad() {
                    self.change(Inner::Open { until: now + OPEN });
                }
            }
            Inner::HalfOpen { .. } if !good => self.change(Inner::Open { until: now + OPEN }),
            Inner::HalfOpen { running, succeeded } => {
                *running = running.saturating_sub(1);
                *succeeded += 1;
                if *succeeded == PROBES {
                    self.change(Inner::Closed(Window::new(now)));
                }
            }
            Inner::Open { .. } => {}
        }
    }
}

/// Outcomes of the last while, in slices of time.
#[derive(Debug)]
struct Window {
    slices: [Slice; SLICES],
    at: usize,
    /// When the slice at hand began.
    began: Instant,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    good: u32,
    bad: u32,
}

impl Window {
    fn new(now: Instant) -> Self {
        Self { slices: [Slice::default(); SLICES], at: 0, began: now }
    }

    fn count(&mut self, good: bool, now: Instant) {
        self.roll(now);
        let slice = &mut self.slices[self.at];
        let count = if good { &mut slice.good } else { &mut slice.bad };
        *count = count.saturating_add(1);
    }

    fn roll(&mut self, now: Instant) {
        if now.saturating_duration_since(self.began) >= WINDOW {
            *self = Self::new(now);
        }
        while now.saturating_duration_since(self.began) >= SLICE {
            self.began += SLICE;
            self.at = (self.at + 1) % SLICES;
            self.slices[self.at] = Slice::default();
        }
    }

    fn is_bad(&self) -> bool {
        let sum =
            |count: fn(&Slice) -> u32| self.slices.iter().map(|slice| u64::from(count(slice))).sum::<u64>();
        let (good, bad) = (sum(|slice| slice.good), sum(|slice| slice.bad));
        let all = good + bad;
        all >= u64::from(OUTCOMES_MIN) && bad * 100 >= all * u64::from(FAILURES_PERCENT)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn outcomes(breaker: &Arc<Breaker>, good: u32, bad: u32) {
        (0..good).for_each(|_| breaker.enter().unwrap().succeeded());
        (0..bad).for_each(|_| breaker.enter().unwrap().failed());
    }

    async fn half_open() -> Arc<Breaker> {
        let breaker = Breaker::new();
        outcomes(&breaker, 0, OUTCOMES_MIN);
        advance(OPEN).await;
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_when_half_of_enough_outcomes_are_failures() {
        let breaker = Breaker::new();
        outcomes(&breaker, 5, 4);
        assert!(breaker.enter().is_some(), "nine outcomes are not enough");
        outcomes(&breaker, 0, 1);
        assert_eq!(breaker.position(), Position::Open);
        assert!(breaker.enter().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn it_stays_closed_while_fewer_than_half_fail() {
        let breaker = Breaker::new();
        outcomes(&breaker, 51, 50);
        assert_eq!(breaker.position(), Position::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_older_than_the_window_no_longer_counts() {
        let breaker = Breaker::new();
        outcomes(&breaker, 0, 9);
        advance(WINDOW - Duration::from_millis(1)).await;
        outcomes(&breaker, 1, 0);
        assert_eq!(breaker.position(), Position::Open, "all ten are in the window");
        let breaker = Breaker::new();
        outcomes(&breaker, 0, 9);
        advance(WINDOW).await;
        outcomes(&breaker, 0, 1);
        assert_eq!(breaker.position(), Position::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn it_lets_nobody_through_until_its_time_is_over() {
        let breaker = Breaker::new();
        outcomes(&breaker, 0, OUTCOMES_MIN);
        advance(OPEN - Duration::from_millis(1)).await;
        assert!(breaker.enter().is_none());
        advance(Duration::from_millis(1)).await;
        assert!(breaker.enter().is_some());
        assert_eq!(breaker.position(), Position::HalfOpen);
    }

    #[tokio::test(start_paused = true)]
    async fn three_probes_go_at_once_and_close_it_when_all_succeed() {
        let breaker = half_open().await;
        let probes: Vec<_> = (0..PROBES).map(|_| breaker.enter().unwrap()).collect();
        assert!(breaker.enter().is_none(), "a fourth probe");
        for probe in probes {
            assert_eq!(breaker.position(), Position::HalfOpen);
            probe.succeeded();
        }
        assert_eq!(breaker.position(), Position::Closed);
        outcomes(&breaker, 0, OUTCOMES_MIN - 1);
        assert_eq!(breaker.position(), Position::Closed, "the failures before are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_fails_opens_it_for_another_while() {
        let breaker = half_open().await;
        let (first, second) = (breaker.enter().unwrap(), breaker.enter().unwrap());
        first.failed();
        assert_eq!(breaker.position(), Position::Open);
        second.succeeded();
        assert_eq!(breaker.position(), Position::Open, "the other probe comes too late");
        advance(OPEN - Duration::from_millis(1)).await;
        assert!(breaker.enter().is_none());
        advance(Duration::from_millis(1)).await;
        assert!(breaker.enter().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_dropped_frees_its_place_and_says_nothing() {
        let breaker = half_open().await;
        let probes: Vec<_> = (0..PROBES).map(|_| breaker.enter().unwrap()).collect();
        drop(probes);
        assert_eq!(breaker.position(), Position::HalfOpen);
        (0..PROBES).for_each(|_| breaker.enter().unwrap().succeeded());
        assert_eq!(breaker.position(), Position::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_from_before_it_opened_does_not_count_as_a_probe() {
        let breaker = Breaker::new();
        let before = breaker.enter().unwrap();
        let left = breaker.enter().unwrap();
        outcomes(&breaker, 0, OUTCOMES_MIN);
        advance(OPEN).await;
        let probes: Vec<_> = (0..PROBES).map(|_| breaker.enter().unwrap()).collect();
        drop(left);
        assert!(breaker.enter().is_none(), "it had no probe's place to free");
        before.failed();
        assert_eq!(breaker.position(), Position::HalfOpen);
        drop(probes);
    }
}
