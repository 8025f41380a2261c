//! The same question by each way in.

use chat::{Event, Source};

use super::{DISCOVERY, SHIPPING, SHIPPING_JA, source_of};
use crate::fixture::{FakeOrigin, Shop, Step, answer, card, message, text_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_known_question_is_answered_at_the_edge_in_one_document() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Shop::with_origin(&origin).await;
    let question = message(SHIPPING);
    let answer = shop.guest().await.ask(&question).await.answer();
    assert_eq!((answer.id, answer.source), (question.id, Source::FaqEdge));
    assert_eq!(answer.citations[0].id, "shipping-cost");
    assert!(answer.text.contains('$'), "{}", answer.text);
    assert!(origin.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_question_is_answered_at_the_edge_as_a_stream() {
    let shop = Shop::open().await;
    let question = message(SHIPPING);
    let stream = shop.guest().await.ask_for_stream(&question).await;
    assert_eq!(stream.response.headers()["content-type"], "text/event-stream");
    let events = stream.rest().await;
    assert_eq!(events[0], Event::Start { id: question.id, source: Source::FaqEdge });
    assert_eq!(source_of(&events), Source::FaqEdge);
    assert!(text_of(&events).contains('$'));
}

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
async fn a_known_question_in_japanese_is_answered_in_japanese_each_way() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let document = guest.ask(&message(SHIPPING_JA)).await.answer();
    assert_eq!(document.source, Source::FaqEdge);
    assert!(document.text.contains("送料"), "{}", document.text);
    let streamed = guest.ask_for_stream(&message(SHIPPING_JA)).await.rest().await;
    assert_eq!((source_of(&streamed), text_of(&streamed)), (Source::FaqEdge, document.text.clone()));
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
async fn a_discovery_question_gets_the_origins_answer_in_one_document() {
    let origin = FakeOrigin::answering(&["Try ", "Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let question = message(DISCOVERY);
    let answer = shop.guest().await.ask(&question).await.answer();
    assert_eq!((answer.id, answer.source), (question.id, Source::Extractive));
    assert_eq!(answer.text, "Try Berserk.");
    assert_eq!(answer.cards, [card()]);
    assert_eq!(answer.citations[0].id, "berserk");
    assert_eq!(origin.turns()[0].text, DISCOVERY);
}

/// The second piece is not even written before the first has arrived.
fn in_two_pieces(turn: &chat::internal::TurnRequest) -> Vec<Step> {
    let mut steps = answer(turn, &["Try ", "Berserk."]);
    steps.insert(3, Step::Gate);
    steps
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_answer_streams_through_piece_by_piece() {
    let origin = FakeOrigin::doing(in_two_pieces);
    let shop = Shop::with_origin(&origin).await;
    let question = message(DISCOVERY);
    let id = question.id;
    let mut stream = shop.guest().await.ask_for_stream(&question).await;
    assert_eq!(stream.next().await, Some(Event::Start { id, source: Source::Extractive }));
    assert_eq!(stream.next().await, Some(Event::Delta { id, seq: 1, text: "Try ".into() }));
    origin.let_one_go_on();
    let rest = stream.rest().await;
    assert_eq!(rest[0], Event::Delta { id, seq: 2, text: "Berserk.".into() });
    assert_eq!(rest[1], Event::Cards { id, products: vec![card()] });
    assert_eq!(source_of(&rest), Source::Extractive);
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

#[tokio::test(flavor = "multi_thread")]
async fn who_was_not_helped_by_a_known_answer_reaches_the_origin() {
    let origin = FakeOrigin::answering(&["It depends."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let first = message(SHIPPING);
    assert_eq!(guest.ask(&first).await.answer().source, Source::FaqEdge);
    let further = chat::MessagePost { not: Some(first.id), ..message(SHIPPING) };
    assert_eq!(guest.ask(&further).await.answer().source, Source::Extractive);
    assert_eq!(origin.turns()[0].not, Some(first.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_about_databases_is_no_attack() {
    let shop = Shop::open().await;
    let question =
        message("Is there a manga where they SELECT heroes FROM a guild; DROP TABLE tennis too? ' OR 1=1");
    assert_eq!(shop.guest().await.ask(&question).await.answer().source, Source::Extractive);
}
