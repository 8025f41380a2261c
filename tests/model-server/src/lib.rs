//! A language model's server for tests and benchmarks. It speaks the real wire formats, answers from a [`Script`], keeps what
//! it was asked, and misbehaves on demand.
#![forbid(unsafe_code)]

pub mod bedrock;
mod dialect;
mod http;
pub mod openai;
mod play;
mod script;
mod server;

pub use dialect::Dialect;
pub use http::Received;
pub use script::{Failure, Script, Step, Stop};
pub use server::ModelServer;
