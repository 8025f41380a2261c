//! The decision.

use super::bundle::Audience;
use super::day::Day;
use super::guard::{Guard, Signature};
use super::index::FaqIndex;
use super::meaning::Meant;
use super::score::{Holdout, Match, Prepared};
use super::thresholds::MeaningCut;
use crate::lexical::Slots;
use crate::text::{Language, detect_language, normalise};

/// Longest question that is looked at, in characters. Whoever writes more tells a story that no FAQ entry answers.
pub const QUERY_CHARS_MAX: usize = 400;
/// Most candidates of an unsure decision.
const CANDIDATES_MAX: usize = 5;

/// Least lead of an answer over the next entry. Two entries with the same phrasing have none, and neither is answered.
const LEAD_MIN: f32 = 0.02;

/// How much less sure a vector may be of the entry that words would answer.
const AGREED_LOG_ODDS: f32 = 1.0;

/// From this confidence of words on, what is nearest to a near miss is none of ours, whatever its vector would say.
pub(super) const NEAR_MISS_MIN: f32 = 0.25;

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// As typed.
    pub text: &'a str,
    /// Its language, when that is known better than by its letters.
    pub language: Option<Language>,
    /// Who asks. Entries for customers are not for guests.
    pub audience: Audience,
    /// The day it is asked. Entries that are not valid on it are not answered; without a day all are.
    pub today: Option<Day>,
}

impl<'a> Query<'a> {
    /// A guest's question, its language to be detected.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, language: None, audience: Audience::Guest, today: None }
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

    /// The same question, asked on a day.
    #[must_use]
    pub const fn on(self, today: Day) -> Self {
        Self { today: Some(today), ..self }
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
    /// How well the entry fits, 0 to 1.
    pub fit: f32,
    /// Cosine of the question's vector to the nearest phrasing's; 0 when words alone decided.
    pub cosine: f32,
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
    /// Nearest to a question that the bundle names as one that it does not answer.
    NearMiss,
    /// Kept from the entries that its words fit.
    Guarded(Guard),
    /// Only entries for customers fit, and a guest asks.
    NotForAudience,
    /// The entry that fits is not valid yet, or not any more.
    NotValid,
}

/// A question as both tiers see it.
struct Asked {
    prepared: Prepared,
    matches: Vec<Match>,
    language: Language,
    audience: Audience,
    today: Option<Day>,
}

impl Asked {
    /// Whether two entries have the question among their phrasings: nobody knows which of them is meant.
    fn has_twins(&self) -> bool {
        self.matches.iter().filter(|m| m.evidence.exact).count() > 1
    }
}

impl FaqIndex {
    /// Decides on a question by its words. Any text is a question: nothing panics, and the cost is bounded.
    ///
    /// With vectors in the bundle, what is [`Decision::Unsure`] pays to be asked with a vector; see [`asks`](Self::asks).
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Decision {
        match self.look_up_words(query) {
            Ok(asked) => match self.cut_for_asking(asked.language) {
                Some(cut) => self.conclude(&asked, cut.sure, cut.ask),
                None => self.by_words(&asked),
            },
            Err(reason) => Decision::Miss { reason },
        }
    }

    /// Decides on a question by its words, when no vector can be had: what would have been asked is answered when the words
    /// are sure enough by themselves.
    #[must_use]
    pub fn decide_by_words(&self, query: &Query<'_>) -> Decision {
        match self.look_up_words(query) {
            Ok(asked) => self.by_words(&asked),
            Err(reason) => Decision::Miss { reason },
        }
    }

