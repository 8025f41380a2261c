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

    pub(super) const fn cut_mut(&mut self, language: Language) -> &mut Cut {
        match language {
            Language::En => &mut self.en,
            Language::Ja => &mut self.ja,
        }
    }
}

/// When the second tier is asked, and when it answers; per language of the question. A language without a cut never asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeaningThresholds {
    /// For questions in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<MeaningCut>,
    /// For questions in Japanese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ja: Option<MeaningCut>,
}

/// Where asking for a vector begins and ends, and from where on its answer is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeaningCut {
    /// From this confidence of words on (0 to 1) a match is an answer without asking.
    pub sure: f32,
    /// Below this confidence of words a question is a miss without asking.
    pub ask: f32,
    /// From here on a match by words and vector is an answer, as log-odds before calibration.
    pub answer: f32,
}

impl MeaningThresholds {
    /// The cut for questions in a language.
    #[must_use]
    pub const fn cut(&self, language: Language) -> Option<MeaningCut> {
        match language {
            Language::En => self.en,
            Language::Ja => self.ja,
        }
    }
}
