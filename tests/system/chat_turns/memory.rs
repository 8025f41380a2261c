//! What the origin gets to know of what was answered at the edge: everything, once, before it has to know.

use std::collections::BTreeSet;

use chat::internal::{FEEDBACK, HISTORY, PRECEDING, TURNS};
use chat::{Code, Source};

use super::{DISCOVERY, SHIPPING, SHIPPING_JA};
use crate::fixture::{FakeOrigin, Shop, message};

/// More than the edge flushes at once.
const SESSIONS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn edge_answers_come_before_the_next_turn_of_their_session() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_answer_goes_with_one_turn_only() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    guest.ask(&message(SHIPPING)).await.answer();
    guest.ask(&message(DISCOVERY)).await.answer();
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(origin.turns().iter().map(|turn| turn.preceding.len()).collect::<Vec<_>>(), [1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_the_origins_and_is_asked_after_a_flush() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    guest.ask(&question).await.answer();
    let reply = guest.get("/v1/chat/history?limit=5&before=x").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"turns":[],"next":"older"}"#));
    let calls = origin.calls();
    assert_eq!(calls.iter().map(crate::fixture::Call::path).collect::<Vec<_>>(), [PRECEDING, HISTORY]);
    assert_eq!(calls[0].preceding().exchanges[0].id, question.id);
    assert_eq!(calls[1].target, format!("{HISTORY}?limit=5&before=x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_in_memory_before_it_is_rated() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn edge_answers_are_flushed_when_the_edge_ends() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let question = message(SHIPPING);
    shop.guest().await.ask(&question).await.answer();
    shop.drain().await;
    assert_eq!(origin.call(PRECEDING, 1).await.preceding().exchanges[0].id, question.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_answers_of_many_sessions_are_flushed_when_the_edge_ends() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let mut answered = BTreeSet::new();
    for _ in 0..SESSIONS {
        let question = message(SHIPPING);
        shop.guest().await.ask(&question).await.answer();
        answered.insert(question.id);
    }
    shop.drain().await;
    // The last of them tells that they have all come.
    origin.call(PRECEDING, SESSIONS).await;
    let flushes = origin.calls();
    let flushed = flushes.iter().flat_map(|call| call.preceding().exchanges).map(|exchange| exchange.id);
    assert_eq!(flushed.collect::<BTreeSet<_>>(), answered);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_origin_sees_who_asks_and_no_credential() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    guest.ask(&message(SHIPPING)).await.answer();
    let request =
        guest.request(reqwest::Method::POST, "/v1/chat/messages").header("x-request-id", "request-12345");
    let body = serde_json::to_string(&message(DISCOVERY)).expect("JSON");
    crate::fixture::Reply::to(request.header("content-type", "application/json").body(body)).await.answer();
    guest.get("/v1/chat/history").await;
    let calls = origin.calls();
    assert_eq!(calls.iter().map(crate::fixture::Call::path).collect::<Vec<_>>(), [TURNS, HISTORY]);
    for call in &calls {
        assert_eq!((call.header("cookie"), call.header("authorization")), (None, None));
        assert!(call.claims().sub.starts_with("guest:"));
        assert_eq!((&call.claims().m, &call.claims().p), (&call.method, &call.target));
    }
    assert_eq!(calls[0].claims().sid, calls[1].claims().sid);
    assert_eq!(calls[0].claims().rid, "request-12345");
    assert_eq!(calls[0].header("x-request-id"), Some("request-12345"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_history_is_passed_on_as_a_problem() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    origin.refuse(HISTORY, 503, Code::Unavailable);
    let shop = Shop::with_origin(&origin).await;
    let reply = shop.guest().await.get("/v1/chat/history").await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("content-type"), "application/problem+json");
}
