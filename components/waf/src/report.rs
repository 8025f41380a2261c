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

/// What matched, bounded and escaped. A credential and what a shopper wrote are never in a log: there only the length is.
fn shown(matched: &Match) -> String {
    if is_private(&matched.variable) {
        return format!("{} bytes", matched.matched.len());
    }
    let end = matched.matched.len().min(SHOWN_BYTES_MAX);
    matched.matched[..end].escape_ascii().to_string()
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
    "XML",
];

/// What the name of a field says of what is in it.
const PRIVATE_FIELDS: &[&str] = &[
    "address", "auth", "card", "cvc", "cvv", "mail", "message", "pass", "phone", "pwd", "secret", "session",
    "text", "token",
];

/// Whether a variable may hold a credential or a shopper's own words. A name such as `REQUEST_COOKIES_NAMES` is none.
fn is_private(variable: &str) -> bool {
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
