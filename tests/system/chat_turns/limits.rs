//! How much one visitor may ask.

use chat::{Code, Event};

use super::{DISCOVERY, SHIPPING};
use crate::fixture::{FakeOrigin, Shop, message, token_of};

/// Turns that a guest has in a minute.
const GUEST_TURNS: u32 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_takes_no_token() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    let first = guest.ask(&question).await;
    assert_eq!(first.header("x-ratelimit-limit"), GUEST_TURNS.to_string());
    assert_eq!(first.turns_left(), GUEST_TURNS - 1);
    for _ in 0..3 {
        assert_eq!(guest.ask(&question).await.turns_left(), GUEST_TURNS - 1);
    }
    assert_eq!(guest.ask(&message(SHIPPING)).await.turns_left(), GUEST_TURNS - 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_eleventh_turn_in_a_minute_is_refused_until_later() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    for _ in 0..GUEST_TURNS {
        guest.ask(&message(SHIPPING)).await.answer();
    }
    let refused = guest.ask(&message(DISCOVERY)).await;
    assert_eq!((refused.status, refused.problem().code), (429, Code::RateLimited));
    let wait_s: u32 = refused.header("retry-after").parse().expect("a number of seconds");
    assert!((1..=60).contains(&wait_s), "{wait_s}");
    assert_eq!(refused.problem().retry_after, Some(wait_s));
    assert_eq!((refused.header("x-ratelimit-limit"), refused.turns_left()), ("10", 0));
    assert!(refused.header("x-ratelimit-reset").parse::<u32>().is_ok_and(|reset| reset >= wait_s));
    assert!(origin.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_eleventh_turn_over_a_socket_is_an_error_event() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    for _ in 0..GUEST_TURNS {
        let question = message(SHIPPING);
        socket.ask(&question).await;
        socket.answer_to(question.id).await;
    }
    let question = message(SHIPPING);
    socket.ask(&question).await;
    let events = socket.answer_to(question.id).await;
    let [Event::Error { code: Code::RateLimited, retry_after: Some(wait_s), .. }] = events[..] else {
        panic!("a refusal was expected, and {events:?} came")
    };
    assert!((1..=60).contains(&wait_s), "{wait_s}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_still_given_again_when_no_turn_is_left() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    let first = guest.ask(&question).await.answer();
    for _ in 1..GUEST_TURNS {
        guest.ask(&message(SHIPPING)).await.answer();
    }
    assert_eq!(guest.ask(&message(SHIPPING)).await.status, 429);
    assert_eq!(guest.ask(&question).await.answer(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_more_turns_than_a_guest() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let request = guest.request(reqwest::Method::POST, "/v1/session/upgrade").bearer_auth(token_of("C1001"));
    let upgraded = crate::fixture::Reply::to(request).await;
    let customer = guest.with_cookie(&upgraded.cookie());
    let reply = customer.ask(&message(SHIPPING)).await;
    assert_eq!((reply.header("x-ratelimit-limit"), reply.turns_left()), ("30", 29));
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_of_one_address_share_a_limit_on_turns() {
    let shop = Shop::open().await;
    let mut refused = 0;
    for _ in 0..7 {
        let guest = shop.guest().await;
        for _ in 0..9 {
            refused += usize::from(guest.ask(&message(SHIPPING)).await.status == 429);
        }
    }
    // 63 turns, of which an address has 60 and what comes back meanwhile.
    assert!((1..=3).contains(&refused), "{refused}");
}
