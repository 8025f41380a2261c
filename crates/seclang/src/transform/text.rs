//! Letter case, white space, NULs, UTF-8, and the shell's noise.

use crate::bytes::is_space;

pub(super) fn lowercase(input: &[u8], out: &mut Vec<u8>) {
    out.extend(input.iter().map(u8::to_ascii_lowercase));
}

pub(super) fn uppercase(input: &[u8], out: &mut Vec<u8>) {
    out.extend(input.iter().map(u8::to_ascii_uppercase));
}

pub(super) fn remove_nulls(input: &[u8], out: &mut Vec<u8>) {
    out.extend(input.iter().filter(|b| **b != 0));
}

pub(super) fn replace_nulls(input: &[u8], out: &mut Vec<u8>) {
    out.extend(input.iter().map(|b| if *b == 0 { b' ' } else { *b }));
}

const fn is_space_or_nbsp(byte: u8) -> bool {
    is_space(byte) || byte == 0xa0
}

pub(super) fn remove_whitespace(input: &[u8], out: &mut Vec<u8>) {
    out.extend(input.iter().filter(|b| !is_space_or_nbsp(**b)));
}

pub(super) fn compress_whitespace(input: &[u8], out: &mut Vec<u8>) {
    let mut in_space = false;
    for byte in input {
        let space = is_space_or_nbsp(*byte);
        if !space {
            out.push(*byte);
        } else if !in_space {
            out.push(b' ');
        }
        in_space = space;
    }
}

pub(super) fn trim_left(input: &[u8], out: &mut Vec<u8>) {
    let start = input.iter().position(|b| !is_space(*b)).unwrap_or(input.len());
    out.extend_from_slice(&input[start..]);
}

pub(super) fn trim_right(input: &[u8], out: &mut Vec<u8>) {
    let end = input.iter().rposition(|b| !is_space(*b)).map_or(0, |last| last + 1);
    out.extend_from_slice(&input[..end]);
}

pub(super) fn trim(input: &[u8], out: &mut Vec<u8>) {
    let end = input.iter().rposition(|b| !is_space(*b)).map_or(0, |last| last + 1);
    trim_left(&input[..end], out);
}

/// What a shell makes of quotes, carets, separators and spaces, so that `c^a"t" /etc` reads as `cat/etc`.
pub(super) fn cmd_line(input: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut in_space = false;
    for byte in input {
        match *byte {
            b'"' | b'\'' | b'\\' | b'^' => {}
            b' ' | b',' | b';' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => {
                if !in_space {
                    out.push(b' ');
                }
                in_space = true;
            }
            b @ (b'/' | b'(') => {
                if in_space && out.len() > start {
                    out.pop();
                }
                in_space = false;
                out.push(b);
            }
            b => {
                in_space = false;
                out.push(b.to_ascii_lowercase());
            }
        }
    }
}

/// Multi-byte characters to `%uHHHH`. Overlong forms are read too: they stand for what a careless decoder reads.
pub(super) fn utf8_to_unicode(input: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < input.len() {
        match lenient_char(&input[at..]) {
            Some((code, length)) if length > 1 => {
                out.extend_from_slice(b"%u");
                let digits = if code > 0xffff { 5 } else { 4 };
                for shift in (0..digits).rev() {
                    out.push(b"0123456789abcdef"[(code >> (4 * shift) & 0xf) as usize]);
                }
                at += length;
            }
            _ => {
                out.push(input[at]);
                at += 1;
            }
        }
    }
}

/// A character and its length; overlong forms are characters here.
fn lenient_char(bytes: &[u8]) -> Option<(u32, usize)> {
    let first = *bytes.first()?;
    let (length, mut code) = match first {
        0x00..=0x7f => return Some((u32::from(first), 1)),
        0xc0..=0xdf => (2, u32::from(first & 0x1f)),
        0xe0..=0xef => (3, u32::from(first & 0x0f)),
        0xf0..=0xf4 => (4, u32::from(first & 0x07)),
        _ => return None,
    };
    for byte in bytes.get(1..length)? {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3f);
    }
    (code <= 0xf_ffff || length == 4).then_some((code.min(0xf_ffff), length))
}

#[cfg(test)]
mod tests {
    use super::super::Transform as T;
    use super::super::tests::run;

    #[test]
    fn a_shell_s_noise_is_removed() {
        assert_eq!(run(T::CmdLine, "C^A\"t  /etc,;/pass'wd"), b"cat/etc/passwd");
        assert_eq!(run(T::CmdLine, "net\t\tuser (x"), b"net user(x");
    }

    #[test]
    fn multi_byte_characters_become_unicode_escapes_and_overlong_forms_are_seen_through() {
        assert_eq!(run(T::Utf8ToUnicode, "é漢"), b"%u00e9%u6f22");
        assert_eq!(run(T::Utf8ToUnicode, b"..\xc0\xaf.."), b"..%u002f..");
        assert_eq!(run(T::Utf8ToUnicode, b"\xff\xc3"), b"\xff\xc3");
    }

    #[test]
    fn white_space_is_compressed_removed_and_trimmed() {
        assert_eq!(run(T::CompressWhitespace, b"a \t\n b\xa0\xa0c"), b"a b c");
        assert_eq!(run(T::RemoveWhitespace, b"u n\xa0i\x0bon"), b"union");
        assert_eq!(run(T::Trim, b"  a b\n"), b"a b");
        assert_eq!(run(T::TrimLeft, b"  "), b"");
    }
}
