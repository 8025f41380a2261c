//! The forms that the answer to `POST /v1/chat/messages` goes out in: a stream of events, or one document that is gathered
//! from them.

use std::mem;

use crate::message::Answer;
use crate::{Code, Event, Problem, Product};

/// The forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Server-Sent Events, each as [`Event::to_sse`] writes it.
    Stream,
    /// One JSON document, an [`Answer`].
    Document,
}

impl Form {
    /// The form that an `Accept` header asks for (RFC 9110, section 12.5.1); without one, it is empty. A stream is for those
    /// who name it. Weights are not looked at.
    ///
    /// # Errors
    /// `not_acceptable` when it names neither form.
    pub fn of(accept: &str) -> Result<Self, Problem> {
        let accepts = |name: &str| {
            accept
                .split(',')
                .any(|range| range.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(name))
        };
        if accepts("text/event-stream") {
            Ok(Self::Stream)
        } else if accept.trim().is_empty()
            || accepts("application/json")
            || accepts("*/*")
            || accepts("application/*")
        {
            Ok(Self::Document)
        } else {
            Err(Problem::new(Code::NotAcceptable, "Accept text/event-stream or application/json."))
        }
    }
}

/// Gathers the events of one answer into its document. When the events end before this does, the answer was cut off: the
/// client is told [`Code::Interrupted`].
///
/// It is as large as the answer, whose bounds are those of whoever reads it.
#[derive(Debug, Default)]
pub struct Gather {
    text: String,
    cards: Vec<Product>,
}

impl Gather {
    /// Nothing gathered yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event. Gives the document, or why there is none, with the event that ends the answer.
    pub fn push(&mut self, event: Event) -> Option<Result<Answer, Problem>> {
        match event {
            Event::Start { .. } => None,
            Event::Delta { text, .. } => {
                self.text.push_str(&text);
                None
            }
            Event::Cards { products, .. } => {
                self.cards.extend(products);
                None
            }
            Event::Done { id, source, citations, usage } => {
                let (text, cards) = (mem::take(&mut self.text), mem::take(&mut self.cards));
                Some(Ok(Answer { id, source, text, cards, citations, usage }))
            }
            Event::Error { code, message, retry_after, .. } => {
                Some(Err(Problem { retry_after, ..Problem::new(code, message) }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Source, Usage};

    const ID: Uuid = Uuid::nil();

    fn delta(seq: u32, text: &str) -> Event {
        Event::Delta { id: ID, seq, text: text.to_owned() }
    }

    #[test]
    fn a_stream_is_for_those_who_name_it() {
        for accept in ["text/event-stream", "application/json, Text/Event-Stream;q=0.5"] {
            assert_eq!(Form::of(accept), Ok(Form::Stream), "{accept}");
        }
        for accept in ["", " ", "application/json", "*/*", "text/html, application/*;q=0.1"] {
            assert_eq!(Form::of(accept), Ok(Form::Document), "{accept}");
        }
    }

    #[test]
    fn what_has_no_form_is_not_acceptable() {
        for accept in ["text/html", "text/*", "application/jsonl"] {
            assert_eq!(Form::of(accept).unwrap_err().code, Code::NotAcceptable, "{accept}");
        }
    }

    #[test]
    fn the_document_has_the_whole_text_and_the_end() {
        let mut gather = Gather::new();
        for event in [Event::Start { id: ID, source: Source::Model }, delta(1, "He"), delta(2, "llo")] {
            assert_eq!(gather.push(event), None);
        }
        let end =
            Event::Done { id: ID, source: Source::Cache, citations: Vec::new(), usage: Usage::default() };
        let answer = gather.push(end).unwrap().unwrap();
        assert_eq!((answer.text.as_str(), answer.source), ("Hello", Source::Cache));
    }

    #[test]
    fn an_answer_that_fails_is_the_problem_of_its_code() {
        let mut gather = Gather::new();
        assert_eq!(gather.push(delta(1, "half")), None);
        let error = Event::Error {
            id: Some(ID),
            code: Code::Overloaded,
            message: "Later.".into(),
            retry_after: Some(2),
            usage: Some(Usage::default()),
        };
        let problem = gather.push(error).unwrap().unwrap_err();
        assert_eq!(problem, Problem::new(Code::Overloaded, "Later.").with_retry_after(2));
    }
}
