//! The application's settings: Spin variables.

use identity::keyring::{KeyConfig, Keyring};
use serde_json::json;
use spin_sdk::variables;

use crate::log;

/// The variable with the origin's address.
pub(crate) const ORIGIN_URL: &str = "origin_url";
/// The variable with the key that calls to the origin are signed with.
pub(crate) const INTERNAL_KEY: &str = "key_internal1";
/// What that key is called, here and at the origin.
pub(crate) const INTERNAL_KEY_NAME: &str = "internal-1";

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
    let url = url.trim_end_matches('/').to_owned();
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
        unusable(ORIGIN_URL, "expected http:// or https://, a host and maybe a port, and no path");
        return Err(ORIGIN_URL);
    }
    let config = KeyConfig::of_text(INTERNAL_KEY_NAME, key);
    match Keyring::load(&[config], &mut |_| Err("no key is in a file here".into())) {
        Ok(keys) => Ok(OriginSettings { url, keys }),
        Err(error) => {
            unusable(INTERNAL_KEY, error.reason);
            Err(INTERNAL_KEY)
        }
    }
}

/// The value of a variable that the origin cannot be asked without.
async fn needed(name: &'static str) -> Result<String, &'static str> {
    let value = value(name).await;
    if value.is_none() {
        log::line("WARN", "variable not set: the origin is not asked", json!({ "variable": name }));
    }
    value.ok_or(name)
}

/// A variable's value; none when it is not set or empty.
async fn value(name: &str) -> Option<String> {
    match variables::get(name).await {
        Ok(value) if value.trim().is_empty() => None,
        Ok(value) => Some(value),
        Err(variables::Error::Undefined(_)) => None,
        Err(_) => {
            unusable(name, "it could not be read");
            None
        }
    }
}

fn unusable(variable: &str, cause: &str) {
    log::line("ERROR", "variable not usable", json!({ "variable": variable, "cause": cause }));
}
