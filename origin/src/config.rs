//! What the service is told at its start. Read from a TOML table, wherever that came from: a file, or a test's text.
//!
//! ```toml
//! [listen]
//! public = "127.0.0.1:7080"      # the internal API, for edges
//! admin = "127.0.0.1:7081"       # health and metrics
//! [shop]
//! data_dir = "shop"
//! [state]
//! dir = "state/origin"           # absent: everything is forgotten at the end
//! [models]                       # absent: the embedded answerer alone; see `model::config`
//! order = ["local"]
//! local = { kind = "openai", base_url = "http://127.0.0.1:11434/v1", model = "qwen3:8b" }
//! [[keys]]                       # those that edges sign the internal header with
//! name = "internal-1"
//! algorithm = "HS256"
//! secret_file = "secrets/internal-1"
//! ```

mod section;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use identity::keyring::KeyConfig;
use thiserror::Error;
use toml::Table;

use crate::model::config::ModelsConfig;
pub(crate) use section::Section;

/// Longest time that conversations are kept, in days. The privacy policy promises it.
pub const RETENTION_DAYS_MAX: u64 = 90;

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// The folder of the shop's data files.
    pub data_dir: PathBuf,
    /// The folder of what is remembered; none keeps everything in memory.
    pub state_dir: Option<PathBuf>,
    /// The keys of the internal header.
    pub keys: Vec<KeyConfig>,
    /// Bounds.
    pub limits: Limits,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// How long conversations are kept.
    pub retention: Retention,
    /// The models, and what they may take.
    pub models: ModelsConfig,
}

/// Where to listen. Port 0 takes a free one.
#[derive(Clone, Copy, Debug)]
pub struct Listen {
    /// The internal API.
    pub public: SocketAddr,
    /// Health and metrics.
    pub admin: SocketAddr,
}

/// Bounds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Turns answered at once; one more is refused as overloaded.
    pub turns_running_max: usize,
    /// Longest body of an internal call, in bytes.
    pub body_bytes_max: usize,
    /// Database jobs that may wait; one more is refused.
    pub store_queue_max: usize,
    /// Events that an answer may be ahead of whoever reads it.
    pub events_ahead_max: usize,
    /// Longest answer, in characters.
    pub answer_chars_max: usize,
    /// Longest answer, in a model's tokens.
    pub answer_tokens_max: u32,
    /// Earlier turns of the session that an answer takes into account.
    pub turns_remembered_max: usize,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// A whole turn.
    pub turn: Duration,
    /// A request's body to arrive.
    pub body: Duration,
    /// One operation of a database, its wait in the queue included.
    pub store: Duration,
    /// Turns that run to end when the service stops.
    pub drain: Duration,
}

/// How long conversations are kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// For so long; at most [`RETENTION_DAYS_MAX`] days.
    pub keep: Duration,
    /// How often what is older is deleted.
    pub purge_every: Duration,
}

/// A setting that cannot be.
#[derive(Debug, Error)]
#[error("{key}: {reason}")]
pub struct ConfigError {
    /// The setting, by its path.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl ConfigError {
    pub(crate) fn new(key: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self { key: key.into(), reason: reason.to_string() }
    }
}

impl Config {
    /// The configuration in a file. Relative paths in it count from the file's folder.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::new(path.display().to_string(), error))?;
        let mut config = Self::from_toml(&text)?;
        let base = path.parent().unwrap_or(Path::new("."));
        config.data_dir = base.join(&config.data_dir);
        config.state_dir = config.state_dir.map(|dir| base.join(dir));
        config.models.count_paths_from(base);
        for key in &mut config.keys {
            key.secret_file =
                key.secret_file.take().map(|file| base.join(file).to_string_lossy().into_owned());
        }
        Ok(config)
    }

    /// The configuration in a text.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let table: Table =
            text.parse().map_err(|error: toml::de::Error| ConfigError::new("(file)", error.message()))?;
        Self::from_table(table)
    }

    /// The configuration in a table.
    ///
    /// # Errors
    /// [`ConfigError`], naming the setting.
    pub fn from_table(table: Table) -> Result<Self, ConfigError> {
        let mut root = Section::new(String::new(), table);
        let mut listen = root.section("listen")?;
        let mut shop = root.section("shop")?;
        let mut state = root.section("state")?;
        let mut retention = root.section("retention")?;
        let config = Self {
            listen: Listen { public: listen.required("public")?, admin: listen.required("admin")? },
            data_dir: shop.required("data_dir")?,
            state_dir: state.optional("dir")?,
            keys: root.required("keys")?,
            limits: Limits::read(&mut root.section("limits")?)?,
            timeouts: Timeouts::read(&mut root.section("timeouts")?)?,
            retention: Retention {
                keep: Duration::from_secs(
                    retention.bounded("days", RETENTION_DAYS_MAX, 1, RETENTION_DAYS_MAX)? * 86_400,
                ),
                purge_every: Duration::from_secs(retention.bounded("purge_every_s", 3_600, 1, 86_400)?),
            },
            models: ModelsConfig::read(&mut root)?,
        };
        for section in [&mut listen, &mut shop, &mut state, &mut retention, &mut root] {
            section.end()?;
        }
        if config.keys.is_empty() {
            return Err(ConfigError::new("keys", "name at least one key of the internal header"));
        }
        Ok(config)
    }
}

