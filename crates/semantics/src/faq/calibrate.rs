//! Thresholds from a bundle alone.
//!
//! Every phrasing is asked twice: as if it were not in the bundle, when its entry should win; and as if its whole entry were
//! not in the bundle, when nothing should be answered. The second is a hard test: the bundle's own subjects, one step beside
//! what it knows.

use super::decide::Candidate;
use super::guard::Signature;
use super::index::FaqIndex;
use super::score::Holdout;
use super::thresholds::{Cut, Thresholds};
use crate::lexical::Slots;
use crate::text::{Language, normalise};

/// Of the trials' answers, this share must be right. The trials are harder than real questions: nobody asks them in the
/// words of the phrasing, and part of the weight is on questions whose answer is missing by a hair. With this goal the
/// shop's labelled questions were answered with a precision of 0.967 in English and 0.976 in Japanese.
const PRECISION_GOAL: f32 = 0.86;
/// Weight of a trial without an answer beside one that has an answer.
const UNANSWERABLE_WEIGHT: f32 = 0.25;
/// Most phrasings tried per language; of a larger bundle, every n-th.
const PHRASINGS_MAX: usize = 1_000;
/// Fewer trials than this tell nothing: the uncalibrated thresholds stay.
const TRIALS_MIN: usize = 80;
/// No threshold below this, however easy the trials are.
const ANSWER_MIN: f32 = 0.6;
/// A match that is less sure than all but this share of the right ones is a miss.
const MISS_QUANTILE: f32 = 0.03;

/// One trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The phrasing asked, as entry and position among its questions.
    pub asked: (usize, usize),
    /// Its whole entry was left out, not the phrasing alone.
    pub unanswerable: bool,
    /// The entries it may mean, best first; none when a guard keeps it from the best.
    pub candidates: Vec<Candidate>,
}

impl Trial {
    /// How sure the index was of its best entry.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.candidates.first().map_or(0.0, |c| c.score)
    }

    /// Whether its best entry was the right one.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.candidates.first().is_some_and(|c| c.entry == self.asked.0)
    }
}

pub(super) fn calibrate(index: &FaqIndex) -> Thresholds {
    let mut thresholds = Thresholds::uncalibrated();
    for language in Language::ALL {
        let trials = trials(index, language);
        let cut = choose(&trials, thresholds.cut(language));
        match language {
            Language::En => thresholds.en = cut,
            Language::Ja => thresholds.ja = cut,
        }
    }
    thresholds
}

/// The trials of one language: for calibration, and for editors who look for entries that are too near each other.
#[must_use]
pub fn trials(index: &FaqIndex, language: Language) -> Vec<Trial> {
    let all: Vec<usize> =
        (0..index.phrasings.len()).filter(|&p| index.phrasings[p].language == language).collect();
    let step = all.len().div_ceil(PHRASINGS_MAX).max(1);
    let mut out = Vec::new();
    for &phrasing in all.iter().step_by(step) {
        let entry = index.phrasings[phrasing].entry as usize;
        let text = &index.entries[entry].questions[phrasing - index.phrasings_of(entry).start];
        let normal = normalise(text);
        let slots = Slots::of(&normal, &index.concepts, Some(&index.speller));
        let signature = Signature::of(&normal, &index.forms);
        for holdout in [Holdout::Phrasing(phrasing), Holdout::Entry(entry)] {
            let prepared = index.prepare(&slots, signature, holdout);
            let mut matches = index.rank(&prepared);
            if matches.first().is_some_and(|best| index.guard(prepared.signature, best.entry).is_some()) {
                matches.clear();
            }
            out.push(Trial {
                asked: (entry, phrasing - index.phrasings_of(entry).start),
                unanswerable: holdout == Holdout::Entry(entry),
                candidates: matches.iter().map(Candidate::from).collect(),
            });
        }
    }
    out
}

/// The lowest threshold from which on the goal is met.
fn choose(trials: &[Trial], otherwise: Cut) -> Cut {
    if trials.len() < TRIALS_MIN {
        return otherwise;
    }
    let mut sorted: Vec<(f32, f32, bool)> = trials
        .iter()
        .map(|t| (t.score(), if t.unanswerable { UNANSWERABLE_WEIGHT } else { 1.0 }, t.is_right()))
        .collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut all, mut answer) = (0.0, 0.0, 1.0);
    for (score, weight, is_right) in &sorted {
        all += weight;
        right += if *is_right { *weight } else { 0.0 };
        if right >= PRECISION_GOAL * all {
            answer = *score;
        }
    }
    let rights: Vec<f32> = sorted.iter().filter(|t| t.2).map(|t| t.0).collect();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a few thousand"
    )]
    let last = rights.len() - (rights.len() as f32 * MISS_QUANTILE) as usize;
    let miss = rights.get(last.saturating_sub(1)).copied().unwrap_or(otherwise.miss);
    let answer = answer.max(ANSWER_MIN);
    Cut { answer, miss: miss.min(answer) }
}
