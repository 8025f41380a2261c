//! What is wrong or doubtful in a FAQ's source, for its editors and for whoever builds it.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::bundle::{FaqBundle, FaqEntry};
use super::calibrate::outside_questions;
use super::day::Day;
use super::decide::{Decision, Query};
use super::index::FaqIndex;
use super::thresholds::Thresholds;
use crate::text::{Language, content_words, detect_language, is_light_word, normalise};

/// Longest answer that a shopper reads, in characters. The [bound](super::ANSWER_CHARS_MAX) is far above.
pub const ANSWER_CHARS_ADVISED: usize = 1_200;
/// Most findings of one file.
pub const FINDINGS_MAX: usize = 200;
/// An entry that so many of the outside questions fit matches everything.
const OUTSIDE_FITTING_MAX: usize = 3;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but probably not as meant.
    Warning,
    /// It must not be published.
    Error,
}

/// Something that is wrong or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The line of the file, counted from 1; 0 for the file as a whole.
    pub line: usize,
    /// The entry, when the line has one.
    pub entry: Option<String>,
    /// What it is, in a sentence its editor can act on.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "line {}: {severity}: ", self.line)?;
        if let Some(entry) = &self.entry {
            write!(f, "{entry}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// What a file is held against.
#[derive(Clone, Copy, Debug, Default)]
pub struct LintRules<'a> {
    /// The day it is to be published; without one, nothing is said of entries that are over.
    pub today: Option<Day>,
    /// Hosts beside the shop's own that links may lead to, for example `help.example.com`.
    pub hosts: &'a [&'a str],
}

/// Holds a FAQ's source, JSON lines, against the rules. What cannot be read is an error, and what can be read is looked at
/// all the same. At most [`FINDINGS_MAX`] findings, by line.
#[must_use]
pub fn lint(jsonl: &str, rules: &LintRules<'_>) -> Vec<Finding> {
    let mut linter = Linter { rules: *rules, findings: Vec::new(), at: 0, entry: None };
    let mut phrasings = BTreeMap::new();
    for (line, json) in (1..).zip(jsonl.trim_start_matches('\u{FEFF}').lines()) {
        if json.trim().is_empty() {
            continue;
        }
        (linter.at, linter.entry) = (line, None);
        let Ok(entry) = serde_json::from_str::<FaqEntry>(json) else { continue };
        linter.entry = Some(entry.id.clone());
        linter.languages(json);
        linter.phrasings(&entry, &mut phrasings);
        linter.answers(&entry);
        linter.validity(&entry);
    }
    match FaqBundle::parse_jsonl(jsonl) {
        Ok(bundle) => {
            linter.near_misses(&bundle, &phrasings);
            linter.greedy(&bundle, &phrasings);
        }
        Err(errors) => {
            linter.entry = None;
            for error in errors {
                linter.at = error.line;
                linter.error(error.message);
            }
        }
    }
    linter.findings.sort_by_key(|finding| finding.line);
    linter.findings.truncate(FINDINGS_MAX);
    linter.findings
}

struct Linter<'a> {
    rules: LintRules<'a>,
    findings: Vec<Finding>,
    at: usize,
    entry: Option<String>,
}

/// A normalised phrasing → the line and the entry that it was first seen in.
type Phrasings = BTreeMap<String, (usize, String)>;

