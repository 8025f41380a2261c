//! Check: what an answer claims has to be on record. Text is held back to the end of its sentence, and no longer; a sentence
//! with a number, price, date, title, order or state that the [`Brief`] does not hold is withheld and counted.
//!
//! The check reads text, not intentions: it does the same for every model, and finds nothing to do when the embedded
//! answerer is right.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use chat::{Language, Stock};
use regex::Regex;

use crate::model::{Brief, Matter};
use crate::shop::services::OrderState;
use crate::shop::{Age, Series, Shop};
use crate::understand::{NameSpotter, fold};

/// Longest text that is held back. A longer sentence is cut at its last blank.
const HOLD_BACK_CHARS_MAX: usize = 400;

/// What was wrong with a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ungrounded {
    Number,
    Money,
    Date,
    Title,
    Order,
    State,
    Stock,
}

impl Ungrounded {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::Title => "title",
            Self::Order => "order",
            Self::State => "state",
            Self::Stock => "stock",
        }
    }
}

/// A piece of an answer, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    Said(String),
    Withheld(Ungrounded),
}

/// Checks one answer as it streams.
pub(crate) struct Checker {
    grounds: Grounds,
    names: Arc<NameSpotter>,
    held: String,
}

struct Patterns {
    number: Regex,
    money: Regex,
    date: Regex,
    order: Regex,
    quoted: Regex,
    sold_out: Regex,
    in_stock: Regex,
    states: Vec<(OrderState, Regex)>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        number: regex(r"\d+(?:[.,]\d+)*"),
        money: regex(r"[$€£¥]\s?(\d+(?:[.,]\d+)*)|(\d+(?:[.,]\d+)*)\s?(?:ドル|円|dollars?|USD|yen)"),
        date: regex(
            r"\d{1,2}(?:st|nd|rd|th)? (?:January|February|March|April|May|June|July|August|September|October|November|December)(?:,? \d{4})?|\d{4}年\d{1,2}月\d{1,2}日|\d{1,2}月\d{1,2}日",
        ),
        order: regex(r"MA-\d+"),
        quoted: regex(r"『([^』]+)』"),
        sold_out: regex(r"sold out|out of stock|在庫切れ|売り切れ|品切れ"),
        in_stock: regex(r"\bin stock\b|在庫(?:が)?(?:あり|ございます)"),
        states: vec![
            (OrderState::Delivered, regex(r"(?:was|been|is) delivered|配達が完了|配達完了")),
            (OrderState::Cancelled, regex(r"(?:was|been|is) cancelled|キャンセルされ|キャンセル済み")),
            (OrderState::Refunded, regex(r"(?:was|been|is) refunded|返金が完了|返金済み")),
            (OrderState::OutForDelivery, regex(r"out for delivery|配達に出|配達中")),
            (OrderState::Shipped, regex(r"on its way|(?:was|been|has) shipped|発送済み|配送中")),
        ],
    }
});

/// What may be said.
struct Grounds {
    numbers: HashSet<String>,
    money: HashSet<String>,
    dates: HashSet<String>,
    orders: HashSet<String>,
    states: HashSet<OrderState>,
    has_orders: bool,
    series: HashSet<usize>,
    /// Titles in every form, folded.
    titles: HashSet<String>,
    /// The records' own words, folded.
    words: String,
    /// Stock is spoken of: whether something is sold out, and whether something is in stock.
    stock: Option<(bool, bool)>,
}

impl Checker {
    pub(crate) fn new(brief: &Brief, question: &str, shop: &Shop, names: Arc<NameSpotter>) -> Self {
        Self { grounds: Grounds::of(brief, question, shop, &names), names, held: String::new() }
    }

    /// Compiles the patterns now and not at the first answer.
    pub(crate) fn warm_up() {
        LazyLock::force(&PATTERNS);
    }

    /// Takes in more text; gives back what is checked by now.
    pub(crate) fn push(&mut self, text: &str) -> Vec<Checked> {
        self.held.push_str(text);
        let mut out = Vec::new();
        while let Some(end) = sentence_end(&self.held) {
            let rest = self.held.split_off(end);
            let sentence = std::mem::replace(&mut self.held, rest);
            out.push(self.check(sentence));
        }
        out
    }

    /// The rest, when there is no more text.
    pub(crate) fn finish(&mut self) -> Vec<Checked> {
        let rest = std::mem::take(&mut self.held);
        if rest.is_empty() { Vec::new() } else { vec![self.check(rest)] }
    }

