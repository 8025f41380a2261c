//! What an operator writes. Each part is owned by the module that it configures; this file nests them. Paths are relative to the
//! configuration file's folder.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use host::config::SlotConfig;
use identity::keyring::KeyConfig;
use serde::Deserialize;

use crate::sentences::SentencesConfig;
use crate::turns::TurnsConfig;
use crate::turns::origin::OriginConfig;

/// Longest time of anything that somebody waits for, in milliseconds.
const HOUR_MS: u64 = 3_600_000;
/// Longest time that anything is kept or left open, in seconds.
const DAY_S: u64 = 86_400;
/// Most of anything that is kept in memory: gigabytes of it.
const KEPT_MAX: u64 = 10_000_000;
/// Most threads: more than any machine has cores.
const THREADS_MAX: u64 = 1_024;
/// Most instances. Each has a gigabyte of address space, of which a machine has some hundred thousand.
const INSTANCES_MAX: u64 = 10_000;
/// Most texts that wait for the sentence model: minutes of its work.
const SENTENCES_MAX: u64 = 10_000;

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// The https listener's certificate.
    pub tls: Option<Tls>,
    /// Log directive, for example `info`.
    pub log: String,
    /// Files served to everyone.
    pub files: Files,
    /// Chat.
    pub chat: Chat,
    /// How turns are kept.
    pub turns: TurnsConfig,
    /// The origin.
    pub origin: OriginConfig,
    /// The shop's own site, where what is none of the edge's own goes; none answers it with 404.
    pub site: Option<Site>,
    /// Host-level floors.
    pub floors: limits::floor::Settings,
    /// The sentence model; none tells filters that ask for a vector that there is none.
    pub sentences: Option<SentencesConfig>,
    /// Filters.
    pub filters: Filters,
    /// Keys that filters use, through the host.
    #[serde(rename = "filter_key")]
    pub filter_keys: Vec<KeyConfig>,
    /// Keys of the internal header. Apart from the filters', so that no filter can sign for the origin.
    #[serde(rename = "internal_key")]
    pub internal_keys: Vec<KeyConfig>,
    /// The chain, in order.
    #[serde(rename = "slot")]
    pub slots: Vec<SlotConfig>,
}

/// Addresses, `host:port`; port 0 takes a free one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Plain HTTP, on a loopback address and no other: what comes from elsewhere comes by https.
    pub http: String,
    /// HTTP over TLS.
    pub https: Option<String>,
    /// Health and metrics; not for the public.
    pub admin: String,
    /// Threads that serve requests.
    pub threads: usize,
    /// Longest time for open connections to end at shutdown, in seconds.
    pub drain_s: u64,
}

/// A certificate: given files, or one made for development.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum Tls {
    /// Given files.
    Files {
        /// Chain, PEM.
        certificate: PathBuf,
        /// Key, PEM.
        key: PathBuf,
    },
    /// Made at start where it is missing.
    Development {
        /// Folder to keep it in.
        development_folder: PathBuf,
    },
}

/// Files served to everyone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// The built widget.
    pub widget: PathBuf,
    /// Served below `/demo/`, for demonstrations.
    pub demo: Option<PathBuf>,
}

/// Chat.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// Pages that may use the chat beside the edge's own, by origin, for example `https://shop.example`.
    pub allowed_origins: Vec<String>,
    /// Time between pings on a socket, in seconds.
    pub ping_s: u64,
    /// How long a socket may be silent, in seconds.
    pub idle_s: u64,
    /// Turns that a socket may have under way at once.
    pub socket_turns_max: usize,
    /// Most sockets open at once.
    pub sockets_max: usize,
    /// Most sockets of one session.
    pub session_sockets_max: usize,
    /// Most sockets of one address.
    pub address_sockets_max: usize,
    /// Longest time for a request's body to arrive, in milliseconds.
    pub body_ms: u64,
}

