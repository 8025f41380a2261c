//! The origin's answer ends before its end.

use chat::{Code, Event};

use crate::fixture::{
    DISCOVERY, FakeOrigin, Front, GARBAGE, Kind, Step, fails_every_way, message, next_turn_works, post_fails,
    stream_fails, text_of,
};

on_every_host! {
    a_connection_that_closes_in_the_middle_interrupts_the_answer,
    a_stream_that_ends_without_done_is_interrupted,
    a_stream_without_any_event_is_interrupted,
    half_a_line_at_the_end_is_not_passed_on,
    what_was_said_before_the_cut_stays_said,
    a_reset_in_the_middle_interrupts_the_answer,
    a_reset_before_the_answer_is_an_origin_that_is_down,
}

async fn a_connection_that_closes_in_the_middle_interrupts_the_answer(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Cut]
    });
    let shop = Front::with_origin(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::Interrupted).await;
}

async fn a_stream_that_ends_without_done_is_interrupted(kind: Kind) {
    let origin =
        FakeOrigin::doing(|turn| vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try ")]);
    let shop = Front::with_origin(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::Interrupted).await;
}

async fn a_stream_without_any_event_is_interrupted(kind: Kind) {
    let origin = FakeOrigin::doing(|_| vec![Step::stream()]);
    let shop = Front::with_origin(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::Interrupted).await;
}

async fn half_a_line_at_the_end_is_not_passed_on(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| {
        let half = format!(r#"{{"type":"delta","id":"{}","seq":1,"text":"{GARBAGE}"#, turn.id);
        vec![Step::stream(), Step::start(turn), Step::Bytes(half.into_bytes())]
    });
    let shop = Front::with_origin(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::Interrupted).await;
}

async fn what_was_said_before_the_cut_stays_said(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Cut]
    });
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    assert_eq!(text_of(&stream_fails(&guest, Code::Interrupted).await), "Try ");
    next_turn_works(&origin, &guest).await;
}

async fn a_reset_in_the_middle_interrupts_the_answer(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Gate, Step::Reset]
    });
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let mut stream = guest.ask_for_stream(&message(DISCOVERY)).await;
    // The host has read it: a reset takes along what has not been read.
    while !matches!(stream.next().await.expect("a delta comes"), Event::Delta { .. }) {}
    origin.let_one_go_on();
    let events = stream.rest().await;
    assert!(matches!(events[..], [Event::Error { code: Code::Interrupted, .. }]), "{events:?}");
    next_turn_works(&origin, &guest).await;
}

async fn a_reset_before_the_answer_is_an_origin_that_is_down(kind: Kind) {
    let origin = FakeOrigin::doing(|_| vec![Step::Reset]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    post_fails(&guest, Code::OriginDown).await;
    // A turn that was sent is not sent again behind the client's back.
    assert_eq!(origin.turns().len(), 1);
    next_turn_works(&origin, &guest).await;
}
