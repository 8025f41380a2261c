//! The slots in order, and what becomes of their verdicts: grants are enforced here, failures answered by policy, and what
//! one filter found out handed to the next.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::config::{OnFailure, SlotConfig};
use crate::grant::{FactKind, Names, header_is_writable};
use crate::slot::Slot;
use crate::version::{CallFailure, Version};
use crate::wit::{
    Asked, ChatEvent, Context, EventVerdict, Fact, Header, Outgoing, Refusal, Request, Response,
    ResponseParts, ResponseVerdict, Score, Turn, TurnVerdict, Verdict,
};

/// Most tags of one request.
const TAGS_MAX: usize = 64;
/// Most scores of one request.
const SCORES_MAX: usize = 64;

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

/// What the chain says of a response.
pub enum ResponseDecision {
    /// Send it; the response is as the filters left it.
    Next(Response),
    /// Send this instead.
    Replace(ResponseParts),
    /// Send a refusal instead.
    Refuse(Refusal, String),
}

/// The slots in order.
pub struct Chain {
    slots: Vec<Arc<Slot>>,
}

impl Chain {
    /// A chain of these slots.
    #[must_use]
    pub const fn new(slots: Vec<Arc<Slot>>) -> Self {
        Self { slots }
    }

    /// The slots in order.
    #[must_use]
    pub fn slots(&self) -> &[Arc<Slot>] {
        &self.slots
    }

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
            let version = slot.load();
            if version.phases().request.is_none() || !slot.sees(&outcome.request.target) {
                continue;
            }
            match call_request(&version, &mut outcome.request) {
                Ok(Verdict::Next(changes)) => {
                    slot.metrics.next.inc();
                    let Changes { set, remove, add } = permitted(slot, changes, &mut outcome.request.context);
                    apply_headers(&mut outcome.request.headers, &set, &remove);
                    // Of two filters that touch a header, the later one decides.
                    outcome.removed_headers.retain(|name| !set.iter().any(|header| header.name == *name));
                    apply_headers(&mut outcome.set_headers, &set, &remove);
                    outcome.removed_headers.extend(remove);
                    outcome.response_headers.extend(add);
                    continue;
                }
                Ok(Verdict::Answer(mut answer)) => {
                    bound_parts(slot, &mut answer);
                    outcome.decision = Decision::Answer(answer);
                }
                Ok(Verdict::Refuse(refusal)) => {
                    outcome.decision = Decision::Refuse(refused(slot, refusal), slot.config().name.clone());
                }
                Err(failure) => match on_failure(slot.config(), failure) {
                    None => continue,
                    Some(refusal) => outcome.decision = Decision::Refuse(refusal, slot.config().name.clone()),
                },
            }
            break;
        }
        outcome
    }

    /// Runs the turn phase. Waits only where a filter asks for a sentence vector.
    pub async fn turn(&self, mut turn: Turn, vectors: &dyn Vectors) -> TurnOutcome {
        let mut response_headers = Vec::new();
        let mut decision = TurnDecision::Next;
        for slot in &self.slots {
            let version = slot.current();
            if version.phases().turn.is_none() {
                continue;
            }
            match self.turn_verdict(slot, &version, &mut turn, vectors).await {
                Ok(TurnVerdict::Next(changes)) => {
                    slot.metrics.next.inc();
                    let changes = crate::wit::Changes {
                        set_request_headers: Vec::new(),
                        remove_request_headers: Vec::new(),
                        add_response_headers: changes.add_response_headers,
                        facts: changes.facts,
                    };
                    response_headers.extend(permitted(slot, changes, &mut turn.context).add);
                    continue;
                }
                // Asked again after it had its answer: there is no more to give.
                Ok(TurnVerdict::Ask(_)) => {
                    slot.metrics.next.inc();
                    continue;
                }
                Ok(TurnVerdict::Answer(events)) => {
                    slot.metrics.answer.inc();
                    decision = TurnDecision::Answer(events, slot.config().name.clone());
                }
                Ok(TurnVerdict::Refuse(refusal)) => {
                    decision = TurnDecision::Refuse(refused(slot, refusal), slot.config().name.clone());
                }
                Err(failure) => match on_failure(slot.config(), failure) {
                    None => continue,
                    Some(refusal) => decision = TurnDecision::Refuse(refusal, slot.config().name.clone()),
                },
            }
            break;
        }
        TurnOutcome { decision, context: turn.context, response_headers }
    }

    async fn turn_verdict(
        &self,
        slot: &Slot,
        version: &Version,
        turn: &mut Turn,
        vectors: &dyn Vectors,
    ) -> Result<TurnVerdict, CallFailure> {
        turn.asked = Asked::NotYet;
        let verdict = call_turn(version, turn)?;
        let TurnVerdict::Ask(text) = verdict else { return Ok(verdict) };
        slot.metrics.ask.inc();
        turn.asked = vectors.vector(&text).await.map_or(Asked::Unavailable, Asked::Vector);
        call_turn(version, turn)
    }

    /// Whether any filter sees responses.
    #[must_use]
    pub fn sees_responses(&self) -> bool {
        self.slots.iter().any(|slot| slot.load().phases().response.is_some())
    }

    /// Runs the response phase, last slot first.
    #[must_use]
    pub fn response(&self, mut response: Response) -> ResponseDecision {
        for slot in self.slots.iter().rev() {
            let version = slot.load();
            if version.phases().response.is_none() || !slot.sees(&response.target) {
                continue;
            }
            match call_response(&version, &mut response) {
                Ok(ResponseVerdict::Next(mut changes)) => {
                    slot.metrics.next.inc();
                    let granted = &slot.config().grant.write_response_headers;
                    retain_permitted(slot, granted, &mut changes.set_headers);
                    retain_removable(slot, granted, &mut changes.remove_headers);
                    apply_headers(&mut response.headers, &changes.set_headers, &changes.remove_headers);
                }
                Ok(ResponseVerdict::Replace(mut parts)) => {
                    bound_parts(slot, &mut parts);
                    return ResponseDecision::Replace(parts);
                }
                Ok(ResponseVerdict::Refuse(refusal)) => {
                    return ResponseDecision::Refuse(refused(slot, refusal), slot.config().name.clone());
                }
                Err(failure) => {
                    if let Some(refusal) = on_failure(slot.config(), failure) {
                        return ResponseDecision::Refuse(refusal, slot.config().name.clone());
                    }
                }
            }
        }
        ResponseDecision::Next(response)
    }

    /// Whether any filter sees outgoing chat events.
    #[must_use]
    pub fn sees_events(&self) -> bool {
        self.slots.iter().any(|slot| slot.load().phases().event.is_some())
    }

    /// Runs the event phase, last slot first. The first verdict other than `pass` stands.
    #[must_use]
    pub fn event(&self, outgoing: &Outgoing) -> EventVerdict {
        for slot in self.slots.iter().rev() {
            let version = slot.load();
            let Some(_) = version.phases().event else { continue };
            let request_id = &outgoing.context.request_id;
            let verdict = version.call(
                request_id,
                |warm| match &warm.event {
                    Some(guest) => guest.call_on_event(&mut warm.store, outgoing),
                    None => Ok(EventVerdict::Pass),
                },
                |verdict| match verdict {
                    EventVerdict::Rewrite(text) | EventVerdict::Cut(text) => text.len(),
                    EventVerdict::Pass | EventVerdict::Drop => 0,
                },
            );
            match verdict {
                Ok(verdict) if counts_as_pass(&verdict, &outgoing.name) => slot.metrics.next.inc(),
                Ok(verdict) => {
                    slot.metrics.answer.inc();
                    return verdict;
                }
                Err(failure) => match on_failure(slot.config(), failure) {
                    None => continue,
                    Some(refusal) => return EventVerdict::Cut(refusal.reason),
                },
            };
        }
        EventVerdict::Pass
    }
}

