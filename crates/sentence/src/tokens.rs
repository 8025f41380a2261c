//! From a text to the ids of its word pieces, as BERT's uncased tokenizer makes them: lower case, no accents, a word as the longest
//! pieces that the vocabulary has. Unlike that tokenizer's, no text stands for a special token: `[MASK]` is three pieces, so nobody
//! can write one.

use std::collections::HashMap;

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization as _;

/// Most tokens that are looked at, the two that mark start and end included: what the model was trained with. The rest of a
/// longer text adds nothing.
pub const TOKENS_MAX: usize = 128;
/// Most characters that are looked at: the longest chat message.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Longest word that is taken apart, in characters; a longer one is unknown. The tokenizer's own.
const WORD_CHARS_MAX: usize = 100;
/// What stands before a piece that goes on with a word.
const GOES_ON: &str = "##";

const UNKNOWN: &str = "[UNK]";
const START: &str = "[CLS]";
const END: &str = "[SEP]";

/// The id of a word piece: its line in the vocabulary.
pub(crate) type Token = u16;

/// The word pieces.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// Pieces that begin a word.
    first: HashMap<Box<str>, Token>,
    /// Pieces that go on with one, without their mark.
    next: HashMap<Box<str>, Token>,
    /// The longest piece, in bytes.
    piece_bytes_max: usize,
    unknown: Token,
    start: Token,
    end: Token,
}

impl Vocabulary {
    /// Reads a vocabulary: a piece a line.
    ///
    /// # Errors
    /// Says what is missing.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let (mut first, mut next) = (HashMap::new(), HashMap::new());
        for (line, piece) in text.lines().enumerate() {
            let token = Token::try_from(line).map_err(|_| "more than 65,536 pieces")?;
            let earlier = match piece.strip_prefix(GOES_ON) {
                Some(piece) if !piece.is_empty() => next.insert(Box::from(piece), token),
                _ => first.insert(Box::from(piece), token),
            };
            // Then there would be fewer pieces than ids.
            if earlier.is_some() {
                return Err("a piece stands in it twice");
            }
        }
        let special = |piece: &str| first.get(piece).copied().ok_or("no [UNK], [CLS] or [SEP]");
        let (unknown, start, end) = (special(UNKNOWN)?, special(START)?, special(END)?);
        let piece_bytes_max = first.keys().chain(next.keys()).map(|piece| piece.len()).max().unwrap_or(0);
        Ok(Self { first, next, piece_bytes_max, unknown, start, end })
    }

    /// How many pieces there are.
    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.next.len()
    }

    /// A text's tokens between the marks of start and end; at most [`TOKENS_MAX`].
    pub(crate) fn tokens(&self, text: &str) -> Vec<Token> {
        let mut tokens = vec![self.start];
        let mut word = Word::default();
        for c in normal(text) {
            if tokens.len() >= TOKENS_MAX {
                break;
            }
            if stands_alone(c) {
                self.end_word(&mut word, &mut tokens);
                word.push(c);
                self.end_word(&mut word, &mut tokens);
            } else if c.is_whitespace() {
                self.end_word(&mut word, &mut tokens);
            } else {
                word.push(c);
            }
        }
        self.end_word(&mut word, &mut tokens);
        tokens.truncate(TOKENS_MAX - 1);
        tokens.push(self.end);
        tokens
    }

    fn end_word(&self, word: &mut Word, tokens: &mut Vec<Token>) {
        let before = tokens.len();
        let is_known = word.chars <= WORD_CHARS_MAX && self.take_apart(&word.text, tokens);
        if !is_known {
            tokens.truncate(before);
            tokens.push(self.unknown);
        }
        *word = Word::default();
    }

    /// Adds a word's pieces, always the longest that is left. False when the vocabulary has none for a part of it.
    fn take_apart(&self, word: &str, tokens: &mut Vec<Token>) -> bool {
        let mut rest = word;
        while !rest.is_empty() {
            let pieces = if rest.len() == word.len() { &self.first } else { &self.next };
            let longest = rest.floor_char_boundary(self.piece_bytes_max);
            let ends = (1..=longest).rev().filter(|end| rest.is_char_boundary(*end));
            let found = ends
                .map(|end| rest.split_at(end))
                .find_map(|(piece, rest)| pieces.get(piece).map(|token| (*token, rest)));
            let Some((token, after)) = found else { return false };
            tokens.push(token);
            rest = after;
        }
        true
    }
}

/// A word so far. What is beyond the longest word is counted and not kept.
#[derive(Default)]
struct Word {
    text: String,
    chars: usize,
}

impl Word {
    fn push(&mut self, c: char) {
        self.chars += 1;
        if self.chars <= WORD_CHARS_MAX {
            self.text.push(c);
        }
    }
}

/// The text without what the model does not see: control characters, accents, case.
fn normal(text: &str) -> impl Iterator<Item = char> {
    let seen = text.chars().take(TEXT_CHARS_MAX).filter(|c| !is_control(*c));
    seen.nfd()
        .filter(|c| c.is_ascii() || get_general_category(*c) != GeneralCategory::NonspacingMark)
        .flat_map(char::to_lowercase)
}

