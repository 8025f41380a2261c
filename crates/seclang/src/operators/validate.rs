//! `@validateByteRange`, `@validateUrlEncoding`, `@validateUtf8Encoding`: all match what is *not* valid.

use crate::bytes::hex_pair;

/// The bytes that are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ByteRange([u64; 4]);

impl ByteRange {
    /// Parses `1-255` or `32-36,38-126`; the error is the item that is none.
    pub(crate) fn parse(text: &str) -> Result<ByteRange, String> {
        let mut allowed = [0; 4];
        for item in text.split(',').map(str::trim) {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            let range =
                first.trim().parse::<u8>().ok().zip(last.trim().parse::<u8>().ok()).filter(|(a, b)| a <= b);
            let (first, last) = range.ok_or_else(|| item.to_owned())?;
            for byte in first..=last {
                allowed[usize::from(byte >> 6)] |= 1u64 << (byte & 63);
            }
        }
        Ok(ByteRange(allowed))
    }

    /// The first byte that is not allowed.
    pub(crate) fn violation(&self, value: &[u8]) -> Option<usize> {
        value.iter().position(|byte| self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 0)
    }
}

/// A percent sign that begins no escape.
pub(crate) fn has_invalid_url_encoding(value: &[u8]) -> bool {
    memchr::memchr_iter(b'%', value).any(|at| {
        let plain = hex_pair(value, at + 1).is_some();
        let unicode = matches!(value.get(at + 1), Some(b'u' | b'U'))
            && hex_pair(value, at + 2).is_some()
            && hex_pair(value, at + 4).is_some();
        !plain && !unicode
    })
}

/// Anything that is not UTF-8 (RFC 3629): overlong forms and surrogates included.
pub(crate) fn has_invalid_utf8(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_out_of_range_is_found() {
        let range = ByteRange::parse("32-36,38-126,9").expect("range");
        assert_eq!(range.violation(b"a b\tc%d"), Some(5));
        assert_eq!(range.violation(b"abc"), None);
        assert_eq!(ByteRange::parse("5-3").expect_err("backwards"), "5-3");
        assert!(ByteRange::parse("256").is_err());
    }

    #[test]
    fn broken_encodings_are_told_from_whole_ones() {
        for (text, invalid) in
            [("%41%u0041", false), ("100%", true), ("%4", true), ("%zz", true), ("%u00", true), ("", false)]
        {
            assert_eq!(has_invalid_url_encoding(text.as_bytes()), invalid, "{text}");
        }
        assert!(has_invalid_utf8(b"\xc0\xaf"));
        assert!(has_invalid_utf8(b"\xed\xa0\x80"));
        assert!(!has_invalid_utf8("漫画".as_bytes()));
    }
}
