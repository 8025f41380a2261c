//! The application's settings: Spin variables. A value that is not there or cannot be used names its variable, and is never shown.

use std::cell::Cell;
use std::time::Duration;

use identity::keyring::{KeyConfig, Keyring};
use serde_json::{Map, json};
use spin_sdk::variables;

use crate::log;

/// The variable with the origin's address.
pub(crate) const ORIGIN_URL: &str = "origin_url";
/// The variable with the key that calls to the origin are signed with.
pub(crate) const INTERNAL_KEY: &str = "key_internal1";
/// What that key is called, here and at the origin.
pub(crate) const INTERNAL_KEY_NAME: &str = "internal-1";

/// Longest time that a variable may ask for, in milliseconds: what Spin itself waits for an outbound call.
const TIME_MS_MAX: u64 = 600_000;

/// What is wrong with a variable's value.
type Fault = fn(&str) -> Option<&'static str>;

/// A variable of `spin.toml`: what the shop does while it has no value, and what is wrong with one that it cannot use.
struct Variable {
    name: &'static str,
    without: &'static str,
    fault: Fault,
}

/// Every variable of `spin.toml`.
const VARIABLES: &[Variable] = &[
    Variable { name: ORIGIN_URL, without: "known questions alone are answered", fault: url_fault },
    Variable {
        name: INTERNAL_KEY,
        without: "known questions alone are answered",
        fault: |key| key_fault(INTERNAL_KEY_NAME, key),
    },
    Variable {
        name: "key_session1",
        without: "a key is made and kept in the key-value store",
        fault: |key| key_fault("session-1", key),
    },
    Variable { name: "key_shop1", without: "nobody signs in", fault: |key| key_fault("shop-1", key) },
    BODY.variable(),
    CONNECT.variable(),
    READ.variable(),
    TOTAL.variable(),
];

/// A time, and what it is while its variable has no value that can be used. The same as in `config/edge.toml`.
struct TimeSetting {
    variable: &'static str,
    default_ms: u64,
}

const BODY: TimeSetting = TimeSetting { variable: "body_ms", default_ms: 10_000 };
const CONNECT: TimeSetting = TimeSetting { variable: "origin_connect_ms", default_ms: 5_000 };
const READ: TimeSetting = TimeSetting { variable: "origin_read_ms", default_ms: 30_000 };
const TOTAL: TimeSetting = TimeSetting { variable: "origin_total_ms", default_ms: 60_000 };

impl TimeSetting {
    const fn variable(&self) -> Variable {
        Variable { name: self.variable, without: "the time is the edge's", fault: time_fault }
    }

    async fn read(&self) -> Duration {
        let given = value(self.variable).await.ok().flatten();
        Duration::from_millis(given.as_deref().and_then(time_ms).unwrap_or(self.default_ms))
    }
}

/// How long the entry waits.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    /// For a request's body to arrive.
    pub(crate) body: Duration,
    /// For a connection to the origin.
    pub(crate) connect: Duration,
    /// For the origin's next bytes.
    pub(crate) read: Duration,
    /// For a whole call to the origin.
    pub(crate) total: Duration,
}

/// The times, read once in an instance.
pub(crate) async fn times() -> Times {
    thread_local! {
        static TIMES: Cell<Option<Times>> = const { Cell::new(None) };
    }
    if let Some(times) = TIMES.get() {
        return times;
    }
    let times = Times {
        body: BODY.read().await,
        connect: CONNECT.read().await,
        read: READ.read().await,
        total: TOTAL.read().await,
    };
    TIMES.set(Some(times));
    times
}

/// Tells in one line of the log which variables have no value or none that can be used. Once in an instance, at its first request:
/// Spin runs nothing of an application before that.
pub(crate) async fn tell_once() {
    thread_local! {
        static TOLD: Cell<bool> = const { Cell::new(false) };
    }
    if TOLD.replace(true) {
        return;
    }
    let (mut not_set, mut not_usable) = (Map::new(), Map::new());
    for variable in VARIABLES {
        let name = variable.name.to_owned();
        let fault = match value(variable.name).await {
            Ok(Some(value)) => (variable.fault)(&value),
            Ok(None) => {
                not_set.insert(name, json!(variable.without));
                continue;
            }
            Err(cause) => Some(cause),
        };
        if let Some(cause) = fault {
            not_usable.insert(name, json!(cause));
        }
    }
    if not_set.is_empty() && not_usable.is_empty() {
        return;
    }
    let level = if not_usable.is_empty() { "WARN" } else { "ERROR" };
    log::line(level, "variables", json!({ "not_set": not_set, "not_usable": not_usable }));
}

/// Where the origin is, and the key that it knows us by.
pub(crate) struct OriginSettings {
    pub(crate) url: String,
    pub(crate) keys: Keyring,
}

/// The origin's settings; none when the shop is to run without it.
///
/// # Errors
/// The variable that is missing or cannot be used.
pub(crate) async fn origin() -> Result<OriginSettings, &'static str> {
    let url = needed(ORIGIN_URL).await?;
    let key = needed(INTERNAL_KEY).await?;
    if let Some(cause) = url_fault(&url) {
        unusable(ORIGIN_URL, cause);
        return Err(ORIGIN_URL);
    }
    match load_key(INTERNAL_KEY_NAME, &key) {
        Ok(keys) => Ok(OriginSettings { url: url.trim_end_matches('/').to_owned(), keys }),
        Err(cause) => {
            unusable(INTERNAL_KEY, cause);
            Err(INTERNAL_KEY)
        }
    }
}

/// The value of a variable that the origin cannot be asked without.
async fn needed(name: &'static str) -> Result<String, &'static str> {
    let value = value(name).await.unwrap_or_else(|cause| {
        unusable(name, cause);
        None
    });
    if value.is_none() {
        log::line("WARN", "variable not set: the origin is not asked", json!({ "variable": name }));
    }
    value.ok_or(name)
}

/// A variable's value; none when it is not set or empty.
async fn value(name: &str) -> Result<Option<String>, &'static str> {
    match variables::get(name).await {
        Ok(value) if value.trim().is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(variables::Error::Undefined(_)) => Ok(None),
        Err(_) => Err("it could not be read"),
    }
}

fn url_fault(url: &str) -> Option<&'static str> {
    let url = url.trim_end_matches('/');
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    host.is_none_or(|host| host.is_empty() || host.contains('/'))
        .then_some("expected http:// or https://, a host and maybe a port, and no path")
}

fn key_fault(name: &str, key: &str) -> Option<&'static str> {
    load_key(name, key).err()
}

fn load_key(name: &str, key: &str) -> Result<Keyring, &'static str> {
    let config = KeyConfig::of_text(name, key.to_owned());
    let keys = Keyring::load(&[config], &mut |_| Err("no key is in a file here".into()));
    keys.map_err(|error| error.reason)
}

fn time_fault(value: &str) -> Option<&'static str> {
    time_ms(value).is_none().then_some("expected 1 to 600000, in milliseconds")
}

fn time_ms(value: &str) -> Option<u64> {
    value.trim().parse().ok().filter(|ms| (1..=TIME_MS_MAX).contains(ms))
}

fn unusable(variable: &str, cause: &str) {
    log::line("ERROR", "variable not usable", json!({ "variable": variable, "cause": cause }));
}
