//! The second tier: what a question's sentence vector adds to its words.
//!
//! Every entry gets a score from how near its phrasings are to the question, from what sets it apart from the others, and
//! from how well its words fit. How much the best stands out from all others, and how high it is at all, say how sure that is.

use super::apart::Apart;
use super::index::FaqIndex;
use super::score::{Holdout, Match, Prepared};
use super::vectors::Quantised;

/// Shares of an entry's score: its nearest phrasing, its second nearest, the middle of all, how well the words fit, and
/// how much the question lies in the entry's direction. These and the numbers below are rounded from regressions over the
/// labelled questions of a bank, a library, an airline, an energy supplier, a maker of software and a telephone company.
const NEAREST_SHARE: f32 = 0.2;
const SECOND_SHARE: f32 = 0.15;
const MIDDLE_SHARE: f32 = 0.35;
const FIT_SHARE: f32 = 0.25;
const APART_SHARE: f32 = 0.3;
/// Differences of scores are counted in this unit (the temperature of a softmax).
const SCORE_UNIT: f32 = 0.04;
/// From this log-odds on, standing out more says nothing more: in a small bundle anything stands out.
const STANDS_OUT_MAX: f32 = 3.0;
/// Weights of how much the best entry stands out and of its score, and the offset.
const STANDS_OUT_WEIGHT: f32 = 0.6;
const SCORE_WEIGHT: f32 = 6.8;
const OFFSET: f32 = -4.2;

/// What a question means by its vector and its words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meant {
    /// The entry, or a group of near misses.
    pub(super) entry: usize,
    /// Of being right, before [calibration](super::Thresholds).
    pub(super) log_odds: f32,
    /// How much the best entry's score is above the next one's.
    pub(super) lead: f32,
    /// Cosine to the nearest phrasing.
    pub(super) cosine: f32,
    /// The nearest phrasing, counted over the whole bundle.
    pub(super) phrasing: usize,
}

impl FaqIndex {
    /// The entry that a question with this vector means, among those that its guards admit. None without vectors in the
    /// bundle, and for what is no vector like them. `apart` is what sets the entries apart: the bundle's own, or what was
    /// learned without a phrasing that is held out.
    pub(super) fn meant(
        &self,
        prepared: &Prepared,
        matches: &[Match],
        vector: &[f32],
        apart: &Apart,
        holdout: Holdout,
    ) -> Option<Meant> {
        let vectors = self.vectors.as_ref()?;
        let to = Quantised::of(vector, vectors.dimensions())?;
        let without = match holdout {
            Holdout::Phrasing(phrasing) => Some(phrasing),
            Holdout::Nothing | Holdout::Entry(_) => None,
        };
        let seen = apart.see(&to);
        let mut scores = Vec::with_capacity(self.groups());
        let mut best: Option<(f32, Meant)> = None;
        for entry in (0..self.groups()).filter(|&entry| holdout != Holdout::Entry(entry)) {
            let Some(near) = vectors.nearness(entry, &to, without) else { continue };
            if self.guard(prepared.signature, entry).is_some() {
                continue;
            }
            let fit = matches.iter().find(|m| m.entry == entry).map_or(0.0, |m| m.fit);
            let score = NEAREST_SHARE * near.nearest
                + SECOND_SHARE * near.second
                + MIDDLE_SHARE * near.middle
                + FIT_SHARE * fit
                + APART_SHARE * apart.of_entry(entry, &to, seen);
            scores.push(score);
            if best.is_none_or(|(most, _)| score > most) {
                let (cosine, phrasing) = (near.nearest, near.phrasing);
                best = Some((score, Meant { entry, log_odds: 0.0, lead: 0.0, cosine, phrasing }));
            }
        }
        let (most, mut meant) = best?;
        // All scores but one of the best ones.
        let own = scores.iter().position(|&score| score >= most)?;
        scores.swap_remove(own);
        let others: f32 = scores.iter().map(|score| ((score - most) / SCORE_UNIT).exp()).sum();
        let stands_out = (-others.ln()).clamp(-STANDS_OUT_MAX, STANDS_OUT_MAX);
        meant.lead = most - scores.iter().copied().fold(0.0, f32::max);
        meant.log_odds = STANDS_OUT_WEIGHT * stands_out + SCORE_WEIGHT * most + OFFSET;
        Some(meant)
    }
}
