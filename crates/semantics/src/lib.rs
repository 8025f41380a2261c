//! What a text means, as far as words tell: normalisation, matching against a shop's FAQ, intents, and the measuring of it.
//!
//! Logic alone: no host, no clock, no files, no randomness; it runs the same in a WebAssembly filter and in a server.
//! Everything that can be computed ahead is computed when an index is built, so that a filter builds once, is
//! snapshotted, and then decides in tens of microseconds.
//!
//! - [`text`]: one spelling for what people type in many; English and Japanese tokens; which language it is.
//! - [`lexical`]: the flat structures of an index, a small thesaurus, spelling tolerance.
//! - [`faq`]: bundles of known questions, and the decision whether a question is one of them.
//! - [`intent`]: what kind of request a text is.
//! - [`eval`]: precision and coverage of an index on questions whose answer is known.
//!
//! What is deliberately absent: a dictionary of Japanese, a language model, anything learned at run time.
#![forbid(unsafe_code)]

pub mod eval;
pub mod faq;
pub mod intent;
pub mod lexical;
pub mod text;
