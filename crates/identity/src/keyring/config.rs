//! How keys are configured.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Material, public};
use crate::jwt::Algorithm;
use public::Jwk;

/// One key: its name, its algorithm, and exactly one source.
///
/// Secrets, wherever they come from, are written in base64 (`openssl rand -base64 32`), with or without a line end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// What cookies, headers and tokens call the key (`kid`).
    pub name: String,
    /// The one algorithm that the key is for.
    pub algorithm: Algorithm,
    /// Whether new values are signed with it. At most one key of a ring is.
    #[serde(default)]
    pub signing: bool,
    /// A file that holds the secret.
    #[serde(default)]
    pub secret_file: Option<String>,
    /// An environment variable that holds the secret.
    #[serde(default)]
    pub secret_env: Option<String>,
    /// The secret. For tests and demonstrations: configuration files are read by many.
    #[serde(default)]
    pub secret_base64: Option<Secret>,
    /// A file that holds a public key as `public_key_pem`.
    #[serde(default)]
    pub public_key_file: Option<String>,
    /// A public key: a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) in PEM, `-----BEGIN PUBLIC KEY-----`.
    #[serde(default)]
    pub public_key_pem: Option<String>,
    /// A public key as a JSON Web Key (RFC 7517).
    #[serde(default)]
    pub public_key_jwk: Option<Jwk>,
}

/// Where a key's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// In a file.
    File(&'a str),
    /// In an environment variable.
    Env(&'a str),
}

/// What kept a source from being read, in the words of whoever read it.
pub type ReadError = Box<dyn std::error::Error + Send + Sync>;

/// A text that is not shown and does not outlive its use.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct Secret(Zeroizing<String>);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("…")
    }
}

/// A key that cannot be.
#[derive(Debug, Error)]
#[error("{key}: {reason}")]
pub struct KeyringError {
    /// The key's place and the setting.
    pub key: String,
    /// What is wrong with it. Never the material.
    pub reason: &'static str,
    /// What reading its source said.
    #[source]
    pub source: Option<ReadError>,
}

impl KeyringError {
    pub(super) const fn new(key: String, reason: &'static str) -> Self {
        Self { key, reason, source: None }
    }
}

/// A secret as it is written in a configuration: in base64.
#[must_use]
pub fn secret_text(secret: &[u8]) -> String {
    STANDARD.encode(secret)
}

type Read<'r> = dyn FnMut(Source<'_>) -> Result<Vec<u8>, ReadError> + 'r;

impl KeyConfig {
    /// A key from its text alone, for hosts whose configuration is a text for each key: a public key in PEM, whose kind says the
    /// algorithm, or else a secret in base64 for HS256.
    #[must_use]
    pub fn of_text(name: &str, text: String) -> Self {
        let public = public::algorithm_of_pem(text.as_bytes());
        let (secret, pem) =
            if public.is_some() { (None, Some(text)) } else { (Some(Secret::from(text)), None) };
        Self {
            name: name.to_owned(),
            algorithm: public.unwrap_or(Algorithm::Hs256),
            signing: false,
            secret_file: None,
            secret_env: None,
            secret_base64: secret,
            public_key_file: None,
            public_key_pem: pem,
            public_key_jwk: None,
        }
    }

    pub(super) fn wrong(&self, place: usize, setting: &str, reason: &'static str) -> KeyringError {
        KeyringError::new(format!("keys[{place}] ({}).{setting}", self.name), reason)
    }

    pub(super) fn material(&self, place: usize, read: &mut Read<'_>) -> Result<Material, KeyringError> {
        if self.name.is_empty() || !self.name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(self.wrong(place, "name", "a name is made of printable ASCII"));
        }
        let (setting, found) = self.source(place)?;
        let bytes = match found {
            Found::Here(text) => text,
            Found::Jwk(jwk) => {
                return jwk.material(self.algorithm).map_err(|reason| self.wrong(place, setting, reason));
            }
            Found::Elsewhere(source) => Zeroizing::new(read(source).map_err(|source| KeyringError {
                source: Some(source),
                ..self.wrong(place, setting, "it could not be read")
            })?),
        };
        let is_secret = setting.starts_with("secret");
        if is_secret != (self.algorithm == Algorithm::Hs256) {
            return Err(self.wrong(
                place,
                setting,
                "HS256 takes a secret, every other algorithm a public key",
            ));
        }
        let made = if is_secret {
            unbase64(&bytes).ok_or("it is not base64").and_then(|secret| public::hmac(&secret))
        } else {
            public::from_pem(&bytes, self.algorithm)
        };
        made.map_err(|reason| self.wrong(place, setting, reason))
    }

    /// The one source that is set.
    fn source(&self, place: usize) -> Result<(&'static str, Found<'_>), KeyringError> {
        let here = |text: &str| Found::Here(Zeroizing::new(text.as_bytes().to_vec()));
        let mut found = [
            self.secret_file.as_deref().map(|path| ("secret_file", Found::Elsewhere(Source::File(path)))),
            self.secret_env.as_deref().map(|name| ("secret_env", Found::Elsewhere(Source::Env(name)))),
            self.secret_base64.as_ref().map(|secret| ("secret_base64", here(&secret.0))),
            self.public_key_file
                .as_deref()
                .map(|path| ("public_key_file", Found::Elsewhere(Source::File(path)))),
            self.public_key_pem.as_deref().map(|pem| ("public_key_pem", here(pem))),
            self.public_key_jwk.as_ref().map(|jwk| ("public_key_jwk", Found::Jwk(jwk))),
        ]
        .into_iter()
        .flatten();
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(self.wrong(place, "secret_file", "name one source of the key")),
            (Some(_), Some((second, _))) => Err(self.wrong(place, second, "name only one source of the key")),
        }
    }
}

enum Found<'a> {
    Here(Zeroizing<Vec<u8>>),
    Elsewhere(Source<'a>),
    Jwk(&'a Jwk),
}

/// The bytes that a base64 text stands for, its white space aside.
pub(super) fn unbase64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
    STANDARD.decode(&*text).ok().map(Zeroizing::new)
}
