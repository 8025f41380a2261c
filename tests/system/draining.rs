//! An edge that is told to end: what is under way ends in order first.

use chat::Event;

use crate::fixture::{FakeOrigin, Shop, Step, eventually, in_time, message, text_of};

fn answers_when_let() -> FakeOrigin {
    FakeOrigin::doing(|turn| {
        let beginning = vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Gate];
        [beginning, vec![Step::delta(turn, 2, "Berserk."), Step::done(turn)]].concat()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_answer_comes_to_its_end_while_the_edge_drains() {
    let origin = answers_when_let();
    let mut shop = Shop::with_origin(&origin).setting("listen.drain_s", 15).await;
    let guest = shop.guest().await;
    let mut stream = guest.ask_for_stream(&message("Recommend me something dark, please")).await;
    let mut events = Vec::new();
    while !matches!(events.last(), Some(Event::Delta { .. })) {
        events.push(stream.next().await.expect("the answer begins"));
    }
    shop.begin_to_drain();
    eventually("the edge is not ready any more", async || shop.admin("/ready").await.status == 503).await;
    assert!(shop.is_serving(), "an answer is under way");
    let health = shop.admin("/health").await;
    assert!(health.status == 200 && health.body.contains(r#""draining":true"#), "{health:?}");
    origin.let_one_go_on();
    events.extend(stream.rest().await);
    assert_eq!(text_of(&events), "Try Berserk.");
    assert!(matches!(events.last(), Some(Event::Done { .. })), "{events:?}");
    in_time("the edge ends once nothing is under way", shop.drain()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_under_way_is_given_while_the_edge_drains() {
    let origin = answers_when_let();
    let mut shop = Shop::with_origin(&origin).setting("listen.drain_s", 15).await;
    let guest = shop.guest().await;
    let question = message("Recommend me something dark, please");
    let asking = tokio::spawn(async move { guest.ask(&question).await });
    origin.call(chat::internal::TURNS, 1).await;
    shop.begin_to_drain();
    eventually("the edge is not ready any more", async || shop.admin("/ready").await.status == 503).await;
    origin.let_one_go_on();
    let answer = in_time("the answer", asking).await.expect("no panic").answer();
    assert_eq!(answer.text, "Try Berserk.");
    in_time("the edge ends once nothing is under way", shop.drain()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_is_cut_off_when_the_time_is_over() {
    let origin = FakeOrigin::doing(|turn| vec![Step::stream(), Step::start(turn), Step::Stall]);
    let shop = Shop::with_origin(&origin).setting("listen.drain_s", 1).await;
    let guest = shop.guest().await;
    let mut stream = guest.ask_for_stream(&message("Recommend me something dark, please")).await;
    stream.next().await.expect("the answer begins");
    in_time("the edge ends all the same", shop.drain()).await;
}
