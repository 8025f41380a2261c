//! Fuzz targets. Each runs as an ordinary test on random input, a bounded number of times, and for as long as one likes under a
//! fuzzer that follows coverage: see docs/fuzzing.md. The transformations are private; their target is in `src/transform/fuzz.rs`.

mod bodies;
mod engine;
mod parser;
mod pieces;
mod rules;
#[path = "../support/mod.rs"]
mod support;