    /// Decides on a question by its words and its sentence vector. The guards hold as for words alone. A vector that is
    /// none (another number of dimensions, not finite), or a bundle without vectors, leaves it to the words.
    #[must_use]
    pub fn decide_with_vector(&self, query: &Query<'_>, vector: &[f32]) -> Decision {
        let asked = match self.look_up_words(query) {
            Ok(asked) => asked,
            Err(reason) => return Decision::Miss { reason },
        };
        let cut = self.cut_for_asking(asked.language);
        let Some(cut) = cut else { return self.by_words(&asked) };
        let by_words = self.conclude(&asked, cut.sure, cut.ask);
        if !matches!(by_words, Decision::Unsure { .. }) {
            return by_words;
        }
        let meant = self.vectors.as_ref().and_then(|vectors| {
            self.meant(&asked.prepared, &asked.matches, vector, vectors.apart(), Holdout::Nothing)
        });
        match meant {
            Some(meant) => self.conclude_meant(&asked, &meant, cut),
            None => self.by_words(&asked),
        }
    }

    /// Whether an unsure question in this language is worth a vector.
    #[must_use]
    pub fn asks(&self, language: Language) -> bool {
        self.cut_for_asking(language).is_some()
    }

    fn cut_for_asking(&self, language: Language) -> Option<MeaningCut> {
        self.vectors.as_ref().and(self.meaning.cut(language))
    }

    fn look_up_words(&self, query: &Query<'_>) -> Result<Asked, MissReason> {
        if query.text.chars().nth(QUERY_CHARS_MAX).is_some() {
            return Err(MissReason::TooLong);
        }
        let normal = normalise(query.text);
        let slots = Slots::of(&normal, &self.concepts, Some(&self.speller));
        if slots.slots.is_empty() {
            return Err(MissReason::Empty);
        }
        if slots.truncated {
            return Err(MissReason::TooLong);
        }
        let language = query.language.unwrap_or_else(|| detect_language(&normal));
        let prepared = self.prepare(&slots, Signature::of(&normal, &self.forms), Holdout::Nothing);
        let matches = self.rank(&prepared);
        Ok(Asked { prepared, matches, language, audience: query.audience, today: query.today })
    }

    fn by_words(&self, asked: &Asked) -> Decision {
        let cut = self.thresholds.cut(asked.language);
        self.conclude(asked, cut.answer, cut.miss)
    }

    fn conclude(&self, asked: &Asked, answer: f32, miss: f32) -> Decision {
        let Some(first) = asked.matches.first() else { return Decision::Miss { reason: MissReason::Unlike } };
        let score = first.confidence;
        if score < miss {
            return Decision::Miss { reason: MissReason::Unlike };
        }
        if !self.is_entry(first.entry) {
            return if score >= answer.min(NEAR_MISS_MIN) {
                Decision::Miss { reason: MissReason::NearMiss }
            } else {
                self.unsure(asked)
            };
        }
        if let Err(reason) = self.admits_signature(asked, first.entry) {
            return Decision::Miss { reason };
        }
        if score >= answer && Self::is_answerable(&first.evidence) && !asked.has_twins() {
            return Decision::Answer {
                entry: first.entry,
                score,
                margin: score - asked.matches.get(1).map_or(0.0, |m| m.confidence),
                evidence: first.evidence,
                language: asked.language,
            };
        }
        self.unsure(asked)
    }

    fn conclude_meant(&self, asked: &Asked, meant: &Meant, cut: MeaningCut) -> Decision {
        if !self.is_entry(meant.entry) {
            return Decision::Miss { reason: MissReason::NearMiss };
        }
        if let Err(reason) = self.admits_signature(asked, meant.entry) {
            return Decision::Miss { reason };
        }
        let evidence = self.evidence_of(asked, meant);
        let differs = evidence.negation_differs || evidence.numbers_differ;
        // What words alone would answer is answered when the vector means the same entry, and is not far from sure itself.
        let by_words = self.by_words(asked);
        let is_same = matches!(by_words, Decision::Answer { entry, .. } if entry == meant.entry);
        if is_same && meant.log_odds >= cut.answer - AGREED_LOG_ODDS && !differs {
            return by_words;
        }
        if meant.log_odds < cut.answer || differs || meant.lead < LEAD_MIN || asked.has_twins() {
            return self.unsure(asked);
        }
        Decision::Answer {
            entry: meant.entry,
            score: 1.0 / (1.0 + (-meant.log_odds).exp()),
            margin: meant.lead.max(0.0),
            evidence,
            language: asked.language,
        }
    }

