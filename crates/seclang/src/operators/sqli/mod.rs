//! `@detectSQLi`, by libinjection, for the values that could be SQL at all.
//!
//! libinjection reads a value as SQL, folds it to at most five tokens and looks the result up among 8,367 known bad
//! ones. Tokenising costs microseconds, and most values are plain words. Every known bad result holds a token that comes
//! from a mark of SQL or from a word of it, so a value with neither is not read; a property test holds libinjection to
//! that.

mod words;

use words::{OTHER, SQL, WORD_BYTES_MAX};

use crate::bytes::Kinds;

/// Marks that plain text lacks: strings, groups, statements, comments, variables, logic.
const MARKS: Kinds = Kinds::of(b"'\"()[]{};@#$`\\&|\0\x01\x0b").and(Kinds::of(&[0xa0]));

/// What begins or ends a string, and the bracket libinjection treats apart.
const QUOTES: Kinds = Kinds::of(b"'\"`{\0");

/// What begins a comment.
const COMMENTS: Kinds = Kinds::of(b"-/");

/// What was found out about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sqli {
    Found,
    None,
    /// It has more tokens than there was room for, and what was read of it is none.
    Unfinished,
}

/// SQL injection, in a value that holds these kinds of bytes. `room` is how many tokens may still be read.
///
/// libinjection stops at five tokens that do not fold into fewer, which is soon; but it reads on for as long as they do, and a
/// token costs a fraction of a microsecond.
pub(crate) fn is_sqli(value: &[u8], kinds: Kinds, room: &mut usize) -> Sqli {
    if may_be_sql(value, kinds) { read_as_sql(value, room) } else { Sqli::None }
}

/// What `libinjection_is_sqli` does: the value as it is, and as the rest of a string in single and in double quotes; as
/// MySQL too, where a comment may be one of MySQL's alone.
fn read_as_sql(value: &[u8], room: &mut usize) -> Sqli {
    let mut unfinished = false;
    for (quote, context, dialects) in [
        (None, QUOTE_NONE, &[ANSI, MYSQL][..]),
        (Some(b'\''), QUOTE_SINGLE, &[ANSI, MYSQL][..]),
        (Some(b'"'), QUOTE_DOUBLE, &[MYSQL][..]),
    ] {
        if quote.is_some_and(|quote| !value.contains(&quote)) {
            continue;
        }
        for dialect in dialects {
            let read = one_reading(value, libinjectionrs::SqliFlags::new(context | dialect), room);
            if read.verdict == Sqli::Found {
                return Sqli::Found;
            }
            unfinished |= read.verdict == Sqli::Unfinished;
            if !read.may_be_mysql {
                break;
            }
        }
    }
    if unfinished { Sqli::Unfinished } else { Sqli::None }
}

// libinjection's flags, which its crate has no way to combine.
const QUOTE_NONE: u32 = 1;
const QUOTE_SINGLE: u32 = 2;
const QUOTE_DOUBLE: u32 = 4;
const ANSI: u32 = 8;
const MYSQL: u32 = 16;

struct Reading {
    verdict: Sqli,
    may_be_mysql: bool,
}

/// One reading of as many bytes as there is room for tokens: a token has one byte at least.
fn one_reading(value: &[u8], flags: libinjectionrs::SqliFlags, room: &mut usize) -> Reading {
    let part = &value[..value.len().min(*room)];
    let mut state = libinjectionrs::SqliState::new(part, flags);
    let is_found = !part.is_empty() && state.is_sqli();
    *room = room.saturating_sub(state.stats_tokens);
    let may_be_mysql = state.stats_comment_ddx != 0 || state.stats_comment_hash != 0;
    let verdict = if is_found {
        Sqli::Found
    } else if part.len() == value.len() || stopped_early(part, flags, &state) {
        Sqli::None
    } else {
        Sqli::Unfinished
    };
    Reading { verdict, may_be_mysql }
}

/// Whether libinjection had its five tokens well before the end, so that what follows changes nothing: then half of the bytes
/// yield as many.
fn stopped_early(
    part: &[u8],
    flags: libinjectionrs::SqliFlags,
    whole: &libinjectionrs::SqliState<'_>,
) -> bool {
    const TOKENS: usize = 5;
    let mut half = libinjectionrs::SqliState::new(&part[..part.len() / 2], flags);
    let _ = half.get_fingerprint();
    whole.fingerprint[..TOKENS].iter().all(|token| *token != 0)
        && half.fingerprint == whole.fingerprint
        && half.stats_tokens == whole.stats_tokens
}

