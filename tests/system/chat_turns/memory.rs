//! What the origin gets to know of what was answered at the edge when the edge ends: everything, once.

use std::collections::BTreeSet;

use chat::internal::PRECEDING;

use crate::fixture::{FakeOrigin, SHIPPING, Shop, message};

/// More than the edge flushes at once.
const SESSIONS: usize = 20;

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
