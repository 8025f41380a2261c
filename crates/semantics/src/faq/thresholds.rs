//! How sure is sure enough.

use serde::{Deserialize, Serialize};

use super::bundle::FaqBundle;
use super::index::FaqIndex;
use crate::text::Language;

/// When a match is an answer, per language of the question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// For questions in English.
    pub en: Cut,
    /// For questions in Japanese.
    pub ja: Cut,
}

/// Where the sure answers begin and the sure misses end, on the scale of a match's confidence (0 to 1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cut {
    /// From here on a match is an answer.
    pub answer: f32,
    /// Below this a match is a miss; between the two it is unsure, and a sentence vector may tell.
    pub miss: f32,
}

impl Thresholds {
    /// Strict thresholds for a bundle that nothing is known of.
    #[must_use]
    pub const fn uncalibrated() -> Self {
        let cut = Cut { answer: 0.8, miss: 0.2 };
        Self { en: cut, ja: cut }
    }

    /// Thresholds from a bundle alone: every phrasing is asked as if it were not there (its entry should win), and as if
    /// its whole entry were not there (nothing should be answered).
    #[must_use]
    pub fn calibrate(bundle: &FaqBundle) -> Self {
        *FaqIndex::build_calibrated(bundle).thresholds()
    }

    /// The cut for questions in a language.
    #[must_use]
    pub const fn cut(&self, language: Language) -> Cut {
        match language {
            Language::En => self.en,
            Language::Ja => self.ja,
        }
    }
}