fn may_be_sql(value: &[u8], kinds: Kinds) -> bool {
    if !kinds.meets(QUOTES) && begins_with_two_plain_words(value) {
        return false;
    }
    kinds.meets(MARKS)
        || holds_comment(value, kinds)
        || value.split(|byte| !is_word(*byte)).any(may_hold_word)
}

/// `--` or `/*`.
fn holds_comment(value: &[u8], kinds: Kinds) -> bool {
    kinds.meets(COMMENTS) && value.windows(2).any(|pair| pair == b"--" || pair == b"/*")
}

/// What libinjection reads as one word, but for the full stop, where it may begin another.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether libinjection may find a word of SQL in what stands between two other bytes. A word begins at the start, or where a
/// number ends; it is looked up as a whole, so that what stands further inside is none.
fn may_hold_word(part: &[u8]) -> bool {
    if !part.first().is_some_and(u8::is_ascii_digit) {
        return begins_with_sql_word(part);
    }
    if matches!(part, [b'0', b'x' | b'X' | b'b' | b'B', ..]) {
        return true;
    }
    let rest = after_digits(part);
    // A number may have an exponent, and then a letter for its size: `1e5f`. Each may as well be a word's first letter.
    let exponent = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E"));
    let after_exponent = exponent.map_or(rest, after_digits);
    let after_size = after_exponent.get(1..).unwrap_or_default();
    begins_with_sql_word(rest) || begins_with_sql_word(after_exponent) || begins_with_sql_word(after_size)
}

fn after_digits(part: &[u8]) -> &[u8] {
    let digits = part.iter().take_while(|byte| byte.is_ascii_digit()).count();
    &part[digits..]
}

fn begins_with_sql_word(part: &[u8]) -> bool {
    let length = part.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'_').count();
    SQL.contain(&part[..length])
}

/// No known bad result begins with two plain words, and what libinjection does to them changes neither. (A value with a
/// quote is also read as the end of a string, so its beginning says nothing; nor does it with a C comment, of which a
/// nested or conditional one is bad wherever it stands.)
fn begins_with_two_plain_words(value: &[u8]) -> bool {
    if crate::bytes::contains(value, b"/*") {
        return false;
    }
    let rest = value.trim_ascii_start();
    let Some(rest) = after_plain_word(rest) else { return false };
    let next = rest.trim_ascii_start();
    next.len() < rest.len()
        && after_plain_word(next)
            .is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n' | b',')))
}

