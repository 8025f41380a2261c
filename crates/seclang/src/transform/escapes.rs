//! Backslash escapes of JavaScript, CSS and ANSI C.

use super::url::{narrow, unicode_escape};
use crate::bytes::{hex, hex_pair, is_space};

/// `\uHHHH`, `\u{H…}`, `\xHH`, octal, single letters; any other escaped character is itself.
pub(super) fn js(input: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' || at + 1 == input.len() {
            out.push(input[at]);
            at += 1;
            continue;
        }
        let rest = &input[at + 1..];
        let (byte, length) = js_unicode(rest)
            .or_else(|| hexadecimal(rest))
            .or_else(|| octal(rest))
            .unwrap_or((letter(rest[0]).unwrap_or(rest[0]), 1));
        out.push(byte);
        at += 1 + length;
    }
}

fn js_unicode(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'u', b'{', digits @ ..] => {
            let length = digits.iter().take(8).take_while(|b| hex(**b).is_some()).count();
            if length == 0 || digits.get(length) != Some(&b'}') {
                return None;
            }
            let code = digits[..length].iter().fold(0u32, |n, b| n << 4 | u32::from(hex(*b).unwrap_or(0)));
            let [_, _, high, low] = code.to_be_bytes();
            Some((narrow(high, low), length + 3))
        }
        [b'u', digits @ ..] => unicode_escape(digits).map(|byte| (byte, 5)),
        _ => None,
    }
}

fn hexadecimal(rest: &[u8]) -> Option<(u8, usize)> {
    (rest.first() == Some(&b'x')).then(|| hex_pair(rest, 1)).flatten().map(|byte| (byte, 3))
}

/// One to three octal digits, three only while the value is a byte.
fn octal(rest: &[u8]) -> Option<(u8, usize)> {
    let mut length = rest.iter().take(3).take_while(|b| (b'0'..=b'7').contains(*b)).count();
    if length == 3 && rest[0] > b'3' {
        length = 2;
    }
    let value = rest[..length].iter().fold(0u8, |n, b| n << 3 | (b - b'0'));
    (length > 0).then_some((value, length))
}

fn letter(byte: u8) -> Option<u8> {
    Some(match byte {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        _ => return None,
    })
}

/// Up to six hexadecimal digits and one white space after them; an escaped line end vanishes (CSS Syntax 4.3.7).
pub(super) fn css(input: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' {
            out.push(input[at]);
            at += 1;
            continue;
        }
        at += 1;
        let rest = &input[at..];
        let digits = rest.iter().take(6).take_while(|b| hex(**b).is_some()).count();
        match rest.first() {
            None => {}
            Some(_) if digits > 0 => {
                let code = rest[..digits].iter().fold(0u32, |n, b| n << 4 | u32::from(hex(*b).unwrap_or(0)));
                let [_, _, high, low] = code.to_be_bytes();
                out.push(narrow(high, low));
                at += digits;
                at += usize::from(input.get(at).is_some_and(|b| is_space(*b)));
            }
            Some(b'\n') => at += 1,
            Some(byte) => {
                out.push(*byte);
                at += 1;
            }
        }
    }
}

/// What `$'…'` of a shell and C strings know; an unknown escape stays as written.
pub(super) fn ansi_c(input: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < input.len() {
        if input[at] != b'\\' || at + 1 == input.len() {
            out.push(input[at]);
            at += 1;
            continue;
        }
        let rest = &input[at + 1..];
        let known = match rest[0] {
            byte @ (b'\\' | b'?' | b'\'' | b'"') => Some((byte, 1)),
            byte => letter(byte).map(|byte| (byte, 1)).or_else(|| hexadecimal(rest)).or_else(|| octal(rest)),
        };
        match known {
            Some((byte, length)) => {
                out.push(byte);
                at += 1 + length;
            }
            None => {
                out.push(b'\\');
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Transform as T;
    use super::super::tests::run;

    #[test]
    fn javascript_escapes_become_what_a_browser_reads() {
        assert_eq!(run(T::JsDecode, r"\u003cscr\x69pt\76\q\u{3c}\"), br"<script>q<\");
    }

    #[test]
    fn css_escapes_swallow_one_space() {
        assert_eq!(run(T::CssDecode, r"\6a avascript\00003a x\"), b"javascript:x");
        assert_eq!(run(T::CssDecode, "a\\\nb\\zc"), b"abzc");
    }

    #[test]
    fn c_escapes_are_decoded_and_unknown_ones_stay() {
        assert_eq!(run(T::EscapeSeqDecode, r"\x41\102\n\q\\"), b"AB\n\\q\\");
    }
}
