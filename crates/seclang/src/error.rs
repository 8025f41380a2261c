//! What a rule author reads when a rule file is refused.

use std::fmt;

use crate::limits::ERROR_TEXT_BYTES_MAX;

/// One mistake in a rule file: where it is, what stands there, and what was expected instead.
///
/// A rule set with any error is refused whole ([`crate::RuleSet::compile`]), so the list is complete: every directive
/// is looked at, and each reports its first mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The name of the [`crate::Source`].
    pub file: String,
    /// The physical line, from 1.
    pub line: u32,
    /// The column in that line, in bytes, from 1.
    pub column: u32,
    /// The text that was not understood, bounded.
    pub offending: String,
    /// What would have been understood, as a phrase.
    pub expected: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RuleError { file, line, column, offending, expected } = self;
        write!(f, "{file}:{line}:{column}: found `{}`, expected {expected}", offending.escape_debug())
    }
}

impl std::error::Error for RuleError {}

/// Cuts `text` to what an error shows, on a character boundary.
pub(crate) fn excerpt(text: &str) -> String {
    if text.len() <= ERROR_TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let mut end = ERROR_TEXT_BYTES_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}
