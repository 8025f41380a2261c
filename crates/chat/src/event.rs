//! What an answer is made of. The same events go over a WebSocket (one text message each), as SSE (`event:` is the type,
//! `data:` the whole object) and from the origin to the edge (one line of JSON each).
//!
//! An answer is `start`, any number of `delta` and `cards`, then exactly one `done` or `error`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Code;

/// One event of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The answer begins.
    Start {
        /// The client's id of the message.
        id: Uuid,
        /// Where the answer comes from.
        source: Source,
    },
    /// More text.
    Delta {
        /// The client's id of the message.
        id: Uuid,
        /// Counts this answer's deltas from 1, without a gap.
        seq: u32,
        /// The text to append.
        text: String,
    },
    /// Products to show.
    Cards {
        /// The client's id of the message.
        id: Uuid,
        /// The products, best first.
        products: Vec<Product>,
    },
    /// The answer is complete.
    Done {
        /// The client's id of the message.
        id: Uuid,
        /// Where the answer came from; it may differ from `start` when a fall-back answered.
        source: Source,
        /// What the answer stands on.
        citations: Vec<Citation>,
        /// What it cost.
        usage: Usage,
    },
    /// The answer, or what the client sent, failed.
    Error {
        /// The message concerned; absent when it could not be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
        /// Stable and for programs.
        code: Code,
        /// For people: what happened and what to do next.
        message: String,
        /// Seconds to wait before trying again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
        /// What the answer cost by then; absent when no model was asked, or it is not known to whoever ends the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<Usage>,
    },
}

impl Event {
    /// The event's name: its `type`, and the `event:` field of its SSE form.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Delta { .. } => "delta",
            Self::Cards { .. } => "cards",
            Self::Done { .. } => "done",
            Self::Error { .. } => "error",
        }
    }

    /// Whether nothing follows this event in its answer.
    #[must_use]
    pub const fn ends_answer(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Error { .. })
    }

    /// The message that this event belongs to.
    #[must_use]
    pub const fn id(&self) -> Option<Uuid> {
        match self {
            Self::Start { id, .. }
            | Self::Delta { id, .. }
            | Self::Cards { id, .. }
            | Self::Done { id, .. } => Some(*id),
            Self::Error { id, .. } => *id,
        }
    }

    /// The event as JSON.
    ///
    /// # Panics
    /// Never: every field of an event has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every field of an event has a JSON form")
    }

    /// The event as one Server-Sent Event (WHATWG HTML, section 9.2). JSON escapes line ends, so one `data:` line holds it.
    #[must_use]
    pub fn to_sse(&self) -> String {
        let name = self.name();
        let data = self.to_json();
        // `id:` lets a client name the last delta it has when it reconnects.
        match self {
            Self::Delta { seq, .. } => format!("id: {seq}\nevent: {name}\ndata: {data}\n\n"),
            _ => format!("event: {name}\ndata: {data}\n\n"),
        }
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The FAQ component, at the edge.
    FaqEdge,
    /// An answer that was there before the message: an earlier one of the origin, or one of another component at the edge.
    Cache,
    /// A language model.
    Model,
    /// The embedded answerer: sentences and records, put together without a language model.
    Extractive,
    /// A shop service, for example an order look-up.
    Tool,
}

impl Source {
    /// The name that the protocol has for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FaqEdge => "faq-edge",
            Self::Cache => "cache",
            Self::Model => "model",
            Self::Extractive => "extractive",
            Self::Tool => "tool",
        }
    }
}

/// A product card. Price and stock are read when the card is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Catalogue id.
    pub id: String,
    /// Title in the answer's language.
    pub title: String,
    /// The title in the other language, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt_title: Option<String>,
    /// Authors, in the answer's language.
    pub authors: Vec<String>,
    /// Genres, by their catalogue names.
    pub genres: Vec<String>,
    /// Number of volumes published in Japan.
    pub volumes: u16,
    /// Price of one volume.
    pub price: Money,
    /// Availability.
    pub stock: Stock,
    /// Page of the series on the shop's site.
    pub url: String,
    /// Why it is shown, one short sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's smallest unit, for example cents.
    pub amount: u32,
    /// ISO 4217.
    pub currency: String,
}

/// Availability of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stock {
    /// More than five copies.
    InStock,
    /// One to five copies.
    Low,
    /// None now.
    Out,
}

/// What an answer stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The kind of record.
    pub kind: CitationKind,
    /// The record's id: FAQ entry, `policy#section`, catalogue id, order number.
    pub id: String,
    /// What to show.
    pub title: String,
    /// Where to read it, on the shop's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The kinds of record that an answer can stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CitationKind {
    /// An FAQ entry.
    Faq,
    /// A section of a policy.
    Policy,
    /// A series of the catalogue.
    Series,
    /// A customer's own order.
    Order,
}

/// What an answer cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read by all models that were asked; 0 when none was.
    pub input_tokens: u32,
    /// Tokens written by all models that were asked; 0 when none was.
    pub output_tokens: u32,
    /// Tokens that a model read from its provider's cache, beside those of `input_tokens`.
    #[serde(default, skip_serializing_if = "is_none")]
    pub cache_read_tokens: u32,
    /// Tokens that were written to the provider's cache, beside those of `input_tokens`.
    #[serde(default, skip_serializing_if = "is_none")]
    pub cache_write_tokens: u32,
    /// The provider did not say all of it: some was counted from the lengths of the texts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// The model that wrote the answer, or the last of those that did; none when no model did, whatever it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// In money, where the price is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// Whether there is nothing to tell.
const fn is_none(count: &u32) -> bool {
    *count == 0
}

/// What a model's tokens cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// In millionths of the currency's unit, rounded up.
    pub micros: u64,
    /// ISO 4217.
    pub currency: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_in_sse_is_one_block_even_when_its_text_has_line_ends() {
        let event = Event::Delta { id: Uuid::nil(), seq: 3, text: "a\nb\r\n\ndata: c".into() };
        let sse = event.to_sse();
        assert!(sse.starts_with("id: 3\nevent: delta\ndata: {"));
        assert_eq!(sse.matches("\n\n").count(), 1);
        assert!(!sse.contains('\r'));
    }

    #[test]
    fn what_is_not_there_is_not_said_and_what_an_older_service_leaves_out_is_read() {
        let written = r#"{"input_tokens":1,"output_tokens":2}"#;
        let usage = Usage { input_tokens: 1, output_tokens: 2, ..Usage::default() };
        assert_eq!(serde_json::to_string(&usage).unwrap(), written);
        assert_eq!(serde_json::from_str::<Usage>(written).unwrap(), usage);
        let error = r#"{"type":"error","code":"stopped","message":"a"}"#;
        let event: Event = serde_json::from_str(error).unwrap();
        assert!(matches!(&event, Event::Error { usage: None, .. }));
        assert_eq!(event.to_json(), error);
    }

    #[test]
    fn the_sources_have_the_names_of_the_protocol() {
        let names = ["faq-edge", "cache", "model", "extractive", "tool"];
        let sources = [Source::FaqEdge, Source::Cache, Source::Model, Source::Extractive, Source::Tool];
        for (source, name) in sources.into_iter().zip(names) {
            assert_eq!(serde_json::to_value(source).unwrap(), name);
            assert_eq!(source.as_str(), name);
        }
    }
}
