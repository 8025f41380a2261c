//! The request phase: first slot first, until one answers or refuses.

use crate::Chain;
use crate::permitted::{self, HeaderChanges, apply_headers};
use crate::readable::Readable;
use crate::slot::{Note, Slot};
use crate::wit::{Header, Refusal, Request, ResponseParts, Verdict};

/// What the chain says of a request.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Route it.
    Next,
    /// Answer with this.
    Answer(ResponseParts),
    /// Refuse, on behalf of this slot.
    Refuse(Refusal, String),
}

/// A request after the chain.
pub struct RequestOutcome {
    /// What to do.
    pub decision: Decision,
    /// The request as the filters left it; its context is what they found out.
    pub request: Request,
    /// Headers that were set on the request.
    pub set_headers: Vec<Header>,
    /// Names of headers that were removed from it.
    pub removed_headers: Vec<String>,
    /// Headers to add to the response, whatever it is.
    pub response_headers: Vec<Header>,
}

impl<S: Slot> Chain<S> {
    /// Runs the request phase.
    #[must_use]
    pub fn request(&self, request: Request) -> RequestOutcome {
        let mut outcome = RequestOutcome {
            decision: Decision::Next,
            request,
            set_headers: Vec::new(),
            removed_headers: Vec::new(),
            response_headers: Vec::new(),
        };
        for slot in &self.slots {
            let policy = slot.policy();
            if !policy.sees(&outcome.request.target) {
                continue;
            }
            let readable = Readable::new(&mut outcome.request, policy.grant);
            let Some(verdict) = slot.on_request(readable) else { continue };
            let context = &mut outcome.request.context;
            outcome.decision = match verdict {
                Ok(Verdict::Next(changes)) => {
                    slot.note(Note::Next);
                    let changes = permitted::changes(slot, changes, context);
                    outcome.take(changes);
                    continue;
                }
                Ok(Verdict::Answer(parts)) => {
                    Decision::Answer(permitted::answered(slot, &context.request_id, parts))
                }
                Ok(Verdict::Refuse(refusal)) => {
                    let refusal = permitted::refused(slot, &context.request_id, refusal);
                    Decision::Refuse(refusal, policy.name.to_owned())
                }
                Err(failure) => {
                    let Some(refusal) = policy.refusal_for(failure) else { continue };
                    Decision::Refuse(refusal, policy.name.to_owned())
                }
            };
            break;
        }
        outcome
    }
}

impl RequestOutcome {
    fn take(&mut self, changes: HeaderChanges) {
        let HeaderChanges { set, remove, add } = changes;
        apply_headers(&mut self.request.headers, &set, &remove);
        // Of two filters that touch a header, the later one decides.
        self.removed_headers.retain(|name| !set.iter().any(|header| header.name == *name));
        apply_headers(&mut self.set_headers, &set, &remove);
        self.removed_headers.extend(remove);
        self.response_headers.extend(add);
    }
}
