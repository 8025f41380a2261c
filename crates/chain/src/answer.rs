//! A turn filter's answer, as the chat protocol tells it and as the conversation's memory keeps it.

use chat::{Citation, Event, Source, Usage};
use uuid::Uuid;

use crate::wit::ChatEvent;
use crate::words::citation_of;

/// What a slot is named whose filter answers from the FAQ.
const FAQ: &str = "faq";

/// An answer that a turn filter gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The whole answer for the client, from `start` to `done`.
    pub events: Vec<Event>,
    /// Where it came from, as `start` and `done` say.
    pub source: Source,
    /// Its text, for the memory.
    pub text: String,
    /// What it stands on, for the memory; `done` has the same.
    pub citations: Vec<Citation>,
    /// The entry that was answered, for the next turn's `previous`.
    pub entry: Option<String>,
    /// How many groups of cards were left out: they need live prices and stock, which only the origin has.
    pub cards_left_out: usize,
}

/// The answer of this slot's filter to the message of this id.
#[must_use]
pub fn events_of(id: Uuid, slot: &str, events: Vec<ChatEvent>) -> Answered {
    let source = source_of(slot);
    let mut answered = Answered {
        events: vec![Event::Start { id, source }],
        source,
        text: String::new(),
        citations: Vec::new(),
        entry: None,
        cards_left_out: 0,
    };
    let mut seq = 0;
    for event in events {
        match event {
            ChatEvent::Delta(text) => {
                seq += 1;
                answered.text.push_str(&text);
                answered.events.push(Event::Delta { id, seq, text });
            }
            ChatEvent::Cite(citation) => answered.citations.push(citation_of(citation)),
            ChatEvent::Entry(entry) => answered.entry = Some(entry),
            ChatEvent::Cards(_) => answered.cards_left_out += 1,
        }
    }
    let citations = answered.citations.clone();
    answered.events.push(Event::Done { id, source, citations, usage: Usage::default() });
    answered
}

/// Where the answers of a slot's filter come from. The shopper is told that an answer is the shop's FAQ: so it is only of a slot that is
/// named `faq`, or `faq-` and something. What another filter answers with was there before the message was, and counts as cached.
fn source_of(slot: &str) -> Source {
    if slot == FAQ || slot.strip_prefix(FAQ).is_some_and(|rest| rest.starts_with('-')) {
        Source::FaqEdge
    } else {
        Source::Cache
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wit;

    #[test]
    fn an_answer_begins_with_start_ends_with_done_and_counts_its_deltas() {
        let citation = wit::Citation {
            kind: wit::CitationKind::Faq,
            id: "shipping".into(),
            title: "Shipping".into(),
            url: None,
        };
        let answered = events_of(
            Uuid::nil(),
            "faq",
            vec![
                ChatEvent::Delta("It is ".into()),
                ChatEvent::Cards(vec!["berserk".into()]),
                ChatEvent::Cite(citation),
                ChatEvent::Entry("first".into()),
                ChatEvent::Delta("free.".into()),
                ChatEvent::Entry("shipping".into()),
            ],
        );
        let names: Vec<&str> = answered.events.iter().map(Event::name).collect();
        assert_eq!(names, ["start", "delta", "delta", "done"]);
        assert!(matches!(&answered.events[2], Event::Delta { seq: 2, text, .. } if text == "free."));
        assert!(
            matches!(&answered.events[3], Event::Done { citations, .. } if *citations == answered.citations)
        );
        assert_eq!((answered.text.as_str(), answered.entry.as_deref()), ("It is free.", Some("shipping")));
        assert_eq!((answered.citations.len(), answered.cards_left_out), (1, 1));
    }

    #[test]
    fn only_the_faqs_slots_answer_from_the_faq() {
        for (slot, source) in [
            ("faq", Source::FaqEdge),
            ("faq-returns", Source::FaqEdge),
            ("faqs", Source::Cache),
            ("spoiler", Source::Cache),
            ("not-faq", Source::Cache),
        ] {
            let answered = events_of(Uuid::nil(), slot, vec![ChatEvent::Delta("It is.".into())]);
            assert_eq!(answered.source, source, "{slot}");
            assert_eq!(answered.events[0], Event::Start { id: Uuid::nil(), source });
            assert!(
                matches!(answered.events[2], Event::Done { source: told, .. } if told == source),
                "{slot}"
            );
        }
    }
}
