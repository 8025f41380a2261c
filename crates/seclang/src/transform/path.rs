//! Paths without empty, `.` and `..` segments.

pub(super) fn normalize(input: &[u8], out: &mut Vec<u8>) {
    normalize_with(input, out, |byte| byte == b'/');
}

/// Backslashes are slashes here.
pub(super) fn normalize_win(input: &[u8], out: &mut Vec<u8>) {
    normalize_with(input, out, |byte| byte == b'/' || byte == b'\\');
}

fn normalize_with(input: &[u8], out: &mut Vec<u8>, is_separator: impl Fn(u8) -> bool) {
    let base = out.len();
    let absolute = input.first().is_some_and(|b| is_separator(*b));
    let mut segments = input.split(|b| is_separator(*b)).peekable();
    // Where each kept segment that `..` may remove begins, so that removing one costs nothing.
    let mut starts: Vec<usize> = Vec::new();
    let mut trailing = false;
    if absolute {
        out.push(b'/');
        segments.next();
    }
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            b"" => trailing = last,
            b"." => trailing = true,
            b".." => match starts.pop() {
                Some(start) => {
                    out.truncate(start);
                    trailing = true;
                }
                // A relative path may climb; an absolute one stays at its root.
                None if !absolute => {
                    push(out, base, segment);
                    trailing = !last;
                }
                None => trailing = true,
            },
            _ => {
                let start = push(out, base, segment);
                starts.push(start);
                trailing = !last;
            }
        }
    }
    if trailing && out.len() > base && out.last() != Some(&b'/') {
        out.push(b'/');
    }
}

/// Appends a segment, with a separator where one is missing, and says where to cut to remove it again.
fn push(out: &mut Vec<u8>, base: usize, segment: &[u8]) -> usize {
    let start = out.len();
    if start > base && out.last() != Some(&b'/') {
        out.push(b'/');
    }
    out.extend_from_slice(segment);
    start
}

#[cfg(test)]
mod tests {
    use super::super::Transform as T;
    use super::super::tests::run;

    #[test]
    fn empty_and_dot_segments_vanish_and_dot_dot_removes_one() {
        for (input, output) in [
            ("/a/b/../c", "/a/c"),
            ("/a//./b/", "/a/b/"),
            ("/../../etc/passwd", "/etc/passwd"),
            ("../../etc", "../../etc"),
            ("a/../../b", "../b"),
            ("/a/..", "/"),
            ("dir/foo//bar", "dir/foo/bar"),
            ("", ""),
            ("plain.txt", "plain.txt"),
        ] {
            assert_eq!(String::from_utf8_lossy(&run(T::NormalizePath, input)), output, "{input}");
        }
        assert_eq!(run(T::NormalizePathWin, r"c:\a\..\b"), b"c:/b");
    }
}
