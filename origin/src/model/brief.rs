//! What an answer may say: the records that were found for it, read live where they can change, and what it is to be about.

use chat::{Citation, CitationKind, Language, Money, Product, Source, Stock};

use crate::retrieve::{Passage, PassageKind, Relaxed};
use crate::shop::services::{Offer, Order};
use crate::shop::{Demographic, Genre, Series};
use crate::understand::{Aspect, Bounds};

/// Five copies or fewer are few.
const STOCK_LOW_MAX: u32 = 5;

/// The records of one answer.
#[derive(Clone, Debug)]
pub struct Brief {
    pub(crate) language: Language,
    pub(crate) matter: Matter,
    /// Titles that the shopper named, beside those of the records.
    pub(crate) named: Vec<String>,
}

/// What the answer is about.
#[derive(Clone, Debug)]
pub(crate) enum Matter {
    Greeting,
    Thanks,
    /// Queued for a person.
    Handoff {
        position: u32,
    },
    /// Only customers see this.
    SignIn {
        orders: bool,
    },
    /// Orders asked for by number, and the numbers that are none of the customer's.
    Orders {
        found: Vec<OrderFacts>,
        missing: Vec<String>,
    },
    /// The customer's latest orders.
    RecentOrders {
        orders: Vec<OrderFacts>,
    },
    Wishlist {
        items: Vec<SeriesFacts>,
    },
    Suggestions {
        picks: Vec<Suggestion>,
        wanted: Wanted,
    },
    Products {
        items: Vec<SeriesFacts>,
        aspects: Vec<Aspect>,
    },
    Author {
        name: String,
        items: Vec<SeriesFacts>,
        others: usize,
    },
    Passages {
        passages: Vec<Passage>,
    },
    WhichProduct,
    /// A search that found nothing.
    NothingFound {
        wanted: Wanted,
    },
    Other,
}

/// A series and its offer, as it is now.
#[derive(Clone, Debug)]
pub(crate) struct SeriesFacts {
    pub(crate) series: Series,
    pub(crate) offer: Option<Offer>,
}

/// A series that is suggested, and why.
#[derive(Clone, Debug)]
pub(crate) struct Suggestion {
    pub(crate) facts: SeriesFacts,
    pub(crate) genres: Vec<Genre>,
    pub(crate) themes: Vec<String>,
    /// The title that it is like, in the answer's language.
    pub(crate) like: Option<String>,
    pub(crate) same_author: bool,
}

/// What was asked for, to say it back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) likes: Vec<String>,
    pub(crate) genres: Vec<Genre>,
    pub(crate) genres_not: Vec<Genre>,
    pub(crate) themes: Vec<String>,
    pub(crate) themes_not: Vec<String>,
    pub(crate) demographic: Option<Demographic>,
    pub(crate) authors: Vec<String>,
    pub(crate) bounds: Bounds,
    pub(crate) relaxed: Vec<Relaxed>,
    /// The price bound met nothing and was given up.
    pub(crate) price_relaxed: bool,
    /// Nothing in particular was asked for.
    pub(crate) open: bool,
    /// By the customer's own favourites.
    pub(crate) favourites: Vec<Genre>,
    /// More of what was shown before.
    pub(crate) more: bool,
}

/// An order, with the titles of what was ordered.
#[derive(Clone, Debug)]
pub(crate) struct OrderFacts {
    pub(crate) order: Order,
    /// Title, volume, quantity.
    pub(crate) items: Vec<(String, u16, u16)>,
}

impl Brief {
    /// A brief without records: enough to try a model with.
    #[must_use]
    pub const fn greeting(language: Language) -> Self {
        Self { language, matter: Matter::Greeting, named: Vec::new() }
    }

    /// What the answer is called, by who writes it. A look-up that the embedded answerer tells is a tool's; what a model
    /// writes is a model's, whatever was looked up.
    pub(crate) const fn called(&self, writer: Source) -> Source {
        match (writer, &self.matter) {
            (
                Source::Extractive,
                Matter::Handoff { .. }
                | Matter::Orders { .. }
                | Matter::RecentOrders { .. }
                | Matter::SignIn { .. }
                | Matter::Wishlist { .. },
            ) => Source::Tool,
            _ => writer,
        }
    }

    /// The series that the answer speaks of, each with its offer.
    pub(crate) fn series(&self) -> Vec<&SeriesFacts> {
        self.matter.series()
    }

    pub(crate) fn orders(&self) -> &[OrderFacts] {
        match &self.matter {
            Matter::Orders { found, .. } => found,
            Matter::RecentOrders { orders } => orders,
            _ => &[],
        }
    }

    pub(crate) fn passages(&self) -> &[Passage] {
        match &self.matter {
            Matter::Passages { passages } => passages,
            _ => &[],
        }
    }
}

impl Matter {
    /// The series among the records, each with its offer.
    pub(crate) fn series(&self) -> Vec<&SeriesFacts> {
        match self {
            Self::Suggestions { picks, .. } => picks.iter().map(|pick| &pick.facts).collect(),
            Self::Products { items, .. } | Self::Author { items, .. } | Self::Wishlist { items } => {
                items.iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

impl SeriesFacts {
    /// Availability; none when the shop does not offer it.
    pub(crate) fn stock(&self) -> Option<Stock> {
        let copies = self.offer.as_ref()?.stock;
        Some(match copies {
            0 => Stock::Out,
            1..=STOCK_LOW_MAX => Stock::Low,
            _ => Stock::InStock,
        })
    }

    /// The card; none when the shop does not offer it: a card has a price.
    pub(crate) fn card(&self, language: Language, reason: Option<String>) -> Option<Product> {
        let offer = self.offer.as_ref()?;
        let series = &self.series;
        let other = match language {
            Language::En => &series.title.ja,
            Language::Ja => &series.title.en,
        };
        let title = series.title_in(language);
        Some(Product {
            id: series.id.clone(),
            title: title.to_owned(),
            alt_title: (other != title).then(|| other.clone()),
            authors: series.author_names(language).into_iter().map(str::to_owned).collect(),
            genres: series.genres.iter().map(|genre| genre.key().to_owned()).collect(),
            volumes: series.volumes,
            price: Money { amount: offer.price_cents, currency: offer.currency.clone() },
            stock: self.stock()?,
            url: series.url(),
            reason,
        })
    }

    pub(crate) fn citation(&self, language: Language) -> Citation {
        Citation {
            kind: CitationKind::Series,
            id: self.series.id.clone(),
            title: self.series.title_in(language).to_owned(),
            url: Some(self.series.url()),
        }
    }
}

impl OrderFacts {
    pub(crate) fn citation(&self) -> Citation {
        let number = self.order.number.clone();
        Citation {
            kind: CitationKind::Order,
            title: number.clone(),
            url: Some(format!("/account/orders/{number}")),
            id: number,
        }
    }
}

impl Passage {
    pub(crate) fn citation(&self) -> Citation {
        let kind = match self.kind {
            PassageKind::Faq => CitationKind::Faq,
            PassageKind::Policy => CitationKind::Policy,
        };
        Citation { kind, id: self.id.clone(), title: self.title.clone(), url: self.url.clone() }
    }
}
