//! The thread of an answer: which series and orders each of its clauses speaks of. A clause that names none goes on with
//! what was spoken of before it: in its sentence, in its item, above its list, in its paragraph. Where that is not clear,
//! all records are meant.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::claim::What;
use super::facts::{Grounds, Mentions};
use super::layout::Line;
use super::reading::Reading;
use super::record::{OfOrder, OfSeries};
use super::titles;
use super::{Ungrounded, aside};
use crate::understand::NameSpotter;

/// Series and orders that are spoken of. Nothing means: any of those on record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    series: Vec<usize>,
    orders: Vec<usize>,
    /// Also something of which nothing is on record.
    strangers: bool,
    missing: bool,
}

/// Something of which nothing is on record, and nothing else.
static STRANGE: Scope = Scope { series: Vec::new(), orders: Vec::new(), strangers: true, missing: false };

/// A part of a sentence with its own scope.
pub(super) struct Clause {
    pub(super) at: Range<usize>,
    pub(super) scope: Scope,
    /// What it says it says of all its series.
    joined: bool,
}

/// A sentence in its clauses.
pub(super) struct Clauses {
    clauses: Vec<Clause>,
    pub(super) mentions: Mentions,
    whole: Scope,
    /// Stretches about a work that hangs on a series: its sequel, its anime.
    asides: Vec<Range<usize>>,
    /// What follows the sentence goes on about that work.
    aside_lasts: bool,
}

struct Patterns {
    joint: Regex,
    plural: Regex,
    anaphor: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        joint: regex(r"[;；]|,? (?:but|while|whereas|although) |[がし]、|一方"),
        plural: regex(
            r"(?i)(?-u:\b)(?:all|both|each of|they|these|those|them|either|every|respectively|prices|range|between|titles|(?:volumes|books|copies) (?:cost|are|start))(?-u:\b)|いずれも|どれも|どちらも|すべて|全て|それぞれ|各作品|両方",
        ),
        anaphor: regex(
            r"^[\s*_]*(?:(?:It|It's|It’s|Its|They|Their|This|That|These|Those|He|She|His|Her|Both|Also|The (?:series|manga|story|author|set))(?-u:\b)|それ|これ|こちら|同作|本作|この|その|また|さらに|作者)",
        ),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

/// Whether a sentence goes on about what was spoken of before.
pub(super) fn refers_back(text: &str) -> bool {
    PATTERNS.anaphor.is_match(text)
}

impl Scope {
    fn is_open(&self) -> bool {
        self.series.is_empty() && self.orders.is_empty() && !self.strangers && !self.missing
    }

    /// The series that a claim may be about.
    pub(super) fn series<'g>(&self, grounds: &'g Grounds) -> Vec<&'g OfSeries> {
        if self.is_open() {
            return grounds.series.iter().collect();
        }
        self.series.iter().filter_map(|at| grounds.series.get(*at)).collect()
    }

    /// The orders that a claim may be about.
    pub(super) fn orders<'g>(&self, grounds: &'g Grounds) -> Vec<&'g OfOrder> {
        // Where only orders are on record, a title is one of an order's items.
        let of_items = self.orders.is_empty() && !self.missing && grounds.series.is_empty();
        if self.is_open() || of_items {
            return grounds.orders.iter().collect();
        }
        self.orders.iter().filter_map(|at| grounds.orders.get(*at)).collect()
    }

    /// The only series that a claim can be about.
    pub(super) fn one_series<'g>(&self, grounds: &'g Grounds) -> Option<&'g OfSeries> {
        if self.strangers || self.missing || !self.orders(grounds).is_empty() {
            return None;
        }
        match self.series(grounds).as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The only order that a claim can be about.
    pub(super) fn one_order<'g>(&self, grounds: &'g Grounds) -> Option<&'g OfOrder> {
        if self.missing {
            return None;
        }
        match self.orders(grounds).as_slice() {
            [one] if self.series.is_empty() => Some(one),
            _ => None,
        }
    }

    /// Whether a claim is about something of which nothing is on record.
    pub(super) const fn is_strange(&self) -> bool {
        self.series.is_empty() && self.orders.is_empty() && (self.strangers || self.missing)
    }
}