/// Calls with the headers and the body that the slot may read; the rest waits here meanwhile.
fn call_request(version: &Version, request: &mut Request) -> Result<Verdict, CallFailure> {
    let grant = &version.shared.config.grant;
    let all_headers = (!grant.read_headers.is_every()).then(|| {
        let readable = request.headers.iter().filter(|header| grant.read_headers.contains(&header.name));
        let readable = readable.cloned().collect();
        std::mem::replace(&mut request.headers, readable)
    });
    let body = if grant.read_body { None } else { request.body.take() };
    let verdict = version.call(
        &request.context.request_id,
        |warm| match &warm.request {
            Some(guest) => guest.call_on_request(&mut warm.store, request),
            None => Err(wasmtime::Error::msg("the request phase is not loaded")),
        },
        verdict_bytes,
    );
    if let Some(all_headers) = all_headers {
        request.headers = all_headers;
    }
    if !grant.read_body {
        request.body = body;
    }
    verdict
}

fn call_turn(version: &Version, turn: &Turn) -> Result<TurnVerdict, CallFailure> {
    version.call(
        &turn.context.request_id,
        |warm| match &warm.turn {
            Some(guest) => guest.call_on_turn(&mut warm.store, turn),
            None => Err(wasmtime::Error::msg("the turn phase is not loaded")),
        },
        turn_verdict_bytes,
    )
}

