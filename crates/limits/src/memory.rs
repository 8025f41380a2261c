//! Buckets in this process's memory.
//!
//! Sharded, so that requests seldom meet; bounded, so that a flood of keys costs no memory; and keyed by a secret hash, so that
//! a key costs the same however long it is and no one can aim at a shard.
//!
//! When a shard is full the bucket that will be full soonest goes. A full bucket tells nothing that a new one would not, so it
//! goes first, and someone who floods us with keys loses those before a bucket that they have emptied.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::{self, BucketStore, Outcome, Take};
use crate::{Bucket, State};

/// Shards. Two requests meet in one only now and then, even on a machine with dozens of cores.
const SHARDS: usize = 64;

/// Buckets in this process's memory, at most as many as it is made for. See the module.
pub struct InProcessBuckets {
    shards: Vec<Mutex<Shard>>,
    keys_per_shard_max: usize,
    hashers: [RandomState; 2],
}

/// A key's hash, 128 bits under two secrets: two keys share one about never, and no one can find such keys.
type Name = u128;

#[derive(Default)]
struct Shard {
    buckets: HashMap<Name, Kept>,
    /// Every bucket of the shard, the one that is full soonest first.
    by_full_at: BTreeSet<(u64, Name)>,
}

#[derive(Clone, Copy)]
struct Kept {
    state: State,
    full_at_ms: u64,
}

impl InProcessBuckets {
    /// An empty store for about this many buckets; at about 150 bytes each. Rounded up to the next multiple of 64.
    #[must_use]
    pub fn new(keys_max: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            keys_per_shard_max: keys_max.div_ceil(SHARDS).max(1),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    /// How many buckets are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).buckets.len()).sum()
    }

    /// Whether no bucket is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn name(&self, key: &str) -> Name {
        let [high, low] = [&self.hashers[0], &self.hashers[1]].map(|hasher| u128::from(hasher.hash_one(key)));
        high << 64 | low
    }
}