/// What follows a word that means nothing to libinjection, alone or with the words after it.
fn after_plain_word(rest: &[u8]) -> Option<&[u8]> {
    let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let word = &rest[..length];
    let plain = word.first().is_some_and(u8::is_ascii_alphabetic)
        && length < WORD_BYTES_MAX
        && !SQL.contain(word)
        && !OTHER.contain(word);
    plain.then(|| &rest[length..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_libinjection(value: &[u8]) -> bool {
        libinjectionrs::detect_sqli(value).is_injection()
    }

    fn is_sqli_text(text: &str) -> bool {
        is_sqli(text.as_bytes(), Kinds::scan(text.as_bytes()), &mut 1_000) == Sqli::Found
    }

    #[test]
    fn a_value_that_never_stops_folding_is_read_as_far_as_there_is_room() {
        let mut room = 1_000;
        assert_eq!(read_as_sql("#".repeat(5_000).as_bytes(), &mut room), Sqli::Unfinished);
        assert_eq!(room, 0);
        let prose = "It's a story about two friends who don't \"stop\" there. ".repeat(200);
        let mut room = 1_000;
        assert_ne!(read_as_sql(prose.as_bytes(), &mut room), Sqli::Unfinished);
        assert!(room > 900, "{room}");
    }

    #[test]
    fn a_signed_token_is_not_read_as_sql() {
        // Letters between digits are no words: this one holds `as`, `in` and `or`.
        let token = "v1.session-1.eyJzaWQ4as5in6or7WVlS.9fPOR8as_3or";
        assert!(!may_be_sql(token.as_bytes(), Kinds::scan(token.as_bytes())));
    }

    #[test]
    fn the_flags_are_libinjection_s() {
        use libinjectionrs::SqliFlags as F;
        for (bit, flag) in [
            (QUOTE_NONE, F::FLAG_QUOTE_NONE),
            (QUOTE_SINGLE, F::FLAG_QUOTE_SINGLE),
            (QUOTE_DOUBLE, F::FLAG_QUOTE_DOUBLE),
            (ANSI, F::FLAG_SQL_ANSI),
            (MYSQL, F::FLAG_SQL_MYSQL),
        ] {
            assert_eq!(F::new(bit), flag);
        }
    }

    #[test]
    fn libinjection_knows_the_simple_vectors() {
        for attack in [
            "1' OR '1'='1",
            "1 UNION SELECT username, password FROM users--",
            "' or 1=1#",
            "1; DROP TABLE users",
            "admin'--",
            "1 AND SLEEP(5)",
            "1 or 1=1",
            "x' AND extractvalue(1,concat(0x7e,version()))-- -",
            "\" or \"a\"=\"a",
        ] {
            assert!(is_sqli_text(attack), "{attack}");
        }
        for innocent in
            ["O'Brien", "one piece", "SELECT a gift from the drop-down", "/series/one-piece", "漫画", "a=b"]
        {
            assert!(!is_sqli_text(innocent), "{innocent}");
        }
    }

    /// Pieces of plain text and of SQL without its marks.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(words::tests::ALL.to_vec()).prop_map(str::to_owned),
            prop::sample::select(vec![
                " ", " ", " ", ".", ",", ":", "?", "!", "-", "+", "*", "/", "=", "<", ">", "%", "^", "~",
                "\n", "\t", "_", "é", "漫", "1", "0", "23", "1e", "1f", "0x", "0b1", "e5", "concat", "user",
                "sleep", "like", "is", "true", "n", "x", "u", "q",
            ])
            .prop_map(str::to_owned),
            "[a-z]{1,6}",
            "[0-9]{1,3}[a-f]?",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_cannot_be_sql_is_none_to_libinjection(pieces in prop::collection::vec(piece(), 0..12)) {
            let text = pieces.concat();
            if !may_be_sql(text.as_bytes(), Kinds::scan(text.as_bytes())) {
                prop_assert!(!by_libinjection(text.as_bytes()), "{text:?}");
            }
        }

        #[test]
        fn the_readings_are_those_of_libinjection(
            pieces in prop::collection::vec(
                prop_oneof![
                    piece(),
                    prop::sample::select(vec!["'", "\"", "(", ")", ";", "#", "--", "--x", "/*", "*/", "@x", "||", "\\", "`", "1=1"])
                        .prop_map(str::to_owned),
                ],
                1..14,
            )
        ) {
            let text = pieces.concat();
            let found = read_as_sql(text.as_bytes(), &mut 10_000);
            prop_assert_eq!(found == Sqli::Found, by_libinjection(text.as_bytes()), "{:?}", text);
            prop_assert!(found != Sqli::Unfinished);
        }

        #[test]
        fn what_begins_with_two_plain_words_is_no_sql(
            first in "[a-z]{1,8}", second in "[a-z]{1,8}[0-9]?", pieces in prop::collection::vec(piece(), 0..8),
            marks in prop::collection::vec(prop::sample::select(vec!["(", ")", ";", "#", "--", "/*", "*/", "@x", "{", "}", "\\", "||"]), 8),
        ) {
            let rest: String = pieces.iter().zip(marks).map(|(piece, mark)| format!("{piece}{mark}")).collect();
            let text = format!("{first} {second} {rest}");
            if begins_with_two_plain_words(text.as_bytes()) {
                prop_assert!(!by_libinjection(text.as_bytes()), "{text:?}");
            }
        }

        #[test]
        fn without_words_of_sql_there_is_none(text in "[ a-z0-9.,:?!+*/=<>%^~_-]{0,40}") {
            if !may_be_sql(text.as_bytes(), Kinds::scan(text.as_bytes())) {
                prop_assert!(!by_libinjection(text.as_bytes()), "{text:?}");
            }
        }

        #[test]
        fn runs_of_words_and_numbers_are_read_as_libinjection_reads_them(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(words::tests::ALL.to_vec()).prop_map(str::to_owned),
                    "[0-9]{1,2}[eE]?[0-9]{0,2}[dDfFuU]?",
                    "[A-Za-z0-9_]{1,3}",
                    "[.-]",
                ],
                0..10,
            )
        ) {
            let text = parts.concat();
            if !may_be_sql(text.as_bytes(), Kinds::scan(text.as_bytes())) {
                prop_assert!(!by_libinjection(text.as_bytes()), "{text:?}");
            }
        }
    }
}
