//! Turns that the edge does not even ask the origin for.

use chat::Code;
use chat::internal::TURNS;

use crate::fixture::{DISCOVERY, FakeOrigin, Shop, Step, answer, eventually, message, post_fails};

#[tokio::test(flavor = "multi_thread")]
async fn more_turns_than_the_origin_may_have_are_refused_before_it() {
    let origin = FakeOrigin::doing(|turn| {
        let mut steps = answer(turn, &["Try Berserk."]);
        steps.insert(1, Step::Gate);
        steps
    });
    let shop = Shop::with_origin(&origin).setting("origin.turns_max", 1).await;
    let (first, second) = (shop.guest().await, shop.guest().await);
    let asking = tokio::spawn(async move { first.ask(&message(DISCOVERY)).await });
    origin.call(TURNS, 1).await;
    let refused = post_fails(&second, Code::Overloaded).await;
    assert_eq!(refused.header("retry-after"), "2");
    origin.let_one_go_on();
    assert_eq!(asking.await.expect("asking does not panic").answer().text, "Try Berserk.");
    origin.answer_from_now_on(&["Try Berserk."]);
    // The same message each time, which takes few tokens.
    let question = message(DISCOVERY);
    eventually("there is room again", || async { second.ask(&question).await.status == 200 }).await;
}
