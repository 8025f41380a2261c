//! Thresholds from a bundle alone.
//!
//! Every phrasing is asked twice: as if it were not in the bundle, when its entry should win; and as if its whole entry were
//! not in the bundle, when nothing should be answered. And the [outside questions](outside_questions) are asked, which no
//! FAQ answers. What came of it is a logistic curve from score to chance of being right, and a threshold is where the
//! expected precision of all that is above it meets the goal.

use super::apart::Apart;
use super::decide::{Candidate, NEAR_MISS_MIN};
use super::guard::Signature;
use super::index::FaqIndex;
use super::meaning::Meant;
use super::score::{EXACT_CONFIDENCE, Holdout};
use super::thresholds::{Cut, MeaningCut, MeaningThresholds, Thresholds};
use super::vectors::EntryVectors;
use crate::lexical::Slots;
use crate::text::{Language, detect_language, normalise};

/// Of what is answered by words, this share of the trials is to be right, and of what is answered by vector. Real questions
/// are easier than the trials: on the labelled questions of six trades, more are right.
const PRECISION_GOAL: f64 = 0.948;
const MEANING_PRECISION_GOAL: f64 = 0.948;
/// Of what is answered without asking for a vector, when one could be had.
const SURE_PRECISION_GOAL: f64 = 0.98;
/// Real questions find the right entry first at least this often. The phrasings of an entry are written to differ from each
/// other, so that one held out is harder to place than what people type; where fewer trials than this are placed right,
/// right ones count for more and wrong ones for less, as if it were this share.
const PLACED_RIGHT_MIN: f64 = 0.85;
/// Weight of all outside questions beside all trials that have an answer.
const OUTSIDE_WEIGHT: f64 = 0.6;
/// Weight of all trials with the entry gone: a subject one step beside what the bundle knows. The trials are the worst case
/// by construction, and few questions are like that.
const GONE_WEIGHT: f64 = 0.03;
/// Outside questions that a bundle may know after all ("are you a robot?"); the best fitting are left out.
const OUTSIDE_KNOWN_MAX: usize = 3;
/// How strongly the curve's slope and offset hold to those that were learned on many bundles, in units of what the trials
/// tell of them: a trial tells of the offset at most a quarter.
const SLOPE_PRIOR: f64 = 30.0;
const OFFSET_PRIOR: f64 = 10.0;
/// Most phrasings tried per language; of a larger bundle, every n-th.
const PHRASINGS_MAX: usize = 1_000;
/// Fewer trials than this tell nothing: the uncalibrated thresholds stay.
const TRIALS_MIN: usize = 20;
/// A match that is less sure than all but this share of the right ones is a miss.
const MISS_QUANTILE: f64 = 0.03;
/// Of what a vector would answer, this share is not asked for: the questions that words are least sure of are many, and few
/// of them are answered.
const NOT_ASKED_SHARE: f64 = 0.1;
/// No vector is asked for below this confidence of words. Of the labelled questions of a shop, a bank, a library and a
/// telephone company, asking further down answered one in a hundred more, and asked for a fifth of them more.
const ASK_MIN: f32 = 0.02;
/// The curve from the log-odds of a match's confidence to those of its being right, as learned on bundles of a shop, a bank,
/// a library and a telephone company.
const WORDS_PRIOR: [f64; 2] = [1.2, 1.1];
/// The second tier's score is on that scale by itself.
const MEANING_PRIOR: [f64; 2] = [1.0, 0.0];
/// What sets entries apart is learned anew without each of so many parts of the phrasings, for the trials of that part.
const FOLDS: usize = 5;
/// Furthest log-odds of a confidence that is looked at: beyond is as good as certain.
const LOG_ODDS_MAX: f64 = 8.0;

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
        !self.unanswerable && self.candidates.first().is_some_and(|c| c.entry == self.asked.0)
    }
}

