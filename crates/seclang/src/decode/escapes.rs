//! Escapes within a value: percent, backslash, character references, full-width letters.
//!
//! Unlike the transformations of the same names these keep characters beyond ASCII what they are: a transformation takes the
//! low byte of `\u3042`, which makes marks out of Japanese.

use crate::bytes::{hex, hex_pair};
use crate::transform::Transform;

/// `%27`, and `%u0027` as IIS and old browsers write it.
pub(super) fn percent(text: &[u8]) -> Option<Vec<u8>> {
    let escapes = |at: usize| {
        hex_pair(text, at + 1).is_some()
            || matches!(text.get(at + 1), Some(b'u' | b'U')) && hex_pair(text, at + 2).is_some()
    };
    if !memchr::memchr_iter(b'%', text).any(escapes) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    Transform::UrlDecodeUni.apply(text, &mut out);
    (out != text).then_some(out)
}

/// `\u0027`, `\u{27}` and `\x27`, as programs and JSON write them.
pub(super) fn backslashes(text: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(b'\\', text)?;
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    // The first half of a surrogate pair.
    let mut high: Option<u32> = None;
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = if byte == b'\\' { backslash(after) } else { None };
        let Some((code, length)) = escaped else {
            out.push(byte);
            rest = after;
            continue;
        };
        changed = true;
        rest = &after[length..];
        match (high.take(), code) {
            (Some(high), 0xdc00..0xe000) => {
                push(&mut out, 0x1_0000 + ((high - 0xd800) << 10) + (code - 0xdc00))
            }
            (_, 0xd800..0xdc00) => high = Some(code),
            _ => push(&mut out, code),
        }
    }
    changed.then_some(out)
}

/// What a backslash begins, and how many bytes follow it.
fn backslash(after: &[u8]) -> Option<(u32, usize)> {
    match after.first()? {
        b'x' => Some((u32::from(hex_pair(after, 1)?), 3)),
        b'u' if after.get(1) == Some(&b'{') => {
            let (code, digits) = number(&after[2..], 16)?;
            (after.get(2 + digits) == Some(&b'}')).then_some((code, digits + 3))
        }
        b'u' | b'U' => {
            let (high, low) = (hex_pair(after, 1)?, hex_pair(after, 3)?);
            Some((u32::from(high) << 8 | u32::from(low), 5))
        }
        _ => None,
    }
}

/// The named references of marks that mean something to somebody, and of the letters' neighbours.
const NAMED: &[(&[u8], u8)] = &[
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"amp", b'&'),
    (b"quot", b'"'),
    (b"apos", b'\''),
    (b"nbsp", b' '),
    (b"Tab", b'\t'),
    (b"NewLine", b'\n'),
    (b"colon", b':'),
    (b"semi", b';'),
    (b"comma", b','),
    (b"period", b'.'),
    (b"lpar", b'('),
    (b"rpar", b')'),
    (b"lbrack", b'['),
    (b"rbrack", b']'),
    (b"lbrace", b'{'),
    (b"rbrace", b'}'),
    (b"sol", b'/'),
    (b"bsol", b'\\'),
    (b"equals", b'='),
    (b"num", b'#'),
    (b"dollar", b'$'),
    (b"percnt", b'%'),
    (b"excl", b'!'),
    (b"quest", b'?'),
    (b"commat", b'@'),
    (b"grave", b'`'),
    (b"vert", b'|'),
    (b"ast", b'*'),
    (b"plus", b'+'),
];

/// `&#39;`, `&#x27;` and `&apos;`, as HTML and XML write them. Numbers need no semicolon, as in HTML.
pub(super) fn references(text: &[u8]) -> Option<Vec<u8>> {
    let first = memchr::memchr(b'&', text)?;
    let mut out = Vec::with_capacity(text.len());
    out.extend_from_slice(&text[..first]);
    let mut rest = &text[first..];
    let mut changed = false;
    while let Some((&byte, after)) = rest.split_first() {
        let Some((code, length)) = (if byte == b'&' { reference(after) } else { None }) else {
            out.push(byte);
            rest = after;
            continue;
        };
        changed = true;
        push(&mut out, code);
        rest = &after[length..];
    }
    changed.then_some(out)
}

fn reference(after: &[u8]) -> Option<(u32, usize)> {
    if let Some(digits) = after.strip_prefix(b"#") {
        let (radix, mark) = if matches!(digits.first(), Some(b'x' | b'X')) { (16, 1) } else { (10, 0) };
        let (code, length) = number(&digits[mark..], radix)?;
        let end = 1 + mark + length;
        return Some((code, end + usize::from(after.get(end) == Some(&b';'))));
    }
    let (name, byte) =
        NAMED.iter().find(|(name, _)| after.starts_with(name) && after.get(name.len()) == Some(&b';'))?;
    Some((u32::from(*byte), name.len() + 1))
}

/// Full-width letters and marks as the ASCII that they look like, which some applications make of them.
pub(super) fn wide(text: &[u8]) -> Option<Vec<u8>> {
    let narrow = |at: usize| match (text.get(at + 1)?, text.get(at + 2)?) {
        (0xbc, low @ 0x81..=0xbf) => Some(low - 0x60),
        (0xbd, low @ 0x80..=0x9e) => Some(low - 0x20),
        _ => None,
    };
    if !memchr::memchr_iter(0xef, text).any(|at| narrow(at).is_some()) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at] == 0xef).then(|| narrow(at)).flatten() {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    Some(out)
}

/// A number of at most seven digits, and how many they are.
fn number(digits: &[u8], radix: u32) -> Option<(u32, usize)> {
    let value = |b: &u8| hex(*b).map(u32::from).filter(|digit| *digit < radix);
    let length = digits.iter().take(7).take_while(|b| value(b).is_some()).count();
    if length == 0 {
        return None;
    }
    Some((digits[..length].iter().filter_map(value).fold(0, |n, digit| n * radix + digit), length))
}

/// A character in UTF-8; what is none is a question mark.
fn push(out: &mut Vec<u8>, code: u32) {
    let character = char::from_u32(code).unwrap_or('?');
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
