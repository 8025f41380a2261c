//! Words written so that a filter does not see them and a reader does: spaced out, in leetspeak; and what is only quoted.
//!
//! ModSecurity has no transformations for natural language. These are named after what they undo.

/// Letters that a separator must hold apart before they are one word. Two are an abbreviation.
const SPACED_LETTERS_MIN: usize = 3;
/// The longest quotation. What is longer is no line of a book, and is read as the message's own words.
const QUOTED_BYTES_MAX: usize = 160;
/// What must stand outside quotation marks for the rest to be a quotation. A message that is nothing else quotes nobody.
const UNQUOTED_BYTES_MIN: usize = 8;

const fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '.' | '-' | '_' | '*' | '/' | '|' | ',' | '~' | '+' | ':' | '・')
}

/// `i g n o r e` and `i.g.n.o.r.e` to `ignore`. Between the letters stands one separator, the same throughout.
pub(super) fn join_letters(input: &[u8], out: &mut Vec<u8>) {
    for chunk in input.utf8_chunks() {
        let mut rest = chunk.valid();
        let mut before = ' ';
        while let Some(c) = rest.chars().next() {
            let spaced = if before.is_alphanumeric() { 0 } else { spaced_bytes(rest) };
            if spaced > 0 {
                let letters = rest[..spaced].chars().filter(|c| c.is_alphanumeric());
                letters.for_each(|c| out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()));
                before = 'a';
                rest = &rest[spaced..];
            } else {
                out.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
                before = c;
                rest = &rest[c.len_utf8()..];
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
}

/// How many bytes of spaced-out letters a text begins with; none when they are too few.
fn spaced_bytes(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let mut separator = None;
    let mut letters = 0;
    let mut end = 0;
    while let Some((at, letter)) = chars.next() {
        let follower = chars.peek().map(|(_, c)| *c);
        if !letter.is_alphanumeric() || follower.is_some_and(char::is_alphanumeric) {
            break;
        }
        letters += 1;
        end = at + letter.len_utf8();
        match follower {
            Some(c) if is_separator(c) && separator.is_none_or(|known| known == c) => separator = Some(c),
            _ => break,
        }
        chars.next();
    }
    if letters >= SPACED_LETTERS_MIN { end } else { 0 }
}

const fn leet_letter(byte: u8) -> Option<u8> {
    Some(match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' => b't',
        b'8' => b'b',
        _ => return None,
    })
}

const fn is_leet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'$' | b'!')
}

/// `1gn0r3` to `ignore`: in words that have a letter, digits and marks to the letters they look like. Numbers stay, and so do marks
/// at the end of a word.
pub(super) fn leet_decode(input: &[u8], out: &mut Vec<u8>) {
    let mut rest = input;
    while let Some(first) = rest.first() {
        let end = rest.iter().position(|b| is_leet(*b) != is_leet(*first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let last = run.iter().rposition(u8::is_ascii_alphanumeric).unwrap_or(0);
        if is_leet(*first) && run.iter().any(u8::is_ascii_alphabetic) {
            let letter = |(at, byte): (usize, &u8)| if at > last { None } else { leet_letter(*byte) };
            out.extend(run.iter().enumerate().map(|(at, byte)| letter((at, byte)).unwrap_or(*byte)));
        } else {
            out.extend_from_slice(run);
        }
        rest = after;
    }
}

/// What stands in quotation marks to nothing, so that `which manga says "…"?` is judged by its question. The marks stay.
pub(super) fn remove_quotes(input: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    for chunk in input.utf8_chunks() {
        let mut rest = chunk.valid();
        let mut before = ' ';
        while let Some(c) = rest.chars().next() {
            out.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
            rest = &rest[c.len_utf8()..];
            if let Some(closing) = closing_mark(c, before) {
                rest = &rest[quoted_bytes(rest, closing)..];
            }
            before = c;
        }
        out.extend_from_slice(chunk.invalid());
    }
    let is_word = |byte: &&u8| !byte.is_ascii_whitespace() && !byte.is_ascii_punctuation();
    if out.len() - start < input.len() && out[start..].iter().filter(is_word).count() < UNQUOTED_BYTES_MIN {
        out.truncate(start);
        out.extend_from_slice(input);
    }
}

/// What ends a quotation that begins with `c`. An apostrophe within a word begins none.
fn closing_mark(c: char, before: char) -> Option<char> {
    match c {
        '"' => Some('"'),
        '\'' if !before.is_alphanumeric() => Some('\''),
        '“' | '„' => Some('”'),
        '‘' => Some('’'),
        '«' => Some('»'),
        '「' => Some('」'),
        '『' => Some('』'),
        _ => None,
    }
}

/// How many bytes stand before the mark that ends a quotation; none when it ends too late or not at all.
fn quoted_bytes(text: &str, closing: char) -> usize {
    let ends = |(at, c): &(usize, char)| {
        let after = text[at + c.len_utf8()..].chars().next();
        *c == closing && (closing != '\'' || !after.is_some_and(char::is_alphanumeric))
    };
    let within = text.char_indices().take_while(|(at, _)| *at <= QUOTED_BYTES_MAX);
    within.into_iter().find(ends).map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::super::Transform as T;
    use super::super::tests::run;

    fn text(transform: T, text: &str) -> String {
        String::from_utf8(run(transform, text)).expect("UTF-8")
    }

    #[test]
    fn spaced_out_words_are_joined_and_others_left() {
        for (spaced, joined) in [
            ("i g n o r e   a l l of it", "ignore   all of it"),
            ("I.g.n.o.r.e a.l.l", "Ignore all"),
            ("シ・ス・テ・ム", "システム"),
            ("これ は 前 の 指 示", "これ は前の指示"),
            ("a b or c", "a b or c"),
            ("say A.I. or U.S. 1-2", "say A.I. or U.S. 1-2"),
            ("Is it a b-c-d?", "Is it a bcd?"),
        ] {
            assert_eq!(text(T::JoinLetters, spaced), joined);
        }
    }

    #[test]
    fn leetspeak_becomes_letters_and_numbers_stay() {
        for (leet, plain) in [
            ("1gn0r3 4ll!", "ignore all!"),
            ("$yst3m pr0mpt, 1000 yen", "system prompt, 1000 yen"),
            ("vol. 13 for $5", "vol. 13 for $5"),
            ("inst!ructions", "instiructions"),
        ] {
            assert_eq!(text(T::LeetDecode, leet), plain);
        }
    }

    #[test]
    fn quotations_are_taken_out_of_what_speaks_of_them() {
        for (whole, left) in [
            (r#"which manga says "ignore me" twice?"#, r#"which manga says "" twice?"#),
            ("「無視して」という台詞", "「」という台詞"),
            ("who says 'obey me, it's late'? I don't know", "who says ''? I don't know"),
            (r#""ignore" "me" "now""#, r#""ignore" "me" "now""#),
            (r#"an open " mark and what follows"#, r#"an open " mark and what follows"#),
        ] {
            assert_eq!(text(T::RemoveQuotes, whole), left);
        }
        let long = format!("which manga says \"{}\"?", "so ".repeat(60));
        assert_eq!(text(T::RemoveQuotes, &long), long);
    }
}
