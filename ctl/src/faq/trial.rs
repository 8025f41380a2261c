//! One question, decided as the filter would decide it.

use semantics::faq::{Decision, FaqIndex, Query, text_for_vector};
use sentence::Model;

/// What became of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The decision.
    pub decision: Decision,
    /// Whether words left it open and a vector decided.
    pub by_vector: bool,
}

/// Decides: by words, and where these leave it open and the bundle has vectors, by the model's.
#[must_use]
pub fn trial(index: &FaqIndex, query: &Query<'_>, text: &str, model: Option<&Model>) -> Trial {
    let decision = index.decide(query);
    let Decision::Unsure { language, .. } = decision else { return Trial { decision, by_vector: false } };
    match model.filter(|_| index.asks(language)) {
        Some(model) => {
            let vector = model.embed(&text_for_vector(text));
            Trial { decision: index.decide_with_vector(query, vector.as_slice()), by_vector: true }
        }
        None => Trial { decision: index.decide_by_words(query), by_vector: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::build;

    #[test]
    fn a_phrasing_is_answered_by_words() {
        let source = r#"{"id":"returns","questions":["How do I return a book?"],"answer":{"en":"By post."}}"#;
        let index = build(source, None).unwrap().into_index().unwrap();
        let text = "How do I return a book?";
        let trial = trial(&index, &Query::new(text), text, None);
        assert!(matches!(trial.decision, Decision::Answer { entry: 0, .. }), "{trial:?}");
        assert!(!trial.by_vector);
    }
}
