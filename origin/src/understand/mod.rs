//! What a turn is about: its intent, the names in it, the conditions it sets. Exact where a text is exact (titles, order
//! numbers, bounds), by likeness where it is not (policy questions), and by memory where it leans on what was said before.
//!
//! Nothing here looks anything up: what is found are names and bounds, not answers.

mod bounds;
mod cues;
mod fold;
mod follow;
mod intent;
mod names;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use chat::Language;
use semantics::faq::{Audience, FaqIndex, Thresholds};
use semantics::intent::IntentModel;

use crate::shop::{Demographic, Genre, Shop};

pub(crate) use bounds::Bounds;
pub(crate) use cues::Aspect;
pub(crate) use fold::fold;
pub(crate) use follow::Context;
pub(crate) use names::{Mention, NameSpotter, Role};

/// What kind of request a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Intent {
    Greeting,
    Thanks,
    /// A person is wanted.
    Handoff,
    /// One's own orders, with or without a number.
    Order,
    /// One's own wishlist.
    Wishlist,
    /// Something to read, by conditions or by likeness.
    Discovery,
    /// One or a few named series.
    Product,
    /// What an author made.
    Author,
    /// How the shop works.
    Policy,
    /// A product question that names no product.
    WhichProduct,
    /// None of the shop's business, or not understood.
    Other,
}

impl Intent {
    /// All there are.
    pub(crate) const ALL: [Self; 11] = [
        Self::Greeting,
        Self::Thanks,
        Self::Handoff,
        Self::Order,
        Self::Wishlist,
        Self::Discovery,
        Self::Product,
        Self::Author,
        Self::Policy,
        Self::WhichProduct,
        Self::Other,
    ];

    /// For logs, metrics and routes.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Thanks => "thanks",
            Self::Handoff => "handoff",
            Self::Order => "order",
            Self::Wishlist => "wishlist",
            Self::Discovery => "discovery",
            Self::Product => "product",
            Self::Author => "author",
            Self::Policy => "policy",
            Self::WhichProduct => "which_product",
            Self::Other => "other",
        }
    }
}

/// A turn, understood.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) language: Language,
    pub(crate) intent: Intent,
    /// As written.
    pub(crate) text: String,
    /// Named series, by position in the catalogue, in the order of the text.
    pub(crate) mentions: Vec<Mention>,
    /// Named authors, by their English names.
    pub(crate) authors: Vec<String>,
    /// Authors that are not wanted.
    pub(crate) authors_not: Vec<String>,
    /// What is left to search for: the text's terms that are neither understood otherwise nor part of asking.
    pub(crate) terms: Vec<String>,
    pub(crate) genres: BTreeSet<Genre>,
    pub(crate) genres_not: BTreeSet<Genre>,
    pub(crate) themes: BTreeSet<String>,
    pub(crate) themes_not: BTreeSet<String>,
    pub(crate) demographic: Option<Demographic>,
    pub(crate) demographic_not: Option<Demographic>,
    pub(crate) bounds: Bounds,
    /// What is asked about a product.
    pub(crate) aspects: Vec<Aspect>,
    /// Order numbers.
    pub(crate) orders: Vec<String>,
    /// FAQ entries that may answer it, best first, with how sure that is.
    pub(crate) faq: Vec<(String, f32)>,
    /// The names came from what was said before.
    pub(crate) from_memory: bool,
    /// Series that were shown and should not be shown again.
    pub(crate) seen: BTreeSet<usize>,
}

