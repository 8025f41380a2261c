//! How much one visitor may ask.

use chat::Code;
use reqwest::Method;

use crate::fixture::{DISCOVERY, FakeOrigin, Front, Kind, Reply, SHIPPING, message, token_of};

/// Turns that a guest has in a minute.
const GUEST_TURNS: u32 = 10;
/// Turns that all guests of an address have in a minute.
const ADDRESS_TURNS: u32 = 60;
/// So many guests are over that limit, with what comes back while they ask: one a second.
const GUESTS_MAX: u32 = 20;

on_every_host! {
    a_retry_takes_no_token,
    a_guests_eleventh_turn_in_a_minute_is_refused_until_later,
    an_answer_is_still_given_again_when_no_turn_is_left,
    a_customer_has_more_turns_than_a_guest,
    guests_of_one_address_share_a_limit_on_turns,
}

async fn a_retry_takes_no_token(kind: Kind) {
    let shop = Front::open(kind).await;
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

async fn a_guests_eleventh_turn_in_a_minute_is_refused_until_later(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
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

async fn an_answer_is_still_given_again_when_no_turn_is_left(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    let first = guest.ask(&question).await.answer();
    for _ in 1..GUEST_TURNS {
        guest.ask(&message(SHIPPING)).await.answer();
    }
    assert_eq!(guest.ask(&message(SHIPPING)).await.status, 429);
    assert_eq!(guest.ask(&question).await.answer(), first);
}

async fn a_customer_has_more_turns_than_a_guest(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    let request = guest.request(Method::POST, "/v1/session/upgrade").bearer_auth(token_of("C1001"));
    let upgraded = Reply::to(request).await;
    let customer = guest.with_cookie(&upgraded.cookie());
    let reply = customer.ask(&message(SHIPPING)).await;
    assert_eq!((reply.header("x-ratelimit-limit"), reply.turns_left()), ("30", 29));
}

async fn guests_of_one_address_share_a_limit_on_turns(kind: Kind) {
    let shop = Front::open(kind).await;
    let mut answered = 0;
    for _ in 0..GUESTS_MAX {
        let guest = shop.guest().await;
        // One less than a guest has: it is never the guest's own limit.
        for _ in 1..GUEST_TURNS {
            if guest.ask(&message(SHIPPING)).await.status == 429 {
                assert!(answered >= ADDRESS_TURNS, "{answered}");
                return;
            }
            answered += 1;
        }
    }
    panic!("{answered} turns of one address were answered");
}
