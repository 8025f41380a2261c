//! Requests whose framing is wrong, written by hand.

use chat::Code;
use chat::internal::{HANDOFF, TURNS};
use chat::limits::BODY_BYTES_MAX;

use super::{MESSAGES, SHIPPING, refused_raw, still_serves};
use crate::fixture::{Connection, FakeOrigin, Shop, Step, message};

/// The head of a posted message with these headers about its body.
fn head(shop: &Shop, cookie: &str, framing: &str) -> String {
    let host = shop.http;
    format!(
        "POST {MESSAGES} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\ncontent-type: application/json\r\n{framing}\r\n\r\n"
    )
}

/// A whole posted message.
fn posted(shop: &Shop, cookie: &str, text: &str) -> String {
    let body = serde_json::to_string(&message(text)).expect("a message has a JSON form");
    head(shop, cookie, &format!("content-length: {}", body.len())) + &body
}

/// A second request, which whoever reads past the end of a body would obey.
fn smuggled(shop: &Shop, cookie: &str) -> String {
    let host = shop.http;
    format!("POST /v1/chat/handoff HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\ncontent-length: 0\r\n\r\n")
}

fn handoffs(origin: &FakeOrigin) -> usize {
    origin.calls().iter().filter(|call| call.path() == HANDOFF).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_body_is_no_request() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Shop::with_origin(&origin).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.http).await;
    let longer = posted(&shop, &cookie, SHIPPING) + &smuggled(&shop, &cookie);
    assert_eq!(connection.write(longer).await.reply().await.status, 200);
    connection.closes().await;
    assert_eq!(handoffs(&origin), 0);
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_body_while_it_is_answered_is_no_request() {
    let origin = FakeOrigin::doing(|turn| {
        vec![Step::stream(), Step::start(turn), Step::delta(turn, 1, "Well, "), Step::Stall]
    });
    let shop = Shop::with_origin(&origin).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.http).await;
    connection.write(posted(&shop, &cookie, "Recommend me something dark, please")).await;
    origin.call(TURNS, 1).await;
    // Whoever drops one byte and goes on reads a request.
    connection.write(format!("x{}", smuggled(&shop, &cookie))).await;
    connection.closes().await;
    assert_eq!(handoffs(&origin), 0);
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_body_with_two_lengths_is_no_request() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Shop::with_origin(&origin).await;
    let cookie = shop.guest().await.cookie;
    let body = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let smuggled = smuggled(&shop, &cookie);
    for framing in [
        format!("content-length: {}\r\ntransfer-encoding: chunked", chunks.len() + smuggled.len()),
        format!("transfer-encoding: chunked\r\ncontent-length: {}", body.len()),
    ] {
        let mut connection = Connection::to(shop.http).await;
        connection.write(head(&shop, &cookie, &framing) + &chunks + &smuggled).await;
        connection.closes().await;
        assert_eq!(handoffs(&origin), 0, "{framing}");
    }
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_shorter_than_its_length_is_malformed() {
    let shop = Shop::open().await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.http).await;
    connection.write(head(&shop, &cookie, "content-length: 100") + "{\"id\":").await.end().await;
    refused_raw(&connection.reply().await, Code::Malformed);
    connection.closes().await;
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_coming_is_a_timeout() {
    let shop = Shop::open().setting("chat.body_ms", 200).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.http).await;
    connection.write(head(&shop, &cookie, "content-length: 100") + "{\"id\":").await;
    refused_raw(&connection.reply().await, Code::RequestTimeout);
    connection.closes().await;
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_that_never_ends_is_a_timeout() {
    let shop = Shop::open().setting("chat.body_ms", 200).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.http).await;
    connection.write(head(&shop, &cookie, "transfer-encoding: chunked") + "6\r\n{\"id\":\r\n").await;
    refused_raw(&connection.reply().await, Code::RequestTimeout);
    connection.closes().await;
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_chunk_is_malformed() {
    let shop = Shop::open().await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.http).await;
    connection.write(head(&shop, &cookie, "transfer-encoding: chunked") + "zz\r\nhello\r\n0\r\n\r\n").await;
    refused_raw(&connection.reply().await, Code::Malformed);
    connection.closes().await;
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_refused_when_it_is_announced() {
    let shop = Shop::open().await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.http).await;
    let length = format!("content-length: {}", BODY_BYTES_MAX + 1);
    // Not one byte of it is sent.
    connection.write(head(&shop, &cookie, &length)).await;
    refused_raw(&connection.reply().await, Code::TooLarge);
    connection.closes().await;
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_in_chunks_is_refused_at_the_bound() {
    let shop = Shop::open().await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.http).await;
    let (length, body) = (BODY_BYTES_MAX + 1, " ".repeat(BODY_BYTES_MAX + 1));
    // It does not end: the bound is enough.
    let chunk = format!("{length:x}\r\n{body}");
    connection.write(head(&shop, &cookie, "transfer-encoding: chunked") + &chunk).await;
    refused_raw(&connection.reply().await, Code::TooLarge);
    connection.closes().await;
    still_serves(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_is_no_number_is_refused() {
    let shop = Shop::open().await;
    let cookie = shop.guest().await.cookie;
    for length in ["two", "-2", "2, 3"] {
        let mut connection = Connection::to(shop.http).await;
        connection.write(head(&shop, &cookie, &format!("content-length: {length}")) + "{}").await;
        // Pingora refuses it before it is a request of ours.
        assert_eq!(connection.reply().await.status, Code::Malformed.status(), "{length}");
        connection.closes().await;
    }
    still_serves(&shop).await;
}
