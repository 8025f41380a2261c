//! Format: an answer as events, and what has been said so far, for the record.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chat::{Citation, Event, Problem, Product, Source, Usage};
use tokio::time;
use uuid::Uuid;

use crate::live::{Answering, Gone};
use crate::memory::{Status, StoredTurn};
use crate::model::{Spent, Unheard};

/// Longest text of one delta, in characters: its event stays far below the bound of an event.
const DELTA_CHARS_MAX: usize = 2_000;

/// An answer on its way out.
pub(crate) struct Outlet<'a> {
    id: Uuid,
    answering: &'a Answering,
    began: Instant,
    /// When the turn has to be answered.
    pub(crate) deadline: time::Instant,
    pub(crate) said: Said,
    /// What models took whose answers were dropped. [`Outlet::into_said`] adds it.
    pub(crate) unheard: Unheard,
}

/// What has been said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) source: Option<Source>,
    pub(crate) pieces: Vec<String>,
    pub(crate) cards: Vec<Product>,
    pub(crate) citations: Vec<Citation>,
    /// What all models took together, and the one whose words these are.
    pub(crate) usage: Usage,
    /// What each model took.
    pub(crate) shares: BTreeMap<String, Share>,
    /// When the first text went out, after the beginning.
    pub(crate) first_delta: Option<Duration>,
}

/// What one model took for an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) input_tokens: u32,
    pub(crate) output_tokens: u32,
    pub(crate) cost_micros: u64,
}

impl<'a> Outlet<'a> {
    pub(crate) fn new(id: Uuid, answering: &'a Answering, deadline: time::Instant) -> Self {
        Self {
            id,
            answering,
            began: Instant::now(),
            deadline,
            said: Said::default(),
            unheard: Unheard::default(),
        }
    }

    /// The answer's other end.
    pub(crate) const fn answering(&self) -> &'a Answering {
        self.answering
    }

    /// The answer begins.
    pub(crate) async fn start(&mut self, source: Source) -> Result<(), Gone> {
        self.said.source = Some(source);
        self.answering.push(Event::Start { id: self.id, source }).await
    }

    /// More text.
    pub(crate) async fn say(&mut self, text: String) -> Result<(), Gone> {
        for piece in pieces(text) {
            let seq = u32::try_from(self.said.pieces.len()).unwrap_or(u32::MAX).saturating_add(1);
            self.said.pieces.push(piece.clone());
            self.said.first_delta.get_or_insert_with(|| self.began.elapsed());
            self.answering.push(Event::Delta { id: self.id, seq, text: piece }).await?;
        }
        Ok(())
    }

    /// Whether there is nothing to read so far.
    pub(crate) fn is_silent(&self) -> bool {
        self.said.pieces.iter().all(|piece| piece.trim().is_empty())
    }

    /// What the text stands on, once each.
    pub(crate) fn cite(&mut self, citation: Citation) {
        if !self.said.citations.contains(&citation) {
            self.said.citations.push(citation);
        }
    }

    /// Products to show.
    pub(crate) async fn show(&mut self, products: Vec<Product>) -> Result<(), Gone> {
        if products.is_empty() {
            return Ok(());
        }
        self.said.cards.clone_from(&products);
        self.answering.push(Event::Cards { id: self.id, products }).await
    }

    /// Says again what is on record.
    pub(crate) async fn replay(&mut self, turn: StoredTurn) -> Result<(), Gone> {
        self.start(turn.source).await?;
        for piece in turn.said {
            self.say(piece).await?;
        }
        self.show(turn.cards).await?;
        self.said.citations = turn.citations;
        self.said.usage = turn.usage;
        Ok(())
    }

    /// What has been said, with all that it took: for when nothing is generated any more.
    pub(crate) fn into_said(mut self) -> Said {
        self.unheard.take().into_iter().for_each(|spent| self.said.spend(spent));
        self.said
    }
}