impl Limits {
    fn read(section: &mut Section) -> Result<Self, ConfigError> {
        let mut count = |key: &str, default: u64, min: u64, max: u64| -> Result<usize, ConfigError> {
            let value = section.bounded(key, default, min, max)?;
            usize::try_from(value).map_err(|error| ConfigError::new(key, error))
        };
        let limits = Self {
            // An extractive answer takes a millisecond or two; a model's answer mostly waits.
            turns_running_max: count("turns_running_max", 512, 1, 100_000)?,
            // Twenty preceding exchanges with long answers, every character escaped.
            body_bytes_max: count("body_bytes_max", 1 << 20, 1 << 10, 16 << 20)?,
            store_queue_max: count("store_queue_max", 4_096, 1, 1 << 20)?,
            events_ahead_max: count("events_ahead_max", 8, 1, 1_000)?,
            answer_chars_max: count("answer_chars_max", 8_000, 100, 100_000)?,
            answer_tokens_max: u32::try_from(count("answer_tokens_max", 1_000, 16, 100_000)?)
                .unwrap_or(u32::MAX),
            turns_remembered_max: count("turns_remembered_max", 8, 1, 100)?,
        };
        section.end()?;
        Ok(limits)
    }
}

impl Timeouts {
    fn read(section: &mut Section) -> Result<Self, ConfigError> {
        let mut ms =
            |key: &str, default: u64| section.bounded(key, default, 1, 600_000).map(Duration::from_millis);
        let timeouts = Self {
            turn: ms("turn_ms", 60_000)?,
            body: ms("body_ms", 10_000)?,
            store: ms("store_ms", 2_000)?,
            drain: ms("drain_ms", 10_000)?,
        };
        section.end()?;
        Ok(timeouts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = r#"
        listen = { public = "127.0.0.1:0", admin = "127.0.0.1:0" }
        shop.data_dir = "shop"
        [[keys]]
        name = "k"
        algorithm = "HS256"
        secret_base64 = "AAAA"
    "#;

    fn refused(text: &str) -> String {
        Config::from_toml(text).unwrap_err().key
    }

    #[test]
    fn the_least_configuration_has_sensible_bounds() {
        let config = Config::from_toml(LEAST).unwrap();
        assert_eq!(config.retention.keep, Duration::from_secs(90 * 86_400));
        assert_eq!(config.timeouts.turn, Duration::from_secs(60));
        assert!(config.state_dir.is_none());
    }

    #[test]
    fn a_huge_number_is_refused_by_its_setting() {
        for key in [
            "limits.turns_running_max",
            "limits.body_bytes_max",
            "limits.store_queue_max",
            "limits.events_ahead_max",
            "limits.answer_chars_max",
            "limits.answer_tokens_max",
            "limits.turns_remembered_max",
            "timeouts.turn_ms",
            "timeouts.body_ms",
            "timeouts.store_ms",
            "timeouts.drain_ms",
            "retention.days",
            "retention.purge_every_s",
        ] {
            assert_eq!(refused(&format!("{key} = {}\n{LEAST}", i64::MAX)), key);
        }
    }

    #[test]
    fn an_error_names_the_setting() {
        assert_eq!(refused(&LEAST.replace("admin = \"127.0.0.1:0\"", "admin = \"nowhere\"")), "listen.admin");
        assert_eq!(refused(&LEAST.replace("shop.data_dir = \"shop\"", "")), "shop.data_dir");
        assert_eq!(refused(&format!("retention.days = 91\n{LEAST}")), "retention.days");
        assert_eq!(refused(&format!("timeouts.turn = 5\n{LEAST}")), "timeouts.turn");
        assert_eq!(refused(&format!("colour = 5\n{LEAST}")), "colour");
        assert_eq!(refused("listen = 3"), "listen");
    }
}
