//! The key-value store: what it holds, and what becomes of requests while it fails.

use chat::internal::PRECEDING;
use chat::{Code, Event, Source};

use crate::fixture::{
    DISCOVERY, FakeOrigin, SHIPPING, SpinShop, in_two_pieces, message, refused, secret_base64, source_of,
};

/// Turns that a guest has in a minute.
const GUEST_TURNS: usize = 10;
/// As many as an address has turns in a minute.
const SESSIONS: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_fails_nothing_is_answered_and_afterwards_everything() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = SpinShop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    shop.key_value.fail(true);
    for reply in [
        guest.ask(&question).await,
        guest.ask(&message(SHIPPING)).await,
        guest.get("/v1/chat/history").await,
        guest.post("/v1/chat/handoff", "").await,
        shop.stranger().post("/v1/chat/init", "").await,
    ] {
        refused(&reply, Code::Unavailable);
        assert_eq!(reply.header("retry-after"), "1");
    }
    assert!(origin.calls().is_empty());
    shop.key_value.fail(false);
    assert_eq!(guest.ask(&question).await.answer().text, "Try Berserk.");
    assert_eq!(guest.ask(&question).await.answer().text, "Try Berserk.");
    assert_eq!(origin.turns().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_opens_and_fails_at_every_call_is_no_limit_that_was_passed() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = SpinShop::with_origin(&origin).variable("key_session1", "").await;
    shop.key_value.fail_when_called(true);
    for _ in 0..3 {
        refused(&shop.stranger().post("/v1/chat/init", "").await, Code::Unavailable);
    }
    shop.key_value.fail_when_called(false);
    // Nothing of it is kept: the key of sessions is made now, and holds.
    let guest = shop.guest().await;
    assert_eq!(guest.ask(&message(DISCOVERY)).await.answer().text, "Try Berserk.");
    shop.key_value.fail_when_called(true);
    refused(&guest.ask(&message(SHIPPING)).await, Code::Unavailable);
    shop.key_value.fail_when_called(false);
    guest.ask(&message(SHIPPING)).await.answer();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_lifts_no_limit() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).await;
    let guest = shop.guest().await;
    for _ in 0..GUEST_TURNS {
        guest.ask(&message(SHIPPING)).await.answer();
    }
    shop.key_value.fail(true);
    refused(&guest.ask(&message(SHIPPING)).await, Code::Unavailable);
    shop.key_value.fail(false);
    refused(&guest.ask(&message(SHIPPING)).await, Code::RateLimited);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_kept_is_still_given_and_its_repetition_takes_no_token() {
    let origin = FakeOrigin::doing(in_two_pieces);
    let shop = SpinShop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let mut stream = guest.ask_for_stream(&question).await;
    while !matches!(stream.next().await.expect("a delta comes"), Event::Delta { .. }) {}
    shop.key_value.fail(true);
    origin.let_one_go_on();
    assert_eq!(source_of(&stream.rest().await), Source::Extractive);
    shop.key_value.fail(false);
    origin.answer_from_now_on(&["Try Berserk."]);
    let again = guest.ask(&question).await;
    assert_eq!(again.turns_left(), u32::try_from(GUEST_TURNS).expect("a small number") - 1);
    assert_eq!(again.answer().text, "Try Berserk.");
    // The origin knows the message by its id.
    assert_eq!(origin.turns().iter().map(|turn| turn.id).collect::<Vec<_>>(), [question.id, question.id]);
}

/// A store that takes the limits' records and then not that of the turn.
#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_is_let_pass_and_cannot_be_kept_is_not_answered_and_costs_its_token() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = SpinShop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    shop.key_value.fail_to_write(Some("turns/"));
    let failed = guest.ask(&question).await;
    refused(&failed, Code::Unavailable);
    assert_eq!(failed.header("retry-after"), "1");
    assert!(origin.calls().is_empty(), "nobody is asked for an answer that would be asked for again");
    shop.key_value.fail_to_write(None);
    let again = guest.ask(&question).await;
    assert!(again.turns_left() < failed.turns_left(), "nothing is known of the first token");
    assert_eq!(again.answer().text, "Try Berserk.");
    assert_eq!(guest.ask(&question).await.turns_left(), again.turns_left());
    assert_eq!(origin.turns().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_answer_that_cannot_be_kept_is_not_given_and_is_remembered_once_afterwards() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    shop.key_value.fail_to_write(Some("turns/"));
    refused(&guest.ask(&question).await, Code::Unavailable);
    shop.key_value.fail_to_write(None);
    guest.ask(&question).await.answer();
    guest.get("/v1/chat/history").await;
    let remembered = origin.call(PRECEDING, 1).await.preceding().exchanges;
    assert_eq!(remembered.iter().map(|exchange| exchange.id).collect::<Vec<_>>(), [question.id]);
}

/// How many places there are of a kind of record.
fn places(kind: &str) -> u32 {
    match kind {
        "turns" | "chats" => 1_024,
        "buckets" => 256,
        "sessions" => 4_096,
        other => panic!("a record of the kind {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_has_a_fixed_number_of_places_and_names_nobody() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = SpinShop::with_origin(&origin).await;
    let mut secrets = ["internal-1", "session-1", "shop-1"].map(secret_base64).to_vec();
    for place in 0..SESSIONS {
        let begun = shop.stranger().post("/v1/chat/init", "").await;
        let guest = shop.stranger().with_cookie(&begun.cookie());
        let text = if place % 2 == 0 { SHIPPING } else { DISCOVERY };
        guest.ask(&message(text)).await.answer();
        let (_, cookie) = guest.cookie.split_once('=').expect("name=value");
        secrets.extend([begun.session().session_id, cookie.to_owned()]);
    }
    let records = shop.key_value.dump();
    assert!(records.len() > SESSIONS, "{}", records.len());
    for (key, value) in records {
        let (kind, place) = key.split_once('/').expect("a kind and a place");
        assert!(place.parse::<u32>().is_ok_and(|place| place < places(kind)), "{key}");
        let value = String::from_utf8_lossy(&value);
        for secret in &secrets {
            assert!(!key.contains(secret.as_str()) && !value.contains(secret.as_str()), "{key}: {value}");
        }
    }
}
