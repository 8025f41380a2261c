//! A sentence as the check reads it.

use semantics::text::Script;

use super::claim::{self, Claim};
use crate::understand::fold;

/// A sentence, read.
pub(super) struct Reading {
    /// With narrow digits and signs.
    pub(super) text: String,
    pub(super) folded: String,
    pub(super) claims: Vec<Claim>,
}

impl Reading {
    /// `marker` is the length of the list marker, whose number claims nothing.
    pub(super) fn of(sentence: &str, marker: usize, titles: &[String]) -> Self {
        let text = narrow(sentence);
        let mut claims = claim::read(&text, titles);
        claims.retain(|claim| claim.at.start >= marker);
        Self { folded: fold(&text), claims, text }
    }
}

/// Full-width digits and the signs of numbers, narrow. Nothing else changes, so that a text can be given back.
pub(super) fn narrow(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let between = || out.ends_with(|c: char| c.is_ascii_digit());
        let narrow = match c {
            '０'..='９' => char::from_u32(c as u32 - 0xFEE0),
            '＄' => Some('$'),
            '￥' => Some('¥'),
            '％' => Some('%'),
            '．' | '，' if between() => Some(if c == '．' { '.' } else { ',' }),
            '－' | '／' if between() => Some(if c == '－' { '-' } else { '/' }),
            _ => None,
        };
        out.push(narrow.unwrap_or(c));
    }
    out
}

/// Whether a text has letters of Japanese.
pub(super) fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| Script::of(c).is_japanese())
}

/// The text with blanks, as many bytes, where one of these names stands.
pub(super) fn without<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut out = text.to_owned();
    for name in names.filter(|name| !name.trim().is_empty()) {
        while let Some(at) = out.find(name) {
            out.replace_range(at..at + name.len(), &" ".repeat(name.len()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_numbers_become_narrow_and_nothing_else_changes() {
        assert_eq!(narrow("全１８巻（完結）、＄１１．９９。"), "全18巻（完結）、$11.99。");
        assert_eq!(narrow("plain 18"), "plain 18");
    }
}
