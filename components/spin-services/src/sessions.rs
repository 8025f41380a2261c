//! Small records with a time to live.

use serde::{Deserialize, Serialize};

use crate::bindings::exports::mangaassist::edge::sessions::{Guest, SessionError};
use crate::records::{self, Kind, Name, name_of};
use crate::{Services, now_ms};

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 256;
/// Largest record, in bytes.
const VALUE_BYTES_MAX: usize = 4 * 1024;
/// Longest life, in seconds: a week.
const TTL_S_MAX: u32 = 604_800;
/// Where records are kept: a newer one takes the place of an older one that hashes to it.
const SESSIONS: Kind = Kind { name: "sessions", places: 4_096 };

#[derive(Default, Serialize, Deserialize)]
struct Record {
    name: Name,
    ends_ms: u64,
    value: Vec<u8>,
}

impl Guest for Services {
    fn get(key: String) -> Option<Vec<u8>> {
        let name = name_of(cut(&key));
        let record: Record = records::read(&records::open()?, &SESSIONS.place(&name)).ok()?;
        (record.name == name && record.ends_ms > now_ms()).then_some(record.value)
    }

    fn set(key: String, value: Vec<u8>, ttl_s: u32) -> Result<(), SessionError> {
        if key.len() > KEY_BYTES_MAX || value.len() > VALUE_BYTES_MAX {
            return Err(SessionError::TooLarge);
        }
        let name = name_of(&key);
        let ends_ms = now_ms().saturating_add(u64::from(ttl_s.clamp(1, TTL_S_MAX)) * 1_000);
        let store = records::open().ok_or(SessionError::Full)?;
        let record = Record { name, ends_ms, value };
        records::write(&store, &SESSIONS.place(&name), &record).map_err(|_| SessionError::Full)
    }

    fn remove(key: String) {
        let name = name_of(cut(&key));
        let Some(store) = records::open() else { return };
        let place = SESSIONS.place(&name);
        let is_its_own = records::read::<Record>(&store, &place).is_ok_and(|record| record.name == name);
        if is_its_own {
            // A failure is logged; the record ends by itself.
            let _ = records::write(&store, &place, &Record::default());
        }
    }
}

fn cut(key: &str) -> &str {
    &key[..key.floor_char_boundary(KEY_BYTES_MAX)]
}
