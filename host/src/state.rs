//! What an instance's store holds, and the host's side of the imports.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::chain::bindings::mangaassist::edge;
use identity::KeyError;
use ring::rand::{SecureRandom as _, SystemRandom};
use wasmtime::component::{HasSelf, Linker};

use crate::grant::Import;
use crate::memory::Limits;
use crate::version::SlotShared;

/// Most log lines of one call. A firewall writes one a rule that matches, and at its highest paranoia a request matches many.
const LOG_LINES_MAX: u32 = 256;
/// Most bytes of one log line's fields together.
const LOG_BYTES_MAX: usize = 4 * 1024;
/// Most random bytes of one call to `random`.
const RANDOM_BYTES_MAX: u32 = 256;
/// Most buckets of one `take`.
const TAKES_MAX: usize = 8;
/// Longest key of a bucket or session record, in bytes.
const KEY_BYTES_MAX: usize = 256;
/// Largest session record, in bytes.
const SESSION_BYTES_MAX: usize = 4 * 1024;
/// Longest life of a session record, in seconds: a week.
const SESSION_TTL_S_MAX: u32 = 604_800;

pub(crate) struct CallState {
    pub(crate) slot: Arc<SlotShared>,
    pub(crate) limits: Limits,
    request_id: String,
    started: Instant,
    log_lines: u32,
}

impl CallState {
    pub(crate) fn new(slot: Arc<SlotShared>) -> Self {
        let limits = Limits::new(slot.config.memory_mib as usize * 1024 * 1024);
        Self { slot, limits, request_id: String::new(), started: Instant::now(), log_lines: 0 }
    }

    /// Makes the state ready for the next call.
    pub(crate) fn begin(&mut self, request_id: &str) {
        self.request_id.clear();
        self.request_id.push_str(request_id);
        self.started = Instant::now();
        self.log_lines = 0;
    }
}

/// Links what the grant allows, and nothing else.
pub(crate) fn link(
    linker: &mut Linker<CallState>,
    granted: impl Iterator<Item = Import>,
) -> wasmtime::Result<()> {
    type Own = HasSelf<CallState>;
    for import in granted {
        match import {
            Import::Clock => edge::clock::add_to_linker::<_, Own>(linker, |state| state),
            Import::Log => edge::log::add_to_linker::<_, Own>(linker, |state| state),
            Import::Metrics => edge::metrics::add_to_linker::<_, Own>(linker, |state| state),
            Import::Random => edge::random::add_to_linker::<_, Own>(linker, |state| state),
            Import::Settings => edge::settings::add_to_linker::<_, Own>(linker, |state| state),
            Import::Assets => edge::assets::add_to_linker::<_, Own>(linker, |state| state),
            Import::Buckets => edge::buckets::add_to_linker::<_, Own>(linker, |state| state),
            Import::Keys => edge::keys::add_to_linker::<_, Own>(linker, |state| state),
            Import::Sessions => edge::sessions::add_to_linker::<_, Own>(linker, |state| state),
        }?;
    }
    Ok(())
}

impl edge::clock::Host for CallState {
    fn now_ms(&mut self) -> u64 {
        self.slot.services.clock.now_ms()
    }

