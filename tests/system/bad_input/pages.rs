//! Methods and routes that there are not, and pages that may not call.

use chat::Code;
use chat::internal::{FEEDBACK, HANDOFF, HISTORY, PRECEDING, SESSION_UPGRADE, TURNS};
use reqwest::Method;

use super::{MESSAGES, SHIPPING, refused, still_serves};
use crate::fixture::{FakeOrigin, Reply, Shop, Visitor, message};

/// A page whose scripts may call.
const PARTNER: &str = "https://partner.example";
/// A page whose scripts may not.
const FOREIGN: &str = "https://elsewhere.example";

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_method_is_told_the_right_one() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    for (method, path, allowed) in [
        (Method::GET, "/v1/chat/init", "POST"),
        (Method::GET, MESSAGES, "POST"),
        (Method::PUT, MESSAGES, "POST"),
        (Method::DELETE, "/v1/chat/history", "GET"),
        (Method::POST, "/v1/chat/ws", "GET"),
        (Method::GET, "/v1/chat/feedback", "POST"),
        (Method::PATCH, "/v1/chat/handoff", "POST"),
        (Method::GET, "/v1/session/upgrade", "POST"),
        (Method::POST, "/", "GET, HEAD"),
    ] {
        let reply = Reply::to(guest.request(method, path)).await;
        refused(&reply, Code::MethodNotAllowed);
        assert_eq!(reply.header("allow"), allowed, "{path}");
    }
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_there_is_not_is_not_found() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    for path in ["/v1/chat/nothing", "/v1/chat/messages/1", "/v1/", "/v2/chat/messages", "/nothing"] {
        refused(&guest.get(path).await, Code::NotFound);
    }
    refused(&guest.post("/v1/chat/nothing", "{}").await, Code::NotFound);
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn internal_routes_are_not_there_from_outside() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    for path in [TURNS, PRECEDING, FEEDBACK, HANDOFF, SESSION_UPGRADE] {
        refused(&guest.post(path, "{}").await, Code::NotFound);
    }
    for path in [HISTORY, "/internal", "/internal/", "/%69nternal/v1/history"] {
        refused(&guest.get(path).await, Code::NotFound);
    }
    assert!(origin.calls().is_empty());
    still_serves(&shop).await;
}

/// Asks as a browser does before a page's script may post.
async fn preflight(visitor: &Visitor, origin: &str) -> Reply {
    let request = visitor.request(Method::OPTIONS, MESSAGES).header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    Reply::to(request.header("access-control-request-headers", "content-type")).await
}

/// Posts as a page's script does.
async fn post_from(visitor: &Visitor, origin: &str) -> Reply {
    let body = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
    let request = visitor.request(Method::POST, MESSAGES).header("origin", origin);
    Reply::to(request.header("content-type", "application/json").body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_from_an_allowed_page_is_answered() {
    let shop = Shop::open().setting("chat.allowed_origins", vec![PARTNER]).await;
    let reply = preflight(&shop.stranger(), PARTNER).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, PARTNER));
    assert_eq!(reply.header("access-control-allow-credentials"), "true");
    assert!(reply.header("access-control-allow-methods").contains("POST"));
    assert!(reply.header("access-control-allow-headers").contains("content-type"));
    assert_eq!(reply.header("vary"), "origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_from_a_foreign_page_is_refused() {
    let shop = Shop::open().setting("chat.allowed_origins", vec![PARTNER]).await;
    for origin in [FOREIGN, "https://partner.example.elsewhere.example", "http://partner.example", "null"] {
        let reply = preflight(&shop.stranger(), origin).await;
        refused(&reply, Code::OriginNotAllowed);
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_from_an_allowed_page_is_answered() {
    let shop = Shop::open().setting("chat.allowed_origins", vec![PARTNER]).await;
    let reply = post_from(&shop.guest().await, PARTNER).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, PARTNER));
    assert!(reply.header("access-control-expose-headers").contains("x-request-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_from_the_shops_own_page_is_answered() {
    let shop = Shop::open().await;
    assert_eq!(post_from(&shop.guest().await, &shop.url("")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_from_a_foreign_page_is_refused_whatever_its_cookie() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    for page in [FOREIGN, "null"] {
        let reply = post_from(&guest, page).await;
        refused(&reply, Code::OriginNotAllowed);
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
    assert!(origin.calls().is_empty());
    still_serves(&shop).await;
}
