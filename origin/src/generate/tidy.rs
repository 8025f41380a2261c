//! A model's text as a shopper may see it, while it streams: source marks become numbers, and Markdown that the widget does
//! not render is taken out (HTML, images, headings, links that leave the shop).
//!
//! The text comes in pieces of any size; what comes out does not depend on where it was cut. So each decision is made from a
//! beginning that no further text can change, and until then the text is held back, within bounds.

mod links;
mod marks;

use self::links::{Link, link, target_after};
use self::marks::{Marked, mark};
use crate::prompt::is_invisible;

/// Longest run of blanks that is looked past.
const BLANKS_MAX: usize = 16;
/// Longest tag, in characters.
const TAG_CHARS_MAX: usize = 300;
/// What a bare address begins with.
const SCHEMES: [&str; 2] = ["https://", "http://"];
/// Most `#` of a heading.
const HEADING_MAX: usize = 6;

/// A piece of what came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tidied {
    Text(String),
    /// The text before stands on these sources.
    Marks(Vec<usize>),
    /// A fence of code begins or ends here. Its marks are left out like a heading's; that the text is code is told.
    Code,
}

/// Tidies one stream of text.
#[derive(Debug, Default)]
pub(super) struct Tidy {
    held: String,
    /// The last character that came out.
    last: Option<char>,
    /// Something was just taken out: a blank after it may be one too many.
    gap: bool,
    skipping: Option<Skipping>,
}

/// What is being left out until its end comes.
#[derive(Debug)]
enum Skipping {
    /// A bare address, and the punctuation that may belong to the sentence.
    Address(String),
    /// The rest of a link's target.
    Target,
    /// The rest of the line.
    Line,
}

/// What to do with the beginning of the text that is held. Lengths are in bytes.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It depends on what follows.
    Wait,
    /// It goes out as it is.
    Keep(usize),
    /// This goes out in its place.
    Replace(usize, String),
    Mark(usize, Vec<usize>),
    Skip(usize, SkipTo),
}

#[derive(Debug, PartialEq, Eq)]
enum SkipTo {
    Here,
    EndOfAddress,
    EndOfTarget,
    EndOfLine,
}

impl Tidy {
    /// Takes in more text; gives back what is decided.
    pub(super) fn push(&mut self, text: &str) -> Vec<Tidied> {
        self.held.extend(text.chars().filter(|c| !is_invisible(*c)));
        self.run(false)
    }

    /// The rest, when there is no more text.
    pub(super) fn finish(&mut self) -> Vec<Tidied> {
        let mut out = self.run(true);
        if let Some(Skipping::Address(punctuation)) = self.skipping.take() {
            self.say(punctuation, &mut out);
        }
        out
    }

    fn run(&mut self, whole: bool) -> Vec<Tidied> {
        let mut out = Vec::new();
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_str();
        while !rest.is_empty() {
            if let Some(skipping) = self.skipping.take() {
                rest = self.skip(skipping, rest, &mut out);
                continue;
            }
            let step = step(rest, self.last, self.gap, whole);
            let taken = match step {
                Step::Wait => break,
                Step::Keep(length) => {
                    self.say(rest[..length].to_owned(), &mut out);
                    length
                }
                Step::Replace(length, text) => {
                    self.say(text, &mut out);
                    length
                }
                Step::Mark(length, numbers) => {
                    out.push(Tidied::Marks(numbers));
                    self.gap = true;
                    length
                }
                Step::Skip(length, to) => {
                    self.gap = true;
                    self.skipping = match to {
                        SkipTo::Here => None,
                        SkipTo::EndOfAddress => Some(Skipping::Address(String::new())),
                        SkipTo::EndOfTarget => Some(Skipping::Target),
                        SkipTo::EndOfLine => {
                            out.push(Tidied::Code);
                            Some(Skipping::Line)
                        }
                    };
                    length
                }
            };
            rest = &rest[taken..];
        }
        self.held = rest.to_owned();
        out
    }

