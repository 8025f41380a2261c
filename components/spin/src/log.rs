//! Log lines: JSON, where Spin collects a component's output. They hold no message text and no credential.

use serde_json::{Value, json};

/// Writes a line. `fields` is an object.
pub(crate) fn line(level: &str, message: &str, mut fields: Value) {
    fields["level"] = json!(level);
    fields["message"] = json!(message);
    fields["target"] = json!("mangaassist_spin");
    eprintln!("{fields}");
}