impl Clauses {
    /// The scope of what stands at this place.
    pub(super) fn scope(&self, at: usize) -> &Scope {
        if self.asides.iter().any(|aside| aside.contains(&at)) {
            return &STRANGE;
        }
        self.clause(at).map_or(&self.whole, |clause| &clause.scope)
    }

    /// Whether what stands at this place is said of several series at once: `Berserk and Death Note are in stock`.
    pub(super) fn is_joined(&self, at: usize) -> bool {
        self.clause(at).is_some_and(|clause| clause.joined)
    }

    fn clause(&self, at: usize) -> Option<&Clause> {
        // A clause in brackets comes after the one around it.
        self.clauses.iter().rev().find(|clause| clause.at.contains(&at))
    }

    /// The scope of the sentence.
    pub(super) const fn whole(&self) -> &Scope {
        &self.whole
    }
}

/// The thread.
#[derive(Default)]
pub(super) struct Thread {
    spoken: Scope,
    /// What was spoken of above the list.
    above: Option<Scope>,
    /// The item that set `spoken`, by its indent.
    item: Option<usize>,
    /// The beginning of an item was withheld: so is its rest.
    lost_item: Option<(usize, Ungrounded)>,
    /// What named the subject was withheld: so is what refers to it.
    lost: Option<Ungrounded>,
    /// The sentence before was about a work of which nothing is on record.
    aside: bool,
}

impl Thread {
    /// Begins a sentence; tells whether it hangs on one that was withheld.
    pub(super) fn enter(&mut self, line: &Line, text: &str) -> Option<Ungrounded> {
        if line.is_paragraph() {
            self.lost_item = None;
            self.lost = None;
            self.above = None;
            if self.item.take().is_some() {
                // What follows a list is about all of it.
                self.spoken = Scope::default();
            }
        }
        if line.is_paragraph() || line.item.is_some() {
            self.aside = false;
            (self.spoken.strangers, self.spoken.missing) = (false, false);
        }
        if let Some(indent) = line.item {
            self.lost = None;
            if self.lost_item.is_some_and(|(lost, _)| indent <= lost) {
                self.lost_item = None;
            }
            if self.item.is_some_and(|item| indent <= item) {
                self.spoken = self.above.clone().unwrap_or_default();
                self.item = None;
            }
        }
        if let Some((_, fault)) = self.lost_item {
            return Some(fault);
        }
        self.lost.filter(|_| refers_back(text))
    }

    /// The clauses of a sentence, each with its scope.
    pub(super) fn clauses(&self, reading: &Reading, grounds: &Grounds, names: &NameSpotter) -> Clauses {
        let mentions = mentions_in(0..reading.text.len(), reading, grounds, names);
        let whole = self.scope(&mentions, &reading.text);
        let mut clauses = Vec::new();
        let several = mentions.series.len() + usize::from(mentions.strangers) > 1;
        let orders = mentions.orders.len() + usize::from(mentions.missing) > 1;
        let mut joints: Vec<usize> =
            PATTERNS.joint.find_iter(&reading.text).map(|joint| joint.end()).collect();
        let titles = if several { grounds.title_places(&reading.text) } else { Vec::new() };
        joints.extend(titles::turns(&reading.text, &titles));
        joints.sort_unstable();
        joints.dedup();
        if several || orders || (!joints.is_empty() && mentions.names_series()) {
            let mut before = self.scope(&Mentions::default(), &reading.text);
            let ends = joints.iter().copied().chain([reading.text.len()]);
            let starts = [0].into_iter().chain(joints.iter().copied());
            for (start, end) in starts.zip(ends) {
                let named = mentions_in(start..end, reading, grounds, names);
                let scope = merge(&named, &before);
                let joined = titles::are_joined(&reading.text, &(start..end), &titles);
                clauses.push(Clause { at: start..end, scope: scope.clone(), joined });
                brackets(start..end, reading, grounds, names, &mut clauses);
                before = scope;
            }
        }
        let (asides, aside_lasts) = self.asides(&reading.text, &mentions, grounds);
        Clauses { clauses, mentions, whole, asides, aside_lasts }
    }

