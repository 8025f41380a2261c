//! Who is asking.
//!
//! The session cookie, the bearer token, the signed header between edge and origin, and the two decisions that the `auth`
//! and `guest-session` filters are shells over. Everything is a function of its arguments: the clock, the random bytes and
//! the keys come from outside, so the same code runs inside a WebAssembly filter, in the edge, in the origin and under Spin.
//!
//! What is deliberately absent: sockets, files, the environment, and key material (see [`Keys`]; a host that has keys to
//! keep uses the `keyring` feature).
#![forbid(unsafe_code)]

pub mod authenticate;
mod b64;
pub mod cookie;
pub mod guest;
pub mod internal;
pub mod jwt;
#[cfg(feature = "keyring")]
pub mod keyring;
mod keys;
mod principal;
pub mod session;
mod signed;

pub use keys::{Allowed, KeyError, Keys};
pub use principal::{
    GUEST_PREFIX, Principal, SCOPE_BYTES_MAX, SCOPES_BYTES_MAX, SCOPES_MAX, SUBJECT_BYTES_MAX, Tier,
    UnknownTier,
};