/// Questions that no FAQ of a business answers, of many domains and in both languages: what a bundle is calibrated against,
/// beside its own phrasings. Whoever builds a bundle with vectors needs theirs too.
pub fn outside_questions() -> impl Iterator<Item = &'static str> {
    include_str!("../../data/outside.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

pub(super) fn calibrate(index: &FaqIndex) -> Thresholds {
    let mut thresholds = Thresholds::uncalibrated();
    for language in Language::ALL {
        let trials = all_trials(index, language, |_| None, &[]);
        let placed = trials.iter().map(TrialRun::words).collect();
        if let Some(curve) = Curve::of(placed, WORDS_PRIOR) {
            let answer = from_log_odds(curve.threshold(PRECISION_GOAL));
            let miss = from_log_odds(curve.quantile_of_right(MISS_QUANTILE)).min(answer);
            *thresholds.cut_mut(language) = Cut { answer, miss };
        }
    }
    thresholds
}

/// Cuts of the second tier; none without vectors. `outside` knows the vectors of the outside questions.
pub(super) fn calibrate_meaning(
    index: &FaqIndex,
    outside: &dyn Fn(&str) -> Option<Vec<f32>>,
) -> Option<MeaningThresholds> {
    let vectors = index.vectors.as_ref()?;
    let folds: Vec<Apart> = (0..FOLDS).map(|fold| vectors.apart_without(fold, FOLDS)).collect();
    let cut = |language| meaning_cut(index, language, outside, &folds);
    Some(MeaningThresholds { en: cut(Language::En), ja: cut(Language::Ja) })
}

/// The cut for questions in a language; none with too few phrasings that have vectors.
fn meaning_cut(
    index: &FaqIndex,
    language: Language,
    outside: &dyn Fn(&str) -> Option<Vec<f32>>,
    folds: &[Apart],
) -> Option<MeaningCut> {
    let trials = all_trials(index, language, outside, folds);
    let meant: Vec<Placed> = trials.iter().filter_map(TrialRun::meaning).collect();
    let curve = Curve::of(meant, MEANING_PRIOR)?;
    let answer = curve.threshold(MEANING_PRECISION_GOAL);
    let words = Curve::of(trials.iter().map(TrialRun::words).collect(), WORDS_PRIOR)?;
    let sure = from_log_odds(words.threshold(SURE_PRECISION_GOAL)).max(index.thresholds.cut(language).answer);
    // How sure words are of what the vector then answers rightly: below all but a few of those, asking does not pay.
    let mut answered: Vec<f64> = trials
        .iter()
        .filter(|t| t.meaning().is_some_and(|m| m.is_right && m.score >= answer))
        .map(|t| t.words().score)
        .collect();
    answered.sort_by(f64::total_cmp);
    let ask = answered.get(share_of(answered.len(), NOT_ASKED_SHARE)).map_or(0.0, |&z| from_log_odds(z));
    Some(MeaningCut { sure, ask: ask.max(ASK_MIN).min(sure), answer: narrowed(answer) })
}

/// The trials of one language: for editors who look for entries that are too near each other.
#[must_use]
pub fn trials(index: &FaqIndex, language: Language) -> Vec<Trial> {
    all_trials(index, language, |_| None, &[])
        .into_iter()
        .filter_map(|run| {
            let (kind, entry, question) = run.asked.filter(|&(kind, ..)| kind != Kind::NearMiss)?;
            Some(Trial {
                asked: (entry, question),
                unanswerable: kind == Kind::Gone,
                candidates: run.candidates,
            })
        })
        .collect()
}

/// Weight of all near misses, each asked as if it were not among them.
const NEAR_MISS_WEIGHT: f64 = 0.2;

/// What was asked in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A phrasing, held out.
    Held,
    /// A phrasing, its whole entry held out.
    Gone,
    /// A near miss, held out.
    NearMiss,
    /// An outside question.
    Outside,
}

/// A trial, by words and by vector.
struct TrialRun {
    /// The phrasing, as entry and position; none for an outside question.
    asked: Option<(Kind, usize, usize)>,
    /// How many entries there are: what is beyond are near misses, which are never answered.
    entries: usize,
    candidates: Vec<Candidate>,
    meant: Option<Meant>,
}

/// A trial as one tier placed it.
#[derive(Clone, Copy, Debug)]
struct Placed {
    kind: Kind,
    score: f64,
    is_right: bool,
}

impl TrialRun {
    fn kind(&self) -> Kind {
        self.asked.map_or(Kind::Outside, |(kind, ..)| kind)
    }

    fn is_entry(&self, group: usize) -> bool {
        group < self.entries
    }

