//! Pages of others that may call, by the edge's configuration, and those that may not.

use chat::Code;
use reqwest::Method;

use crate::fixture::{MESSAGES, Reply, SHIPPING, Shop, Visitor, message, refused, still_serves};

/// A page whose scripts may call.
const PARTNER: &str = "https://partner.example";
/// A page whose scripts may not.
const FOREIGN: &str = "https://elsewhere.example";

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
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_from_an_allowed_page_is_answered() {
    let shop = Shop::open().setting("chat.allowed_origins", vec![PARTNER]).await;
    let reply = post_from(&shop.guest().await, PARTNER).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, PARTNER));
    assert!(reply.header("access-control-expose-headers").contains("x-request-id"));
}
