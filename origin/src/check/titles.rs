//! How a sentence puts its titles side by side: `Berserk and Death Note are in stock` says it of both, and
//! `Monster costs $11.99 and Death Note costs $10.99` turns to another title midway.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::facts::TitlePlace;

struct Patterns {
    /// All that stands between two titles of a list.
    link: Regex,
    /// What stands before a title that the sentence turns to.
    turn: Regex,
    /// What stands before titles that something is only compared with.
    compared: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        link: regex(
            r#"^[*_"”』」]*(?:\s?[(（][^()（）]*[)）])?(?P<link>,? and|,| &|、|と|や|、?および)\s?(?:the )?[*_"“『「]*$"#,
        ),
        turn: regex(r#"(?:,? and|[,、])\s?(?:the )?[*_"“『「]*$"#),
        compared: regex(
            r#"(?i)(?-u:\b)(?:like|liked|likes|loved?|enjoyed?|fans? of|if|unlike|similar to|than|besides|apart from|between)\s*(?:the )?[*_"“『「]*$"#,
        ),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

/// Where the sentence turns to another title, in order.
pub(super) fn turns(text: &str, titles: &[TitlePlace]) -> Vec<usize> {
    let mut turns = Vec::new();
    for run in runs(text, titles) {
        let first = run.start;
        if first > 0 && is_other(&titles[first - 1], &titles[first]) {
            turns.extend(turn_between(text, &titles[first - 1], &titles[first]));
        }
        if !is_list(text, &titles[run.clone()]) {
            let pairs = titles[run].windows(2).filter(|pair| is_other(&pair[0], &pair[1]));
            turns.extend(pairs.filter_map(|pair| turn_between(text, &pair[0], &pair[1])));
        }
    }
    turns
}

/// Whether what is said in this part of the sentence is said of several titles at once: all of its titles are one list.
pub(super) fn are_joined(text: &str, part: &Range<usize>, titles: &[TitlePlace]) -> bool {
    let within: Vec<TitlePlace> =
        titles.iter().filter(|title| part.contains(&title.at.start)).cloned().collect();
    let Some(first) = within.first() else { return false };
    within.len() > 1
        && within.iter().all(|title| title.series.is_some())
        && matches!(runs(text, &within).as_slice(), [one] if one.len() == within.len())
        && is_list(text, &within)
        && !PATTERNS.compared.is_match(&text[part.start..first.at.start])
}

fn is_other(one: &TitlePlace, other: &TitlePlace) -> bool {
    one.series != other.series
}

/// Titles with nothing but a link between them.
fn runs(text: &str, titles: &[TitlePlace]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, title) in titles.iter().enumerate() {
        let linked = at > 0 && link(text, &titles[at - 1], title).is_some();
        match runs.last_mut() {
            Some(run) if linked => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

fn link<'t>(text: &'t str, one: &TitlePlace, other: &TitlePlace) -> Option<&'t str> {
    let between = text.get(one.at.end..other.at.start)?;
    PATTERNS.link.captures(between)?.name("link").map(|link| link.as_str())
}

/// Whether linked titles are a list: `A and B`, `A, B and C`, and neither `Unlike A, B` nor `I recommend A, and B is`.
fn is_list(text: &str, titles: &[TitlePlace]) -> bool {
    let [.., one, last] = titles else { return false };
    match link(text, one, last) {
        Some(",") | None => false,
        Some(", and") => titles.len() > 2,
        Some(_) => true,
    }
}

fn turn_between(text: &str, one: &TitlePlace, other: &TitlePlace) -> Option<usize> {
    let between = text.get(one.at.end..other.at.start)?;
    PATTERNS.turn.find(between).map(|turn| one.at.end + turn.start())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Titles are single capitals, each of its own series.
    fn titles(text: &str) -> Vec<TitlePlace> {
        let places = text.char_indices().filter_map(|(at, c)| {
            let series = "ABCDE".find(c)?;
            Some(TitlePlace { at: at..at + 1, series: Some(series) })
        });
        places.collect()
    }

    #[test]
    fn a_sentence_turns_where_another_title_begins_a_clause() {
        for (text, expected) in [
            ("A costs $9 and B costs $8", vec![" and B costs $8"]),
            ("A has two, B has three", vec![", B has three"]),
            ("Unlike A, B is short", vec![", B is short"]),
            ("A is fine, and B is fine", vec![", and B is fine"]),
            ("A, and B is fine", vec![", and B is fine"]),
            ("『A』は9ドル、『B』は8ドル", vec!["、『B』は8ドル"]),
            ("A and B are short", vec![]),
            ("A (one), B (two), and C (three) are short", vec![]),
            ("『A』と『B』は短い", vec![]),
            ("A is longer than B and short", vec![]),
        ] {
            let turns: Vec<&str> = turns(text, &titles(text)).into_iter().map(|at| &text[at..]).collect();
            assert_eq!(turns, expected, "{text}");
        }
    }

    #[test]
    fn what_is_said_of_a_list_is_said_of_all_of_it() {
        for text in
            ["**A** and **B** are in stock", "A, B and C are in stock", "『A』と『B』は在庫がございます"]
        {
            assert!(are_joined(text, &(0..text.len()), &titles(text)), "{text}");
        }
        for text in [
            "A is in stock",
            "Fans of A and B will find it in stock",
            "A is like B and C: in stock",
            "Unlike A, B is in stock",
        ] {
            assert!(!are_joined(text, &(0..text.len()), &titles(text)), "{text}");
        }
    }
}
