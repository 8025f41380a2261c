//! Source marks: `[1]`, `[1, 2]`, `[1][2]`, `([1])`, `【1】`, `［１］`, and a mark that is written as a link.

use super::links::{Link, target_after};

/// Longest inside of one pair of brackets, in characters.
const INSIDE_CHARS_MAX: usize = 24;
/// Most digits of a number: a year in brackets is none.
const DIGITS_MAX: usize = 3;
/// Most brackets that are one mark.
const BRACKETS_MAX: usize = 8;

/// Whether a text begins with a mark.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Marked {
    /// It depends on what follows.
    Wait,
    No,
    /// So many bytes, and what it numbers.
    Yes(usize, Vec<usize>),
}

/// The mark that the text begins with: one or several brackets, perhaps in parentheses.
pub(super) fn mark(rest: &str, whole: bool) -> Marked {
    let (inner, close) = match rest.chars().next() {
        Some('(') => (&rest[1..], Some(')')),
        Some('（') => (&rest['（'.len_utf8()..], Some('）')),
        _ => (rest, None),
    };
    let Some(close) = close else { return brackets(rest, whole) };
    if inner.is_empty() {
        return if whole { Marked::No } else { Marked::Wait };
    }
    match brackets(inner, whole) {
        Marked::Yes(length, numbers) => match inner[length..].chars().next() {
            Some(next) if next == close => {
                Marked::Yes(rest.len() - inner.len() + length + next.len_utf8(), numbers)
            }
            None if !whole => Marked::Wait,
            _ => Marked::No,
        },
        other => other,
    }
}

fn brackets(rest: &str, whole: bool) -> Marked {
    let (mut length, mut numbers) = match bracket(rest, whole) {
        Marked::Yes(length, numbers) => (length, numbers),
        other => return other,
    };
    for _ in 1..BRACKETS_MAX {
        let behind = &rest[length..];
        let next = after_separator(behind);
        // Whether another bracket follows is not known before something else does.
        if next.is_empty() && !whole {
            return Marked::Wait;
        }
        match bracket(next, whole) {
            Marked::Wait => return Marked::Wait,
            Marked::No => break,
            Marked::Yes(more, others) => {
                length += behind.len() - next.len() + more;
                numbers.extend(others);
            }
        }
    }
    Marked::Yes(length, numbers)
}

/// The text behind a comma and a blank, either of which may be missing.
fn after_separator(text: &str) -> &str {
    let text = text.strip_prefix([',', '、', '，', ';']).unwrap_or(text);
    text.strip_prefix(' ').unwrap_or(text)
}

/// One pair of brackets with numbers in it.
fn bracket(rest: &str, whole: bool) -> Marked {
    let wait = if whole { Marked::No } else { Marked::Wait };
    let mut chars = rest.char_indices();
    let close = match chars.next() {
        Some((_, '[')) => ']',
        Some((_, '【')) => '】',
        Some((_, '［')) => '］',
        _ => return Marked::No,
    };
    let (mut numbers, mut digits, mut number) = (Vec::new(), 0, 0);
    for (at, c) in chars.take(INSIDE_CHARS_MAX) {
        match digit(c) {
            Some(_) if digits == DIGITS_MAX => return Marked::No,
            Some(value) => {
                digits += 1;
                number = number * 10 + value;
            }
            None if c == close => {
                if digits > 0 {
                    numbers.push(number);
                }
                if numbers.is_empty() {
                    return Marked::No;
                }
                return with_target(at + c.len_utf8(), numbers, rest, whole);
            }
            None if matches!(c, ',' | '、' | '，' | ';' | ' ') => {
                if digits > 0 {
                    numbers.push(number);
                }
                (digits, number) = (0, 0);
            }
            None => return Marked::No,
        }
    }
    if rest.chars().nth(INSIDE_CHARS_MAX).is_some() { Marked::No } else { wait }
}

/// A mark that is written as a link goes with its target.
fn with_target(end: usize, numbers: Vec<usize>, rest: &str, whole: bool) -> Marked {
    match target_after(&rest[end..], whole) {
        Link::Wait => Marked::Wait,
        Link::Own(length) | Link::Foreign(length, _) => Marked::Yes(end + length, numbers),
        Link::No => Marked::Yes(end, numbers),
    }
}

/// The value of a digit, in ASCII or full width.
fn digit(c: char) -> Option<usize> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        '０'..='９' => u32::from(c) - u32::from('０'),
        _ => return None,
    };
    usize::try_from(value).ok()
}
