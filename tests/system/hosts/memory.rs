//! What the origin gets to know of what a filter has answered: everything, once, before it has to know, also when it was not
//! there meanwhile. An answer of a filter is called an edge answer on either host.

use std::collections::BTreeSet;

use chat::internal::{Exchange, FEEDBACK, HISTORY, PRECEDING, TURNS};
use chat::limits::PRECEDING_MAX;
use chat::{Code, Source};
use reqwest::Method;
use uuid::Uuid;

use crate::fixture::{
    Call, DISCOVERY, FakeOrigin, Front, Kind, MESSAGES, Reply, SHIPPING, SHIPPING_JA, Visitor, eventually,
    message, post_fails, token_of,
};

on_every_host! {
    edge_answers_come_before_the_next_turn_of_their_session,
    an_edge_answer_goes_with_one_turn_only,
    history_is_the_origins_and_is_asked_after_a_flush,
    an_answer_is_in_memory_before_it_is_rated,
    the_origin_sees_who_asks_and_no_credential,
    a_refused_history_is_passed_on_as_a_problem,
    edge_answers_given_while_the_origin_is_down_come_with_the_next_turn,
    a_turn_that_fails_keeps_the_edge_answers_for_the_next_one,
    a_refused_turn_keeps_the_edge_answers_for_the_next_one,
    a_history_that_fails_keeps_the_edge_answers_for_the_next_one,
    as_many_edge_answers_as_may_wait_arrive_when_the_origin_is_back,
}

/// Asks what the edge answers.
async fn ask_the_edge(visitor: &Visitor) -> Uuid {
    let question = message(SHIPPING);
    visitor.ask(&question).await.answer();
    question.id
}

fn ids(exchanges: &[Exchange]) -> Vec<Uuid> {
    exchanges.iter().map(|exchange| exchange.id).collect()
}

/// Every edge answer that has reached the origin, by a flush or with a turn.
fn arrived(origin: &FakeOrigin) -> BTreeSet<Uuid> {
    let ids_of = |call: &Call| match call.path() {
        TURNS => ids(&call.turn().preceding),
        PRECEDING => ids(&call.preceding().exchanges),
        _ => Vec::new(),
    };
    origin.calls().iter().flat_map(ids_of).collect()
}

async fn edge_answers_come_before_the_next_turn_of_their_session(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let (first, second) = (message(SHIPPING), message(SHIPPING_JA));
    let answer = guest.ask(&first).await.answer();
    guest.ask(&second).await.answer();
    shop.guest().await.ask(&message(SHIPPING)).await.answer();
    guest.ask(&message(DISCOVERY)).await.answer();
    let preceding = &origin.turns()[0].preceding;
    assert_eq!(preceding.iter().map(|exchange| exchange.id).collect::<Vec<_>>(), [first.id, second.id]);
    assert_eq!(preceding[0].text, SHIPPING);
    assert_eq!(preceding[0].answer, answer.text);
    assert_eq!(preceding[0].source, Source::FaqEdge);
    assert_eq!(preceding[0].citations, answer.citations);
}

async fn an_edge_answer_goes_with_one_turn_only(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    guest.ask(&message(SHIPPING)).await.answer();
    guest.ask(&message(DISCOVERY)).await.answer();
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(origin.turns().iter().map(|turn| turn.preceding.len()).collect::<Vec<_>>(), [1, 0]);
}

async fn history_is_the_origins_and_is_asked_after_a_flush(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    guest.ask(&question).await.answer();
    let reply = guest.get("/v1/chat/history?limit=5&before=x").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"turns":[],"next":"older"}"#));
    let calls = origin.calls();
    assert_eq!(calls.iter().map(Call::path).collect::<Vec<_>>(), [PRECEDING, HISTORY]);
    assert_eq!(calls[0].preceding().exchanges[0].id, question.id);
    assert_eq!(calls[1].target, format!("{HISTORY}?limit=5&before=x"));
}

