//! Percent-encoding, with and without the `%uHHHH` form.

use crate::bytes::{hex, hex_pair};

pub(super) fn decode(input: &[u8], out: &mut Vec<u8>) {
    decode_with(input, out, false);
}

/// Also `%uHHHH`, as IIS and old browsers write it: the low byte counts, and full-width forms become ASCII.
pub(super) fn decode_uni(input: &[u8], out: &mut Vec<u8>) {
    decode_with(input, out, true);
}

fn decode_with(input: &[u8], out: &mut Vec<u8>, uni: bool) {
    let mut at = 0;
    while at < input.len() {
        match input[at] {
            b'+' => out.push(b' '),
            b'%' if uni && matches!(input.get(at + 1), Some(b'u' | b'U')) => {
                if let Some(byte) = unicode_escape(&input[at + 2..]) {
                    out.push(byte);
                    at += 6;
                    continue;
                }
                out.push(b'%');
            }
            b'%' => {
                if let Some(byte) = hex_pair(input, at + 1) {
                    out.push(byte);
                    at += 3;
                    continue;
                }
                out.push(b'%');
            }
            byte => out.push(byte),
        }
        at += 1;
    }
}

/// The byte that four hexadecimal digits stand for.
pub(super) fn unicode_escape(digits: &[u8]) -> Option<u8> {
    let high = hex_pair(digits, 0)?;
    let low = hex_pair(digits, 2)?;
    Some(narrow(high, low))
}

/// The low byte; full-width forms (U+FF01 to U+FF5E) become the ASCII they look like.
pub(super) fn narrow(high: u8, low: u8) -> u8 {
    if high == 0xff && (0x01..=0x5e).contains(&low) {
        return low + 0x20;
    }
    match (high, low) {
        // Best-fit forms that servers are known to fold, and that attacks are known to use.
        (0x20, 0x18 | 0x19 | 0x32) | (0x02, 0xb9 | 0xbc | 0xc8) => b'\'',
        (0x20, 0x1c | 0x1d | 0x33) | (0x02, 0xba) => b'"',
        (0x20, 0x39) | (0x23, 0x29) | (0x30, 0x08) => b'<',
        (0x20, 0x3a) | (0x23, 0x2a) | (0x30, 0x09) => b'>',
        (0x20, 0x44) | (0x22, 0x15) => b'/',
        (0x22, 0x16) => b'\\',
        _ => low,
    }
}

pub(super) fn encode(input: &[u8], out: &mut Vec<u8>) {
    for byte in input {
        match byte {
            b'*' => out.push(b'*'),
            b' ' => out.push(b'+'),
            b if b.is_ascii_alphanumeric() => out.push(*b),
            b => {
                out.push(b'%');
                super::encode::hex_encode(&[*b], out);
            }
        }
    }
}

/// Percent-decoding of a path or an argument as a server does it: `+` is a space only where forms are encoded.
pub(crate) fn decode_component(input: &[u8], plus_is_space: bool, out: &mut Vec<u8>) -> bool {
    let mut valid = true;
    let mut at = 0;
    while at < input.len() {
        match input[at] {
            b'+' if plus_is_space => out.push(b' '),
            b'%' => {
                if let Some(byte) = hex_pair(input, at + 1) {
                    out.push(byte);
                    at += 3;
                    continue;
                }
                valid &= input.get(at + 1) == Some(&b'u')
                    && (2..6).all(|i| input.get(at + i).copied().and_then(hex).is_some());
                out.push(b'%');
            }
            byte => out.push(byte),
        }
        at += 1;
    }
    valid
}

#[cfg(test)]
mod tests {
    use super::super::Transform as T;
    use super::super::tests::run;

    #[test]
    fn percent_escapes_are_decoded_once_and_broken_ones_stay() {
        assert_eq!(run(T::UrlDecode, "a%20b+c%2541%zz%4"), b"a b c%41%zz%4");
        assert_eq!(run(T::UrlDecodeUni, "%u003cscript%u003E%uff1c%u12"), b"<script><%u12");
    }

    #[test]
    fn encoding_leaves_letters_and_digits() {
        assert_eq!(run(T::UrlEncode, "a b/1"), b"a+b%2f1");
    }
}
