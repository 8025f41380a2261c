//! By ring.

use ring::{hmac, signature};

/// A secret for HMAC-SHA256.
pub(in crate::keyring) struct HmacKey(hmac::Key);

impl HmacKey {
    pub(in crate::keyring) fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    pub(in crate::keyring) fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, message).as_ref().to_vec()
    }

    pub(in crate::keyring) fn verifies(&self, message: &[u8], mac: &[u8]) -> bool {
        hmac::verify(&self.0, message, mac).is_ok()
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2), by modulus and exponent.
pub(in crate::keyring) fn rsa_verifies(n: &[u8], e: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = signature::RsaPublicKeyComponents { n, e };
    key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
}

/// ECDSA on P-256 with SHA-256, the signature as two numbers of 32 bytes (RFC 7518, section 3.4).
pub(in crate::keyring) fn p256_verifies(point: &[u8; 65], message: &[u8], signature: &[u8]) -> bool {
    let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
    key.verify(message, signature).is_ok()
}

/// Ed25519 (RFC 8032).
pub(in crate::keyring) fn ed25519_verifies(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    signature::UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signature).is_ok()
}