    /// Takes records that a tool found among what may be said.
    pub(crate) fn learn(&mut self, matter: &Matter) {
        let brief = Brief { language: Language::En, matter: matter.clone(), named: Vec::new() };
        self.grounds.records(&brief, &self.names);
    }

    fn check(&self, sentence: String) -> Checked {
        match self.grounds.fault(&sentence, &self.names) {
            None => Checked::Said(sentence),
            Some(fault) => Checked::Withheld(fault),
        }
    }
}

/// Where the first sentence ends, its blanks included, if it has ended.
fn sentence_end(held: &str) -> Option<usize> {
    let mut chars = held.char_indices().peekable();
    let mut count = 0;
    while let Some((at, c)) = chars.next() {
        count += 1;
        let end = at + c.len_utf8();
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match c {
            '。' | '！' | '？' => true,
            '.' | '!' | '?' | ':' => next.is_some_and(char::is_whitespace),
            // Line ends before the text belong to it.
            '\n' => !held[..at].trim().is_empty() && next.is_some(),
            _ => false,
        };
        if ends {
            let blanks = held[end..].len() - held[end..].trim_start_matches(' ').len();
            return Some(end + blanks);
        }
        if count >= HOLD_BACK_CHARS_MAX {
            return Some(held[..end].rfind(' ').map_or(end, |blank| blank + 1));
        }
    }
    None
}

impl Grounds {
    fn of(brief: &Brief, question: &str, shop: &Shop, names: &NameSpotter) -> Self {
        let mut grounds = Self {
            numbers: HashSet::new(),
            money: HashSet::new(),
            dates: HashSet::new(),
            orders: HashSet::new(),
            states: HashSet::new(),
            has_orders: false,
            series: HashSet::new(),
            titles: HashSet::new(),
            words: String::new(),
            stock: None,
        };
        grounds.quote(question, names);
        grounds.series.extend(brief.series().iter().filter_map(|facts| shop.position(&facts.series.id)));
        grounds.records(brief, names);
        for title in &brief.named {
            grounds.quote(title, names);
            grounds.titles.insert(fold(title));
        }
        grounds
    }

    fn records(&mut self, brief: &Brief, names: &NameSpotter) {
        let grounds = self;
        grounds.has_orders |= !brief.orders().is_empty();
        for facts in brief.series() {
            grounds.series(&facts.series, names);
            if let Some(offer) = &facts.offer {
                grounds.price(offer.price_cents);
                grounds.price(offer.price_cents.saturating_mul(u32::from(facts.series.volumes)));
                grounds.number(offer.stock);
                let (out, some) = grounds.stock.unwrap_or_default();
                let is_out = facts.stock() == Some(Stock::Out);
                grounds.stock = Some((out || is_out, some || !is_out));
            }
        }
        for facts in brief.orders() {
            let order = &facts.order;
            grounds.orders.insert(order.number.clone());
            grounds.states.insert(order.state);
            grounds.price(order.total_cents);
            for day in [Some(order.placed), Some(order.since), order.estimated].into_iter().flatten() {
                for language in [Language::En, Language::Ja] {
                    grounds.date(&day.written(language));
                }
            }
            for part in
                [Some(&order.number), order.carrier.as_ref(), order.tracking.as_ref()].into_iter().flatten()
            {
                grounds.quote(part, names);
            }
            for (title, volume, quantity) in &facts.items {
                grounds.quote(title, names);
                grounds.titles.insert(fold(title));
                grounds.number(volume);
                grounds.number(quantity);
            }
            (1..=facts.items.len()).for_each(|count| grounds.number(count));
        }
        for passage in brief.passages() {
            grounds.quote(&passage.text, names);
            grounds.quote(&passage.title, names);
        }
        grounds.matter(&brief.matter, names);
        // A list may be counted.
        (1..=brief.series().len()).for_each(|count| grounds.number(count));
    }

    fn matter(&mut self, matter: &Matter, names: &NameSpotter) {
        match matter {
            Matter::Handoff { position } => self.number(position),
            Matter::Orders { missing, .. } => {
                self.orders.extend(missing.iter().cloned());
                missing.iter().for_each(|number| self.quote(number, names));
            }
            Matter::Suggestions { wanted, .. } | Matter::NothingFound { wanted } => {
                let bounds = &wanted.bounds;
                for number in [bounds.volumes_min, bounds.volumes_max, bounds.year_min, bounds.year_max]
                    .into_iter()
                    .flatten()
                {
                    self.number(number);
                }
                bounds.price_max_cents.into_iter().for_each(|cents| self.price(cents));
                for text in wanted.themes.iter().chain(&wanted.likes) {
                    self.quote(text, names);
                    self.titles.insert(fold(text));
                }
                for age in [Age::Teen, Age::OlderTeen, Age::Mature] {
                    self.quote(age.name_in(Language::En), names);
                }
            }
            _ => {}
        }
    }

