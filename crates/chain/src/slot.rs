//! The seam to the hosts: what the chain needs of a slot, and what it tells it.

use std::sync::Arc;

use crate::grant::FactKind;
use crate::policy::{CallFailure, Policy};
use crate::readable::Readable;
use crate::wit::{EventVerdict, Outgoing, Request, Response, ResponseVerdict, Turn, TurnVerdict, Verdict};

/// A place in the chain, with a filter. A phase that the filter does not have is answered with none.
pub trait Slot {
    /// The filter of one turn; see [`Slot::turn_filter`].
    type TurnFilter: TurnFilter;

    /// The slot's settings.
    fn policy(&self) -> Policy<'_>;

    /// Calls the filter with a request.
    fn on_request(&self, request: Readable<'_, Request>) -> Option<Result<Verdict, CallFailure>>;

    /// The filter that a turn's calls run on: the second one, after an *ask*, finds the version that the first one began with,
    /// whatever has been published between them.
    fn turn_filter(&self) -> Option<Self::TurnFilter>;

    /// Calls the filter with a response.
    fn on_response(&self, response: Readable<'_, Response>) -> Option<Result<ResponseVerdict, CallFailure>>;

    /// Calls the filter with an event.
    fn on_event(&self, event: &Outgoing) -> Option<Result<EventVerdict, CallFailure>>;

    /// Whether the filter has the response phase.
    fn sees_responses(&self) -> bool;

    /// Whether the filter has the event phase.
    fn sees_events(&self) -> bool;

    /// Takes note of what the chain has done with the filter's verdict: for counters, and for the log where something was
    /// denied. Failures are the host's own to note: it knows what they came from.
    fn note(&self, note: Note<'_>);
}

/// The filter of one turn.
pub trait TurnFilter {
    /// Calls the filter with the turn.
    ///
    /// # Errors
    /// There is no verdict.
    fn on_turn(&self, turn: &Turn) -> Result<TurnVerdict, CallFailure>;
}

/// What the chain has done on a slot's behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note<'a> {
    /// It went on to the next slot.
    Next,
    /// It took the filter's answer, or its word on a response or an event.
    Answer,
    /// It refused as the filter said.
    Refuse,
    /// It fetched the vector that the filter asked for.
    Ask,
    /// It left out a fact that the slot's grant does not allow.
    DeniedFact {
        /// Names the request in the log.
        request_id: &'a str,
        /// The kind of fact.
        kind: FactKind,
    },
    /// It left out a header that the slot's grant does not allow, or that no filter may write.
    DeniedHeader {
        /// Names the request in the log.
        request_id: &'a str,
        /// The header's name, as the filter wrote it: it may hold anything.
        name: &'a str,
    },
}

impl<S: Slot + ?Sized> Slot for Arc<S> {
    type TurnFilter = S::TurnFilter;

    fn policy(&self) -> Policy<'_> {
        (**self).policy()
    }

    fn on_request(&self, request: Readable<'_, Request>) -> Option<Result<Verdict, CallFailure>> {
        (**self).on_request(request)
    }

    fn turn_filter(&self) -> Option<Self::TurnFilter> {
        (**self).turn_filter()
    }

    fn on_response(&self, response: Readable<'_, Response>) -> Option<Result<ResponseVerdict, CallFailure>> {
        (**self).on_response(response)
    }

    fn on_event(&self, event: &Outgoing) -> Option<Result<EventVerdict, CallFailure>> {
        (**self).on_event(event)
    }

    fn sees_responses(&self) -> bool {
        (**self).sees_responses()
    }

    fn sees_events(&self) -> bool {
        (**self).sees_events()
    }

    fn note(&self, note: Note<'_>) {
        (**self).note(note);
    }
}

impl<F: TurnFilter + ?Sized> TurnFilter for Arc<F> {
    fn on_turn(&self, turn: &Turn) -> Result<TurnVerdict, CallFailure> {
        (**self).on_turn(turn)
    }
}
