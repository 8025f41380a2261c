//! The FAQ, from its source to what is published: `docs/faq.md` says what both look like.

mod build;
mod diff;
mod trial;

pub use build::{BuildError, MODEL, build, read};
pub use diff::{Change, diff};
pub use trial::{Trial, trial};
