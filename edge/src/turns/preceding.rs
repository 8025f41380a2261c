//! Edge answers on their way to the conversation's memory. Each waits here for its session's next internal turn, which carries
//! it as `preceding`; when the session goes idle it is flushed by a call of its own. The origin takes each once, by its id,
//! so that sending one twice does no harm and losing one is what this module avoids.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chat::internal::{Exchange, PRECEDING, Preceding};
use chat::limits::PRECEDING_MAX;
use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::origin::{Caller, Origin};

/// Most sessions with something waiting. Beyond it the longest idle one is flushed early.
const SESSIONS_MAX: usize = 100_000;
/// How long a session is idle before what waits is flushed.
pub const IDLE: Duration = Duration::from_secs(20);
/// How often idle sessions are looked for.
const SWEEP: Duration = Duration::from_secs(5);
/// Sessions flushed in one sweep at most, so that a sweep has an end.
const FLUSHES_PER_SWEEP_MAX: usize = 1_000;
/// Sessions flushed at once: one call that the origin lets wait does not hold up the others.
const FLUSHES_AT_ONCE_MAX: usize = 16;

struct Waiting {
    caller: Caller,
    exchanges: Vec<Exchange>,
    since: Instant,
}

/// The answers that wait, by session.
#[derive(Default)]
pub struct PrecedingStore {
    sessions: Mutex<HashMap<String, Waiting>>,
}

impl PrecedingStore {
    /// Adds an edge answer.
    pub fn push(&self, caller: &Caller, exchange: Exchange) {
        let Some(session) = caller.principal.session.clone() else { return };
        let mut sessions = self.sessions();
        let waiting = sessions.entry(session).or_insert_with(|| Waiting {
            caller: caller.clone(),
            exchanges: Vec::new(),
            since: Instant::now(),
        });
        waiting.caller = caller.clone();
        waiting.since = Instant::now();
        waiting.exchanges.push(exchange);
    }

    /// Takes what is over a bound, to be sent now: this session's answers when there are [`PRECEDING_MAX`] of them, and those of the
    /// longest idle session when there are too many sessions.
    #[must_use]
    pub fn take_overfull(&self, caller: &Caller) -> Vec<Taken<'_>> {
        let mut sessions = self.sessions();
        let mut overfull = Vec::new();
        if let Some(session) = &caller.principal.session
            && sessions.get(session).is_some_and(|waiting| waiting.exchanges.len() >= PRECEDING_MAX)
        {
            overfull.extend(sessions.remove(session));
        }
        if sessions.len() > SESSIONS_MAX {
            let oldest =
                sessions.iter().min_by_key(|(_, waiting)| waiting.since).map(|(session, _)| session.clone());
            overfull.extend(oldest.and_then(|session| sessions.remove(&session)));
        }
        overfull.into_iter().map(|waiting| self.taken(waiting)).collect()
    }

    /// Takes what waits for a session, to be sent.
    #[must_use]
    pub fn take(&self, session: &str) -> Option<Taken<'_>> {
        let waiting = self.sessions().remove(session)?;
        Some(self.taken(waiting))
    }

    fn taken(&self, waiting: Waiting) -> Taken<'_> {
        Taken { store: self, caller: waiting.caller, exchanges: waiting.exchanges }
    }

    /// Puts back what could not be sent, before what has come since. What is over the bound is lost, and counted as such.
    fn restore(&self, caller: &Caller, mut exchanges: Vec<Exchange>) {
        let Some(session) = caller.principal.session.clone() else { return };
        let mut sessions = self.sessions();
        if let Some(newer) = sessions.remove(&session) {
            exchanges.extend(newer.exchanges);
        }
        let over = exchanges.len().saturating_sub(PRECEDING_MAX);
        if over > 0 || sessions.len() >= SESSIONS_MAX {
            let lost = if sessions.len() >= SESSIONS_MAX { exchanges.len() } else { over };
            tracing::error!(
                request_id = caller.request_id,
                lost,
                "edge answers lost to memory: the origin is not reachable"
            );
            exchanges.drain(..over);
        }
        if !exchanges.is_empty() && sessions.len() < SESSIONS_MAX {
            sessions.insert(session, Waiting { caller: caller.clone(), exchanges, since: Instant::now() });
        }
    }

    /// Sends what waits for a session now. What cannot be sent waits on.
    pub async fn flush(&self, origin: &Origin, session: &str) {
        if let Some(taken) = self.take(session) {
            taken.send(origin).await;
        }
    }

    /// Flushes idle sessions until the end, and then everything. What is left over then is lost, and counted in the log.
    pub async fn keep_flushing(&self, origin: &Origin, ended: impl Future<Output = ()>) {
        let _unsent = Unsent { store: self };
        tokio::select! {
            // A flush that is under way does not hold up the end: what it has taken goes back, and is sent once more.
            () = ended => {}
            () = self.sweep(origin) => {}
        }
        self.flush_each(origin, self.idle(Duration::ZERO, usize::MAX)).await;
    }

    /// Flushes idle sessions for ever.
    async fn sweep(&self, origin: &Origin) {
        loop {
            tokio::time::sleep(SWEEP).await;
            self.flush_each(origin, self.idle(IDLE, FLUSHES_PER_SWEEP_MAX)).await;
        }
    }

    async fn flush_each(&self, origin: &Origin, sessions: Vec<String>) {
        stream::iter(sessions)
            .for_each_concurrent(FLUSHES_AT_ONCE_MAX, move |session| async move {
                self.flush(origin, &session).await;
            })
            .await;
    }

    /// How many edge answers wait.
    fn count(&self) -> usize {
        self.sessions().values().map(|waiting| waiting.exchanges.len()).sum()
    }

    fn idle(&self, idle: Duration, most: usize) -> Vec<String> {
        let now = Instant::now();
        self.sessions()
            .iter()
            .filter(|(_, waiting)| now.duration_since(waiting.since) >= idle)
            .take(most)
            .map(|(session, _)| session.clone())
            .collect()
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        // Every change is a single insertion or removal: a panic elsewhere leaves none half done.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Edge answers on their way. They go back to the store when this is dropped before the origin has them: a call that failed, or
/// that nobody waits for any more, loses nothing.
pub struct Taken<'a> {
    store: &'a PrecedingStore,
    caller: Caller,
    exchanges: Vec<Exchange>,
}

