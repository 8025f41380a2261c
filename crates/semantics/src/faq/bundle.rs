//! The FAQ as data: JSON lines, one entry each.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::day::Day;
use crate::text::{Language, normalise};

/// Most entries of a bundle.
pub const ENTRIES_MAX: usize = 10_000;
/// Most phrasings of an entry.
pub const QUESTIONS_MAX: usize = 256;
/// Longest phrasing, in characters.
pub const QUESTION_CHARS_MAX: usize = 300;
/// Longest answer in one language, in characters.
pub const ANSWER_CHARS_MAX: usize = 4_000;
/// Longest id, in bytes.
pub const ID_BYTES_MAX: usize = 128;
/// Most tags of an entry, and most links.
pub const TAGS_MAX: usize = 32;
/// Longest tag, title of a link or address of one, in bytes.
pub const NAME_BYTES_MAX: usize = 512;
/// Most errors reported for one bundle; whoever made more has one cause for most of them.
pub const ERRORS_MAX: usize = 100;

/// One known question with its answer. The least there can be is an id, a question and an answer in one language:
/// `{"id":"returns","questions":["How do I return a book?"],"answer":{"en":"…"}}`. Such an entry is for everyone, always
/// valid, without tags, links and follow-up, and answers in the language that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaqEntry {
    /// Stable, unique in its bundle.
    pub id: String,
    /// The ways people ask it, in any of the languages.
    pub questions: Vec<String>,
    /// The answer, in at least one language.
    pub answer: Localised,
    /// Subjects, for editors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who may be given the answer; everyone when nothing is said.
    #[serde(default)]
    pub audience: Audience,
    /// The first day that it is answered; none for always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Day>,
    /// The last day that it is answered; none for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Day>,
    /// Pages that say more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// What the shopper may want to ask next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<Localised>,
    /// Questions that are like the entry's and that neither it nor any other entry answers: what is nearest to one of
    /// these is not answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near_misses: Vec<String>,
}

impl FaqEntry {
    /// Whether it is answered on a day.
    #[must_use]
    pub fn is_valid_on(&self, day: Day) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_until.is_none_or(|until| day <= until)
    }
}

/// A text in the shop's languages. At least one is there in a bundle that was parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localised {
    /// English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// Japanese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ja: Option<String>,
}

impl Localised {
    /// The text in a language; when there is none, in the other. Empty only when there is neither.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        let (first, second) = match language {
            Language::En => (&self.en, &self.ja),
            Language::Ja => (&self.ja, &self.en),
        };
        first.as_deref().or(second.as_deref()).unwrap_or("")
    }

    /// The text in a language, when there is one.
    #[must_use]
    pub fn in_language(&self, language: Language) -> Option<&str> {
        match language {
            Language::En => self.en.as_deref(),
            Language::Ja => self.ja.as_deref(),
        }
    }

    fn each(&self) -> impl Iterator<Item = &str> {
        [&self.en, &self.ja].into_iter().flatten().map(String::as_str)
    }
}

/// Who may be given an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Everyone.
    #[default]
    Guest,
    /// Those who have signed in.
    Customer,
}

/// A page that says more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What to call it.
    pub title: String,
    /// Where it is.
    pub href: String,
}

/// The entries of a FAQ, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FaqBundle {
    entries: Vec<FaqEntry>,
}

/// What is wrong with a line of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaqError {
    /// The line, counted from 1; 0 for the bundle as a whole.
    pub line: usize,
    /// What is wrong, in a sentence its editor can act on.
    pub message: String,
}

impl fmt::Display for FaqError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for FaqError {}

