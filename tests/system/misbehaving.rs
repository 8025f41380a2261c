//! A filter that misbehaves in a running edge: whoever it fails is told so by the slot's closed policy, whichever way they ask,
//! and nobody else notices. And a filter of responses and events that behaves: what it says reaches the client.

use std::sync::Arc;

use chat::{Code, Event, Source};
use host::config::SlotConfig;
use host::grant::Names;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::filters::artifacts::misbehave;
use crate::filters::rig::config;
use crate::fixture::{INDEX, Reply, Shop, Visitor, message, text_of};

/// The slot, after those of the shop.
const SLOT: &str = "misbehave";
/// A question that the FAQ answers, before the turn gets to the slot.
const SHIPPING: &str = "How much is shipping?";
/// A question that gets to the slot, and from there to the origin.
const DISCOVERY: &str = "Recommend me something dark like Berserk, please";
/// What the origin answers.
const ANSWER: &str = "Try Berserk.";
const MESSAGES: &str = "/v1/chat/messages";
const SOCKET: &str = "/v1/chat/ws";

/// The ways to ask for something.
#[derive(Clone, Copy, Debug)]
enum Way {
    Page,
    Document,
    Stream,
    Socket,
}

impl Way {
    fn request(self, visitor: &Visitor) -> RequestBuilder {
        let post = |accept: &str| {
            let body = serde_json::to_string(&message(DISCOVERY)).expect("a message has a JSON form");
            let request = visitor.request(Method::POST, MESSAGES).header("content-type", "application/json");
            request.header("accept", accept).body(body)
        };
        match self {
            Self::Page => visitor.request(Method::GET, "/"),
            Self::Document => post("application/json"),
            Self::Stream => post("text/event-stream"),
            Self::Socket => visitor
                .request(Method::GET, SOCKET)
                .header("connection", "Upgrade")
                .header("upgrade", "websocket")
                .header("sec-websocket-version", "13")
                .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        }
    }

    /// Asks this way, and is told that this cannot be checked right now.
    async fn fails(self, visitor: &Visitor) {
        let reply = Reply::to(self.request(visitor)).await;
        let problem = reply.problem();
        assert_eq!((reply.status, problem.code), (503, Code::Unavailable), "{self:?}: {}", reply.body);
        assert_eq!((reply.header("retry-after"), problem.retry_after), ("1", Some(1)), "{self:?}");
    }
}

/// The slot of a filter that does this.
fn slot(behaviour: &str) -> SlotConfig {
    // Only what never ends waits for its deadline; the others have more time than any machine takes.
    let deadline_ms = if behaviour == "loop" { 500 } else { 10_000 };
    SlotConfig { deadline_ms, ..config(SLOT) }
}

async fn shop(slot: SlotConfig, settings: &Value) -> Shop {
    Shop::open().with_slot(slot, misbehave(settings)).await
}

/// How many calls of the slot ended without a verdict for this cause.
async fn failures(shop: &Shop, cause: &str) -> u64 {
    shop.metric(&format!("filter_failures_total{{slot=\"{SLOT}\",outcome=\"{cause}\"}}")).await
}

/// Puts a version into the slot that does nothing remarkable.
async fn mend(shop: &Shop) {
    let edge = Arc::clone(&shop.edge);
    let mending = tokio::task::spawn_blocking(move || {
        let slots = edge.chain.slots();
        let slot = slots.iter().find(|slot| slot.config().name == SLOT).expect("the slot is there");
        slot.replace(misbehave(&json!({})))
    });
    mending.await.expect("publishing does not panic").expect("the filter can be published");
}

/// The events of two answers, each over a connection of its own: as a stream and over a socket.
async fn answers(guest: &Visitor) -> [Vec<Event>; 2] {
    let streamed = guest.ask_for_stream(&message(DISCOVERY)).await.rest().await;
    let (question, mut socket) = (message(DISCOVERY), guest.socket().await);
    socket.ask(&question).await;
    [streamed, socket.answer_to(question.id).await]
}