fn is_control(c: char) -> bool {
    use GeneralCategory::{Control, Format, PrivateUse};
    match c {
        '\t' | '\n' | '\r' | ' '..='~' => false,
        char::REPLACEMENT_CHARACTER => true,
        _ => matches!(get_general_category(c), Control | Format | PrivateUse),
    }
}

/// Punctuation and Chinese characters are words of their own.
fn stands_alone(c: char) -> bool {
    use GeneralCategory::{
        ClosePunctuation, ConnectorPunctuation, DashPunctuation, FinalPunctuation, InitialPunctuation,
        OpenPunctuation, OtherPunctuation,
    };
    if c.is_ascii() {
        return c.is_ascii_punctuation();
    }
    is_chinese(c)
        || matches!(
            get_general_category(c),
            ClosePunctuation
                | ConnectorPunctuation
                | DashPunctuation
                | FinalPunctuation
                | InitialPunctuation
                | OpenPunctuation
                | OtherPunctuation
        )
}

/// In a block of Chinese characters, as the tokenizer lists them: kana and Hangul are not.
const fn is_chinese(c: char) -> bool {
    matches!(
        c as u32,
        0x3400..=0x4DBF
            | 0x4E00..=0x9FFF
            | 0xF900..=0xFAFF
            | 0x2_0000..=0x2_A6DF
            | 0x2_A700..=0x2_B73F
            | 0x2_B740..=0x2_B81F
            | 0x2_B920..=0x2_CEAF
            | 0x2_F800..=0x2_FA1F
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PIECES: &str =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nreturn\n##s\n##ed\n?\n送\n[\n]\nmask\nう\ncafe\n##\na\n##a";

    fn pieces(text: &str) -> Vec<&'static str> {
        let lines: Vec<_> = PIECES.lines().collect();
        let tokens = Vocabulary::read(PIECES).unwrap().tokens(text);
        let [start, inner @ .., end] = tokens.as_slice() else { panic!("{tokens:?}") };
        assert_eq!((*start, *end), (2, 3));
        inner.iter().map(|token| lines[usize::from(*token)]).collect()
    }

    #[test]
    fn a_word_is_the_longest_pieces_that_there_are() {
        assert_eq!(pieces("Returns, returned?"), ["return", "##s", "[UNK]", "return", "##ed", "?"]);
        assert_eq!(
            pieces("returnsx return"),
            ["[UNK]", "return"],
            "a word is known as a whole or not at all"
        );
        assert_eq!(pieces("##s"), ["[UNK]", "[UNK]", "[UNK]"], "a mark in the text is no mark");
    }

    #[test]
    fn accents_case_and_control_characters_are_not_seen() {
        assert_eq!(pieces("CAF\u{c9} cafe\u{301} ca\u{200b}fe\u{0}"), ["cafe", "cafe", "cafe"]);
        assert_eq!(pieces("return\u{3000}\treturn\u{a0}"), ["return", "return"]);
    }

    #[test]
    fn chinese_characters_and_punctuation_stand_alone() {
        assert_eq!(pieces("送送う？"), ["送", "送", "う", "[UNK]"]);
    }

    #[test]
    fn a_text_cannot_name_a_special_token() {
        assert_eq!(pieces("[MASK]"), ["[", "mask", "]"]);
        assert_eq!(pieces("[SEP]"), ["[", "[UNK]", "]"]);
    }

    #[test]
    fn nothing_has_no_pieces() {
        for text in ["", " ", "\u{200b}\u{feff}", "\u{301}"] {
            assert!(pieces(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_word_that_is_too_long_is_unknown_and_a_text_that_is_too_long_is_cut() {
        assert_eq!(pieces(&"a".repeat(WORD_CHARS_MAX)).len(), WORD_CHARS_MAX);
        assert_eq!(pieces(&"a".repeat(WORD_CHARS_MAX + 1)), ["[UNK]"]);
        assert_eq!(pieces(&"return ".repeat(TEXT_CHARS_MAX)).len(), TOKENS_MAX - 2);
        let late = format!("{}return", " ".repeat(TEXT_CHARS_MAX));
        assert!(pieces(&late).is_empty());
    }

    #[test]
    fn a_vocabulary_without_its_marks_is_refused() {
        assert!(Vocabulary::read("[UNK]\n[CLS]").is_err());
        assert!(Vocabulary::read(&format!("{PIECES}\na")).is_err(), "a piece stands in it twice");
        let many: String = (0..70_000).map(|i| format!("piece{i}\n")).collect();
        assert!(Vocabulary::read(&format!("{PIECES}\n{many}")).is_err());
    }

    proptest! {
        #[test]
        fn any_text_has_at_most_the_tokens_that_fit(text in any::<String>()) {
            let tokens = Vocabulary::read(PIECES).unwrap().tokens(&text);
            prop_assert!((2..=TOKENS_MAX).contains(&tokens.len()));
        }
    }
}
