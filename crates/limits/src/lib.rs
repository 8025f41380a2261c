//! How much is too much.
//!
//! [`bucket`] is the arithmetic, [`store`] says who keeps the buckets and [`InProcessBuckets`] keeps them in memory, [`policy`]
//! is the `rate-limit` filter's decision, and [`floor`] is the host's own, before any filter. The clock comes from outside.
//!
//! What is deliberately absent: a shared store. One that spans machines implements [`BucketStore`] from leases that it
//! refreshes behind the calls, because no call here may wait.
#![forbid(unsafe_code)]

mod address;
pub mod bucket;
pub mod floor;
mod memory;
pub mod policy;
pub mod store;

pub use address::AddressKey;
pub use bucket::{Bucket, Level, NEVER_MS, State};
pub use memory::InProcessBuckets;
pub use store::{BucketStore, Outcome, Take};
