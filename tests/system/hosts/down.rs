//! The origin's port is closed.

use chat::{Code, Event};
use reqwest::Method;

use crate::fixture::{
    DISCOVERY, FakeOrigin, Front, Kind, Reply, SHIPPING, message, next_turn_works, post_fails, stream_fails,
    token_of,
};

on_every_host! {
    a_turn_is_told_that_the_origin_is_down_and_when_to_come_back,
    a_streamed_turn_is_told_in_an_error_event,
    an_origin_that_goes_down_after_a_turn_is_noticed_and_its_return_as_well,
    a_known_question_is_answered_while_the_origin_is_down,
    history_is_a_problem_document_while_the_origin_is_down,
    a_person_cannot_be_asked_for_while_the_origin_is_down,
    feedback_cannot_be_given_while_the_origin_is_down,
    a_guest_stays_a_guest_when_the_origin_is_down,
}

async fn down(kind: Kind) -> (FakeOrigin, Front) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    origin.go_down().await;
    (origin, shop)
}

async fn a_turn_is_told_that_the_origin_is_down_and_when_to_come_back(kind: Kind) {
    let (origin, shop) = down(kind).await;
    let guest = shop.guest().await;
    let reply = post_fails(&guest, Code::OriginDown).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, "5"));
    assert_eq!(reply.problem().retry_after, Some(5));
    origin.come_up();
    next_turn_works(&origin, &guest).await;
}

async fn a_streamed_turn_is_told_in_an_error_event(kind: Kind) {
    let (origin, shop) = down(kind).await;
    let guest = shop.guest().await;
    let events = stream_fails(&guest, Code::OriginDown).await;
    assert!(matches!(events[..], [Event::Error { retry_after: Some(5), .. }]), "{events:?}");
    origin.come_up();
    next_turn_works(&origin, &guest).await;
}

async fn an_origin_that_goes_down_after_a_turn_is_noticed_and_its_return_as_well(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    guest.ask(&message(DISCOVERY)).await.answer();
    origin.go_down().await;
    post_fails(&guest, Code::OriginDown).await;
    origin.come_up();
    next_turn_works(&origin, &guest).await;
}

async fn a_known_question_is_answered_while_the_origin_is_down(kind: Kind) {
    let (_origin, shop) = down(kind).await;
    let answer = shop.guest().await.ask(&message(SHIPPING)).await.answer();
    assert_eq!(answer.source, chat::Source::FaqEdge);
}

async fn history_is_a_problem_document_while_the_origin_is_down(kind: Kind) {
    let (origin, shop) = down(kind).await;
    let guest = shop.guest().await;
    let reply = guest.get("/v1/chat/history").await;
    assert_eq!((reply.status, reply.problem().code), (503, Code::OriginDown));
    origin.come_up();
    assert_eq!(guest.get("/v1/chat/history").await.status, 200);
}

async fn a_person_cannot_be_asked_for_while_the_origin_is_down(kind: Kind) {
    let (origin, shop) = down(kind).await;
    let guest = shop.guest().await;
    let reply = guest.post("/v1/chat/handoff", "").await;
    assert_eq!((reply.status, reply.problem().code), (503, Code::OriginDown));
    origin.come_up();
    assert_eq!(guest.post("/v1/chat/handoff", "").await.status, 202);
}

async fn feedback_cannot_be_given_while_the_origin_is_down(kind: Kind) {
    let (origin, shop) = down(kind).await;
    let guest = shop.guest().await;
    let body = format!(r#"{{"id":"{}","rating":"up"}}"#, uuid::Uuid::new_v4());
    let reply = guest.post("/v1/chat/feedback", body.clone()).await;
    assert_eq!((reply.status, reply.problem().code), (503, Code::OriginDown));
    origin.come_up();
    assert_eq!(guest.post("/v1/chat/feedback", body).await.status, 204);
}

async fn a_guest_stays_a_guest_when_the_origin_is_down(kind: Kind) {
    let (origin, shop) = down(kind).await;
    let guest = shop.guest().await;
    let request = guest.request(Method::POST, "/v1/session/upgrade").bearer_auth(token_of("C1001"));
    let reply = Reply::to(request).await;
    assert_eq!((reply.status, reply.problem().code), (503, Code::OriginDown));
    assert_eq!(reply.header("set-cookie"), "");
    origin.come_up();
    next_turn_works(&origin, &guest).await;
}
