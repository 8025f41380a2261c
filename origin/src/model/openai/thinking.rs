//! `<think>…</think>`: what a local model thinks aloud within its text, where the server does not take it out. It is never said.

use crate::model::{ModelError, ModelErrorKind};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Takes thoughts out of a text that comes in pieces. Holds back no more than the beginning of a tag.
#[derive(Debug, Default)]
pub(super) struct Thinking {
    within: bool,
    /// A thought has just ended: the blank lines after it are not said.
    trimming: bool,
    /// Whether the text has said anything yet.
    said: bool,
    /// The end of the text so far, which may be the beginning of a tag.
    held: String,
    /// Characters of thoughts since they were last taken.
    thought: usize,
}

impl Thinking {
    /// For a text that begins within a thought, or not.
    pub(super) fn new(within: bool) -> Self {
        Self { within, ..Self::default() }
    }

    /// What may be said of the text so far and this piece.
    ///
    /// # Errors
    /// [`ModelErrorKind::Broken`] when a thought ends that never began, after text: the text was the thought.
    pub(super) fn push(&mut self, piece: &str) -> Result<String, ModelError> {
        let text = std::mem::take(&mut self.held) + piece;
        let mut said = String::new();
        let mut rest = text.as_str();
        while let Some((before, tag, after)) = next_tag(rest) {
            self.let_out(before, &mut said);
            if tag == CLOSE && !self.within && self.said {
                let what = "a thought ended that never began: set thinking_opened for this model";
                return Err(ModelError::new(ModelErrorKind::Broken, what));
            }
            self.within = tag == OPEN;
            self.trimming |= !self.within;
            rest = after;
        }
        let held = begun_tag(rest);
        self.let_out(&rest[..rest.len() - held], &mut said);
        self.held = rest[rest.len() - held..].to_owned();
        Ok(said)
    }

    /// What was held back and is no tag after all.
    pub(super) fn finish(&mut self) -> String {
        let mut said = String::new();
        let held = std::mem::take(&mut self.held);
        self.let_out(&held, &mut said);
        said
    }

    /// How many characters were thought since this was last asked.
    pub(super) const fn take_thought(&mut self) -> usize {
        std::mem::replace(&mut self.thought, 0)
    }

    fn let_out(&mut self, text: &str, said: &mut String) {
        if self.within {
            self.thought = self.thought.saturating_add(text.chars().count());
            return;
        }
        let text = if self.trimming { text.trim_start() } else { text };
        if !text.is_empty() {
            self.trimming = false;
            self.said |= !text.trim().is_empty();
            said.push_str(text);
        }
    }
}

/// The first tag, and what is before and after it.
fn next_tag(text: &str) -> Option<(&str, &'static str, &str)> {
    let at = |tag: &'static str| text.find(tag).map(|at| (at, tag));
    let (at, tag) = [at(OPEN), at(CLOSE)].into_iter().flatten().min()?;
    Some((&text[..at], tag, &text[at + tag.len()..]))
}

/// How many bytes at the end may be the beginning of a tag.
fn begun_tag(text: &str) -> usize {
    let Some(at) = text.rfind('<') else { return 0 };
    let end = &text[at..];
    if OPEN.starts_with(end) || CLOSE.starts_with(end) { end.len() } else { 0 }
}
