//! What was answered at the edge while the origin failed: it arrives later, nothing is lost.

use std::collections::BTreeSet;

use chat::internal::{Exchange, HISTORY, PRECEDING, TURNS};
use chat::limits::PRECEDING_MAX;
use chat::{ClientMessage, Code, Event};
use reqwest::Method;
use uuid::Uuid;

use super::ways::{DISCOVERY, SHIPPING, post_fails};
use crate::fixture::{FakeOrigin, Reply, Shop, Step, Visitor, eventually, message, token_of};

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
    let ids_of = |call: &crate::fixture::Call| match call.path() {
        TURNS => ids(&call.turn().preceding),
        PRECEDING => ids(&call.preceding().exchanges),
        _ => Vec::new(),
    };
    origin.calls().iter().flat_map(ids_of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_answers_given_while_the_origin_is_down_come_with_the_next_turn() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    origin.go_down().await;
    let answered = [ask_the_edge(&guest).await, ask_the_edge(&guest).await];
    origin.come_up();
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(ids(&origin.turns()[0].preceding), answered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_fails_keeps_the_edge_answers_for_the_next_one() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_turn_keeps_the_edge_answers_for_the_next_one() {
    let origin = FakeOrigin::refusing(503, Code::Overloaded);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let answered = ask_the_edge(&guest).await;
    post_fails(&guest, Code::Overloaded).await;
    origin.answer_from_now_on(&["Try Berserk."]);
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(ids(&origin.turns()[1].preceding), [answered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_was_given_up_keeps_the_edge_answers_for_the_next_one() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = Shop::with_origin(&origin).setting("origin.read_ms", 1_000).await;
    let guest = shop.guest().await;
    let answered = ask_the_edge(&guest).await;
    post_fails(&guest, Code::OriginTimeout).await;
    origin.answer_from_now_on(&["Try Berserk."]);
    guest.ask(&message(DISCOVERY)).await.answer();
    // It may have come the first time as well: the origin takes each once, by its id.
    assert_eq!(ids(&origin.turns()[1].preceding), [answered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_stopped_before_the_origin_begins_keeps_the_edge_answers_for_the_next_one() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let answered = ask_the_edge(&guest).await;
    let (question, mut socket) = (message(DISCOVERY), guest.socket().await);
    socket.ask(&question).await;
    origin.call(TURNS, 1).await;
    socket.tell(&ClientMessage::Stop { id: question.id }).await;
    let events = socket.answer_to(question.id).await;
    assert!(matches!(events[..], [Event::Error { code: Code::Stopped, .. }]), "{events:?}");
    origin.answer_from_now_on(&["Try Berserk."]);
    guest.ask(&message(DISCOVERY)).await.answer();
    // It may have come the first time as well: the origin takes each once, by its id.
    assert_eq!(ids(&origin.turns()[1].preceding), [answered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_fails_keeps_the_edge_answers_for_the_next_one() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    origin.go_down().await;
    let answered = ask_the_edge(&guest).await;
    let failed = guest.get("/v1/chat/history").await;
    assert_eq!((failed.status, failed.problem().code), (503, Code::OriginDown));
    origin.come_up();
    assert_eq!(guest.get("/v1/chat/history").await.status, 200);
    let calls = origin.calls();
    assert_eq!(calls.iter().map(crate::fixture::Call::path).collect::<Vec<_>>(), [PRECEDING, HISTORY]);
    assert_eq!(ids(&calls[0].preceding().exchanges), [answered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_edge_answers_as_may_wait_arrive_when_the_origin_is_back() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
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
