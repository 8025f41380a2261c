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

/// Of the answers, this share must be right.
const PRECISION_GOAL: f32 = 0.97;
/// Most phrasings tried; of a larger bundle, every n-th.
const TRIALS_MAX: usize = 2_000;
/// Fewer trials than this tell nothing: the uncalibrated thresholds stay.
const TRIALS_MIN: usize = 40;

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
    let step = all.len().div_ceil(TRIALS_MAX).max(1);
    let mut out = Vec::new();
    for &phrasing in all.iter().step_by(step) {
        let entry = index.phrasings[phrasing].entry as usize;
        let text = &index.entries[entry].questions[phrasing - index.phrasings_of(entry).start];
        let normal = normalise(text);
        let slots = Slots::of(&normal, &index.concepts, Some(&index.speller));
        let signature = Signature::of(&normal);
        for holdout in [Holdout::Phrasing(phrasing), Holdout::Entry(entry)] {
            let prepared = index.prepare(&slots, signature, holdout);
            let mut matches = index.rank(&prepared);
            if matches.first().is_some_and(|best| index.guard(&prepared, best.entry).is_some()) {
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

/// The lowest threshold at and above which the goal is met.
fn choose(trials: &[Trial], otherwise: Cut) -> Cut {
    if trials.len() < TRIALS_MIN {
        return otherwise;
    }
    let mut sorted = trials.to_vec();
    sorted.sort_by(|a, b| b.score().total_cmp(&a.score()));
    let (mut right, mut answer) = (0_u32, otherwise.answer.max(0.5));
    for (n, trial) in (1_u32..).zip(&sorted) {
        right += u32::from(trial.is_right());
        #[expect(clippy::cast_precision_loss, reason = "at most a few thousand trials")]
        let precision = right as f32 / n as f32;
        if precision >= PRECISION_GOAL {
            answer = trial.score();
        }
    }
    Cut { answer, miss: otherwise.miss.min(answer / 2.0) }
}
