//! Misspelt titles: those of the catalogue in Latin letters, by their distance from the words of a text.

use super::ordinary::is_ordinary;
use super::{Mention, Role};
use crate::understand::fold::is_word;

/// Shorter titles are too near to other words.
const SPELLING_CHARS_MIN: usize = 6;
/// Words of a text that are tried as the beginning of a misspelt title.
const SPELLING_WORDS_MAX: usize = 24;

/// Folded Latin titles with their series.
pub(super) struct Spellings(Vec<(Vec<char>, usize)>);

impl Spellings {
    /// Those of the titles that are long enough to be told from other words.
    pub(super) fn new(titles: &[(String, usize)]) -> Self {
        let spellings = titles
            .iter()
            .filter(|(name, _)| {
                // "monsters" is no misspelt "Monster".
                !is_ordinary(name)
                    && name.len() >= SPELLING_CHARS_MIN
                    && name.chars().all(|c| is_word(c) || c == ' ')
            })
            .map(|(name, series)| (name.chars().collect(), *series))
            .collect();
        Self(spellings)
    }

    /// A title with a letter or two wrong.
    pub(super) fn nearest(&self, folded: &str) -> Option<Mention> {
        let starts: Vec<usize> = word_starts(folded);
        let mut best: Option<(usize, Mention)> = None;
        for (at, &start) in starts.iter().enumerate().take(SPELLING_WORDS_MAX) {
            for words in (1..=4).filter(|words| at + words <= starts.len()) {
                let end = starts.get(at + words).map_or(folded.len(), |next| next - 1);
                let Some(span) = folded.get(start..end) else { continue };
                let chars: Vec<char> = span.chars().collect();
                if chars.len() < SPELLING_CHARS_MIN || semantics::text::is_stop_word(span) {
                    continue;
                }
                for (title, series) in &self.0 {
                    let allowed = if title.len() >= 9 { 2 } else { 1 };
                    let distance = distance_within(&chars, title, allowed);
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

/// Damerau–Levenshtein distance (neighbours may swap), if it is at most `max`.
fn distance_within(a: &[char], b: &[char], max: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > max || a.first() != b.first() {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substituted = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substituted.min(previous[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min().is_some_and(|least| *least > max) {
            return None;
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().filter(|distance| *distance <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_swaps_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance_within(&chars("beserk"), &chars("berserk"), 1), Some(1));
        assert_eq!(distance_within(&chars("besrerk"), &chars("berserk"), 1), Some(1));
        assert_eq!(distance_within(&chars("bestseller"), &chars("berserk"), 2), None);
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
