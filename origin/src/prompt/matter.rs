//! What was looked up for a turn, in a sentence, and the records that came of it: everything that the embedded answerer has.

use chat::{Citation, Language};

use super::facts::{self, Fact};
use super::length::cut;
use super::quote::neutral_line;
use crate::model::extractive::{describe, given_up};
use crate::model::{Brief, Matter, OrderFacts, SeriesFacts, Wanted};
use crate::retrieve::{PASSAGES_MAX, Passage};
use crate::understand::Aspect;

/// Longest passage in a message, in tokens by rule of thumb.
pub(crate) const PASSAGE_TOKENS_MAX: usize = 500;
/// Longest list of names in a sentence.
const NAMES_MAX: usize = 12;

/// A record of a message.
pub(super) struct Record {
    /// What kind of record, for the model.
    pub(super) kind: &'static str,
    pub(super) citation: Citation,
    pub(super) text: String,
}

/// The records of a brief, in the order of its matter.
pub(super) fn records(brief: &Brief) -> Vec<Record> {
    let language = brief.language;
    let series = |facts: &SeriesFacts| series_record(facts, &facts::series(facts, language), language);
    match &brief.matter {
        Matter::Suggestions { picks, .. } => picks
            .iter()
            .map(|pick| series_record(&pick.facts, &facts::suggestion(pick, language), language))
            .collect(),
        Matter::Products { items, .. } | Matter::Author { items, .. } | Matter::Wishlist { items } => {
            items.iter().map(series).collect()
        }
        Matter::Orders { found: orders, .. } | Matter::RecentOrders { orders } => {
            orders.iter().map(|facts| order_record(facts, language)).collect()
        }
        Matter::Passages { passages } => passages.iter().take(PASSAGES_MAX).map(passage_record).collect(),
        Matter::Greeting
        | Matter::Thanks
        | Matter::Handoff { .. }
        | Matter::SignIn { .. }
        | Matter::WhichProduct
        | Matter::NothingFound { .. }
        | Matter::Other => Vec::new(),
    }
}

fn series_record(facts: &SeriesFacts, lines: &[Fact], language: Language) -> Record {
    Record { kind: "series", citation: facts.citation(language), text: facts::lines(lines) }
}

fn order_record(facts: &OrderFacts, language: Language) -> Record {
    Record { kind: "order", citation: facts.citation(), text: facts::lines(&facts::order(facts, language)) }
}

fn passage_record(passage: &Passage) -> Record {
    let mut text = format!("title: {}\n", passage.title);
    if let Some(url) = &passage.url {
        text.push_str(&format!("page: {url}\n"));
    }
    text.push_str(&cut(&passage.text, PASSAGE_TOKENS_MAX));
    Record { kind: "passage", citation: passage.citation(), text }
}

/// What was looked up and what it came to.
pub(super) struct Summary {
    /// In words of ours. It speaks of the names by what they are called.
    pub(super) text: String,
    /// Names out of the catalogue. They are anyone's words, one line each, and to be quoted.
    pub(super) names: Vec<Fact>,
}

