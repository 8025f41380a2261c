//! The response phase: last slot first, so that the first slot has the last word.

use crate::Chain;
use crate::permitted::{self, apply_headers};
use crate::readable::Readable;
use crate::slot::{Note, Slot};
use crate::wit::{Refusal, Response, ResponseParts, ResponseVerdict};

/// What the chain says of a response.
pub enum ResponseDecision {
    /// Send it; the response is as the filters left it.
    Next(Response),
    /// Send this instead.
    Replace(ResponseParts),
    /// Send a refusal instead.
    Refuse(Refusal, String),
}

impl<S: Slot> Chain<S> {
    /// Whether any filter sees responses.
    #[must_use]
    pub fn sees_responses(&self) -> bool {
        self.slots.iter().any(S::sees_responses)
    }

    /// Whether any filter would read the body of the response to a request of this path: then a host that could stream it holds it back.
    #[must_use]
    pub fn reads_response_bodies(&self, path: &str) -> bool {
        let reads = |slot: &S| {
            let policy = slot.policy();
            policy.grant.read_body && policy.sees(path) && slot.sees_responses()
        };
        self.slots.iter().any(reads)
    }

    /// Runs the response phase, last slot first. `body` is the host's, where it has one to be judged: it is copied into the response
    /// for the first filter that may read bodies, and not at all where none may.
    #[must_use]
    pub fn response(&self, mut response: Response, body: Option<&[u8]>) -> ResponseDecision {
        for slot in self.slots.iter().rev() {
            let policy = slot.policy();
            if !policy.sees(&response.target) {
                continue;
            }
            let readable = Readable::new(&mut response, policy.grant).with_body(body);
            let Some(verdict) = slot.on_response(readable) else { continue };
            let request_id = &response.context.request_id;
            match verdict {
                Ok(ResponseVerdict::Next(mut changes)) => {
                    slot.note(Note::Next);
                    let granted = &policy.grant.write_response_headers;
                    permitted::retain_headers(slot, request_id, granted, &mut changes.set_headers);
                    permitted::retain_names(slot, request_id, granted, &mut changes.remove_headers);
                    apply_headers(&mut response.headers, &changes.set_headers, &changes.remove_headers);
                }
                Ok(ResponseVerdict::Replace(parts)) => {
                    return ResponseDecision::Replace(permitted::answered(slot, request_id, parts));
                }
                Ok(ResponseVerdict::Refuse(refusal)) => {
                    let refusal = permitted::refused(slot, request_id, refusal);
                    return ResponseDecision::Refuse(refusal, policy.name.to_owned());
                }
                Err(failure) => {
                    if let Some(refusal) = policy.refusal_for(failure) {
                        return ResponseDecision::Refuse(refusal, policy.name.to_owned());
                    }
                }
            }
        }
        ResponseDecision::Next(response)
    }
}