impl Taken<'_> {
    /// The answers, oldest first.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The origin has them, or will never take them.
    pub fn settled(mut self) {
        self.exchanges.clear();
    }

    /// Sends them in a call of their own; what cannot be sent waits on.
    pub async fn send(self, origin: &Origin) {
        let body = serde_json::to_vec(&Preceding { exchanges: self.exchanges.clone() }).unwrap_or_default();
        let reply = origin.call(&self.caller, "POST", PRECEDING, Some(body.into())).await;
        match reply {
            Ok(reply) if (200..300).contains(&reply.status) => self.settled(),
            Ok(reply) if (400..500).contains(&reply.status) => {
                // It will not be taken the next time either.
                tracing::error!(
                    request_id = self.caller.request_id,
                    status = reply.status,
                    lost = self.exchanges.len(),
                    "the origin refused edge answers"
                );
                self.settled();
            }
            // Dropped unsettled, they go back.
            Ok(_) | Err(_) => {}
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let exchanges = std::mem::take(&mut self.exchanges);
        if !exchanges.is_empty() {
            self.store.restore(&self.caller, exchanges);
        }
    }
}

/// Counts at the end of the flushing what the origin has not got, also when the edge goes before the last flush is through.
struct Unsent<'a> {
    store: &'a PrecedingStore,
}

impl Drop for Unsent<'_> {
    fn drop(&mut self) {
        let lost = self.store.count();
        if lost > 0 {
            tracing::error!(lost, "edge answers lost to memory: the edge ended before they were flushed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat::Source;
    use identity::{Principal, Tier};
    use uuid::Uuid;

    fn caller(session: &str) -> Caller {
        Caller {
            principal: Principal {
                subject: format!("guest:{session}"),
                tier: Tier::Guest,
                scopes: Vec::new(),
                session: Some(session.into()),
                expires_at: 0,
                upgraded_from: None,
            },
            request_id: "r".into(),
        }
    }

    fn exchange(n: u128) -> Exchange {
        Exchange {
            id: Uuid::from_u128(n),
            at_ms: 0,
            text: "q".into(),
            answer: "a".into(),
            source: Source::FaqEdge,
            citations: Vec::new(),
        }
    }

    #[tokio::test]
    async fn what_was_put_back_comes_before_what_came_since() {
        let store = PrecedingStore::default();
        store.push(&caller("s"), exchange(1));
        let taken = store.take("s").unwrap();
        store.push(&caller("s"), exchange(2));
        drop(taken);
        let again = store.take("s").unwrap();
        let ids: Vec<u128> = again.exchanges().iter().map(|exchange| exchange.id.as_u128()).collect();
        assert_eq!(ids, [1, 2]);
    }

    #[tokio::test]
    async fn what_the_origin_has_does_not_come_back() {
        let store = PrecedingStore::default();
        store.push(&caller("s"), exchange(1));
        store.take("s").unwrap().settled();
        assert!(store.take("s").is_none());
        assert_eq!(store.count(), 0);
    }

    #[tokio::test]
    async fn a_session_with_many_answers_is_flushed_at_once() {
        let store = PrecedingStore::default();
        for n in 1..PRECEDING_MAX {
            store.push(&caller("s"), exchange(n as u128));
            assert!(store.take_overfull(&caller("s")).is_empty());
        }
        store.push(&caller("s"), exchange(99));
        let overfull = store.take_overfull(&caller("s"));
        assert_eq!(overfull[0].exchanges().len(), PRECEDING_MAX);
        assert!(store.take("s").is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn only_idle_sessions_are_swept() {
        let store = PrecedingStore::default();
        store.push(&caller("old"), exchange(1));
        tokio::time::advance(IDLE).await;
        store.push(&caller("new"), exchange(2));
        assert_eq!(store.idle(IDLE, usize::MAX), ["old"]);
    }
}
