//! Sentence vectors from all-MiniLM-L6-v2 (Apache-2.0), on the CPU, from quantised weights.
//!
//! [`Model`] is read from one file and turns a text into a [`Vector`] of unit length: the dot product of two of them says how near
//! their meanings are. The feature `pool` has what a host runs it on: threads of their own, a bounded queue, a cache. The feature
//! `program` is what makes the file from the published weights.
//!
//! The numbers of a vector are the same on every machine, bit for bit: matrices are multiplied in whole numbers that no instruction
//! set rounds or saturates, and the rest is plain arithmetic in a fixed order without a mathematics library. So vectors that were
//! made when a bundle was built compare with those that an edge makes later.
//!
//! What is deliberately absent: training, batches (a question comes alone), and any other model.
//! See `docs/decisions/0017-sentence-vectors-by-an-own-encoder.md`.
#![forbid(unsafe_code)]

mod arithmetic;
#[cfg(feature = "program")]
pub mod convert;
mod encoder;
mod file;
mod linear;
mod model;
#[cfg(feature = "pool")]
pub mod pool;
mod tokens;
mod vector;

pub use file::LoadError;
pub use model::Model;
pub use tokens::{TEXT_CHARS_MAX, TOKENS_MAX};
pub use vector::{NUMBERS, Quantised, Vector};
