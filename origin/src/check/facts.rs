//! What may be said: the facts of each series and order of the brief, what passages tell, and what the shopper asked.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use chat::Language;

use super::money::{Currency, Money};
use super::reading::{narrow, without};
use super::record::{Loose, OfOrder, OfSeries, stands_in};
use super::sentence;
use crate::model::{Brief, Matter, OrderFacts, SeriesFacts};
use crate::shop::{Age, Shop};
use crate::understand::{NameSpotter, fold};

/// A sentence that stands in a record word by word is on record; a shorter one may say something else.
const VERBATIM_CHARS_MIN: usize = 24;
/// What answers ask shoppers to write.
const OWN_WORDS: [&str; 3] = ["talk to a person", "担当者と話したい", "MangaAssist"];

/// Everything that is on record for one answer.
#[derive(Default)]
pub(super) struct Grounds {
    pub(super) series: Vec<OfSeries>,
    pub(super) orders: Vec<OfOrder>,
    /// Passages, and what the search said.
    pub(super) told: Loose,
    /// The shopper's own words: to be repeated as theirs, and not as facts.
    pub(super) asked: Loose,
    /// Whole sentences of passages and synopses, folded.
    verbatim: HashMap<String, Source>,
    /// The words of all records, folded.
    pub(super) words: String,
    /// Order numbers that may be spoken of without being on record.
    pub(super) missing: HashSet<String>,
    /// Series that may be named, by position.
    allowed: HashSet<usize>,
    /// Authors of the records, as written: their names may hold titles.
    people: HashSet<String>,
    by_position: HashMap<usize, usize>,
    /// Titles in every form, folded.
    titles: HashSet<String>,
    /// Titles in their forms as written, longest first, with their series among `series`.
    forms: Vec<(String, Option<usize>)>,
    /// Titles with digits, longest first.
    pub(super) numbered: Vec<String>,
    /// Beginnings of titles that look like ends of sentences.
    pub(super) inside: Vec<String>,
}

/// What a stretch of text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mentions {
    /// In their order, each once.
    pub(super) series: Vec<usize>,
    /// A series that may be named and of which nothing is on record.
    pub(super) strangers: bool,
    /// A series of the catalogue that may not be named.
    pub(super) unknown: bool,
    pub(super) orders: Vec<usize>,
    /// An order number without a record.
    pub(super) missing: bool,
}

/// Where a sentence stands, word by word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Passage,
    /// What a synopsis names is no subject: it tells of its own series.
    Synopsis,
}

/// A title in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TitlePlace {
    pub(super) at: Range<usize>,
    /// Its series, if that is on record.
    pub(super) series: Option<usize>,
}

impl Mentions {
    pub(super) fn names_series(&self) -> bool {
        !self.series.is_empty() || self.strangers || self.unknown
    }

    pub(super) fn names_orders(&self) -> bool {
        !self.orders.is_empty() || self.missing
    }
}

impl Grounds {
    pub(super) fn of(brief: &Brief, question: &str, shop: &Shop, names: &NameSpotter) -> Self {
        let mut grounds = Self::default();
        grounds.asked.quote(question);
        grounds.allowed.extend(names.titles_in(question));
        for words in OWN_WORDS {
            grounds.push_words(words);
        }
        grounds.add(brief, shop, names);
        grounds
    }

    /// Adds the records of a brief.
    pub(super) fn add(&mut self, brief: &Brief, shop: &Shop, names: &NameSpotter) {
        for facts in brief.series() {
            self.add_series(facts, shop, names);
        }
        for facts in brief.orders() {
            self.add_order(facts, names);
        }
        for passage in brief.passages() {
            for text in [&passage.text, &passage.title] {
                self.told.quote(text);
                self.push_words(text);
                self.allowed.extend(names.titles_in(text));
            }
            self.told.push_raw(passage.url.as_deref().unwrap_or(""));
        }
        self.add_matter(&brief.matter, names);
        for title in &brief.named {
            self.add_title(title, None, names);
        }
        let counted = self.series.len().max(self.orders.len());
        self.told.numbers.extend((1..=counted).filter_map(|count| u64::try_from(count * 100).ok()));
        self.forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        self.forms.dedup();
        self.numbered.sort_by_key(|form| std::cmp::Reverse(form.len()));
        self.numbered.dedup();
        // After the titles: a mark in a title ends no sentence.
        for facts in brief.series() {
            for text in [&facts.series.synopsis.en, &facts.series.synopsis.ja] {
                self.push_sentences(text, Source::Synopsis);
            }
        }
        for passage in brief.passages() {
            self.push_sentences(&passage.text, Source::Passage);
        }
    }

