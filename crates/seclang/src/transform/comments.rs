//! Comments of SQL, C and HTML.

use memchr::memmem;

/// `/* … */` to one space; one that is never closed reaches to the end.
pub(super) fn replace(input: &[u8], out: &mut Vec<u8>) {
    let mut rest = input;
    while let Some(open) = memmem::find(rest, b"/*") {
        out.extend_from_slice(&rest[..open]);
        out.push(b' ');
        rest = match memmem::find(&rest[open + 2..], b"*/") {
            Some(close) => &rest[open + 2 + close + 2..],
            None => b"",
        };
    }
    out.extend_from_slice(rest);
}

/// Comments of every form, to nothing; `--` and `#` reach to the end.
pub(super) fn remove(input: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < input.len() {
        let rest = &input[at..];
        if rest.starts_with(b"/*") {
            at += 2 + memmem::find(&rest[2..], b"*/").map_or(rest.len(), |close| close + 2);
        } else if rest.starts_with(b"<!--") {
            at += 4 + memmem::find(&rest[4..], b"-->").map_or(rest.len(), |close| close + 3);
        } else if rest.starts_with(b"--") || rest[0] == b'#' {
            return;
        } else {
            out.push(rest[0]);
            at += 1;
        }
    }
}

/// The marks that begin and end comments, to nothing; what stands between them stays.
pub(super) fn remove_marks(input: &[u8], out: &mut Vec<u8>) {
    const MARKS: [&[u8]; 6] = [b"<!--", b"-->", b"/*", b"*/", b"--", b"#"];
    let mut at = 0;
    while at < input.len() {
        match MARKS.iter().find(|mark| input[at..].starts_with(mark)) {
            Some(mark) => at += mark.len(),
            None => {
                out.push(input[at]);
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Transform as T;
    use super::super::tests::run;

    #[test]
    fn comments_become_a_space_vanish_or_lose_their_marks() {
        assert_eq!(run(T::ReplaceComments, "union/**/select/* x"), b"union select ");
        assert_eq!(run(T::RemoveComments, "a/*b*/c<!--d-->e--f"), b"ace");
        assert_eq!(run(T::RemoveCommentsChar, "un/**/ion<!--x-->#"), b"unionx");
    }
}