    /// What words say of the entry that the vector found; where they say nothing, the phrasing that is nearest by vector.
    fn evidence_of(&self, asked: &Asked, meant: &Meant) -> Evidence {
        let by_words = asked.matches.iter().find(|m| m.entry == meant.entry).map(|m| m.evidence);
        let signature = self.phrasings[meant.phrasing].signature;
        let evidence = by_words.unwrap_or_else(|| Evidence {
            phrasing: meant.phrasing - self.phrasings_of(meant.entry).start,
            negation_differs: signature.negated != asked.prepared.signature.negated,
            ..Evidence::default()
        });
        // A phrasing that writes its number as a word has none to conflict with; those that have one speak for the entry.
        let numbers_differ = self.numbers_conflict(asked.prepared.signature, meant.entry);
        Evidence { cosine: meant.cosine, lead: meant.lead, numbers_differ, ..evidence }
    }

    /// Whether a question names numbers, phrasings of the entry do, and none has one of the question's.
    fn numbers_conflict(&self, question: Signature, entry: usize) -> bool {
        let mut numbered = self
            .phrasings_of(entry)
            .map(|phrasing| self.phrasings[phrasing].signature)
            .filter(|signature| !signature.numbers().is_empty())
            .peekable();
        numbered.peek().is_some() && numbered.all(|signature| signature.numbers_conflict(&question))
    }

    fn unsure(&self, asked: &Asked) -> Decision {
        let admitted = |m: &&Match| self.admits_signature(asked, m.entry).is_ok();
        let candidates =
            asked.matches.iter().filter(admitted).take(CANDIDATES_MAX).map(Candidate::from).collect();
        Decision::Unsure { candidates, language: asked.language }
    }

    fn admits_signature(&self, asked: &Asked, entry: usize) -> Result<(), MissReason> {
        self.may_answer(asked.prepared.signature, entry, asked.audience, asked.today)
    }

    fn may_answer(
        &self,
        signature: Signature,
        entry: usize,
        audience: Audience,
        today: Option<Day>,
    ) -> Result<(), MissReason> {
        let Some(found) = self.entries.get(entry) else { return Err(MissReason::NearMiss) };
        match self.guard(signature, entry) {
            Some(guard) => Err(MissReason::Guarded(guard)),
            None if found.audience > audience => Err(MissReason::NotForAudience),
            None if today.is_some_and(|day| !found.is_valid_on(day)) => Err(MissReason::NotValid),
            None => Ok(()),
        }
    }

    /// Whether a match may be answered: it does not say the opposite or another number, and no other entry fits as well.
    pub(super) fn is_answerable(evidence: &Evidence) -> bool {
        !evidence.negation_differs && !evidence.numbers_differ && evidence.lead >= LEAD_MIN
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
            .filter(|m| self.is_entry(m.entry) && self.guard(prepared.signature, m.entry).is_none())
            .map(Candidate::from)
            .collect()
    }

    /// Whether a question may be answered with an entry at all, whatever its words say: for a second tier that finds
    /// entries by other means, and must pass the same guards.
    ///
    /// # Errors
    /// Why it may not. An entry that does not exist is [`MissReason::Unlike`] anything.
    pub fn admits(&self, query: &Query<'_>, entry: usize) -> Result<(), MissReason> {
        if entry >= self.entries.len() {
            return Err(MissReason::Unlike);
        }
        if query.text.chars().nth(QUERY_CHARS_MAX).is_some() {
            return Err(MissReason::TooLong);
        }
        let signature = Signature::of(&normalise(query.text), &self.forms);
        self.may_answer(signature, entry, query.audience, query.today)
    }

    /// What keeps a question from an entry.
    pub(super) fn guard(&self, signature: Signature, entry: usize) -> Option<Guard> {
        signature.kept_from(self.phrasings_of(entry).map(|p| self.phrasings[p].signature))
    }
}
