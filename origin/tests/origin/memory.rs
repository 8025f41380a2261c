//! What is remembered, for whom, and for how long.

use chat::internal::{FEEDBACK, HANDED_OVER_HEADER, HANDOFF, PRECEDING, SESSION_UPGRADE};
use chat::{Language, Source};
use serde_json::json;

use crate::harness::{Origin, Setup, exchange, turn};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

#[tokio::test]
async fn an_edge_answer_arrives_as_preceding_and_is_in_the_history() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    let mut asked = turn("hello");
    asked.preceding = vec![exchange("How much is shipping?", "Economy costs $9.", "shipping-cost")];
    shopper.ask_with(&asked).await;
    let turns = shopper.history().await.turns;
    assert_eq!(
        turns.iter().map(|turn| turn.text.as_str()).collect::<Vec<_>>(),
        ["How much is shipping?", "hello"]
    );
    assert_eq!(turns[0].source, Source::FaqEdge);
    assert_eq!(turns[0].citations[0].id, "shipping-cost");
}

#[tokio::test]
async fn a_flush_of_edge_answers_can_be_repeated() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    let body = json!({"exchanges": [exchange("hours?", "Nine to five.", "hours")]});
    for _ in 0..2 {
        assert_eq!(shopper.post(PRECEDING, &body).await.status, 204);
    }
    assert_eq!(shopper.history().await.turns.len(), 1);
}

#[tokio::test]
async fn turns_survive_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let asked = turn("Tell me about Monster");
    let first = {
        let origin = Setup::default().state(state.path()).start();
        let answer = origin.guest("s").ask_with(&asked).await;
        origin.stop().await;
        answer
    };
    let origin = Setup::default().state(state.path()).start();
    let shopper = origin.guest("s");
    assert_eq!(shopper.history().await.turns[0].answer, first.text);
    assert_eq!(shopper.ask_with(&asked).await.events, first.events);
    assert!(shopper.ask("is it in stock?").await.text.contains("in stock"));
}

#[tokio::test]
async fn history_comes_in_pages_newest_last() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    for text in ["hello", "thanks", "bye"] {
        shopper.ask(text).await;
        origin.clock.advance(1);
    }
    let page = shopper.get("/internal/v1/history?limit=2").await.json();
    assert_eq!((&page["turns"][0]["text"], &page["turns"][1]["text"]), (&json!("thanks"), &json!("bye")));
    let next = page["next"].as_str().unwrap();
    let page = shopper.get(&format!("/internal/v1/history?before={next}&limit=2")).await.json();
    assert_eq!(page["turns"][0]["text"], "hello");
    assert!(page.get("next").is_none());
}

#[tokio::test]
async fn a_session_shows_its_history_to_its_owner_alone() {
    let origin = Origin::start();
    origin.customer("s", "C1").ask("hello").await;
    for other in [origin.customer("s", "C2"), origin.guest("s")] {
        assert_eq!(other.get("/internal/v1/history").await.code(), "forbidden");
    }
    assert!(origin.guest("t").history().await.turns.is_empty());
}

#[tokio::test]
async fn a_guest_keeps_earlier_turns_after_signing_in() {
    let origin = Origin::start();
    origin.guest("old").ask("hello").await;
    let customer = origin.customer("new", "C1");
    for _ in 0..2 {
        assert_eq!(customer.post(SESSION_UPGRADE, &json!({"from": "old"})).await.status, 204);
    }
    assert_eq!(customer.history().await.turns[0].text, "hello");
    assert_eq!(origin.guest("old").get("/internal/v1/history").await.code(), "session_required");
}

#[tokio::test]
async fn another_customers_session_cannot_be_taken_over() {
    let origin = Origin::start();
    origin.customer("hers", "C1").ask("hello").await;
    let reply = origin.customer("his", "C2").post(SESSION_UPGRADE, &json!({"from": "hers"})).await;
    assert_eq!((reply.status, reply.code()), (403, "forbidden"));
    let reply = origin.guest("g").post(SESSION_UPGRADE, &json!({"from": "hers"})).await;
    assert_eq!(reply.code(), "forbidden");
    assert_eq!(origin.customer("hers", "C1").history().await.turns.len(), 1);
}

