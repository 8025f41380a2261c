//! The security log: one object a match, saying which rule matched what, where, and what it adds up to.

use guest::log;
use seclang::Match;

/// Most bytes of what matched that are shown, before they are escaped.
const SHOWN_BYTES_MAX: usize = 64;
/// Most bytes of each other field. All fields of a line, with their names, stay below the 4 KiB that the host takes.
const MESSAGE_BYTES_MAX: usize = 512;
const LOG_DATA_BYTES_MAX: usize = 1_024;
const TAGS_BYTES_MAX: usize = 1_024;
const VARIABLE_BYTES_MAX: usize = 256;
/// Most matches of a call that have a line of their own; one more line says how many have none. The host takes 256.
const MATCHES_MAX: usize = 255;

/// Writes the matches of a transaction, and how many there were beyond those that the engine keeps.
pub(crate) fn write(matches: &[Match], dropped: usize) {
    matches.iter().take(MATCHES_MAX).for_each(write_match);
    let untold = dropped.saturating_add(matches.len().saturating_sub(MATCHES_MAX));
    if untold > 0 {
        log::write(log::Level::Warn, "matches-dropped", &[("count".into(), untold.to_string())]);
    }
}

fn write_match(matched: &Match) {
    let severity = matched.severity.map_or("", |severity| severity.name());
    log::write(
        log::Level::Warn,
        "rule-matched",
        &[
            ("rule".into(), matched.rule_id.to_string()),
            ("phase".into(), matched.phase.to_string()),
            ("message".into(), text(&matched.message, MESSAGE_BYTES_MAX)),
            ("severity".into(), severity.into()),
            ("tags".into(), text(&matched.tags.join(","), TAGS_BYTES_MAX)),
            ("variable".into(), text(&matched.variable, VARIABLE_BYTES_MAX)),
            ("matched".into(), shown(matched)),
            ("log_data".into(), log_data(matched)),
            ("score".into(), matched.score.to_string()),
        ],
    );
}

/// What matched, bounded and escaped. A credential and what a shopper wrote are never in a log: there only the length is.
fn shown(matched: &Match) -> String {
    if matched.is_private {
        return length(matched.matched.len());
    }
    let end = matched.matched.len().min(SHOWN_BYTES_MAX);
    matched.matched[..end].escape_ascii().to_string()
}

fn log_data(matched: &Match) -> String {
    if matched.is_private && !matched.log_data.is_empty() {
        return length(matched.log_data.len());
    }
    text(&matched.log_data, LOG_DATA_BYTES_MAX)
}

fn length(bytes: usize) -> String {
    format!("{bytes} bytes")
}

/// A text for people, with what is no printable character escaped, and cut to its bound.
fn text(text: &str, bytes_max: usize) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        let before = shown.len();
        // A quotation mark or a backslash is printable; the log's own form escapes it.
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
        if shown.len() > bytes_max {
            shown.truncate(before);
            break;
        }
    }
    shown
}

/// Variables that hold a whole query, a whole body, or what a browser is trusted with.
const PRIVATE: &[&str] = &[
    "ARGS:json.",
    "ARGS_GET:json.",
    "ARGS_POST:json.",
    "MATCHED_VAR",
    "MESSAGE",
    "QUERY_STRING",
    "REQUEST_BODY",
    "REQUEST_COOKIES",
    "REQUEST_HEADERS:authorization",
    "REQUEST_HEADERS:cookie",
    "REQUEST_HEADERS:proxy-authorization",
    "REQUEST_HEADERS:referer",
    "REQUEST_LINE",
    "REQUEST_URI",
    "RESPONSE_BODY",
    "RESPONSE_HEADERS:set-cookie",
    "SESSIONID",
    "USERID",
    "XML",
];

/// What the name of a field says of what is in it.
const PRIVATE_FIELDS: &[&str] = &[
    "address", "auth", "card", "cvc", "cvv", "mail", "message", "pass", "phone", "pwd", "secret", "session",
    "text", "token",
];

/// Whether a variable may hold a credential or a shopper's own words. A name such as `REQUEST_COOKIES_NAMES` is none.
pub(crate) fn is_private(variable: &str) -> bool {
    let starts = |start: &&str| {
        variable.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
            && !variable[start.len()..].starts_with("_NAMES")
    };
    if PRIVATE.iter().any(starts) {
        return true;
    }
    let field = variable.split_once(':').map_or("", |(_, field)| field).to_ascii_lowercase();
    PRIVATE_FIELDS.iter().any(|word| field.contains(word))
}
