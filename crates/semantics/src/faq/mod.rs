//! Is this question one of those the shop has answered before?
//!
//! A [`FaqBundle`] is data, a [`FaqIndex`] is built from it once, [`FaqIndex::decide`] says [`Decision::Answer`],
//! [`Decision::Unsure`] or [`Decision::Miss`]. It stays silent rather than answer wrongly: a wrong answer costs a shopper,
//! a miss costs a model call.
//!
//! Two tiers. [`FaqIndex::decide`] knows words. What it leaves [`Unsure`](Decision::Unsure) can be settled by a sentence
//! vector: when the bundle has vectors ([`FaqIndex::asks`]), the caller fetches that of [`text_for_vector`] and calls
//! [`FaqIndex::decide_with_vector`]; when none can be had, [`FaqIndex::decide_by_words`]. The guards hold in all three.
//!
//! A bundle comes as its source, JSON lines, or as a [`BuiltBundle`] with thresholds and vectors. [`lint`] is for editors.

mod apart;
mod built;
mod bundle;
mod calibrate;
mod day;
mod decide;
mod forms;
mod guard;
mod index;
mod lint;
mod meaning;
mod patterns;
mod score;
mod thresholds;
mod vectors;

pub use built::{BUILT_BYTES_MAX, BuiltBundle, BuiltError, FORMAT, text_for_vector};
pub use bundle::{
    ANSWER_CHARS_MAX, Audience, ENTRIES_MAX, ERRORS_MAX, FaqBundle, FaqEntry, FaqError, ID_BYTES_MAX, Link,
    Localised, NAME_BYTES_MAX, QUESTION_CHARS_MAX, QUESTIONS_MAX, TAGS_MAX,
};
pub use calibrate::{Trial, outside_questions, trials};
pub use day::{Day, NotADay};
pub use decide::{Candidate, Decision, Evidence, MissReason, QUERY_CHARS_MAX, Query};
pub use forms::Forms;
pub use guard::{Guard, Signature};
pub use index::FaqIndex;
pub use lint::{ANSWER_CHARS_ADVISED, FINDINGS_MAX, Finding, LintRules, Severity, lint};
pub use thresholds::{Cut, MeaningCut, MeaningThresholds, Thresholds};
pub use vectors::{DIMENSIONS_MAX, MODEL_BYTES_MAX, VECTORS_BYTES_MAX, Vectors, VectorsError};
