//! The event phase: last slot first; the first word other than *pass* stands.

use chat::Code;

use crate::Chain;
use crate::slot::{Note, Slot};
use crate::wit::{EventVerdict, Outgoing};

/// What the chain says of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventDecision {
    /// Send it as it is.
    Pass,
    /// Send this text instead of the delta's.
    Rewrite(String),
    /// Leave it out; of a delta, its text.
    Drop,
    /// End the answer here with an `error`.
    Cut {
        /// `blocked` when a filter says so, `unavailable` when one of a closed slot has failed.
        code: Code,
        /// For people.
        reason: String,
    },
}

impl<S: Slot> Chain<S> {
    /// Whether any filter sees outgoing chat events.
    #[must_use]
    pub fn sees_events(&self) -> bool {
        self.slots.iter().any(S::sees_events)
    }

    /// Runs the event phase, last slot first. The first decision other than to pass stands.
    #[must_use]
    pub fn event(&self, outgoing: &Outgoing) -> EventDecision {
        for slot in self.slots.iter().rev() {
            let Some(verdict) = slot.on_event(outgoing) else { continue };
            match verdict.map(|verdict| decision_of(verdict, &outgoing.name)) {
                Ok(EventDecision::Pass) => slot.note(Note::Next),
                Ok(decision) => {
                    slot.note(Note::Answer);
                    return decision;
                }
                Err(failure) => {
                    if let Some(refusal) = slot.policy().refusal_for(failure) {
                        return EventDecision::Cut { code: Code::Unavailable, reason: refusal.reason };
                    }
                }
            }
        }
        EventDecision::Pass
    }
}

/// What a verdict comes to for an event of this name: only the text of a delta can be rewritten, and what begins or ends an answer
/// is never left out.
fn decision_of(verdict: EventVerdict, name: &str) -> EventDecision {
    match verdict {
        EventVerdict::Rewrite(text) if name == "delta" => EventDecision::Rewrite(text),
        EventVerdict::Drop if !matches!(name, "start" | "done" | "error") => EventDecision::Drop,
        EventVerdict::Cut(reason) => EventDecision::Cut { code: Code::Blocked, reason },
        EventVerdict::Pass | EventVerdict::Rewrite(_) | EventVerdict::Drop => EventDecision::Pass,
    }
}