    fn say(&mut self, text: String, out: &mut Vec<Tidied>) {
        let Some(last) = text.chars().next_back() else { return };
        self.last = Some(last);
        self.gap = false;
        match out.last_mut() {
            Some(Tidied::Text(before)) => before.push_str(&text),
            _ => out.push(Tidied::Text(text)),
        }
    }

    /// Leaves out what is to be left out; gives back what is not.
    fn skip<'r>(&mut self, skipping: Skipping, rest: &'r str, out: &mut Vec<Tidied>) -> &'r str {
        match skipping {
            Skipping::Address(mut punctuation) => {
                for (at, c) in rest.char_indices() {
                    if matches!(c, '.' | ',' | '!' | '?' | ';' | ':') {
                        punctuation.push(c);
                    } else if is_of_address(c) {
                        punctuation.clear();
                    } else {
                        self.say(punctuation, out);
                        return &rest[at..];
                    }
                }
                self.skipping = Some(Skipping::Address(punctuation));
                ""
            }
            Skipping::Target => match rest.find([')', ' ', '\n']) {
                Some(at) if rest[at..].starts_with(')') => &rest[at + 1..],
                Some(at) => &rest[at..],
                None => {
                    self.skipping = Some(Skipping::Target);
                    ""
                }
            },
            Skipping::Line => match rest.find('\n') {
                Some(at) => &rest[at + 1..],
                None => {
                    self.skipping = Some(Skipping::Line);
                    ""
                }
            },
        }
    }
}

/// Whether a character can be part of an address; one that ends a sentence or a bracket around it is not.
fn is_of_address(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '(' | ')' | '[' | ']' | '`' | '*')
}

fn step(rest: &str, last: Option<char>, gap: bool, whole: bool) -> Step {
    let line_start = last.is_none_or(|last| last == '\n');
    let Some(c) = rest.chars().next() else { return Step::Wait };
    match c {
        ' ' | '\t' => blanks(rest, last, gap, whole),
        '[' | '【' | '［' | '(' | '（' => bracket(rest, whole),
        ']' => closed(rest, whole),
        '!' => image(rest, whole),
        '<' => tag(rest, whole),
        'h' | 'H' => address(rest, whole),
        '#' if line_start => heading(rest, whole),
        '`' if line_start => fence(rest, whole),
        '>' if line_start => quotation(rest, whole),
        _ => Step::Keep(plain(rest)),
    }
}

/// The length of the text up to the next character that may mean something.
fn plain(rest: &str) -> usize {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let special = [' ', '\t', '\n', '[', '【', '［', '(', '（', ']', '!', '<', 'h', 'H', '#', '`', '>'];
    // A line's end stands alone: what follows begins a line.
    if rest.starts_with('\n') {
        return first;
    }
    rest[first..].find(special).map_or(rest.len(), |at| first + at)
}

/// Blanks: one before a mark goes with the mark, and so does one too many after something that was taken out.
fn blanks(rest: &str, last: Option<char>, gap: bool, whole: bool) -> Step {
    let after_blank = last.is_none_or(char::is_whitespace);
    if gap && after_blank {
        return Step::Skip(1, SkipTo::Here);
    }
    // After the end of a sentence nobody waits for what follows.
    if after_blank || last.is_some_and(|last| matches!(last, '.' | '!' | '?' | ':' | '。' | '！' | '？')) {
        return Step::Keep(1);
    }
    let behind = rest.trim_start_matches([' ', '\t']);
    let length = rest.len() - behind.len();
    if length >= BLANKS_MAX {
        return Step::Keep(1);
    }
    if behind.is_empty() {
        return if whole { Step::Keep(length) } else { Step::Wait };
    }
    match mark(behind, whole) {
        Marked::Wait => Step::Wait,
        Marked::Yes(mark, numbers) => Step::Mark(length + mark, numbers),
        Marked::No => Step::Keep(length),
    }
}

