//! `POST /v1/chat/messages`: one turn, through the chain, answered here or by the origin, and kept for whoever sends it again.

use std::future::ready;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use chain::answer::{Answered, events_of};
use chain::words::{SessionFacts, language_of, problem_of, turn_of};
use chain::{TurnDecision, TurnOutcome};
use chat::answer::{Form, Gather};
use chat::internal::{Exchange, TurnRequest};
use chat::limits::FREE_RUNS_MAX;
use chat::{Code, Event, MessagePost, Problem};
use futures_channel::mpsc;
use futures_util::future::{Either, select};
use futures_util::{FutureExt as _, SinkExt as _, Stream, StreamExt as _, stream};
use http::request::Parts;
use serde_json::json;

use crate::exchange::{Exchange as HttpExchange, Refused, Reply, text_of};
use crate::filters::{self, SpinVectors};
use crate::incoming;
use crate::log;
use crate::origin::{self, Origin};
use crate::serve::Asker;
use crate::store::{Previous, Store, Turn, digest, now_ms};

/// A comment is sent after this much silence, so that no proxy on the way takes the stream for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Events that may wait for a slow client. Beyond it the origin waits.
const EVENTS_WAITING_MAX: usize = 16;

type Events = Pin<Box<dyn Stream<Item = Event>>>;

/// Answers a posted message.
///
/// # Errors
/// The body breaks the schema, the id was used for another text, the chain refuses the turn, or the store fails.
pub(crate) async fn post(
    exchange: &mut HttpExchange,
    head: &Parts,
    asker: Asker,
    body: &[u8],
) -> Result<Reply, Refused> {
    let form = Form::of(incoming::text(head, "accept").unwrap_or_default())?;
    let message = chat::validate::message(body)?;
    let events = begin(exchange, asker, message).await?;
    match form {
        // The last header asks proxies that buffer by default not to.
        Form::Stream => Ok(Reply {
            body: crate::exchange::Body::Stream(Box::pin(sse(events))),
            ..Reply::empty(200)
                .with_header("content-type", "text/event-stream")
                .with_header("cache-control", "no-store")
                .with_header("x-accel-buffering", "no")
        }),
        Form::Document => document(events).await,
    }
}

/// The events of the turn: of the first run, when it was answered before.
async fn begin(exchange: &mut HttpExchange, asker: Asker, message: MessagePost) -> Result<Events, Refused> {
    let store = Store::open().await?;
    let digest = digest(&message.digest_input());
    let known = store.turn(asker.session(), message.id).await?;
    let runs = known.as_ref().map_or(0, |turn| turn.runs);
    let is_retry = match known {
        Some(turn) if turn.digest != digest => {
            return Err(Refused::new(Code::IdReused, "Send another text with a new id."));
        }
        Some(Turn { events: Some(events), headers, .. }) => {
            exchange.replace_headers(headers);
            return Ok(Box::pin(stream::iter(events)));
        }
        // It was let pass and not answered: it is run again, a few times without another token. One that still runs is joined at
        // the origin, which runs an id once.
        Some(_) => runs < FREE_RUNS_MAX,
        None => false,
    };
    let kept = store.session(asker.session()).await?;
    let facts = SessionFacts {
        previous: kept.previous.as_ref().map(Previous::to_wit),
        handed_over: kept.handed_over,
    };
    let turn = turn_of(&message, asker.context.clone(), asker.client.clone(), facts, is_retry);
    let language = turn.language;
    let TurnOutcome { decision, context: _, response_headers } =
        filters::chain().turn(turn, &SpinVectors).await;
    let headers: Vec<_> = response_headers.into_iter().map(text_of).collect();
    exchange.replace_headers(headers.clone());
    let admitted = Turn { digest, headers, runs: runs.saturating_add(1), events: None };
    match decision {
        TurnDecision::Answer(events, slot) => {
            let answered = events_of(message.id, &slot, events);
            answer_here(&store, &asker, &message, admitted, answered).await
        }
        TurnDecision::Refuse(refusal, slot) => {
            told(&asker, &message, "refused");
            let problem = Box::new(problem_of(&refusal));
            let headers = refusal.headers.into_iter().map(text_of).collect();
            Err(Refused { problem, headers, rule: Some(refusal.rule.unwrap_or(slot)) })
        }
        TurnDecision::Next => {
            // First of all: whatever fails from here on is ours, and the same message again is not paid for again.
            store.keep_turn(asker.session(), message.id, admitted.clone()).await?;
            let origin = Origin::open().await?;
            let request = TurnRequest {
                id: message.id,
                text: message.text.clone(),
                language: language_of(language),
                page: message.page.clone(),
                not: message.not,
                preceding: kept.preceding,
            };
            Ok(ask_origin(Asking { store, origin, asker, message, admitted }, request))
        }
    }
}

