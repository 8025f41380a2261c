//! The facts of one series, of one order, and of passages, as claims are held against them.

use std::collections::HashSet;

use chat::{Language, Stock};

use super::claim::{self, What};
use super::date::Date;
use super::money::{Currency, Money};
use super::reading::{is_japanese, narrow};
use crate::dates::Day;
use crate::model::{OrderFacts, SeriesFacts};
use crate::shop::Status;
use crate::shop::services::OrderState;
use crate::understand::{fold, stands_alone};

/// The facts of a series.
pub(super) struct OfSeries {
    pub(super) position: Option<usize>,
    pub(super) price: Option<Money>,
    pub(super) stock: Option<Stock>,
    pub(super) copies: u64,
    pub(super) volumes: u64,
    pub(super) year: u64,
    pub(super) status: Status,
    /// By their English names.
    pub(super) authors: Vec<String>,
    pub(super) numbers: HashSet<u64>,
    pub(super) words: String,
}

/// The facts of an order.
pub(super) struct OfOrder {
    pub(super) number: String,
    pub(super) state: OrderState,
    pub(super) placed: Day,
    pub(super) since: Day,
    pub(super) estimated: Option<Day>,
    pub(super) total: Money,
    pub(super) numbers: HashSet<u64>,
    pub(super) words: String,
    pub(super) raw: String,
}

/// Facts of no series and no order.
#[derive(Default)]
pub(super) struct Loose {
    /// In hundredths.
    pub(super) numbers: HashSet<u64>,
    pub(super) money: HashSet<Money>,
    pub(super) percents: HashSet<u64>,
    pub(super) dates: Vec<Date>,
    pub(super) words: String,
    /// In lower case, as written: for addresses.
    pub(super) raw: String,
}

impl OfSeries {
    pub(super) fn of(facts: &SeriesFacts, position: Option<usize>) -> Self {
        let series = &facts.series;
        let mut loose = Loose::default();
        let titles = [&series.title.en, &series.title.ja, &series.title.romaji];
        for text in titles.into_iter().chain(&series.aliases).chain(&series.themes) {
            loose.quote(text);
        }
        for text in [&series.synopsis.en, &series.synopsis.ja, &series.publisher.ja] {
            loose.quote(text);
        }
        series.publisher.en.iter().for_each(|publisher| loose.quote(publisher));
        for author in &series.authors {
            loose.quote(&author.en);
            loose.quote(&author.ja);
        }
        for language in [Language::En, Language::Ja] {
            loose.quote(series.age.name_in(language));
            loose.quote(series.demographic.name_in(language));
            series.genres.iter().for_each(|genre| loose.quote(genre.name_in(language)));
        }
        let (volumes, year) = (u64::from(series.volumes), u64::from(series.year));
        // Volume one is where to start.
        loose.numbers.extend([volumes * 100, year * 100, 100]);
        let mut of = Self {
            position,
            price: None,
            stock: facts.stock(),
            copies: 0,
            volumes,
            year,
            status: series.status,
            authors: series.authors.iter().map(|author| author.en.clone()).collect(),
            numbers: loose.numbers,
            words: loose.words,
        };
        if let Some(offer) = &facts.offer {
            let currency = Currency::of_code(&offer.currency);
            of.price = Some(Money::new(currency, u64::from(offer.price_cents)));
            of.copies = u64::from(offer.stock);
            of.numbers.insert(of.copies * 100);
            of.words.push_str(&fold(&offer.format));
            of.words.push('\n');
        }
        of
    }

    /// The price of this many volumes.
    pub(super) fn price_of(&self, volumes: u64) -> Option<Money> {
        let price = self.price?;
        Some(Money::new(price.currency, price.hundredths.checked_mul(volumes)?))
    }
}

impl OfOrder {
    pub(super) fn of(facts: &OrderFacts) -> Self {
        let order = &facts.order;
        let mut loose = Loose::default();
        for text in
            [Some(&order.number), order.carrier.as_ref(), order.tracking.as_ref()].into_iter().flatten()
        {
            loose.quote(text);
        }
        loose.quote(&order.method);
        Self {
            number: order.number.clone(),
            state: order.state,
            placed: order.placed,
            since: order.since,
            estimated: order.estimated,
            total: Money::new(Currency::Usd, u64::from(order.total_cents)),
            numbers: loose.numbers,
            words: loose.words,
            raw: loose.raw,
        }
    }

    /// Its days: placed, since, estimated.
    pub(super) fn days(&self) -> impl Iterator<Item = Day> {
        [Some(self.placed), Some(self.since), self.estimated].into_iter().flatten()
    }
}

impl Loose {
    /// A text whose own claims may be repeated.
    pub(super) fn quote(&mut self, text: &str) {
        let text = narrow(text);
        for claim in claim::read(&text, &[]) {
            match claim.what {
                What::Number(value) => drop(self.numbers.insert(value)),
                What::Volumes(count, _) | What::VolumeNumber(count) | What::Copies(count, _) => {
                    self.numbers.insert(count.saturating_mul(100));
                }
                What::Year(year) | What::Decade(year) => drop(self.numbers.insert(year * 100)),
                What::Percent(value) => drop(self.percents.insert(value)),
                What::Money(money, _) => drop(self.money.insert(money)),
                What::Date(date, _) => self.dates.push(date),
                What::Order(_)
                | What::Code(_)
                | What::Contact(_)
                | What::Relative(_)
                | What::Unreadable(_) => {}
            }
        }
        self.words.push_str(&fold(&text));
        self.words.push('\n');
        self.push_raw(&text);
    }

    /// An address, or a text with addresses.
    pub(super) fn push_raw(&mut self, text: &str) {
        self.raw.push_str(&text.to_lowercase());
        self.raw.push('\n');
    }

    /// Whether an address, or a telephone number's digits, are here.
    pub(super) fn has_contact(&self, target: &str) -> bool {
        if target.is_empty() {
            return false;
        }
        if target.bytes().all(|byte| byte.is_ascii_digit()) {
            let digits: String =
                self.raw.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
            return digits.contains(target);
        }
        self.raw.match_indices(target).any(|(at, _)| {
            let next = self.raw[at + target.len()..].chars().next();
            next.is_none_or(|next| !next.is_ascii_alphanumeric() && next != '/')
        })
    }

    /// Whether a word or two stand here.
    pub(super) fn says(&self, folded: &str) -> bool {
        stands_in(&self.words, folded)
    }
}

/// Whether folded words stand in a folded text, none of them cut in two.
pub(super) fn stands_in(words: &str, folded: &str) -> bool {
    let mut places = words.match_indices(folded);
    places.any(|(at, _)| is_japanese(folded) || stands_alone(words, at, at + folded.len()))
}
