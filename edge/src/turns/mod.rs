//! Turns: one chat message from wherever it came, through the chain, answered here or by the origin, and kept for whoever asks
//! again. A turn runs in a task of its own, so that it neither dies with the connection that brought it nor runs twice
//! because that connection came back.

pub mod log;
pub mod origin;
pub mod preceding;
mod run;

use std::sync::Arc;
use std::time::Duration;

use chat::{Code, MessagePost, Problem};
use host::chain::{Chain, Vectors};
use host::services::Clock;
use host::wit;
use moka::sync::Cache;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::metrics::EdgeMetrics;
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
            logs: Cache::builder().max_capacity(config.kept_max).time_to_live(kept).build(),
            previous: Cache::builder().max_capacity(config.kept_max).time_to_live(kept).build(),
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

    /// Begins a turn, or joins the one that the same message began. A turn that failed is run again, without another token
    /// where it had been admitted.
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
        let key = (session, message.id);
        let entry = self.logs.entry(key.clone()).or_insert_with(|| Arc::new(TurnLog::new(digest)));
        let (fresh, log) = (entry.is_fresh(), entry.into_value());
        if !log.is_of(&digest) {
            return Ok(Begun::Conflict);
        }
        if fresh {
            self.spawn(asker, message, Arc::clone(&log), false);
            return Ok(Begun::Turn(log));
        }
        if !log.has_failed() {
            self.metrics.replayed.inc();
            return Ok(Begun::Turn(log));
        }
        let again = Arc::new(TurnLog::new(digest));
        // Whoever else comes back with this message at the same moment finds either log; the origin runs the id once.
        self.logs.insert(key, Arc::clone(&again));
        self.spawn(asker, message, Arc::clone(&again), log.was_admitted());
        Ok(Begun::Turn(again))
    }

    /// The turn of a message, while it is kept.
    #[must_use]
    pub fn find(&self, session: &str, id: Uuid) -> Option<Arc<TurnLog>> {
        self.logs.get(&(session.to_owned(), id))
    }

    fn spawn(self: &Arc<Self>, asker: Asker, message: MessagePost, log: Arc<TurnLog>, retry: bool) {
        let turns = Arc::clone(self);
        let ending = Ending::of(Arc::clone(&log), message.id);
        tokio::spawn(async move {
            // Held as long as the task, however that ends.
            let _ending = ending;
            turns.run(asker, message, &log, retry).await;
        });
    }
}

/// SHA-256 of what the message says beside its id.
fn digest_of(message: &MessagePost) -> Digest {
    let mut bytes = Digest::default();
    bytes.copy_from_slice(digest(&SHA256, &message.digest_input()).as_ref());
    bytes
}
