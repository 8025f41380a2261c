//! Guards: what ends an answer. A sentence is seen by all of them before it is said.

mod language;
mod leak;
mod topic;

use chat::Language;

use self::language::{Tongue, Tongues};
use self::leak::Leak;
use self::topic::Topic;
use super::facts::Grounds;
use super::reading::Reading;
use super::{Checked, Guard};
use crate::understand::NameSpotter;

/// An answer that does not show its language is held back up to here.
const UNDECIDED_CHARS_MAX: usize = 60;

/// All guards, and what waits for their decision.
pub(super) struct Guards {
    tongues: Tongues,
    leak: Option<Leak>,
    topic: Topic,
    waiting: Vec<Checked>,
    /// The language of the answer is known.
    decided: bool,
    chars: usize,
}

/// Compiles the patterns.
pub(super) fn warm_up() {
    leak::warm_up();
    topic::warm_up();
}

impl Guards {
    pub(super) fn new(language: Language) -> Self {
        Self {
            tongues: Tongues::new(language),
            leak: None,
            topic: Topic::default(),
            waiting: Vec::new(),
            decided: false,
            chars: 0,
        }
    }

    /// The text that may not be said.
    pub(super) fn guard(&mut self, system: &str) {
        self.leak = Some(Leak::of(system));
    }

    pub(super) const fn language(&self) -> Language {
        self.tongues.asked()
    }

    /// More is on record now.
    pub(super) fn learn(&mut self) {
        self.topic.forget_terms();
    }

    /// Sees the next sentence.
    pub(super) fn see(
        &mut self,
        reading: &Reading,
        grounds: &Grounds,
        names: &NameSpotter,
    ) -> Result<Tongue, Guard> {
        if self.leak.as_mut().is_some_and(|leak| leak.shows_in(&reading.text)) {
            return Err(Guard::PromptLeak);
        }
        if self.topic.is_left_by(reading, grounds, names) {
            return Err(Guard::OffTopic);
        }
        let tongue = self.tongues.hear(&reading.text, grounds);
        if self.tongues.is_wrong() {
            return Err(Guard::WrongLanguage);
        }
        self.chars += reading.text.chars().count();
        self.decided |= tongue == Tongue::Right || self.chars >= UNDECIDED_CHARS_MAX;
        Ok(tongue)
    }

    /// What may go out now: everything, unless the language is in doubt.
    pub(super) fn release(&mut self, tongue: Tongue, pieces: Vec<Checked>) -> Vec<Checked> {
        self.waiting.extend(pieces);
        if !self.decided || tongue == Tongue::Foreign || (tongue == Tongue::Unclear && self.tongues.doubts())
        {
            return Vec::new();
        }
        std::mem::take(&mut self.waiting)
    }

    /// What waits, when no more text comes for now.
    pub(super) fn finish(&mut self) -> Result<Vec<Checked>, Guard> {
        if self.tongues.doubts() && self.tongues.is_mostly_foreign() {
            return Err(Guard::WrongLanguage);
        }
        self.tongues = Tongues::new(self.language());
        (self.decided, self.chars) = (false, 0);
        Ok(std::mem::take(&mut self.waiting))
    }
}