    fn is_right(&self, entry: usize) -> bool {
        self.asked.is_some_and(|(kind, asked, _)| kind == Kind::Held && asked == entry)
    }

    fn words(&self) -> Placed {
        let best = self
            .candidates
            .first()
            .filter(|best| FaqIndex::is_answerable(&best.evidence) && self.is_entry(best.entry));
        let score = best.map_or(-LOG_ODDS_MAX, |best| log_odds(best.score));
        Placed { kind: self.kind(), score, is_right: best.is_some_and(|best| self.is_right(best.entry)) }
    }

    fn meaning(&self) -> Option<Placed> {
        let meant = self.meant.as_ref()?;
        let near_miss = |c: &Candidate| !self.is_entry(c.entry) && c.score >= NEAR_MISS_MIN;
        let is_out = !self.is_entry(meant.entry) || self.candidates.first().is_some_and(near_miss);
        let score = if is_out { -LOG_ODDS_MAX } else { f64::from(meant.log_odds) };
        let is_right = !is_out && self.is_right(meant.entry);
        Some(Placed { kind: self.kind(), score, is_right })
    }
}

fn all_trials(
    index: &FaqIndex,
    language: Language,
    outside: impl Fn(&str) -> Option<Vec<f32>>,
    folds: &[Apart],
) -> Vec<TrialRun> {
    let all: Vec<usize> =
        (0..index.phrasings.len()).filter(|&p| index.phrasings[p].language == language).collect();
    let step = all.len().div_ceil(PHRASINGS_MAX).max(1);
    let mut out = Vec::new();
    for &phrasing in all.iter().step_by(step) {
        let entry = index.phrasings[phrasing].entry as usize;
        let question = phrasing - index.phrasings_of(entry).start;
        let text = index.text_of(entry, question);
        let vectors = index.vectors.as_ref().filter(|_| !folds.is_empty());
        let vector = vectors.and_then(|v| v.of_phrasing(phrasing));
        let apart = vectors.and_then(|v| folds.get(v.fold_of(entry, phrasing, folds.len())?));
        let seen = vector.as_deref().zip(apart);
        let held = if index.is_entry(entry) { Kind::Held } else { Kind::NearMiss };
        let gone = index.is_entry(entry).then_some((Kind::Gone, Holdout::Entry(entry)));
        for (kind, holdout) in std::iter::once((held, Holdout::Phrasing(phrasing))).chain(gone) {
            out.push(run(index, text, seen, holdout, Some((kind, entry, question))));
        }
    }
    for text in outside_questions().filter(|text| detect_language(text) == language) {
        let vector = outside(text);
        let apart = index.vectors.as_ref().map(EntryVectors::apart);
        out.push(run(index, text, vector.as_deref().zip(apart), Holdout::Nothing, None));
    }
    out
}

fn run(
    index: &FaqIndex,
    text: &str,
    seen: Option<(&[f32], &Apart)>,
    holdout: Holdout,
    asked: Option<(Kind, usize, usize)>,
) -> TrialRun {
    let normal = normalise(text);
    let slots = Slots::of(&normal, &index.concepts, Some(&index.speller));
    let prepared = index.prepare(&slots, Signature::of(&normal, &index.forms), holdout);
    let mut matches = index.rank(&prepared);
    let meant = seen.and_then(|(vector, apart)| index.meant(&prepared, &matches, vector, apart, holdout));
    if matches.first().is_some_and(|best| index.guard(prepared.signature, best.entry).is_some()) {
        matches.clear();
    }
    TrialRun {
        asked,
        entries: index.entries.len(),
        candidates: matches.iter().map(Candidate::from).collect(),
        meant,
    }
}

/// A logistic curve from score to chance of being right, with the trials that it was fitted to, best first.
struct Curve {
    trials: Vec<(Placed, f64)>,
    slope: f64,
    offset: f64,
}

impl Curve {
    fn of(mut placed: Vec<Placed>, prior: [f64; 2]) -> Option<Self> {
        placed.sort_by(|a, b| b.score.total_cmp(&a.score));
        let mut known = 0;
        placed.retain(|p| {
            known += usize::from(p.kind == Kind::Outside);
            p.kind != Kind::Outside || known > OUTSIDE_KNOWN_MAX
        });
        let trials = weighted(placed)?;
        let [slope, offset] = fit(&trials, prior);
        Some(Self { trials, slope, offset })
    }

