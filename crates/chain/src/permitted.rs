//! What a filter writes, held to its slot's grant: what is permitted is applied, what is not is left out and noted.

use crate::grant::{FactKind, Names, header_is_writable};
use crate::slot::{Note, Slot};
use crate::wit::{Changes, Context, Fact, Header, Refusal, ResponseParts, Score};

/// Most tags of one request.
const TAGS_MAX: usize = 64;
/// Most scores of one request.
const SCORES_MAX: usize = 64;

/// A filter's changes of headers, as far as they are permitted.
pub(crate) struct HeaderChanges {
    pub(crate) set: Vec<Header>,
    pub(crate) remove: Vec<String>,
    pub(crate) add: Vec<Header>,
}

/// Keeps what the grant allows: facts go into the context, headers are handed back.
pub(crate) fn changes<S: Slot>(slot: &S, changes: Changes, context: &mut Context) -> HeaderChanges {
    let Changes {
        set_request_headers: mut set,
        remove_request_headers: mut remove,
        add_response_headers: mut add,
        facts,
    } = changes;
    write_facts(slot, facts, context);
    let (grant, request_id) = (slot.policy().grant, context.request_id.as_str());
    retain_headers(slot, request_id, &grant.write_request_headers, &mut set);
    retain_names(slot, request_id, &grant.write_request_headers, &mut remove);
    retain_headers(slot, request_id, &grant.write_response_headers, &mut add);
    HeaderChanges { set, remove, add }
}

/// Writes the facts that the grant allows into the context.
pub(crate) fn write_facts<S: Slot>(slot: &S, facts: Vec<Fact>, context: &mut Context) {
    let grant = slot.policy().grant;
    for fact in facts {
        let kind = match &fact {
            Fact::Principal(_) => FactKind::Principal,
            Fact::Score(_) => FactKind::Score,
            Fact::Tag(_) => FactKind::Tag,
        };
        if grant.facts.contains(&kind) {
            write_fact(context, fact);
        } else {
            slot.note(Note::DeniedFact { request_id: &context.request_id, kind });
        }
    }
}

fn write_fact(context: &mut Context, fact: Fact) {
    match fact {
        Fact::Principal(principal) => context.principal = Some(principal),
        Fact::Score(Score { name, value }) => {
            if let Some(known) = context.scores.iter_mut().find(|score| score.name == name) {
                known.value = value;
            } else if context.scores.len() < SCORES_MAX {
                context.scores.push(Score { name, value });
            }
        }
        Fact::Tag(tag) => {
            if !context.tags.contains(&tag) && context.tags.len() < TAGS_MAX {
                context.tags.push(tag);
            }
        }
    }
}

/// Keeps the headers that are granted and that a filter may write at all.
pub(crate) fn retain_headers<S: Slot>(
    slot: &S,
    request_id: &str,
    granted: &Names,
    headers: &mut Vec<Header>,
) {
    headers.retain(|header| {
        let permitted = granted.contains(&header.name) && header_is_writable(&header.name, &header.value);
        if !permitted {
            slot.note(Note::DeniedHeader { request_id, name: &header.name });
        }
        permitted
    });
}

/// Keeps the names of headers that the slot may remove.
pub(crate) fn retain_names<S: Slot>(slot: &S, request_id: &str, granted: &Names, names: &mut Vec<String>) {
    names.retain(|name| {
        let permitted = granted.contains(name) && header_is_writable(name, b"");
        if !permitted {
            slot.note(Note::DeniedHeader { request_id, name });
        }
        permitted
    });
}

/// Sets and removes headers.
pub(crate) fn apply_headers(headers: &mut Vec<Header>, set: &[Header], remove: &[String]) {
    headers.retain(|header| {
        !remove.contains(&header.name) && !set.iter().any(|other| other.name == header.name)
    });
    headers.extend(set.iter().cloned());
}

/// A filter's response: a final status, and the headers that its slot may write.
pub(crate) fn answered<S: Slot>(slot: &S, request_id: &str, mut parts: ResponseParts) -> ResponseParts {
    slot.note(Note::Answer);
    parts.status = parts.status.clamp(200, 599);
    retain_headers(slot, request_id, &slot.policy().grant.write_response_headers, &mut parts.headers);
    parts
}

/// A filter's refusal: a status that refuses, and the headers that its slot may write.
pub(crate) fn refused<S: Slot>(slot: &S, request_id: &str, mut refusal: Refusal) -> Refusal {
    slot.note(Note::Refuse);
    refusal.status = refusal.status.clamp(400, 599);
    retain_headers(slot, request_id, &slot.policy().grant.write_response_headers, &mut refusal.headers);
    refusal
}
