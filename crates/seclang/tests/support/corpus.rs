//! The corpora of chat messages in `components/waf/corpus`.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::path::Path;

use serde_json::Value;

/// One line of a corpus.
#[derive(Debug)]
pub struct Line {
    pub text: String,
    /// The class of an attack, the kind of an innocent message.
    pub class: String,
    pub language: String,
    /// Not looked at while the rules were written.
    pub held_out: bool,
}

/// Innocent messages.
pub fn innocent() -> Vec<Line> {
    read("messages-innocent.jsonl", "kind")
}

/// Attacks.
pub fn attacks() -> Vec<Line> {
    read("messages-attack.jsonl", "class")
}

fn read(name: &str, class: &str) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../components/waf/corpus").join(name);
    let text = std::fs::read_to_string(path).expect("a corpus");
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect(line);
            let field = |name: &str| value[name].as_str().expect(line).to_owned();
            Line {
                text: field("text"),
                class: field(class),
                language: field("language"),
                held_out: value["held_out"].as_bool().unwrap_or(false),
            }
        })
        .collect()
}
