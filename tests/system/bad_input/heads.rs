//! Heads that are too large, ask for what there is not, or say what only the edge may say.

use chat::Code;
use chat::internal::{HISTORY, INTERNAL_HEADER, TURNS};
use reqwest::Method;

use super::{MESSAGES, SHIPPING, refused, refused_raw, still_serves};
use crate::fixture::{Call, Connection, FakeOrigin, Reply, Shop, message};

const DISCOVERY: &str = "Recommend me something dark like Berserk, please";

fn get(shop: &Shop, headers: &str) -> String {
    format!("GET / HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", shop.http)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_header_is_refused() {
    let shop = Shop::open().await;
    let mut connection = Connection::to(shop.http).await;
    connection.write(get(&shop, &format!("x-long: {}\r\n", "a".repeat(9_000)))).await;
    refused_raw(&connection.reply().await, Code::Blocked);
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_headers_are_refused() {
    let shop = Shop::open().await;
    let mut connection = Connection::to(shop.http).await;
    let headers: String = (0..150).map(|number| format!("x-{number}: a\r\n")).collect();
    connection.write(get(&shop, &headers)).await;
    refused_raw(&connection.reply().await, Code::Blocked);
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_headers_than_are_read_are_refused() {
    let shop = Shop::open().await;
    let mut connection = Connection::to(shop.http).await;
    let headers: String = (0..300).map(|number| format!("x-{number}: a\r\n")).collect();
    // Pingora refuses them before they are a request of ours.
    let reply = connection.write(get(&shop, &headers)).await.reply().await;
    assert_eq!(reply.status, Code::Malformed.status());
    connection.closes().await;
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_end_is_refused_at_its_bound() {
    let shop = Shop::open().await;
    let mut connection = Connection::to(shop.http).await;
    let start = format!("GET / HTTP/1.1\r\nhost: {}\r\nx-long: ", shop.http);
    let endless = format!("{start}{}", "a".repeat(1024 * 1024 - start.len()));
    let reply = connection.write(endless).await.reply().await;
    assert_eq!(reply.status, Code::Malformed.status());
    connection.closes().await;
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_target_is_refused() {
    let shop = Shop::open().await;
    let reply = shop.stranger().get(&format!("/?q={}", "a".repeat(9_000))).await;
    refused(&reply, Code::HeadersTooLarge);
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_no_form_that_there_is_is_not_acceptable() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let body = serde_json::to_string(&message(DISCOVERY)).expect("a message has a JSON form");
    for accept in ["text/html", "image/*", "application/xml, text/plain;q=0.5"] {
        let request = guest.request(Method::POST, MESSAGES).header("content-type", "application/json");
        let reply = Reply::to(request.header("accept", accept).body(body.clone())).await;
        refused(&reply, Code::NotAcceptable);
    }
    assert!(origin.turns().is_empty());
    still_serves(&shop).await;
}

/// The values of the internal header that the origin got with a call.
fn internal_headers(call: &Call) -> Vec<&str> {
    let named = call.headers.iter().filter(|(name, _)| name == INTERNAL_HEADER);
    named.map(|(_, value)| value.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_internal_header_is_not_passed_on() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let history = guest.request(Method::GET, "/v1/chat/history").header(INTERNAL_HEADER, "forged");
    assert_eq!(Reply::to(history).await.status, 200);
    let body = serde_json::to_string(&message(DISCOVERY)).expect("a message has a JSON form");
    let turn = guest.request(Method::POST, MESSAGES).header("content-type", "application/json").body(body);
    Reply::to(turn.header(INTERNAL_HEADER, "forged")).await.answer();
    for call in [origin.call(HISTORY, 1).await, origin.call(TURNS, 1).await] {
        assert!(call.claims().sub.starts_with("guest:"));
        let values = internal_headers(&call);
        assert!(values.len() == 1 && values[0] != "forged", "{values:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_internal_header_opens_nothing_from_outside() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    assert_eq!(shop.guest().await.get("/v1/chat/history").await.status, 200);
    let call = origin.call(HISTORY, 1).await;
    let stolen = call.header(INTERNAL_HEADER).expect("the edge signs its calls");
    let request = shop.stranger().request(Method::GET, "/v1/chat/history").header(INTERNAL_HEADER, stolen);
    refused(&Reply::to(request).await, Code::SessionRequired);
    let request = shop.stranger().request(Method::GET, HISTORY).header(INTERNAL_HEADER, stolen);
    refused(&Reply::to(request).await, Code::NotFound);
    assert_eq!(origin.calls().len(), 1);
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_internal_header_changes_nothing_for_who_sends_it() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let body = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
    let request = guest.request(Method::POST, MESSAGES).header("content-type", "application/json").body(body);
    let reply = Reply::to(request.header(INTERNAL_HEADER, "forged")).await;
    // A guest's limit, and no other's.
    assert_eq!((reply.status, reply.header("x-ratelimit-limit"), reply.turns_left()), (200, "10", 9));
}
