//! Physical lines to logical lines, logical lines to words.
//!
//! A line that ends in a backslash goes on in the next one; a line that begins with `#` is a comment. Words are bare, or
//! quoted with `"` or `'`, in which a backslash keeps the quote from ending the word. Offsets into a logical line map back
//! to the physical line and column, so that an error points where the author looks.

use std::sync::Arc;

use super::{Mistake, Place};
use crate::RuleError;

/// One directive's text with its continuations joined.
#[derive(Debug)]
pub(crate) struct Line {
    pub(super) text: String,
    file: Arc<str>,
    /// Offset in `text` where a physical line begins, and that line's number.
    segments: Vec<(usize, u32)>,
}

impl Line {
    /// The physical place of an offset.
    pub(crate) fn place(&self, at: usize) -> Place {
        let index = self.segments.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        let (start, line) = self.segments.get(index).copied().unwrap_or((0, 1));
        let column = u32::try_from(at.saturating_sub(start)).unwrap_or(u32::MAX - 1) + 1;
        Place { file: Arc::clone(&self.file), line, column }
    }

    /// Where the directive begins.
    pub(crate) fn start(&self) -> Place {
        self.place(self.text.len() - self.text.trim_start().len())
    }

    pub(super) fn error(&self, mistake: Mistake) -> RuleError {
        let Place { file, line, column } = self.place(mistake.at);
        RuleError {
            file: file.to_string(),
            line,
            column,
            offending: mistake.offending,
            expected: mistake.expected,
        }
    }
}

/// Splits a file into its logical lines, without comments and blank lines.
pub(super) fn logical_lines(file: &str, text: &str) -> Vec<Line> {
    let file: Arc<str> = Arc::from(file);
    let mut lines = Vec::new();
    let mut open: Option<Line> = None;
    for (number, physical) in (1u32..).zip(text.split('\n')) {
        let physical = physical.strip_suffix('\r').unwrap_or(physical);
        let (content, continues) = match physical.strip_suffix('\\') {
            Some(content) => (content, true),
            None => (physical, false),
        };
        match &mut open {
            Some(line) => {
                line.segments.push((line.text.len(), number));
                line.text.push_str(content);
            }
            None => {
                let trimmed = content.trim_start();
                if trimmed.starts_with('#') || (trimmed.is_empty() && !continues) {
                    continue;
                }
                open = Some(Line {
                    text: content.to_owned(),
                    file: Arc::clone(&file),
                    segments: vec![(0, number)],
                });
            }
        }
        if !continues {
            lines.extend(open.take());
        }
    }
    lines.extend(open);
    lines.retain(|line| !line.text.trim().is_empty());
    lines
}

/// A word of a directive: its text without the quotes, escapes not yet resolved, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) raw: &'a str,
    pub(super) at: usize,
    pub(super) quote: Option<char>,
}

impl<'a> Word<'a> {
    /// A part of this word.
    pub(super) fn part(&self, start: usize, end: usize) -> Word<'a> {
        Word { raw: &self.raw[start..end], at: self.at + start, quote: self.quote }
    }

    /// Without white space around.
    pub(super) fn trim(&self) -> Word<'a> {
        let start = self.raw.len() - self.raw.trim_start().len();
        let end = start + self.raw.trim().len();
        self.part(start, end.max(start))
    }

    /// Without white space before.
    pub(super) fn trim_start(&self) -> Word<'a> {
        self.part(self.raw.len() - self.raw.trim_start().len(), self.raw.len())
    }

    /// The text with the escaped quote resolved. Every other backslash stays: it belongs to the regex or the value.
    pub(super) fn text(&self) -> String {
        match self.quote {
            Some(quote) if self.raw.contains('\\') => unescape(self.raw, quote),
            _ => self.raw.to_owned(),
        }
    }

    pub(super) fn mistake(&self, expected: impl Into<String>) -> Mistake {
        Mistake::new(self.at, self.raw, expected)
    }
}

/// Resolves `\"` (or `\'`) alone.
pub(super) fn unescape(raw: &str, quote: char) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\\' && rest.peek() == Some(&quote) {
            continue;
        }
        out.push(c);
        if c == '\\'
            && let Some(escaped) = rest.next_if_eq(&'\\')
        {
            // Two backslashes are a pair: the second does not escape what follows.
            out.push(escaped);
        }
    }
    out
}

/// Splits a logical line into words.
pub(super) fn words(text: &str) -> Result<Vec<Word<'_>>, Mistake> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let Some(&first) = bytes.get(at) else { return Ok(words) };
        if first == b'"' || first == b'\'' {
            let start = at + 1;
            let end = closing(bytes, start, first)
                .ok_or_else(|| Mistake::new(at, &text[at..], format!("a closing {}", char::from(first))))?;
            words.push(Word { raw: &text[start..end], at: start, quote: Some(char::from(first)) });
            at = end + 1;
            if bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace()) {
                return Err(Mistake::new(at, &text[at..], "white space after the closing quote"));
            }
        } else {
            let start = at;
            while at < bytes.len() && !bytes[at].is_ascii_whitespace() {
                at += 1;
            }
            words.push(Word { raw: &text[start..at], at: start, quote: None });
        }
    }
}

/// The offset of the quote that ends a word begun before `from`.
pub(super) fn closing(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b if b == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continued_line_is_one_line_and_an_offset_finds_its_physical_place() {
        let lines = logical_lines(
            "a.conf",
            "# comment\n\nSecRule ARGS \\\n  \"@rx x\" \\\n  \"id:1\"\nSecAction \"id:2\"",
        );
        assert_eq!(lines.len(), 2);
        let at = lines[0].text.find("id:1").expect("there");
        let place = lines[0].place(at);
        assert_eq!((place.line, place.column), (5, 4));
        assert_eq!(lines[1].place(0).line, 6);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_word() {
        let found = words(r#"SecRule ARGS "@rx a\"b\\" 'it\'s'"#).expect("words");
        assert_eq!(
            found.iter().map(Word::text).collect::<Vec<_>>(),
            ["SecRule", "ARGS", "@rx a\"b\\\\", "it's"]
        );
    }

    #[test]
    fn an_open_quote_is_a_mistake_at_its_beginning() {
        assert_eq!(words("SecRule \"ARGS").expect_err("open").at, 8);
    }
}