/// The shop's own site, behind the same filters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Base address, `http://host:port`.
    pub url: String,
    /// Longest time to connect, in milliseconds.
    pub connect_ms: u64,
    /// Longest time between two reads, in milliseconds.
    pub read_ms: u64,
}

/// A WAF's rules compile in seconds, on a slow machine too.
const fn default_init_ms() -> u64 {
    30_000
}

/// Filters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// One folder a slot.
    pub folder: PathBuf,
    /// Compiled code and snapshots.
    pub cache: Option<PathBuf>,
    /// How often the folder is looked at, in milliseconds; 0 never.
    pub watch_ms: u64,
    /// Longest that a filter's `init` may take, in milliseconds.
    #[serde(default = "default_init_ms")]
    pub init_ms: u64,
    /// Most instances alive at once.
    pub instances_max: u32,
    /// Most token buckets.
    pub buckets_max: usize,
    /// Most session records.
    pub sessions_max: u64,
}

/// Why a configuration cannot stand.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The text is not the configuration's form: names the place and the key.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// A value cannot stand.
    #[error("{key}: {reason}")]
    Value {
        /// The key.
        key: String,
        /// What was expected.
        reason: String,
    },
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Names the file, or the key that cannot stand.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, folder)
    }

    /// Reads and checks a text whose paths are relative to this folder.
    ///
    /// # Errors
    /// Names the key that cannot stand.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text)?;
        config.resolve(folder);
        config.check()?;
        Ok(config)
    }

    fn resolve(&mut self, folder: &Path) {
        let resolve = |path: &mut PathBuf| *path = folder.join(&*path);
        resolve(&mut self.files.widget);
        self.files.demo.iter_mut().for_each(resolve);
        resolve(&mut self.filters.folder);
        self.filters.cache.iter_mut().for_each(resolve);
        self.sentences.iter_mut().for_each(|sentences| resolve(&mut sentences.model));
        match &mut self.tls {
            Some(Tls::Files { certificate, key }) => {
                resolve(certificate);
                resolve(key);
            }
            Some(Tls::Development { development_folder }) => resolve(development_folder),
            None => {}
        }
        self.slots.iter_mut().for_each(|slot| slot.resolve(folder));
        for key in self.filter_keys.iter_mut().chain(&mut self.internal_keys) {
            for file in [&mut key.secret_file, &mut key.public_key_file].into_iter().flatten() {
                *file = folder.join(&*file).to_string_lossy().into_owned();
            }
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let fault =
            |key: &str, reason: &str| Err(ConfigError::Value { key: key.into(), reason: reason.into() });
        if self.listen.https.is_some() && self.tls.is_none() {
            return fault("tls", "expected with `listen.https`");
        }
        self.check_addresses()?;
        self.check_ranges()?;
        let is_base = |url: &str| url.starts_with("http://") && !url.ends_with('/');
        if !is_base(&self.origin.url) {
            return fault("origin.url", "expected `http://host:port`, without a slash at the end");
        }
        if self.site.as_ref().is_some_and(|site| !is_base(&site.url)) {
            return fault("site.url", "expected `http://host:port`, without a slash at the end");
        }
        let mut names = std::collections::BTreeSet::new();
        for slot in &self.slots {
            slot.validate().map_err(|error| ConfigError::Value {
                key: format!("slot `{}`: {}", error.slot, error.key),
                reason: error.expected.into(),
            })?;
            if !names.insert(&slot.name) {
                return fault("slot.name", "each name once");
            }
        }
        if !self.internal_keys.iter().any(|key| key.signing) {
            return fault("internal_key", "one of them with `signing = true`");
        }
        self.floors.validate().map_err(|error| ConfigError::Value {
            key: format!("floors.{}", error.key),
            reason: error.reason,
        })
    }

    fn check_addresses(&self) -> Result<(), ConfigError> {
        let fault =
            |key: &str, reason: &str| Err(ConfigError::Value { key: key.into(), reason: reason.into() });
        let listen = &self.listen;
        let addresses = [
            ("listen.http", Some(&listen.http)),
            ("listen.https", listen.https.as_ref()),
            ("listen.admin", Some(&listen.admin)),
        ];
        for (key, address) in addresses {
            if address.is_some_and(|address| resolved(address).is_empty()) {
                return fault(key, "expected `host:port`, for example `127.0.0.1:8080`");
            }
        }
        if !resolved(&listen.http).iter().all(|address| address.ip().to_canonical().is_loopback()) {
            return fault(
                "listen.http",
                "expected a loopback address; for any other there is `listen.https`",
            );
        }
        Ok(())
    }

    /// A time or a number of zero would switch off what it bounds. A huge one would bound nothing, and is more than clocks and
    /// queues can count.
    fn check_ranges(&self) -> Result<(), ConfigError> {
        let (listen, chat, turns, origin) = (&self.listen, &self.chat, &self.turns, &self.origin);
        let (filters, site) = (&self.filters, self.site.as_ref());
        let sentences = self.sentences.as_ref();
        let ranges = [
            ("listen.threads", listen.threads as u64, 1..=THREADS_MAX),
            ("listen.drain_s", listen.drain_s, 0..=DAY_S),
            ("chat.ping_s", chat.ping_s, 1..=DAY_S),
            ("chat.idle_s", chat.idle_s, 1..=DAY_S),
            ("chat.socket_turns_max", chat.socket_turns_max as u64, 1..=KEPT_MAX),
            ("chat.sockets_max", chat.sockets_max as u64, 1..=KEPT_MAX),
            ("chat.session_sockets_max", chat.session_sockets_max as u64, 1..=KEPT_MAX),
            ("chat.address_sockets_max", chat.address_sockets_max as u64, 1..=KEPT_MAX),
            ("chat.body_ms", chat.body_ms, 1..=HOUR_MS),
            ("turns.kept_max", turns.kept_max, 1..=KEPT_MAX),
            ("turns.kept_s", turns.kept_s, 0..=DAY_S),
            ("turns.abandon_s", turns.abandon_s, 0..=DAY_S),
            ("origin.connect_ms", origin.connect_ms, 1..=HOUR_MS),
            ("origin.read_ms", origin.read_ms, 1..=HOUR_MS),
            ("origin.total_ms", origin.total_ms, 1..=HOUR_MS),
            ("origin.turns_max", origin.turns_max as u64, 1..=KEPT_MAX),
            ("site.connect_ms", site.map_or(1, |site| site.connect_ms), 1..=HOUR_MS),
            ("site.read_ms", site.map_or(1, |site| site.read_ms), 1..=HOUR_MS),
            ("sentences.threads", sentences.map_or(1, |it| it.threads as u64), 1..=THREADS_MAX),
            ("sentences.queue_max", sentences.map_or(1, |it| it.queue_max as u64), 1..=SENTENCES_MAX),
            ("sentences.cache_max", sentences.map_or(1, |it| it.cache_max), 1..=KEPT_MAX),
            ("sentences.wait_ms", sentences.map_or(1, |it| it.wait_ms), 1..=HOUR_MS),
            ("filters.watch_ms", filters.watch_ms, 0..=HOUR_MS),
            ("filters.init_ms", filters.init_ms, 1..=HOUR_MS),
            ("filters.instances_max", u64::from(filters.instances_max), 1..=INSTANCES_MAX),
            ("filters.buckets_max", filters.buckets_max as u64, 1..=KEPT_MAX),
            ("filters.sessions_max", filters.sessions_max, 1..=KEPT_MAX),
        ];
        match ranges.into_iter().find(|(_, value, range)| !range.contains(value)) {
            Some((key, _, range)) => Err(ConfigError::Value {
                key: key.to_owned(),
                reason: format!("from {} to {}", range.start(), range.end()),
            }),
            None => Ok(()),
        }
    }
}

