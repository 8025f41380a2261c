//! The same question in either form of a post: who answers it, and how it comes.

use chat::{Event, Source};

use crate::fixture::{
    DISCOVERY, FakeOrigin, Front, Kind, SHIPPING, SHIPPING_JA, card, in_two_pieces, message, source_of,
    text_of,
};

on_every_host! {
    a_known_question_is_answered_by_a_filter_in_one_document,
    a_known_question_is_answered_by_a_filter_as_a_stream,
    a_known_question_in_japanese_is_answered_in_japanese,
    a_discovery_question_gets_the_origins_answer_in_one_document,
    a_discovery_answer_streams_through_piece_by_piece,
    who_was_not_helped_by_a_known_answer_reaches_the_origin,
    a_message_about_databases_is_no_attack,
}

async fn a_known_question_is_answered_by_a_filter_in_one_document(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let question = message(SHIPPING);
    let answer = shop.guest().await.ask(&question).await.answer();
    assert_eq!((answer.id, answer.source), (question.id, Source::FaqEdge));
    assert_eq!(answer.citations[0].id, "shipping-cost");
    assert!(answer.text.contains('$'), "{}", answer.text);
    assert!(origin.calls().is_empty());
}

async fn a_known_question_is_answered_by_a_filter_as_a_stream(kind: Kind) {
    let shop = Front::open(kind).await;
    let question = message(SHIPPING);
    let stream = shop.guest().await.ask_for_stream(&question).await;
    assert_eq!(stream.response.headers()["content-type"], "text/event-stream");
    let events = stream.rest().await;
    assert_eq!(events[0], Event::Start { id: question.id, source: Source::FaqEdge });
    assert_eq!(source_of(&events), Source::FaqEdge);
    assert!(text_of(&events).contains('$'));
}

async fn a_known_question_in_japanese_is_answered_in_japanese(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    let document = guest.ask(&message(SHIPPING_JA)).await.answer();
    assert_eq!(document.source, Source::FaqEdge);
    assert!(document.text.contains("送料"), "{}", document.text);
    let streamed = guest.ask_for_stream(&message(SHIPPING_JA)).await.rest().await;
    assert_eq!((source_of(&streamed), text_of(&streamed)), (Source::FaqEdge, document.text));
}

async fn a_discovery_question_gets_the_origins_answer_in_one_document(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try ", "Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let question = message(DISCOVERY);
    let answer = shop.guest().await.ask(&question).await.answer();
    assert_eq!((answer.id, answer.source), (question.id, Source::Extractive));
    assert_eq!(answer.text, "Try Berserk.");
    assert_eq!(answer.cards, [card()]);
    assert_eq!(answer.citations[0].id, "berserk");
    assert_eq!(origin.turns()[0].text, DISCOVERY);
}

async fn a_discovery_answer_streams_through_piece_by_piece(kind: Kind) {
    let origin = FakeOrigin::doing(in_two_pieces);
    let shop = Front::with_origin(kind, &origin).await;
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

async fn who_was_not_helped_by_a_known_answer_reaches_the_origin(kind: Kind) {
    let origin = FakeOrigin::answering(&["It depends."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let first = message(SHIPPING);
    assert_eq!(guest.ask(&first).await.answer().source, Source::FaqEdge);
    let further = chat::MessagePost { not: Some(first.id), ..message(SHIPPING) };
    assert_eq!(guest.ask(&further).await.answer().source, Source::Extractive);
    assert_eq!(origin.turns()[0].not, Some(first.id));
}

async fn a_message_about_databases_is_no_attack(kind: Kind) {
    let shop = Front::open(kind).await;
    let question =
        message("Is there a manga where they SELECT heroes FROM a guild; DROP TABLE tennis too? ' OR 1=1");
    assert_eq!(shop.guest().await.ask(&question).await.answer().source, Source::Extractive);
}
