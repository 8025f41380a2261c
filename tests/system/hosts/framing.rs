//! Bodies that are cut off, too large, or stop coming, written by hand. What becomes of framing that can be read in two ways is
//! not here: the proxy judges it on the edge, Hyper in the test host and in Spin.

use chat::Code;
use chat::limits::BODY_BYTES_MAX;

use crate::fixture::{
    Connection, FakeOrigin, Front, Kind, SHIPPING, Time, message, posted_head, refused_raw, still_serves,
};

on_every_host! {
    a_body_shorter_than_its_length_is_malformed,
    a_chunked_body_that_is_cut_is_malformed,
    a_broken_chunk_is_malformed,
    a_large_body_is_refused_when_it_is_announced,
    a_large_body_in_chunks_is_refused_at_the_bound,
    a_body_that_stops_coming_is_a_timeout,
    a_chunked_body_that_never_ends_is_a_timeout,
}

/// Long enough for what comes at once, on a machine that builds something else meanwhile.
const BODY_MS: u32 = 500;

/// A body begins so and goes no further.
async fn is_given_up(kind: Kind, framing: &str, beginning: &str) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::impatient(kind, &origin, &[(Time::Body, BODY_MS)]).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.address).await;
    connection.write(posted_head(shop.address, &cookie, framing) + beginning).await;
    refused_raw(&connection.reply().await, Code::RequestTimeout);
    connection.closes().await;
    still_serves(&shop.stranger()).await;
}

async fn a_body_that_stops_coming_is_a_timeout(kind: Kind) {
    is_given_up(kind, "content-length: 100", "{\"id\":").await;
}

async fn a_chunked_body_that_never_ends_is_a_timeout(kind: Kind) {
    is_given_up(kind, "transfer-encoding: chunked", "6\r\n{\"id\":\r\n").await;
}

async fn a_body_shorter_than_its_length_is_malformed(kind: Kind) {
    let shop = Front::open(kind).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.address).await;
    connection
        .write(posted_head(shop.address, &cookie, "content-length: 100") + "{\"id\":")
        .await
        .end()
        .await;
    refused_raw(&connection.reply().await, Code::Malformed);
    connection.closes().await;
    still_serves(&shop.stranger()).await;
}

async fn a_chunked_body_that_is_cut_is_malformed(kind: Kind) {
    let shop = Front::open(kind).await;
    let cookie = shop.guest().await.cookie;
    let body = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
    // All of the message is there, and not the end of the body: half a message could look whole.
    let chunk = format!("{:x}\r\n{body}\r\n", body.len());
    let mut connection = Connection::to(shop.address).await;
    let request = posted_head(shop.address, &cookie, "transfer-encoding: chunked") + &chunk;
    connection.write(request).await.end().await;
    refused_raw(&connection.reply().await, Code::Malformed);
    connection.closes().await;
    still_serves(&shop.stranger()).await;
}

async fn a_broken_chunk_is_malformed(kind: Kind) {
    let shop = Front::open(kind).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.address).await;
    connection
        .write(posted_head(shop.address, &cookie, "transfer-encoding: chunked") + "zz\r\nhello\r\n0\r\n\r\n")
        .await;
    refused_raw(&connection.reply().await, Code::Malformed);
    connection.closes().await;
    still_serves(&shop.stranger()).await;
}

async fn a_large_body_is_refused_when_it_is_announced(kind: Kind) {
    let shop = Front::open(kind).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.address).await;
    let length = format!("content-length: {}", BODY_BYTES_MAX + 1);
    // Not one byte of it is sent.
    connection.write(posted_head(shop.address, &cookie, &length)).await;
    refused_raw(&connection.reply().await, Code::TooLarge);
    connection.closes().await;
    still_serves(&shop.stranger()).await;
}

async fn a_large_body_in_chunks_is_refused_at_the_bound(kind: Kind) {
    let shop = Front::open(kind).await;
    let cookie = shop.guest().await.cookie;
    let mut connection = Connection::to(shop.address).await;
    let (length, body) = (BODY_BYTES_MAX + 1, " ".repeat(BODY_BYTES_MAX + 1));
    // It does not end: the bound is enough.
    let chunk = format!("{length:x}\r\n{body}");
    connection.write(posted_head(shop.address, &cookie, "transfer-encoding: chunked") + &chunk).await;
    refused_raw(&connection.reply().await, Code::TooLarge);
    connection.closes().await;
    still_serves(&shop.stranger()).await;
}
