//! The shop as data: what it sells, what it promises, and the services that know its prices, orders and customers.
//!
//! What does not change while the service runs (series, FAQ, policies) is read once. Prices, stock and orders are asked
//! for anew for every answer, through the traits of [`services`].

pub(crate) mod embedded;
pub(crate) mod genre;
pub(crate) mod load;
pub(crate) mod policy;
pub(crate) mod seed;
pub(crate) mod services;

use std::collections::HashMap;

use chat::Language;
use semantics::faq::FaqBundle;
use serde::Deserialize;

pub(crate) use genre::Genre;
pub(crate) use load::LoadError;
pub(crate) use policy::PolicySection;

/// What is read once.
pub(crate) struct Shop {
    pub(crate) series: Vec<Series>,
    pub(crate) faq: FaqBundle,
    pub(crate) policies: Vec<PolicySection>,
    by_id: HashMap<String, usize>,
}

impl Shop {
    pub(crate) fn new(series: Vec<Series>, faq: FaqBundle, policies: Vec<PolicySection>) -> Self {
        let by_id = series.iter().enumerate().map(|(at, series)| (series.id.clone(), at)).collect();
        Self { series, faq, policies, by_id }
    }

    /// The position of a series in the catalogue.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Series> {
        self.position(id).map(|at| &self.series[at])
    }
}

/// One series of the catalogue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    pub(crate) id: String,
    pub(crate) title: Title,
    pub(crate) aliases: Vec<String>,
    pub(crate) authors: Vec<Author>,
    pub(crate) genres: Vec<Genre>,
    pub(crate) themes: Vec<String>,
    pub(crate) demographic: Demographic,
    pub(crate) publisher: Publisher,
    pub(crate) volumes: u16,
    pub(crate) status: Status,
    pub(crate) year: u16,
    pub(crate) age: Age,
    pub(crate) synopsis: Both,
}

impl Series {
    /// The title, in the language of the answer.
    pub(crate) fn title_in(&self, language: Language) -> &str {
        match language {
            Language::En => &self.title.en,
            Language::Ja => &self.title.ja,
        }
    }

    /// The authors' names, in the language of the answer, each once.
    pub(crate) fn author_names(&self, language: Language) -> Vec<&str> {
        let mut names = Vec::new();
        for author in &self.authors {
            let name = author.name_in(language);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Page of the series on the shop's site.
    pub(crate) fn url(&self) -> String {
        format!("/series/{}", self.id)
    }
}

/// A title in its forms.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Title {
    pub(crate) en: String,
    pub(crate) ja: String,
    pub(crate) romaji: String,
}

/// A text in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Both {
    pub(crate) en: String,
    pub(crate) ja: String,
}

impl Both {
    pub(crate) fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }
}

/// A creator of a series.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Author {
    pub(crate) en: String,
    pub(crate) ja: String,
    pub(crate) role: Role,
}

impl Author {
    pub(crate) fn name_in(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }
}

/// What a creator contributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    StoryArt,
    Story,
    Art,
    Original,
}

/// Who publishes a series, in Japan and in English.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Publisher {
    pub(crate) ja: String,
    pub(crate) en: Option<String>,
}

/// Whom a series was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Demographic {
    Shonen,
    Shojo,
    Seinen,
    Josei,
    Kodomo,
}

impl Demographic {
    pub(crate) const fn name_in(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Shonen, Language::En) => "shonen",
            (Self::Shojo, Language::En) => "shojo",
            (Self::Seinen, Language::En) => "seinen",
            (Self::Josei, Language::En) => "josei",
            (Self::Kodomo, Language::En) => "children's",
            (Self::Shonen, Language::Ja) => "少年",
            (Self::Shojo, Language::Ja) => "少女",
            (Self::Seinen, Language::Ja) => "青年",
            (Self::Josei, Language::Ja) => "女性",
            (Self::Kodomo, Language::Ja) => "児童",
        }
    }
}

/// Whether a series goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    Complete,
    Ongoing,
    Hiatus,
}

/// The age from which on a series is meant to be read. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Age {
    All,
    Teen,
    OlderTeen,
    Mature,
}

impl Age {
    /// As the age rating policy calls it.
    pub(crate) const fn name_in(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::All, Language::En) => "All Ages",
            (Self::Teen, Language::En) => "Teen (13+)",
            (Self::OlderTeen, Language::En) => "Older Teen (16+)",
            (Self::Mature, Language::En) => "Mature (18+)",
            (Self::All, Language::Ja) => "全年齢",
            (Self::Teen, Language::Ja) => "ティーン(13歳以上)",
            (Self::OlderTeen, Language::Ja) => "ハイティーン(16歳以上)",
            (Self::Mature, Language::Ja) => "成人向け(18歳以上)",
        }
    }

    /// The highest rating for a reader of this age.
    pub(crate) const fn for_reader(years: u32) -> Self {
        match years {
            0..=12 => Self::All,
            13..=15 => Self::Teen,
            16..=17 => Self::OlderTeen,
            _ => Self::Mature,
        }
    }
}
