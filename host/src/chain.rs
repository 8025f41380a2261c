//! The chain over this host's slots: each calls the version that it has at that moment, counts, and logs what was denied.

use std::sync::Arc;

use ::chain::wit::{EventVerdict, Outgoing, Request, Response, ResponseVerdict, Turn, TurnVerdict, Verdict};
use ::chain::{CallFailure, Note, Policy, Readable, TurnFilter};

pub use ::chain::{
    Decision, EventDecision, NoVectors, RequestOutcome, ResponseDecision, TurnDecision, TurnOutcome, Vectors,
};

use crate::slot::Slot;
use crate::version::Version;

/// The slots in order.
pub type Chain = ::chain::Chain<Arc<Slot>>;

impl ::chain::Slot for Slot {
    type TurnFilter = Arc<Version>;

    fn policy(&self) -> Policy<'_> {
        let config = self.config();
        Policy {
            name: &config.name,
            on_failure: config.on_failure,
            paths: &config.paths,
            grant: &config.grant,
        }
    }

    fn on_request(&self, request: Readable<'_, Request>) -> Option<Result<Verdict, CallFailure>> {
        let version = self.load();
        version.phases().request.as_ref()?;
        Some(request.hand_over(|request| version.call_request(request)))
    }

    fn turn_filter(&self) -> Option<Arc<Version>> {
        let version = self.load();
        version.phases().turn.as_ref()?;
        Some(Arc::clone(&version))
    }

    fn on_response(&self, response: Readable<'_, Response>) -> Option<Result<ResponseVerdict, CallFailure>> {
        let version = self.load();
        version.phases().response.as_ref()?;
        Some(response.hand_over(|response| version.call_response(response)))
    }

    fn on_event(&self, event: &Outgoing) -> Option<Result<EventVerdict, CallFailure>> {
        let version = self.load();
        version.phases().event.as_ref()?;
        Some(version.call_event(event))
    }

    fn sees_responses(&self) -> bool {
        self.load().phases().response.is_some()
    }

    fn sees_events(&self) -> bool {
        self.load().phases().event.is_some()
    }

    fn note(&self, note: Note<'_>) {
        let (slot, metrics) = (self.config().name.as_str(), &self.metrics);
        match note {
            Note::Next => metrics.next.inc(),
            Note::Answer => metrics.answer.inc(),
            Note::Refuse => metrics.refuse.inc(),
            Note::Ask => metrics.ask.inc(),
            Note::DeniedFact { request_id, kind } => {
                tracing::warn!(slot, request_id, ?kind, "fact not granted");
                metrics.denied_fact.inc()
            }
            Note::DeniedHeader { request_id, name } => {
                // `?` escapes whatever a hostile filter puts into the name.
                tracing::warn!(slot, request_id, header = ?name, "header not granted");
                metrics.denied_header.inc()
            }
        };
    }
}

impl TurnFilter for Version {
    fn on_turn(&self, turn: &Turn) -> Result<TurnVerdict, CallFailure> {
        self.call_turn(turn)
    }
}
