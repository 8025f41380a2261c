//! Templates: texts with slots, `{{name}}`. The slots of a template are a type, so that whoever fills them cannot forget one;
//! a text that does not have exactly these slots is refused when it is parsed.
//!
//! What is filled in is not read again: a `{{question}}` in a shopper's text stays what it is.

use std::fmt;

use thiserror::Error;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// The slots of a kind of template.
pub(super) trait Slot: Copy + PartialEq + 'static {
    /// Each slot with its name in the text.
    const ALL: &'static [(&'static str, Self)];
}

/// A parsed template.
#[derive(Debug)]
pub(super) struct Template<S> {
    parts: Vec<Part<S>>,
}

#[derive(Debug)]
enum Part<S> {
    Text(String),
    Slot(S),
}

/// A text that is no template of its kind.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{file}:{line}: {fault}")]
pub(crate) struct TemplateError {
    /// The template's file.
    file: &'static str,
    /// The line, counted from 1.
    line: usize,
    fault: Fault,
}

/// What is wrong with a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no slot of this name.
    Unknown(String),
    /// This slot is not in the text.
    Missing(&'static str),
    /// A slot is opened and not closed on its line.
    Unclosed,
    /// A slot is closed that was not opened.
    Unopened,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(out, "there is no slot `{name}`"),
            Self::Missing(name) => write!(out, "the slot `{name}` is missing"),
            Self::Unclosed => out.write_str("a slot is opened and not closed"),
            Self::Unopened => out.write_str("a slot is closed that was not opened"),
        }
    }
}

impl<S: Slot> Template<S> {
    /// Parses a text. Every slot of the kind has to be in it, and no other.
    pub(super) fn parse(file: &'static str, text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        for (line, text) in (1..).zip(text.split_inclusive('\n')) {
            parse_line(text, &mut parts).map_err(|fault| TemplateError { file, line, fault })?;
        }
        let has = |slot: S| parts.iter().any(|part| matches!(part, Part::Slot(other) if *other == slot));
        if let Some((name, _)) = S::ALL.iter().find(|(_, slot)| !has(*slot)) {
            return Err(TemplateError { file, line: 1, fault: Fault::Missing(name) });
        }
        Ok(Self { parts })
    }

    /// The text with its slots filled, without blank space at its ends.
    pub(super) fn fill(&self, value: impl Fn(S) -> String) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Slot(slot) => out.push_str(&value(*slot)),
            }
        }
        out.trim().to_owned()
    }
}

fn parse_line<S: Slot>(mut line: &str, parts: &mut Vec<Part<S>>) -> Result<(), Fault> {
    while let Some(at) = line.find(OPEN) {
        let (before, slot) = (&line[..at], &line[at + OPEN.len()..]);
        let end = slot.find(CLOSE).ok_or(Fault::Unclosed)?;
        let name = &slot[..end];
        let known = S::ALL.iter().find(|(known, _)| *known == name);
        let (_, slot_is) = known.ok_or_else(|| Fault::Unknown(name.to_owned()))?;
        push_text(before, parts)?;
        parts.push(Part::Slot(*slot_is));
        line = &slot[end + CLOSE.len()..];
    }
    push_text(line, parts)
}

fn push_text<S>(text: &str, parts: &mut Vec<Part<S>>) -> Result<(), Fault> {
    if text.contains(CLOSE) {
        return Err(Fault::Unopened);
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Letter {
        Name,
        Day,
    }

    impl Slot for Letter {
        const ALL: &'static [(&'static str, Self)] = &[("name", Self::Name), ("day", Self::Day)];
    }

    fn parse(text: &str) -> Result<Template<Letter>, TemplateError> {
        Template::parse("letter.md", text)
    }

    fn fault(text: &str) -> (usize, Fault) {
        let error = parse(text).unwrap_err();
        (error.line, error.fault)
    }

    #[test]
    fn slots_are_filled_and_what_fills_them_is_not_read_again() {
        let template = parse("Dear {{name}},\nit is {{day}}.\n").unwrap();
        let filled = template.fill(|slot| match slot {
            Letter::Name => "{{day}}".into(),
            Letter::Day => "Monday".into(),
        });
        assert_eq!(filled, "Dear {{day}},\nit is Monday.");
    }

    #[test]
    fn a_template_with_a_slot_that_there_is_not_is_refused() {
        assert_eq!(fault("{{name}}\n{{day}} {{dya}}"), (2, Fault::Unknown("dya".into())));
        assert_eq!(fault("{{ name }} {{day}}"), (1, Fault::Unknown(" name ".into())));
    }

    #[test]
    fn a_template_without_one_of_its_slots_is_refused() {
        assert_eq!(fault("Dear {{name}}"), (1, Fault::Missing("day")));
    }

    #[test]
    fn a_template_with_half_a_slot_is_refused() {
        assert_eq!(fault("a\nb {{name\n}} {{day}}"), (2, Fault::Unclosed));
        assert_eq!(fault("name}} {{day}}"), (1, Fault::Unopened));
    }

    #[test]
    fn an_error_names_the_file_and_the_line() {
        assert_eq!(parse("\n{{x}}").unwrap_err().to_string(), "letter.md:2: there is no slot `x`");
    }
}
