//! A match as one line of the log that tests read: ModSecurity's, in its order of members.

use std::fmt;

use seclang::{Match, Severity};

/// What a line says of a match: the engine's own, or one that was read from another log.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoggedMatch<'m> {
    /// `id`.
    pub rule_id: u64,
    /// `msg`.
    pub message: &'m str,
    /// `logdata`; empty when the rule has none.
    pub log_data: &'m str,
    /// `severity`, by name; empty when the rule has none.
    pub severity: &'m str,
    /// `tag`, each.
    pub tags: &'m [String],
    /// The variable that matched.
    pub variable: &'m str,
}

impl<'m> From<&'m Match> for LoggedMatch<'m> {
    fn from(found: &'m Match) -> Self {
        Self {
            rule_id: found.rule_id,
            message: &found.message,
            log_data: &found.log_data,
            severity: found.severity.map_or("", Severity::name),
            tags: &found.tags,
            variable: &found.variable,
        }
    }
}

/// `ModSecurity: Warning. Matched at ARGS:q. [id "942100"] [msg "…"] [data "…"] …`, on one line.
impl fmt::Display for LoggedMatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModSecurity: Warning. Matched at {}.", escaped(self.variable))?;
        write!(f, " [id \"{}\"] [msg \"{}\"]", self.rule_id, escaped(self.message))?;
        for (name, value) in [("data", self.log_data), ("severity", self.severity)] {
            if !value.is_empty() {
                write!(f, " [{name} \"{}\"]", escaped(value))?;
            }
        }
        self.tags.iter().try_for_each(|tag| write!(f, " [tag \"{}\"]", escaped(tag)))
    }
}

/// A match of the engine as a line.
#[must_use]
pub fn log_line(found: &Match) -> String {
    LoggedMatch::from(found).to_string()
}

/// What would end a member or a line is escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}