/// A filter's answer: kept for whoever asks again, and for the conversation's memory.
async fn answer_here(
    store: &Store,
    asker: &Asker,
    message: &MessagePost,
    admitted: Turn,
    answered: Answered,
) -> Result<Events, Refused> {
    let source = answered.source;
    let at_ms = now_ms();
    let mut kept = store.session(asker.session()).await?;
    kept.previous = Some(Previous { source, entry: answered.entry, at_ms });
    // A message that came twice at the same moment is remembered once.
    kept.preceding.retain(|waiting| waiting.id != message.id);
    kept.preceding.push(Exchange {
        id: message.id,
        at_ms,
        text: message.text.clone(),
        answer: answered.text,
        source,
        citations: answered.citations,
    });
    store.keep_session(asker.session(), kept).await?;
    let turn = Turn { events: Some(answered.events.clone()), ..admitted };
    store.keep_turn(asker.session(), message.id, turn).await?;
    told(asker, message, source.as_str());
    Ok(Box::pin(stream::iter(answered.events)))
}

/// A turn on its way to the origin.
struct Asking {
    store: Store,
    origin: Origin,
    asker: Asker,
    message: MessagePost,
    admitted: Turn,
}

/// The origin's answer as it comes. It is asked for as long as somebody takes the events: a client that leaves ends the call, and
/// so the answer.
fn ask_origin(asking: Asking, request: TurnRequest) -> Events {
    let (events, taken) = mpsc::channel(EVENTS_WAITING_MAX);
    let relay = async move {
        let source = relay(&asking, &request, events).await;
        told(&asking.asker, &asking.message, source);
    };
    let relay = relay.into_stream().filter_map(|()| ready(None));
    Box::pin(stream::select(taken, relay))
}

async fn relay(asking: &Asking, request: &TurnRequest, mut events: mpsc::Sender<Event>) -> &'static str {
    let total_time = pin!(asking.origin.total_time());
    let result = match select(pin!(pass(asking, request, &mut events)), total_time).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(origin::timeout(&asking.asker)),
    };
    let Err(problem) = result else { return "origin" };
    // The other end is polled by the same stream: it is there.
    let _ = events.send(problem.to_event(Some(request.id))).await;
    "failed"
}

/// Passes the events on. The answer is kept before its end is told: whoever asks again then finds it.
async fn pass(
    asking: &Asking,
    request: &TurnRequest,
    events: &mut mpsc::Sender<Event>,
) -> Result<(), Problem> {
    let body = serde_json::to_vec(request).unwrap_or_default();
    let mut answer = asking.origin.turn(&asking.asker, request.id, body).await?;
    asking.store.begun(asking.asker.session(), &request.preceding, answer.handed_over).await?;
    let mut kept = Vec::new();
    while let Some(event) = answer.next(&asking.asker).await? {
        kept.push(event.clone());
        if event.ends_answer()
            && let Err(problem) = keep(asking, &kept).await
        {
            // It is answered; a repetition will be asked of the origin once more, which knows the id.
            log::line("WARN", "an answer was not kept", json!({ "code": problem.code.as_str() }));
        }
        if events.send(event).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Keeps an answer that came to its end.
async fn keep(asking: &Asking, events: &[Event]) -> Result<(), Problem> {
    let session = asking.asker.session();
    let Some(Event::Done { source, .. }) = events.last() else { return Ok(()) };
    let mut kept = asking.store.session(session).await?;
    kept.previous = Some(Previous { source: *source, entry: None, at_ms: now_ms() });
    asking.store.keep_session(session, kept).await?;
    let turn = Turn { events: Some(events.to_vec()), ..asking.admitted.clone() };
    asking.store.keep_turn(session, asking.message.id, turn).await
}

fn told(asker: &Asker, message: &MessagePost, source: &str) {
    log::line(
        "INFO",
        "turn",
        json!({
            "request_id": asker.request_id,
            "message_id": message.id,
            "source": source,
            "chars": message.text.chars().count(),
        }),
    );
}

/// The events as Server-Sent Events, with a comment now and then while nothing comes.
fn sse(events: Events) -> impl Stream<Item = Bytes> {
    stream::unfold(events, |mut events| async move {
        let next = select(events.next(), Box::pin(spin_sdk::time::sleep(KEEP_ALIVE))).await;
        match next {
            Either::Left((event, _)) => event.map(|event| (Bytes::from(event.to_sse()), events)),
            Either::Right(_) => Some((Bytes::from_static(b": still here\n\n"), events)),
        }
    })
}

/// Waits for the whole answer.
async fn document(mut events: Events) -> Result<Reply, Refused> {
    let mut gather = Gather::new();
    let mut answer = None;
    // To the end of the stream: what comes after the last event is keeping it.
    while let Some(event) = events.next().await {
        answer = gather.push(event).or(answer);
    }
    let answer = answer.unwrap_or_else(|| Err(Problem::of(Code::Interrupted)))?;
    Ok(Reply::json(200, serde_json::to_vec(&answer).unwrap_or_default()))
}
