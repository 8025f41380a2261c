//! The decision what a turn wants. Names and numbers decide where there are any; then the words of the question; then how
//! well a policy question fits.

use semantics::intent::{Guess, Intent as Learnt};

use super::cues::CUES;
use super::{Aspect, Intent, Query, Role};

/// A policy question this sure wins over words that could mean a search as well.
const FAQ_SURE: f32 = 0.5;

/// What was learnt from examples counts, this sure, where names and cues say nothing.
const GUESS_SURE: f32 = 0.75;

/// The intent of what was read. `normal` is the normalised text.
pub(super) fn decide(query: &Query, normal: &str, guess: &Guess) -> Intent {
    let cues = &*CUES;
    if !query.orders.is_empty() {
        return Intent::Order;
    }
    if cues.greeting.is_match(normal) {
        return Intent::Greeting;
    }
    if cues.thanks.is_match(normal) {
        return Intent::Thanks;
    }
    let faq = query.faq.first().map_or(0.0, |(_, sure)| *sure);
    if cues.handoff.is_match(normal) {
        return Intent::Handoff;
    }
    if cues.own_order.is_match(normal) && !cues.order_rules.is_match(normal) {
        return Intent::Order;
    }
    if cues.wishlist.is_match(normal) && !cues.order_rules.is_match(normal) {
        return Intent::Wishlist;
    }
    named(query, normal, faq).unwrap_or_else(|| unnamed(query, normal, faq, guess))
}

/// The intent of a text with a title or an author in it.
fn named(query: &Query, normal: &str, faq: f32) -> Option<Intent> {
    let cues = &*CUES;
    let subject = query.mentions.iter().any(|mention| mention.role == Role::Subject);
    if query.likes().next().is_some() {
        return Some(Intent::Discovery);
    }
    if subject {
        let product = query
            .aspects
            .iter()
            .any(|aspect| !matches!(aspect, Aspect::Stock | Aspect::Synopsis | Aspect::Price));
        if cues.policy.is_match(normal) && faq > 0.0 && !product {
            return Some(Intent::Policy);
        }
        return Some(Intent::Product);
    }
    if !query.authors.is_empty() {
        return Some(if query.genres.is_empty() && query.bounds.is_empty() {
            Intent::Author
        } else {
            Intent::Discovery
        });
    }
    (!query.mentions.is_empty()).then_some(Intent::Discovery)
}

/// The intent of a text without names.
fn unnamed(query: &Query, normal: &str, faq: f32, guess: &Guess) -> Intent {
    let cues = &*CUES;
    let policy = cues.policy.is_match(normal);
    let discovery = cues.discovery.is_match(normal);
    let conditions = query.has_conditions() || !query.genres_not.is_empty() || !query.themes_not.is_empty();
    let learnt = |intent: Learnt| guess.intent == intent && guess.probability >= GUESS_SURE;
    if faq < FAQ_SURE && !conditions {
        if learnt(Learnt::OffTopic) {
            return Intent::Other;
        }
        if learnt(Learnt::Handoff) {
            return Intent::Handoff;
        }
        if learnt(Learnt::OrderStatus) && !cues.order_rules.is_match(normal) {
            return Intent::Order;
        }
        if learnt(Learnt::RecommendationPersonal) {
            return Intent::Discovery;
        }
    }
    if faq >= FAQ_SURE && (policy || !conditions) {
        return Intent::Policy;
    }
    if conditions && (discovery || !policy) {
        return Intent::Discovery;
    }
    if policy {
        return Intent::Policy;
    }
    if discovery {
        return Intent::Discovery;
    }
    let asks_product = query.aspects.iter().any(|aspect| *aspect != Aspect::Synopsis);
    if asks_product && faq < FAQ_SURE {
        return Intent::WhichProduct;
    }
    match guess.intent {
        _ if faq > 0.0 => Intent::Policy,
        Learnt::Discovery | Learnt::RecommendationPersonal => Intent::Discovery,
        Learnt::Faq | Learnt::ReturnsOfMine => Intent::Policy,
        Learnt::ProductInfo => Intent::WhichProduct,
        _ => Intent::Other,
    }
}
