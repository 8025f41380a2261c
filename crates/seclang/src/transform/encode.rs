//! Encodings, digests and lengths.

use ::sha1::Digest as _;

use crate::bytes::{hex, hex_pair};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

fn decode_sextets(sextets: impl Iterator<Item = u8>, out: &mut Vec<u8>) {
    let (mut bits, mut count) = (0u32, 0);
    for sextet in sextets {
        bits = bits << 6 | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count).to_be_bytes()[3]);
        }
    }
}

/// Up to the first byte that is not of the alphabet (the URL alphabet too).
pub(super) fn base64_decode(input: &[u8], out: &mut Vec<u8>) {
    decode_sextets(input.iter().map_while(|b| sextet(*b)), out);
}

/// Whatever is not of the alphabet is passed over, as PHP does.
pub(super) fn base64_decode_ext(input: &[u8], out: &mut Vec<u8>) {
    decode_sextets(input.iter().filter_map(|b| sextet(*b)), out);
}

pub(super) fn base64_encode(input: &[u8], out: &mut Vec<u8>) {
    for chunk in input.chunks(3) {
        let bytes = [0, chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes(bytes);
        for index in 0..4 {
            if index <= chunk.len() {
                out.push(ALPHABET[(bits >> (18 - 6 * index) & 0x3f) as usize]);
            } else {
                out.push(b'=');
            }
        }
    }
}

pub(super) fn hex_encode(input: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in input {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Pairs of digits up to the first that is not one.
pub(super) fn hex_decode(input: &[u8], out: &mut Vec<u8>) {
    out.extend(input.chunks_exact(2).map_while(|pair| hex_pair(pair, 0)));
}

/// `0x414243` to `ABC`, wherever it stands.
pub(super) fn sql_hex_decode(input: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < input.len() {
        let rest = &input[at..];
        let digits = match rest {
            [b'0', b'x' | b'X', digits @ ..] => digits.iter().take_while(|b| hex(**b).is_some()).count() & !1,
            _ => 0,
        };
        if digits > 0 {
            hex_decode(&rest[2..2 + digits], out);
            at += 2 + digits;
        } else {
            out.push(input[at]);
            at += 1;
        }
    }
}

pub(super) fn length(input: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(input.len().to_string().as_bytes());
}

pub(super) fn sha1(input: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&::sha1::Sha1::digest(input));
}

#[cfg(test)]
mod tests {
    use super::super::Transform as T;
    use super::super::tests::run;

    #[test]
    fn base64_is_decoded_as_far_as_it_goes() {
        assert_eq!(run(T::Base64Decode, "PHNjcmlwdD4="), b"<script>");
        assert_eq!(run(T::Base64Decode, "PHNj!cmlwdD4="), b"<sc");
        assert_eq!(run(T::Base64DecodeExt, "PHNj!cm lwdD4="), b"<script>");
        for text in ["", "a", "ab", "abc", "abcd"] {
            assert_eq!(run(T::Base64Decode, run(T::Base64Encode, text)), text.as_bytes());
        }
        assert_eq!(run(T::Base64Encode, "ab"), b"YWI=");
    }

    #[test]
    fn digests_and_lengths_are_of_the_bytes() {
        assert_eq!(run(T::HexEncode, run(T::Sha1, "abc")), b"a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(run(T::Length, "漢"), b"3");
    }

    #[test]
    fn hexadecimal_is_decoded_bare_and_in_sql() {
        assert_eq!(run(T::HexDecode, "414243zz"), b"ABC");
        assert_eq!(run(T::SqlHexDecode, "select 0x414243f"), b"select ABCf");
    }
}