/// What an address stands for; nothing when it is none.
fn resolved(address: &str) -> Vec<SocketAddr> {
    address.to_socket_addrs().into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::*;

    /// As `cargo xtask up` runs it.
    const TEXT: &str = include_str!("../../config/edge.toml");

    /// The file with another value at a path such as `chat.idle_s`.
    fn with(path: &str, value: impl Into<Value>) -> Result<Config, ConfigError> {
        let mut table: Table = TEXT.parse().unwrap();
        let (section, key) = path.split_once('.').unwrap();
        table[section][key] = value.into();
        Config::parse(&toml::to_string(&table).unwrap(), Path::new("config"))
    }

    /// The key that a refusal of that value names.
    fn refused(path: &str, value: impl Into<Value>) -> String {
        match with(path, value) {
            Err(ConfigError::Value { key, .. }) => key,
            Err(error) => panic!("{path}: {error}"),
            Ok(_) => panic!("{path}: the configuration stands"),
        }
    }

    #[test]
    fn the_configuration_of_the_checkout_stands() {
        Config::parse(TEXT, Path::new("config")).unwrap();
    }

    /// Numbers that bound something.
    const BOUNDS: &[&str] = &[
        "listen.threads",
        "chat.ping_s",
        "chat.idle_s",
        "chat.socket_turns_max",
        "chat.sockets_max",
        "chat.session_sockets_max",
        "chat.address_sockets_max",
        "chat.body_ms",
        "turns.kept_max",
        "origin.connect_ms",
        "origin.read_ms",
        "origin.total_ms",
        "origin.turns_max",
        "site.connect_ms",
        "site.read_ms",
        "sentences.threads",
        "sentences.queue_max",
        "sentences.cache_max",
        "sentences.wait_ms",
        "filters.init_ms",
        "filters.instances_max",
        "filters.buckets_max",
        "filters.sessions_max",
    ];
    /// Numbers that may be nothing.
    const OFF_AT_ZERO: &[&str] = &["listen.drain_s", "turns.kept_s", "turns.abandon_s", "filters.watch_ms"];

    #[test]
    fn a_time_or_number_of_zero_is_refused_by_its_key() {
        for key in BOUNDS {
            assert_eq!(refused(key, 0), *key);
            assert!(with(key, 1).is_ok(), "{key}");
        }
        for key in OFF_AT_ZERO {
            assert!(with(key, 0).is_ok(), "{key}");
        }
    }

    #[test]
    fn a_huge_time_or_number_is_refused_by_its_key() {
        for key in BOUNDS.iter().chain(OFF_AT_ZERO) {
            // The most that each of them can hold.
            assert_eq!(refused(key, i64::from(u32::MAX)), *key);
            if *key != "filters.instances_max" {
                assert_eq!(refused(key, i64::MAX), *key);
            }
        }
    }

    #[test]
    fn every_number_has_a_range() {
        let table: Table = TEXT.parse().unwrap();
        for (section, values) in table.iter().filter(|(name, _)| *name != "floors") {
            for (key, _) in values.as_table().into_iter().flatten().filter(|(_, value)| value.is_integer()) {
                let key = format!("{section}.{key}");
                assert!(BOUNDS.iter().chain(OFF_AT_ZERO).any(|known| *known == key), "{key}");
            }
        }
    }

    #[test]
    fn a_listener_without_an_address_is_refused_by_its_key() {
        for key in ["listen.http", "listen.https", "listen.admin"] {
            for address in ["", "nowhere", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536"] {
                assert_eq!(refused(key, address), key, "{address}");
            }
        }
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        for address in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080", "[2001:db8::1]:8080"] {
            assert_eq!(refused("listen.http", address), "listen.http", "{address}");
            assert!(with("listen.https", address).is_ok(), "{address}");
        }
        for address in ["127.0.0.1:0", "127.0.0.2:8080", "[::1]:8080", "[::ffff:127.0.0.1]:8080"] {
            assert!(with("listen.http", address).is_ok(), "{address}");
        }
    }
}
