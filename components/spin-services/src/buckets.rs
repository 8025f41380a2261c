//! Token buckets: the arithmetic of `limits`, the states in the key-value store.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use limits::{Bucket, State, Take};
use serde::{Deserialize, Serialize};

use crate::bindings::exports::mangaassist::edge::buckets::{Draw, Guest, Level, Outcome};
use crate::records::{self, Kind, Name, name_of};
use crate::{Services, now_ms};

/// Most buckets of one `take`.
const TAKES_MAX: usize = 8;
/// Longest key of a bucket, in bytes.
const KEY_BYTES_MAX: usize = 256;
/// Where buckets are kept.
const BUCKETS: Kind = Kind { name: "buckets", places: 256 };
/// Most buckets in one place.
const BUCKETS_PER_PLACE_MAX: usize = 64;

/// The buckets of one place, by the hash of their keys in hexadecimal.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Place(BTreeMap<String, Kept>);

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Kept {
    state: State,
    full_at_ms: u64,
}

impl Place {
    /// Makes room: full buckets go, and then the one that is full soonest. A full bucket tells nothing that a new one would not.
    fn trim(&mut self, now_ms: u64) {
        self.0.retain(|_, kept| kept.full_at_ms > now_ms);
        while self.0.len() > BUCKETS_PER_PLACE_MAX {
            let soonest = self.0.iter().min_by_key(|(_, kept)| kept.full_at_ms).map(|(name, _)| name.clone());
            let Some(name) = soonest else { return };
            self.0.remove(&name);
        }
    }
}

impl Guest for Services {
    fn take(draws: Vec<Draw>) -> Outcome {
        let refused = Outcome { granted: false, levels: Vec::new() };
        if draws.len() > TAKES_MAX {
            return refused;
        }
        let takes: Vec<Take<'_>> = draws.iter().map(take_of).collect();
        // What cannot be counted is not granted: a store that fails must not open the door.
        take(&takes, now_ms()).unwrap_or(refused)
    }
}

fn take_of(draw: &Draw) -> Take<'_> {
    let bucket = Bucket {
        capacity: draw.capacity.clamp(1, 1_000_000),
        refill_per_minute: draw.refill_per_minute.clamp(1, 60_000_000),
    };
    Take { key: cut(&draw.key), bucket, cost: draw.cost }
}

fn cut(key: &str) -> &str {
    &key[..key.floor_char_boundary(KEY_BYTES_MAX)]
}

fn take(takes: &[Take<'_>], now_ms: u64) -> Option<Outcome> {
    let store = records::open()?;
    let names: Vec<Name> = takes.iter().map(|take| name_of(take.key)).collect();
    let mut distinct: Vec<Name> = Vec::new();
    let slots: Vec<usize> = names
        .iter()
        .map(|name| {
            distinct.iter().position(|known| known == name).unwrap_or_else(|| {
                distinct.push(*name);
                distinct.len() - 1
            })
        })
        .collect();
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    for name in &distinct {
        if let Entry::Vacant(place) = places.entry(BUCKETS.place(name)) {
            let read = records::read(&store, place.key()).ok()?;
            place.insert(read);
        }
    }
    let mut states: Vec<State> = distinct
        .iter()
        .enumerate()
        .map(|(slot, name)| {
            let kept = places.get(&BUCKETS.place(name)).and_then(|place| place.0.get(&hex(name)));
            let first = slots.iter().position(|other| *other == slot).map(|index| takes[index].bucket);
            kept.map_or_else(|| first.unwrap_or(Bucket::new(1, 1)).full(now_ms), |kept| kept.state)
        })
        .collect();
    let outcome = limits::store::take_all(now_ms, takes, &slots, &mut states);
    // Nothing was taken when it was only looked at, or not granted: then there is nothing to keep.
    if outcome.granted && takes.iter().any(|take| take.cost > 0) {
        for (index, take) in takes.iter().enumerate() {
            let (name, state) = (names[index], states[slots[index]]);
            if let Some(place) = places.get_mut(&BUCKETS.place(&name)) {
                place.0.insert(hex(&name), Kept { state, full_at_ms: take.bucket.full_at_ms(state) });
            }
        }
        for (name, place) in &mut places {
            place.trim(now_ms);
            records::write(&store, name, place).ok()?;
        }
    }
    Some(Outcome { granted: outcome.granted, levels: outcome.levels.iter().map(level_of).collect() })
}

const fn level_of(level: &limits::Level) -> Level {
    Level {
        sufficient: level.granted,
        remaining: level.remaining,
        full_in_ms: level.reset_ms,
        retry_in_ms: level.retry_after_ms,
    }
}

fn hex(name: &Name) -> String {
    name.iter().map(|byte| format!("{byte:02x}")).collect()
}
