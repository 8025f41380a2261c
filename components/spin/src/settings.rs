//! The application's settings: Spin variables.

use identity::keyring::{KeyConfig, Keyring};
use serde_json::json;
use spin_sdk::variables;

use crate::log;

/// The variable with the origin's address.
pub(crate) const ORIGIN_URL: &str = "origin_url";
/// The variable with the key that calls to the origin are signed with.
pub(crate) const INTERNAL_KEY: &str = "key_internal_1";
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
    let url = value(ORIGIN_URL).await.ok_or(ORIGIN_URL)?;
    let key = value(INTERNAL_KEY).await.ok_or(INTERNAL_KEY)?;
    let url = url.trim_end_matches('/').to_owned();
    if !url.starts_with("http://") && !url.starts_with("https://") {
        unusable(ORIGIN_URL, "expected http:// or https://");
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
