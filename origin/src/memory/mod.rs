//! Conversation memory: what was asked and answered in a session, what shoppers thought of it, and who waits for a person.
//!
//! A session has one owner, the verified principal. Nobody else reads or writes it; a guest's session passes to the
//! customer that the guest signs in as, once.

mod rows;
mod schema;
mod sqlite;
#[cfg(test)]
mod tests;

use chat::internal::Exchange;
use chat::message::{FeedbackPost, History};
use chat::{Citation, Language, Product, Source, Usage};
use futures_util::future::BoxFuture;
use thiserror::Error;
use uuid::Uuid;

pub(crate) use sqlite::SqliteMemory;

/// Most purged in one job, so that a purge does not keep answers waiting.
pub(crate) const PURGE_BATCH: usize = 500;

/// The memory of all sessions.
pub(crate) trait Memory: Send + Sync {
    /// What a turn begins with: edge answers are taken in, and what is known of the session comes back.
    fn begin(&self, session: Session, beginning: Beginning)
    -> BoxFuture<'_, Result<Remembered, MemoryError>>;

    /// Keeps a turn. One that failed is replaced by a later one of the same id; any other stays as it is.
    fn record(&self, session: Session, turn: StoredTurn) -> BoxFuture<'_, Result<(), MemoryError>>;

    /// Takes in edge answers; those known already are left alone.
    fn precede(&self, session: Session, exchanges: Vec<Exchange>) -> BoxFuture<'_, Result<(), MemoryError>>;

    /// A page of the session's turns, newest last. `before` is [`History::next`] of an earlier page.
    fn history(
        &self,
        session: Session,
        before: Option<Cursor>,
        count_max: usize,
    ) -> BoxFuture<'_, Result<History, MemoryError>>;

    /// Keeps what the shopper thought of an answer; a later opinion replaces an earlier one.
    fn feedback(&self, session: Session, feedback: FeedbackPost) -> BoxFuture<'_, Result<(), MemoryError>>;

    /// Queues the session for a person; one that waits already keeps its place.
    fn hand_off(&self, session: Session) -> BoxFuture<'_, Result<Handoff, MemoryError>>;

    /// Whether the session waits for a person or has one.
    fn is_handed_over(&self, session: Session) -> BoxFuture<'_, Result<bool, MemoryError>>;

    /// Gives the turns of a guest's session to this one. Doing it again changes nothing.
    fn upgrade(&self, session: Session, from: String) -> BoxFuture<'_, Result<(), MemoryError>>;

    /// Deletes up to [`PURGE_BATCH`] records of each kind from before this moment. Says how many; 0 when none is left.
    fn purge(&self, before_ms: u64) -> BoxFuture<'_, Result<usize, MemoryError>>;

    /// Makes what was purged unreadable for whoever reads the storage itself.
    fn erase(&self) -> BoxFuture<'_, Result<(), MemoryError>>;

    /// Whether the memory answers.
    fn check(&self) -> BoxFuture<'_, Result<(), MemoryError>>;
}

/// A session as the verified header names it, and the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The session's id.
    pub(crate) id: String,
    /// The verified subject.
    pub(crate) owner: String,
    /// Milliseconds since the Unix epoch.
    pub(crate) now_ms: u64,
}

/// What comes with a turn.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    /// The turn's id.
    pub(crate) id: Uuid,
    /// Edge answers since the last turn, oldest first.
    pub(crate) preceding: Vec<Exchange>,
    /// How many of the latest turns to return.
    pub(crate) recent_max: usize,
}

/// What is known when a turn begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered {
    /// The turn of this very id, if there was one.
    pub(crate) same: Option<StoredTurn>,
    /// The latest turns, newest last.
    pub(crate) recent: Vec<StoredTurn>,
}

/// A turn as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredTurn {
    /// The client's id of the message.
    pub(crate) id: Uuid,
    /// Digest of what was asked; none for an edge answer, which is known by its text.
    pub(crate) digest: Option<Vec<u8>>,
    /// When it was asked, in milliseconds since the Unix epoch.
    pub(crate) at_ms: u64,
    /// What the shopper wrote.
    pub(crate) text: String,
    /// The language of the answer.
    pub(crate) language: Language,
    /// What was said, in the pieces in which it was said.
    pub(crate) said: Vec<String>,
    /// Where the answer came from.
    pub(crate) source: Source,
    /// Products shown.
    pub(crate) cards: Vec<Product>,
    /// What it stands on.
    pub(crate) citations: Vec<Citation>,
    /// What it cost.
    pub(crate) usage: Usage,
    /// How it ended.
    pub(crate) status: Status,
}

impl StoredTurn {
    /// What was answered, whole.
    #[must_use]
    pub(crate) fn answer(&self) -> String {
        self.said.concat()
    }
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The answer is whole.
    Complete,
    /// The shopper stopped it, or left.
    Stopped,
    /// It could not be finished. The same message may be tried again.
    Failed,
}

/// A place in a session's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// When the turn was asked.
    pub(crate) at_ms: u64,
    /// Its number among all turns.
    pub(crate) number: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}", self.at_ms, self.number)
    }
}

impl std::str::FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at_ms, number) = text.split_once('.').ok_or(())?;
        Ok(Self { at_ms: at_ms.parse().map_err(|_| ())?, number: number.parse().map_err(|_| ())? })
    }
}

/// A place in the queue for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handoff {
    /// The request's id.
    pub(crate) id: String,
    /// How many wait before it.
    pub(crate) position: u32,
    /// The language of the session's last answer.
    pub(crate) language: Language,
}

/// Why memory did not serve.
#[derive(Debug, Error)]
pub(crate) enum MemoryError {
    /// The session is someone else's.
    #[error("the session belongs to someone else")]
    NotYours,
    /// The session was taken over by another.
    #[error("the session has moved")]
    Moved,
    /// It has too much to do, or did not answer in time. Trying again helps.
    #[error("the memory is busy: {0}")]
    Busy(String),
    /// It failed.
    #[error("the memory failed: {0}")]
    Failed(String),
}
