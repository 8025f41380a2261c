//! The component host: takes a filter (a WebAssembly component of package `mangaassist:edge`), publishes it into a slot, and
//! calls it within its bounds. It knows no proxy and no socket, and what becomes of a verdict is the crate `chain`'s, which a host
//! of another kind can have as well; the edge, the tools and the tests are built on this one.
//!
//! - [`config`]: a slot's settings, and its [`grant::Grant`]: what its filter may import, read and write.
//! - [`artifact`]: what is published: the component's bytes, its settings and its assets.
//! - [`publish`]: artifact → checked, pre-initialised, compiled [`version::Version`].
//! - [`memory`]: the linear memory of instances, bounded and counted.
//! - [`slot`]: a name with a current version; replacing it is an atomic swap.
//! - [`chain`]: the chain over these slots.
//! - [`grant`] and [`wit`]: what a slot allows, and the types of the contract; both are the crate `chain`'s.
//! - [`services`]: what the imports stand on: clock, keys, buckets, sessions.
//! - [`watch`]: publishes what changes in a directory.

pub mod artifact;
pub mod chain;
pub mod config;
pub mod engine;
pub mod memory;
pub mod metrics;
pub mod publish;
pub mod services;
pub mod slot;
pub mod version;
pub mod watch;

mod images;
mod size;
mod state;

pub use ::chain::{grant, wit};
