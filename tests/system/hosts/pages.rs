//! Methods and routes that there are not, and pages that may not call. Which other pages may is a setting of the edge's; the shop
//! on Spin is called by its own pages alone.

use chat::Code;
use chat::internal::{FEEDBACK, HANDOFF, HISTORY, PRECEDING, SESSION_UPGRADE, TURNS};
use reqwest::Method;

use crate::fixture::{
    FakeOrigin, Front, Kind, MESSAGES, Reply, SHIPPING, Visitor, message, refused, still_serves,
};

/// A page whose scripts may not call.
const FOREIGN: &str = "https://elsewhere.example";

on_every_host! {
    a_wrong_method_is_told_the_right_one,
    a_route_that_there_is_not_is_not_found,
    internal_routes_are_not_there_from_outside,
    a_post_from_the_shops_own_page_is_answered,
    a_post_from_a_foreign_page_is_refused_whatever_its_cookie,
    a_preflight_from_a_foreign_page_is_refused,
}

async fn a_wrong_method_is_told_the_right_one(kind: Kind) {
    let shop = Front::open(kind).await;
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
    still_serves(&shop.stranger()).await;
}

async fn a_route_that_there_is_not_is_not_found(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    for path in ["/v1/chat/nothing", "/v1/chat/messages/1", "/v1/", "/v2/chat/messages", "/nothing"] {
        refused(&guest.get(path).await, Code::NotFound);
    }
    refused(&guest.post("/v1/chat/nothing", "{}").await, Code::NotFound);
    still_serves(&shop.stranger()).await;
}

async fn internal_routes_are_not_there_from_outside(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    for path in [TURNS, PRECEDING, FEEDBACK, HANDOFF, SESSION_UPGRADE] {
        refused(&guest.post(path, "{}").await, Code::NotFound);
    }
    for path in [HISTORY, "/internal", "/internal/", "/%69nternal/v1/history"] {
        refused(&guest.get(path).await, Code::NotFound);
    }
    assert!(origin.calls().is_empty());
    still_serves(&shop.stranger()).await;
}

/// Posts as a page's script does.
async fn post_from(visitor: &Visitor, origin: &str) -> Reply {
    let body = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
    let request = visitor.request(Method::POST, MESSAGES).header("origin", origin);
    Reply::to(request.header("content-type", "application/json").body(body)).await
}

async fn a_post_from_the_shops_own_page_is_answered(kind: Kind) {
    let shop = Front::open(kind).await;
    assert_eq!(post_from(&shop.guest().await, &shop.url("")).await.status, 200);
}

async fn a_post_from_a_foreign_page_is_refused_whatever_its_cookie(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    for page in [FOREIGN, "null"] {
        let reply = post_from(&guest, page).await;
        refused(&reply, Code::OriginNotAllowed);
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
    assert!(origin.calls().is_empty());
    still_serves(&shop.stranger()).await;
}

async fn a_preflight_from_a_foreign_page_is_refused(kind: Kind) {
    let shop = Front::open(kind).await;
    for page in [FOREIGN, "null"] {
        let request = shop.stranger().request(Method::OPTIONS, MESSAGES).header("origin", page);
        let reply = Reply::to(request.header("access-control-request-method", "POST")).await;
        refused(&reply, Code::OriginNotAllowed);
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
    still_serves(&shop.stranger()).await;
}
