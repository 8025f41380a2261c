//! go-ftw tests: the format of the Core Rule Set's own regression tests, run against anything that judges requests.
//!
//! A test sends raw bytes, well-formed or not, and says what must (or must not) stand in the log that a web application
//! firewall writes for them. [`Suite`] reads the files, [`run`] sends each test to a [`Target`] and judges its
//! [`Outcome`], and the [`Report`] says what failed and why.
//!
//! The format is that of go-ftw and of its tests' schema, versions 1 to 3:
//! <https://github.com/coreruleset/go-ftw>, <https://github.com/coreruleset/ftw-tests-schema>.
#![forbid(unsafe_code)]

pub mod backend;
mod exceptions;
#[cfg(test)]
mod fuzz;
pub mod http;
mod judge;
mod logline;
mod native;
mod report;
mod request;
pub mod rules;
mod run;
mod schema;
mod suite;
mod template;

pub use exceptions::{Exceptions, ExceptionsError};
pub use logline::{LoggedMatch, log_line};
pub use native::Native;
pub use report::{Report, TestReport, Verdict};
pub use run::{Outcome, Target, run};
pub use schema::{Expected, Header, Input, LogExpectation, Stage, Test};
pub use suite::{LoadError, Suite};
