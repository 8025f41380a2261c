//! The answerer without a language model: sentences put together from records, and sentences taken from passages. It says
//! less than a model would, and nothing that is not on record.
//!
//! Every slot of a sentence is filled from a typed record of the [`Brief`]; the check that follows in the pipeline does not
//! take its word for it.

mod orders;
mod passages;
pub(crate) mod phrase;
mod products;
mod suggestions;
mod talk;

use std::sync::Arc;

use chat::{Citation, Language, Source};
use futures_util::StreamExt as _;
use futures_util::stream;

use super::{Answer, Brief, Matter, Model, ModelEvent, ModelRequest, StopReason};

pub(crate) use orders::{items_phrase, state_word};
pub(crate) use products::{offer_phrase, set_price};
pub(crate) use suggestions::{describe, given_up, reason};
pub(crate) use talk::handoff as handoff_message;

/// The embedded answerer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extractive;

/// An answer being put together: pieces of text, each a sentence or a line, and what they stand on.
struct Writer {
    language: Language,
    events: Vec<ModelEvent>,
}

impl Writer {
    fn say(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.events.push(ModelEvent::Text(text));
        }
    }

    /// The English or the Japanese text.
    fn either(&mut self, en: impl Into<String>, ja: impl Into<String>) {
        match self.language {
            Language::En => self.say(en),
            Language::Ja => self.say(ja),
        }
    }

    /// A sentence after another: English sets them apart.
    fn next(&mut self, text: impl AsRef<str>) {
        let blank = match self.events.last() {
            Some(ModelEvent::Text(before))
                if self.language == Language::En && !before.ends_with(['\n', ' ']) =>
            {
                " "
            }
            _ => "",
        };
        self.say(format!("{blank}{}", text.as_ref()));
    }

    fn cite(&mut self, citation: Citation) {
        let event = ModelEvent::Citation(citation);
        if !self.events.contains(&event) {
            self.events.push(event);
        }
    }
}

/// The whole answer.
fn write(brief: &Brief) -> Vec<ModelEvent> {
    let mut out = Writer { language: brief.language, events: Vec::new() };
    match &brief.matter {
        Matter::Greeting => talk::greeting(&mut out),
        Matter::Thanks => talk::thanks(&mut out),
        Matter::Handoff { position } => out.say(talk::handoff(brief.language, *position)),
        Matter::SignIn { orders } => talk::sign_in(&mut out, *orders),
        Matter::Orders { found, missing } => orders::by_number(&mut out, found, missing),
        Matter::RecentOrders { orders } => orders::recent(&mut out, orders),
        Matter::Wishlist { items } => products::wishlist(&mut out, items),
        Matter::Suggestions { picks, wanted } => suggestions::suggest(&mut out, picks, wanted),
        Matter::NothingFound { wanted } => suggestions::nothing(&mut out, wanted),
        Matter::Products { items, aspects } => products::answer(&mut out, items, aspects),
        Matter::Author { name, items, others } => products::by_author(&mut out, name, items, *others),
        Matter::Passages { passages } => passages::answer(&mut out, passages),
        Matter::WhichProduct => talk::which_product(&mut out),
        Matter::Other => talk::other(&mut out),
    }
    out.events
}

impl Model for Extractive {
    fn name(&self) -> &str {
        "extractive"
    }

    fn source(&self) -> Source {
        Source::Extractive
    }

    fn generate(&self, request: Arc<ModelRequest>) -> Answer {
        let mut events = write(&request.brief);
        events.push(ModelEvent::Stop(StopReason::End));
        // One piece at a time, so that a stop takes effect between two of them and no answer keeps the others waiting.
        stream::iter(events)
            .then(|event| async {
                tokio::task::yield_now().await;
                Ok(event)
            })
            .boxed()
    }
}
