//! A turn filter's answer, as the chat protocol tells it and as the conversation's memory keeps it.

use chat::{Citation, Event, Source, Usage};
use uuid::Uuid;

use crate::wit::ChatEvent;
use crate::words::citation_of;

/// An answer that a turn filter gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The whole answer for the client, from `start` to `done`.
    pub events: Vec<Event>,
    /// Its text, for the memory.
    pub text: String,
    /// What it stands on, for the memory; `done` has the same.
    pub citations: Vec<Citation>,
    /// The entry that was answered, for the next turn's `previous`.
    pub entry: Option<String>,
    /// How many groups of cards were left out: they need live prices and stock, which only the origin has.
    pub cards_left_out: usize,
}

/// The answer of a filter to the message of this id.
#[must_use]
pub fn events_of(id: Uuid, source: Source, events: Vec<ChatEvent>) -> Answered {
    let mut answered = Answered {
        events: vec![Event::Start { id, source }],
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
            Source::FaqEdge,
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
}
