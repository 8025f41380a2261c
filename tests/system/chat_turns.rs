//! Chat turns by post, as a stream and over a socket: who answers them, once, and what the origin gets to know.

mod answers;
mod calls;
mod limits;
mod logs;
mod memory;
mod repeats;
mod sessions;

use chat::{Event, Source};

/// A question that the FAQ answers, in English and in Japanese.
const SHIPPING: &str = "How much is shipping?";
const SHIPPING_JA: &str = "送料はいくらですか";
/// A question that only the origin can answer.
const DISCOVERY: &str = "Recommend me something dark like Berserk, please";

/// The source that the last event of an answer names.
fn source_of(events: &[Event]) -> Source {
    match events.last() {
        Some(Event::Done { source, .. }) => *source,
        other => panic!("the answer ends with {other:?}"),
    }
}
