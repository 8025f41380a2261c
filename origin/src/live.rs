//! Answers under way. The same message sent again joins the answer that runs; an answer nobody reads any more ends.
//!
//! An answer is a list of events that grows. It grows only a few events ahead of its fastest reader, so a slow client slows
//! the answer and not the memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat::Event;
use tokio::sync::Notify;
use uuid::Uuid;

/// The session and the message.
type Key = (String, Uuid);

/// All answers under way.
#[derive(Default)]
pub(crate) struct LiveTurns {
    turns: Mutex<HashMap<Key, Arc<Live>>>,
}

/// What came of asking for a message's answer.
pub(crate) enum Claim {
    /// Nobody answers it yet: the caller does.
    New(Answering, Reader),
    /// It is being answered.
    Join(Reader),
    /// The id stands for another message.
    Conflict,
}

/// One answer under way.
struct Live {
    digest: Vec<u8>,
    ahead_max: usize,
    state: Mutex<State>,
    /// An event came, or the end.
    grown: Notify,
    /// An event was read, or a reader left.
    read: Notify,
}

#[derive(Default)]
struct State {
    events: Vec<Event>,
    ended: bool,
    readers: usize,
    /// Events that the fastest reader has read.
    read: usize,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is under these locks is whole at every step: a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LiveTurns {
    /// Joins the answer to this message, or begins it.
    pub(crate) fn claim(self: &Arc<Self>, session: &str, id: Uuid, digest: &[u8], ahead_max: usize) -> Claim {
        let key = (session.to_owned(), id);
        let mut turns = locked(&self.turns);
        if let Some(live) = turns.get(&key) {
            let same = live.digest == digest;
            return if same { Claim::Join(Reader::new(live)) } else { Claim::Conflict };
        }
        let live = Arc::new(Live {
            digest: digest.to_vec(),
            ahead_max,
            state: Mutex::default(),
            grown: Notify::new(),
            read: Notify::new(),
        });
        turns.insert(key.clone(), Arc::clone(&live));
        let reader = Reader::new(&live);
        Claim::New(Answering { turns: Arc::clone(self), key, live }, reader)
    }

    pub(crate) fn len(&self) -> usize {
        locked(&self.turns).len()
    }
}

/// The side that answers. Dropping it ends the answer.
pub(crate) struct Answering {
    turns: Arc<LiveTurns>,
    key: Key,
    live: Arc<Live>,
}

/// Everyone who read the answer has left.
#[derive(Debug)]
pub(crate) struct Gone;

impl Answering {
    /// Adds an event, when the readers are near enough.
    pub(crate) async fn push(&self, event: Event) -> Result<(), Gone> {
        loop {
            let read = self.live.read.notified();
            {
                let mut state = locked(&self.live.state);
                if state.readers == 0 {
                    return Err(Gone);
                }
                if state.events.len() < state.read + self.live.ahead_max {
                    state.events.push(event);
                    break;
                }
            }
            read.await;
        }
        self.live.grown.notify_waiters();
        Ok(())
    }

    /// Adds the last event, without waiting for anyone.
    pub(crate) fn end(&self, event: Event) {
        let mut state = locked(&self.live.state);
        state.events.push(event);
        state.ended = true;
        drop(state);
        self.live.grown.notify_waiters();
    }

    /// Returns when nobody reads the answer.
    pub(crate) async fn abandoned(&self) {
        loop {
            let read = self.live.read.notified();
            if locked(&self.live.state).readers == 0 {
                return;
            }
            read.await;
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        locked(&self.turns.turns).remove(&self.key);
        locked(&self.live.state).ended = true;
        self.live.grown.notify_waiters();
    }
}

/// The side that reads.
pub(crate) struct Reader {
    live: Arc<Live>,
    at: usize,
}

impl Reader {
    fn new(live: &Arc<Live>) -> Self {
        locked(&live.state).readers += 1;
        Self { live: Arc::clone(live), at: 0 }
    }

    /// The next event; none at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            let grown = self.live.grown.notified();
            {
                let mut state = locked(&self.live.state);
                if let Some(event) = state.events.get(self.at).cloned() {
                    self.at += 1;
                    state.read = state.read.max(self.at);
                    drop(state);
                    self.live.read.notify_waiters();
                    return Some(event);
                }
                if state.ended {
                    return None;
                }
            }
            grown.await;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        locked(&self.live.state).readers -= 1;
        self.live.read.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: u32) -> Event {
        Event::Delta { id: Uuid::nil(), seq, text: "a".into() }
    }

    fn begin(turns: &Arc<LiveTurns>) -> (Answering, Reader) {
        match turns.claim("s", Uuid::nil(), b"d", 2) {
            Claim::New(answering, reader) => (answering, reader),
            _ => panic!("it is not new"),
        }
    }

    #[tokio::test]
    async fn whoever_joins_gets_the_answer_from_its_beginning() {
        let turns = Arc::default();
        let (answering, mut first) = begin(&turns);
        answering.push(event(1)).await.unwrap();
        assert_eq!(first.next().await, Some(event(1)));
        let Claim::Join(mut second) = turns.claim("s", Uuid::nil(), b"d", 2) else {
            panic!("it is not joined")
        };
        answering.end(event(2));
        drop(answering);
        assert_eq!(second.next().await, Some(event(1)));
        assert_eq!(second.next().await, Some(event(2)));
        assert_eq!(second.next().await, None);
        assert_eq!(turns.len(), 0);
    }

    #[tokio::test]
    async fn another_text_under_the_same_id_is_a_conflict() {
        let turns = Arc::default();
        let _answer = begin(&turns);
        assert!(matches!(turns.claim("s", Uuid::nil(), b"other", 2), Claim::Conflict));
        assert!(matches!(turns.claim("t", Uuid::nil(), b"other", 2), Claim::New(..)));
    }

    #[tokio::test]
    async fn an_answer_waits_for_its_reader_and_ends_without_one() {
        let turns = Arc::default();
        let (answering, reader) = begin(&turns);
        answering.push(event(1)).await.unwrap();
        answering.push(event(2)).await.unwrap();
        let third = answering.push(event(3));
        tokio::pin!(third);
        assert!(futures_util::poll!(&mut third).is_pending());
        drop(reader);
        assert!(third.await.is_err());
        answering.abandoned().await;
    }
}
