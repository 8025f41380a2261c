//! What tokens are accepted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::TokenError;

/// A signature algorithm of RFC 7518 §3.1 or RFC 8037. There is no `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// HMAC-SHA256.
    #[serde(rename = "HS256")]
    Hs256,
    /// RSA, PKCS#1 v1.5, SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256, the signature as two 32-byte numbers (RFC 7518 §3.4).
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: &[Self] = &[Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa];

    /// The algorithm as it is written in a token's header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = TokenError;

    /// Case matters (RFC 7515 §4.1.1).
    fn from_str(text: &str) -> Result<Self, TokenError> {
        Self::ALL.iter().copied().find(|alg| alg.as_str() == text).ok_or(TokenError::Unsupported)
    }
}

/// What tokens are accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The one issuer (`iss`), compared byte by byte.
    pub issuer: String,
    /// The audiences (`aud`) of which a token must name one.
    pub audiences: Vec<String>,
    /// The algorithms that a token may use.
    pub algorithms: Vec<Algorithm>,
    /// The names of the keys that a token may be signed with (`kid`). The host binds each to one algorithm.
    pub keys: Vec<String>,
    /// The key of a token that names none. Without it such a token is refused.
    #[serde(default)]
    pub default_key: Option<String>,
    /// How far the issuer's clock may be from ours, in seconds.
    #[serde(default = "leeway_s")]
    pub leeway_s: u32,
}

/// Enough for machines that keep time by NTP.
const fn leeway_s() -> u32 {
    30
}

/// Longest leeway. A longer one would keep revoked access alive rather than excuse a clock.
const LEEWAY_S_MAX: u32 = 300;

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key}: {reason}")]
pub struct SettingsError {
    /// The setting, as a path.
    pub key: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Settings {
    /// Checks what the types leave open. `path` is where these settings stand, for the message.
    ///
    /// # Errors
    /// The first setting that cannot be, by its key.
    pub fn validate(&self, path: &str) -> Result<(), SettingsError> {
        let wrong = |key: &str, reason| Err(SettingsError { key: format!("{path}.{key}"), reason });
        if self.issuer.is_empty() {
            return wrong("issuer", "name the issuer of the tokens");
        }
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            return wrong("audiences", "name at least one audience, and no empty one");
        }
        if self.algorithms.is_empty() {
            return wrong("algorithms", "name at least one algorithm");
        }
        if self.keys.is_empty() {
            return wrong("keys", "name at least one key");
        }
        if self.default_key.as_ref().is_some_and(|key| !self.keys.contains(key)) {
            return wrong("default_key", "it has to be one of `keys`");
        }
        if self.leeway_s > LEEWAY_S_MAX {
            return wrong("leeway_s", "at most 300 seconds");
        }
        Ok(())
    }
}
