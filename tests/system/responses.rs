//! The response phase in a running edge: every response passes it once, whoever made it, but for what the phase made itself and
//! what is over the floors.

mod bodiless;
mod connections;
mod forwarded;
mod meanwhile;

use chat::Code;
use host::config::SlotConfig;
use host::grant::Names;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::filters::artifacts::misbehave;
use crate::filters::rig::config;
use crate::fixture::{Reply, Shop, Visitor, message};

/// The slot, after those of the shop.
const SLOT: &str = "misbehave";
/// A call that there is not.
const MISSING: &str = "/v1/nothing";
/// What the waf refuses.
const ATTACK: &str = "/series/monster%22%3E%3Cscript%3E";
const MESSAGES: &str = "/v1/chat/messages";
const SOCKET: &str = "/v1/chat/ws";
const HISTORY: &str = "/v1/chat/history";
/// A question that the FAQ answers.
const SHIPPING: &str = "How much is shipping?";
/// Turns that a guest has in a minute.
const GUEST_TURNS: u32 = 10;

async fn shop(settings: &Value) -> Shop {
    Shop::open().with_slot(config(SLOT), misbehave(settings)).await
}

/// A shop whose filter sees these paths alone.
async fn shop_seen_at(paths: &[&str], settings: &Value) -> Shop {
    let slot = SlotConfig { paths: Names::new(paths.iter().copied()), ..config(SLOT) };
    Shop::open().with_slot(slot, misbehave(settings)).await
}

/// How often the slot said this, or failed so.
async fn counted(shop: &Shop, counter: &str, outcome: &str) -> u64 {
    shop.metric(&format!("{counter}_total{{slot=\"{SLOT}\",outcome=\"{outcome}\"}}")).await
}

fn preflight(visitor: &Visitor) -> RequestBuilder {
    visitor.request(Method::OPTIONS, MESSAGES).header("access-control-request-method", "POST")
}

