//! The origin refuses a turn: what a client can act on is passed on, what is between the two of us is not.

use chat::internal::TurnRequest;
use chat::problem::PROBLEM_JSON;
use chat::{Code, Event, Problem};

use crate::fixture::{
    FakeOrigin, Front, GARBAGE, Kind, Step, fails_every_way, next_turn_works, post_fails, stream_fails,
};

on_every_host! {
    an_overloaded_origin_says_when_to_come_back,
    an_overloaded_origin_says_so_in_an_error_event,
    an_error_in_the_middle_of_the_answer_is_passed_on,
    a_refusal_that_is_no_problem_document_is_a_bad_gateway,
    an_origin_that_does_not_take_our_signature_is_a_bad_gateway,
}

fn overloaded(_: &TurnRequest) -> Vec<Step> {
    let problem = Problem::new(Code::Overloaded, "Come back later.").with_retry_after(7);
    vec![Step::Head(503, PROBLEM_JSON), Step::Bytes(problem.to_json().into_bytes())]
}

async fn an_overloaded_origin_says_when_to_come_back(kind: Kind) {
    let origin = FakeOrigin::doing(overloaded);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let reply = post_fails(&guest, Code::Overloaded).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "7"));
    assert_eq!((reply.problem().retry_after, reply.problem().detail.as_str()), (Some(7), "Come back later."));
    next_turn_works(&origin, &guest).await;
}

async fn an_overloaded_origin_says_so_in_an_error_event(kind: Kind) {
    let origin = FakeOrigin::doing(overloaded);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let events = stream_fails(&guest, Code::Overloaded).await;
    assert!(matches!(events[..], [Event::Error { retry_after: Some(7), .. }]), "{events:?}");
    next_turn_works(&origin, &guest).await;
}

async fn an_error_in_the_middle_of_the_answer_is_passed_on(kind: Kind) {
    let origin = FakeOrigin::doing(|turn| {
        let error = Problem::new(Code::Unavailable, "No.").to_event(Some(turn.id));
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Try "), Step::Event(error)]
    });
    let shop = Front::with_origin(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::Unavailable).await;
}

async fn a_refusal_that_is_no_problem_document_is_a_bad_gateway(kind: Kind) {
    let origin = FakeOrigin::doing(|_| vec![Step::Head(500, "text/html"), Step::Bytes(GARBAGE.into())]);
    let shop = Front::with_origin(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::BadGateway).await;
}

async fn an_origin_that_does_not_take_our_signature_is_a_bad_gateway(kind: Kind) {
    let origin = FakeOrigin::refusing(401, Code::Unauthorized);
    let shop = Front::with_origin(kind, &origin).await;
    fails_every_way(&origin, &shop.guest().await, Code::BadGateway).await;
}
