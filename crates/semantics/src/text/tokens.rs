//! Text into tokens: words, numbers and runs of one Japanese script, in order.

use std::borrow::Cow;

use super::script::Script;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Latin letters, perhaps with digits among them (`2kg`, `ebook`).
    Word,
    /// Digits alone.
    Number,
    /// A run of one Japanese script.
    Japanese(Script),
    /// A run of letters of another writing system.
    Other,
}

/// A token of a normalised text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// Its characters, without clitics (`'s`, `n't`); a short prefix keeps its hyphen (`e-book`).
    pub text: &'a str,
    /// What it is made of.
    pub kind: TokenKind,
    /// It carried `n't`.
    pub negated: bool,
    /// Nothing but an empty gap stands between it and the token before.
    pub joined: bool,
    /// A full stop, question mark or line end stands between it and the token before.
    pub starts_clause: bool,
}

/// Prefixes that make one word with what follows their hyphen: `e-book`, `pre-order`, `re-send`.
const PREFIXES: [&str; 6] = ["e", "pre", "re", "un", "non", "co"];

/// The tokens of a text that [`normalise`](super::normalise) has seen.
#[must_use]
pub fn tokens(normalised: &str) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::with_capacity(normalised.len() / 4 + 2);
    let mut rest = normalised;
    let mut gap_is_empty = true;
    let mut clause = true;
    while let Some(c) = rest.chars().next() {
        let script = Script::of(c);
        let len = match script {
            Script::Separator => {
                clause |= matches!(c, '.' | '?' | '!' | '。' | '、' | ';' | '\n');
                gap_is_empty = false;
                rest = &rest[c.len_utf8()..];
                continue;
            }
            Script::Latin | Script::Digit => word_len(rest),
            _ => rest.find(|c| !continues(script, c)).unwrap_or(rest.len()),
        };
        let (text, after) = rest.split_at(len);
        let (text, negated) = if script == Script::Latin { without_clitic(text) } else { (text, false) };
        out.push(Token {
            text,
            kind: kind_of(script, text),
            negated,
            joined: gap_is_empty,
            starts_clause: clause,
        });
        (rest, gap_is_empty, clause) = (after, true, false);
    }
    out
}

/// A word without the hyphens and apostrophes inside it: `e-book` → `ebook`.
#[must_use]
pub fn without_joints(word: &str) -> Cow<'_, str> {
    if word.contains(['-', '\'']) { Cow::Owned(word.replace(['-', '\''], "")) } else { Cow::Borrowed(word) }
}

fn kind_of(script: Script, text: &str) -> TokenKind {
    match script {
        Script::Latin => TokenKind::Word,
        Script::Digit if text.chars().all(|c| Script::of(c) == Script::Digit || c == '.' || c == ',') => {
            TokenKind::Number
        }
        Script::Digit => TokenKind::Word,
        s if s.is_japanese() => TokenKind::Japanese(s),
        _ => TokenKind::Other,
    }
}

fn continues(script: Script, c: char) -> bool {
    // The length mark and iteration marks belong to the run they follow.
    Script::of(c) == script || (script.is_japanese() && matches!(c, 'ー' | '々'))
}

/// Length in bytes of the word or number at the start of `rest`.
fn word_len(rest: &str) -> usize {
    let mut end = 0;
    let mut all_letters = true;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|&(_, c)| c);
        let next_is = |s: Script| next.is_some_and(|n| Script::of(n) == s);
        let inside = match c {
            '\'' => next_is(Script::Latin),
            // 1,000 and 2.5; not the full stop of a sentence
            '.' | ',' => {
                !all_letters && next_is(Script::Digit) && rest[..at].ends_with(|c: char| c.is_ascii_digit())
            }
            '-' => PREFIXES.contains(&&rest[..at]) && next_is(Script::Latin),
            _ => matches!(Script::of(c), Script::Latin | Script::Digit),
        };
        if !inside {
            break;
        }
        all_letters &= !c.is_ascii_digit();
        end = at + c.len_utf8();
    }
    end
}

/// The word without `'s` and the like, and whether it was negated: `don't` → (`do`, true).
fn without_clitic(word: &str) -> (&str, bool) {
    if let Some(base) = word.strip_suffix("n't") {
        // can't and won't
        let base = match base {
            "ca" => "can",
            "wo" => "will",
            "sha" => "shall",
            "ai" => "is",
            other => other,
        };
        return (base, true);
    }
    match word.find('\'') {
        Some(at) if at > 0 && word.len() - at <= 3 => (&word[..at], false),
        _ => (word, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(s: &str) -> Vec<&str> {
        tokens(s).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn words_lose_their_clitics_and_remember_a_negation() {
        assert_eq!(
            texts("what's the shop's name, i can't say"),
            ["what", "the", "shop", "name", "i", "can", "say"]
        );
        assert!(tokens("i can't")[1].negated);
    }

    #[test]
    fn a_short_prefix_stays_with_its_word_and_a_long_one_does_not() {
        assert_eq!(texts("e-book pre-order first-print"), ["e-book", "pre-order", "first", "print"]);
    }

    #[test]
    fn numbers_keep_their_points() {
        assert_eq!(texts("1,000 or 2.5 kg. 3-in-1 30?"), ["1,000", "or", "2.5", "kg", "3", "in", "1", "30"]);
    }

    #[test]
    fn japanese_splits_by_script() {
        assert_eq!(texts("送料はカード払いでOK?"), ["送料", "は", "カード", "払", "いで", "OK"]);
    }

    #[test]
    fn a_sentence_end_starts_a_clause() {
        let clauses: Vec<bool> = tokens("it broke. what now?").iter().map(|t| t.starts_clause).collect();
        assert_eq!(clauses, [true, false, true, false]);
    }
}
