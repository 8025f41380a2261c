//! What differs between two bundles, entry by entry.

use std::collections::BTreeMap;
use std::fmt;

use semantics::faq::{BuiltBundle, FaqEntry};

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added(String),
    /// It is gone.
    Removed(String),
    /// It is there in both.
    Changed {
        /// The entry.
        id: String,
        /// Which of its fields differ, as the source calls them; of questions, each that came or went.
        fields: Vec<String>,
    },
    /// When it answers: the thresholds of the whole bundle.
    Thresholds,
    /// One has vectors and the other has none, or of another model.
    Vectors,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(id) => write!(f, "+ {id}"),
            Self::Removed(id) => write!(f, "- {id}"),
            Self::Changed { id, fields } => write!(f, "~ {id}: {}", fields.join(", ")),
            Self::Thresholds => f.write_str("~ thresholds"),
            Self::Vectors => f.write_str("~ vectors"),
        }
    }
}

/// What differs, entries in the order of their ids.
#[must_use]
pub fn diff(old: &BuiltBundle, new: &BuiltBundle) -> Vec<Change> {
    let (before, after) = (by_id(old), by_id(new));
    let mut changes: BTreeMap<&str, Change> = BTreeMap::new();
    for (id, entry) in &before {
        match after.get(id) {
            None => drop(changes.insert(id, Change::Removed((*id).to_owned()))),
            Some(other) => {
                let fields = fields(entry, other);
                if !fields.is_empty() {
                    changes.insert(id, Change::Changed { id: (*id).to_owned(), fields });
                }
            }
        }
    }
    for id in after.keys().filter(|id| !before.contains_key(*id)) {
        changes.insert(id, Change::Added((*id).to_owned()));
    }
    let mut changes: Vec<Change> = changes.into_values().collect();
    if (old.thresholds, old.meaning) != (new.thresholds, new.meaning) {
        changes.push(Change::Thresholds);
    }
    let model = |bundle: &BuiltBundle| bundle.vectors.as_ref().map(|vectors| vectors.model().to_owned());
    if model(old) != model(new) {
        changes.push(Change::Vectors);
    }
    changes
}

fn by_id(bundle: &BuiltBundle) -> BTreeMap<&str, &FaqEntry> {
    bundle.bundle.entries().iter().map(|entry| (entry.id.as_str(), entry)).collect()
}

fn fields(old: &FaqEntry, new: &FaqEntry) -> Vec<String> {
    let went = old.questions.iter().filter(|question| !new.questions.contains(question));
    let came = new.questions.iter().filter(|question| !old.questions.contains(question));
    let mut fields: Vec<String> = went.map(|question| format!("-{question:?}")).collect();
    fields.extend(came.map(|question| format!("+{question:?}")));
    let others = [
        ("answer", old.answer != new.answer),
        ("audience", old.audience != new.audience),
        ("follow_up", old.follow_up != new.follow_up),
        ("links", old.links != new.links),
        ("near_misses", old.near_misses != new.near_misses),
        ("tags", old.tags != new.tags),
        ("valid_from", old.valid_from != new.valid_from),
        ("valid_until", old.valid_until != new.valid_until),
    ];
    fields.extend(others.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::build;

    const OLD: &str = concat!(
        r#"{"id":"a","questions":["How do I return a book?"],"answer":{"en":"By post."}}"#,
        "\n",
        r#"{"id":"b","questions":["When are you open?"],"answer":{"en":"Always."}}"#,
    );
    const NEW: &str = concat!(
        r#"{"id":"a","questions":["How can I return a book?"],"answer":{"en":"By ship."},"tags":["returns"]}"#,
        "\n",
        r#"{"id":"c","questions":["Do you sell gift cards?"],"answer":{"en":"Yes."}}"#,
    );

    #[test]
    fn entries_and_fields_that_differ_are_named() {
        let (old, new) = (build(OLD, None).unwrap(), build(NEW, None).unwrap());
        let said: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
        assert_eq!(
            said[..3],
            ["~ a: -\"How do I return a book?\", +\"How can I return a book?\", answer, tags", "- b", "+ c"]
        );
        assert!(diff(&old, &old).is_empty());
    }
}