#[tokio::test]
async fn feedback_is_taken_and_may_change() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    let asked = turn("hello");
    shopper.ask_with(&asked).await;
    for rating in ["up", "down"] {
        let body = json!({"id": asked.id, "rating": rating, "comment": "hm"});
        assert_eq!(shopper.post(FEEDBACK, &body).await.status, 204);
    }
    assert_eq!(
        shopper.post(FEEDBACK, &json!({"id": asked.id, "rating": "sideways"})).await.code(),
        "invalid"
    );
    let long = json!({"id": asked.id, "rating": "up", "comment": "あ".repeat(1_001)});
    assert_eq!(shopper.post(FEEDBACK, &long).await.code(), "invalid");
}

#[tokio::test]
async fn a_handoff_keeps_its_place_and_speaks_the_shoppers_language() {
    let origin = Origin::start();
    let first = origin.guest("a").post(HANDOFF, &json!({})).await;
    assert_eq!(first.status, 202);
    assert_eq!(first.json()["position"], 0);
    let mut asked = turn("こんにちは");
    asked.language = Language::Ja;
    origin.guest("b").ask_with(&asked).await;
    let second = origin.guest("b").post(HANDOFF, &json!({})).await.json();
    assert_eq!(second["position"], 1);
    assert!(second["message"].as_str().unwrap().contains("担当者"), "{second}");
    assert_eq!(
        origin.guest("a").post(HANDOFF, &json!({})).await.json()["handoff_id"],
        first.json()["handoff_id"]
    );
}

#[tokio::test]
async fn the_reply_to_a_turn_says_whether_its_session_waits_for_a_person() {
    let origin = Origin::start();
    let says = async |session: &str, text: &str| {
        let response = origin.guest(session).begin(&turn(text)).await;
        response.headers().get(HANDED_OVER_HEADER).map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(says("a", "hello").await.as_deref(), Some("no"));
    assert_eq!(says("a", "can I speak to a human please").await.as_deref(), Some("yes"), "the same turn");
    assert_eq!(says("a", "hello").await.as_deref(), Some("yes"), "a later turn");
    assert_eq!(says("b", "hello").await.as_deref(), Some("no"), "somebody else");
    origin.guest("b").post(HANDOFF, &json!({})).await;
    assert_eq!(says("b", "hello").await.as_deref(), Some("yes"), "a hand-off by a call of its own");
}

#[tokio::test]
async fn conversations_are_deleted_after_their_time() {
    let state = tempfile::tempdir().unwrap();
    {
        let origin = Setup::default().state(state.path()).start();
        origin.guest("s").ask("hello, this is private").await;
        origin.clock.advance(89 * DAY_MS);
        origin.guest("s").ask("thanks").await;
        origin.stop().await;
    }
    // Every start purges, and every so often after it; here the next start is 91 days later.
    let setup = Setup { start_ms: crate::harness::NOON_MS + 91 * DAY_MS, ..Setup::default() };
    let origin = setup.state(state.path()).start();
    while origin.metric("purged").await < 1.0 {
        tokio::task::yield_now().await;
    }
    let turns = origin.guest("s").history().await.turns;
    assert_eq!(turns.iter().map(|turn| turn.text.as_str()).collect::<Vec<_>>(), ["thanks"]);
    // Nor can it be read from the file any more.
    let kept = || {
        let read = |name: &str| std::fs::read(state.path().join(name)).unwrap_or_default();
        [read("memory.sqlite"), read("memory.sqlite-wal")].concat()
    };
    while kept().windows(7).any(|bytes| bytes == b"private") {
        tokio::task::yield_now().await;
    }
}
