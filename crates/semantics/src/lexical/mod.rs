//! Matching by words: a text as [`Slots`], the flat structures an index is made of, spelling tolerance.
//!
//! Everything here is built once and then only read. Maps and orders are fixed, so an index built twice is the same index.

mod concepts;
mod csr;
mod hash;
mod slots;
mod speller;

pub use concepts::{Concepts, Meaning};
pub use csr::Csr;
pub use hash::{FixedMap, fixed_hash, step as hash_step};
pub use slots::{SLOTS_MAX, Slot, Slots, concept_key, word_key};
pub use speller::Speller;