    fn series(&mut self, series: &Series, names: &NameSpotter) {
        for title in
            [&series.title.en, &series.title.ja, &series.title.romaji].into_iter().chain(&series.aliases)
        {
            self.quote(title, names);
            self.titles.insert(fold(title));
        }
        for text in [&series.synopsis.en, &series.synopsis.ja, &series.publisher.ja] {
            self.quote(text, names);
        }
        series.publisher.en.iter().chain(&series.themes).for_each(|text| self.quote(text, names));
        series.authors.iter().for_each(|author| self.quote(&format!("{} {}", author.en, author.ja), names));
        self.quote(series.age.name_in(Language::En), names);
        self.number(series.volumes);
        self.number(series.year);
        // Where to start.
        self.number(1);
    }

    /// A text whose own claims may be repeated.
    fn quote(&mut self, text: &str, names: &NameSpotter) {
        let patterns = &*PATTERNS;
        self.numbers.extend(patterns.number.find_iter(text).map(|number| plain(number.as_str())));
        self.money.extend(patterns.money.captures_iter(text).filter_map(|found| amount(&found)));
        self.dates.extend(patterns.date.find_iter(text).map(|date| date.as_str().to_owned()));
        self.orders.extend(patterns.order.find_iter(text).map(|order| order.as_str().to_owned()));
        self.series.extend(names.titles_in(text));
        self.words.push_str(&fold(text));
        self.words.push('\n');
    }

    fn number(&mut self, number: impl std::fmt::Display) {
        self.numbers.insert(format!("{number}"));
    }

    fn price(&mut self, cents: u32) {
        let whole = format!("{}", cents / 100);
        let amount = if cents.is_multiple_of(100) { whole } else { format!("{whole}.{:02}", cents % 100) };
        self.numbers.insert(amount.clone());
        self.money.insert(amount);
    }

    fn date(&mut self, date: &str) {
        self.dates.insert(date.to_owned());
        self.numbers.extend(PATTERNS.number.find_iter(date).map(|number| number.as_str().to_owned()));
    }

    /// What is wrong with the sentence.
    fn fault(&self, sentence: &str, names: &NameSpotter) -> Option<Ungrounded> {
        let patterns = &*PATTERNS;
        if patterns
            .money
            .captures_iter(sentence)
            .filter_map(|found| amount(&found))
            .any(|money| !self.money.contains(&money))
        {
            return Some(Ungrounded::Money);
        }
        if patterns.date.find_iter(sentence).any(|date| !self.dates.contains(date.as_str())) {
            return Some(Ungrounded::Date);
        }
        if patterns.order.find_iter(sentence).any(|order| !self.orders.contains(order.as_str())) {
            return Some(Ungrounded::Order);
        }
        if patterns.number.find_iter(sentence).any(|number| !self.numbers.contains(&plain(number.as_str()))) {
            return Some(Ungrounded::Number);
        }
        let quoted_unknown = patterns.quoted.captures_iter(sentence).any(|quoted| {
            let name = fold(&quoted[1]);
            !self.titles.contains(&name) && !self.words.contains(&name)
        });
        if quoted_unknown || names.titles_in(sentence).iter().any(|series| !self.series.contains(series)) {
            return Some(Ungrounded::Title);
        }
        let claims =
            |(state, claim): &(OrderState, Regex)| !self.states.contains(state) && claim.is_match(sentence);
        if self.has_orders && patterns.states.iter().any(claims) {
            return Some(Ungrounded::State);
        }
        let (out, some) = self.stock?;
        let wrong =
            (patterns.sold_out.is_match(sentence) && !out) || (patterns.in_stock.is_match(sentence) && !some);
        wrong.then_some(Ungrounded::Stock)
    }
}

/// A number without separators of thousands and without the full stop that ends its sentence.
fn plain(number: &str) -> String {
    number.replace(',', "")
}

fn amount(found: &regex::Captures<'_>) -> Option<String> {
    let text = found.get(1).or_else(|| found.get(2))?.as_str();
    let text = plain(text);
    Some(text.strip_suffix(".00").map_or_else(|| text.clone(), str::to_owned))
}

#[cfg(test)]
mod tests;
