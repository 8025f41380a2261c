//! The ModSecurity rule language (SecLang): parser, compiler and engine.
#![forbid(unsafe_code)]

mod error;
pub mod limits;
mod outcome;
mod skeleton;
mod source;

pub use error::RuleError;
pub use outcome::{Interruption, Match, Mode, Outcome, RequestHead, Severity};
pub use skeleton::{RuleSet, Transaction};
pub use source::{DataFiles, NoDataFiles, Source};
