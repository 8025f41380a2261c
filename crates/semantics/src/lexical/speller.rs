//! Spelling tolerance: which known word an unknown word may be meant as.
//!
//! Known words are indexed by their character trigrams (with the word's edges marked). A look-up collects the words that
//! share trigrams, and keeps the nearest within the edit distance that the word's length allows.

use super::csr::Csr;
use super::hash::{FixedMap, fixed_hash};

/// Shortest word that is corrected: in a shorter one, an edit makes another word.
const WORD_CHARS_MIN: usize = 4;
/// From this length a wrong letter is forgiven; in a shorter word only a missing, doubled or swapped one.
const REPLACE_CHARS_MIN: usize = 6;
/// From this length two edits are allowed.
const TWO_EDITS_CHARS_MIN: usize = 8;
/// Longest word that is corrected or offered.
const WORD_CHARS_MAX: usize = 24;
/// Most candidates whose edit distance is computed.
const CANDIDATES_MAX: usize = 12;
/// Trigrams in more words than this tell nothing and are skipped.
const TRIGRAM_WORDS_MAX: usize = 400;

/// The known words.
#[derive(Clone, Debug, Default)]
pub struct Speller {
    /// Sorted by word; the number is smaller for words that are preferred.
    words: Vec<(String, u8)>,
    trigrams: FixedMap,
    words_of: Csr<u32>,
}

impl Speller {
    /// A speller that knows `words`. Of equally near words, those with the smaller number are preferred.
    #[must_use]
    pub fn new(mut words: Vec<(String, u8)>) -> Self {
        words.retain(|(w, _)| {
            w.bytes().all(|b| b.is_ascii_lowercase()) && (3..=WORD_CHARS_MAX).contains(&w.len())
        });
        words.sort();
        words.dedup_by(|later, first| later.0 == first.0);
        let mut trigrams = FixedMap::with_capacity(words.len() * 4);
        let mut rows: Vec<Vec<u32>> = Vec::new();
        for (at, (word, _)) in (0_u32..).zip(&words) {
            for_each_trigram(word, |key| {
                let next = u32::try_from(rows.len()).unwrap_or(u32::MAX - 1);
                let row = trigrams.get_or_insert(key, next) as usize;
                if row == rows.len() {
                    rows.push(Vec::new());
                }
                if rows[row].last() != Some(&at) {
                    rows[row].push(at);
                }
            });
        }
        Self { words, trigrams, words_of: Csr::from_rows(rows) }
    }

    /// The known word nearest to an unknown one, and how alike they are (0 to 1). None for a known word, and when nothing
    /// is near enough.
    #[must_use]
    pub fn correct(&self, word: &str) -> Option<(&str, f32)> {
        if !(WORD_CHARS_MIN..=WORD_CHARS_MAX).contains(&word.len())
            || !word.bytes().all(|b| b.is_ascii_lowercase())
            || self.words.binary_search_by(|(w, _)| w.as_str().cmp(word)).is_ok()
        {
            return None;
        }
        let edits_max = if word.len() >= TWO_EDITS_CHARS_MIN { 2 } else { 1 };
        self.candidates(word, edits_max)
            .into_iter()
            .filter_map(|at| {
                let (known, rank) = &self.words[at as usize];
                let edits = edit_distance(word.as_bytes(), known.as_bytes(), edits_max)?;
                if word.len() < REPLACE_CHARS_MIN && word.len() == known.len() && !is_swap(word, known) {
                    return None;
                }
                #[expect(clippy::cast_precision_loss, reason = "words are short")]
                let similarity = 1.0 - edits as f32 / word.len().max(known.len()) as f32;
                Some((known.as_str(), similarity, *rank))
            })
            .min_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)))
            .map(|(known, similarity, _)| (known, similarity))
    }

    /// Words that share enough trigrams, most shared first.
    fn candidates(&self, word: &str, edits_max: usize) -> Vec<u32> {
        let mut hits: Vec<u32> = Vec::with_capacity(64);
        for_each_trigram(word, |key| {
            if let Some(row) = self.trigrams.get(key) {
                let words = self.words_of.row(row as usize);
                if words.len() <= TRIGRAM_WORDS_MAX {
                    hits.extend(words);
                }
            }
        });
        hits.sort_unstable();
        let mut counted: Vec<(usize, u32)> = hits
            .chunk_by(|a, b| a == b)
            .map(|same| (same.len(), same[0]))
            .filter(|&(_, at)| self.words[at as usize].0.len().abs_diff(word.len()) <= edits_max)
            .collect();
        counted.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        counted.into_iter().take(CANDIDATES_MAX).map(|(_, at)| at).collect()
    }
}

fn for_each_trigram(word: &str, mut f: impl FnMut(u64)) {
    let mut window = [b'^', b'^', b'^'];
    for b in word.bytes().chain([b'$']) {
        window = [window[1], window[2], b];
        f(fixed_hash(0, &window));
    }
}

/// Whether two words of equal length have the same letters.
fn is_swap(a: &str, b: &str) -> bool {
    let sum = |s: &str| s.bytes().map(usize::from).sum::<usize>();
    sum(a) == sum(b)
}

/// Optimal string alignment distance (insert, delete, replace, swap neighbours), when it is at most `max`. The first letter
/// must agree unless it was swapped: people rarely miss it, and it keeps `ship` from `chip`.
fn edit_distance(a: &[u8], b: &[u8], max: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > max || (a[0] != b[0] && (a.len() < 2 || a[0] != b[1] || a[1] != b[0])) {
        return None;
    }
    let mut rows = [[0_usize; WORD_CHARS_MAX + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        let (now, one, two) = (i % 3, (i + 2) % 3, (i + 1) % 3);
        rows[now][0] = i;
        for j in 1..=b.len() {
            let replace = rows[one][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[one][j] + 1).min(rows[now][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[two][j - 2] + 1);
            }
            rows[now][j] = best;
        }
    }
    let distance = rows[a.len() % 3][b.len()];
    (distance <= max).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speller() -> Speller {
        let words = ["refund", "return", "shipp", "deliver", "custom", "payment", "cart"];
        Speller::new(words.iter().map(|w| ((*w).to_owned(), 0)).collect())
    }

    fn best(word: &str) -> Option<String> {
        speller().correct(word).map(|(w, _)| w.to_owned())
    }

    #[test]
    fn a_missing_doubled_swapped_or_wrong_letter_is_forgiven() {
        for (word, meant) in
            [("refnd", "refund"), ("refuund", "refund"), ("retrun", "return"), ("dilivers", "deliver")]
        {
            assert_eq!(best(word).as_deref(), Some(meant), "{word}");
        }
    }

    #[test]
    fn known_short_and_distant_words_are_left_alone() {
        let long = "a".repeat(100);
        for word in ["ret", "zebra", "", "refund", "card", "refundable", "カード", &long] {
            assert_eq!(best(word), None, "{word}");
        }
    }
}