async fn an_answer_is_in_memory_before_it_is_rated(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    guest.ask(&question).await.answer();
    let feedback = format!(r#"{{"id":"{}","rating":"up"}}"#, question.id);
    assert_eq!(guest.post("/v1/chat/feedback", feedback).await.status, 204);
    assert_eq!(
        origin.calls().iter().map(|call| call.path().to_owned()).collect::<Vec<_>>(),
        [PRECEDING, FEEDBACK]
    );
}

async fn the_origin_sees_who_asks_and_no_credential(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    guest.ask(&message(SHIPPING)).await.answer();
    let request = guest.request(Method::POST, MESSAGES).header("x-request-id", "request-12345");
    let body = serde_json::to_string(&message(DISCOVERY)).expect("JSON");
    Reply::to(request.header("content-type", "application/json").body(body)).await.answer();
    guest.get("/v1/chat/history").await;
    let calls = origin.calls();
    assert_eq!(calls.iter().map(Call::path).collect::<Vec<_>>(), [TURNS, HISTORY]);
    for call in &calls {
        assert_eq!((call.header("cookie"), call.header("authorization")), (None, None));
        assert!(call.claims().sub.starts_with("guest:"));
        assert_eq!((&call.claims().m, &call.claims().p), (&call.method, &call.target));
    }
    assert_eq!(calls[0].claims().sid, calls[1].claims().sid);
    assert_eq!(calls[0].claims().rid, "request-12345");
    assert_eq!(calls[0].header("x-request-id"), Some("request-12345"));
}

async fn a_refused_history_is_passed_on_as_a_problem(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    origin.refuse(HISTORY, 503, Code::Unavailable);
    let shop = Front::with_origin(kind, &origin).await;
    let reply = shop.guest().await.get("/v1/chat/history").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("content-type"), "application/problem+json");
}

async fn edge_answers_given_while_the_origin_is_down_come_with_the_next_turn(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    origin.go_down().await;
    let answered = [ask_the_edge(&guest).await, ask_the_edge(&guest).await];
    origin.come_up();
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(ids(&origin.turns()[0].preceding), answered);
}

async fn a_turn_that_fails_keeps_the_edge_answers_for_the_next_one(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    origin.go_down().await;
    let before = ask_the_edge(&guest).await;
    post_fails(&guest, Code::OriginDown).await;
    let after = ask_the_edge(&guest).await;
    post_fails(&guest, Code::OriginDown).await;
    origin.come_up();
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(ids(&origin.turns()[0].preceding), [before, after]);
}

async fn a_refused_turn_keeps_the_edge_answers_for_the_next_one(kind: Kind) {
    let origin = FakeOrigin::refusing(503, Code::Overloaded);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let answered = ask_the_edge(&guest).await;
    post_fails(&guest, Code::Overloaded).await;
    origin.answer_from_now_on(&["Try Berserk."]);
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(ids(&origin.turns()[1].preceding), [answered]);
}

async fn a_history_that_fails_keeps_the_edge_answers_for_the_next_one(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    origin.go_down().await;
    let answered = ask_the_edge(&guest).await;
    let failed = guest.get("/v1/chat/history").await;
    assert_eq!((failed.status, failed.problem().code), (503, Code::OriginDown));
    origin.come_up();
    assert_eq!(guest.get("/v1/chat/history").await.status, 200);
    let calls = origin.calls();
    assert_eq!(calls.iter().map(Call::path).collect::<Vec<_>>(), [PRECEDING, HISTORY]);
    assert_eq!(ids(&calls[0].preceding().exchanges), [answered]);
}

async fn as_many_edge_answers_as_may_wait_arrive_when_the_origin_is_back(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    // A guest has not as many turns in a minute.
    let request = guest.request(Method::POST, "/v1/session/upgrade").bearer_auth(token_of("C1001"));
    let customer = guest.with_cookie(&Reply::to(request).await.cookie());
    origin.go_down().await;
    let mut answered = BTreeSet::new();
    for _ in 0..PRECEDING_MAX {
        answered.insert(ask_the_edge(&customer).await);
    }
    origin.come_up();
    customer.ask(&message(DISCOVERY)).await.answer();
    // The flush of a full list may still be at it: then they come by it and not with the turn.
    eventually("every answer has arrived", || async { arrived(&origin) == answered }).await;
}
