//! The turn phase: first slot first, until one answers or refuses; and the sentence vectors that filters ask for.

use std::future::Future;
use std::pin::Pin;

use crate::Chain;
use crate::permitted;
use crate::policy::CallFailure;
use crate::slot::{Note, Slot, TurnFilter};
use crate::wit::{Asked, ChatEvent, Context, Header, Refusal, Turn, TurnVerdict};

/// Gives sentence vectors to filters that ask.
pub trait Vectors: Send + Sync {
    /// The vector of this text; none when the host cannot make one or has too much to do.
    fn vector<'a>(&'a self, text: &'a str) -> Pin<Box<dyn Future<Output = Option<Vec<f32>>> + Send + 'a>>;
}

/// A host without a sentence model.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVectors;

impl Vectors for NoVectors {
    fn vector<'a>(&'a self, _: &'a str) -> Pin<Box<dyn Future<Output = Option<Vec<f32>>> + Send + 'a>> {
        Box::pin(std::future::ready(None))
    }
}

/// What the chain says of a turn.
#[derive(Clone, Debug)]
pub enum TurnDecision {
    /// Ask the origin.
    Next,
    /// Answer with these events, on behalf of this slot.
    Answer(Vec<ChatEvent>, String),
    /// Refuse, on behalf of this slot.
    Refuse(Refusal, String),
}

/// A turn after the chain.
pub struct TurnOutcome {
    /// What to do.
    pub decision: TurnDecision,
    /// What the filters found out.
    pub context: Context,
    /// Headers to add to the response, where there still is one to add them to.
    pub response_headers: Vec<Header>,
}

impl<S: Slot> Chain<S> {
    /// Runs the turn phase. Waits only where a filter asks for a sentence vector.
    pub async fn turn(&self, mut turn: Turn, vectors: &dyn Vectors) -> TurnOutcome {
        let mut response_headers = Vec::new();
        let mut decision = TurnDecision::Next;
        for slot in &self.slots {
            let Some(filter) = slot.turn_filter() else { continue };
            let verdict = verdict_of(slot, &filter, &mut turn, vectors).await;
            let policy = slot.policy();
            let context = &mut turn.context;
            decision = match verdict {
                Ok(TurnVerdict::Next(changes)) => {
                    slot.note(Note::Next);
                    permitted::write_facts(slot, changes.facts, context);
                    let (granted, mut add) =
                        (&policy.grant.write_response_headers, changes.add_response_headers);
                    permitted::retain_headers(slot, &context.request_id, granted, &mut add);
                    response_headers.extend(add);
                    continue;
                }
                // Asked again after it had its answer: there is no more to give.
                Ok(TurnVerdict::Ask(_)) => {
                    slot.note(Note::Next);
                    continue;
                }
                Ok(TurnVerdict::Answer(events)) => {
                    slot.note(Note::Answer);
                    TurnDecision::Answer(events, policy.name.to_owned())
                }
                Ok(TurnVerdict::Refuse(refusal)) => {
                    let refusal = permitted::refused(slot, &context.request_id, refusal);
                    TurnDecision::Refuse(refusal, policy.name.to_owned())
                }
                Err(failure) => {
                    let Some(refusal) = policy.refusal_for(failure) else { continue };
                    TurnDecision::Refuse(refusal, policy.name.to_owned())
                }
            };
            break;
        }
        TurnOutcome { decision, context: turn.context, response_headers }
    }
}

/// The filter's verdict; of one that asks, the verdict after it has its answer.
async fn verdict_of<S: Slot>(
    slot: &S,
    filter: &S::TurnFilter,
    turn: &mut Turn,
    vectors: &dyn Vectors,
) -> Result<TurnVerdict, CallFailure> {
    turn.asked = Asked::NotYet;
    let verdict = filter.on_turn(turn)?;
    let TurnVerdict::Ask(text) = verdict else { return Ok(verdict) };
    slot.note(Note::Ask);
    turn.asked = vectors.vector(&text).await.map_or(Asked::Unavailable, Asked::Vector);
    filter.on_turn(turn)
}
