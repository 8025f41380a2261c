//! The same message again after a failure of ours: it runs again and is not paid for again.

use chat::Code;

use super::ways::DISCOVERY;
use crate::fixture::{FakeOrigin, Shop, Step, message, text_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_the_origin_was_down_runs_and_takes_no_token() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    origin.go_down().await;
    let question = message(DISCOVERY);
    let failed = guest.ask(&question).await;
    assert_eq!((failed.status, failed.problem().code), (503, Code::OriginDown));
    origin.come_up();
    let again = guest.ask(&question).await;
    assert_eq!(again.answer().text, "Try Berserk.");
    assert_eq!(again.turns_left(), failed.turns_left());
    assert_eq!(origin.turns().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_an_interruption_runs_from_the_start_and_takes_no_token() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Well, "), Step::Cut]
    });
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let failed = guest.ask(&question).await;
    assert_eq!((failed.status, failed.problem().code), (502, Code::Interrupted));
    origin.answer_from_now_on(&["Try ", "Berserk."]);
    let again = guest.ask(&question).await;
    assert_eq!(again.answer().text, "Try Berserk.");
    assert_eq!(again.turns_left(), failed.turns_left());
    assert_eq!(origin.turns().iter().map(|turn| turn.id).collect::<Vec<_>>(), [question.id, question.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_retry_takes_no_token_either() {
    let origin = FakeOrigin::refusing(503, Code::Overloaded);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let failed = guest.ask(&question).await;
    assert_eq!(guest.ask(&question).await.problem().code, Code::Overloaded);
    origin.answer_from_now_on(&["Try Berserk."]);
    let again = guest.ask(&question).await;
    assert_eq!(again.answer().text, "Try Berserk.");
    assert_eq!(again.turns_left(), failed.turns_left());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_was_answered_is_not_run_again() {
    let origin = FakeOrigin::refusing(503, Code::Overloaded);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    assert_eq!(guest.ask(&question).await.status, 503);
    origin.answer_from_now_on(&["Try Berserk."]);
    let first = guest.ask_for_stream(&question).await.rest().await;
    assert_eq!(text_of(&first), "Try Berserk.");
    assert_eq!(guest.ask_for_stream(&question).await.rest().await, first);
    assert_eq!(origin.turns().len(), 2);
}