    fn monotonic_ns(&mut self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl edge::log::Host for CallState {
    fn write(&mut self, level: edge::log::Level, event: String, fields: Vec<(String, String)>) {
        self.log_lines += 1;
        let bytes = event.len() + fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if self.log_lines > LOG_LINES_MAX || bytes > LOG_BYTES_MAX {
            self.slot.metrics.log_dropped.inc();
            return;
        }
        let fields: serde_json::Map<String, serde_json::Value> =
            fields.into_iter().map(|(name, value)| (name, value.into())).collect();
        let fields = serde_json::Value::Object(fields);
        let (slot, version, request_id) = (&*self.slot.config.name, &*self.slot.version, &*self.request_id);
        match level {
            edge::log::Level::Debug => {
                tracing::debug!(target: "filter", slot, version, request_id, event, %fields)
            }
            edge::log::Level::Info => {
                tracing::info!(target: "filter", slot, version, request_id, event, %fields)
            }
            edge::log::Level::Warn => {
                tracing::warn!(target: "filter", slot, version, request_id, event, %fields)
            }
            edge::log::Level::Error => {
                tracing::error!(target: "filter", slot, version, request_id, event, %fields)
            }
        }
    }
}

impl edge::metrics::Host for CallState {
    fn count(&mut self, name: String, delta: u32) {
        self.slot.metrics.count_own(&name, delta);
    }
}

impl edge::random::Host for CallState {
    fn bytes(&mut self, n: u32) -> Vec<u8> {
        let mut bytes = vec![0; n.min(RANDOM_BYTES_MAX) as usize];
        // The system's generator fails only before it is seeded at boot; a filter must never go on with zeros.
        SystemRandom::new().fill(&mut bytes).expect("the system's random generator works");
        bytes
    }
}

impl edge::settings::Host for CallState {
    fn json(&mut self) -> String {
        self.slot.artifact.settings.clone()
    }
}

impl edge::assets::Host for CallState {
    fn names(&mut self) -> Vec<String> {
        self.slot.artifact.assets.keys().cloned().collect()
    }

    fn read(&mut self, name: String) -> Option<Vec<u8>> {
        self.slot.artifact.assets.get(&name).cloned()
    }
}

/// Keys of different slots never meet: the slot's name has no NUL.
fn own_key(slot: &str, key: &str) -> String {
    let mut end = key.len().min(KEY_BYTES_MAX);
    while !key.is_char_boundary(end) {
        end -= 1;
    }
    format!("{slot}\0{}", &key[..end])
}

impl edge::buckets::Host for CallState {
    fn take(&mut self, draws: Vec<edge::buckets::Draw>) -> edge::buckets::Outcome {
        if draws.len() > TAKES_MAX {
            return edge::buckets::Outcome { granted: false, levels: Vec::new() };
        }
        let keys: Vec<String> = draws.iter().map(|draw| own_key(&self.slot.config.name, &draw.key)).collect();
        let wanted: Vec<limits::Take<'_>> = draws
            .iter()
            .zip(&keys)
            .map(|(draw, key)| limits::Take {
                key,
                bucket: limits::Bucket {
                    capacity: draw.capacity.clamp(1, 1_000_000),
                    refill_per_minute: draw.refill_per_minute.clamp(1, 60_000_000),
                },
                cost: draw.cost,
            })
            .collect();
        let outcome = self.slot.services.buckets.take_all(self.slot.services.clock.now_ms(), &wanted);
        edge::buckets::Outcome {
            granted: outcome.granted,
            levels: outcome
                .levels
                .iter()
                .map(|level| edge::buckets::Level {
                    sufficient: level.granted,
                    remaining: level.remaining,
                    full_in_ms: level.reset_ms,
                    retry_in_ms: level.retry_after_ms,
                })
                .collect(),
        }
    }
}

const fn key_error(error: &KeyError) -> edge::keys::KeyError {
    match error {
        KeyError::WrongAlgorithm => edge::keys::KeyError::WrongAlgorithm,
        _ => edge::keys::KeyError::Unknown,
    }
}

impl edge::keys::Host for CallState {
    fn mac(&mut self, key: String, message: Vec<u8>) -> Result<Vec<u8>, edge::keys::KeyError> {
        if !self.slot.config.grant.mac_keys.contains(&key) {
            return Err(edge::keys::KeyError::Unknown);
        }
        self.slot.services.keys.mac(&key, &message).map_err(|error| key_error(&error))
    }

    fn verify(
        &mut self,
        key: String,
        algorithm: String,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<bool, edge::keys::KeyError> {
        if !self.slot.config.grant.verify_keys.contains(&key) {
            return Err(edge::keys::KeyError::Unknown);
        }
        self.slot
            .services
            .keys
            .verify(&key, &algorithm, &message, &signature)
            .map_err(|error| key_error(&error))
    }
}

impl edge::sessions::Host for CallState {
    fn get(&mut self, key: String) -> Option<Vec<u8>> {
        self.slot.services.sessions.get(&own_key(&self.slot.config.name, &key))
    }

    fn set(&mut self, key: String, value: Vec<u8>, ttl_s: u32) -> Result<(), edge::sessions::SessionError> {
        if key.len() > KEY_BYTES_MAX || value.len() > SESSION_BYTES_MAX {
            return Err(edge::sessions::SessionError::TooLarge);
        }
        let ttl = Duration::from_secs(u64::from(ttl_s.clamp(1, SESSION_TTL_S_MAX)));
        self.slot.services.sessions.set(&own_key(&self.slot.config.name, &key), value, ttl);
        Ok(())
    }

    fn remove(&mut self, key: String) {
        self.slot.services.sessions.remove(&own_key(&self.slot.config.name, &key));
    }
}
