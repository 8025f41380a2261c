//! What is kept between requests, in Spin's key-value store: the answers that a repeated message gets, and what the next turn has to
//! know of the last one.
//!
//! The store keeps what it is given for ever. So there is a fixed number of places of each kind, found by hash; each holds a
//! few records with an end of their own, the newest first.

use std::time::{SystemTime, UNIX_EPOCH};

use chain::wit;
use chat::internal::Exchange;
use chat::limits::PRECEDING_MAX;
use chat::{Code, Event, Problem, Source};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use spin_sdk::key_value;
use uuid::Uuid;

use crate::log;

/// Places for turns, and for sessions.
const PLACES: u32 = 1_024;
/// Records in one place.
const RECORDS_PER_PLACE_MAX: usize = 8;
/// Most bytes in one place, but for a single larger record: the longest answer fits.
const PLACE_BYTES_MAX: usize = 300 * 1024;
/// How long a turn is kept for whoever repeats it, in milliseconds: 15 minutes, as on the edge.
const TURN_KEPT_MS: u64 = 900_000;
/// How long a session's last answer is kept, in milliseconds: as long as a guest's session lives.
const SESSION_KEPT_MS: u64 = 86_400_000;

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// SHA-256 of these bytes in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A turn that was admitted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// What the message said.
    pub(crate) digest: String,
    /// What the chain has put into the reply: how much is left, as it was then.
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    /// How often it was begun.
    #[serde(default)]
    pub(crate) runs: u32,
    /// The whole answer; none while it is under way, and when it failed.
    pub(crate) events: Option<Vec<Event>>,
}

/// What is kept of a session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Answers of the filters that the origin has not been told of, oldest first.
    pub(crate) preceding: Vec<Exchange>,
    /// The last answer.
    pub(crate) previous: Option<Previous>,
    /// Whether a person was asked for, and the origin has not said since that the conversation is the assistant's again.
    #[serde(default)]
    pub(crate) handed_over: bool,
}

/// An answer before this turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Previous {
    pub(crate) source: Source,
    pub(crate) entry: Option<String>,
    pub(crate) at_ms: u64,
}

impl Previous {
    /// The same in the contract's words.
    pub(crate) fn to_wit(&self) -> wit::PreviousAnswer {
        wit::PreviousAnswer {
            source: chain::words::source_of(self.source),
            entry: self.entry.clone(),
            age_ms: now_ms().saturating_sub(self.at_ms),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Record<T> {
    name: String,
    ends_ms: u64,
    value: T,
}

/// The open store.
pub(crate) struct Store(key_value::Store);

impl Store {
    /// Opens the store.
    ///
    /// # Errors
    /// `unavailable`: without the store no answer is given, because limits could not be kept and messages would be answered twice.
    pub(crate) async fn open() -> Result<Self, Problem> {
        key_value::Store::open_default().await.map(Self).map_err(|error| failed("open", &error))
    }

    /// The turn of this message, while it is kept.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn turn(&self, session: &str, id: Uuid) -> Result<Option<Turn>, Problem> {
        let name = turn_name(session, id);
        self.find("turns", &name).await
    }

    /// Keeps a turn.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn keep_turn(&self, session: &str, id: Uuid, turn: Turn) -> Result<(), Problem> {
        self.put("turns", turn_name(session, id), TURN_KEPT_MS, turn).await
    }

    /// What is kept of this session.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn session(&self, session: &str) -> Result<Session, Problem> {
        let name = digest(session.as_bytes());
        Ok(self.find("chats", &name).await?.unwrap_or_default())
    }