async fn every_way_works(shop: &Shop) {
    let guest = shop.guest().await;
    assert_eq!(guest.get("/").await.body, INDEX);
    assert_eq!(guest.ask(&message(DISCOVERY)).await.answer().text, ANSWER);
    for events in answers(&guest).await {
        assert_eq!(text_of(&events), ANSWER, "{events:?}");
    }
}

/// In the request phase: every way is refused, what the slot does not see goes on, and so does everything once the slot is
/// mended.
async fn fails_requests(behaviour: &str, cause: &str) {
    let slot = SlotConfig { paths: Names::new(["/", MESSAGES, SOCKET]), ..slot(behaviour) };
    let shop = shop(slot, &json!({ "on_request": behaviour })).await;
    let guest = shop.guest().await;
    let ways = [Way::Page, Way::Document, Way::Stream, Way::Socket];
    for (way, failed) in ways.into_iter().zip(1..) {
        way.fails(&guest).await;
        assert_eq!(failures(&shop, cause).await, failed, "{way:?}");
        assert_eq!(guest.get("/index.html").await.body, INDEX, "after {way:?}");
        assert_eq!(guest.get("/v1/chat/history").await.status, 200, "after {way:?}");
    }
    mend(&shop).await;
    every_way_works(&shop).await;
}

