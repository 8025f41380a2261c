//! What an operator writes. Each part is owned by the module that it configures; this file nests them. Paths are relative to the
//! configuration file's folder.

use std::path::{Path, PathBuf};

use host::config::SlotConfig;
use identity::keyring::KeyConfig;
use serde::Deserialize;

use crate::turns::TurnsConfig;
use crate::turns::origin::OriginConfig;

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
    /// Plain HTTP: a loopback address, or behind something that ends TLS.
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
        match &mut self.tls {
            Some(Tls::Files { certificate, key }) => {
                resolve(certificate);
                resolve(key);
            }
            Some(Tls::Development { development_folder }) => resolve(development_folder),
            None => {}
        }
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
        if self.listen.threads == 0 {
            return fault("listen.threads", "at least 1");
        }
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
}
