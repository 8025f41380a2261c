//! How well a question fits an entry.
//!
//! First the entries that share the rarest words with the question are collected from the inverted index; then each
//! phrasing of the best of them is lined up with the question, slot by slot.

use super::decide::Evidence;
use super::guard::Signature;
use super::index::{FaqIndex, NONE, PhrasingSlot};
use crate::lexical::Slots;

/// Most entries whose phrasings are lined up with a question.
const ENTRIES_SCORED_MAX: usize = 16;
/// An entry that shares less than this part of what the best one shares is not lined up.
const SHARED_MIN: f32 = 0.35;
/// Share of a word's weight that its meaning counts when the word itself is another.
const CONCEPT_CREDIT: f32 = 0.85;
/// Share that a word counts that was found by joining two.
const JOINED_CREDIT: f32 = 0.95;
/// What is left of a phrasing's likeness when it says "not" and the question does not, or the other way round.
const NEGATION_FACTOR: f32 = 0.75;
/// What is left when both name numbers, and not the same.
const NUMBER_FACTOR: f32 = 0.7;

/// From this coverage on, both ways, a question is the phrasing itself.
const EXACT: f32 = 0.999;
/// How sure an exact match is at least.
pub(super) const EXACT_CONFIDENCE: f32 = 0.99;

/// What is left out of an index while thresholds are calibrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holdout {
    Nothing,
    Phrasing(usize),
    Entry(usize),
}

/// A question, looked up.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) signature: Signature,
    holdout: Holdout,
    slots: Vec<QuestionSlot>,
    /// By term, then slot.
    keys: Vec<QuestionKey>,
    /// Where a term's keys begin in `keys`, plus one: open addressing, 0 is empty.
    table: [u16; TABLE_LEN],
}

/// More than twice the most keys a question can have, so that a probe is short.
const TABLE_LEN: usize = 2_048;

#[derive(Clone, Copy, Debug)]
struct QuestionSlot {
    factor: f32,
    /// Its weight when its literal is found.
    weight: f32,
    /// Its weight when nothing of it is found.
    missing: f32,
    /// Nothing like it is anywhere in the index.
    unknown: bool,
}

#[derive(Clone, Copy, Debug)]
struct QuestionKey {
    term: u32,
    slot: u16,
    concept: bool,
    credit: f32,
}

/// How an entry fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub(super) entry: usize,
    pub(super) fit: f32,
    pub(super) confidence: f32,
    pub(super) evidence: Evidence,
}

/// What was found of a slot: by its letters, by its meaning.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    literal: f32,
    concept_idf: f32,
}

impl Found {
    fn literal(&mut self, credit: f32) {
        self.literal = self.literal.max(credit);
    }

    fn concept(&mut self, idf: f32) {
        self.concept_idf = self.concept_idf.max(idf);
    }

    /// Its weight in the total, and how much of it is matched.
    fn weigh(self, factor: f32, weight: f32, missing: f32) -> (f32, f32) {
        if self.literal > 0.0 {
            (weight, weight * self.literal)
        } else if self.concept_idf > 0.0 {
            let meant = factor * self.concept_idf;
            (meant, meant * CONCEPT_CREDIT)
        } else {
            (missing, 0.0)
        }
    }
}

impl FaqIndex {
    pub(super) fn prepare(&self, slots: &Slots, signature: Signature, holdout: Holdout) -> Prepared {
        let mut out = Prepared {
            signature,
            holdout,
            slots: Vec::with_capacity(slots.slots.len()),
            keys: Vec::with_capacity(slots.slots.len() * 3),
            table: [0; TABLE_LEN],
        };
        for (at, slot) in (0_u16..).zip(&slots.slots) {
            let literal = self.vocabulary.get(slot.literal);
            if let Some(term) = literal {
                out.key(term, at, false, slot.certainty);
            }
            if let Some(term) = self.vocabulary.get(slot.joined).filter(|_| slot.joined != 0) {
                out.key(term, at, false, JOINED_CREDIT);
            }
            let mut meaning = 0.0_f32;
            for term in slot.concepts().iter().filter_map(|&key| self.vocabulary.get(key)) {
                out.key(term, at, true, slot.certainty);
                if self.is_left(term, holdout) {
                    meaning = meaning.max(self.idf(term));
                }
            }
            let rarity = literal.filter(|&term| self.is_left(term, holdout)).map(|term| self.idf(term));
            let weight = rarity.unwrap_or(if meaning > 0.0 { meaning } else { self.unknown_weight });
            let missing = if meaning > 0.0 { 0.5 * (weight + meaning) } else { weight };
            out.slots.push(QuestionSlot {
                factor: slot.factor,
                weight: slot.factor * weight,
                missing: slot.factor * missing,
                unknown: rarity.is_none() && meaning == 0.0,
            });
        }
        out.index_keys();
        out
    }

