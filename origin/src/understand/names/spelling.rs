//! Misspelt titles: those of the catalogue in Latin letters, by their distance from the words of a text.

use std::collections::HashMap;

use super::ordinary::is_ordinary;
use super::{Mention, Role};
use crate::understand::fold::is_word;

/// Shorter titles are too near to other words.
const SPELLING_CHARS_MIN: usize = 6;
/// Words of a text that are tried as the beginning of a misspelt title.
const SPELLING_WORDS_MAX: usize = 24;

/// Folded Latin titles with their series, by their first letter: that one is never wrong.
pub(super) struct Spellings(HashMap<char, Vec<(Vec<char>, usize)>>);

impl Spellings {
    /// Those of the titles that are long enough to be told from other words.
    pub(super) fn new(titles: &[(String, usize)]) -> Self {
        // "monsters" is no misspelt "Monster".
        let is_told_apart = |name: &str| {
            !is_ordinary(name)
                && name.len() >= SPELLING_CHARS_MIN
                && name.chars().all(|c| is_word(c) || c == ' ')
        };
        let mut spellings: HashMap<char, Vec<(Vec<char>, usize)>> = HashMap::new();
        for (name, series) in titles.iter().filter(|(name, _)| is_told_apart(name)) {
            let title: Vec<char> = name.chars().collect();
            spellings.entry(title[0]).or_default().push((title, *series));
        }
        Self(spellings)
    }

    /// A title with a letter or two wrong.
    pub(super) fn nearest(&self, folded: &str) -> Option<Mention> {
        let starts: Vec<usize> = word_starts(folded);
        let mut best: Option<(usize, Mention)> = None;
        let mut rows = Rows::default();
        for (at, &start) in starts.iter().enumerate().take(SPELLING_WORDS_MAX) {
            for words in (1..=4).filter(|words| at + words <= starts.len()) {
                let end = starts.get(at + words).map_or(folded.len(), |next| next - 1);
                let Some(span) = folded.get(start..end) else { continue };
                let chars: Vec<char> = span.chars().collect();
                if chars.len() < SPELLING_CHARS_MIN || semantics::text::is_stop_word(span) {
                    continue;
                }
                for (title, series) in self.0.get(&chars[0]).into_iter().flatten() {
                    let allowed = if title.len() >= 9 { 2 } else { 1 };
                    let distance = rows.distance_within(&chars, title, allowed);
                    if let Some(distance) = distance
                        && best.as_ref().is_none_or(|(least, _)| distance < *least)
                    {
                        best = Some((distance, Mention { series: *series, role: Role::Subject, start, end }));
                    }
                }
            }
        }
        best.map(|(_, mention)| mention)
    }
}

fn word_starts(folded: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut inside = false;
    for (at, c) in folded.char_indices() {
        let word = is_word(c);
        if word && !inside {
            starts.push(at);
        }
        inside = word;
    }
    starts
}

/// The rows of a distance that is being computed, kept from one to the next.
#[derive(Default)]
struct Rows {
    before: Vec<usize>,
    previous: Vec<usize>,
    row: Vec<usize>,
}

impl Rows {
    /// Damerau–Levenshtein distance (neighbours may swap) of two words with the same first letter, if it is at most `max`.
    fn distance_within(&mut self, a: &[char], b: &[char], max: usize) -> Option<usize> {
        if a.len().abs_diff(b.len()) > max {
            return None;
        }
        let Self { before, previous, row } = self;
        previous.clear();
        previous.extend(0..=b.len());
        for i in 1..=a.len() {
            row.clear();
            row.push(i);
            for j in 1..=b.len() {
                let substituted = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = substituted.min(previous[j] + 1).min(row[j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(before[j - 2] + 1);
                }
                row.push(least);
            }
            if row.iter().min().is_some_and(|least| *least > max) {
                return None;
            }
            std::mem::swap(before, previous);
            std::mem::swap(previous, row);
        }
        previous.last().copied().filter(|distance| *distance <= max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_swaps_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let mut rows = Rows::default();
        let mut distance = |a: &str, b: &str, max| rows.distance_within(&chars(a), &chars(b), max);
        assert_eq!(distance("beserk", "berserk", 1), Some(1));
        assert_eq!(distance("besrerk", "berserk", 1), Some(1));
        assert_eq!(distance("bestseller", "berserk", 2), None);
        assert_eq!(distance("berserk", "berserk", 1), Some(0));
    }

    #[test]
    fn a_title_is_found_with_a_letter_wrong() {
        let spellings = Spellings::new(&[("berserk".to_owned(), 3), ("real".to_owned(), 4)]);
        let found = spellings.nearest("i like beserk").unwrap();
        assert_eq!(found, Mention { series: 3, role: Role::Subject, start: 7, end: 13 });
        assert_eq!(spellings.nearest("something rael"), None);
    }

    #[test]
    fn words_start_after_what_is_none() {
        assert_eq!(word_starts("a bc  d"), [0, 2, 6]);
        assert_eq!(word_starts("本realは"), [3]);
        assert!(word_starts("").is_empty());
    }
}
