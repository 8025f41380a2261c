//! The security log: one object a match, saying which rule matched what, where, and what it adds up to.

use guest::log;
use seclang::Match;

/// Most bytes of what matched that are shown.
const SHOWN_BYTES_MAX: usize = 64;

/// Writes one match.
pub(crate) fn write(matched: &Match) {
    let severity = matched.severity.map_or("", |severity| severity.name());
    log::write(
        log::Level::Warn,
        "rule-matched",
        &[
            ("rule".into(), matched.rule_id.to_string()),
            ("message".into(), matched.message.clone()),
            ("severity".into(), severity.into()),
            ("tags".into(), matched.tags.join(",")),
            ("variable".into(), matched.variable.clone()),
            ("matched".into(), shown(matched)),
            ("score".into(), matched.score.to_string()),
        ],
    );
}

/// What matched, bounded and escaped. A chat message is the shopper's own words and never in a log: there only its length is.
fn shown(matched: &Match) -> String {
    if matched.variable.starts_with("MESSAGE") {
        return format!("{} bytes", matched.matched.len());
    }
    let end = matched.matched.len().min(SHOWN_BYTES_MAX);
    matched.matched[..end].escape_ascii().to_string()
}
