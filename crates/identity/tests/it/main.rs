//! The crate as its users see it: with real keys, a fixed clock, and headers as they come off the wire.
#![expect(clippy::unwrap_used, reason = "in a test's helpers, as in a test")]

mod authenticate;
mod guest;
mod internal;
mod jwt;
mod keyring;
mod session;
mod shop;
