//! A language model's server for tests and benchmarks. It speaks the real wire formats, answers from a [`Script`], keeps what
//! it was asked, and misbehaves on demand.
#![forbid(unsafe_code)]

mod script;

pub use script::{Failure, Script, Step, Stop};
