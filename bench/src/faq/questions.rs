//! What the FAQ is asked: a mix as a chat sees it, always the same one.

use fastrand::Rng;
use semantics::faq::outside_questions;

use super::compose::{Intent, Parts, Thing, about, english, id, japanese};

/// How many questions are composed.
const QUESTIONS: usize = 3_000;
/// Where the choice of entries and words begins: the same in every run.
const SEED: u64 = 6;

/// A question, and the entry that answers it.
pub(super) struct Question {
    /// What it is like, for the figures.
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// The entry's id; none where it should not be answered.
    pub(super) expect: Option<String>,
}

/// What a question is like.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// In other words than the phrasings'.
    Paraphrase,
    /// In other words, and the thing by its other name.
    OtherName,
    /// As an entry has it.
    Phrasing,
    /// One of those with a letter wrong.
    Typo,
    /// In other words, in Japanese.
    Japanese,
    /// About a thing that the FAQ knows, but nothing that it answers.
    Beside,
    /// What people type that is no question for a FAQ.
    Chat,
    /// A question that people put to any assistant.
    Outside,
}

/// Of twenty turns. Fourteen ask what the FAQ answers.
#[rustfmt::skip]
const MIX: [Kind; 20] = [
    Kind::Paraphrase, Kind::Phrasing, Kind::Outside, Kind::OtherName, Kind::Chat,
    Kind::Paraphrase, Kind::Typo, Kind::Beside, Kind::Paraphrase, Kind::OtherName,
    Kind::Phrasing, Kind::Japanese, Kind::Chat, Kind::Paraphrase, Kind::Outside,
    Kind::OtherName, Kind::Phrasing, Kind::Beside, Kind::Paraphrase, Kind::Typo,
];

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Paraphrase => "paraphrase",
            Self::OtherName => "other_name",
            Self::Phrasing => "phrasing",
            Self::Typo => "typo",
            Self::Japanese => "japanese",
            Self::Beside => "beside",
            Self::Chat => "chat",
            Self::Outside => "outside",
        }
    }
}

/// The questions for the FAQ of these parts.
pub(super) fn questions(parts: &Parts) -> Vec<Question> {
    let mut asker = Asker::new(parts);
    MIX.into_iter().cycle().take(QUESTIONS).map(|kind| asker.question(kind)).collect()
}

/// Who asks.
struct Asker<'p> {
    parts: &'p Parts,
    pairs: Vec<(&'p Intent, &'p Thing)>,
    /// Those of the pairs that have Japanese.
    in_japanese: Vec<(&'p Intent, &'p Thing)>,
    outside: Vec<&'static str>,
    random: Rng,
}

impl<'p> Asker<'p> {
    fn new(parts: &'p Parts) -> Self {
        let pairs = parts.pairs();
        let in_japanese = pairs.iter().copied().filter(|(intent, thing)| japanese(intent, thing).is_some());
        Self {
            parts,
            in_japanese: in_japanese.collect(),
            pairs,
            outside: outside_questions().collect(),
            random: Rng::with_seed(SEED),
        }
    }

    fn question(&mut self, kind: Kind) -> Question {
        let parts = self.parts;
        let pairs = if kind == Kind::Japanese { &self.in_japanese } else { &self.pairs };
        let (intent, thing) = pairs[self.random.usize(..pairs.len())];
        let text = match kind {
            Kind::Paraphrase => self.one_of(&intent.en.held_out, &thing.name),
            Kind::OtherName => self.one_of(&intent.en.held_out, &thing.other),
            Kind::Phrasing => self.one_of(english(intent, thing), &thing.name),
            Kind::Typo => self.misspelt(intent, thing),
            Kind::Japanese => {
                let of = japanese(intent, thing);
                of.map(|(templates, name)| self.one_of(&templates.held_out, name)).unwrap_or_default()
            }
            Kind::Beside => self.one_of(&parts.beside, &thing.name),
            Kind::Chat => self.one_of(&parts.chat, &thing.name),
            Kind::Outside => self.outside[self.random.usize(..self.outside.len())].to_owned(),
        };
        let is_answered = !matches!(kind, Kind::Beside | Kind::Chat | Kind::Outside);
        Question { kind: kind.name(), text, expect: is_answered.then(|| id(intent, thing)) }
    }

    /// One of the templates, about the thing.
    fn one_of(&mut self, templates: &[String], thing: &str) -> String {
        about(&templates[self.random.usize(..templates.len())], thing)
    }

    fn misspelt(&mut self, intent: &Intent, thing: &Thing) -> String {
        let templates = if self.random.bool() { english(intent, thing) } else { &intent.en.held_out };
        let text = self.one_of(templates, &thing.name);
        // Where two letters of a word differ: whatever becomes of them, the text is another one.
        let mut letters: Vec<char> = text.chars().collect();
        let pairs = letters.windows(2).enumerate();
        let places: Vec<usize> = pairs
            .filter(|(_, pair)| pair.iter().all(char::is_ascii_lowercase) && pair[0] != pair[1])
            .map(|(at, _)| at)
            .collect();
        let at = places[self.random.usize(..places.len())];
        match self.random.usize(..3) {
            0 => letters.swap(at, at + 1),
            1 => {
                letters.remove(at);
            }
            _ => letters.insert(at, letters[at + 1]),
        }
        letters.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use semantics::faq::FaqBundle;
    use semantics::text::{Language, detect_language, normalise};

    use super::*;

    #[test]
    fn they_are_the_same_in_every_run() {
        let parts = Parts::read().unwrap();
        let texts = || questions(&parts).into_iter().map(|question| question.text).collect::<Vec<_>>();
        assert_eq!(texts(), texts());
        assert_eq!(texts().len(), QUESTIONS);
    }

    #[test]
    fn phrasings_are_asked_as_they_are_and_nothing_else_is_one() {
        let parts = Parts::read().unwrap();
        let bundle = FaqBundle::parse_jsonl(&parts.source().unwrap()).unwrap();
        let mut entry_of = BTreeMap::new();
        for entry in bundle.entries() {
            entry_of.extend(entry.questions.iter().map(|phrasing| (normalise(phrasing), entry.id.clone())));
        }
        for question in questions(&parts) {
            let entry = entry_of.get(&normalise(&question.text));
            let is_phrasing = question.kind == Kind::Phrasing.name();
            assert_eq!(entry, question.expect.as_ref().filter(|_| is_phrasing), "{}", question.text);
        }
    }

    #[test]
    fn what_is_expected_is_an_entry() {
        let parts = Parts::read().unwrap();
        let ids: BTreeSet<String> = parts.pairs().iter().map(|(intent, thing)| id(intent, thing)).collect();
        let questions = questions(&parts);
        let expected: Vec<&String> =
            questions.iter().filter_map(|question| question.expect.as_ref()).collect();
        assert_eq!(expected.len(), QUESTIONS * 14 / 20);
        assert!(expected.iter().all(|entry| ids.contains(*entry)));
    }

    #[test]
    fn every_text_has_a_thing_and_its_language() {
        for question in questions(&Parts::read().unwrap()) {
            assert!(!question.text.is_empty() && !question.text.contains("{}"), "{}", question.text);
            if question.expect.is_some() {
                let is_japanese = detect_language(&question.text) == Language::Ja;
                assert_eq!(is_japanese, question.kind == Kind::Japanese.name(), "{}", question.text);
            }
        }
    }
}
