//! HTML character references.

use crate::bytes::hex;

/// The named references that matter to an attack: white space, marks of markup and script. With and without `;`, as
/// browsers read the old ones.
const NAMED: &[(&[u8], u8)] = &[
    (b"quot", b'"'),
    (b"amp", b'&'),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"nbsp", 0xa0),
    (b"apos", b'\''),
    (b"Tab", b'\t'),
    (b"NewLine", b'\n'),
    (b"colon", b':'),
    (b"semi", b';'),
    (b"lpar", b'('),
    (b"rpar", b')'),
    (b"lsqb", b'['),
    (b"lbrack", b'['),
    (b"rsqb", b']'),
    (b"rbrack", b']'),
    (b"lcub", b'{'),
    (b"lbrace", b'{'),
    (b"rcub", b'}'),
    (b"rbrace", b'}'),
    (b"sol", b'/'),
    (b"bsol", b'\\'),
    (b"grave", b'`'),
    (b"equals", b'='),
    (b"comma", b','),
    (b"period", b'.'),
    (b"excl", b'!'),
    (b"num", b'#'),
    (b"percnt", b'%'),
    (b"dollar", b'$'),
    (b"plus", b'+'),
    (b"vert", b'|'),
    (b"ast", b'*'),
];
const NAME_BYTES_MAX: usize = 8;

pub(super) fn decode(input: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < input.len() {
        if input[at] == b'&'
            && let Some((byte, length)) = reference(&input[at + 1..])
        {
            out.push(byte);
            at += 1 + length;
            at += usize::from(input.get(at) == Some(&b';'));
        } else {
            out.push(input[at]);
            at += 1;
        }
    }
}

/// The byte a reference stands for and how long it is, without `&` and `;`. Characters beyond a byte keep their low byte.
fn reference(rest: &[u8]) -> Option<(u8, usize)> {
    match rest {
        [b'#', b'x' | b'X', digits @ ..] => {
            let length = digits.iter().take_while(|b| hex(**b).is_some()).count();
            let value = digits[..length].iter().fold(0u8, |n, b| n << 4 | hex(*b).unwrap_or(0));
            (length > 0).then_some((value, length + 2))
        }
        [b'#', digits @ ..] => {
            let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
            let value = digits[..length].iter().fold(0u8, |n, b| n.wrapping_mul(10).wrapping_add(b - b'0'));
            (length > 0).then_some((value, length + 1))
        }
        _ => {
            let length = rest.iter().take(NAME_BYTES_MAX).take_while(|b| b.is_ascii_alphabetic()).count();
            if length == 0 {
                return None;
            }
            NAMED
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(&rest[..length]))
                .map(|(_, byte)| (*byte, length))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Transform as T;
    use super::super::tests::run;

    #[test]
    fn references_are_decoded_with_and_without_a_semicolon() {
        assert_eq!(run(T::HtmlEntityDecode, "&lt;b&gt &#60;&#x3C&#0000060;&quot;"), b"<b> <<<\"");
        assert_eq!(
            run(T::HtmlEntityDecode, "java&Tab;script&colon;&nope;&#;&#x;"),
            b"java\tscript:&nope;&#;&#x;"
        );
    }
}
