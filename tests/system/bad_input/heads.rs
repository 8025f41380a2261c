//! Heads that are too large or that two servers may read in two ways, as the proxy judges them.

use chat::Code;

use crate::fixture::{Connection, Shop, refused_raw, still_serves};

fn get(shop: &Shop, headers: &str) -> String {
    format!("GET / HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", shop.http)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_headers_are_refused() {
    let shop = Shop::open().await;
    let mut connection = Connection::to(shop.http).await;
    let headers: String = (0..150).map(|number| format!("x-{number}: a\r\n")).collect();
    connection.write(get(&shop, &headers)).await;
    refused_raw(&connection.reply().await, Code::Blocked);
    still_serves(&shop.stranger()).await;
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
    still_serves(&shop.stranger()).await;
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
    still_serves(&shop.stranger()).await;
}

/// What Pingora refuses before it is a request of ours: 400, and the connection closes.
async fn pingora_refuses(shop: &Shop, request: &str) {
    let mut connection = Connection::to(shop.http).await;
    let reply = connection.write(request).await.reply().await;
    assert_eq!(reply.status, Code::Malformed.status(), "{request:?}");
    connection.closes().await;
}

/// What the edge refuses with a problem document, after which the connection closes.
async fn is_malformed(shop: &Shop, request: &str) {
    let mut connection = Connection::to(shop.http).await;
    let reply = connection.write(request).await.reply().await;
    assert_eq!(reply.status, Code::Malformed.status(), "{request:?}");
    refused_raw(&reply, Code::Malformed);
    connection.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_a_fragment_is_malformed() {
    let shop = Shop::open().await;
    for target in ["/#top", "/?q=a#"] {
        is_malformed(&shop, &format!("GET {target} HTTP/1.1\r\nhost: {}\r\n\r\n", shop.http)).await;
    }
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_host_is_malformed() {
    let shop = Shop::open().await;
    is_malformed(&shop, "GET / HTTP/1.1\r\naccept: */*\r\n\r\n").await;
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_none_is_malformed() {
    let shop = Shop::open().await;
    for host in ["", "shop example.com", "shop.example.com/a", "shop%2eexample.com", "[::1", "a,b"] {
        is_malformed(&shop, &format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n")).await;
    }
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_given_twice_is_refused() {
    let shop = Shop::open().await;
    pingora_refuses(&shop, &get(&shop, &format!("host: {}\r\n", shop.http))).await;
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_tunnel() {
    let shop = Shop::open().await;
    for target in ["shop.example.com:443", "shop.example.com"] {
        let mut connection = Connection::to(shop.http).await;
        let request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n");
        let reply = connection.write(request).await.reply().await;
        assert!(matches!(reply.status, 400 | 405), "{target}: {}", reply.status);
        connection.closes().await;
    }
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_name_that_is_no_token_is_refused() {
    let shop = Shop::open().await;
    for line in ["x y: a", "x : a", " x: a", "x(y: a", "x\u{e9}: a", ": a", "x"] {
        pingora_refuses(&shop, &get(&shop, &format!("{line}\r\n"))).await;
    }
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folded_header_is_refused() {
    let shop = Shop::open().await;
    for fold in ["\r\n ", "\r\n\t"] {
        pingora_refuses(&shop, &get(&shop, &format!("x-folded: a{fold}b\r\n"))).await;
    }
    still_serves(&shop.stranger()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_ends_with_a_line_feed_alone_is_malformed() {
    let shop = Shop::open().await;
    let host = shop.http;
    for request in [
        format!("GET / HTTP/1.1\nhost: {host}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: {host}\nx-hidden: a\r\n\r\n"),
        format!("GET / HTTP/1.1\nhost: {host}\n\n"),
    ] {
        is_malformed(&shop, &request).await;
    }
    still_serves(&shop.stranger()).await;
}