    /// The stretches of a sentence about other works, and whether the last of them lasts.
    fn asides(&self, text: &str, mentions: &Mentions, grounds: &Grounds) -> (Vec<Range<usize>>, bool) {
        if aside::names_one(text) {
            return aside::asides(text, &grounds.title_places(text));
        }
        let named = mentions.names_series() || mentions.names_orders();
        if self.aside && !named && aside::goes_on(text) {
            return (std::iter::once(0..text.len()).collect(), true);
        }
        (Vec::new(), false)
    }

    /// The scope of what names these.
    fn scope(&self, mentions: &Mentions, text: &str) -> Scope {
        if mentions.names_series() || mentions.names_orders() {
            return merge(mentions, &self.spoken);
        }
        if PATTERNS.plural.is_match(text) && self.spoken.orders.is_empty() {
            return Scope::default();
        }
        self.spoken.clone()
    }

    /// Ends a sentence.
    pub(super) fn leave(
        &mut self,
        line: &Line,
        clauses: Option<&Clauses>,
        fault: Option<Ungrounded>,
        grounds: &Grounds,
    ) {
        self.aside = clauses.is_some_and(|clauses| clauses.aside_lasts);
        if let Some(fault) = fault {
            if let Some(indent) = line.item {
                self.lost_item = Some((indent, fault));
            }
            let only = grounds.series.len() + grounds.orders.len() == 1;
            if let Some(clauses) = clauses {
                let another = clauses.mentions.unknown || *clauses.whole() != self.spoken;
                let named = clauses.mentions.names_series() || clauses.mentions.names_orders();
                if named && another && !only {
                    self.lost = Some(fault);
                }
            }
            return;
        }
        let Some(clauses) = clauses else { return };
        if !clauses.mentions.names_series() && !clauses.mentions.names_orders() {
            return;
        }
        self.lost = None;
        if let Some(indent) = line.item {
            if self.item.is_none() && self.above.is_none() {
                self.above = Some(self.spoken.clone());
            }
            self.item = Some(indent);
        } else if self.item.is_none() {
            self.above = None;
        }
        self.spoken = clauses.whole.clone();
    }
}

/// What is named, and what was spoken of before where nothing of its kind is.
fn merge(mentions: &Mentions, before: &Scope) -> Scope {
    let series = mentions.names_series();
    let orders = mentions.names_orders();
    Scope {
        series: if series {
            mentions.series.clone()
        } else if orders {
            Vec::new()
        } else {
            before.series.clone()
        },
        strangers: if series { mentions.strangers } else { !orders && before.strangers },
        orders: if orders { mentions.orders.clone() } else { before.orders.clone() },
        missing: if orders { mentions.missing } else { before.missing },
    }
}

fn mentions_in(at: Range<usize>, reading: &Reading, grounds: &Grounds, names: &NameSpotter) -> Mentions {
    let mut mentions = grounds.mentions(&reading.text[at.clone()], names);
    let numbers = reading.claims.iter().filter(|claim| at.contains(&claim.at.start));
    let numbers = numbers.filter_map(|claim| match &claim.what {
        What::Order(number) => Some(number.as_str()),
        _ => None,
    });
    grounds.mention_orders(numbers, &mut mentions);
    mentions
}

/// What stands in brackets belongs to the title before them: `Monster (18 volumes) and Nana (21 volumes)`.
fn brackets(
    at: Range<usize>,
    reading: &Reading,
    grounds: &Grounds,
    names: &NameSpotter,
    clauses: &mut Vec<Clause>,
) {
    let text = &reading.text;
    let mut from = at.start;
    while let Some(open) = text[from..at.end].find(['(', '（']).map(|open| from + open) {
        let Some(close) = text[open..at.end].find([')', '）']).map(|close| open + close) else { return };
        let named = mentions_in(from..open, reading, grounds, names);
        if let Some(last) = named.series.last() {
            let scope = Scope { series: vec![*last], ..Scope::default() };
            clauses.push(Clause { at: open..close, scope, joined: false });
        } else if let Some(last) = named.orders.last() {
            let scope = Scope { orders: vec![*last], ..Scope::default() };
            clauses.push(Clause { at: open..close, scope, joined: false });
        }
        from = close;
    }
}