/// What was looked up and what it came to.
pub(super) fn summary(brief: &Brief) -> Summary {
    let language = brief.language;
    let mut names = Vec::new();
    let text = match &brief.matter {
        Matter::Greeting => "nothing: the shopper says hello. Greet, and say what you can help with.".into(),
        Matter::Thanks => "nothing: the shopper says thanks or goodbye. Answer in a sentence.".into(),
        Matter::Handoff { position } => format!(
            "a colleague was asked to take over; {position} people wait before the shopper. What was written here is passed on. Say so."
        ),
        Matter::SignIn { orders: true } => {
            "nothing: orders are seen only by customers who have signed in. Ask the shopper to sign in, and say that the chat stays."
                .into()
        }
        Matter::SignIn { orders: false } => {
            "nothing: a wishlist is seen only by customers who have signed in. Ask the shopper to sign in.".into()
        }
        Matter::Orders { found, missing } => orders(found.len(), missing),
        Matter::RecentOrders { orders } if orders.is_empty() => {
            "the customer's orders: there are none in this account.".into()
        }
        Matter::RecentOrders { .. } => "the customer's latest orders, newest first.".into(),
        Matter::Wishlist { items } if items.is_empty() => "the customer's wishlist: it is empty.".into(),
        Matter::Wishlist { .. } => "the customer's wishlist.".into(),
        Matter::Suggestions { wanted, .. } => {
            names.extend(criteria(wanted, language));
            suggestions(wanted, language)
        }
        Matter::NothingFound { wanted } => {
            names.extend(criteria(wanted, language));
            let end = if wanted.more { "there is nothing further" } else { "the catalogue has nothing" };
            format!("series that meet the criteria: {end} that fits.")
        }
        Matter::Products { aspects, .. } if aspects.is_empty() => "the series that the shopper names.".into(),
        Matter::Products { aspects, .. } => {
            let asked: Vec<&str> = aspects.iter().map(|aspect| aspect_name(*aspect)).collect();
            format!("the series that the shopper names; asked about: {}.", asked.join(", "))
        }
        Matter::Author { name, others, .. } => {
            names.push(("author", neutral_line(name)));
            match others {
                0 => "all series by the author.".into(),
                others => format!("series by the author; the shop has {others} more."),
            }
        }
        Matter::Passages { .. } => "passages of the shop's rules and answers, those that fit best first.".into(),
        Matter::WhichProduct => {
            "nothing: the shopper asks about a series without naming one that the catalogue knows. Ask which one.".into()
        }
        Matter::Other => "nothing: no record fits the question.".into(),
    };
    let mut named = brief.named.clone();
    named.dedup();
    named.truncate(NAMES_MAX);
    if !named.is_empty() {
        names.push(("the shopper names", neutral_line(&named.join(" / "))));
    }
    Summary { text: neutral_line(&text), names }
}

/// What the shopper wants of a series, themes, authors and titles of the catalogue among it.
fn criteria(wanted: &Wanted, language: Language) -> Vec<Fact> {
    let mut names = vec![("criteria", neutral_line(&describe(wanted, language)))];
    names.push(("like", neutral_line(&wanted.likes.join(", "))));
    names.retain(|(_, text)| !text.is_empty());
    names
}

fn orders(found: usize, missing: &[String]) -> String {
    match (found, missing) {
        (_, []) => "the orders that the shopper names.".into(),
        (0, missing) => {
            format!("orders by number: {} is not in this customer's account.", missing.join(", "))
        }
        (_, missing) => format!("orders by number; not in this customer's account: {}.", missing.join(", ")),
    }
}

fn suggestions(wanted: &Wanted, language: Language) -> String {
    let mut text = "suggestions by the criteria.".to_owned();
    if !wanted.favourites.is_empty() {
        let names: Vec<&str> = wanted.favourites.iter().map(|genre| genre.name_in(language)).collect();
        text.push_str(&format!(" By the customer's favourite genres: {}.", names.join(", ")));
    }
    if let Some(given_up) = given_up(wanted, language) {
        text.push_str(&format!(" Nothing met every condition; set aside: {given_up}. Say so."));
    }
    if wanted.open {
        text.push_str(" Nothing in particular was asked for: these are a start.");
    }
    if wanted.more {
        text.push_str(" More of what was shown before.");
    }
    text
}

const fn aspect_name(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Price => "price",
        Aspect::SetPrice => "price of all volumes",
        Aspect::Stock => "stock",
        Aspect::Volumes => "number of volumes",
        Aspect::Author => "authors",
        Aspect::Status => "whether it is finished",
        Aspect::Start => "where to start (volume 1)",
        Aspect::Synopsis => "story",
        Aspect::Publisher => "publisher",
        Aspect::Year => "year",
        Aspect::Age => "age rating",
        Aspect::Genre => "genre",
    }
}