    /// Whether a term is still there without what is held out. Asked for terms of the held-out phrasing alone, so a term
    /// of one phrasing is that phrasing's.
    fn is_left(&self, term: u32, holdout: Holdout) -> bool {
        let counts = self.terms[term as usize];
        match holdout {
            Holdout::Nothing => counts.phrasings > 0,
            Holdout::Phrasing(_) => counts.phrasings > 1,
            Holdout::Entry(_) => counts.entries > 1,
        }
    }

    /// The entries that fit best, best first.
    pub(super) fn rank(&self, prepared: &Prepared) -> Vec<Match> {
        let mut scratch = Scratch::new(prepared.slots.len());
        let mut matches: Vec<Match> = self
            .nearest(prepared)
            .into_iter()
            .filter_map(|entry| self.line_up(prepared, entry, &mut scratch))
            .collect();
        matches.sort_by(|a, b| b.fit.total_cmp(&a.fit).then(a.entry.cmp(&b.entry)));
        let (best, second) = (fit_at(&matches, 0), fit_at(&matches, 1));
        let unknown = prepared.unknown();
        for (at, m) in matches.iter_mut().enumerate() {
            m.evidence.lead = m.fit - if at == 0 { second } else { best };
            m.evidence.unknown = unknown;
            m.confidence = confidence(m.fit, &m.evidence);
        }
        matches
    }

