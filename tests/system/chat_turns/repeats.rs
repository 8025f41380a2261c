//! The same message again over a socket: a retry, a dropped socket, a stop. And what becomes of an answer that nobody reads.

use chat::internal::TURNS;
use chat::{ClientMessage, Code, Event};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::fixture::{DISCOVERY, FakeOrigin, SHIPPING, Shop, Step, answer, in_two_pieces, message, text_of};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_message_at_the_same_time_joins_the_answer_under_way() {
    let origin = FakeOrigin::doing(in_two_pieces);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let mut first = guest.ask_for_stream(&question).await;
    assert!(matches!(first.next().await, Some(Event::Start { .. })));
    let mut second = guest.socket().await;
    second.ask(&question).await;
    assert!(matches!(second.next().await, Event::Start { .. }));
    origin.let_one_go_on();
    assert_eq!(text_of(&first.rest().await), "Try Berserk.");
    assert_eq!(text_of(&second.answer_to(question.id).await), "Try Berserk.");
    assert_eq!(origin.turns().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_with_another_text_is_an_error_event_over_a_socket() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    let question = message(SHIPPING);
    socket.ask(&question).await;
    socket.answer_to(question.id).await;
    let other = chat::MessagePost { text: "And to France?".into(), ..question.clone() };
    socket.ask(&other).await;
    let Event::Error { id, code, .. } = socket.next().await else { panic!("an error was expected") };
    assert_eq!((id, code), (Some(question.id), Code::IdReused));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_socket_resumes_after_the_last_delta_it_has() {
    let origin = FakeOrigin::doing(|turn| {
        let mut steps = answer(turn, &["one ", "two ", "three"]);
        steps.insert(4, Step::Gate);
        steps
    });
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let mut first = guest.socket().await;
    first.ask(&question).await;
    while !matches!(first.next().await, Event::Delta { seq: 1, .. }) {}
    drop(first);
    let mut second = guest.socket().await;
    second.tell(&ClientMessage::Resume { id: question.id, after: 1 }).await;
    origin.let_one_go_on();
    assert_eq!(text_of(&second.answer_to(question.id).await), "two three");
    assert_eq!(origin.turns().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_over_can_be_had_again_from_its_start() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let events = guest.ask_for_stream(&question).await.rest().await;
    let mut socket = guest.socket().await;
    socket.tell(&ClientMessage::Resume { id: question.id, after: 0 }).await;
    assert_eq!(socket.answer_to(question.id).await, events);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_turn_can_be_had_again_when_more_were_asked_than_are_kept() {
    const KEPT: u64 = 4;
    let shop = Shop::open().setting("turns.kept_max", i64::try_from(KEPT).expect("a few")).await;
    // A guest has not as many turns in a minute.
    let (earlier, later) = (shop.guest().await, shop.guest().await);
    let first: Vec<_> = (0..KEPT).map(|_| message(SHIPPING)).collect();
    for question in &first {
        earlier.ask(question).await.answer();
    }
    assert_eq!(shop.metric("edge_turns_kept").await, KEPT);
    // They are asked for more often than anything that comes.
    for question in first.iter().cycle().take(12) {
        earlier.ask(question).await.answer();
    }
    let mut last = message(SHIPPING);
    let mut reply = later.ask(&last).await;
    for _ in 1..8 {
        last = message(SHIPPING);
        reply = later.ask(&last).await;
    }
    assert_eq!(shop.metric("edge_turns_kept").await, KEPT);
    assert_eq!(later.ask(&last).await.turns_left(), reply.turns_left(), "it takes no second token");
    let mut socket = later.socket().await;
    socket.tell(&ClientMessage::Resume { id: last.id, after: 0 }).await;
    assert_eq!(text_of(&socket.answer_to(last.id).await), reply.answer().text);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_at_the_same_moment_joins_the_next_run() {
    let origin = FakeOrigin::refusing(503, Code::Overloaded);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    guest.ask(&question).await.problem();
    origin.do_from_now_on(in_two_pieces);
    let asking: Vec<_> = (0..8)
        .map(|_| {
            let (guest, question) = (guest.clone(), question.clone());
            tokio::spawn(async move { guest.ask(&question).await })
        })
        .collect();
    origin.call(TURNS, 2).await;
    origin.let_one_go_on();
    for asked in asking {
        assert_eq!(asked.await.expect("asking does not panic").answer().text, "Try Berserk.");
    }
    assert_eq!(origin.turns().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_cannot_be_resumed() {
    let shop = Shop::open().await;
    let other = message(SHIPPING);
    shop.guest().await.ask(&other).await.answer();
    let mut socket = shop.guest().await.socket().await;
    for unknown in [Uuid::new_v4(), other.id] {
        socket.tell(&ClientMessage::Resume { id: unknown, after: 0 }).await;
        let Event::Error { id, code, .. } = socket.next().await else { panic!("an error was expected") };
        assert_eq!((id, code), (Some(unknown), Code::UnknownMessage));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_the_answer_here_and_at_the_origin() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Well, "), Step::Stall]
    });
    let shop = Shop::with_origin(&origin).await;
    let mut socket = shop.guest().await.socket().await;
    let question = message(DISCOVERY);
    socket.ask(&question).await;
    while !matches!(socket.next().await, Event::Delta { .. }) {}
    socket.tell(&ClientMessage::Stop { id: question.id }).await;
    let events = socket.answer_to(question.id).await;
    assert!(matches!(events[..], [Event::Error { code: Code::Stopped, .. }]), "{events:?}");
    origin.hung_up_on(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_an_answer_that_the_origin_has_not_begun() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = Shop::with_origin(&origin).await;
    let mut socket = shop.guest().await.socket().await;
    let question = message(DISCOVERY);
    socket.ask(&question).await;
    origin.call(TURNS, 1).await;
    socket.tell(&ClientMessage::Stop { id: question.id }).await;
    let events = socket.answer_to(question.id).await;
    assert!(matches!(events[..], [Event::Error { code: Code::Stopped, .. }]), "{events:?}");
    origin.hung_up_on(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_nobody_waits_for_ends_before_the_origin_has_begun() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = Shop::with_origin(&origin).setting("turns.abandon_s", 1).await;
    let mut socket = shop.guest().await.socket().await;
    socket.ask(&message(DISCOVERY)).await;
    origin.call(TURNS, 1).await;
    drop(socket);
    origin.hung_up_on(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_closes_its_socket_ends_its_answer_at_once() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Well, "), Step::Stall]
    });
    // Nobody waits that long: it is the goodbye that ends the answer.
    let shop = Shop::with_origin(&origin).setting("turns.abandon_s", 3_600).await;
    let mut socket = shop.guest().await.socket().await;
    let question = message(DISCOVERY);
    socket.ask(&question).await;
    while !matches!(socket.next().await, Event::Delta { .. }) {}
    socket.send(Message::Close(None)).await;
    origin.hung_up_on(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_reads_any_more_ends_at_the_origin() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Well, "), Step::Stall]
    });
    let shop = Shop::with_origin(&origin).setting("turns.abandon_s", 1).await;
    let mut stream = shop.guest().await.ask_for_stream(&message(DISCOVERY)).await;
    stream.next().await;
    drop(stream);
    origin.hung_up_on(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_a_document_ends_its_answer_at_once() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    // Nobody waits that long: it is the client's leaving that ends the answer.
    let shop = Shop::with_origin(&origin).setting("turns.abandon_s", 3_600).await;
    let guest = shop.guest().await;
    let document = tokio::spawn(async move { guest.ask(&message(DISCOVERY)).await });
    origin.call(TURNS, 1).await;
    document.abort();
    origin.hung_up_on(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_broke_is_had_again_by_posting_its_message_again() {
    let origin = FakeOrigin::doing(in_two_pieces);
    let shop = Shop::with_origin(&origin).setting("turns.abandon_s", 3_600).await;
    let (guest, question) = (shop.guest().await, message(DISCOVERY));
    let mut first = guest.ask_for_stream(&question).await;
    assert!(matches!(first.next().await, Some(Event::Start { .. })));
    drop(first);
    let second = guest.ask_for_stream(&question).await;
    origin.let_one_go_on();
    assert_eq!(text_of(&second.rest().await), "Try Berserk.");
    assert_eq!(origin.turns().len(), 1);
}
