//! How large a verdict is: what a slot's `output_kib` bounds.

use ::chain::wit::{
    ChatEvent, EventVerdict, Fact, Header, Refusal, ResponseParts, ResponseVerdict, TurnVerdict, Verdict,
};

/// Bytes of a request filter's verdict.
pub(crate) fn verdict_bytes(verdict: &Verdict) -> usize {
    match verdict {
        Verdict::Next(changes) => {
            headers_bytes(&changes.set_request_headers)
                + headers_bytes(&changes.add_response_headers)
                + changes.remove_request_headers.iter().map(String::len).sum::<usize>()
                + changes.facts.iter().map(fact_bytes).sum::<usize>()
        }
        Verdict::Answer(parts) => parts_bytes(parts),
        Verdict::Refuse(refusal) => refusal_bytes(refusal),
    }
}

/// Bytes of a turn filter's verdict.
pub(crate) fn turn_verdict_bytes(verdict: &TurnVerdict) -> usize {
    match verdict {
        TurnVerdict::Next(changes) => {
            headers_bytes(&changes.add_response_headers) + changes.facts.iter().map(fact_bytes).sum::<usize>()
        }
        TurnVerdict::Answer(events) => events
            .iter()
            .map(|event| match event {
                ChatEvent::Delta(text) | ChatEvent::Entry(text) => text.len(),
                ChatEvent::Cards(ids) => ids.iter().map(String::len).sum(),
                ChatEvent::Cite(citation) => citation.id.len() + citation.title.len(),
            })
            .sum(),
        TurnVerdict::Refuse(refusal) => refusal_bytes(refusal),
        TurnVerdict::Ask(text) => text.len(),
    }
}

/// Bytes of a response filter's verdict.
pub(crate) fn response_verdict_bytes(verdict: &ResponseVerdict) -> usize {
    match verdict {
        ResponseVerdict::Next(changes) => headers_bytes(&changes.set_headers),
        ResponseVerdict::Replace(parts) => parts_bytes(parts),
        ResponseVerdict::Refuse(refusal) => refusal_bytes(refusal),
    }
}

/// Bytes of an event filter's verdict.
pub(crate) fn event_verdict_bytes(verdict: &EventVerdict) -> usize {
    match verdict {
        EventVerdict::Rewrite(text) | EventVerdict::Cut(text) => text.len(),
        EventVerdict::Pass | EventVerdict::Drop => 0,
    }
}

fn headers_bytes(headers: &[Header]) -> usize {
    headers.iter().map(|header| header.name.len() + header.value.len()).sum()
}

fn parts_bytes(parts: &ResponseParts) -> usize {
    headers_bytes(&parts.headers) + parts.body.len()
}

fn refusal_bytes(refusal: &Refusal) -> usize {
    refusal.reason.len() + headers_bytes(&refusal.headers)
}

fn fact_bytes(fact: &Fact) -> usize {
    match fact {
        Fact::Principal(principal) => {
            principal.subject.len() + principal.scopes.iter().map(String::len).sum::<usize>()
        }
        Fact::Score(score) => score.name.len(),
        Fact::Tag(tag) => tag.len(),
    }
}