    /// The entries that share most with the question, by the rarity of what is shared.
    fn nearest(&self, prepared: &Prepared) -> Vec<usize> {
        // Of a slot's keys only the weightiest that an entry has counts: they are tried in that order, and beside what an
        // entry shares stands for which slot it was last counted.
        let mut shared = vec![(0.0_f32, u16::MAX); self.groups()];
        let mut keys: Vec<(u16, f32, u32)> =
            prepared.keys.iter().map(|k| (k.slot, self.shared_weight(prepared, k), k.term)).collect();
        keys.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        for (slot, weight, term) in keys {
            for &entry in self.entries_of.row(term as usize) {
                let (sum, counted) = &mut shared[entry as usize];
                if *counted != slot {
                    *counted = slot;
                    *sum += weight;
                }
            }
        }
        match prepared.holdout {
            Holdout::Nothing => {}
            Holdout::Entry(entry) => shared[entry].0 = 0.0,
            Holdout::Phrasing(phrasing) => {
                let entry = self.phrasings[phrasing].entry as usize;
                shared[entry].0 = self.shared_without(prepared, entry, phrasing);
            }
        }
        let most = shared.iter().map(|&(sum, _)| sum).fold(0.0, f32::max);
        let mut found: Vec<(f32, usize)> = shared
            .into_iter()
            .enumerate()
            .filter(|&(_, (sum, _))| sum > 0.0 && sum >= most * SHARED_MIN)
            .map(|(entry, (sum, _))| (sum, entry))
            .collect();
        let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if found.len() > ENTRIES_SCORED_MAX {
            found.select_nth_unstable_by(ENTRIES_SCORED_MAX, order);
            found.truncate(ENTRIES_SCORED_MAX);
        }
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    /// What a key adds to an entry that has its term.
    fn shared_weight(&self, prepared: &Prepared, key: &QuestionKey) -> f32 {
        let weight = self.idf(key.term) * key.credit * prepared.slots[usize::from(key.slot)].factor;
        if key.concept { weight * CONCEPT_CREDIT } else { weight }
    }

    /// What an entry shares with the question without one of its phrasings: the inverted index cannot tell.
    fn shared_without(&self, prepared: &Prepared, entry: usize, without: usize) -> f32 {
        let others = || self.phrasings_of(entry).filter(|&p| p != without).flat_map(|p| self.slots_of.row(p));
        let mut best = vec![0.0_f32; prepared.slots.len()];
        for key in &prepared.keys {
            if others().any(|slot| slot.keys.contains(&key.term)) {
                let best = &mut best[usize::from(key.slot)];
                *best = best.max(self.shared_weight(prepared, key));
            }
        }
        best.iter().sum()
    }

    /// Lines a question up with every phrasing of an entry.
    fn line_up(&self, prepared: &Prepared, entry: usize, scratch: &mut Scratch) -> Option<Match> {
        scratch.by_entry.fill(Found::default());
        let mut best: Option<(f32, Evidence)> = None;
        let mut second = 0.0_f32;
        let phrasings = self.phrasings_of(entry);
        for phrasing in phrasings.clone().filter(|&p| prepared.holdout != Holdout::Phrasing(p)) {
            scratch.found.fill(Found::default());
            let phrasing_coverage = self.look_up(prepared, phrasing, &mut scratch.found);
            if phrasing_coverage == 0.0 {
                continue;
            }
            let (coverage, weight_found) = prepared.coverage(&scratch.found);
            for (all, one) in scratch.by_entry.iter_mut().zip(&scratch.found) {
                all.literal(one.literal);
                all.concept(one.concept_idf);
            }
            let signature = self.phrasings[phrasing].signature;
            let mut evidence = Evidence {
                phrasing: phrasing - phrasings.start,
                coverage,
                phrasing_coverage,
                weight_found,
                negation_differs: signature.negated != prepared.signature.negated,
                numbers_differ: signature.numbers_conflict(&prepared.signature),
                ..Evidence::default()
            };
            evidence.exact = coverage >= EXACT
                && phrasing_coverage >= EXACT
                && !evidence.negation_differs
                && !evidence.numbers_differ;
            let likeness = likeness(&evidence);
            match best {
                Some((l, _)) if l >= likeness => second = second.max(likeness),
                _ => {
                    second = best.map_or(0.0, |(l, _)| l);
                    best = Some((likeness, evidence));
                }
            }
        }
        let (_, mut evidence) = best?;
        evidence.second_likeness = second;
        self.look_up_answer(prepared, entry, &mut scratch.by_entry);
        evidence.entry_coverage = prepared.coverage(&scratch.by_entry).0;
        evidence.fit = fit(&evidence);
        Some(Match { entry, fit: evidence.fit, confidence: 0.0, evidence })
    }

    /// Finds the question's slots in an entry's answer.
    fn look_up_answer(&self, prepared: &Prepared, entry: usize, found: &mut [Found]) {
        for &term in self.answer_of.row(entry) {
            for key in prepared.keys_of(term) {
                let slot = &mut found[usize::from(key.slot)];
                if key.concept { slot.concept(self.idf(term)) } else { slot.literal(key.credit) }
            }
        }
    }

    /// Finds the question's slots in a phrasing; returns the share of the phrasing that the question has.
    fn look_up(&self, prepared: &Prepared, phrasing: usize, found: &mut [Found]) -> f32 {
        let (mut total, mut matched) = (0.0, 0.0);
        for slot in self.slots_of.row(phrasing) {
            let mine = self.look_up_slot(prepared, slot, found);
            let (weight, credit) = mine.weigh(slot.factor, slot.weight, slot.weight);
            total += weight;
            matched += credit;
        }
        if total > 0.0 { matched / total } else { 0.0 }
    }

    fn look_up_slot(&self, prepared: &Prepared, slot: &PhrasingSlot, found: &mut [Found]) -> Found {
        let mut mine = Found::default();
        for &term in slot.keys.iter().take_while(|&&term| term != NONE) {
            for key in prepared.keys_of(term) {
                let theirs = &mut found[usize::from(key.slot)];
                if key.concept {
                    let idf = self.idf(term);
                    theirs.concept(idf);
                    mine.concept(idf);
                } else {
                    theirs.literal(key.credit);
                    mine.literal(key.credit);
                }
            }
        }
        mine
    }
}

impl Prepared {
    fn key(&mut self, term: u32, slot: u16, concept: bool, credit: f32) {
        self.keys.push(QuestionKey { term, slot, concept, credit });
    }