    /// The sentences of a record, cut as those of an answer are.
    fn push_sentences(&mut self, text: &str, source: Source) {
        let mut rest = text;
        while !rest.is_empty() {
            let end = sentence::end(rest, &self.inside).unwrap_or(rest.len());
            let (sentence, after) = rest.split_at(end.max(1).min(rest.len()));
            let folded = fold(&narrow(sentence));
            if folded.chars().nth(VERBATIM_CHARS_MIN).is_some() {
                self.verbatim.insert(folded, source);
            }
            rest = after;
        }
    }

    fn add_series(&mut self, facts: &SeriesFacts, shop: &Shop, names: &NameSpotter) {
        let series = &facts.series;
        let position = shop.position(&series.id);
        let of = OfSeries::of(facts, position);
        self.words.push_str(&of.words);
        let known = self.series.iter().position(|other| position.is_some() && other.position == position);
        let at = known.unwrap_or(self.series.len());
        match known {
            // Prices and stock may have changed since.
            Some(at) => self.series[at] = of,
            None => self.series.push(of),
        }
        if let Some(position) = position {
            self.allowed.insert(position);
            self.by_position.insert(position, at);
        }
        for title in
            [&series.title.en, &series.title.ja, &series.title.romaji].into_iter().chain(&series.aliases)
        {
            self.add_title(title, Some(at), names);
        }
        for author in &series.authors {
            self.people.extend([narrow(&author.en), narrow(&author.ja)]);
        }
        self.told.push_raw(&series.url());
        for text in [&series.synopsis.en, &series.synopsis.ja] {
            self.allowed.extend(names.titles_in(text));
        }
    }

    fn add_order(&mut self, facts: &OrderFacts, names: &NameSpotter) {
        let mut of = OfOrder::of(facts);
        for (title, volume, quantity) in &facts.items {
            self.add_title(title, None, names);
            of.numbers.extend([u64::from(*volume) * 100, u64::from(*quantity) * 100]);
            of.words.push_str(&fold(title));
            of.words.push('\n');
        }
        let items = u64::try_from(facts.items.len()).unwrap_or(u64::MAX / 100);
        of.numbers.extend((1..=items.min(100)).map(|count| count * 100));
        self.words.push_str(&of.words);
        self.told.push_raw(&format!("/account/orders/{}", of.number));
        match self.orders.iter_mut().find(|order| order.number == of.number) {
            Some(known) => *known = of,
            None => self.orders.push(of),
        }
    }

    fn add_matter(&mut self, matter: &Matter, names: &NameSpotter) {
        match matter {
            Matter::Handoff { position } => drop(self.told.numbers.insert(u64::from(*position) * 100)),
            Matter::Orders { missing, .. } => self.missing.extend(missing.iter().cloned()),
            Matter::Author { name, .. } => self.push_words(name),
            Matter::Suggestions { wanted, .. } | Matter::NothingFound { wanted } => {
                let bounds = &wanted.bounds;
                let numbers = [bounds.volumes_min, bounds.volumes_max, bounds.year_min, bounds.year_max];
                self.asked
                    .numbers
                    .extend(numbers.into_iter().flatten().map(|number| u64::from(number) * 100));
                if let Some(cents) = bounds.price_max_cents {
                    self.asked.money.insert(Money::new(Currency::Usd, u64::from(cents)));
                }
                for text in wanted.themes.iter().chain(&wanted.authors) {
                    self.push_words(text);
                }
                for title in &wanted.likes {
                    self.add_title(title, None, names);
                }
                for age in [Age::Teen, Age::OlderTeen, Age::Mature] {
                    self.told.quote(age.name_in(Language::En));
                }
            }
            _ => {}
        }
    }

    fn add_title(&mut self, title: &str, series: Option<usize>, names: &NameSpotter) {
        self.allowed.extend(names.titles_in(title));
        self.titles.insert(fold(title));
        self.push_words(title);
        if title.bytes().any(|byte| byte.is_ascii_digit()) {
            self.numbered.push(narrow(title));
        }
        self.inside.extend(sentence::marks_inside(title));
        self.forms.push((narrow(title), series));
    }

    fn push_words(&mut self, text: &str) {
        self.words.push_str(&fold(text));
        self.words.push('\n');
    }