    /// The lowest score from which on the expected precision is the goal.
    fn threshold(&self, goal: f64) -> f64 {
        let (mut all, mut right, mut threshold) = (0.0, 0.0, LOG_ODDS_MAX);
        for (placed, weight) in &self.trials {
            all += weight;
            right += weight * logistic(self.slope * placed.score + self.offset);
            if right < goal * all {
                break;
            }
            threshold = placed.score;
        }
        threshold
    }

    /// The score that all but a share of the right trials reach.
    fn quantile_of_right(&self, share: f64) -> f64 {
        let right: Vec<f64> = self.trials.iter().rev().filter(|t| t.0.is_right).map(|t| t.0.score).collect();
        right.get(share_of(right.len(), share)).copied().unwrap_or(-LOG_ODDS_MAX)
    }
}

/// The trials with their weights; none when there are too few.
#[expect(clippy::cast_precision_loss, reason = "a few thousand trials")]
fn weighted(placed: Vec<Placed>) -> Option<Vec<(Placed, f64)>> {
    let count = |kind: Kind| placed.iter().filter(|p| p.kind == kind).count();
    let (held, gone, outside) = (count(Kind::Held), count(Kind::Gone), count(Kind::Outside));
    let near_misses = count(Kind::NearMiss);
    if held < TRIALS_MIN {
        return None;
    }
    let n = held as f64;
    let right = placed.iter().filter(|p| p.is_right).count() as f64 / n;
    let (of_right, of_wrong) = if right > 0.0 && right < PLACED_RIGHT_MIN {
        (PLACED_RIGHT_MIN / right, (1.0 - PLACED_RIGHT_MIN) / (1.0 - right))
    } else {
        (1.0, 1.0)
    };
    let weight = |p: &Placed| match p.kind {
        Kind::Held if p.is_right => of_right,
        Kind::Held => of_wrong,
        Kind::Gone => GONE_WEIGHT * n / gone as f64,
        Kind::NearMiss => NEAR_MISS_WEIGHT * n / near_misses as f64,
        Kind::Outside => OUTSIDE_WEIGHT * n / outside as f64,
    };
    let weights: Vec<f64> = placed.iter().map(weight).collect();
    Some(placed.into_iter().zip(weights).collect())
}

/// Platt's scaling (Platt 1999) by Newton's method, drawn to the prior.
fn fit(trials: &[(Placed, f64)], prior: [f64; 2]) -> [f64; 2] {
    /// Newton's method is at rest long before.
    const STEPS: usize = 25;
    let [mut slope, mut offset] = prior;
    for _ in 0..STEPS {
        let mut gradient = [SLOPE_PRIOR * (slope - prior[0]), OFFSET_PRIOR * (offset - prior[1])];
        let mut hessian = [SLOPE_PRIOR, 0.0, OFFSET_PRIOR];
        for (placed, weight) in trials {
            let p = logistic(slope * placed.score + offset);
            let error = weight * (p - if placed.is_right { 1.0 } else { 0.0 });
            gradient[0] += error * placed.score;
            gradient[1] += error;
            let curvature = weight * p * (1.0 - p);
            hessian[0] += curvature * placed.score * placed.score;
            hessian[1] += curvature * placed.score;
            hessian[2] += curvature;
        }
        let determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
        slope -= (hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant;
        offset -= (hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant;
    }
    // A score that says less the higher it is would be no score: the curve that was learned stands.
    if slope > 0.0 && offset.is_finite() { [slope, offset] } else { prior }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn log_odds(confidence: f32) -> f64 {
    let p = f64::from(confidence);
    (p / (1.0 - p)).ln().clamp(-LOG_ODDS_MAX, LOG_ODDS_MAX)
}

/// The confidence of a score. What is asked in a phrasing's own words is answered whatever the trials say.
fn from_log_odds(score: f64) -> f32 {
    narrowed(logistic(score)).min(EXACT_CONFIDENCE)
}

#[expect(clippy::cast_possible_truncation, reason = "a score needs no more digits than a float has")]
fn narrowed(x: f64) -> f32 {
    x as f32
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a few thousand"
)]
fn share_of(n: usize, share: f64) -> usize {
    (n as f64 * share) as usize
}
