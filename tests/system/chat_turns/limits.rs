//! How much one visitor may ask over a socket.

use chat::{Code, Event};

use crate::fixture::{SHIPPING, Shop, message};

/// Turns that a guest has in a minute.
const GUEST_TURNS: u32 = 10;

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
