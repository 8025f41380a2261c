//! What is said over a socket that stays open.

use std::collections::BTreeSet;

use chat::{ClientMessage, Code, Event, Source};
use uuid::Uuid;

use super::aid::{DISCOVERY, SHIPPING, source_of, the_next_one_is_served};
use crate::fixture::{FakeOrigin, Shop, Socket, Step, answer, message, text_of};

/// The id and the code of the next event, which is an error.
async fn next_error(socket: &mut Socket) -> (Option<Uuid>, Code) {
    match socket.next().await {
        Event::Error { id, code, .. } => (id, code),
        other => panic!("an error was expected, and {other:?} came"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_is_malformed() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    for text in ["", "hello", r#"{"type":"message","#] {
        socket.send_text(text).await;
        assert_eq!(next_error(&mut socket).await, (None, Code::Malformed), "{text}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_type_is_invalid() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    for text in ["[]", "{}", r#"{"type":7}"#, r#"{"type":"dance"}"#] {
        socket.send_text(text).await;
        assert_eq!(next_error(&mut socket).await, (None, Code::Invalid), "{text}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_the_schema_is_invalid_and_told_under_its_id() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    let id = Uuid::new_v4();
    let too_long = "a".repeat(chat::limits::TEXT_CHARS_MAX + 1);
    for rest in [
        r#""type":"dance""#.to_owned(),
        r#""type":"message""#.to_owned(),
        r#""type":"message","text":7"#.to_owned(),
        r#""type":"message","text":"hi","txet":1"#.to_owned(),
        format!(r#""type":"message","text":"{too_long}""#),
    ] {
        socket.send_text(format!(r#"{{"id":"{id}",{rest}}}"#)).await;
        assert_eq!(next_error(&mut socket).await, (Some(id), Code::Invalid), "{rest}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_an_id_is_invalid() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    socket.send_text(r#"{"type":"message","text":"hi"}"#).await;
    assert_eq!(next_error(&mut socket).await, (None, Code::Invalid));
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_goes_on_after_a_message_that_could_not_be_read() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    socket.send_text("{").await;
    assert_eq!(next_error(&mut socket).await, (None, Code::Malformed));
    let question = message(SHIPPING);
    socket.ask(&question).await;
    assert_eq!(source_of(&socket.answer_to(question.id).await), Source::FaqEdge);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_asked_cannot_be_stopped() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    let id = Uuid::new_v4();
    socket.tell(&ClientMessage::Stop { id }).await;
    assert_eq!(next_error(&mut socket).await, (Some(id), Code::UnknownMessage));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_come_at_once_over_one_socket() {
    let origin = FakeOrigin::doing(|turn| {
        let mut steps = answer(turn, &["Try ", "Berserk."]);
        steps.insert(3, Step::Gate);
        steps
    });
    let shop = Shop::with_origin(&origin).await;
    let mut socket = shop.guest().await.socket().await;
    let ids = [message(DISCOVERY), message(DISCOVERY)];
    for question in &ids {
        socket.ask(question).await;
    }
    // Neither goes on before both have begun.
    let mut begun = Vec::new();
    while begun.len() < ids.len() {
        if let Event::Delta { id, .. } = socket.next().await {
            begun.push(id);
        }
    }
    origin.let_one_go_on();
    origin.let_one_go_on();
    let mut rest = Vec::new();
    while rest.iter().filter(|event: &&Event| event.ends_answer()).count() < ids.len() {
        rest.push(socket.next().await);
    }
    for question in &ids {
        assert!(begun.contains(&question.id));
        let own: Vec<Event> = rest.iter().filter(|event| event.id() == Some(question.id)).cloned().collect();
        assert_eq!((text_of(&own), source_of(&own)), ("Berserk.".to_owned(), Source::Extractive));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_is_answered_while_an_answer_comes_faster_than_it_is_read() {
    let origin = FakeOrigin::answering(&["word "; 1_000]);
    let shop = Shop::with_origin(&origin).await;
    let mut socket = shop.guest().await.socket().await;
    let question = message(DISCOVERY);
    socket.ask(&question).await;
    let mut untold: BTreeSet<Uuid> = std::iter::repeat_with(Uuid::new_v4).take(100).collect();
    for id in untold.clone() {
        socket.tell(&ClientMessage::Stop { id }).await;
    }
    let mut is_whole = false;
    while !(is_whole && untold.is_empty()) {
        match socket.next().await {
            Event::Error { id: Some(id), code: Code::UnknownMessage, .. } => assert!(untold.remove(&id)),
            Event::Done { id, .. } => is_whole = id == question.id,
            Event::Error { id, code, .. } => panic!("{code:?} about {id:?}"),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_more_than_a_socket_may_have_at_once_has_to_wait() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Well, "), Step::Stall]
    });
    let shop = Shop::with_origin(&origin).setting("chat.socket_turns_max", 1).await;
    let mut socket = shop.guest().await.socket().await;
    socket.ask(&message(DISCOVERY)).await;
    while !matches!(socket.next().await, Event::Delta { .. }) {}
    let further = message(SHIPPING);
    socket.ask(&further).await;
    let events = socket.answer_to(further.id).await;
    assert!(
        matches!(events[..], [Event::Error { code: Code::RateLimited, retry_after: Some(2), .. }]),
        "{events:?}"
    );
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_survives_an_origin_that_goes_away_and_comes_back() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let mut socket = shop.guest().await.socket().await;
    origin.go_down().await;
    let first = message(DISCOVERY);
    socket.ask(&first).await;
    let events = socket.answer_to(first.id).await;
    assert!(matches!(events[..], [Event::Error { code: Code::OriginDown, .. }]), "{events:?}");
    origin.come_up();
    let second = message(DISCOVERY);
    socket.ask(&second).await;
    let events = socket.answer_to(second.id).await;
    assert_eq!((text_of(&events), source_of(&events)), ("Try Berserk.".to_owned(), Source::Extractive));
}
