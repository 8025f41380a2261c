//! Base64url without padding (RFC 7515 §2), canonical only: one text for each value, so a signed value cannot be rewritten.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Nothing when the text has padding, foreign characters or stray trailing bits.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_read() {
        assert_eq!(decode("AA"), Some(vec![0]));
        for text in ["AB", "AA==", "A", "A+", "A/", "A A", "AA\n"] {
            assert_eq!(decode(text), None, "{text:?} was read");
        }
    }
}
