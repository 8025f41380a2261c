//! By RustCrypto, in Rust alone.

use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Verifier as _;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest as _, Sha256};

/// The DigestInfo of SHA-256 up to the digest itself (RFC 8017, section 9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];
/// Largest modulus, in bits; the same as the encodings allow.
const RSA_BITS_MAX: usize = 8_192;

/// A secret for HMAC-SHA256.
pub(in crate::keyring) struct HmacKey(Hmac<Sha256>);

impl HmacKey {
    pub(in crate::keyring) fn new(secret: &[u8]) -> Self {
        // HMAC takes a key of any length.
        Self(Hmac::new_from_slice(secret).expect("a key of any length"))
    }

    pub(in crate::keyring) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.clone().chain_update(message).finalize().into_bytes().to_vec()
    }

    pub(in crate::keyring) fn verifies(&self, message: &[u8], mac: &[u8]) -> bool {
        self.0.clone().chain_update(message).verify_slice(mac).is_ok()
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2), by modulus and exponent.
pub(in crate::keyring) fn rsa_verifies(n: &[u8], e: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (n, e) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(e));
    let Ok(key) = RsaPublicKey::new_with_max_size(n, e, RSA_BITS_MAX) else { return false };
    let scheme = Pkcs1v15Sign { hash_len: Some(32), prefix: SHA256_DIGEST_INFO.into() };
    key.verify(scheme, &Sha256::digest(message), signature).is_ok()
}

/// ECDSA on P-256 with SHA-256, the signature as two numbers of 32 bytes (RFC 7518, section 3.4).
pub(in crate::keyring) fn p256_verifies(point: &[u8; 65], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = p256::ecdsa::VerifyingKey::from_sec1_bytes(point) else { return false };
    p256::ecdsa::Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify(message, &signature).is_ok())
}

/// Ed25519 (RFC 8032).
pub(in crate::keyring) fn ed25519_verifies(key: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(key) else { return false };
    ed25519_dalek::Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}
