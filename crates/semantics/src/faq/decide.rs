//! The decision.

use super::bundle::Audience;
use super::guard::{Guard, Signature};
use super::index::FaqIndex;
use super::score::{Holdout, Match, Prepared};
use crate::lexical::Slots;
use crate::text::{Language, detect_language, normalise};

/// Longest question that is looked at, in characters. Whoever writes more tells a story that no FAQ entry answers.
pub const QUERY_CHARS_MAX: usize = 400;
/// Most candidates of an unsure decision.
const CANDIDATES_MAX: usize = 5;

/// Least lead of an answer over the next entry. Two entries with the same phrasing have none, and neither is answered.
const LEAD_MIN: f32 = 0.02;

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// As typed.
    pub text: &'a str,
    /// Its language, when that is known better than by its letters.
    pub language: Option<Language>,
    /// Who asks. Entries for customers are not for guests.
    pub audience: Audience,
}

impl<'a> Query<'a> {
    /// A guest's question, its language to be detected.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, language: None, audience: Audience::Guest }
    }

    /// The same question from someone else.
    #[must_use]
    pub const fn from_audience(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }

    /// The same question, said to be in a language.
    #[must_use]
    pub const fn in_language(self, language: Language) -> Self {
        Self { language: Some(language), ..self }
    }
}

/// What is to be done with a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Answer it with an entry.
    Answer {
        /// The entry's position in [`FaqIndex::entries`].
        entry: usize,
        /// How sure, 0 to 1.
        score: f32,
        /// How much surer than of the next entry.
        margin: f32,
        /// How it was found.
        evidence: Evidence,
        /// The language to answer in.
        language: Language,
    },
    /// It may be one of these; words alone do not tell. Do not answer, or ask for the sentence vector first.
    Unsure {
        /// At most five entries, best first, all of them for this asker and past the guards.
        candidates: Vec<Candidate>,
        /// The language of the question.
        language: Language,
    },
    /// It is none of ours.
    Miss {
        /// Why.
        reason: MissReason,
    },
}

/// An entry that a question may mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The entry's position in [`FaqIndex::entries`].
    pub entry: usize,
    /// How sure, 0 to 1.
    pub score: f32,
    /// How it was found.
    pub evidence: Evidence,
}

impl From<&Match> for Candidate {
    fn from(m: &Match) -> Self {
        Self { entry: m.entry, score: m.confidence, evidence: m.evidence }
    }
}

/// How an entry was found: for logs and for editors. Shares are by weight: the rarer a word, the more it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The nearest phrasing's position among the entry's questions.
    pub phrasing: usize,
    /// Share of the question that the phrasing has.
    pub coverage: f32,
    /// Share of the phrasing that the question has.
    pub phrasing_coverage: f32,
    /// Share of the question that the entry's phrasings and answer have together.
    pub entry_coverage: f32,
    /// Likeness of the entry's second nearest phrasing, 0 to 1.
    pub second_likeness: f32,
    /// Share of the question that nothing in the bundle has.
    pub unknown: f32,
    /// Weight of what the phrasing has of the question; a rare word weighs about 5.
    pub weight_found: f32,
    /// The question says "not" and the phrasing does not, or the other way round.
    pub negation_differs: bool,
    /// Both name numbers, and not the same.
    pub numbers_differ: bool,
    /// The question has the phrasing's words, all of them and no others.
    pub exact: bool,
    /// How much better the entry fits than the next one (for others than the best: than the best), about -1 to 1.
    pub lead: f32,
}

/// Why a question is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissReason {
    /// No letter, digit or content word.
    Empty,
    /// Longer than [`QUERY_CHARS_MAX`].
    TooLong,
    /// Like nothing in the bundle.
    Unlike,
    /// Kept from the entries that its words fit.
    Guarded(Guard),
    /// Only entries for customers fit, and a guest asks.
    NotForAudience,
}

