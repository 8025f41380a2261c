//! Values that are wholly an encoding: base64, hexadecimal, UTF-16.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::bytes::hex_pair;

/// Shorter words are too often base64 by chance; padding makes chance unlikely.
const BASE64_BYTES_MIN: usize = 8;
/// Without its padding: one byte.
const PADDED_BYTES_MIN: usize = 2;
/// Shorter ones are numbers and colours.
const HEX_BYTES_MIN: usize = 8;
const UTF16_BYTES_MIN: usize = 6;
/// Of so many characters one may be unprintable.
const PRINTABLE_SHARE: usize = 8;
/// Characters of base64 that are looked at before all are: six bytes.
const GLANCE: usize = 8;

/// Padding is read over, and so are the bits that it leaves: decoders differ in what they insist on.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Base64 (RFC 4648 sections 4 and 5), its alphabets mixed as they may be, with or without padding, wrapped or not. A space is
/// a plus sign that a form's decoder took for one.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let start = text.iter().position(|b| !b.is_ascii_whitespace())?;
    let text = &text[start..];
    let padding = text.iter().rev().take_while(|b| **b == b'=' || b.is_ascii_whitespace()).count();
    let body = &text[..text.len() - padding];
    if body.len() < if padding > 0 { PADDED_BYTES_MIN } else { BASE64_BYTES_MIN } {
        return None;
    }
    glance(body)?;
    let normal: Vec<u8> =
        body.iter().filter(|b| !matches!(b, b'\r' | b'\n' | b'\t')).map(|b| standard(*b)).collect();
    as_text(LENIENT.decode(&normal).ok()?)
}

/// The byte of the standard alphabet.
fn standard(byte: u8) -> u8 {
    match byte {
        b'-' | b' ' => b'+',
        b'_' => b'/',
        byte => byte,
    }
}

/// Whether the first bytes may begin a text: settles nearly every word that is no base64.
fn glance(body: &[u8]) -> Option<()> {
    let mut first = [b'A'; GLANCE];
    let count = body.len().min(GLANCE);
    for (slot, byte) in first.iter_mut().zip(&body[..count]) {
        *slot = standard(*byte);
    }
    if first.iter().any(|b| matches!(b, b'\r' | b'\n' | b'\t')) {
        return Some(());
    }
    let mut bytes = [0; GLANCE / 4 * 3];
    LENIENT.decode_slice(first, &mut bytes).ok()?;
    let bytes = &bytes[..count * 3 / 4];
    let begins_utf16 =
        matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, _, 0, ..] | [0, _, 0, _, ..]);
    let is_utf8 = std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true);
    let is_control = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0);
    (begins_utf16 || (is_utf8 && !bytes.iter().any(is_control))).then_some(())
}

/// What follows `data:…;base64,` (RFC 2397) or `Basic ` (RFC 7617).
pub(super) fn after_head(text: &[u8]) -> Option<&[u8]> {
    let begins = |head: &[u8]| text.len() > head.len() && text[..head.len()].eq_ignore_ascii_case(head);
    if begins(b"data:") {
        let comma = memchr::memchr(b',', text)?;
        return text[..comma].ends_with(b";base64").then(|| &text[comma + 1..]);
    }
    begins(b"basic ").then(|| &text["basic ".len()..])
}

/// Two digits a byte, with or without `0x`.
pub(super) fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")).unwrap_or(text);
    if digits.len() < HEX_BYTES_MIN || !digits.len().is_multiple_of(2) {
        return None;
    }
    let mut found = Vec::new();
    for at in (0..digits.len()).step_by(2) {
        let byte = hex_pair(digits, at)?;
        // The first control character ends it, as it does for every number and digest.
        if byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0) {
            return None;
        }
        found.push(byte);
    }
    as_text(found)
}

/// UTF-16 of either order, with or without a byte order mark, of a text that is mostly ASCII.
pub(super) fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < UTF16_BYTES_MIN || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let units = bytes.len() / 2;
    let zeros = |at: usize| bytes.iter().skip(at).step_by(2).filter(|b| **b == 0).count();
    let mostly = |count: usize| count * 4 >= units * 3;
    let read: fn([u8; 2]) -> u16 = if mostly(zeros(1)) {
        u16::from_le_bytes
    } else if mostly(zeros(0)) {
        u16::from_be_bytes
    } else {
        return None;
    };
    let units = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).filter(|unit| *unit != 0xfeff);
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or('?')).collect();
    is_text(&text).then(|| text.into_bytes())
}

fn as_text(bytes: Vec<u8>) -> Option<Vec<u8>> {
    match std::str::from_utf8(&bytes) {
        Ok(text) if is_text(text) => Some(bytes),
        _ => utf16(&bytes),
    }
}

fn is_text(text: &str) -> bool {
    let (mut all, mut odd) = (0, 0);
    for character in text.chars() {
        all += 1;
        odd += usize::from(character.is_control() && !matches!(character, '\t' | '\n' | '\r'));
    }
    all > 0 && odd * PRINTABLE_SHARE <= all
}
