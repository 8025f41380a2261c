//! `@pm`: one of many phrases, in any letter case.

use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::limits::PHRASES_MAX;

/// Phrases, ready to be looked for.
#[derive(Debug, Clone)]
pub(crate) struct Phrases {
    automaton: Arc<AhoCorasick>,
}

impl Phrases {
    /// Compiles phrases; the error is a sentence.
    pub(crate) fn new(phrases: &[Vec<u8>]) -> Result<Phrases, String> {
        if phrases.is_empty() || phrases.len() > PHRASES_MAX {
            return Err(format!("1 to {PHRASES_MAX} phrases"));
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(phrases)
            .map_err(|error| error.to_string())?;
        Ok(Phrases { automaton: Arc::new(automaton) })
    }

    /// Where the first phrase stands.
    pub(crate) fn find(&self, value: &[u8]) -> Option<(usize, usize)> {
        self.automaton.find(value).map(|found| (found.start(), found.end()))
    }
}

/// The phrases of `@pm`: words, in which `|41 42|` stands for bytes.
pub(crate) fn split(argument: &str) -> Option<Vec<Vec<u8>>> {
    let mut phrases = Vec::new();
    let mut current = Vec::new();
    let mut rest = argument.bytes().peekable();
    let mut in_bytes = false;
    while let Some(byte) = rest.next() {
        match byte {
            b'|' if in_bytes || has_bytes(rest.clone()) => in_bytes = !in_bytes,
            b' ' if in_bytes => {}
            high if in_bytes => {
                current.push(crate::bytes::hex(high)? << 4 | crate::bytes::hex(rest.next()?)?)
            }
            byte if byte.is_ascii_whitespace() => {
                if !current.is_empty() {
                    phrases.push(std::mem::take(&mut current));
                }
            }
            byte => current.push(byte),
        }
    }
    if !current.is_empty() {
        phrases.push(current);
    }
    (!in_bytes).then_some(phrases)
}

/// Whether hexadecimal pairs and a closing `|` follow.
fn has_bytes(rest: impl Iterator<Item = u8>) -> bool {
    let mut digits = 0;
    for byte in rest {
        match byte {
            b'|' => return digits > 0 && digits % 2 == 0,
            b' ' if digits % 2 == 0 => {}
            b if b.is_ascii_hexdigit() => digits += 1,
            _ => return false,
        }
    }
    false
}

/// The phrases of a file: lines, without comments and blank lines.
pub(crate) fn lines(text: &str) -> Vec<Vec<u8>> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|l| l.as_bytes().to_vec())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_words_or_lines_and_may_spell_bytes() {
        assert_eq!(split("a |41 42|c  d"), Some(vec![b"a".to_vec(), b"ABc".to_vec(), b"d".to_vec()]));
        assert_eq!(split("a||b |"), Some(vec![b"a||b".to_vec(), b"|".to_vec()]));
        assert_eq!(lines("# c\n\n one two \n"), [b"one two"]);
    }

    #[test]
    fn the_first_and_longest_phrase_is_found_in_any_case() {
        let phrases = Phrases::new(&[b"eval".to_vec(), b"evaluate".to_vec()]).expect("phrases");
        assert_eq!(phrases.find(b"an EVALUATE("), Some((3, 11)));
        assert_eq!(phrases.find(b"nothing"), None);
    }
}
