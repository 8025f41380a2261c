//! Heads that are too large, as the proxy judges them.

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
