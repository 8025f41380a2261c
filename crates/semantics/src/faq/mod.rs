//! Is this question one of those the shop has answered before?
//!
//! A [`FaqBundle`] is data, a [`FaqIndex`] is built from it once, [`FaqIndex::decide`] says [`Decision::Answer`],
//! [`Decision::Unsure`] or [`Decision::Miss`]. It stays silent rather than answer wrongly: a wrong answer costs a shopper,
//! a miss costs a model call.
//!
//! Two tiers. This one knows words. What it leaves [`Unsure`](Decision::Unsure) can be settled by a sentence vector: its
//! [`Candidate`]s are the entries to compare, and the guards have been passed.

mod bundle;
mod calibrate;
mod decide;
mod forms;
mod guard;
mod index;
mod meaning;
mod patterns;
mod score;
mod thresholds;
mod vectors;

pub use bundle::{
    ANSWER_CHARS_MAX, Audience, ENTRIES_MAX, ERRORS_MAX, FaqBundle, FaqEntry, FaqError, ID_BYTES_MAX, Link,
    Localised, QUESTION_CHARS_MAX, QUESTIONS_MAX,
};
pub use calibrate::{Trial, outside_questions, trials};
pub use decide::{Candidate, Decision, Evidence, MissReason, QUERY_CHARS_MAX, Query};
pub use forms::Forms;
pub use guard::{Guard, Signature};
pub use index::FaqIndex;
pub use thresholds::{Cut, MeaningCut, MeaningThresholds, Thresholds};
pub use vectors::{DIMENSIONS_MAX, MODEL_BYTES_MAX, VECTORS_BYTES_MAX, Vectors, VectorsError};