impl Linter<'_> {
    fn find(&mut self, severity: Severity, message: String) {
        self.findings.push(Finding { severity, line: self.at, entry: self.entry.clone(), message });
    }

    fn error(&mut self, message: String) {
        self.find(Severity::Error, message);
    }

    fn warn(&mut self, message: String) {
        self.find(Severity::Warning, message);
    }

    /// Texts in languages that nobody is answered in.
    fn languages(&mut self, json: &str) {
        let Ok(Value::Object(fields)) = serde_json::from_str(json) else { return };
        for name in ["answer", "follow_up"] {
            let Some(Value::Object(texts)) = fields.get(name) else { continue };
            for code in texts.keys().filter(|code| !Language::ALL.iter().any(|l| l.code() == *code)) {
                self.error(format!("{name}: the language {code:?} is none of en and ja"));
            }
        }
    }

    fn phrasings(&mut self, entry: &FaqEntry, seen: &mut Phrasings) {
        for question in &entry.questions {
            let normal = normalise(question);
            let words = content_words(&normal);
            if words.is_empty() {
                self.warn(format!("questions: {question:?} has no word of content, and matches nothing"));
            } else if words.iter().all(|word| is_light_word(word)) {
                self.warn(format!(
                    "questions: {question:?} has none but common words, and may match anything"
                ));
            }
            if question.chars().any(is_hidden) {
                self.warn(format!("questions: {question:?} has characters that nobody sees"));
            }
            let language = detect_language(&normal);
            if entry.answer.in_language(language).is_none() {
                self.warn(format!(
                    "questions: {question:?} has no answer in its language, {}",
                    language.code()
                ));
            }
            match seen.get(&normal) {
                Some((_, other)) if *other == entry.id => {
                    self.warn(format!("questions: {question:?} is there twice"));
                }
                Some((line, other)) => {
                    let message =
                        format!("questions: {question:?} is a question of {other} too, in line {line}");
                    self.error(message);
                }
                None => {
                    seen.insert(normal, (self.at, entry.id.clone()));
                }
            }
        }
    }

    fn answers(&mut self, entry: &FaqEntry) {
        let follow_up = entry.follow_up.iter().map(|texts| ("follow_up", texts));
        for (name, texts) in std::iter::once(("answer", &entry.answer)).chain(follow_up) {
            for language in Language::ALL {
                if let Some(text) = texts.in_language(language) {
                    self.answer(&format!("{name}.{}", language.code()), text, language);
                }
            }
        }
        for link in &entry.links {
            if link.title.trim().is_empty() {
                self.error(format!("links: {:?} has no title", link.href));
            }
            if !self.is_allowed(&link.href) {
                self.error(format!("links: {:?} is no page of the shop", link.href));
            }
        }
    }

    fn answer(&mut self, name: &str, text: &str, language: Language) {
        if has_markup(text) {
            self.error(format!("{name}: it has HTML, which no answer may have"));
        }
        if text.contains("![") {
            self.error(format!("{name}: it has an image, which is not shown"));
        }
        let chars = text.chars().count();
        if chars > ANSWER_CHARS_ADVISED {
            self.warn(format!(
                "{name}: {chars} characters are more than anyone reads ({ANSWER_CHARS_ADVISED})"
            ));
        }
        if detect_language(text) != language && text.chars().any(char::is_alphabetic) {
            self.warn(format!("{name}: it does not look like that language"));
        }
        for target in link_targets(text).filter(|target| !self.is_allowed(target)).collect::<Vec<_>>() {
            self.error(format!("{name}: {target:?} is no page of the shop"));
        }
    }

    fn validity(&mut self, entry: &FaqEntry) {
        if let (Some(from), Some(until)) = (entry.valid_from, entry.valid_until)
            && until < from
        {
            self.error(format!("valid_until: {until} is before {from}, where it begins"));
        }
        if let (Some(today), Some(until)) = (self.rules.today, entry.valid_until)
            && until < today
        {
            self.warn(format!("valid_until: it was over on {until}, and is not answered any more"));
        }
    }

    /// Near misses that are questions of an entry: nobody would be answered.
    fn near_misses(&mut self, bundle: &FaqBundle, phrasings: &Phrasings) {
        for entry in bundle.entries() {
            for question in &entry.near_misses {
                if let Some((line, other)) = phrasings.get(&normalise(question)) {
                    (self.at, self.entry) = (*line, Some(other.clone()));
                    self.error(format!("questions: {question:?} is a near miss of {} too", entry.id));
                }
            }
        }
    }

    /// Entries that fit what no FAQ answers.
    fn greedy(&mut self, bundle: &FaqBundle, phrasings: &Phrasings) {
        let index = FaqIndex::build(bundle, Thresholds::uncalibrated());
        let mut fitting: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for question in outside_questions() {
            if let Decision::Answer { entry, .. } = index.decide_by_words(&Query::new(question)) {
                fitting.entry(entry).or_default().push(question);
            }
        }
        for (entry, questions) in fitting.into_iter().filter(|(_, q)| q.len() >= OUTSIDE_FITTING_MAX) {
            let entry = &index.entries()[entry];
            self.at = phrasings.values().find(|(_, id)| *id == entry.id).map_or(0, |(line, _)| *line);
            self.entry = Some(entry.id.clone());
            self.error(format!("questions: they match everything, for example {:?}", questions[0]));
        }
    }

    /// A path of the shop's own site, or a page of an allowed host by HTTPS.
    fn is_allowed(&self, href: &str) -> bool {
        let clean = !href.chars().any(|c| c.is_whitespace() || c.is_control() || is_hidden(c) || c == '\\');
        let own = href.starts_with('/') && !href.starts_with("//");
        let host =
            href.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or(rest));
        clean && (own || href.starts_with('#') || host.is_some_and(|host| self.rules.hosts.contains(&host)))
    }
}

/// Characters that hide what a text says: of no width, or turning its direction.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{AD}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a text has what a browser would read as a tag, or an address that runs a script.
fn has_markup(text: &str) -> bool {
    let tag = text.match_indices('<').any(|(at, _)| {
        text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
    });
    let folded: String =
        text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_lowercase).collect();
    tag || ["javascript:", "vbscript:", "data:text", "&lt;script", "&#"].iter().any(|s| folded.contains(s))
}

/// The targets of a text's Markdown links.
fn link_targets(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("](").map(|(at, open)| {
        let rest = &text[at + open.len()..];
        rest.split([')', ' ']).next().unwrap_or(rest)
    })
}

#[cfg(test)]
mod tests;
