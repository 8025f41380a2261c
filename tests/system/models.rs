//! A language model behind the whole shop: the real edge and origin, and a scripted model that speaks its provider's wire
//! format over a real socket.

use std::time::Duration;

use chat::{ClientMessage, Code, Event, MessagePost, Source};
use model_server::{Dialect, ModelServer, Script, Step, Stop};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::fixture::{Shop, Visitor, eventually, in_time, message, text_of};
use crate::whole_shop::RealOrigin;

const QUESTION: &str = "Recommend a dark mystery like Monster";
const FIRST: &str = "Here are a few manga series of our shop that fit what you are looking for. ";
const SECOND: &str = "Each of these manga series is on our shelves.";

/// How long an answer that nobody reads goes on, in seconds: longer than any test, so that what ends is ended by something else.
const GRACE_S: u32 = 3_600;

/// A model, an origin that asks it, and an edge before them.
struct House {
    model: ModelServer,
    _origin: RealOrigin,
    shop: Shop,
}

impl House {
    async fn with(script: Script) -> Self {
        Self::going_on(GRACE_S, script).await
    }

    /// Where an answer that nobody reads goes on for so many seconds.
    async fn going_on(abandon_s: u32, script: Script) -> Self {
        let model = ModelServer::start(Dialect::OpenAi, [script]).await;
        let settings = format!(
            "[models]\norder = [\"scripted\"]\n[models.scripted]\nkind = \"openai\"\nbase_url = \"{}/v1\"\nmodel = \"scripted-1\"\n",
            model.url()
        );
        let origin = RealOrigin::start_with(&settings).await;
        let shop = origin.shop().setting("turns.abandon_s", abandon_s).await;
        Self { model, _origin: origin, shop }
    }

    /// A model that says a sentence and begins another, and then nothing.
    async fn that_stalls() -> Self {
        Self::with(stalling()).await
    }
}

/// A sentence and the beginning of another, and then nothing.
fn stalling() -> Script {
    Script::of([Step::Text(FIRST.into()), Step::Text("Each of".into()), Step::Stall])
}

/// A way to leave an answer that may be come back to.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// The stream of events is closed.
    StreamClosed,
    /// The browser leaves the page that has the socket.
    PageLeft,
    /// The socket's connection goes, without a word.
    SocketBroken,
}

impl Way {
    const ALL: [Self; 3] = [Self::StreamClosed, Self::PageLeft, Self::SocketBroken];

    /// Asks, reads the first text, and leaves.
    async fn leave(self, guest: &Visitor, question: &MessagePost) {
        if matches!(self, Self::StreamClosed) {
            let mut stream = guest.ask_for_stream(question).await;
            while !matches!(stream.next().await.expect("the stream goes on"), Event::Delta { .. }) {}
            return;
        }
        let mut socket = guest.socket().await;
        socket.ask(question).await;
        while !matches!(socket.next().await, Event::Delta { .. }) {}
        if matches!(self, Self::PageLeft) {
            socket.send(page_left()).await;
        }
    }
}

/// What a browser sends when its page is left (RFC 6455, section 7.4.1).
fn page_left() -> Message {
    Message::Close(Some(CloseFrame { code: CloseCode::Away, reason: "".into() }))
}

