//! The large FAQ: every intent of every thing in `bench/data/faq.toml`. What is composed differs from a FAQ that somebody wrote in
//! being harder: each entry has neighbours that differ in one word.

use semantics::faq::{Audience, FaqEntry, Link, Localised};
use serde::Deserialize;

/// What it is composed of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parts {
    /// Questions about a thing that no entry answers.
    pub(super) beside: Vec<String>,
    /// What people type that no FAQ answers.
    pub(super) chat: Vec<String>,
    pub(super) things: Vec<Thing>,
    #[serde(rename = "intent")]
    pub(super) intents: Vec<Intent>,
}

/// What is asked about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thing {
    /// As phrasings call it.
    pub(super) name: String,
    /// As other people call it.
    pub(super) other: String,
    /// In Japanese.
    #[serde(default)]
    pub(super) ja: Option<String>,
}

/// What is asked.
#[derive(Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) en: Templates,
    #[serde(default)]
    pub(super) ja: Option<Templates>,
}

/// Texts with a place for the thing.
#[derive(Deserialize)]
pub(super) struct Templates {
    pub(super) phrasings: Vec<String>,
    /// Other ways to ask the same.
    pub(super) held_out: Vec<String>,
    pub(super) answer: String,
}

impl Parts {
    pub(super) fn read() -> anyhow::Result<Self> {
        Ok(toml::from_str(include_str!("../../data/faq.toml"))?)
    }

    /// The entries' intents and things, in the order of the entries.
    pub(super) fn pairs(&self) -> Vec<(&Intent, &Thing)> {
        self.things.iter().flat_map(|thing| self.intents.iter().map(move |intent| (intent, thing))).collect()
    }

    /// The FAQ's source, as JSON lines.
    pub(super) fn source(&self) -> anyhow::Result<String> {
        let mut source = String::new();
        for (intent, thing) in self.pairs() {
            source.push_str(&serde_json::to_string(&entry(intent, thing))?);
            source.push('\n');
        }
        Ok(source)
    }
}

/// The template about a thing.
pub(super) fn about(template: &str, thing: &str) -> String {
    template.replace("{}", thing)
}

/// The id of an entry.
pub(super) fn id(intent: &Intent, thing: &Thing) -> String {
    format!("{}-{}", thing.name.replace(' ', "-"), intent.id)
}

/// The Japanese of an entry, where intent and thing both have it.
pub(super) fn japanese<'p>(intent: &'p Intent, thing: &'p Thing) -> Option<(&'p Templates, &'p str)> {
    Some((intent.ja.as_ref()?, thing.ja.as_deref()?))
}

/// The English phrasings of an entry: fewer where it has Japanese ones, so that all have as many.
pub(super) fn english<'p>(intent: &'p Intent, thing: &Thing) -> &'p [String] {
    let japanese = japanese(intent, thing).map_or(0, |(templates, _)| templates.phrasings.len());
    &intent.en.phrasings[..intent.en.phrasings.len().saturating_sub(japanese)]
}

fn entry(intent: &Intent, thing: &Thing) -> FaqEntry {
    let in_english = |template: &String| about(template, &thing.name);
    let mut questions: Vec<String> = english(intent, thing).iter().map(in_english).collect();
    let japanese = japanese(intent, thing);
    if let Some((templates, name)) = japanese {
        questions.extend(templates.phrasings.iter().map(|template| about(template, name)));
    }
    FaqEntry {
        id: id(intent, thing),
        questions,
        answer: Localised {
            en: Some(in_english(&intent.en.answer)),
            ja: japanese.map(|(templates, name)| about(&templates.answer, name)),
        },
        near_misses: Vec::new(),
        tags: vec![intent.id.clone()],
        audience: Audience::Guest,
        valid_from: None,
        valid_until: None,
        links: vec![Link {
            title: format!("Help with the {}", thing.name),
            href: format!("/help/{}#{}", thing.name.replace(' ', "-"), intent.id),
        }],
        follow_up: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use semantics::faq::{FaqBundle, LintRules, Severity, lint};
    use semantics::text::{Language, detect_language};

    use super::*;

    #[test]
    fn it_is_as_large_as_the_goals_say() {
        let bundle = FaqBundle::parse_jsonl(&Parts::read().unwrap().source().unwrap()).unwrap();
        assert_eq!(bundle.entries().len(), 2_000);
        assert!(bundle.entries().iter().all(|entry| entry.questions.len() == 8));
        let ids: BTreeSet<_> = bundle.entries().iter().map(|entry| &entry.id).collect();
        assert_eq!(ids.len(), 2_000);
        let is_japanese = |question: &&String| detect_language(question) == Language::Ja;
        let japanese: Vec<usize> = bundle
            .entries()
            .iter()
            .map(|entry| entry.questions.iter().filter(is_japanese).count())
            .filter(|count| *count > 0)
            .collect();
        assert_eq!(japanese, [4; 200]);
    }

    #[test]
    fn an_editor_could_publish_it() {
        let source = Parts::read().unwrap().source().unwrap();
        let findings = lint(&source, &LintRules::default());
        let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }

    #[test]
    fn every_template_has_a_place_for_the_thing() {
        let parts = Parts::read().unwrap();
        let templates = parts.intents.iter().flat_map(|intent| std::iter::once(&intent.en).chain(&intent.ja));
        let texts = templates.flat_map(|of| of.phrasings.iter().chain(&of.held_out).chain([&of.answer]));
        for text in texts.chain(&parts.beside) {
            assert!(text.contains("{}"), "{text}");
        }
    }
}
