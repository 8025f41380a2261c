//! Answers over a socket, beside those by post.

use chat::internal::PRECEDING;
use chat::{Event, Source};
use serde_json::json;

use crate::filters::artifacts::misbehave;
use crate::filters::rig::config;
use crate::fixture::{
    DISCOVERY, FakeOrigin, SHIPPING, SHIPPING_JA, Shop, card, in_two_pieces, message, source_of, text_of,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_known_question_is_answered_at_the_edge_over_a_socket() {
    let shop = Shop::open().await;
    let question = message(SHIPPING);
    let mut socket = shop.guest().await.socket().await;
    socket.ask(&question).await;
    let events = socket.answer_to(question.id).await;
    assert_eq!(events[0], Event::Start { id: question.id, source: Source::FaqEdge });
    assert_eq!(source_of(&events), Source::FaqEdge);
    assert!(text_of(&events).contains('$'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_question_in_japanese_is_answered_in_japanese_over_a_socket() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let document = guest.ask(&message(SHIPPING_JA)).await.answer();
    let (question, mut socket) = (message(SHIPPING_JA), guest.socket().await);
    socket.ask(&question).await;
    let over_socket = socket.answer_to(question.id).await;
    assert_eq!((source_of(&over_socket), text_of(&over_socket)), (Source::FaqEdge, document.text));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_in_gets_the_same_events() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    let streamed = guest.ask_for_stream(&question).await.rest().await;
    let mut socket = guest.socket().await;
    socket.ask(&question).await;
    assert_eq!(socket.answer_to(question.id).await, streamed);
    let document = guest.ask(&question).await.answer();
    assert_eq!(document.text, text_of(&streamed));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_turn_filter_is_not_said_to_be_the_faqs() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let answers = misbehave(&json!({ "on_turn": "answer", "name": "Ready." }));
    let shop = Shop::with_origin(&origin).with_slot(config("ready"), answers).await;
    let guest = shop.guest().await;
    let answer = guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!((answer.text.as_str(), answer.source), ("Ready.", Source::Cache));
    assert_eq!(guest.ask(&message(SHIPPING)).await.answer().source, Source::FaqEdge);
    guest.get("/v1/chat/history").await;
    let remembered = origin.call(PRECEDING, 1).await.preceding().exchanges;
    let sources: Vec<Source> = remembered.iter().map(|exchange| exchange.source).collect();
    assert_eq!(sources, [Source::Cache, Source::FaqEdge]);
    for source in ["cache", "faq-edge"] {
        assert_eq!(shop.metric(&format!("edge_turns_total{{source=\"{source}\"}}")).await, 1, "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_answer_streams_through_a_socket_piece_by_piece() {
    let origin = FakeOrigin::doing(in_two_pieces);
    let shop = Shop::with_origin(&origin).await;
    let question = message(DISCOVERY);
    let id = question.id;
    let mut socket = shop.guest().await.socket().await;
    socket.ask(&question).await;
    assert_eq!(socket.next().await, Event::Start { id, source: Source::Extractive });
    assert_eq!(socket.next().await, Event::Delta { id, seq: 1, text: "Try ".into() });
    origin.let_one_go_on();
    let rest = socket.answer_to(id).await;
    assert_eq!(rest[1], Event::Cards { id, products: vec![card()] });
    assert_eq!(source_of(&rest), Source::Extractive);
}
