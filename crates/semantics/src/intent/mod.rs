//! What kind of request a text is: a small linear classifier, trained when it is built, in milliseconds.
//!
//! The training examples are `data/intents.jsonl`, in English and Japanese. The model is multinomial logistic regression
//! over hashed words, pairs of words, character n-grams and [concepts](crate::lexical::Concepts).

mod features;
mod model;

use serde::{Deserialize, Serialize};

pub use model::{Guess, IntentModel};

/// What kind of request a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// How the shop works: policies, methods, costs.
    Faq,
    /// Something to read, described.
    Discovery,
    /// Price, stock, volumes, author of a named series.
    ProductInfo,
    /// The state of the shopper's own orders, points, lists; or a change to them.
    OrderStatus,
    /// A return, refund or exchange of the shopper's own.
    ReturnsOfMine,
    /// Something to read, from what the shopper bought or liked.
    RecommendationPersonal,
    /// Greetings, thanks, chat.
    Smalltalk,
    /// A person, please.
    Handoff,
    /// Nothing a shop answers, abuse included.
    OffTopic,
}

impl Intent {
    /// All of them, in a fixed order.
    pub const ALL: [Self; 9] = [
        Self::Faq,
        Self::Discovery,
        Self::ProductInfo,
        Self::OrderStatus,
        Self::ReturnsOfMine,
        Self::RecommendationPersonal,
        Self::Smalltalk,
        Self::Handoff,
        Self::OffTopic,
    ];

    /// Its name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Faq => "faq",
            Self::Discovery => "discovery",
            Self::ProductInfo => "product_info",
            Self::OrderStatus => "order_status",
            Self::ReturnsOfMine => "returns_of_mine",
            Self::RecommendationPersonal => "recommendation_personal",
            Self::Smalltalk => "smalltalk",
            Self::Handoff => "handoff",
            Self::OffTopic => "off_topic",
        }
    }
}

/// An example to learn from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// As a shopper would type it.
    pub text: String,
    /// What it is.
    pub intent: Intent,
}

/// The examples that [`IntentModel::new`] learns from.
///
/// # Panics
/// Never: a test reads them.
#[must_use]
pub fn examples() -> Vec<Example> {
    include_str!("../../data/intents.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("data/intents.jsonl is part of this crate and tested"))
        .collect()
}
