//! English or Japanese: what the link asks for, else what the browser prefers.

use axum::http::{HeaderMap, header};
use serde::Deserialize;

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Japanese.
    Ja,
}

/// What a query may ask for: `?lang=ja`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    lang: Option<String>,
}

impl Language {
    /// The tag of BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// One of two texts.
    pub(crate) const fn pick<T: Copy>(self, en: T, ja: T) -> T {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }

    pub(crate) fn of(asked: &Asked, headers: &HeaderMap) -> Self {
        let preferred = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        match asked.lang.as_deref().or(preferred) {
            Some(tags) if tags.trim_start().starts_with("ja") => Self::Ja,
            _ => Self::En,
        }
    }
}
