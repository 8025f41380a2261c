//! The small thesaurus: words that customers of any shop use for the same thing, in both languages, so that "postage"
//! finds "delivery fee" and 送料 finds "shipping". The table is `data/concepts.txt`; it names no trade.

use super::csr::Csr;
use super::hash::{FixedMap, fixed_hash, step};
use crate::text;

const TABLE: &str = include_str!("../../data/concepts.txt");

const TAG_ENGLISH: u8 = 1;
const TAG_JAPANESE: u8 = 2;

/// Longest English phrase of the table, in words.
const PHRASE_WORDS_MAX: usize = 6;
/// Longest Japanese phrase of the table, and longest Japanese stop phrase, in characters.
const PHRASE_CHARS_MAX: usize = 18;

/// The thesaurus, ready for look-ups.
#[derive(Clone, Debug)]
pub struct Concepts {
    phrases: FixedMap,
    of_phrase: Csr<u16>,
    names: Vec<&'static str>,
    words: Vec<String>,
}

/// What a phrase means: a row of concept numbers, empty for a Japanese stop phrase.
pub type Meaning<'a> = &'a [u16];

impl Concepts {
    /// Reads the table. The stop phrases of Japanese join it as phrases without a concept.
    #[must_use]
    pub fn new() -> Self {
        let mut names = Vec::new();
        let mut words = Vec::new();
        let mut phrases = FixedMap::with_capacity(2_048);
        let mut rows: Vec<Vec<u16>> = Vec::with_capacity(1_024);
        let mut add = |key: u64, concept: Option<u16>| {
            let row = phrases.get_or_insert(key, u32::try_from(rows.len()).unwrap_or(u32::MAX - 1)) as usize;
            if row == rows.len() {
                rows.push(Vec::new());
            }
            if let Some(concept) = concept
                && !rows[row].contains(&concept)
            {
                rows[row].push(concept);
            }
        };
        for line in TABLE.lines().filter(|l| !l.starts_with('#')) {
            let Some((name, meaning)) = line.split_once(':') else { continue };
            let concept = u16::try_from(names.len()).unwrap_or(u16::MAX);
            names.push(name);
            let (english, japanese) = meaning.split_once('|').unwrap_or((meaning, ""));
            for phrase in english.split(',').map(str::trim).filter(|p| !p.is_empty()) {
                let stems = english_stems(phrase);
                add(english_key(&stems), Some(concept));
                words.extend(stems);
            }
            for phrase in japanese.split(',').map(str::trim).filter(|p| !p.is_empty()) {
                add(japanese_key(phrase), Some(concept));
            }
        }
        for phrase in text::japanese_stop_phrases() {
            add(japanese_key(phrase), None);
        }
        words.sort();
        words.dedup();
        Self { phrases, of_phrase: Csr::from_rows(rows), names, words }
    }

    /// How many concepts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether the table is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// A concept's name, for explanations.
    #[must_use]
    pub fn name(&self, concept: u16) -> &'static str {
        self.names.get(usize::from(concept)).copied().unwrap_or("")
    }

    /// The stems of the English words of the table, sorted: words that are not spelled wrongly.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The longest phrase of stems that begins at the first of `stems`: its length in words, and its concepts.
    #[must_use]
    pub fn longest_english<S: AsRef<str>>(&self, stems: &[S]) -> Option<(usize, Meaning<'_>)> {
        let mut key = fixed_hash(TAG_ENGLISH, b"");
        let mut best = None;
        for (i, word) in stems.iter().take(PHRASE_WORDS_MAX).enumerate() {
            key = word.as_ref().bytes().fold(step(key, b' '), step);
            if let Some(row) = self.phrases.get(key) {
                best = Some((i + 1, self.of_phrase.row(row as usize)));
            }
        }
        best
    }

    /// The longest phrase of folded characters that begins at the first of `chars`: its length, and its concepts.
    #[must_use]
    pub fn longest_japanese(&self, chars: &[char]) -> Option<(usize, Meaning<'_>)> {
        let mut key = fixed_hash(TAG_JAPANESE, b"");
        let mut best = None;
        for (i, &c) in chars.iter().take(PHRASE_CHARS_MAX).enumerate() {
            key = push_char(key, c);
            if let Some(row) = self.phrases.get(key) {
                best = Some((i + 1, self.of_phrase.row(row as usize)));
            }
        }
        best
    }
}

impl Default for Concepts {
    fn default() -> Self {
        Self::new()
    }
}

fn english_stems(phrase: &str) -> Vec<String> {
    super::slots::phrase_stems(&text::tokens(&text::normalise(phrase)))
}

fn english_key(stems: &[String]) -> u64 {
    stems.iter().fold(fixed_hash(TAG_ENGLISH, b""), |key, stem| stem.bytes().fold(step(key, b' '), step))
}

fn japanese_key(phrase: &str) -> u64 {
    phrase.chars().map(text::fold_kana).fold(fixed_hash(TAG_JAPANESE, b""), push_char)
}

fn push_char(key: u64, c: char) -> u64 {
    (c as u32).to_le_bytes()[..3].iter().fold(key, |key, &byte| step(key, byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(concepts: &Concepts, found: Option<(usize, Meaning<'_>)>) -> Vec<&'static str> {
        found.map(|(_, m)| m.iter().map(|&c| concepts.name(c)).collect()).unwrap_or_default()
    }

    #[test]
    fn the_longest_phrase_wins() {
        let concepts = Concepts::new();
        assert!(
            names(&concepts, concepts.longest_english(&["gift", "card", "balanc"])).contains(&"gift-card")
        );
        assert!(names(&concepts, concepts.longest_english(&["postag"])).contains(&"ship"));
        let folded: Vec<char> = "送料".chars().collect();
        assert!(names(&concepts, concepts.longest_japanese(&folded)).contains(&"ship"));
    }

    #[test]
    fn every_phrase_of_the_table_fits_the_bounds() {
        for phrase in TABLE.lines().filter(|l| !l.starts_with('#')).flat_map(|l| l.split([':', '|', ','])) {
            assert!(phrase.split_whitespace().count() <= PHRASE_WORDS_MAX, "{phrase}");
        }
        for phrase in text::japanese_stop_phrases() {
            assert!(phrase.chars().count() <= PHRASE_CHARS_MAX, "{phrase}");
        }
    }
}
