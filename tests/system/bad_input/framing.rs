//! Requests whose framing is wrong, written by hand.

use chat::Code;
use chat::internal::{HANDOFF, TURNS};

use crate::fixture::{
    Connection, FakeOrigin, SHIPPING, Shop, Step, message, posted_head, refused_raw, still_serves,
};

/// A whole posted message.
fn posted(shop: &Shop, cookie: &str, text: &str) -> String {
    let body = serde_json::to_string(&message(text)).expect("a message has a JSON form");
    posted_head(shop.http, cookie, &format!("content-length: {}", body.len())) + &body
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
    still_serves(&shop.stranger()).await;
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
    still_serves(&shop.stranger()).await;
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
        connection.write(posted_head(shop.http, &cookie, &framing) + &chunks + &smuggled).await;
        refused_raw(&connection.reply().await, Code::Malformed);
        connection.closes().await;
        assert_eq!(handoffs(&origin), 0, "{framing}");
    }
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_is_no_number_is_refused() {
    let shop = Shop::open().await;
    let cookie = shop.guest().await.cookie;
    for length in ["two", "-2", "2, 3"] {
        let mut connection = Connection::to(shop.http).await;
        connection.write(posted_head(shop.http, &cookie, &format!("content-length: {length}")) + "{}").await;
        // Pingora refuses it before it is a request of ours.
        assert_eq!(connection.reply().await.status, Code::Malformed.status(), "{length}");
        connection.closes().await;
    }
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_is_given_twice_is_refused() {
    let shop = Shop::open().await;
    let cookie = shop.guest().await.cookie;
    for length in ["2\r\ncontent-length: 3", "3\r\ncontent-length: 2", "2\r\ncontent-length: 2", "2, 2"] {
        let mut connection = Connection::to(shop.http).await;
        connection.write(posted_head(shop.http, &cookie, &format!("content-length: {length}")) + "{}").await;
        // Where the two differ, Pingora refuses it before it is a request of ours.
        assert_eq!(connection.reply().await.status, Code::Malformed.status(), "{length}");
        connection.closes().await;
    }
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coding_other_than_chunked_is_refused() {
    let shop = Shop::open().await;
    let cookie = shop.guest().await.cookie;
    for coding in [
        "gzip",
        "identity",
        "gzip, chunked",
        "chunked, chunked",
        "chunked\r\ntransfer-encoding: chunked",
        "chunked\r\ntransfer-encoding: identity",
        "xchunked",
        "chunked;a=b",
    ] {
        let mut connection = Connection::to(shop.http).await;
        let head = posted_head(shop.http, &cookie, &format!("transfer-encoding: {coding}"));
        connection.write(head + "2\r\n{}\r\n0\r\n\r\n").await;
        // Where `chunked` is not the last of them, Pingora refuses it before it is a request of ours.
        assert_eq!(connection.reply().await.status, Code::Malformed.status(), "{coding}");
        connection.closes().await;
    }
    still_serves(&shop.stranger()).await;
}
