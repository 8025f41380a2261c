//! The origin refuses a turn: what a client can act on is passed on, what is between the two of us is not.

use chat::internal::{TURNS, TurnRequest};
use chat::problem::PROBLEM_JSON;
use chat::{Code, Event, Problem};

use super::ways::{DISCOVERY, GARBAGE, fails_every_way, next_turn_works, post_fails, stream_fails};
use crate::fixture::{FakeOrigin, Shop, Step, answer, eventually, message};

fn overloaded(_: &TurnRequest) -> Vec<Step> {
    let problem = Problem::new(Code::Overloaded, "Come back later.").with_retry_after(7);
    vec![Step::Head(503, PROBLEM_JSON), Step::Bytes(problem.to_json().into_bytes())]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overloaded_origin_says_when_to_come_back() {
    let origin = FakeOrigin::doing(overloaded);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let reply = post_fails(&guest, Code::Overloaded).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "7"));
    assert_eq!((reply.problem().retry_after, reply.problem().detail.as_str()), (Some(7), "Come back later."));
    next_turn_works(&origin, &guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overloaded_origin_says_so_in_an_error_event() {
    let origin = FakeOrigin::doing(overloaded);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let events = stream_fails(&guest, Code::Overloaded).await;
    assert!(matches!(events[..], [Event::Error { retry_after: Some(7), .. }]), "{events:?}");
    next_turn_works(&origin, &guest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_the_middle_of_the_answer_is_passed_on() {
    let origin = FakeOrigin::doing(|turn| {
        let error = Problem::new(Code::Unavailable, "No.").to_event(Some(turn.id));
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Event(error)]
    });
    let shop = Shop::with_origin(&origin).await;
    fails_every_way(&origin, &shop, Code::Unavailable).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_is_no_problem_document_is_a_bad_gateway() {
    let origin = FakeOrigin::doing(|_| vec![Step::Head(500, "text/html"), Step::Bytes(GARBAGE.into())]);
    let shop = Shop::with_origin(&origin).await;
    fails_every_way(&origin, &shop, Code::BadGateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_does_not_take_our_signature_is_a_bad_gateway() {
    let origin = FakeOrigin::refusing(401, Code::Unauthorized);
    let shop = Shop::with_origin(&origin).await;
    fails_every_way(&origin, &shop, Code::BadGateway).await;
}

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
    // The same message each time, which takes no further token.
    let question = message(DISCOVERY);
    eventually("there is room again", || async { second.ask(&question).await.status == 200 }).await;
}