/// In the turn phase: the turn is refused whichever way it came, and pages, other turns and the socket go on.
async fn fails_turns(behaviour: &str, cause: &str) {
    let shop = shop(slot(behaviour), &json!({ "on_turn": behaviour })).await;
    let guest = shop.guest().await;
    for way in [Way::Document, Way::Stream] {
        way.fails(&guest).await;
        assert_eq!(guest.get("/").await.body, INDEX, "after {way:?}");
        assert_eq!(guest.ask(&message(SHIPPING)).await.answer().source, Source::FaqEdge, "after {way:?}");
    }
    let mut socket = guest.socket().await;
    let question = message(DISCOVERY);
    socket.ask(&question).await;
    let events = socket.answer_to(question.id).await;
    assert!(
        matches!(events[..], [Event::Error { code: Code::Unavailable, retry_after: Some(1), .. }]),
        "{events:?}"
    );
    let next = message(SHIPPING);
    socket.ask(&next).await;
    let events = socket.answer_to(next.id).await;
    assert!(matches!(events.last(), Some(Event::Done { source: Source::FaqEdge, .. })), "{events:?}");
    assert_eq!(failures(&shop, cause).await, 3);
    mend(&shop).await;
    every_way_works(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_traps_fails_the_request_and_no_other_one() {
    fails_requests("trap", "trap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_loops_fails_the_request_and_no_other_one() {
    fails_requests("loop", "deadline").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_allocates_without_end_fails_the_request_and_no_other_one() {
    fails_requests("allocate", "trap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_with_a_huge_response_fails_the_request_and_no_other_one() {
    fails_requests("huge-response", "overrun").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_traps_fails_the_turn_and_no_other_one() {
    fails_turns("trap", "trap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_loops_fails_the_turn_and_no_other_one() {
    fails_turns("loop", "deadline").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_allocates_without_end_fails_the_turn_and_no_other_one() {
    fails_turns("allocate", "trap").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_with_a_huge_answer_fails_the_turn_and_no_other_one() {
    fails_turns("huge-answer", "overrun").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_traps_at_a_response_fails_it_and_no_other_one() {
    let slot = SlotConfig { paths: Names::new(["/"]), ..slot("trap") };
    let shop = shop(slot, &json!({ "on_response": "trap" })).await;
    let guest = shop.guest().await;
    Way::Page.fails(&guest).await;
    assert_eq!(failures(&shop, "trap").await, 1);
    assert_eq!(guest.get("/index.html").await.body, INDEX);
    mend(&shop).await;
    every_way_works(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_filters_header_reaches_the_client() {
    let shop = shop(slot("set-headers"), &json!({ "on_response": "set-headers", "name": "set" })).await;
    let guest = shop.guest().await;
    let page = guest.get("/").await;
    assert_eq!((page.status, page.body.as_str()), (200, INDEX));
    let document = guest.ask(&message(DISCOVERY)).await;
    assert_eq!(document.answer().text, ANSWER);
    // That one is the origin's.
    let history = guest.get("/v1/chat/history").await;
    assert_eq!(history.status, 200, "{}", history.body);
    for reply in [page, document, history] {
        assert_eq!((reply.header("x-granted"), reply.header("x-ungranted")), ("set", ""), "{reply:?}");
    }
    let stream = guest.ask_for_stream(&message(DISCOVERY)).await;
    let headers = stream.response.headers().clone();
    assert_eq!(
        (headers["x-granted"].as_bytes(), headers["content-type"].as_bytes()),
        (&b"set"[..], &b"text/event-stream"[..])
    );
    assert_eq!(text_of(&stream.rest().await), ANSWER);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_event_filter_rewrites_reaches_the_client() {
    let shop = shop(slot("rewrite"), &json!({ "on_event": "rewrite", "name": "rewritten" })).await;
    let guest = shop.guest().await;
    let answer = guest.ask(&message(DISCOVERY)).await.answer();
    assert!(answer.text.starts_with("rewritten: ") && answer.cards.len() == 1, "{answer:?}");
    for events in answers(&guest).await {
        let names: Vec<&str> = events.iter().map(Event::name).collect();
        assert_eq!(names, ["start", "delta", "cards", "done"]);
        assert!(text_of(&events).starts_with("rewritten: "), "{events:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_filter_knows_the_turn_whoever_answers_it() {
    let sees = misbehave(&json!({ "on_turn": "ask", "on_event": "see", "name": "first" }));
    let answers = misbehave(&json!({ "on_turn": "answer", "name": "Ready." }));
    for answered_here in [true, false] {
        let opening = Shop::open().with_slot(config(SLOT), sees.clone());
        let opening =
            if answered_here { opening.with_slot(config("ready"), answers.clone()) } else { opening };
        let shop = opening.await;
        let guest = shop.guest().await;
        let post = guest.ask(&message(DISCOVERY)).await;
        assert_eq!(post.answer().text, format!("{} first: unavailable", post.header("x-request-id")));
        let (question, mut socket) = (message(DISCOVERY), guest.socket().await);
        let handshake = socket.handshake.headers()["x-request-id"].to_str().expect("an id").to_owned();
        socket.ask(&question).await;
        let told = text_of(&socket.answer_to(question.id).await);
        assert_eq!(told, format!("{handshake}-1 first: unavailable"), "answered here: {answered_here}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_event_filter_drops_does_not_reach_the_client() {
    let shop = shop(slot("drop"), &json!({ "on_event": "drop" })).await;
    let guest = shop.guest().await;
    let answer = guest.ask(&message(DISCOVERY)).await.answer();
    assert!(answer.text.is_empty() && answer.cards.is_empty(), "{answer:?}");
    for events in answers(&guest).await {
        // The delta is counted, without its text.
        let names: Vec<&str> = events.iter().map(Event::name).collect();
        assert_eq!((names, text_of(&events)), (vec!["start", "delta", "done"], String::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_event_filter_cuts_ends_with_its_reason() {
    let shop = shop(slot("cut"), &json!({ "on_event": "cut", "name": "Enough." })).await;
    let guest = shop.guest().await;
    let reply = guest.ask(&message(DISCOVERY)).await;
    let problem = reply.problem();
    assert_eq!((reply.status, problem.code, problem.detail.as_str()), (403, Code::Blocked, "Enough."));
    for events in answers(&guest).await {
        let [Event::Error { code, message: reason, .. }] = &events[..] else {
            panic!("an error was expected, and {events:?} came")
        };
        assert_eq!((*code, reason.as_str()), (Code::Blocked, "Enough."));
    }
    mend(&shop).await;
    every_way_works(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_traps_at_an_event_ends_the_answer_as_unavailable() {
    let shop = shop(slot("trap"), &json!({ "on_event": "trap" })).await;
    let guest = shop.guest().await;
    let reply = guest.ask(&message(DISCOVERY)).await;
    assert_eq!((reply.status, reply.problem().code), (503, Code::Unavailable), "{}", reply.body);
    for events in answers(&guest).await {
        assert!(matches!(events[..], [Event::Error { code: Code::Unavailable, .. }]), "{events:?}");
    }
    mend(&shop).await;
    every_way_works(&shop).await;
}
