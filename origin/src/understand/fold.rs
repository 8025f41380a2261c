//! Text as names are compared: normalised, kana folded, without punctuation, blanks only between Latin words.

use semantics::text::{Script, fold_kana, normalise};

/// The folded text. `Vinland Saga`, `ヴィンランド・サガ` and `ヴィンランドサガ` each come out in one spelling.
pub(crate) fn fold(text: &str) -> String {
    let normal = normalise(text);
    let mut out = String::with_capacity(normal.len());
    let mut gap = false;
    let mut chars = normal.chars().peekable();
    while let Some(c) = chars.next() {
        match Script::of(c) {
            Script::Separator if c == '\'' => {
                // `berserk's` is berserk; `don't` is dont.
                if chars.peek() == Some(&'s') {
                    let mut ahead = chars.clone();
                    ahead.next();
                    if ahead.next().is_none_or(|after| !is_word(after)) {
                        chars.next();
                    }
                }
            }
            Script::Separator => gap = true,
            _ => {
                if gap && is_word(c) && out.chars().next_back().is_some_and(is_word) {
                    out.push(' ');
                }
                gap = false;
                out.push(fold_kana(c));
            }
        }
    }
    out
}

/// Whether the character is part of a word that blanks set apart.
pub(crate) fn is_word(c: char) -> bool {
    matches!(Script::of(c), Script::Latin | Script::Digit)
}

/// Whether the range stands by itself: a Latin word is not cut in two at its ends.
pub(crate) fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let cuts =
        |left: Option<char>, right: Option<char>| left.is_some_and(is_word) && right.is_some_and(is_word);
    let inner = &text[start..end];
    !cuts(text[..start].chars().next_back(), inner.chars().next())
        && !cuts(inner.chars().next_back(), text[end..].chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_name_become_one() {
        assert_eq!(fold("ヴィンランド・サガ"), fold("ゔぃんらんど さが"));
        assert_eq!(fold("SPY×FAMILY"), "spy family");
        assert_eq!(fold("JoJo’s Bizarre Adventure"), "jojo bizarre adventure");
        assert_eq!(fold("Don't—stop!"), "dont stop");
    }

    #[test]
    fn a_word_is_not_found_inside_another() {
        assert!(stands_alone("is it real", 6, 10));
        assert!(!stands_alone("really", 0, 4));
        assert!(stands_alone("realは", 0, 4));
    }
}
