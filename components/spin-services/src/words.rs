//! Variables and log lines.

use std::io::Write as _;

use serde_json::{Map, Value};

use crate::bindings::fermyon::spin::variables;

/// The value of a Spin variable; none when it is not set or empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    match variables::get(name) {
        Ok(value) if value.trim().is_empty() => None,
        Ok(value) => Some(value),
        Err(variables::Error::Undefined(_)) => None,
        Err(_) => {
            log("ERROR", "variable not readable", [("name".to_owned(), name.to_owned())]);
            None
        }
    }
}

/// Writes a line of JSON where Spin collects a component's output.
pub(crate) fn log(level: &str, event: &str, fields: impl IntoIterator<Item = (String, String)>) {
    let fields: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    let line = serde_json::json!({ "level": level, "target": "filter", "event": event, "fields": fields });
    let line = format!("{line}\n");
    // One write for a line: standard error is not buffered, and every write is a call of the host. A log that cannot be written
    // has nobody to be told to.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
