//! Turns: one chat message from wherever it came, through the chain, answered here or by the origin, and kept for whoever asks
//! again. A turn runs in a task of its own, so that it neither dies with the connection that brought it nor runs twice
//! because that connection came back.

mod handed_over;
pub mod log;
pub mod origin;
pub mod preceding;
mod run;

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use chat::{Code, MessagePost, Problem};
use host::chain::{Chain, Vectors};
use host::services::Clock;
use host::wit;
use moka::Entry;
use moka::ops::compute::{CompResult, Op};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::metrics::EdgeMetrics;
use handed_over::HandedOver;
use log::{Digest, Ending, TurnLog};
use origin::{Caller, Origin};
use preceding::PrecedingStore;

/// How turns are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnsConfig {
    /// How many turns' events are kept for retries and resumption. The origin keeps its own record for longer.
    pub kept_max: u64,
    /// For how long, in seconds.
    pub kept_s: u64,
    /// How long a turn goes on after its last reader left, in seconds: the time a client has to reconnect.
    pub abandon_s: u64,
}

/// Who says what, in which request.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Whom it is for.
    pub caller: Caller,
    /// Where it comes from.
    pub client: wit::Client,
    /// What the request chain found out.
    pub context: wit::Context,
}

/// The session's last answer, as far as this edge gave it.
#[derive(Clone, Debug)]
struct Previous {
    source: wit::AnswerSource,
    entry: Option<String>,
    at_ms: u64,
}

/// All turns of this edge.
pub struct Turns {
    config: TurnsConfig,
    chain: Arc<Chain>,
    vectors: Arc<dyn Vectors>,
    origin: Origin,
    preceding: PrecedingStore,
    clock: Arc<dyn Clock>,
    metrics: Arc<EdgeMetrics>,
    logs: Cache<(String, Uuid), Arc<TurnLog>>,
    previous: Cache<String, Previous>,
    handed_over: HandedOver,
    at_origin: Semaphore,
}

/// A turn that was asked for.
pub enum Begun {
    /// It runs, from now on or since before.
    Turn(Arc<TurnLog>),
    /// The id was used for another message.
    Conflict,
}

impl Turns {
    /// No turns yet.
    #[must_use]
    pub fn new(
        config: TurnsConfig,
        chain: Arc<Chain>,
        vectors: Arc<dyn Vectors>,
        origin: Origin,
        clock: Arc<dyn Clock>,
        metrics: Arc<EdgeMetrics>,
    ) -> Self {
        let kept = Duration::from_secs(config.kept_s);
        Self {
            logs: latest(config.kept_max, kept),
            previous: latest(config.kept_max, kept),
            handed_over: HandedOver::default(),
            at_origin: Semaphore::new(origin.config().turns_max),
            preceding: PrecedingStore::default(),
            config,
            chain,
            vectors,
            origin,
            clock,
            metrics,
        }
    }

    /// The origin, for the calls that are no turns.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The edge answers that wait for memory.
    #[must_use]
    pub const fn preceding(&self) -> &PrecedingStore {
        &self.preceding
    }

    /// Begins a turn, or joins the one that the same message began. A turn that failed is run again, a few times without another
    /// token where it had been admitted.
    ///
    /// # Errors
    /// There is no session.
    pub fn begin(self: &Arc<Self>, asker: Asker, message: MessagePost) -> Result<Begun, Problem> {
        let session = asker
            .caller
            .principal
            .session
            .clone()
            .ok_or_else(|| Problem::new(Code::SessionRequired, "Call POST /v1/chat/init first."))?;
        let digest = digest_of(&message);
        // One at a time for a message: of those who come back with it at the same moment one begins the next run, and the others
        // join it. Else each of them would have a run for the same token.
        let begun = self.logs.entry((session, message.id)).and_compute_with(|kept| {
            match kept.map(Entry::into_value) {
                None => Op::Put(Arc::new(TurnLog::new(digest))),
                Some(log) if log.is_of(&digest) && log.has_failed() => Op::Put(Arc::new(log.again())),
                Some(_) => Op::Nop,
            }
        });
        match begun {
            CompResult::Inserted(entry) | CompResult::ReplacedWith(entry) => {
                let log = entry.into_value();
                self.spawn(asker, message, Arc::clone(&log));
                Ok(Begun::Turn(log))
            }
            CompResult::Unchanged(entry) if entry.value().is_of(&digest) => {
                self.metrics.replayed.inc();
                Ok(Begun::Turn(entry.into_value()))
            }
            // Nothing is removed there, and where there was nothing something is put.
            CompResult::Unchanged(_) | CompResult::Removed(_) | CompResult::StillNone(_) => {
                Ok(Begun::Conflict)
            }
        }
    }

    /// The turn of a message, while it is kept.
    #[must_use]
    pub fn find(&self, session: &str, id: Uuid) -> Option<Arc<TurnLog>> {
        self.logs.get(&(session.to_owned(), id))
    }

    /// How many turns are kept.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.logs.run_pending_tasks();
        self.logs.entry_count()
    }

    /// Notes that a person was asked for: turn filters are told so until the origin says otherwise.
    pub fn hand_over(&self, session: &str) {
        self.handed_over.set(session, true);
    }

    /// Notes that a session goes on as another one.
    pub fn moved(&self, from: &str, to: &str) {
        self.handed_over.moved(from, to);
    }

    fn spawn(self: &Arc<Self>, asker: Asker, message: MessagePost, log: Arc<TurnLog>) {
        let turns = Arc::clone(self);
        let ending = Ending::of(Arc::clone(&log), message.id);
        tokio::spawn(async move {
            // Held as long as the task, however that ends.
            let _ending = ending;
            turns.run(asker, message, &log).await;
        });
    }
}

/// A cache in which the least recently used goes for what is new. The cache's own policy turns a newcomer away that is asked for less
/// often than what is there: a turn that has just begun could be neither joined nor stopped nor resumed.
fn latest<K, V>(most: u64, kept: Duration) -> Cache<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let cache = Cache::builder().max_capacity(most).time_to_live(kept);
    cache.eviction_policy(EvictionPolicy::lru()).build()
}

/// SHA-256 of what the message says beside its id.
fn digest_of(message: &MessagePost) -> Digest {
    let mut bytes = Digest::default();
    bytes.copy_from_slice(digest(&SHA256, &message.digest_input()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_kept_when_there_is_no_room() {
        let cache = latest(4, Duration::from_secs(60));
        for n in 0..4 {
            cache.insert(n, n);
        }
        cache.run_pending_tasks();
        // Asked for more often than anything that comes.
        for _ in 0..10 {
            (0..4).for_each(|n| assert_eq!(cache.get(&n), Some(n)));
        }
        for n in 4..12 {
            cache.insert(n, n);
            cache.run_pending_tasks();
            assert_eq!(cache.get(&n), Some(n));
        }
        assert_eq!((cache.entry_count(), cache.get(&0)), (4, None));
    }
}
