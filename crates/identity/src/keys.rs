//! The seam to whoever holds the keys.

use thiserror::Error;

/// Keys, known by name. The material stays with the implementation: a filter hands in bytes and gets bytes or a verdict.
///
/// The implementation binds every key to one algorithm and refuses the key for any other, so that a public key can never
/// be used as a MAC secret (RFC 8725 §2.1, §3.1).
pub trait Keys {
    /// HMAC-SHA256 of the message under the named key.
    ///
    /// # Errors
    /// [`KeyError`], when there is no such key or it makes no MACs.
    fn mac(&self, key: &str, message: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Whether the signature is the named key's over this message. `algorithm` is a name of RFC 7518 §3.1 or RFC 8037.
    /// A signature of a wrong length is a wrong signature. The comparison takes the same time wherever they differ.
    ///
    /// # Errors
    /// [`KeyError`], when there is no such key or it is bound to another algorithm.
    fn verify(&self, key: &str, algorithm: &str, message: &[u8], signature: &[u8]) -> Result<bool, KeyError>;
}

/// Why a key could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no key of this name, or this caller may not use it. Caused by whoever named the key.
    #[error("no such key")]
    Unknown,
    /// The key is bound to another algorithm. Caused by whoever named the algorithm.
    #[error("the key is bound to another algorithm")]
    WrongAlgorithm,
    /// The holder of the keys could not answer. Trying again may help.
    #[error("the keys are not available")]
    Unavailable,
}

/// Some of the keys: any other name is unknown. Keeps a key made for one purpose (the tokens of a partner, say) from being
/// named in a value of another purpose (a session cookie).
pub struct Allowed<'a> {
    names: &'a [String],
    keys: &'a dyn Keys,
}

impl<'a> Allowed<'a> {
    /// Those of `keys` that have one of these names.
    #[must_use]
    pub const fn new(names: &'a [String], keys: &'a dyn Keys) -> Self {
        Self { names, keys }
    }

    fn check(&self, key: &str) -> Result<(), KeyError> {
        if self.names.iter().any(|name| name == key) { Ok(()) } else { Err(KeyError::Unknown) }
    }
}

impl Keys for Allowed<'_> {
    fn mac(&self, key: &str, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.check(key)?;
        self.keys.mac(key, message)
    }

    fn verify(&self, key: &str, algorithm: &str, message: &[u8], signature: &[u8]) -> Result<bool, KeyError> {
        self.check(key)?;
        self.keys.verify(key, algorithm, message, signature)
    }
}
