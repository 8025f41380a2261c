//! The shop as `cargo xtask up` runs it: the real edge, the real filters, the real origin and the real data, in this process.

use std::net::{SocketAddr, TcpListener};

use chat::{Event, Source};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::fixture::{
    Opening, OpeningOnSpin, Reply, SHIPPING, Shop, SpinShop, message, root, secret_base64, text_of, token_of,
};

/// The origin, with the shop's own data.
pub(crate) struct RealOrigin {
    address: SocketAddr,
    serving: JoinHandle<()>,
    _state: TempDir,
}

impl RealOrigin {
    /// Starts it on ports that the machine gives.
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts it with these settings beside its own.
    pub(crate) async fn start_with(settings: &str) -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let text = format!(
            "[listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n[shop]\ndata_dir = {data:?}\n[state]\ndir = {state:?}\n\
             [[keys]]\nname = \"internal-1\"\nalgorithm = \"HS256\"\nsecret_base64 = \"{secret}\"\n{settings}",
            data = root().join("shop"),
            state = state.path(),
            secret = secret_base64("internal-1"),
        );
        let config = origin::Config::from_toml(&text).expect("the configuration stands");
        let parts = origin::Parts::of(&config).await.expect("the models stand");
        let build = tokio::task::spawn_blocking(move || origin::App::build(config, parts));
        let app = build.await.expect("building does not panic").expect("the origin is built");
        let bind = || TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (public, admin) = (bind(), bind());
        let address = public.local_addr().expect("a bound listener has an address");
        let serving = tokio::spawn(async move {
            app.serve(public, admin, std::future::pending()).await.expect("the origin serves");
        });
        Self { address, serving, _state: state }
    }

    /// A shop that asks it.
    pub(crate) fn shop(&self) -> Opening {
        Shop::with_origin_at(self.address)
    }

    /// A shop on Spin that asks it.
    pub(crate) fn shop_on_spin(&self) -> OpeningOnSpin {
        SpinShop::with_origin_at(self.address)
    }
}

impl Drop for RealOrigin {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_question_is_answered_with_cards_and_citations() {
    let origin = RealOrigin::start().await;
    let shop = origin.shop().await;
    let guest = shop.guest().await;
    let reply = guest.ask(&message("Recommend a dark mystery like Monster")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer: Value = serde_json::from_str(&reply.body).expect("an answer");
    assert_eq!(answer["source"], "extractive", "{answer}");
    assert!(answer["cards"].as_array().is_some_and(|cards| cards.len() >= 3), "{answer}");
    assert!(!answer["citations"].as_array().is_none_or(Vec::is_empty), "{answer}");
    assert!(!answer["text"].as_str().unwrap_or_default().is_empty());
}

/// An answer of the embedded answerer, as it streams: its text in pieces that come before its end, with cards and citations.
fn is_a_streamed_discovery(events: &[Event]) {
    assert!(matches!(events[0], Event::Start { source: Source::Extractive, .. }), "{events:?}");
    let deltas = events.iter().filter(|event| matches!(event, Event::Delta { .. })).count();
    assert!(deltas > 1 && !text_of(events).is_empty(), "{events:?}");
    let cards = events.iter().find_map(|event| match event {
        Event::Cards { products, .. } => Some(products.len()),
        _ => None,
    });
    assert!(cards.is_some_and(|cards| cards >= 3), "{events:?}");
    let Some(Event::Done { source: Source::Extractive, citations, .. }) = events.last() else {
        panic!("the answer ends with {:?}", events.last())
    };
    assert!(!citations.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_answer_streams_with_cards_and_citations_as_server_sent_events() {
    let origin = RealOrigin::start().await;
    let shop = origin.shop().await;
    let stream = shop.guest().await.ask_for_stream(&message("Recommend a dark mystery like Monster")).await;
    assert_eq!(stream.response.headers()["content-type"], "text/event-stream");
    is_a_streamed_discovery(&stream.rest().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_answer_streams_with_cards_and_citations_over_a_socket() {
    let origin = RealOrigin::start().await;
    let shop = origin.shop().await;
    let (question, mut socket) =
        (message("Recommend a dark mystery like Monster"), shop.guest().await.socket().await);
    socket.ask(&question).await;
    is_a_streamed_discovery(&socket.answer_to(question.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_person_in_words_gets_no_known_answer_after_that() {
    let origin = RealOrigin::start().await;
    let shop = origin.shop().await;
    let guest = shop.guest().await;
    assert_eq!(guest.ask(&message(SHIPPING)).await.answer().source, Source::FaqEdge);
    // The FAQ knows how to ask for a person, and leaves it to the origin when somebody does.
    assert_eq!(guest.ask(&message("Can I talk to a real person?")).await.answer().source, Source::FaqEdge);
    assert_eq!(guest.ask(&message("Talk to a person.")).await.answer().source, Source::Tool);
    assert_ne!(guest.ask(&message(SHIPPING)).await.answer().source, Source::FaqEdge);
    assert_eq!(shop.guest().await.ask(&message(SHIPPING)).await.answer().source, Source::FaqEdge);
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_and_origin_answers_stand_together_in_the_history() {
    let origin = RealOrigin::start().await;
    let shop = origin.shop().await;
    let guest = shop.guest().await;
    guest.ask(&message("How long do I have to return a book?")).await;
    guest.ask(&message("Recommend a dark mystery like Monster")).await;
    let history = guest.get("/v1/chat/history").await;
    assert_eq!(history.status, 200, "{}", history.body);
    let history: Value = serde_json::from_str(&history.body).expect("a history");
    let sources: Vec<&str> = history["turns"]
        .as_array()
        .expect("turns")
        .iter()
        .filter_map(|turn| turn["source"].as_str())
        .collect();
    assert_eq!(sources, ["faq-edge", "extractive"], "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_signs_in_keeps_the_earlier_turns_and_sees_orders() {
    let origin = RealOrigin::start().await;
    let shop = origin.shop().await;
    let guest = shop.guest().await;
    guest.ask(&message("Recommend a dark mystery like Monster")).await;
    let asked = guest.ask(&message("Where is my order MA-10001?")).await;
    assert!(asked.body.to_lowercase().contains("sign in"), "{}", asked.body);
    let upgrade = guest.request(Method::POST, "/v1/session/upgrade").bearer_auth(token_of("C1001"));
    let upgraded = Reply::to(upgrade).await;
    assert_eq!(upgraded.status, 201, "{}", upgraded.body);
    let customer = shop.stranger().with_cookie(&upgraded.cookie());
    let history = customer.get("/v1/chat/history").await;
    assert!(history.body.contains("Recommend a dark mystery like Monster"), "{}", history.body);
    let order = customer.ask(&message("Where is my order MA-10001?")).await;
    assert!(order.body.contains("MA-10001"), "{}", order.body);
}
