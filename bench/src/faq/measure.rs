//! Turns, timed: through the chain, as the edge asks them, and by the same index run natively.

use std::hint::black_box;
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use conformance::turns::{entry, turn};
use host::chain::{Chain, Vectors};
use host::wit;
use semantics::faq::{Audience, Day, Decision, FaqIndex, Query};
use semantics::text::Language;

use super::questions::Question;

/// Times that each question is asked; once more before, so that the instance's memory is resident, as in a running edge.
const ROUNDS: usize = 3;

/// What is measured, and beside what.
pub(super) struct Measured<'m> {
    pub(super) chain: &'m Chain,
    pub(super) index: &'m FaqIndex,
    pub(super) vectors: &'m dyn Vectors,
    pub(super) questions: &'m [Question],
}

/// A turn, timed.
pub(super) struct Timed<'q> {
    pub(super) question: &'q Question,
    /// The whole turn.
    pub(super) took: Duration,
    /// What of it was for a vector, where the component asked for one.
    pub(super) asking: Option<Asking>,
    /// The entry that it was answered with.
    pub(super) entry: Option<String>,
    /// Tier one of the same question, by the index run natively.
    pub(super) native: Duration,
    /// What that decided is not what the component did.
    pub(super) differs: bool,
}

/// A vector that was asked for.
#[derive(Clone, Copy)]
pub(super) struct Asking {
    /// When, after the turn began: its first tier.
    pub(super) after: Duration,
    /// How long it took to make.
    pub(super) vector: Duration,
}

impl<'m> Measured<'m> {
    /// Asks every question as often as it is asked, component and native index in turns.
    pub(super) async fn run(&self) -> Vec<Timed<'m>> {
        let mut all = Vec::with_capacity(self.questions.len() * ROUNDS);
        for round in 0..=ROUNDS {
            let mut timed = Vec::with_capacity(self.questions.len());
            for (question, number) in self.questions.iter().zip(1..) {
                timed.push(self.ask(question, number).await);
            }
            timed.iter_mut().for_each(|timed| self.natively(timed));
            if round > 0 {
                all.append(&mut timed);
            }
        }
        all
    }

    async fn ask(&self, question: &'m Question, number: u64) -> Timed<'m> {
        let turn = turn(&question.text, number);
        let watched = Watched { vectors: self.vectors, began: Instant::now(), asking: OnceLock::new() };
        let outcome = self.chain.turn(turn, &watched).await;
        let took = watched.began.elapsed();
        Timed {
            question,
            took,
            asking: watched.asking.into_inner(),
            entry: entry(outcome.decision),
            native: Duration::ZERO,
            differs: false,
        }
    }

    /// What the component's first call does, without the component.
    fn natively(&self, timed: &mut Timed<'_>) {
        let text = timed.question.text.as_str();
        let language = match turn(text, 0).language {
            wit::Language::En => Language::En,
            wit::Language::Ja => Language::Ja,
        };
        let seconds = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
        let query = Query::new(text)
            .from_audience(Audience::Customer)
            .in_language(language)
            .on(Day::of_seconds(seconds));
        let began = Instant::now();
        let decision = black_box(self.index.decide(black_box(&query)));
        timed.native = began.elapsed();
        timed.differs = match (&decision, timed.asking) {
            (Decision::Unsure { .. }, Some(_)) => false,
            (_, Some(_)) => true,
            (Decision::Answer { entry, .. }, None) => {
                timed.entry.as_ref() != Some(&self.index.entries()[*entry].id)
            }
            (_, None) => timed.entry.is_some(),
        };
    }
}

/// Vectors, with a note of when one was asked for and how long it took.
struct Watched<'v> {
    vectors: &'v dyn Vectors,
    began: Instant,
    asking: OnceLock<Asking>,
}

impl Vectors for Watched<'_> {
    fn vector<'a>(&'a self, text: &'a str) -> Pin<Box<dyn Future<Output = Option<Vec<f32>>> + Send + 'a>> {
        let after = self.began.elapsed();
        Box::pin(async move {
            let began = Instant::now();
            let vector = self.vectors.vector(text).await;
            // A turn asks once.
            let _ = self.asking.set(Asking { after, vector: began.elapsed() });
            vector
        })
    }
}

#[cfg(test)]
mod tests {
    use host::chain::NoVectors;

    use super::*;

    #[test]
    fn a_vector_that_is_asked_for_is_noted() {
        let watched = Watched { vectors: &NoVectors, began: Instant::now(), asking: OnceLock::new() };
        assert!(watched.asking.get().is_none());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(runtime.block_on(watched.vector("why")).is_none());
        let asking = watched.asking.get().unwrap();
        assert!(asking.after + asking.vector <= watched.began.elapsed());
    }
}