    fn index_keys(&mut self) {
        self.keys.sort_unstable_by_key(|k| (k.term, k.slot));
        for at in 0..self.keys.len() {
            let term = self.keys[at].term;
            if at > 0 && self.keys[at - 1].term == term {
                continue;
            }
            let mut place = place(term);
            while self.table[place] != 0 {
                place = (place + 1) % TABLE_LEN;
            }
            self.table[place] = u16::try_from(at + 1).unwrap_or(0);
        }
    }

    fn keys_of(&self, term: u32) -> &[QuestionKey] {
        let mut place = place(term);
        loop {
            match usize::from(self.table[place]) {
                0 => return &[],
                from if self.keys[from - 1].term == term => {
                    let rest = &self.keys[from - 1..];
                    let len = rest.iter().take_while(|k| k.term == term).count();
                    return &rest[..len];
                }
                _ => place = (place + 1) % TABLE_LEN,
            }
        }
    }

    /// Share of the question that nothing in the bundle has.
    fn unknown(&self) -> f32 {
        let total: f32 = self.slots.iter().map(|s| s.weight).sum();
        let unknown: f32 = self.slots.iter().filter(|s| s.unknown).map(|s| s.weight).sum();
        if total > 0.0 { unknown / total } else { 0.0 }
    }

    /// Share of the question that was found, and its weight.
    fn coverage(&self, found: &[Found]) -> (f32, f32) {
        let (mut total, mut matched) = (0.0, 0.0);
        for (slot, found) in self.slots.iter().zip(found) {
            let (weight, credit) = found.weigh(slot.factor, slot.weight, slot.missing);
            total += weight;
            matched += credit;
        }
        (if total > 0.0 { matched / total } else { 0.0 }, matched)
    }
}

fn place(term: u32) -> usize {
    // Fibonacci hashing (Knuth 6.4): the upper bits of a product with 2^32 divided by the golden ratio.
    (term.wrapping_mul(0x9E37_79B9) >> 21) as usize
}

/// Reused for every entry of a decision.
struct Scratch {
    found: Vec<Found>,
    by_entry: Vec<Found>,
}

impl Scratch {
    fn new(slots: usize) -> Self {
        Self { found: vec![Found::default(); slots], by_entry: vec![Found::default(); slots] }
    }
}

fn fit_at(matches: &[Match], at: usize) -> f32 {
    matches.get(at).map_or(0.0, |m| m.fit)
}

/// Likeness of a question and a phrasing, 0 to 1, from what each has of the other. What the phrasing says beyond the
/// question counts less than what the question says beyond the phrasing.
fn likeness(e: &Evidence) -> f32 {
    let both = (e.coverage * (0.1 + 0.9 * e.phrasing_coverage)).sqrt();
    let negation = if e.negation_differs { NEGATION_FACTOR } else { 1.0 };
    let number = if e.numbers_differ { NUMBER_FACTOR } else { 1.0 };
    both * negation * number
}

/// How well an entry fits, 0 to 1: its nearest phrasing, supported by its second nearest and by its answer. The weights
/// are rounded from a softmax regression that learned to put the right entry first when a phrasing is held out.
fn fit(e: &Evidence) -> f32 {
    let phrasing = e.coverage + e.phrasing_coverage + 3.0 * (e.coverage * e.phrasing_coverage).sqrt();
    let support = 6.0 * e.entry_coverage + 4.0 * e.second_likeness;
    let negation = if e.negation_differs { 1.0 } else { 0.0 };
    ((phrasing + support - negation) / 15.0).max(0.0)
}

/// How sure a match is, 0 to 1: it fits, nothing else fits as well, little of the question is unheard of, and what was
/// found is more than a common word or two. An order, not yet a probability: [calibration](super::Thresholds) says from
/// where on it is trusted.
fn confidence(fit: f32, e: &Evidence) -> f32 {
    let lead = 16.0 * e.lead.clamp(-0.25, 0.25);
    let unknown = 8.0 * (e.unknown - 0.25).max(0.0);
    let found = 4.0 * (e.weight_found / 6.0).min(1.0);
    let mutual = 4.0 * (e.coverage * e.phrasing_coverage).sqrt();
    let sum = 9.0 * fit + lead - unknown + found + mutual;
    let sure = 1.0 / (1.0 + (-0.45 * (sum - 12.0)).exp());
    if e.exact { sure.max(EXACT_CONFIDENCE) } else { sure }
}
