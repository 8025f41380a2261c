//! Settings of the `rate-limit` filter. What is left out has the default of the API's published limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Bucket;

/// Largest capacity or refill. What is larger is no limit, and was meant as something else.
const TOKENS_MAX: u32 = 10_000_000;
/// Most usage plans.
const PLANS_MAX: usize = 100;

/// What the filter counts, and how far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Turns of one guest. Default: 10 a minute.
    pub guest: Bucket,
    /// Turns of one customer. Default: 30 a minute, one every two seconds.
    pub customer: Bucket,
    /// Requests of one address. Default: 500 a minute.
    pub address_requests: Bucket,
    /// Turns of all guests of one address. Default: 60 a minute.
    pub address_guest_turns: Bucket,
    /// Usage plans of developers, by name. A token names its plan with the scope `plan:<name>`.
    pub plans: BTreeMap<String, Plan>,
    /// The plan of a developer whose token names none that exists.
    pub default_plan: Plan,
}

/// A developer's usage plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Turns of one developer.
    pub turns: Bucket,
    /// Requests of one developer, in place of those of its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Bucket>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            guest: Bucket::new(10, 10),
            customer: Bucket::new(30, 30),
            address_requests: Bucket::new(500, 500),
            address_guest_turns: Bucket::new(60, 60),
            plans: BTreeMap::new(),
            // A developer without a plan gets what a customer gets.
            default_plan: Plan { turns: Bucket::new(30, 30), requests: None },
        }
    }
}

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key}: {reason}")]
pub struct SettingsError {
    /// The setting, as a path.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl SettingsError {
    pub(crate) fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}

impl Settings {
    /// The settings that a JSON object describes.
    ///
    /// # Errors
    /// The first setting that cannot be, by its key.
    pub fn from_json(json: &str) -> Result<Self, SettingsError> {
        let settings: Self = read_json(json)?;
        settings.validate()?;
        Ok(settings)
    }

    /// Checks what the types leave open.
    ///
    /// # Errors
    /// The first setting that cannot be, by its key.
    pub fn validate(&self) -> Result<(), SettingsError> {
        validate_bucket("guest", self.guest)?;
        validate_bucket("customer", self.customer)?;
        validate_bucket("address_requests", self.address_requests)?;
        validate_bucket("address_guest_turns", self.address_guest_turns)?;
        self.default_plan.validate("default_plan")?;
        if self.plans.len() > PLANS_MAX {
            return Err(SettingsError::new("plans", format!("at most {PLANS_MAX} plans")));
        }
        self.plans.iter().try_for_each(|(name, plan)| plan.validate(&format!("plans.{name}")))
    }

    /// The plan of this name, or the default one.
    #[must_use]
    pub fn plan(&self, name: Option<&str>) -> Plan {
        name.and_then(|name| self.plans.get(name)).copied().unwrap_or(self.default_plan)
    }
}

impl Plan {
    fn validate(&self, path: &str) -> Result<(), SettingsError> {
        validate_bucket(&format!("{path}.turns"), self.turns)?;
        self.requests.map_or(Ok(()), |requests| validate_bucket(&format!("{path}.requests"), requests))
    }
}

/// A bucket that holds nothing or never refills shuts its users out for good, which no one means.
pub(crate) fn validate_bucket(path: &str, bucket: Bucket) -> Result<(), SettingsError> {
    let numbers = [("capacity", bucket.capacity), ("refill_per_minute", bucket.refill_per_minute)];
    match numbers.into_iter().find(|(_, number)| !(1..=TOKENS_MAX).contains(number)) {
        Some((key, _)) => Err(SettingsError::new(format!("{path}.{key}"), format!("from 1 to {TOKENS_MAX}"))),
        None => Ok(()),
    }
}

/// Settings from a JSON object; when they cannot be read, the first member that is at fault.
pub(crate) fn read_json<S: serde::de::DeserializeOwned>(json: &str) -> Result<S, SettingsError> {
    use serde_json::{Map, Value};
    let whole = |error: serde_json::Error| SettingsError::new("settings", error.to_string());
    // An object first: serde would read the members of a struct from an array as well.
    let members: Map<String, Value> = serde_json::from_str(json).map_err(whole)?;
    let error = match serde_json::from_str::<S>(json) {
        Ok(settings) => return Ok(settings),
        Err(error) => error,
    };
    for (key, value) in members {
        let alone = Value::Object(Map::from_iter([(key.clone(), value)]));
        if let Err(error) = serde_json::from_value::<S>(alone) {
            return Err(SettingsError::new(key, error.to_string()));
        }
    }
    Err(whole(error))
}