    /// The origin has these answers, or will never take them: what has come since stays.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn settle(&self, session: &str, sent: &[Exchange]) -> Result<(), Problem> {
        if sent.is_empty() {
            return Ok(());
        }
        let mut kept = self.session(session).await?;
        kept.preceding.retain(|waiting| !sent.iter().any(|sent| sent.id == waiting.id));
        self.keep_session(session, kept).await
    }

    /// The origin has begun to answer a turn: it has what preceded, and may have said whether a person was asked for.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn begun(
        &self,
        session: &str,
        preceding: &[Exchange],
        handed_over: Option<bool>,
    ) -> Result<(), Problem> {
        self.settle(session, preceding).await?;
        match handed_over {
            Some(is_handed_over) => self.hand_over(session, is_handed_over).await,
            None => Ok(()),
        }
    }

    /// Keeps whether a person was asked for.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn hand_over(&self, session: &str, is_handed_over: bool) -> Result<(), Problem> {
        let kept = self.session(session).await?;
        if kept.handed_over == is_handed_over {
            return Ok(());
        }
        self.keep_session(session, Session { handed_over: is_handed_over, ..kept }).await
    }

    /// Whether the store answers at all. A store may be open and fail at every call.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn probe(&self) -> Result<(), Problem> {
        self.0.exists("probe").await.map(drop).map_err(|error| failed("exists", &error))
    }

    /// Keeps what there is of this session. What is over the bound is lost to the origin's memory, and told in the log.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn keep_session(&self, session: &str, mut kept: Session) -> Result<(), Problem> {
        let over = kept.preceding.len().saturating_sub(PRECEDING_MAX);
        if over > 0 {
            log::line(
                "ERROR",
                "the oldest answers go: the origin has not taken them",
                json!({ "lost": over }),
            );
            kept.preceding.drain(..over);
        }
        self.put("chats", digest(session.as_bytes()), SESSION_KEPT_MS, kept).await
    }

    async fn find<T: DeserializeOwned>(&self, kind: &str, name: &str) -> Result<Option<T>, Problem> {
        let records: Vec<Record<T>> = self.read(&place(kind, name)).await?;
        let now_ms = now_ms();
        let found = records.into_iter().find(|record| record.name == name && record.ends_ms > now_ms);
        Ok(found.map(|record| record.value))
    }

    async fn put<T: Serialize + DeserializeOwned>(
        &self,
        kind: &str,
        name: String,
        kept_ms: u64,
        value: T,
    ) -> Result<(), Problem> {
        let place = place(kind, &name);
        let now_ms = now_ms();
        let mut records: Vec<Record<T>> = self.read(&place).await?;
        records.retain(|record| record.name != name && record.ends_ms > now_ms);
        records.insert(0, Record { name, ends_ms: now_ms.saturating_add(kept_ms), value });
        records.truncate(RECORDS_PER_PLACE_MAX);
        let mut bytes = serde_json::to_vec(&records).unwrap_or_default();
        while bytes.len() > PLACE_BYTES_MAX && records.len() > 1 {
            records.pop();
            bytes = serde_json::to_vec(&records).unwrap_or_default();
        }
        self.0.set(&place, bytes).await.map_err(|error| failed("set", &error))
    }

    async fn read<T: DeserializeOwned>(&self, place: &str) -> Result<Vec<Record<T>>, Problem> {
        let bytes = self.0.get(place).await.map_err(|error| failed("get", &error))?;
        // A record of an older version is as good as none.
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
    }
}

fn turn_name(session: &str, id: Uuid) -> String {
    digest(format!("{session}\0{id}").as_bytes())
}

/// The place that a name belongs to. A name is the digest of what it stands for: what is stored tells no session's id.
fn place(kind: &str, name: &str) -> String {
    let number = u32::from_str_radix(name.get(..8).unwrap_or_default(), 16).unwrap_or(0) % PLACES;
    format!("{kind}/{number}")
}

fn failed(call: &str, error: &key_value::Error) -> Problem {
    log::line("ERROR", "key-value store failed", json!({ "call": call, "cause": error.to_string() }));
    Problem::new(Code::Unavailable, "The shop's key-value store does not answer. Try again in a moment.")
        .with_retry_after(1)
}
