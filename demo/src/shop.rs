//! The shop's files, as far as pages show them. Read once, at the start.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Language;

/// A text in both languages.
#[derive(Debug, Deserialize)]
pub(crate) struct Text {
    pub(crate) en: String,
    pub(crate) ja: String,
}

impl Text {
    pub(crate) fn in_language(&self, language: Language) -> &str {
        language.pick(&self.en, &self.ja)
    }
}

/// A series, see `shop/schema/series.schema.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Series {
    pub(crate) id: String,
    pub(crate) title: Text,
    pub(crate) authors: Vec<Text>,
    pub(crate) genres: Vec<String>,
    pub(crate) publisher: Publisher,
    pub(crate) volumes: u32,
    pub(crate) status: String,
    pub(crate) year: u32,
    pub(crate) synopsis: Text,
}

/// Who publishes it where.
#[derive(Debug, Deserialize)]
pub(crate) struct Publisher {
    pub(crate) ja: String,
    pub(crate) en: Option<String>,
}

/// Price and stock, see `shop/schema/offer.schema.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Offer {
    series: String,
    pub(crate) price_cents: u32,
    pub(crate) stock: u32,
}

/// What the site shows.
#[derive(Debug)]
pub struct Shop {
    series: HashMap<String, (Series, Offer)>,
    /// By language tag and id.
    policies: HashMap<(&'static str, String), String>,
}

impl Shop {
    /// Reads the shop's folder.
    ///
    /// # Errors
    /// A file cannot be read: says which, and where.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let mut offers: HashMap<String, Offer> = lines(&folder.join("offers.jsonl"))?
            .into_iter()
            .map(|offer: Offer| (offer.series.clone(), offer))
            .collect();
        let mut series = HashMap::new();
        for path in files(&folder.join("series"))? {
            for one in lines::<Series>(&path)? {
                let offer = offers.remove(&one.id).with_context(|| format!("{}: no offer", one.id))?;
                series.insert(one.id.clone(), (one, offer));
            }
        }
        let mut policies = HashMap::new();
        for language in [Language::En, Language::Ja] {
            for path in files(&folder.join("policies").join(language.tag()))? {
                let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                policies.insert((language.tag(), id), read(&path)?);
            }
        }
        Ok(Self { series, policies })
    }

    pub(crate) fn series(&self, id: &str) -> Option<&(Series, Offer)> {
        self.series.get(id)
    }

    pub(crate) fn policy(&self, id: &str, language: Language) -> Option<&str> {
        self.policies.get(&(language.tag(), id.to_owned())).map(String::as_str)
    }
}

fn files(folder: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let parse = |(index, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{}:{}", path.display(), index + 1))
    };
    read(path)?.lines().enumerate().map(parse).collect()
}
