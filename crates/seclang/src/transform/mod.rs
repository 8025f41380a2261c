//! Transformations: what undoes an attacker's encoding before an operator looks.
//!
//! Each is a pure function from bytes to bytes, linear in its input, with an output at most three times as long. None
//! can fail: what is not encoded stays as it is.

mod comments;
mod confusables;
mod disguise;
mod encode;
mod escapes;
#[cfg(test)]
mod fuzz;
mod html;
mod path;
mod text;
mod url;

pub(crate) use url::decode_component;

use crate::bytes::Kinds;

/// The longest output of any transformation, as a multiple of its input (plus a constant for digests and lengths).
#[cfg(test)]
const GROWTH_MAX: usize = 3;
/// That constant: a SHA-1 digest, or a length in digits.
#[cfg(test)]
const GROWTH_CONSTANT: usize = 40;

macro_rules! transforms {
    ($($variant:ident $name:literal $needs:expr, $function:path;)*) => {
        /// A transformation's name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Transform {
            /// Drops the transformations before it; never run.
            None,
            $($variant,)*
        }

        impl Transform {
            /// Every transformation but `none`.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Transform] = &[$(Transform::$variant,)*];

            /// By name, in any case.
            pub(crate) fn parse(name: &str) -> Option<Transform> {
                if name.eq_ignore_ascii_case("none") {
                    return Some(Transform::None);
                }
                $(if name.eq_ignore_ascii_case($name) { return Some(Transform::$variant); })*
                match name.to_ascii_lowercase().as_str() {
                    "normalisepath" => Some(Transform::NormalizePath),
                    "normalisepathwin" => Some(Transform::NormalizePathWin),
                    _ => None,
                }
            }

            /// A value with none of these kinds of bytes comes out as it went in.
            pub(crate) fn needs(self) -> Kinds {
                match self {
                    Transform::None => Kinds::NONE,
                    $(Transform::$variant => const { $needs },)*
                }
            }

            /// Whether the output is the input but for the case of letters.
            pub(crate) fn changes_letter_case_alone(self) -> bool {
                matches!(self, Transform::Lowercase | Transform::Uppercase)
            }

            /// Appends the transformed `input` to `out`.
            pub(crate) fn apply(self, input: &[u8], out: &mut Vec<u8>) {
                match self {
                    Transform::None => out.extend_from_slice(input),
                    $(Transform::$variant => $function(input, out),)*
                }
            }
        }
    };
}

const SPACE: Kinds = Kinds::of(b" \t\n\r\x0b\x0c");
const SPACE_OR_NBSP: Kinds = SPACE.and(Kinds::of(&[0xa0]));
/// Bytes of characters beyond ASCII.
const HIGH: Kinds = Kinds::of(&[0x80, 0x85, 0xc0]);
const SEPARATOR: Kinds = HIGH.and(Kinds::of(b" \t.-_*/|,~+:"));
const QUOTE: Kinds = HIGH.and(Kinds::of(b"\"'"));
const BACKSLASH: Kinds = Kinds::of(b"\\");

