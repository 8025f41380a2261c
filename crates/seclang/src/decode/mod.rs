//! Texts that are an encoding of another text, decoded.
//!
//! This is what `SecInspectDecoded` asks of every value: is it base64, hexadecimal, UTF-16, or does it hold percent escapes,
//! backslash escapes, character references or full-width letters? Values of a common request are not, and that has to be
//! found out at the price of a glance: the kinds of bytes they hold settle it for most, the first few bytes for nearly all
//! others.
//!
//! What is wholly an encoding (base64, hexadecimal, UTF-16) counts as one only if a text comes out: UTF-8, and nearly all of
//! it printable. Images, hashes, tokens and identifiers are then what they were.

mod escapes;
mod whole;

use crate::bytes::Kinds;
use crate::limits::DECODED_VALUE_BYTES_MAX;

const MARKS: Kinds = Kinds::of(b"%\\&\0");
/// `U+FF01` to `U+FF5E` begin with the byte 0xef in UTF-8.
const WIDE: Kinds = Kinds::of(b"\xef");
const BASE64: Kinds = Kinds::of(b"aA0+/-_= \r\n\t").and(Kinds::ANY);
/// `data:text/plain;base64,…` and `Basic …` have a head before their base64.
const HEADED: Kinds = Kinds::of(b"aA0+/-_= \r\n\t:;,.").and(Kinds::ANY);

/// The text that another one stands for; `None` where it stands for itself, as nearly all do.
pub(crate) fn decode(text: &[u8], kinds: Kinds) -> Option<Vec<u8>> {
    if text.len() > DECODED_VALUE_BYTES_MAX {
        return None;
    }
    if kinds.meets(MARKS) {
        let found = escapes::references(text)
            .or_else(|| escapes::percent(text))
            .or_else(|| escapes::backslashes(text))
            .or_else(|| whole::utf16(text));
        if found.is_some() {
            return found;
        }
    }
    if kinds.meets(WIDE)
        && let Some(found) = escapes::wide(text)
    {
        return Some(found);
    }
    if !kinds.is_within(HEADED) {
        return None;
    }
    let found =
        if kinds.is_within(BASE64) { whole::hexadecimal(text).or_else(|| whole::base64(text)) } else { None };
    found.or_else(|| whole::base64(whole::after_head(text)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(text: &str) -> Option<String> {
        let found = decode(text.as_bytes(), Kinds::scan(text.as_bytes()))?;
        Some(String::from_utf8_lossy(&found).into_owned())
    }

    #[test]
    fn encodings_are_known_by_what_comes_out() {
        for (text, plain) in [
            ("JyBPUiAxPTEtLSA=", "' OR 1=1-- "),
            ("JyBPUiAxPTEtLSA", "' OR 1=1-- "),
            ("JyBPUiAx\r\nPTEtLSA=", "' OR 1=1-- "),
            ("Pz8/Pj4+PDw8", "???>>><<<"),
            ("Pz8_Pj4-PDw8", "???>>><<<"),
            ("Pj4 Pj4 Pj4 Pj4=", ">>>>>>>>>>>"),
            ("data:text/plain;base64,JyBPUiAxPTEtLSA=", "' OR 1=1-- "),
            ("Basic JyBPUiAxPTEtLSA=", "' OR 1=1-- "),
            ("JwAgAE8AUgAgADEAPQAxAA==", "' OR 1=1"),
            ("27204f5220313d31", "' OR 1=1"),
            ("0x27204f5220313d31", "' OR 1=1"),
            ("%27%20OR%201=1", "' OR 1=1"),
            ("%u0027 OR 1=1", "' OR 1=1"),
            ("\\u0027 OR 1=1", "' OR 1=1"),
            ("\\x27 OR 1=1", "' OR 1=1"),
            ("\\u{27} OR 1=1", "' OR 1=1"),
            ("&#x27; OR 1&equals;1", "' OR 1=1"),
            ("&#39 OR 1=1", "' OR 1=1"),
            ("&lt;b&gt;", "<b>"),
            ("＇ ＯＲ １＝１", "' OR 1=1"),
            ("'\0 \0O\0R\0 \x001\0=\x001\0", "' OR 1=1"),
            ("\0'\0 \0O\0R\0 \x001\0=\x001", "' OR 1=1"),
            ("\\u30ef\\u30f3", "ワン"),
        ] {
            assert_eq!(decoded(text).as_deref(), Some(plain), "{text:?}");
        }
    }

    #[test]
    fn what_stands_for_itself_is_left_alone() {
        for text in [
            "",
            "one-piece",
            "OnePiece",
            "subscription",
            "newest first",
            "20240101",
            "4006381333931",
            "0191f3a2-7c1e-7d3a-9f00-1b2c3d4e5f60",
            "d41d8cd98f00b204e9800998ecf8427e",
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
            "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
            "O'Brien",
            "100% wool",
            "C:\\users\\ada",
            "Tom & Jerry",
            "ワンピースの新刊はいつですか",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
            "Bearer abcdef",
        ] {
            assert_eq!(decoded(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_nothing_grows_much(bytes in prop::collection::vec(prop_oneof![prop::sample::select(b"%\\&#x;u0041aAbB=+/-_ {}\xef\xbc\x81".to_vec()), any::<u8>()], 0..200)) {
            if let Some(found) = decode(&bytes, Kinds::scan(&bytes)) {
                prop_assert!(found.len() <= bytes.len());
                prop_assert_ne!(found, bytes);
            }
        }
    }
}
