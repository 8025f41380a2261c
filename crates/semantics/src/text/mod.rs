//! Text as people type it, made comparable: normalisation, tokens, stems, stop phrases, and which of the two languages.
//!
//! Nothing here knows about FAQ entries, and nothing here can fail: every function takes any string.

mod common;
mod normalise;
mod script;
mod stem;
mod stop;
mod tokens;

use serde::{Deserialize, Serialize};

pub use common::is_light_word;
pub use normalise::normalise;
pub use script::{Script, fold_kana};
pub use stem::{stem, stem_in_place};
pub use stop::{is_passed_over, is_stop_word, japanese_stop_len, japanese_stop_phrases, stop_phrase_len};
pub use tokens::{Token, TokenKind, tokens, without_joints};

/// The languages the shop answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// Both, in a fixed order.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The language's ISO 639-1 code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }
}

/// The language of a text, by the share of its scripts. A Japanese character weighs as much as three Latin ones, because
/// it says about as much: "PayPayは使えますか" is Japanese. Kanji without any kana count too; a text with letters of
/// neither language, or none at all, counts as English.
#[must_use]
pub fn detect_language(text: &str) -> Language {
    let (mut latin, mut japanese, mut kana) = (0_usize, 0_usize, false);
    for c in text.chars() {
        match Script::of(c) {
            Script::Latin => latin += 1,
            Script::Hiragana | Script::Katakana => {
                japanese += 1;
                kana = true;
            }
            Script::Kanji => japanese += 1,
            // Half-width kana, before normalisation
            _ if matches!(c, '\u{FF66}'..='\u{FF9F}') => {
                japanese += 1;
                kana = true;
            }
            _ => {}
        }
    }
    let weight = if kana { 3 } else { 2 };
    if japanese > 0 && japanese * weight >= latin { Language::Ja } else { Language::En }
}

/// The words that are common in any English text, light words and stop words.
pub fn common_words() -> impl Iterator<Item = &'static str> {
    common::LIGHT_WORDS.iter().chain(stop::STOP_WORDS).copied()
}

/// The words of a text that carry content, normalised: English words as stems without stop words and stop phrases,
/// Japanese runs of kanji and katakana without polite phrases (katakana folded to hiragana), numbers. In order, with
/// repetitions.
#[must_use]
pub fn content_words(text: &str) -> Vec<String> {
    let normal = normalise(text);
    let tokens = tokens(&normal);
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let skip = stop_phrase_len(&tokens[at..]);
        if skip > 0 {
            at += skip;
            continue;
        }
        match token.kind {
            TokenKind::Word if !is_stop_word(token.text) => out.push(stem(&without_joints(token.text))),
            TokenKind::Number | TokenKind::Other => out.push(token.text.to_owned()),
            TokenKind::Japanese(_) => {
                at += japanese_content(&tokens[at..], &mut out);
                continue;
            }
            TokenKind::Word => {}
        }
        at += 1;
    }
    out
}

/// Adds the content words of the Japanese stretch that `tokens` begins with; returns its length in tokens.
fn japanese_content(tokens: &[Token<'_>], out: &mut Vec<String>) -> usize {
    let joined =
        |(i, t): &(usize, &Token<'_>)| matches!(t.kind, TokenKind::Japanese(_)) && (*i == 0 || t.joined);
    let len = tokens.iter().enumerate().take_while(joined).count();
    let stretch: Vec<char> = tokens[..len].iter().flat_map(|t| t.text.chars()).collect();
    let folded: String = stretch.iter().copied().map(fold_kana).collect();
    let mut run: Option<(Script, String)> = None;
    let mut skip_until = 0;
    for ((at, c), original) in folded.char_indices().zip(stretch) {
        if at >= skip_until {
            skip_until = at + japanese_stop_len(&folded[at..]);
        }
        let script = Script::of(original);
        let is_content = at >= skip_until && matches!(script, Script::Kanji | Script::Katakana);
        match &mut run {
            Some((of, word)) if is_content && *of == script => word.push(c),
            _ => {
                out.extend(run.take().map(|(_, word)| word));
                run = is_content.then(|| (script, c.to_string()));
            }
        }
    }
    out.extend(run.map(|(_, word)| word));
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_most_of_the_text() {
        for (text, expected) in [
            ("How much is shipping?", Language::En),
            ("送料はいくらですか", Language::Ja),
            ("PayPayは使えますか", Language::Ja),
            ("ｸｰﾎﾟﾝ", Language::Ja),
            ("What does 送料 mean in your emails?", Language::En),
            ("", Language::En),
            ("🙂🙂", Language::En),
            ("送料", Language::Ja),
        ] {
            assert_eq!(detect_language(text), expected, "{text}");
        }
    }

    #[test]
    fn politeness_is_not_content() {
        assert_eq!(content_words("Hi, could you tell me how returns work, please?"), ["return", "work"]);
        assert_eq!(
            content_words("すみません、カードで送料を払えるか教えてください"),
            ["かーど", "送料", "払"]
        );
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert!(content_words(" \u{200B}🙂?! ").is_empty());
    }
}
