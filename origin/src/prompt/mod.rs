//! Prompts: what a model is told, from versioned files with typed slots, and the shop's records quoted in it as data.
//!
//! The rules (`prompts/assistant/2.system.*.md`) are the same for every turn in a language, so that a provider can cache
//! them. What differs from turn to turn is in the message (`2.message.md`). A changed prompt is a new version: its files are new,
//! and its number is in the labels of the request.
//!
//! Whoever changes a prompt runs its tests with `UPDATE_GOLDENS=1` and reads what changed in `tests/goldens/prompts`.

pub(crate) mod facts;
mod history;
mod length;
mod matter;
mod quote;
mod sources;
mod template;
#[cfg(test)]
mod tests;

use chat::Language;

pub(crate) use length::cut;
pub(crate) use matter::PASSAGE_TOKENS_MAX;
pub(crate) use quote::{is_invisible, neutral};
pub(crate) use sources::Sources;
pub(crate) use template::TemplateError;

use self::quote::{Fence, neutral_line};
use self::template::{Slot, Template};
use crate::dates::Day;
use crate::memory::StoredTurn;
use crate::model::{Brief, PastTurn, Quoted};
use crate::shop::Series;

/// Name and version of the prompt.
pub(crate) const PROMPT: &str = "assistant/2";
/// What the assistant is called.
const ASSISTANT: &str = "MangaAssist";
/// What the shop calls itself.
const SHOP_NAME: &str = "MangaAssist";

/// All templates, parsed.
#[derive(Debug)]
pub(crate) struct Prompts {
    english: Template<System>,
    japanese: Template<System>,
    message: Template<Message>,
}

/// The slots of the rules.
#[derive(Clone, Copy, Debug, PartialEq)]
enum System {
    Assistant,
    ShopName,
}

impl Slot for System {
    const ALL: &'static [(&'static str, Self)] =
        &[("assistant", Self::Assistant), ("shop_name", Self::ShopName)];
}

/// The slots of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Message {
    Today,
    Page,
    Matter,
    Passages,
    Question,
    Language,
}

impl Slot for Message {
    const ALL: &'static [(&'static str, Self)] = &[
        ("today", Self::Today),
        ("page", Self::Page),
        ("matter", Self::Matter),
        ("passages", Self::Passages),
        ("question", Self::Question),
        ("language", Self::Language),
    ];
}

/// What a message is about, beside its records.
pub(crate) struct Asked<'a> {
    /// What the shopper wrote.
    pub(crate) question: &'a str,
    /// The shop's day.
    pub(crate) today: Day,
    /// The series whose page the shopper looks at.
    pub(crate) page: Option<&'a Series>,
}

impl Prompts {
    /// Parses all templates.
    pub(crate) fn load() -> Result<Self, TemplateError> {
        Ok(Self {
            english: Template::parse(
                "assistant/2.system.en.md",
                include_str!("../../prompts/assistant/2.system.en.md"),
            )?,
            japanese: Template::parse(
                "assistant/2.system.ja.md",
                include_str!("../../prompts/assistant/2.system.ja.md"),
            )?,
            message: Template::parse(
                "assistant/2.message.md",
                include_str!("../../prompts/assistant/2.message.md"),
            )?,
        })
    }

    /// The rules, the same for every turn in this language.
    pub(crate) fn system(&self, language: Language) -> String {
        let template = match language {
            Language::En => &self.english,
            Language::Ja => &self.japanese,
        };
        template.fill(|slot| match slot {
            System::Assistant => ASSISTANT.to_owned(),
            System::ShopName => SHOP_NAME.to_owned(),
        })
    }

    /// The message, and what it quotes: the passage at 0 is marked `[1]`.
    pub(crate) fn message(&self, brief: &Brief, asked: &Asked<'_>) -> (String, Vec<Quoted>) {
        let records = matter::records(brief);
        let matter::Summary { text: summary, mut names } = matter::summary(brief);
        names.extend(asked.page.map(|series| ("page", page(series, brief.language))));
        let names = facts::lines(&names);
        let texts = records.iter().map(|record| record.text.as_str());
        let fence = Fence::around(texts.chain([names.as_str(), asked.question]));
        let blocks: Vec<String> = (1..)
            .zip(&records)
            .map(|(number, record)| {
                let attributes = format!(" number=\"[{number}]\" kind=\"{}\"", record.kind);
                fence.block("data", &attributes, &record.text)
            })
            .collect();
        let text = self.message.fill(|slot| match slot {
            Message::Today => asked.today.written(brief.language),
            Message::Page => asked.page.map_or("no series", |_| "the page of a series").to_owned(),
            Message::Matter if names.is_empty() => summary.clone(),
            Message::Matter => format!("{summary}\n{}", fence.block("data", " kind=\"names\"", &names)),
            Message::Passages if blocks.is_empty() => "There is no record.".into(),
            Message::Passages => blocks.join("\n"),
            Message::Question => fence.block("shopper", "", asked.question),
            Message::Language => match brief.language {
                Language::En => "English".into(),
                Language::Ja => "Japanese".into(),
            },
        });
        let quoted =
            records.into_iter().map(|record| Quoted { citation: record.citation, text: record.text });
        (text, quoted.collect())
    }

    /// The earlier turns that fit.
    pub(crate) fn history(recent: &[StoredTurn]) -> Vec<PastTurn> {
        history::turns(recent)
    }
}

/// What the page is about.
fn page(series: &Series, language: Language) -> String {
    neutral_line(&format!("{} ({})", series.title_in(language), series.url()))
}
