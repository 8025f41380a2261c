//! Operators: questions about one value.

mod net;
mod phrases;
mod sqli;
mod validate;

pub(crate) use net::{Networks, parse_networks};
pub(crate) use phrases::{Phrases, lines as phrase_lines, split as split_phrases};
pub(crate) use sqli::{Sqli, is_sqli};
pub(crate) use validate::{ByteRange, has_invalid_url_encoding, has_invalid_utf8};

use crate::bytes::Kinds;
use crate::compile::{Number, Pattern, Template};

/// A compiled operator.
#[derive(Debug, Clone)]
pub(crate) enum Operator {
    Rx(Pattern),
    Pm(Phrases),
    StrEq(Template),
    Contains(Template),
    ContainsWord(Template),
    BeginsWith(Template),
    EndsWith(Template),
    Within(Template),
    Compare(Comparison, Number),
    IpMatch(Networks),
    ValidateByteRange(Box<ByteRange>),
    ValidateUrlEncoding,
    ValidateUtf8Encoding,
    DetectSqli,
    DetectXss,
    Unconditional,
    NoMatch,
}

/// `@eq` and its kin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
}

impl Comparison {
    pub(crate) fn holds(self, value: i64, limit: i64) -> bool {
        match self {
            Comparison::Eq => value == limit,
            Comparison::Ge => value >= limit,
            Comparison::Gt => value > limit,
            Comparison::Le => value <= limit,
            Comparison::Lt => value < limit,
        }
    }
}

/// Words: letters, digits, underscore.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `word` stands in `value` with no word character beside it.
pub(crate) fn contains_word(value: &[u8], word: &[u8]) -> bool {
    if word.is_empty() {
        return true;
    }
    memchr::memmem::find_iter(value, word).any(|at| {
        let before = at.checked_sub(1).and_then(|i| value.get(i));
        let after = value.get(at + word.len());
        !before.is_some_and(|b| is_word(*b)) && !after.is_some_and(|b| is_word(*b))
    })
}

/// Without one of these no SQL is more than a word or a number, which is no injection; a property test holds
/// libinjection to it.
pub(crate) const SQL_KINDS: Kinds =
    Kinds::of(b" \t\n\r\x0b\x01\0!\"#$%&'()*+,-/:;<=>?@[\\]^`{|}~").and(Kinds::of(&[0x80, 0x85, 0xc0]));

/// Without one of these there is neither a tag nor an attribute.
pub(crate) const MARKUP_KINDS: Kinds = Kinds::of(b"<=");

/// Cross-site scripting, by libinjection.
pub(crate) fn is_xss(value: &[u8]) -> bool {
    libinjectionrs::detect_xss(value).is_injection()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_has_no_word_character_beside_it() {
        assert!(contains_word(b"a select b", b"select"));
        assert!(!contains_word(b"selected selects", b"select"));
        assert!(contains_word(b"selected, select", b"select"));
    }

    #[test]
    fn libinjection_knows_simple_script() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "\"><svg onload=alert(1)>",
            "<a href=javascript:alert(1)>",
            "x onmouseover=alert(1)",
            "<iframe src=//evil>",
        ] {
            assert!(is_xss(attack.as_bytes()), "{attack}");
        }
        for innocent in
            ["O'Brien", "one piece", "SELECT a gift from the drop-down", "/series/one-piece", "漫画", "a=b"]
        {
            assert!(!is_xss(innocent.as_bytes()), "{innocent}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_word_is_no_sql(text in "[A-Za-z0-9_.]{0,24}") {
            prop_assert!(!Kinds::scan(text.as_bytes()).meets(SQL_KINDS));
            prop_assert!(!libinjectionrs::detect_sqli(text.as_bytes()).is_injection());
        }

        #[test]
        fn without_a_tag_or_an_attribute_there_is_no_markup(text in "[ -;?-~>\\t\\n/'\"`]{0,40}") {
            prop_assume!(!Kinds::scan(text.as_bytes()).meets(MARKUP_KINDS));
            prop_assert!(!is_xss(text.as_bytes()));
        }

        #[test]
        fn libinjection_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = libinjectionrs::detect_sqli(&bytes);
            let _ = is_xss(&bytes);
        }

        #[test]
        fn libinjection_never_panics_on_sql_and_markup(
            words in prop::collection::vec(prop::sample::select(vec![
                "'", "\"", "`", "/*", "*/", "--", "#", "select", "union", "1", "0x1f", "e'", "q'[", "u&'", "$$", "@@", "(", ")", ";",
                "<", ">", "=", "<!--", "-->", "<![CDATA[", "&#x", "on", "style", "\\", "\0", "{", "}", "case", "<?xml", "\u{3000}",
            ]), 0..24)
        ) {
            let text = words.concat();
            let _ = libinjectionrs::detect_sqli(text.as_bytes());
            let _ = is_xss(text.as_bytes());
        }
    }
}