impl FaqBundle {
    /// Reads a bundle: one JSON object a line, empty lines ignored. Unknown fields are ignored, so that a file can carry
    /// its editors' notes.
    ///
    /// # Errors
    /// All that is wrong with it, line by line, at most [`ERRORS_MAX`]: a line that is no such object, an id that is
    /// empty, too long or used twice, no questions, too many, an empty or over-long one, no answer or an over-long one,
    /// too many entries, none at all. What is only doubtful is for [`lint`](super::lint).
    pub fn parse_jsonl(text: &str) -> Result<Self, Vec<FaqError>> {
        let mut checker = Checker::default();
        let mut entries = Vec::new();
        for (line, json) in (1..).zip(text.trim_start_matches('\u{FEFF}').lines()) {
            if json.trim().is_empty() {
                continue;
            }
            if entries.len() == ENTRIES_MAX {
                checker.report(line, format!("more than {ENTRIES_MAX} entries"));
                break;
            }
            match serde_json::from_str::<FaqEntry>(json) {
                Ok(entry) => {
                    checker.check(line, &entry);
                    entries.push(entry);
                }
                Err(e) => checker.report(line, format!("not an FAQ entry: {e}")),
            }
            if checker.errors.len() >= ERRORS_MAX {
                break;
            }
        }
        if entries.is_empty() && checker.errors.is_empty() {
            checker.report(0, "no entries".to_owned());
        }
        checker.errors.truncate(ERRORS_MAX);
        if checker.errors.is_empty() { Ok(Self { entries }) } else { Err(checker.errors) }
    }

    /// The bundle as JSON lines, from which [`parse_jsonl`](Self::parse_jsonl) makes the same bundle.
    #[must_use]
    pub fn to_jsonl(&self) -> String {
        // Plain data: it cannot fail.
        let line = |entry| serde_json::to_string(entry).unwrap_or_default() + "\n";
        self.entries.iter().map(line).collect()
    }

    /// The entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[FaqEntry] {
        &self.entries
    }

    /// What an index tells apart: the questions of each entry, then the near misses of each entry that has some. A phrasing
    /// is counted over all of them.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[String]> {
        let near_misses = self.entries.iter().map(|entry| entry.near_misses.as_slice());
        let questions = self.entries.iter().map(|entry| entry.questions.as_slice());
        questions.chain(near_misses.filter(|group| !group.is_empty()))
    }
}

#[derive(Default)]
struct Checker {
    errors: Vec<FaqError>,
    ids: BTreeMap<String, usize>,
}

impl Checker {
    fn report(&mut self, line: usize, message: String) {
        self.errors.push(FaqError { line, message });
    }

    fn check(&mut self, line: usize, entry: &FaqEntry) {
        self.check_id(line, &entry.id);
        if entry.questions.is_empty() {
            self.report(line, "questions: at least one is needed".to_owned());
        }
        if entry.questions.len() > QUESTIONS_MAX {
            self.report(line, format!("questions: {} are more than {QUESTIONS_MAX}", entry.questions.len()));
        }
        if entry.near_misses.len() > QUESTIONS_MAX {
            self.report(line, format!("near_misses: more than {QUESTIONS_MAX}"));
        }
        let questions = entry.questions.iter().take(QUESTIONS_MAX);
        for question in questions.chain(entry.near_misses.iter().take(QUESTIONS_MAX)) {
            self.check_question(line, question);
        }
        if entry.answer.each().next().is_none() {
            self.report(line, "answer: at least one of en and ja is needed".to_owned());
        }
        self.check_names(line, entry);
        let texts = entry.answer.each().chain(entry.follow_up.iter().flat_map(Localised::each));
        for text in texts {
            if text.trim().is_empty() {
                self.report(line, "answer: a text is empty".to_owned());
            }
            if text.chars().count() > ANSWER_CHARS_MAX {
                self.report(line, format!("answer: a text is longer than {ANSWER_CHARS_MAX} characters"));
            }
        }
    }

    fn check_names(&mut self, line: usize, entry: &FaqEntry) {
        if entry.tags.len() > TAGS_MAX || entry.links.len() > TAGS_MAX {
            self.report(line, format!("tags, links: more than {TAGS_MAX}"));
        }
        let links = entry.links.iter().flat_map(|link| [&link.title, &link.href]);
        if entry.tags.iter().chain(links).any(|name| name.len() > NAME_BYTES_MAX) {
            self.report(line, format!("tags, links: one is longer than {NAME_BYTES_MAX} bytes"));
        }
    }

