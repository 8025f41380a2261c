//! Links in a model's text: those to pages of the shop stay, of all others only the text does.

/// Longest text of a link, in characters.
const TEXT_CHARS_MAX: usize = 200;
/// Longest target, in characters.
pub(super) const TARGET_CHARS_MAX: usize = 300;

/// Whether a text begins with a link.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Link<'t> {
    /// It depends on what follows.
    Wait,
    No,
    /// A link into the shop, so many bytes long.
    Own(usize),
    /// A link to elsewhere, so many bytes long, and its text.
    Foreign(usize, &'t str),
}

/// The link that the text begins with: `[text](target)`.
pub(super) fn link(rest: &str, whole: bool) -> Link<'_> {
    let mut close = None;
    for (at, c) in rest.char_indices().skip(1).take(TEXT_CHARS_MAX) {
        match c {
            ']' => {
                close = Some(at);
                break;
            }
            '[' | '\n' => return Link::No,
            _ => {}
        }
    }
    let Some(close) = close else {
        let decided = whole || rest.chars().nth(TEXT_CHARS_MAX).is_some();
        return if decided { Link::No } else { Link::Wait };
    };
    let (text, behind) = (&rest[1..close], &rest[close + 1..]);
    match target_after(behind, whole) {
        Link::Own(length) => Link::Own(close + 1 + length),
        Link::Foreign(length, _) => Link::Foreign(close + 1 + length, text),
        other => other,
    }
}

/// The target that the text begins with: `(target)`. One that is cut off by the end of the answer is somebody else's.
pub(super) fn target_after(rest: &str, whole: bool) -> Link<'_> {
    let Some(inside) = rest.strip_prefix('(') else {
        return if rest.is_empty() && !whole { Link::Wait } else { Link::No };
    };
    let mut target: Option<(usize, usize)> = None;
    let mut ended = false;
    for (at, c) in inside.char_indices().take(TARGET_CHARS_MAX) {
        match c {
            ')' => {
                let target = target.map_or("", |(start, end)| &inside[start..end]);
                let length = 1 + at + 1;
                return if is_own(target) { Link::Own(length) } else { Link::Foreign(length, "") };
            }
            ' ' => ended = target.is_some(),
            _ if c.is_whitespace() || ended => return Link::No,
            _ => target = Some((target.map_or(at, |(start, _)| start), at + c.len_utf8())),
        }
    }
    if inside.chars().nth(TARGET_CHARS_MAX - 1).is_some() {
        Link::No
    } else if whole {
        Link::Foreign(rest.len(), "")
    } else {
        Link::Wait
    }
}

/// Whether a target is a page of the shop: a path, and no other host in disguise (`//host`, `/\host`).
fn is_own(target: &str) -> bool {
    target.starts_with('/')
        && !target.starts_with("//")
        && target.chars().all(|c| c.is_ascii_alphanumeric() || "/#?=&-_.%~+:@,;".contains(c))
}
