//! The origin takes its time over a call that is no turn: the edge does not wait for ever. What is the same on every host is in
//! `hosts/slow.rs`.

use chat::internal::HISTORY;
use reqwest::Method;

use crate::fixture::{FakeOrigin, Shop, Step, eventually, next_turn_works};

/// Long enough for an answer on a machine that builds something else meanwhile.
const SHORT_MS: i64 = 1_000;

/// The call goes past the edge's own reading: the proxy forwards it.
#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_comes_in_drops_has_an_end_of_its_time_as_a_whole() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let mut drops = vec![Step::Head(200, "application/json")];
    drops.extend((0..10_000).flat_map(|_| [Step::Bytes(b" ".to_vec()), Step::Gate]));
    origin.reply(HISTORY, drops);
    let shop = Shop::with_origin(&origin).setting("origin.total_ms", SHORT_MS).await;
    let guest = shop.guest().await;
    let asking = guest.request(Method::GET, "/v1/chat/history");
    let reading = tokio::spawn(async move { asking.send().await?.bytes().await });
    eventually("the reply ends", || {
        origin.let_one_go_on();
        std::future::ready(reading.is_finished())
    })
    .await;
    let read = reading.await.expect("reading does not panic");
    assert!(read.is_err(), "what has begun is cut off: {read:?}");
    next_turn_works(&origin, &guest).await;
}