    fn check_id(&mut self, line: usize, id: &str) {
        if id.trim().is_empty() {
            self.report(line, "id: it is empty".to_owned());
        } else if id.len() > ID_BYTES_MAX {
            self.report(line, format!("id: longer than {ID_BYTES_MAX} bytes"));
        } else if let Some(first) = self.ids.insert(id.to_owned(), line) {
            self.report(line, format!("id: {id} is used in line {first} too"));
        }
    }

    fn check_question(&mut self, line: usize, question: &str) {
        if !normalise(question).chars().any(char::is_alphanumeric) {
            self.report(line, format!("questions: {question:?} has no letter or digit"));
        } else if question.chars().count() > QUESTION_CHARS_MAX {
            self.report(line, format!("questions: one is longer than {QUESTION_CHARS_MAX} characters"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        FaqBundle::parse_jsonl(text).expect_err("an error").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_bare_line_is_an_entry() {
        let bundle = FaqBundle::parse_jsonl(
            "\u{FEFF}{\"id\":\"a\",\"questions\":[\"Why?\"],\"answer\":{\"en\":\"So.\"}}\r\n\n",
        )
        .expect("a bundle");
        assert_eq!(bundle.entries()[0].answer.get(Language::Ja), "So.");
        assert_eq!(bundle.entries()[0].audience, Audience::Guest);
    }

    #[test]
    fn every_mistake_is_reported_with_its_line() {
        let found = errors(concat!(
            r#"{"id":"a","questions":["Why?"],"answer":{"en":"So."}}"#,
            "\n",
            "not json\n",
            r#"{"id":"a","questions":[],"answer":{}}"#,
            "\n",
            r#"{"id":" ","questions":["?!"],"answer":{"ja":" "}}"#,
        ));
        let starts = [
            "line 2: not an FAQ entry",
            "line 3: id: a is used in line 1 too",
            "line 3: questions: at least one",
            "line 3: answer: at least one",
            "line 4: id: it is empty",
            "line 4: questions: \"?!\" has no letter",
            "line 4: answer: a text is empty",
        ];
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        for (message, start) in found.iter().zip(starts) {
            assert!(message.starts_with(start), "{message}");
        }
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written() {
        let line = concat!(
            r#"{"id":"a","questions":["Why?"],"answer":{"en":"So.","ja":"そう"},"tags":["x"],"audience":"customer","#,
            r#""valid_from":"2026-01-01","links":[{"title":"T","href":"/t"}],"follow_up":{"en":"More?"}}"#
        );
        let bundle = FaqBundle::parse_jsonl(line).expect("a bundle");
        assert_eq!(FaqBundle::parse_jsonl(&bundle.to_jsonl()), Ok(bundle));
    }

    #[test]
    fn an_entry_is_valid_from_its_first_to_its_last_day() {
        let line = r#"{"id":"a","questions":["Why?"],"answer":{"en":"So."},"valid_from":"2026-01-02","valid_until":"2026-01-03"}"#;
        let bundle = FaqBundle::parse_jsonl(line).expect("a bundle");
        let valid = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]
            .map(|day| bundle.entries()[0].is_valid_on(day.parse().expect("a day")));
        assert_eq!(valid, [false, true, true, false]);
    }

    #[test]
    fn nothing_is_not_a_bundle() {
        assert_eq!(errors("\n  \n"), ["line 0: no entries"]);
    }

    #[test]
    fn bounds_hold() {
        let long = "x".repeat(ANSWER_CHARS_MAX + 1);
        let line = format!(r#"{{"id":"{long}","questions":["{long}"],"answer":{{"en":"{long}"}}}}"#);
        assert_eq!(errors(&line).len(), 3);
        let line = r#"{"id":"a","questions":["Q"],"answer":{"en":"A"}}"#;
        assert_eq!(errors(&format!("{line}\n").repeat(500)).len(), ERRORS_MAX);
    }
}
