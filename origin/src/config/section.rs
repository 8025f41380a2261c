//! Tables of settings, read so that an error names the setting by its path.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::ConfigError;

/// A table whose settings are taken one by one; what is left over was misspelt.
pub(crate) struct Section {
    path: String,
    table: Table,
}

impl Section {
    /// The table at this path; empty at the root.
    pub(crate) const fn new(path: String, table: Table) -> Self {
        Self { path, table }
    }

    /// The path of the setting with this name.
    pub(crate) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The table with this name; empty when there is none.
    pub(crate) fn section(&mut self, name: &str) -> Result<Self, ConfigError> {
        match self.table.remove(name) {
            None => Ok(Self { path: self.key(name), table: Table::new() }),
            Some(Value::Table(table)) => Ok(Self { path: self.key(name), table }),
            Some(_) => Err(ConfigError::new(self.key(name), "it has to be a table")),
        }
    }

    /// The setting with this name, if it is there.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.table.remove(name) else { return Ok(None) };
        value
            .try_into()
            .map(Some)
            .map_err(|error: toml::de::Error| ConfigError::new(self.key(name), error.message()))
    }

    /// The setting with this name.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, ConfigError> {
        self.optional(name)?.ok_or_else(|| ConfigError::new(self.key(name), "it is missing"))
    }

    /// The number with this name, `min` and `max` included.
    pub(crate) fn bounded(
        &mut self,
        name: &str,
        default: u64,
        min: u64,
        max: u64,
    ) -> Result<u64, ConfigError> {
        let value = self.optional(name)?.unwrap_or(default);
        if (min..=max).contains(&value) {
            return Ok(value);
        }
        Err(ConfigError::new(self.key(name), format!("{value} is not between {min} and {max}")))
    }

    /// The names that have not been taken yet, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    /// What has not been taken yet, as one table.
    pub(crate) fn take_rest(&mut self) -> Table {
        std::mem::take(&mut self.table)
    }

    /// Checks that nothing is left over.
    pub(crate) fn end(&self) -> Result<(), ConfigError> {
        match self.table.keys().next() {
            Some(name) => Err(ConfigError::new(self.key(name), "there is no such setting")),
            None => Ok(()),
        }
    }
}