    /// Whether a folded name is that of a record, or stands in one.
    pub(super) fn knows(&self, folded: &str) -> bool {
        self.records(folded) || stands_in(&self.asked.words, folded)
    }

    /// Whether a folded name is that of a record, or stands in one, whatever the shopper said.
    pub(super) fn records(&self, folded: &str) -> bool {
        self.titles.contains(folded) || stands_in(&self.words, folded)
    }

    /// Whether a folded name is a title, whole.
    pub(super) fn is_title(&self, folded: &str) -> bool {
        self.titles.contains(folded)
    }

    /// Whether the position in the catalogue may be named.
    pub(super) fn allows(&self, position: usize) -> bool {
        self.allowed.contains(&position)
    }

    /// Where a folded sentence stands in a record, whole: a part of one may say something else.
    pub(super) fn source(&self, folded: &str) -> Option<Source> {
        self.verbatim.get(folded).copied()
    }

    /// The titles as written, longest first.
    pub(super) fn title_forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(|(form, _)| form.as_str())
    }

    /// The series and orders that a [narrow](narrow) text names.
    pub(super) fn mentions(&self, text: &str, names: &NameSpotter) -> Mentions {
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut mentions = Mentions::default();
        // "Akira Toriyama" does not speak of *Akira*.
        let spoken = without(text, self.people.iter().map(String::as_str));
        // Names are looked for without marks: 「…れば、さらに」 does not speak of 『バサラ』.
        for (position, spelt) in spoken.split(['、', '。']).flat_map(|part| names.titles_spelt(part)) {
            match self.by_position.get(&position) {
                Some(series) => found.push((0, *series)),
                // What a record calls a "spy family" need not be *Spy x Family*.
                None if self.allowed.contains(&position) || stands_in(&self.words, &spelt) => {
                    mentions.strangers = true;
                }
                None => mentions.unknown = true,
            }
        }
        // A title within a longer one is not spoken of.
        for place in self.title_places(text) {
            match place.series {
                Some(series) => found.push((place.at.start, series)),
                None => mentions.strangers = true,
            }
        }
        found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (_, series) in found {
            if !mentions.series.contains(&series) {
                mentions.series.insert(0, series);
            }
        }
        mentions
    }

    /// Where a [narrow](narrow) text names titles as they are written, in their order.
    pub(super) fn title_places(&self, text: &str) -> Vec<TitlePlace> {
        let mut places: Vec<TitlePlace> = Vec::new();
        for (form, series) in &self.forms {
            let mut from = 0;
            while let Some(found) = title_at(&text[from..], form) {
                let at = from + found..from + found + form.len();
                from = at.end;
                // The longest form comes first, and of two the one whose series is on record.
                match places.iter_mut().find(|place| place.at.start < at.end && at.start < place.at.end) {
                    Some(place) if place.at == at => place.series = place.series.or(*series),
                    Some(_) => {}
                    None => places.push(TitlePlace { at, series: *series }),
                }
            }
        }
        places.sort_by_key(|place| place.at.start);
        places
    }

    /// Adds the orders that the numbers name.
    pub(super) fn mention_orders<'n>(&self, numbers: impl Iterator<Item = &'n str>, mentions: &mut Mentions) {
        for number in numbers {
            match self.orders.iter().position(|order| order.number == number) {
                Some(at) if !mentions.orders.contains(&at) => mentions.orders.push(at),
                Some(_) => {}
                None => mentions.missing = true,
            }
        }
    }
}

/// Where a title stands in a text, as it is written. A short one has to be set off: any word may be one.
fn title_at(text: &str, form: &str) -> Option<usize> {
    let short = form.chars().count() < if form.is_ascii() { 3 } else { 2 };
    let mut from = 0;
    while let Some(found) = text[from..].find(form) {
        let (start, end) = (from + found, from + found + form.len());
        let (before, after) = (text[..start].chars().next_back(), text[end..].chars().next());
        let cuts = |outside: Option<char>, edge: Option<char>| {
            let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            word(outside) && word(edge)
        };
        let set_off = matches!(before, Some('『' | '「' | '*' | '"' | '“'))
            && matches!(after, Some('』' | '」' | '*' | '"' | '”'));
        let stands = !cuts(before, form.chars().next()) && !cuts(after, form.chars().next_back());
        if set_off || (stands && !short) {
            return Some(start);
        }
        from = end;
    }
    None
}
