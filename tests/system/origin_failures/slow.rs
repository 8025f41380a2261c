//! The origin takes its time over a call that is no turn: the edge does not wait for ever. What is the same on every host is in
//! `hosts/slow.rs`.

use chat::Code;
use chat::internal::HISTORY;

use crate::fixture::{FakeOrigin, Shop, Step, eventually, next_turn_works, refused};

/// Long enough for an answer on a machine that builds something else meanwhile.
const SHORT_MS: i64 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_comes_in_drops_has_an_end_of_its_time_as_a_whole() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let mut drops = vec![Step::Head(200, "application/json")];
    drops.extend((0..10_000).flat_map(|_| [Step::Bytes(b" ".to_vec()), Step::Gate]));
    origin.reply(HISTORY, drops);
    let shop = Shop::with_origin(&origin).setting("origin.total_ms", SHORT_MS).await;
    let guest = shop.guest().await;
    let asking = {
        let guest = guest.clone();
        tokio::spawn(async move { guest.get("/v1/chat/history").await })
    };
    eventually("the reply ends", || {
        origin.let_one_go_on();
        std::future::ready(asking.is_finished())
    })
    .await;
    refused(&asking.await.expect("asking does not panic"), Code::OriginTimeout);
    next_turn_works(&origin, &guest).await;
}
