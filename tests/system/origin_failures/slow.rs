//! The origin takes its time: the edge does not wait for ever, and lets go of the origin. On Spin the times are constants of the
//! entry, too long for a test.

use chat::internal::HISTORY;
use chat::{Code, Event};

use crate::fixture::{
    FakeOrigin, Opening, Shop, Step, eventually, fails_every_way, next_turn_works, post_fails, refused,
    stream_fails, text_of,
};

/// Long enough for an answer on a machine that builds something else meanwhile.
const SHORT_MS: i64 = 1_000;

fn impatient(origin: &FakeOrigin) -> Opening {
    Shop::with_origin(origin).setting("origin.read_ms", SHORT_MS)
}

fn stalling_in_the_middle() -> FakeOrigin {
    FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Stall]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_does_not_begin_to_answer_is_given_up() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = impatient(&origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::OriginTimeout).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waited_in_vain_is_told_when_to_come_back() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = impatient(&origin).await;
    let guest = shop.guest().await;
    let reply = post_fails(&guest, Code::OriginTimeout).await;
    assert_eq!((reply.status, reply.header("retry-after")), (504, "5"));
    next_turn_works(&origin, &guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_stalls_in_the_middle_is_given_up() {
    let origin = stalling_in_the_middle();
    let shop = impatient(&origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::OriginTimeout).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_the_stall_stays_said() {
    let origin = stalling_in_the_middle();
    let shop = impatient(&origin).await;
    let guest = shop.guest().await;
    let events = stream_fails(&guest, Code::OriginTimeout).await;
    assert_eq!(text_of(&events), "Try ");
    assert!(matches!(events.last(), Some(Event::Error { retry_after: Some(5), .. })), "{events:?}");
    next_turn_works(&origin, &guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_has_an_end_of_its_time_as_a_whole() {
    let origin = stalling_in_the_middle();
    let shop = Shop::with_origin(&origin).setting("origin.total_ms", SHORT_MS).await;
    fails_every_way(&origin, &shop.guest().await, Code::OriginTimeout).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_comes_in_drops_has_an_end_of_its_time_as_a_whole() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let mut drops = vec![Step::Head(200, "application/json")];
    drops.extend((0..10_000).flat_map(|_| [Step::Bytes(b" ".to_vec()), Step::Gate]));
    origin.reply(HISTORY, drops);
    let shop = Shop::with_origin(&origin).setting("origin.total_ms", SHORT_MS).await;
    let guest = shop.guest().await;
    let asking = {
        let guest = guest.clone();
        tokio::spawn(async move { guest.get("/v1/chat/history").await })
    };
    eventually("the reply ends", || {
        origin.let_one_go_on();
        std::future::ready(asking.is_finished())
    })
    .await;
    refused(&asking.await.expect("asking does not panic"), Code::OriginTimeout);
    next_turn_works(&origin, &guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edge_hangs_up_on_an_origin_that_stalls() {
    let origin = stalling_in_the_middle();
    let shop = impatient(&origin).await;
    let guest = shop.guest().await;
    post_fails(&guest, Code::OriginTimeout).await;
    origin.hung_up_on(1).await;
    next_turn_works(&origin, &guest).await;
}
