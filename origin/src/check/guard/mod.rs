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

/// All guards, and what waits for their decision.
pub(super) struct Guards {
    tongues: Tongues,
    leak: Option<Leak>,
    topic: Topic,
    /// What sounds foreign, and what came after it: at most [`language::FOREIGN_LETTERS_MAX`] letters of it.
    waiting: Vec<Checked>,
}

/// Compiles the patterns.
pub(super) fn warm_up() {
    leak::warm_up();
    topic::warm_up();
}

impl Guards {
    pub(super) fn new(language: Language) -> Self {
        Self { tongues: Tongues::new(language), leak: None, topic: Topic::default(), waiting: Vec::new() }
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
        Ok(tongue)
    }

    /// What may go out now: everything, unless the language is in doubt.
    pub(super) fn release(&mut self, tongue: Tongue, pieces: Vec<Checked>) -> Vec<Checked> {
        self.waiting.extend(pieces);
        if tongue == Tongue::Foreign || (tongue == Tongue::Unclear && self.tongues.doubts()) {
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
        Ok(std::mem::take(&mut self.waiting))
    }
}