/// Whether the best match is one that may be answered: it does not say the opposite or another number, and no other entry
/// fits as well.
fn is_unambiguous(matches: &[Match]) -> bool {
    let Some((first, others)) = matches.split_first() else { return false };
    let e = &first.evidence;
    let twin = e.exact && others.iter().any(|m| m.evidence.exact);
    !e.negation_differs && !e.numbers_differ && !twin && e.lead >= LEAD_MIN
}

impl FaqIndex {
    /// Decides on a question. Any text is a question: nothing panics, and the cost is bounded.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Decision {
        if query.text.chars().nth(QUERY_CHARS_MAX).is_some() {
            return Decision::Miss { reason: MissReason::TooLong };
        }
        let normal = normalise(query.text);
        let slots = Slots::of(&normal, &self.concepts, Some(&self.speller));
        if slots.slots.is_empty() {
            return Decision::Miss { reason: MissReason::Empty };
        }
        if slots.truncated {
            return Decision::Miss { reason: MissReason::TooLong };
        }
        let language = query.language.unwrap_or_else(|| detect_language(&normal));
        let prepared = self.prepare(&slots, Signature::of(&normal, &self.forms), Holdout::Nothing);
        let matches = self.rank(&prepared);
        self.conclude(&prepared, &matches, language, query.audience)
    }

    fn conclude(
        &self,
        prepared: &Prepared,
        matches: &[Match],
        language: Language,
        audience: Audience,
    ) -> Decision {
        let cut = self.thresholds.cut(language);
        let Some(first) = matches.first() else { return Decision::Miss { reason: MissReason::Unlike } };
        let score = first.confidence;
        if score < cut.miss {
            return Decision::Miss { reason: MissReason::Unlike };
        }
        if let Some(guard) = self.guard(prepared.signature, first.entry) {
            return Decision::Miss { reason: MissReason::Guarded(guard) };
        }
        if self.entries[first.entry].audience > audience {
            return Decision::Miss { reason: MissReason::NotForAudience };
        }
        if score >= cut.answer && is_unambiguous(matches) {
            let margin = score - matches.get(1).map_or(0.0, |m| m.confidence);
            return Decision::Answer {
                entry: first.entry,
                score,
                margin,
                evidence: first.evidence,
                language,
            };
        }
        let candidates = matches
            .iter()
            .filter(|m| {
                self.entries[m.entry].audience <= audience
                    && self.guard(prepared.signature, m.entry).is_none()
            })
            .take(CANDIDATES_MAX)
            .map(Candidate::from)
            .collect();
        Decision::Unsure { candidates, language }
    }

    /// The entries that a question may mean, best first, past the guards, whatever the thresholds say: for explanations.
    #[must_use]
    pub fn candidates(&self, text: &str) -> Vec<Candidate> {
        let normal = normalise(text);
        let slots = Slots::of(&normal, &self.concepts, Some(&self.speller));
        let prepared = self.prepare(&slots, Signature::of(&normal, &self.forms), Holdout::Nothing);
        let matches = self.rank(&prepared);
        matches
            .iter()
            .filter(|m| self.guard(prepared.signature, m.entry).is_none())
            .map(Candidate::from)
            .collect()
    }

    /// Whether a question may be answered with an entry at all, whatever its words say: for a second tier that finds
    /// entries by other means, and must pass the same guards.
    ///
    /// # Errors
    /// Why it may not. An entry that does not exist is [`MissReason::Unlike`] anything.
    pub fn admits(&self, query: &Query<'_>, entry: usize) -> Result<(), MissReason> {
        let Some(found) = self.entries.get(entry) else { return Err(MissReason::Unlike) };
        if query.text.chars().nth(QUERY_CHARS_MAX).is_some() {
            return Err(MissReason::TooLong);
        }
        let signature = Signature::of(&normalise(query.text), &self.forms);
        match self.guard(signature, entry) {
            Some(guard) => Err(MissReason::Guarded(guard)),
            None if found.audience > query.audience => Err(MissReason::NotForAudience),
            None => Ok(()),
        }
    }

    /// What keeps a question from an entry.
    pub(super) fn guard(&self, signature: Signature, entry: usize) -> Option<Guard> {
        signature.kept_from(self.phrasings_of(entry).map(|p| self.phrasings[p].signature))
    }
}