fn call_response(version: &Version, response: &mut Response) -> Result<ResponseVerdict, CallFailure> {
    let grant = &version.shared.config.grant;
    let all_headers = (!grant.read_headers.is_every()).then(|| {
        let readable = response.headers.iter().filter(|header| grant.read_headers.contains(&header.name));
        let readable = readable.cloned().collect();
        std::mem::replace(&mut response.headers, readable)
    });
    let body = if grant.read_body { None } else { response.body.take() };
    let verdict = version.call(
        &response.context.request_id,
        |warm| match &warm.response {
            Some(guest) => guest.call_on_response(&mut warm.store, response),
            None => Err(wasmtime::Error::msg("the response phase is not loaded")),
        },
        |verdict| match verdict {
            ResponseVerdict::Next(changes) => headers_bytes(&changes.set_headers),
            ResponseVerdict::Replace(parts) => headers_bytes(&parts.headers) + parts.body.len(),
            ResponseVerdict::Refuse(refusal) => refusal.reason.len() + headers_bytes(&refusal.headers),
        },
    );
    if let Some(all_headers) = all_headers {
        response.headers = all_headers;
    }
    if !grant.read_body {
        response.body = body;
    }
    verdict
}

fn headers_bytes(headers: &[Header]) -> usize {
    headers.iter().map(|header| header.name.len() + header.value.len()).sum()
}

fn verdict_bytes(verdict: &Verdict) -> usize {
    match verdict {
        Verdict::Next(changes) => {
            headers_bytes(&changes.set_request_headers)
                + headers_bytes(&changes.add_response_headers)
                + changes.remove_request_headers.iter().map(String::len).sum::<usize>()
                + changes.facts.iter().map(fact_bytes).sum::<usize>()
        }
        Verdict::Answer(parts) => headers_bytes(&parts.headers) + parts.body.len(),
        Verdict::Refuse(refusal) => refusal.reason.len() + headers_bytes(&refusal.headers),
    }
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

fn turn_verdict_bytes(verdict: &TurnVerdict) -> usize {
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
        TurnVerdict::Refuse(refusal) => refusal.reason.len() + headers_bytes(&refusal.headers),
        TurnVerdict::Ask(text) => text.len(),
    }
}

struct Changes {
    set: Vec<Header>,
    remove: Vec<String>,
    add: Vec<Header>,
}