fn bracket(rest: &str, whole: bool) -> Step {
    match mark(rest, whole) {
        Marked::Wait => return Step::Wait,
        Marked::Yes(length, numbers) => return Step::Mark(length, numbers),
        Marked::No => {}
    }
    if !rest.starts_with('[') {
        return Step::Keep(rest.chars().next().map_or(0, char::len_utf8));
    }
    match link(rest, whole) {
        Link::Wait => Step::Wait,
        Link::Own(length) => Step::Replace(length, rest[..length].replace(['<', '>', '`'], "")),
        Link::Foreign(length, text) => Step::Replace(length, text.replace(['<', '>'], "")),
        Link::No => Step::Keep(1),
    }
}

/// A bracket that closes what was no link from its beginning: a target behind it is taken out, unless it is the shop's.
fn closed(rest: &str, whole: bool) -> Step {
    match target_after(&rest[1..], whole) {
        Link::Wait => Step::Wait,
        Link::Foreign(length, _) => Step::Replace(1 + length, "]".into()),
        Link::Own(length) => Step::Keep(1 + length),
        Link::No if rest[1..].starts_with('(') && too_long(&rest[1..]) => Step::Skip(1, SkipTo::EndOfTarget),
        Link::No => Step::Keep(1),
    }
}

fn too_long(target: &str) -> bool {
    target.chars().take(links::TARGET_CHARS_MAX + 1).all(|c| !c.is_whitespace() && c != ')')
        && target.chars().nth(links::TARGET_CHARS_MAX).is_some()
}

fn image(rest: &str, whole: bool) -> Step {
    match rest[1..].chars().next() {
        None if !whole => Step::Wait,
        Some('[') => match link(&rest[1..], whole) {
            Link::Wait => Step::Wait,
            Link::Own(length) | Link::Foreign(length, _) => Step::Skip(1 + length, SkipTo::Here),
            Link::No => Step::Keep(1),
        },
        _ => Step::Keep(1),
    }
}

fn tag(rest: &str, whole: bool) -> Step {
    match rest[1..].chars().next() {
        None if !whole => return Step::Wait,
        Some(c) if c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?') => {}
        _ => return Step::Keep(1),
    }
    let end = rest.char_indices().take(TAG_CHARS_MAX).find(|(_, c)| *c == '>');
    match end {
        Some((at, _)) if is_break(&rest[1..at]) => Step::Replace(at + 1, "\n".into()),
        Some((at, _)) => Step::Skip(at + 1, SkipTo::Here),
        None if whole || rest.chars().nth(TAG_CHARS_MAX).is_some() => Step::Keep(1),
        None => Step::Wait,
    }
}

fn is_break(tag: &str) -> bool {
    tag.trim_end_matches('/').trim_end().eq_ignore_ascii_case("br")
}

fn address(rest: &str, whole: bool) -> Step {
    let begins =
        |text: &str, with: &str| text.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    if let Some(scheme) = SCHEMES.iter().find(|scheme| begins(rest, scheme)) {
        return Step::Skip(scheme.len(), SkipTo::EndOfAddress);
    }
    if !whole && SCHEMES.iter().any(|scheme| scheme.len() > rest.len() && begins(scheme, rest)) {
        return Step::Wait;
    }
    Step::Keep(plain(rest))
}

fn heading(rest: &str, whole: bool) -> Step {
    let behind = rest.trim_start_matches('#');
    let length = rest.len() - behind.len();
    match behind.chars().next() {
        _ if length > HEADING_MAX => Step::Keep(length),
        None if !whole => Step::Wait,
        Some(' ') => Step::Skip(length + 1, SkipTo::Here),
        _ => Step::Keep(length),
    }
}

fn fence(rest: &str, whole: bool) -> Step {
    match rest.len() - rest.trim_start_matches('`').len() {
        length if length >= 3 => Step::Skip(3, SkipTo::EndOfLine),
        length if length == rest.len() && !whole => Step::Wait,
        length => Step::Keep(length),
    }
}

fn quotation(rest: &str, whole: bool) -> Step {
    match rest[1..].chars().next() {
        None if !whole => Step::Wait,
        Some(' ') => Step::Skip(2, SkipTo::Here),
        _ => Step::Skip(1, SkipTo::Here),
    }
}

#[cfg(test)]
mod tests;