impl Said {
    /// Adds what a model took to what the answer took before. Whether it wrote the answer is another question.
    pub(crate) fn spend(&mut self, spent: Spent) {
        let share = self.shares.entry(spent.name).or_default();
        share.input_tokens = share.input_tokens.saturating_add(spent.tokens.input);
        share.output_tokens = share.output_tokens.saturating_add(spent.tokens.output);
        let micros = spent.cost.as_ref().map_or(0, |cost| cost.micros);
        share.cost_micros = share.cost_micros.saturating_add(micros);
        let usage = &mut self.usage;
        usage.input_tokens = usage.input_tokens.saturating_add(spent.tokens.input);
        usage.output_tokens = usage.output_tokens.saturating_add(spent.tokens.output);
        usage.cache_read_tokens = usage.cache_read_tokens.saturating_add(spent.tokens.cache_read);
        usage.cache_write_tokens = usage.cache_write_tokens.saturating_add(spent.tokens.cache_write);
        usage.estimated |= spent.estimated;
        if let Some(cost) = spent.cost {
            let before = usage.cost.as_ref().map_or(0, |before| before.micros);
            usage.cost = Some(chat::Cost { micros: before.saturating_add(cost.micros), ..cost });
        }
    }

    /// What each model took, where it was not all taken by the one that wrote: `claude 900+40, local 700+60`, tokens read
    /// and written.
    pub(crate) fn shares(&self) -> Option<String> {
        let alone = self.usage.model.as_ref().is_some_and(|model| self.shares.contains_key(model));
        if self.shares.is_empty() || (alone && self.shares.len() == 1) {
            return None;
        }
        let shares = self.shares.iter().map(|(model, share)| {
            let Share { input_tokens, output_tokens, .. } = share;
            format!("{model} {input_tokens}+{output_tokens}")
        });
        Some(shares.collect::<Vec<_>>().join(", "))
    }

    /// The event that ends a whole answer.
    pub(crate) fn done(&self, id: Uuid) -> Event {
        Event::Done {
            id,
            source: self.source.unwrap_or(Source::Extractive),
            citations: self.citations.clone(),
            usage: self.usage.clone(),
        }
    }

    /// The event that ends an answer that is not whole.
    pub(crate) fn broken(&self, id: Uuid, problem: &Problem) -> Event {
        Event::Error {
            id: Some(id),
            code: problem.code,
            message: problem.detail.clone(),
            retry_after: problem.retry_after,
            usage: self.took().cloned(),
        }
    }

    /// What models took; none when none was asked.
    pub(crate) fn took(&self) -> Option<&Usage> {
        Some(&self.usage).filter(|usage| **usage != Usage::default())
    }

    /// What has been said, as a turn to keep.
    pub(crate) fn into_turn(
        self,
        turn: &crate::admit::Turn,
        language: chat::Language,
        status: Status,
    ) -> StoredTurn {
        StoredTurn {
            id: turn.request.id,
            digest: Some(turn.digest.clone()),
            at_ms: turn.call.session.now_ms,
            text: turn.request.text.clone(),
            language,
            said: self.pieces,
            source: self.source.unwrap_or(Source::Extractive),
            cards: self.cards,
            citations: self.citations,
            usage: self.usage,
            status,
        }
    }
}

/// The text in pieces that fit an event.
fn pieces(text: String) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    if text.chars().nth(DELTA_CHARS_MAX).is_none() {
        return vec![text];
    }
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(DELTA_CHARS_MAX).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use chat::Cost;

    use super::*;
    use crate::model::Tokens;

    fn spent(name: &str, input: u32, output: u32, micros: u64) -> Spent {
        let cost = Some(Cost { micros, currency: "USD".to_owned() });
        let tokens = Tokens { input, output, ..Tokens::default() };
        Spent { name: name.to_owned(), tokens, cost, estimated: false }
    }

    #[test]
    fn what_several_models_took_adds_up_and_is_told_apart() {
        let mut said = Said::default();
        said.usage.model = Some("local".to_owned());
        said.spend(spent("claude", 900, 40, 5));
        said.spend(spent("local", 600, 20, 1));
        said.spend(spent("local", 100, 40, 1));
        let usage = &said.usage;
        assert_eq!((usage.input_tokens, usage.output_tokens), (1_600, 100));
        assert_eq!(usage.cost.as_ref().map(|cost| cost.micros), Some(7));
        assert_eq!(usage.model.as_deref(), Some("local"), "the one that wrote, and not the one that took");
        assert_eq!(said.shares().as_deref(), Some("claude 900+40, local 700+60"));
        assert_eq!(said.shares["local"].cost_micros, 2);
    }

    #[test]
    fn one_model_that_wrote_and_took_all_needs_no_shares() {
        let mut said = Said::default();
        assert_eq!(said.shares(), None);
        said.spend(spent("claude", 900, 40, 5));
        assert_eq!(said.shares().as_deref(), Some("claude 900+40"), "it wrote nothing of the answer");
        said.usage.model = Some("claude".to_owned());
        assert_eq!(said.shares(), None);
    }
}