fn handshake(visitor: &Visitor) -> RequestBuilder {
    visitor
        .request(Method::GET, SOCKET)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_carries_what_a_response_filter_sets() {
    let shop = shop(&json!({ "on_response": "set-headers", "name": "set" })).await;
    let guest = shop.guest().await;
    for _ in 0..GUEST_TURNS {
        guest.ask(&message(SHIPPING)).await.answer();
    }
    let limited = guest.ask(&message(SHIPPING)).await;
    let replies = [
        (429, limited),
        (404, guest.get(MISSING).await),
        (403, guest.get(ATTACK).await),
        (405, guest.get(MESSAGES).await),
        (401, shop.stranger().ask(&message(SHIPPING)).await),
        (426, guest.get(SOCKET).await),
        (204, Reply::to(preflight(&guest)).await),
    ];
    for (status, reply) in replies {
        let headers = (reply.header("x-granted"), reply.header("x-ungranted"));
        assert_eq!((reply.status, headers), (status, ("set", "")), "{reply:?}");
    }
    let socket = guest.socket().await;
    assert_eq!(socket.handshake.headers()["x-granted"], "set");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_seen_once_and_whole() {
    let shop = shop(&json!({ "on_response": "see" })).await;
    let guest = shop.guest().await;
    for path in [MISSING, ATTACK] {
        let reply = guest.get(path).await;
        let seen = format!("{path} {} {} body, 0 earlier", reply.problem().status, reply.body.len());
        assert_eq!(reply.header("x-seen"), seen);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_body_gets_none() {
    let shop = shop(&json!({ "on_response": "see" })).await;
    let guest = shop.guest().await;
    let preflight = Reply::to(preflight(&guest)).await;
    assert_eq!((preflight.status, preflight.body.as_str()), (204, ""));
    assert_eq!(preflight.header("x-seen"), format!("{MESSAGES} 204 0 body, 0 earlier"));
    let head = Reply::to(guest.request(Method::HEAD, MISSING)).await;
    assert_eq!((head.status, head.body.as_str()), (404, ""));
    assert!(head.header("x-seen").starts_with("/v1/nothing 404 "), "{head:?}");
    let socket = guest.socket().await;
    assert_eq!(socket.handshake.headers()["x-seen"], "/v1/chat/ws 101 no body, 0 earlier");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_a_request_filter_is_seen_like_any_other() {
    let settings = json!({ "on_request": "answer", "on_response": "see", "name": "answered" });
    let shop = shop_seen_at(&["/"], &settings).await;
    let reply = shop.stranger().get("/").await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "answered"));
    assert_eq!((reply.header("x-granted"), reply.header("x-seen")), ("answer", "/ 200 8 body, 0 earlier"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_filter_that_refuses_everything_is_asked_once_a_response() {
    let paths = ["/", MISSING, ATTACK, MESSAGES, SOCKET, HISTORY];
    let shop = shop_seen_at(&paths, &json!({ "on_response": "refuse", "name": "v" })).await;
    let guest = shop.guest().await;
    let requests = [
        guest.request(Method::GET, "/"),
        guest.request(Method::GET, MISSING),
        guest.request(Method::GET, ATTACK),
        preflight(&guest),
        handshake(&guest),
        // That one is the origin's.
        guest.request(Method::GET, HISTORY),
    ];
    for (request, times) in requests.into_iter().zip(1..) {
        let reply = Reply::to(request).await;
        let problem = reply.problem();
        let refusal = (reply.status, problem.code, problem.detail.as_str());
        assert_eq!(refusal, (403, Code::Blocked, "v refuses this."), "{reply:?}");
        assert_eq!(reply.header("x-granted"), "refusal");
        assert_eq!(counted(&shop, "filter_verdicts", "refuse").await, times, "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_response_filter_that_fails_is_told_of_in_place_of_an_error_too() {
    let shop = shop_seen_at(&[MISSING, ATTACK, SOCKET], &json!({ "on_response": "trap" })).await;
    let guest = shop.guest().await;
    let requests =
        [guest.request(Method::GET, MISSING), guest.request(Method::GET, ATTACK), handshake(&guest)];
    for (request, times) in requests.into_iter().zip(1..) {
        let reply = Reply::to(request).await;
        assert_eq!((reply.status, reply.problem().code), (503, Code::Unavailable), "{reply:?}");
        assert_eq!(reply.header("retry-after"), "1");
        assert_eq!(counted(&shop, "filter_failures", "trap").await, times, "{reply:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_replaces_a_handshake_is_sent_and_takes_no_place() {
    let slot = SlotConfig { paths: Names::new([SOCKET]), ..config(SLOT) };
    let replaces = misbehave(&json!({ "on_response": "replace", "name": "v" }));
    let shop = Shop::open().setting("chat.sockets_max", 1).with_slot(slot, replaces).await;
    let guest = shop.guest().await;
    for _ in 0..2 {
        let reply = Reply::to(handshake(&guest)).await;
        assert_eq!((reply.status, reply.body.as_str(), reply.header("x-granted")), (200, "v", "v"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_the_floors_costs_no_response_filter() {
    let sets = misbehave(&json!({ "on_response": "set-headers", "name": "set" }));
    let opening =
        Shop::open().setting("floors.address.capacity", 2).setting("floors.address.refill_per_minute", 1);
    let shop = opening.with_slot(config(SLOT), sets).await;
    let visitor = shop.stranger();
    for _ in 0..2 {
        assert_eq!(visitor.get("/").await.header("x-granted"), "set");
    }
    let before = counted(&shop, "filter_verdicts", "next").await;
    let refused = visitor.get("/").await;
    assert_eq!((refused.problem().code, refused.header("x-granted")), (Code::RateLimited, ""));
    assert_eq!(counted(&shop, "filter_verdicts", "next").await, before);
}