impl Query {
    /// The series that the text is about: named, and neither compared with nor excluded.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = usize> {
        self.mentioned(Role::Subject)
    }

    /// The series that something like is wanted.
    pub(crate) fn likes(&self) -> impl Iterator<Item = usize> {
        self.mentioned(Role::Like)
    }

    /// The series that are not wanted.
    pub(crate) fn excluded(&self) -> impl Iterator<Item = usize> {
        self.mentioned(Role::Not)
    }

    fn mentioned(&self, role: Role) -> impl Iterator<Item = usize> {
        self.mentions.iter().filter(move |mention| mention.role == role).map(|mention| mention.series)
    }

    /// Whether it says what to look for.
    pub(crate) fn has_conditions(&self) -> bool {
        !self.genres.is_empty()
            || !self.themes.is_empty()
            || self.demographic.is_some()
            || !self.bounds.is_empty()
            || !self.authors.is_empty()
            || !self.authors_not.is_empty()
            || self.likes().next().is_some()
    }
}

/// Understands turns of one shop.
pub(crate) struct Understanding {
    shop: Arc<Shop>,
    names: Arc<NameSpotter>,
    words: words::WordSpotter,
    faq: FaqIndex,
    intents: IntentModel,
}

/// The edge has answered what it was sure of. What arrives here is worth a weaker match: it is shown with its source, and
/// only when nothing else fits better.
const FAQ_LIKELY: f32 = 0.5;
const FAQ_POSSIBLE: f32 = 0.12;

impl Understanding {
    pub(crate) fn new(shop: Arc<Shop>, names: Arc<NameSpotter>) -> Self {
        let cut = semantics::faq::Cut { answer: FAQ_LIKELY, miss: FAQ_POSSIBLE };
        let faq = FaqIndex::build(&shop.faq, Thresholds { en: cut, ja: cut });
        let words = words::WordSpotter::new(&shop);
        Self { shop, names, words, faq, intents: IntentModel::new() }
    }

    /// Compiles what is compiled at its first use, so that the first shopper does not wait for it.
    pub(crate) fn warm_up(&self) {
        for (text, language) in
            [("where is my order?", Language::En), ("ホラー漫画のおすすめは?", Language::Ja)]
        {
            self.read(text, language, Audience::Guest);
        }
    }

    /// Understands a text, in the light of what was said before it.
    pub(crate) fn understand(&self, text: &str, context: &Context<'_>) -> Query {
        let mut query = self.read(text, context.language, context.audience);
        follow::resolve(self, &mut query, context);
        query
    }

    /// Understands a text by itself.
    fn read(&self, text: &str, language: Language, audience: Audience) -> Query {
        let normal = semantics::text::normalise(text);
        let folded = fold(text);
        let mentions = self.names.series(text, &folded);
        let free = names::without(&folded, &mentions);
        let words = self.words.spot(&free);
        let (authors, authors_not) = self.names.authors(text, &folded);
        let mut query = Query {
            language,
            intent: Intent::Other,
            text: text.to_owned(),
            terms: words::left_over(text, &folded, &mentions, &words.understood),
            authors,
            authors_not,
            genres: words.genres,
            genres_not: words.genres_not,
            themes: words.themes,
            themes_not: words.themes_not,
            demographic: words.demographic,
            demographic_not: words.demographic_not,
            bounds: bounds::read(&normal),
            aspects: cues::aspects(&normal),
            orders: cues::order_numbers(&normal),
            faq: self.faq(text, language, audience),
            mentions,
            from_memory: false,
            seen: BTreeSet::new(),
        };
        query.intent = intent::decide(&query, &normal, &self.intents.classify(text));
        query
    }

    fn faq(&self, text: &str, language: Language, audience: Audience) -> Vec<(String, f32)> {
        use semantics::faq::{Decision, Query};
        let language = match language {
            Language::En => semantics::text::Language::En,
            Language::Ja => semantics::text::Language::Ja,
        };
        let id = |entry: usize| self.faq.entries()[entry].id.clone();
        let asked = Query::new(text).in_language(language).from_audience(audience);
        match self.faq.decide(&asked) {
            Decision::Answer { entry, score, .. } => vec![(id(entry), score)],
            Decision::Unsure { candidates, .. } => {
                candidates.iter().map(|c| (id(c.entry), c.score)).collect()
            }
            Decision::Miss { .. } => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
