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
    /// What sounds foreign or strays from the topic, and what came after it: at most [`language::FOREIGN_LETTERS_MAX`] letters
    /// of the one, and some sentences of the other.
    waiting: Vec<Checked>,
}

/// When a sentence may be said that its guards let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Release {
    Now,
    /// When what follows shows that the answer goes on as it should.
    Later,
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
    ) -> Result<Release, Guard> {
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
        let foreign = tongue == Tongue::Foreign || (tongue == Tongue::Unclear && self.tongues.doubts());
        Ok(if foreign || self.topic.doubts() { Release::Later } else { Release::Now })
    }

    /// What may go out now: everything, unless the language or the topic is in doubt.
    pub(super) fn release(&mut self, when: Release, pieces: Vec<Checked>) -> Vec<Checked> {
        self.waiting.extend(pieces);
        match when {
            Release::Now => std::mem::take(&mut self.waiting),
            Release::Later => Vec::new(),
        }
    }

    /// What waits, when no more text comes for now.
    pub(super) fn finish(&mut self) -> Result<Vec<Checked>, Guard> {
        if self.tongues.doubts() && self.tongues.is_mostly_foreign() {
            return Err(Guard::WrongLanguage);
        }
        if self.topic.is_mostly_stray() {
            return Err(Guard::OffTopic);
        }
        self.tongues = Tongues::new(self.language());
        self.topic.begin_anew();
        Ok(std::mem::take(&mut self.waiting))
    }
}
