//! The origin's answer ends before its end.

use chat::internal::TURNS;
use chat::{Code, Event};

use super::ways::{DISCOVERY, GARBAGE, fails_every_way, next_turn_works, post_fails, stream_fails};
use crate::fixture::{FakeOrigin, Shop, Step, message, text_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes_in_the_middle_interrupts_the_answer() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Cut]
    });
    let shop = Shop::with_origin(&origin).await;
    fails_every_way(&origin, &shop, Code::Interrupted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_ends_without_done_is_interrupted() {
    let origin =
        FakeOrigin::doing(|turn| vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try ")]);
    let shop = Shop::with_origin(&origin).await;
    fails_every_way(&origin, &shop, Code::Interrupted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_any_event_is_interrupted() {
    let origin = FakeOrigin::doing(|_| vec![Step::stream()]);
    let shop = Shop::with_origin(&origin).await;
    fails_every_way(&origin, &shop, Code::Interrupted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_line_at_the_end_is_not_passed_on() {
    let origin = FakeOrigin::doing(|turn| {
        let half = format!(r#"{{"type":"delta","id":"{}","seq":1,"text":"{GARBAGE}"#, turn.id);
        vec![Step::stream(), Step::start(turn), Step::Bytes(half.into_bytes())]
    });
    let shop = Shop::with_origin(&origin).await;
    fails_every_way(&origin, &shop, Code::Interrupted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_the_cut_stays_said() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Cut]
    });
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    assert_eq!(text_of(&stream_fails(&guest, Code::Interrupted).await), "Try ");
    next_turn_works(&origin, &guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_in_the_middle_interrupts_the_answer_for_whoever_reads_it() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Gate, Step::Reset]
    });
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let posting = {
        let (guest, question) = (guest.clone(), question.clone());
        tokio::spawn(async move { guest.ask(&question).await })
    };
    origin.call(TURNS, 1).await;
    let mut stream = guest.ask_for_stream(&question).await;
    // The edge has read it: a reset takes along what has not been read.
    while !matches!(stream.next().await.expect("a delta comes"), Event::Delta { .. }) {}
    origin.let_one_go_on();
    let events = stream.rest().await;
    assert!(matches!(events[..], [Event::Error { code: Code::Interrupted, .. }]), "{events:?}");
    let reply = posting.await.expect("posting does not panic");
    assert_eq!((reply.status, reply.problem().code), (502, Code::Interrupted));
    assert_eq!(origin.turns().len(), 1);
    next_turn_works(&origin, &guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_before_the_answer_is_an_origin_that_is_down() {
    let origin = FakeOrigin::doing(|_| vec![Step::Reset]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    post_fails(&guest, Code::OriginDown).await;
    // A turn that was sent is not sent again behind the client's back.
    assert_eq!(origin.turns().len(), 1);
    next_turn_works(&origin, &guest).await;
}
