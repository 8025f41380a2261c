//! What the imports stand on. All of it answers from memory: a filter never waits.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use identity::Keys;
use limits::BucketStore;
use moka::Expiry;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    }
}

/// Small records with a time to live. Keys come with their slot's name in front.
pub trait SessionStore: Send + Sync {
    /// The record, while its time is not over.
    fn get(&self, key: &str) -> Option<Vec<u8>>;
    /// Writes a record.
    fn set(&self, key: &str, value: Vec<u8>, ttl: Duration);
    /// Forgets a record.
    fn remove(&self, key: &str);
}

/// Records in this process, the least recently used forgotten first: a record that was written is there, whatever was before it.
pub struct InProcessSessions(Cache<String, (Duration, Vec<u8>)>);

impl InProcessSessions {
    /// A store of at most this many records.
    #[must_use]
    pub fn new(records_max: u64) -> Self {
        // The cache's own policy turns a newcomer away that is asked for less often than what is there: `set` has to keep it.
        let records = Cache::builder().max_capacity(records_max).eviction_policy(EvictionPolicy::lru());
        Self(records.expire_after(OwnTtl).build())
    }
}

struct OwnTtl;

impl Expiry<String, (Duration, Vec<u8>)> for OwnTtl {
    fn expire_after_create(
        &self,
        _: &String,
        (ttl, _): &(Duration, Vec<u8>),
        _: std::time::Instant,
    ) -> Option<Duration> {
        Some(*ttl)
    }

    fn expire_after_update(
        &self,
        _: &String,
        (ttl, _): &(Duration, Vec<u8>),
        _: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(*ttl)
    }
}

impl SessionStore for InProcessSessions {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.get(key).map(|(_, value)| value)
    }

    fn set(&self, key: &str, value: Vec<u8>, ttl: Duration) {
        self.0.insert(key.to_owned(), (ttl, value));
    }

    fn remove(&self, key: &str) {
        self.0.invalidate(key);
    }
}

/// All of it together.
#[derive(Clone)]
pub struct Services {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Token buckets.
    pub buckets: Arc<dyn BucketStore + Send + Sync>,
    /// Keys by name.
    pub keys: Arc<dyn Keys + Send + Sync>,
    /// Small records.
    pub sessions: Arc<dyn SessionStore>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_record_is_gone() {
        let store = InProcessSessions::new(10);
        store.set("a", vec![1], Duration::from_secs(60));
        assert_eq!(store.get("a"), Some(vec![1]));
        store.remove("a");
        assert_eq!(store.get("a"), None);
    }

    #[test]
    fn a_full_store_keeps_what_was_written_last_and_forgets_what_was_used_longest_ago() {
        let store = InProcessSessions::new(4);
        let key = |n: usize| n.to_string();
        for n in 0..4 {
            store.set(&key(n), vec![1], Duration::from_secs(60));
        }
        store.0.run_pending_tasks();
        // Asked for more often than anything that comes.
        for _ in 0..10 {
            (0..4).for_each(|n| assert!(store.get(&key(n)).is_some()));
        }
        for n in 4..12 {
            store.set(&key(n), vec![2], Duration::from_secs(60));
            store.0.run_pending_tasks();
            assert_eq!(store.get(&key(n)), Some(vec![2]), "{n}");
        }
        assert_eq!(store.get(&key(0)), None);
    }
}
