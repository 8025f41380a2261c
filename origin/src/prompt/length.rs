//! How long a text is to a model, about, and texts cut to a length.
//!
//! Tokens are counted by rule of thumb: a Japanese character is one, four other characters are one. Bounds stand on it, no bill.

use crate::model::extractive::phrase::sentences;

/// What stands for what was cut.
const ELLIPSIS: &str = "…";

/// About how many tokens a text has.
pub(crate) fn tokens(text: &str) -> usize {
    quarters(text).div_ceil(4)
}

/// Quarters of a token.
fn quarters(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

const fn of_char(c: char) -> usize {
    match c {
        // Kana, ideographs, full-width forms and their punctuation.
        '\u{2e80}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ffef}'
        | '\u{20000}'..='\u{3ffff}' => 4,
        _ => 1,
    }
}

/// As many whole sentences as fit; of a first sentence that does not fit, its beginning.
pub(crate) fn cut(text: &str, tokens_max: usize) -> String {
    if tokens(text) <= tokens_max {
        return text.to_owned();
    }
    let mut left = tokens_max * 4;
    let mut out = String::new();
    for sentence in sentences(text) {
        let length = quarters(sentence);
        if length > left {
            break;
        }
        left -= length;
        out.push_str(sentence);
    }
    if !out.is_empty() {
        out.truncate(out.trim_end().len());
        return out;
    }
    let mut left = left.saturating_sub(of_char('…') * 4);
    let fitting = text.chars().take_while(|c| {
        let fits = of_char(*c) <= left;
        left = left.saturating_sub(of_char(*c));
        fits
    });
    fitting.chain(ELLIPSIS.chars()).collect()
}

/// At most so many characters, cut at a blank where there is one near the end.
pub(super) fn cut_chars(text: &str, chars_max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars_max) else { return text.to_owned() };
    let kept = &text[..end];
    let kept =
        kept.rfind(char::is_whitespace).filter(|blank| *blank > end / 2).map_or(kept, |at| &kept[..at]);
    format!("{kept}{ELLIPSIS}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_japanese_character_is_a_token_and_four_others_are() {
        assert_eq!(tokens("配送料は"), 4);
        assert_eq!(tokens("shipping"), 2);
        assert_eq!(tokens(""), 0);
    }

    #[test]
    fn a_text_is_cut_where_a_sentence_ends() {
        assert_eq!(cut("One is here. Two is here. Three.", 7), "One is here. Two is here.");
        assert_eq!(cut("ひとつ。ふたつ。みっつ。", 9), "ひとつ。ふたつ。");
        assert_eq!(cut("Short.", 100), "Short.");
    }

    #[test]
    fn a_sentence_that_is_too_long_is_cut_all_the_same() {
        let cut = cut(&"あ".repeat(1_000), 500);
        assert!(tokens(&cut) <= 500 && cut.ends_with('…'), "{}", tokens(&cut));
    }

    #[test]
    fn characters_are_cut_at_a_blank() {
        assert_eq!(cut_chars("some words here", 12), "some words…");
        assert_eq!(cut_chars("日本語の文章", 3), "日本語…");
        assert_eq!(cut_chars("short", 5), "short");
    }
}
