//! Keys for those who may hold them: a host, the origin, a test. The arithmetic is ring's, and in WebAssembly RustCrypto's.
//!
//! A ring is one purpose's trust: make one for what filters may use, another for the internal header. Several keys live at
//! once, so that they can be rotated; at most one of them is the one to sign with.

mod arithmetic;
mod config;
mod public;

use std::collections::BTreeMap;
use std::fmt;

pub use config::{KeyConfig, KeyringError, ReadError, Secret, Source, secret_text};
pub use public::Jwk;

use crate::jwt::Algorithm;
use crate::{KeyError, Keys};

/// Shortest secret, in bytes: the length of the hash (RFC 7518 §3.2).
pub const SECRET_BYTES_MIN: usize = 32;

/// Keys by name, each bound to its algorithm.
#[derive(Default)]
pub struct Keyring {
    keys: BTreeMap<String, Material>,
    signing: Option<String>,
}

enum Material {
    Hmac(arithmetic::HmacKey),
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256([u8; 65]),
    Ed25519([u8; 32]),
}

impl Material {
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hmac(_) => Algorithm::Hs256,
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// Whether the signature holds. Each of the checks compares in constant time.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => key.verifies(message, signature),
            Self::Rsa { n, e } => arithmetic::rsa_verifies(n, e, message, signature),
            Self::P256(point) => arithmetic::p256_verifies(point, message, signature),
            Self::Ed25519(key) => arithmetic::ed25519_verifies(key, message, signature),
        }
    }
}

impl Keyring {
    /// The ring that the configuration describes. `read` fetches what a key's source names.
    ///
    /// # Errors
    /// [`KeyringError`], the first entry that cannot be, by its place and setting.
    pub fn load(
        configs: &[KeyConfig],
        read: &mut dyn FnMut(Source<'_>) -> Result<Vec<u8>, ReadError>,
    ) -> Result<Self, KeyringError> {
        let mut ring = Self::default();
        for (place, config) in configs.iter().enumerate() {
            let material = config.material(place, read)?;
            if ring.keys.insert(config.name.clone(), material).is_some() {
                return Err(config.wrong(place, "name", "another key has the same name"));
            }
            if config.signing && config.algorithm != Algorithm::Hs256 {
                return Err(config.wrong(place, "signing", "only an HS256 key can sign"));
            }
            if config.signing && ring.signing.replace(config.name.clone()).is_some() {
                return Err(config.wrong(place, "signing", "another key signs already"));
            }
        }
        Ok(ring)
    }

    /// The ring with one more HMAC secret. The first such secret is the one to sign with.
    ///
    /// # Errors
    /// [`KeyringError`], when the secret is shorter than [`SECRET_BYTES_MIN`].
    pub fn with_secret(mut self, name: &str, secret: &[u8]) -> Result<Self, KeyringError> {
        let material = public::hmac(secret).map_err(|reason| KeyringError::new(name.to_owned(), reason))?;
        self.keys.insert(name.to_owned(), material);
        self.signing.get_or_insert_with(|| name.to_owned());
        Ok(self)
    }

    /// Takes over the keys of another ring. Of two keys with one name the other's stands; who signs stays.
    pub fn absorb(&mut self, other: Self) {
        self.keys.extend(other.keys);
        if self.signing.is_none() {
            self.signing = other.signing;
        }
    }

    /// The name of the key to sign with.
    #[must_use]
    pub fn signing(&self) -> Option<&str> {
        self.signing.as_deref()
    }

    /// The names of all keys, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// The algorithm that the named key is bound to.
    #[must_use]
    pub fn algorithm(&self, name: &str) -> Option<Algorithm> {
        self.keys.get(name).map(Material::algorithm)
    }
}

impl Keys for Keyring {
    fn mac(&self, key: &str, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self.keys.get(key) {
            Some(Material::Hmac(key)) => Ok(key.sign(message)),
            Some(_) => Err(KeyError::WrongAlgorithm),
            None => Err(KeyError::Unknown),
        }
    }

    fn verify(&self, key: &str, algorithm: &str, message: &[u8], signature: &[u8]) -> Result<bool, KeyError> {
        let material = self.keys.get(key).ok_or(KeyError::Unknown)?;
        if material.algorithm().as_str() != algorithm {
            return Err(KeyError::WrongAlgorithm);
        }
        Ok(material.verifies(message, signature))
    }
}

impl fmt::Debug for Keyring {
    /// Names and algorithms, never material.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: BTreeMap<_, _> = self.keys.iter().map(|(name, key)| (name, key.algorithm())).collect();
        out.debug_struct("Keyring").field("keys", &keys).field("signing", &self.signing).finish()
    }
}
