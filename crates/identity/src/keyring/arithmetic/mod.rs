//! The four signature checks and the one MAC that keys are for: by ring where there is a C compiler's target, else in Rust alone.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(any(target_family = "wasm", test))]
mod portable;

#[cfg(not(target_family = "wasm"))]
pub(super) use native::{HmacKey, ed25519_verifies, p256_verifies, rsa_verifies};
#[cfg(target_family = "wasm")]
pub(super) use portable::{HmacKey, ed25519_verifies, p256_verifies, rsa_verifies};

#[cfg(test)]
mod tests;
