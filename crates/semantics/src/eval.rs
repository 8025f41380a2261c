//! How good an index is, on questions whose answer is known.

use serde::{Deserialize, Serialize};

use crate::faq::{Audience, Decision, FaqIndex, Query};
use crate::text::Language;

/// A question whose answer is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// As typed.
    pub text: String,
    /// The id of the entry that answers it; none when it should not be answered.
    pub expect: Option<String>,
    /// Written after the weights and the guards were set, by someone who had not seen how they work: it says what a new question
    /// meets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_out: bool,
}

/// Reads labelled questions from JSON lines; empty lines are ignored.
///
/// # Errors
/// The first line that is not a labelled question, with its number.
pub fn parse_queries(text: &str) -> Result<Vec<Labelled>, String> {
    (1..)
        .zip(text.trim_start_matches('\u{FEFF}').lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| serde_json::from_str(line).map_err(|e| format!("line {n}: {e}")))
        .collect()
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Questions asked.
    pub n: usize,
    /// Questions that have an answer.
    pub answerable: usize,
    /// Questions answered.
    pub answered: usize,
    /// Answered with the right entry.
    pub correct: usize,
    /// Answered with another entry, or where nothing should be answered.
    pub wrong: usize,
    /// Correct of answered; 1 when nothing was answered.
    pub precision: f64,
    /// Correct of answerable; 0 when nothing is.
    pub coverage: f64,
}

impl Report {
    /// Counts one question.
    pub fn count(&mut self, expected: Option<&str>, answered: Option<&str>) {
        self.n += 1;
        self.answerable += usize::from(expected.is_some());
        if answered.is_some() {
            self.answered += 1;
            if answered == expected {
                self.correct += 1;
            } else {
                self.wrong += 1;
            }
        }
        self.precision = share(self.correct, self.answered, 1.0);
        self.coverage = share(self.correct, self.answerable, 0.0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of questions are far below 2^52")]
fn share(part: usize, whole: usize, of_nothing: f64) -> f64 {
    if whole == 0 { of_nothing } else { part as f64 / whole as f64 }
}

/// Asks every question as a customer would, so that all entries are in play.
#[must_use]
pub fn evaluate(index: &FaqIndex, queries: &[Labelled]) -> Report {
    evaluate_where(index, queries, |_| true)
}

/// As [`evaluate`], for the questions of one language.
#[must_use]
pub fn evaluate_language(index: &FaqIndex, queries: &[Labelled], language: Language) -> Report {
    evaluate_where(index, queries, |text| crate::text::detect_language(text) == language)
}

fn evaluate_where(index: &FaqIndex, queries: &[Labelled], wanted: impl Fn(&str) -> bool) -> Report {
    let mut report = Report::default();
    for query in queries.iter().filter(|q| wanted(&q.text)) {
        let decision = index.decide(&Query::new(&query.text).from_audience(Audience::Customer));
        let answered = match decision {
            Decision::Answer { entry, .. } => Some(index.entries()[entry].id.as_str()),
            _ => None,
        };
        report.count(query.expect.as_deref(), answered);
    }
    report
}
