//! The forms of titles and authors that the catalogue knows, folded.

use std::collections::HashMap;

use crate::shop::{Series, Shop};
use crate::understand::fold::fold;

pub(super) fn title_patterns(shop: &Shop) -> Vec<(String, usize)> {
    let mut patterns: HashMap<String, usize> = HashMap::new();
    let mut add = |name: &str, series: usize, replace: bool| {
        let folded = fold(name);
        if folded.is_empty() {
            return;
        }
        if replace {
            patterns.insert(folded, series);
        } else {
            patterns.entry(folded).or_insert(series);
        }
    };
    // Full titles before short forms, better-known series before others.
    for (at, series) in shop.series.iter().enumerate().rev() {
        for name in [&series.title.romaji, &series.title.ja, &series.title.en] {
            add(name, at, true);
        }
    }
    for (at, series) in shop.series.iter().enumerate() {
        series.aliases.iter().for_each(|alias| add(alias, at, false));
    }
    for (at, series) in shop.series.iter().enumerate() {
        for short in short_forms(series) {
            add(&short, at, false);
        }
    }
    let mut patterns: Vec<(String, usize)> = patterns.into_iter().collect();
    patterns.sort();
    patterns
}

/// What people make of a title: without its subtitle, without its article, with its apostrophes left out.
fn short_forms(series: &Series) -> Vec<String> {
    let mut forms = Vec::new();
    let title = &series.title.en;
    if let Some((before, _)) = title.split_once(": ").or_else(|| title.split_once(" - "))
        && before.chars().count() >= 5
    {
        forms.push(before.to_owned());
    }
    if let Some(rest) = title.strip_prefix("The ").or_else(|| title.strip_prefix("A "))
        && rest.contains(' ')
    {
        forms.push(rest.to_owned());
    }
    if title.contains(['\'', '’']) {
        forms.push(title.replace(['\'', '’'], ""));
    }
    forms
}

pub(super) fn author_patterns(shop: &Shop) -> Vec<(String, String)> {
    let mut patterns: HashMap<String, String> = HashMap::new();
    let mut families: HashMap<String, Option<String>> = HashMap::new();
    for author in shop.series.iter().flat_map(|series| &series.authors) {
        let folded = fold(&author.en);
        patterns.insert(fold(&author.ja), author.en.clone());
        if let Some((given, family)) = folded.rsplit_once(' ') {
            patterns.insert(format!("{family} {given}"), author.en.clone());
            families
                .entry(family.to_owned())
                .and_modify(|one| {
                    if one.as_deref() != Some(author.en.as_str()) {
                        *one = None;
                    }
                })
                .or_insert_with(|| Some(author.en.clone()));
        }
        patterns.insert(folded, author.en.clone());
    }
    // A family name alone is a name when it is rare enough to be one.
    for (family, author) in families {
        if let Some(author) = author
            && family.len() >= 6
        {
            patterns.entry(family).or_insert(author);
        }
    }
    let mut patterns: Vec<(String, String)> =
        patterns.into_iter().filter(|(name, _)| name.chars().count() > 1).collect();
    patterns.sort();
    patterns
}
