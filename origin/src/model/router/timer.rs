//! How long an attempt may wait for its model. Only the waiting counts: a shopper who reads slowly is not the model's fault.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::failure::Reason;
use super::policy::Policy;

/// A model that is silent for this part of its time to the first token, and then out of the turn's time, counts as one that
/// hangs: where a turn is short, nothing else would tell.
const MUTE_PART: u32 = 2;

/// The time of one attempt.
pub(super) struct Timer {
    policy: Policy,
    began: Instant,
    /// The sum of all waits.
    waited: Duration,
    /// A text or a tool call came.
    first: bool,
    /// The model does something, be it only that it thinks.
    alive: bool,
    /// When the turn has no more time for models.
    turn_ends: Instant,
}

impl Timer {
    /// The request is made now.
    pub(super) fn new(policy: Policy, turn_ends: Instant) -> Self {
        Self { policy, began: Instant::now(), waited: Duration::ZERO, first: false, alive: false, turn_ends }
    }

    /// Waits for the model.
    ///
    /// # Errors
    /// The bound that was passed.
    pub(super) async fn wait<T>(&mut self, event: impl Future<Output = T>) -> Result<T, Reason> {
        let now = Instant::now();
        let (until, reason) = self.until(now);
        // A model that always has something ready would never meet its bound otherwise.
        if until <= now {
            return Err(reason);
        }
        let came = timeout_at(until, event).await;
        self.waited += now.elapsed();
        came.map_err(|_| reason)
    }

    /// A text or a tool call came: how long after the request, if it is the first.
    pub(super) fn token(&mut self) -> Option<Duration> {
        self.alive = true;
        let first = !std::mem::replace(&mut self.first, true);
        first.then(|| self.began.elapsed())
    }

    /// The model thinks. From now on it has the time from one event to the next: it need not have a word for the shopper by
    /// the time of the first token, as long as the whole answer keeps to its own.
    pub(super) const fn thinks(&mut self) {
        self.alive = true;
    }

    /// Whether nothing at all has come, in at least half of the time that the first token has.
    pub(super) fn is_mute(&self) -> bool {
        !self.alive && self.waited >= self.policy.first_token / MUTE_PART
    }

    /// The next bound to be passed.
    fn until(&self, now: Instant) -> (Instant, Reason) {
        let next = if self.alive {
            (now + self.policy.between_tokens, Reason::BetweenTokens)
        } else {
            (self.began + self.policy.first_token, Reason::FirstToken)
        };
        let total = (now + self.policy.total.saturating_sub(self.waited), Reason::Total);
        [(self.turn_ends, Reason::TurnTime), total, next]
            .into_iter()
            .min_by_key(|(at, _)| *at)
            .unwrap_or(total)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::{advance, sleep};

    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn timer(turn: Duration) -> Timer {
        Timer::new(Policy::default(), Instant::now() + turn)
    }

    async fn passed(timer: &mut Timer) -> (Reason, Duration) {
        let began = Instant::now();
        let reason = timer.wait(pending::<()>()).await.unwrap_err();
        (reason, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_token_has_its_time_from_the_request() {
        let mut timer = timer(59 * S);
        timer.wait(sleep(4 * S)).await.unwrap();
        assert_eq!(passed(&mut timer).await, (Reason::FirstToken, 6 * S), "no token had come");
    }

    #[tokio::test(start_paused = true)]
    async fn each_further_event_has_its_time_from_the_one_before() {
        let mut timer = timer(59 * S);
        timer.wait(sleep(9 * S)).await.unwrap();
        assert_eq!(timer.token(), Some(9 * S));
        timer.wait(sleep(9 * S)).await.unwrap();
        assert_eq!(timer.token(), None);
        assert_eq!(passed(&mut timer).await, (Reason::BetweenTokens, 10 * S));
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_that_thinks_has_longer_for_its_first_token() {
        let mut timer = timer(59 * S);
        for _ in 0..3 {
            timer.wait(sleep(9 * S)).await.unwrap();
            timer.thinks();
        }
        assert_eq!(
            passed(&mut timer).await,
            (Reason::BetweenTokens, 10 * S),
            "a thought is due as a text is"
        );
        assert_eq!(timer.token(), Some(37 * S), "a thought is no token");
    }

    #[tokio::test(start_paused = true)]
    async fn a_whole_answer_has_its_time() {
        let mut timer = timer(59 * S);
        timer.token();
        for _ in 0..9 {
            timer.wait(sleep(5 * S)).await.unwrap();
        }
        assert_eq!(passed(&mut timer).await, (Reason::Total, 5 * S));
        assert_eq!(timer.wait(async {}).await, Err(Reason::Total), "even when something is ready");
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_takes_none_of_the_models_time() {
        let mut timer = timer(500 * S);
        timer.token();
        timer.wait(sleep(S)).await.unwrap();
        advance(100 * S).await;
        timer.wait(sleep(9 * S)).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_turns_time_bounds_them_all() {
        let mut timer = timer(3 * S);
        assert_eq!(passed(&mut timer).await, (Reason::TurnTime, 3 * S));
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_is_mute_when_half_of_its_first_tokens_time_brought_nothing() {
        for (turn, thinks, mute) in [(4 * S, false, false), (5 * S, false, true), (5 * S, true, false)] {
            let mut timer = timer(turn);
            if thinks {
                timer.thinks();
            }
            assert_eq!(passed(&mut timer).await.0, Reason::TurnTime);
            assert_eq!(timer.is_mute(), mute, "{turn:?} {thinks}");
        }
    }
}