/// Keeps what the grant allows: facts go into the context, headers are handed back.
fn permitted(slot: &Slot, mut changes: crate::wit::Changes, context: &mut Context) -> Changes {
    let grant = &slot.config().grant;
    for fact in changes.facts {
        let kind = match &fact {
            Fact::Principal(_) => FactKind::Principal,
            Fact::Score(_) => FactKind::Score,
            Fact::Tag(_) => FactKind::Tag,
        };
        if grant.facts.contains(&kind) {
            apply_fact(context, fact);
        } else {
            slot.metrics.denied_fact.inc();
            tracing::warn!(
                slot = slot.config().name,
                request_id = context.request_id,
                ?kind,
                "fact not granted"
            );
        }
    }
    retain_permitted(slot, &grant.write_request_headers, &mut changes.set_request_headers);
    retain_removable(slot, &grant.write_request_headers, &mut changes.remove_request_headers);
    retain_permitted(slot, &grant.write_response_headers, &mut changes.add_response_headers);
    Changes {
        set: changes.set_request_headers,
        remove: changes.remove_request_headers,
        add: changes.add_response_headers,
    }
}

fn apply_fact(context: &mut Context, fact: Fact) {
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

fn retain_permitted(slot: &Slot, granted: &Names, headers: &mut Vec<Header>) {
    headers.retain(|header| {
        let permitted = granted.contains(&header.name) && header_is_writable(&header.name, &header.value);
        if !permitted {
            deny_header(slot, &header.name);
        }
        permitted
    });
}

fn retain_removable(slot: &Slot, granted: &Names, names: &mut Vec<String>) {
    names.retain(|name| {
        let permitted = granted.contains(name) && header_is_writable(name, b"");
        if !permitted {
            deny_header(slot, name);
        }
        permitted
    });
}

fn deny_header(slot: &Slot, name: &str) {
    slot.metrics.denied_header.inc();
    // `?` escapes whatever a hostile filter puts into the name.
    tracing::warn!(slot = slot.config().name, header = ?name, "header not granted");
}

fn apply_headers(headers: &mut Vec<Header>, set: &[Header], remove: &[String]) {
    headers.retain(|header| {
        !remove.contains(&header.name) && !set.iter().any(|other| other.name == header.name)
    });
    headers.extend(set.iter().cloned());
}

/// Whether this verdict says nothing about an event of this name: only the text of a delta can be rewritten, and what
/// begins or ends an answer is never left out.
fn counts_as_pass(verdict: &EventVerdict, name: &str) -> bool {
    match verdict {
        EventVerdict::Pass => true,
        EventVerdict::Rewrite(_) => name != "delta",
        EventVerdict::Drop => matches!(name, "start" | "done" | "error"),
        EventVerdict::Cut(_) => false,
    }
}

/// A filter's response: a final status, and the headers that its slot may write.
fn bound_parts(slot: &Slot, parts: &mut ResponseParts) {
    slot.metrics.answer.inc();
    parts.status = parts.status.clamp(200, 599);
    retain_permitted(slot, &slot.config().grant.write_response_headers, &mut parts.headers);
}

fn refused(slot: &Slot, mut refusal: Refusal) -> Refusal {
    slot.metrics.refuse.inc();
    refusal.status = refusal.status.clamp(400, 599);
    retain_permitted(slot, &slot.config().grant.write_response_headers, &mut refusal.headers);
    refusal
}

/// The slot's policy: nothing to skip the filter, or the refusal that stands in for its verdict.
fn on_failure(config: &SlotConfig, failure: CallFailure) -> Option<Refusal> {
    match config.on_failure {
        OnFailure::Open => None,
        OnFailure::Closed => Some(Refusal {
            status: 503,
            code: "unavailable".into(),
            reason: "This cannot be checked right now. Try again in a moment.".into(),
            rule: Some(format!("{}:{}", config.name, failure.as_str())),
            retry_after: Some(1),
            headers: Vec::new(),
        }),
    }
}
