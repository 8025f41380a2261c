//! What the admin listener says of the origin.

use chat::Code;
use chat::internal::HISTORY;
use serde_json::Value;

use crate::fixture::{DISCOVERY, FakeOrigin, SHIPPING, Shop, Step, message, post_fails};

/// The edge serves, and says this of itself and of the origin.
async fn says(shop: &Shop, status: &str, origin: &str) {
    let reply = shop.admin("/health").await;
    assert_eq!(reply.status, 200);
    let health: Value = serde_json::from_str(&reply.body).expect("health is JSON");
    assert_eq!(health["status"], status, "{health}");
    assert_eq!(health["origin"], origin, "{health}");
    assert_eq!(health["draining"], false, "{health}");
    assert_eq!(health["slots"][0]["slot"], "waf", "{health}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_how_the_last_call_to_the_origin_went() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    says(&shop, "ok", "unknown").await;
    guest.ask(&message(DISCOVERY)).await.answer();
    says(&shop, "ok", "ok").await;
    origin.go_down().await;
    post_fails(&guest, Code::OriginDown).await;
    says(&shop, "degraded", "failing").await;
    // That one is answered without the origin, and says nothing of it.
    guest.ask(&message(SHIPPING)).await.answer();
    says(&shop, "degraded", "failing").await;
    origin.come_up();
    guest.ask(&message(DISCOVERY)).await.answer();
    says(&shop, "ok", "ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_knows_of_calls_that_are_no_turns_as_well() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    origin.go_down().await;
    let guest = shop.guest().await;
    assert_eq!(guest.get("/v1/chat/history").await.status, 503);
    says(&shop, "degraded", "failing").await;
    origin.come_up();
    assert_eq!(guest.get("/v1/chat/history").await.status, 200);
    says(&shop, "ok", "ok").await;
    origin.reply(HISTORY, vec![Step::Head(200, "text/html"), Step::Bytes(b"<p>Hello</p>".to_vec())]);
    assert_eq!(guest.get("/v1/chat/history").await.status, 502);
    says(&shop, "degraded", "failing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_answers_with_faults_of_its_own_is_failing() {
    let origin = FakeOrigin::refusing(503, Code::Unavailable);
    let shop = Shop::with_origin(&origin).await;
    post_fails(&shop.guest().await, Code::Unavailable).await;
    says(&shop, "degraded", "failing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_breaks_off_or_is_none_of_ours_is_failing() {
    let origin = FakeOrigin::refusing(401, Code::Unauthorized);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    post_fails(&guest, Code::BadGateway).await;
    says(&shop, "degraded", "failing").await;
    origin.answer_from_now_on(&["Try Berserk."]);
    guest.ask(&message(DISCOVERY)).await.answer();
    says(&shop, "ok", "ok").await;
}