/// The answers of the session, oldest first.
async fn answers(guest: &Visitor) -> Vec<String> {
    let history: Value =
        serde_json::from_str(&guest.get("/v1/chat/history").await.body).expect("the history is JSON");
    let turns = history["turns"].as_array().expect("turns").iter();
    turns.map(|turn| turn["answer"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_answers_with_cards_and_what_it_took() {
    let house = House::with(Script::saying([FIRST, SECOND])).await;
    let reply = house.shop.guest().await.ask(&message(QUESTION)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer: Value = serde_json::from_str(&reply.body).expect("an answer");
    assert_eq!(answer["source"], "model", "{answer}");
    assert_eq!(answer["text"], format!("{FIRST}{SECOND}"), "{answer}");
    assert_eq!(answer["usage"]["model"], "scripted", "{answer}");
    assert_eq!(answer["usage"]["output_tokens"], 20, "{answer}");
    assert!(answer["cards"].as_array().is_some_and(|cards| cards.len() >= 3), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_is_read_while_the_model_writes_the_next_one() {
    let house = House::that_stalls().await;
    let mut stream = house.shop.guest().await.ask_for_stream(&message(QUESTION)).await;
    let mut events = Vec::new();
    while !text_of(&events).contains(FIRST.trim()) {
        events.push(stream.next().await.expect("the first sentence comes"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_the_models_writing_and_keeps_what_was_said() {
    let house = House::that_stalls().await;
    let guest = house.shop.guest().await;
    let mut socket = guest.socket().await;
    let question = message(QUESTION);
    socket.ask(&question).await;
    while !matches!(socket.next().await, Event::Delta { .. }) {}
    socket.tell(&ClientMessage::Stop { id: question.id }).await;
    let events = socket.answer_to(question.id).await;
    assert!(matches!(events[..], [Event::Error { code: Code::Stopped, .. }]), "{events:?}");
    in_time("the model is left", house.model.left()).await;
    assert_eq!(answers(&guest).await, [FIRST]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_says_goodbye_ends_the_models_writing_and_keeps_what_was_said() {
    let house = House::that_stalls().await;
    let guest = house.shop.guest().await;
    let mut socket = guest.socket().await;
    socket.ask(&message(QUESTION)).await;
    while !matches!(socket.next().await, Event::Delta { .. }) {}
    socket.send(Message::Close(None)).await;
    in_time("the model is left", house.model.left()).await;
    eventually("what was said is on record", async || answers(&guest).await == [FIRST]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_a_document_ends_the_models_writing_and_keeps_what_was_said() {
    let house = House::that_stalls().await;
    let (guest, question) = (house.shop.guest().await, message(QUESTION));
    let (asker, asked) = (guest.clone(), question.clone());
    let document = tokio::spawn(async move { asker.ask(&asked).await });
    eventually("the model is asked", async || !house.model.received().is_empty()).await;
    // Nothing of a document is seen before its end: a socket reads along, and is left as it may be come back to.
    Way::PageLeft.leave(&guest, &question).await;
    document.abort();
    in_time("the model is left", house.model.left()).await;
    eventually("what was said is on record", async || answers(&guest).await == [FIRST]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_back_finds_that_the_model_wrote_on() {
    for way in Way::ALL {
        let pause = Step::Wait(Duration::from_millis(500));
        let script =
            Script::of([Step::Text(FIRST.into()), pause, Step::Text(SECOND.into()), Step::Stop(Stop::End)]);
        let house = House::with(script).await;
        let (guest, question) = (house.shop.guest().await, message(QUESTION));
        way.leave(&guest, &question).await;
        let reply = guest.ask(&question).await;
        assert_eq!(reply.status, 200, "{way:?}: {}", reply.body);
        assert_eq!(reply.answer().text, format!("{FIRST}{SECOND}"), "{way:?}");
        assert_eq!(house.model.received().len(), 1, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_come_back_ends_the_models_writing_and_what_was_said_is_kept() {
    for way in Way::ALL {
        let house = House::going_on(1, stalling()).await;
        let guest = house.shop.guest().await;
        way.leave(&guest, &message(QUESTION)).await;
        in_time("the model is left", house.model.left()).await;
        eventually("what was said is on record", async || answers(&guest).await == [FIRST]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_down_or_refuses_us_is_no_reason_to_say_nothing() {
    for (status, kind) in [(503, "overloaded"), (401, "invalid_api_key"), (400, "invalid_request_error")] {
        let house = House::with(Script::refusing(status, kind)).await;
        let mut socket = house.shop.guest().await.socket().await;
        let question = message(QUESTION);
        socket.ask(&question).await;
        let events = socket.answer_to(question.id).await;
        let Some(Event::Done { source, .. }) = events.last() else { panic!("{status}: {events:?}") };
        assert_eq!(*source, Source::Extractive, "{status}");
        assert!(!text_of(&events).is_empty());
        assert!(!house.model.received().is_empty(), "{status}: the model was asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_breaks_off_leaves_an_answer_with_a_clear_end() {
    let house =
        House::with(Script::of([Step::Text(FIRST.into()), Step::Text("Each of".into()), Step::Cut])).await;
    let mut socket = house.shop.guest().await.socket().await;
    let question = message(QUESTION);
    socket.ask(&question).await;
    let events = socket.answer_to(question.id).await;
    assert!(matches!(events.last(), Some(Event::Done { source: Source::Extractive, .. })), "{events:?}");
    let text = text_of(&events);
    assert!(text.starts_with(FIRST) && text.len() > FIRST.len() + 20, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_the_edge_answers_asks_no_model() {
    let house = House::with(Script::saying(["never"])).await;
    let reply = house.shop.guest().await.ask(&message("How long do I have to return a book?")).await;
    let answer: Value = serde_json::from_str(&reply.body).expect("an answer");
    assert_eq!(answer["source"], "faq-edge", "{answer}");
    assert!(house.model.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_is_told_quotes_the_shopper_and_no_credential() {
    let house = House::with(Script::of([Step::Text(FIRST.into()), Step::Stop(Stop::End)])).await;
    let guest = house.shop.guest().await;
    guest.ask(&message(QUESTION)).await;
    let received = house.model.received();
    let body = received[0].body.to_string();
    assert!(body.contains(QUESTION), "{body}");
    let token = guest.cookie.split_once('=').expect("a cookie has a value").1;
    let headers = format!("{:?}", received[0].headers);
    assert!(!body.contains(token) && !headers.contains(token));
}
