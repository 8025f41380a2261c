//! Log lines: JSON, where Spin collects a component's output. They hold no message text and no credential.

use std::io::Write as _;

use serde_json::{Value, json};

/// Writes a line. `fields` is an object.
pub(crate) fn line(level: &str, message: &str, mut fields: Value) {
    fields["level"] = json!(level);
    fields["message"] = json!(message);
    fields["target"] = json!("mangaassist_spin");
    let line = format!("{fields}\n");
    // One write for a line: standard error is not buffered, and every write is a call of the host. A log that cannot be written
    // has nobody to be told to.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