fn shard_of(name: Name) -> usize {
    usize::try_from(name % SHARDS as u128).unwrap_or(0)
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing that runs under the lock leaves a shard half changed, so a panic elsewhere is no reason to stop.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BucketStore for InProcessBuckets {
    fn take_all(&self, now_ms: u64, takes: &[Take<'_>]) -> Outcome {
        let names: Vec<Name> = takes.iter().map(|take| self.name(take.key)).collect();
        let mut distinct: Vec<(Name, Bucket)> = Vec::with_capacity(takes.len());
        let slots: Vec<usize> = names
            .iter()
            .zip(takes)
            .map(|(name, take)| {
                distinct.iter().position(|(seen, _)| seen == name).unwrap_or_else(|| {
                    distinct.push((*name, take.bucket));
                    distinct.len() - 1
                })
            })
            .collect();

        // Locked in one order by everyone, so that no two wait for each other.
        let mut wanted: Vec<usize> = distinct.iter().map(|(name, _)| shard_of(*name)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut locked: Vec<MutexGuard<'_, Shard>> =
            wanted.iter().map(|shard| lock(&self.shards[*shard])).collect();
        let guard_of = |name: Name| wanted.binary_search(&shard_of(name)).unwrap_or(0);

        let mut states: Vec<State> = distinct
            .iter()
            .map(|(name, bucket)| {
                locked[guard_of(*name)]
                    .buckets
                    .get(name)
                    .map_or_else(|| bucket.full(now_ms), |kept| kept.state)
            })
            .collect();
        let outcome = store::take_all(now_ms, takes, &slots, &mut states);
        if outcome.granted {
            for ((name, bucket), state) in distinct.iter().zip(&states) {
                locked[guard_of(*name)].keep(*name, *bucket, *state, self.keys_per_shard_max);
            }
        }
        outcome
    }
}

impl Shard {
    fn keep(&mut self, name: Name, bucket: Bucket, state: State, keys_max: usize) {
        let full_at_ms = bucket.full_at_ms(state);
        let kept = Kept { state, full_at_ms };
        if !self.buckets.contains_key(&name) && self.buckets.len() >= keys_max {
            // Before the new one is in, or it would be the one to go and would never be counted.
            self.forget_fullest();
        }
        match self.buckets.entry(name) {
            MapEntry::Occupied(mut entry) => {
                let before = entry.insert(kept);
                if before.full_at_ms == full_at_ms {
                    return;
                }
                self.by_full_at.remove(&(before.full_at_ms, name));
            }
            MapEntry::Vacant(entry) => {
                entry.insert(kept);
            }
        }
        self.by_full_at.insert((full_at_ms, name));
    }

    fn forget_fullest(&mut self) {
        if let Some((_, name)) = self.by_full_at.pop_first() {
            self.buckets.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: Bucket = Bucket::new(10, 10);

    fn take(key: &str, cost: u32) -> Take<'_> {
        Take { key, bucket: GUEST, cost }
    }

    fn refused(store: &InProcessBuckets, now_ms: u64, key: &str) -> bool {
        !store.take_all(now_ms, &[take(key, 1)]).granted
    }

    #[test]
    fn buckets_of_different_keys_are_apart() {
        let store = InProcessBuckets::new(1_000);
        assert!(store.take_all(0, &[take("a", 10)]).granted);
        assert!(refused(&store, 0, "a"));
        assert!(!refused(&store, 0, "b"));
    }

    #[test]
    fn all_or_none_of_several_buckets() {
        let store = InProcessBuckets::new(1_000);
        assert!(store.take_all(0, &[take("empty", 10)]).granted);
        let outcome = store.take_all(0, &[take("a", 4), take("empty", 1), take("b", 4)]);
        assert!(!outcome.granted);
        let granted: Vec<bool> = outcome.levels.iter().map(|level| level.granted).collect();
        assert_eq!(granted, [true, false, true]);
        assert_eq!(store.take_all(0, &[take("a", 10), take("b", 10)]).levels[1].remaining, 0);
    }

    #[test]
    fn the_same_key_twice_pays_twice_or_not_at_all() {
        let store = InProcessBuckets::new(1_000);
        assert!(!store.take_all(0, &[take("a", 6), take("a", 5)]).granted);
        let outcome = store.take_all(0, &[take("a", 6), take("a", 4)]);
        assert!(outcome.granted);
        assert_eq!(outcome.levels.iter().map(|level| level.remaining).collect::<Vec<_>>(), [0, 0]);
        assert!(refused(&store, 0, "a"));
    }

    #[test]
    fn nothing_to_take_is_granted() {
        assert!(InProcessBuckets::new(1).take_all(0, &[]).granted);
    }

    #[test]
    fn a_refused_take_makes_no_bucket() {
        let store = InProcessBuckets::new(1_000);
        assert!(!store.take_all(0, &[take("a", 11), take("b", 1)]).granted);
        assert!(store.is_empty());
    }

    #[test]
    fn a_flood_of_keys_neither_grows_the_store_nor_frees_the_flooder() {
        let store = InProcessBuckets::new(640);
        assert!(store.take_all(0, &[take("flooder", 10)]).granted);
        for key in 0..100_000 {
            store.take_all(0, &[take(&key.to_string(), 1)]);
        }
        assert!(store.len() <= 640, "{} buckets are kept", store.len());
        assert!(refused(&store, 0, "flooder"), "the flood refilled the bucket");
    }

    #[test]
    fn a_bucket_that_is_full_again_goes_before_one_in_use() {
        let store = InProcessBuckets::new(1);
        let full_soon = Take { bucket: Bucket::new(10, 600), ..take("soon", 10) };
        let same_shard: Vec<String> =
            (0..).map(|n: u32| n.to_string()).filter(|key| shard_of(store.name(key)) == 0).take(2).collect();
        let [one, two] = same_shard.as_slice() else { unreachable!() };
        assert!(store.take_all(0, &[Take { key: one, ..full_soon }]).granted);
        assert!(store.take_all(5_000, &[take(two, 10)]).granted);
        assert!(refused(&store, 5_000, two));
        assert_eq!(store.len(), 1);
    }

    #[test]
    fn threads_that_take_at_once_get_no_more_than_there_is() {
        let store = InProcessBuckets::new(1_000);
        let keys: Vec<String> = (0..8).map(|n| format!("k{n}")).collect();
        let granted: usize = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|worker: usize| {
                    let (store, keys) = (&store, &keys);
                    // Each takes the keys in another order: the shards are locked in one order all the same.
                    scope.spawn(move || {
                        (0..100)
                            .filter(|_| {
                                let takes: Vec<_> =
                                    (0..8).map(|n| take(&keys[(n + worker * 3) % 8], 1)).collect();
                                store.take_all(0, &takes).granted
                            })
                            .count()
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        assert_eq!(granted, 10);
    }

    proptest::proptest! {
        /// The store against the arithmetic it stands on: one map, one request after another, no shards and no bound.
        #[test]
        fn the_store_does_what_the_arithmetic_says(
            requests in proptest::collection::vec(
                (0u64..3_000, proptest::collection::vec((0usize..4, 0u32..6), 0..5)), 1..60,
            ),
        ) {
            const KEYS: [&str; 4] = ["a", "b", "c", "d"];
            let buckets = [Bucket::new(3, 20), Bucket::new(10, 10), Bucket::new(5, 600), Bucket::new(1, 1)];
            let store = InProcessBuckets::new(1_000);
            let mut model = buckets.map(|bucket| bucket.full(0));
            let mut now_ms = 0;
            for (pause_ms, request) in requests {
                now_ms += pause_ms;
                let takes: Vec<_> =
                    request.iter().map(|(n, cost)| Take { key: KEYS[*n], bucket: buckets[*n], cost: *cost }).collect();
                let slots: Vec<_> = request.iter().map(|(n, _)| *n).collect();
                let expected = store::take_all(now_ms, &takes, &slots, &mut model);
                proptest::prop_assert_eq!(store.take_all(now_ms, &takes), expected);
            }
        }
    }
}
