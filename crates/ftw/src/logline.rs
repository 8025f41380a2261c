//! A match as one line of the log that tests read: ModSecurity's, in its order of members.

use std::fmt::Write as _;

use seclang::Match;

/// `ModSecurity: Warning. Matched at ARGS:q. [id "942100"] [msg "…"] [data "…"] …`, on one line.
#[must_use]
pub fn log_line(found: &Match) -> String {
    let mut line = format!("ModSecurity: Warning. Matched at {}.", escaped(&found.variable));
    let mut member = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = write!(line, " [{name} \"{}\"]", escaped(value));
    };
    member("id", &found.rule_id.to_string());
    member("msg", &found.message);
    if !found.log_data.is_empty() {
        member("data", &found.log_data);
    }
    if let Some(severity) = found.severity {
        member("severity", severity.name());
    }
    for tag in &found.tags {
        member("tag", tag);
    }
    line
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