transforms! {
    Lowercase "lowercase" Kinds::of(b"A"), text::lowercase;
    Uppercase "uppercase" Kinds::of(b"a"), text::uppercase;
    UrlDecode "urlDecode" Kinds::of(b"%+"), url::decode;
    UrlDecodeUni "urlDecodeUni" Kinds::of(b"%+"), url::decode_uni;
    UrlEncode "urlEncode" Kinds::ANY, url::encode;
    HtmlEntityDecode "htmlEntityDecode" Kinds::of(b"&"), html::decode;
    JsDecode "jsDecode" BACKSLASH, escapes::js;
    CssDecode "cssDecode" BACKSLASH, escapes::css;
    EscapeSeqDecode "escapeSeqDecode" BACKSLASH, escapes::ansi_c;
    Utf8ToUnicode "utf8toUnicode" HIGH, text::utf8_to_unicode;
    RemoveNulls "removeNulls" Kinds::of(b"\0"), text::remove_nulls;
    ReplaceNulls "replaceNulls" Kinds::of(b"\0"), text::replace_nulls;
    RemoveWhitespace "removeWhitespace" SPACE_OR_NBSP, text::remove_whitespace;
    CompressWhitespace "compressWhitespace" SPACE_OR_NBSP, text::compress_whitespace;
    Trim "trim" SPACE, text::trim;
    TrimLeft "trimLeft" SPACE, text::trim_left;
    TrimRight "trimRight" SPACE, text::trim_right;
    CmdLine "cmdLine" SPACE.and(Kinds::of(b"\\\"'^,;A")), text::cmd_line;
    ReplaceComments "replaceComments" Kinds::of(b"*"), comments::replace;
    RemoveComments "removeComments" Kinds::of(b"*-#"), comments::remove;
    RemoveCommentsChar "removeCommentsChar" Kinds::of(b"*-#"), comments::remove_marks;
    NormalizePath "normalizePath" Kinds::of(b"/."), path::normalize;
    NormalizePathWin "normalizePathWin" Kinds::of(b"/.\\"), path::normalize_win;
    Base64Decode "base64Decode" Kinds::ANY, encode::base64_decode;
    Base64DecodeExt "base64DecodeExt" Kinds::ANY, encode::base64_decode_ext;
    Base64Encode "base64Encode" Kinds::ANY, encode::base64_encode;
    HexEncode "hexEncode" Kinds::ANY, encode::hex_encode;
    HexDecode "hexDecode" Kinds::ANY, encode::hex_decode;
    SqlHexDecode "sqlHexDecode" Kinds::of(b"0"), encode::sql_hex_decode;
    FoldConfusables "foldConfusables" HIGH, confusables::fold;
    JoinLetters "joinLetters" SEPARATOR, disguise::join_letters;
    LeetDecode "leetDecode" Kinds::of(b"0@$!"), disguise::leet_decode;
    RemoveQuotes "removeQuotes" QUOTE, disguise::remove_quotes;
    Length "length" Kinds::ANY, encode::length;
    Sha1 "sha1" Kinds::ANY, encode::sha1;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn run(transform: Transform, input: impl AsRef<[u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        transform.apply(input.as_ref(), &mut out);
        out
    }

    #[test]
    fn names_are_found_in_any_case_and_in_british_spelling() {
        assert_eq!(Transform::parse("base64decode"), Some(Transform::Base64Decode));
        assert_eq!(Transform::parse("normalisePath"), Some(Transform::NormalizePath));
        assert_eq!(Transform::parse("rot13"), None);
    }

    /// Bytes that transformations care about, more often than chance would have them.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let mark = prop::sample::select(b"%u&#x;\\/.*-+ \t\0'\"^,<>!0aF(\xc0\xaf\xe3\x81\xa0".to_vec());
        prop::collection::vec(prop_oneof![mark, any::<u8>()], 0..80)
    }

    proptest! {
        #[test]
        fn no_input_panics_and_output_is_bounded(input in text()) {
            for transform in Transform::ALL {
                let out = run(*transform, &input);
                prop_assert!(out.len() <= input.len() * GROWTH_MAX + GROWTH_CONSTANT, "{transform:?}");
            }
        }

        #[test]
        fn a_value_without_the_needed_kinds_is_left_alone(input in text()) {
            for transform in Transform::ALL {
                if !Kinds::scan(&input).meets(transform.needs()) {
                    prop_assert_eq!(&run(*transform, &input), &input, "{:?}", transform);
                }
            }
        }

        #[test]
        fn output_follows_what_was_there(input in text()) {
            for transform in Transform::ALL {
                let mut out = b"before".to_vec();
                transform.apply(&input, &mut out);
                prop_assert_eq!(&out[..6], b"before");
                prop_assert_eq!(&out[6..], run(*transform, &input));
            }
        }
    }
}
