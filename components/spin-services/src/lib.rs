//! What the filters of a composed shop import, made of what Spin offers: buckets and session records in the key-value store,
//! keys from variables, and the clock, random bytes and log of WASI.
//!
//! One instance serves all five filters, and cannot tell which of them calls. So what the edge grants slot by slot is granted
//! here to all of them together: a key that no slot of `config/edge.toml` may use is not there.
//!
//! The store has no time to live and no transactions. Everything here is kept in a fixed number of records, each with its own
//! end, so that the store stays as small as it is after a day; two requests that meet in one record may both take the
//! same token, which is fair enough for a developer's machine.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(missing_docs, clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit", "wit"],
        world: "mangaassist:spin-services/services",
        generate_all,
    });
}

mod buckets;
mod keys;
mod records;
mod sessions;
mod words;

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bindings::exports::mangaassist::edge;

/// Most bytes of one log line's fields together.
const LOG_BYTES_MAX: usize = 4 * 1024;
/// Most random bytes of one call to `random`.
const RANDOM_BYTES_MAX: u32 = 256;

struct Services;

bindings::export!(Services with_types_in bindings);

/// Milliseconds since the Unix epoch.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl edge::clock::Guest for Services {
    fn now_ms() -> u64 {
        now_ms()
    }

    fn monotonic_ns() -> u64 {
        static STARTED: OnceLock<Instant> = OnceLock::new();
        u64::try_from(STARTED.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl edge::log::Guest for Services {
    fn write(level: edge::log::Level, event: String, fields: Vec<(String, String)>) {
        let bytes = event.len() + fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if bytes > LOG_BYTES_MAX {
            return;
        }
        let level = match level {
            // Spin shows what a component writes; there is no level to choose, so the finest is left out.
            edge::log::Level::Debug => return,
            edge::log::Level::Info => "INFO",
            edge::log::Level::Warn => "WARN",
            edge::log::Level::Error => "ERROR",
        };
        words::log(level, &event, fields);
    }
}

impl edge::metrics::Guest for Services {
    fn count(name: String, delta: u32) {
        words::log("INFO", "count", [("name".to_owned(), name), ("delta".to_owned(), delta.to_string())]);
    }
}

impl edge::random::Guest for Services {
    fn bytes(n: u32) -> Vec<u8> {
        let mut bytes = vec![0; n.min(RANDOM_BYTES_MAX) as usize];
        // A filter must never go on with zeros.
        getrandom::fill(&mut bytes).expect("the host has random bytes");
        bytes
    }
}

impl edge::settings::Guest for Services {
    /// Not called in a composed shop: filters are composed with their settings read.
    fn json() -> String {
        "{}".to_owned()
    }
}

impl edge::assets::Guest for Services {
    /// Not called in a composed shop: filters are composed with their assets read.
    fn names() -> Vec<String> {
        Vec::new()
    }

    fn read(_: String) -> Option<Vec<u8>> {
        None
    }
}
