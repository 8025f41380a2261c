//! English patterns over words: every word of a text is looked up once, and a pattern is tried only when the text has a
//! word of each of its sets.

use super::super::patterns::Pattern;
use crate::lexical::{FixedMap, fixed_hash};

/// Most different sets of words in the patterns.
const SETS_MAX: usize = 256;

/// A bit per set of words.
pub(super) type Sets = [u64; SETS_MAX / 64];

/// Patterns, each with a label of the caller's.
#[derive(Clone, Debug)]
pub(super) struct English<L> {
    /// Word → the sets it is in.
    words: FixedMap,
    sets_of: Vec<Sets>,
    sets: Vec<&'static str>,
    patterns: Vec<(L, Compiled)>,
}

#[derive(Clone, Debug)]
struct Compiled {
    /// The sets of which the text must have a word.
    needs: Sets,
    elements: Vec<Element>,
}

#[derive(Clone, Copy, Debug)]
enum Element {
    Start,
    End,
    Gap,
    Number,
    OneOf(u8),
    OneOfOrEnd(u8),
    NoneOf(u8),
}

impl<L: Copy> English<L> {
    pub(super) fn new() -> Self {
        let words = FixedMap::with_capacity(1_024);
        Self { words, sets_of: Vec::new(), sets: Vec::new(), patterns: Vec::new() }
    }

    pub(super) fn add(&mut self, label: L, patterns: &[Pattern]) {
        for pattern in patterns {
            let compiled = self.compile(pattern);
            self.patterns.push((label, compiled));
        }
    }

    /// A word, looked up.
    pub(super) fn word(&self, word: &str) -> Word {
        let row = self.words.get(fixed_hash(0, word.as_bytes()));
        Word {
            sets: row.map_or([0; SETS_MAX / 64], |at| self.sets_of[at as usize]),
            is_number: word.starts_with(|c: char| c.is_ascii_digit()),
            is_clitic: false,
        }
    }

    /// The labels of the patterns that occur among the words.
    pub(super) fn found<'a>(&'a self, words: &'a [Word]) -> impl Iterator<Item = L> + 'a {
        let has = words.iter().fold([0; SETS_MAX / 64], |all, w| union(all, w.sets));
        let found =
            move |(_, pattern): &&(L, Compiled)| is_subset(pattern.needs, has) && pattern.is_in(words);
        self.patterns.iter().filter(found).map(|(label, _)| *label)
    }

    fn compile(&mut self, pattern: Pattern) -> Compiled {
        let mut needs = [0; SETS_MAX / 64];
        let elements = pattern
            .iter()
            .map(|&element| match element {
                "^" => Element::Start,
                "$" => Element::End,
                "*" => Element::Gap,
                "#" => Element::Number,
                _ => {
                    let (negative, alternatives) = match element.strip_prefix('!') {
                        Some(rest) => (true, rest),
                        None => (false, element),
                    };
                    let set = self.set(alternatives);
                    let or_end = alternatives.split('|').any(|a| a == "$");
                    if !negative && !or_end {
                        needs[usize::from(set) / 64] |= 1 << (set % 64);
                    }
                    match (negative, or_end) {
                        (true, _) => Element::NoneOf(set),
                        (false, true) => Element::OneOfOrEnd(set),
                        (false, false) => Element::OneOf(set),
                    }
                }
            })
            .collect();
        Compiled { needs, elements }
    }

    /// The number of a set of words.
    ///
    /// # Panics
    /// When there are more than [`SETS_MAX`]: a test builds them all.
    pub(super) fn set(&mut self, alternatives: &'static str) -> u8 {
        let number = self.sets.iter().position(|s| *s == alternatives).unwrap_or_else(|| {
            self.sets.push(alternatives);
            self.sets.len() - 1
        });
        for word in alternatives.split('|').filter(|w| *w != "$") {
            let next = u32::try_from(self.sets_of.len()).unwrap_or(0);
            let at = self.words.get_or_insert(fixed_hash(0, word.as_bytes()), next) as usize;
            if at == self.sets_of.len() {
                self.sets_of.push([0; SETS_MAX / 64]);
            }
            self.sets_of[at][number / 64] |= 1 << (number % 64);
        }
        u8::try_from(number).expect("a test counts the sets")
    }
}

/// A word as the patterns see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) sets: Sets,
    pub(super) is_number: bool,
    pub(super) is_clitic: bool,
}

impl Compiled {
    /// Whether the pattern occurs among the words.
    fn is_in(&self, words: &[Word]) -> bool {
        if let Some((Element::Start, rest)) = self.elements.split_first() {
            return matches_at(rest, words);
        }
        (0..words.len()).any(|at| matches_at(&self.elements, &words[at..]))
    }
}

fn matches_at(pattern: &[Element], words: &[Word]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return true };
    let next = words.split_first();
    let with_next = |found: bool| found && next.is_some_and(|(_, after)| matches_at(rest, after));
    match *first {
        Element::Start => false,
        Element::End => words.is_empty(),
        Element::Gap => (0..=2.min(words.len())).any(|n| matches_at(rest, &words[n..])),
        Element::Number => with_next(next.is_some_and(|(w, _)| w.is_number)),
        Element::OneOf(set) => with_next(next.is_some_and(|(w, _)| has_set(w.sets, set.into()))),
        Element::OneOfOrEnd(set) => {
            words.is_empty() || with_next(next.is_some_and(|(w, _)| has_set(w.sets, set.into())))
        }
        Element::NoneOf(set) => {
            words.is_empty() || with_next(next.is_some_and(|(w, _)| !has_set(w.sets, set.into())))
        }
    }
}

pub(super) fn has_set(sets: Sets, set: usize) -> bool {
    sets[set / 64] & (1 << (set % 64)) != 0
}

fn union(a: Sets, b: Sets) -> Sets {
    std::array::from_fn(|i| a[i] | b[i])
}

fn is_subset(a: Sets, b: Sets) -> bool {
    a.iter().zip(b).all(|(a, b)| a & !b == 0)
}
