//! The origin: one chat turn in, one streamed, grounded answer out.
//!
//! The edge has answered what it could; what arrives here needs memory, the catalogue, the shop's records or a model. The
//! way of a turn is in [`pipeline`](crate), which reads like a list: admit → remember → classify → (tool | retrieve) →
//! compose → generate → check → format → record.
//!
//! The origin holds conversations and no client connection; it never sees a raw credential, only the signed internal
//! header. It is a library so that tests run it in-process: [`App::build`] from a [`Config`], then [`App::serve`] on
//! listeners that are handed in.
#![forbid(unsafe_code)]

mod admit;
mod api;
mod app;
mod check;
pub mod clock;
mod compose;
pub mod config;
mod dates;
mod format;
mod generate;
mod inspect;
mod live;
mod memory;
mod metrics;
pub mod model;
mod pipeline;
mod prompt;
mod retention;
mod retrieve;
mod run;
mod shop;
mod store;
pub mod telemetry;
mod tool;
mod understand;

pub use app::{App, Parts, StartError};
pub use config::{Config, ConfigError};
pub use inspect::{Asking, check};
