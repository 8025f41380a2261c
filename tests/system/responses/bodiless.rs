//! Responses without a body: 304, and those to HEAD. A filter changes their heads like any other, and nobody makes up a body for them:
//! what follows on the connection is the next response.

use host::config::SlotConfig;
use host::grant::Names;
use serde_json::{Value, json};

use super::{SLOT, shop_seen_at};
use crate::demo_site::settings_of_a_site;
use crate::filters::artifacts::misbehave;
use crate::filters::rig::config;
use crate::fixture::{Connection, INDEX, RawReply, Shop};

/// What every page has, and [`page_changer`] replaces and removes.
const CACHE_CONTROL: &str = "cache-control";
const POLICY: &str = "content-security-policy";
/// What `cache-control` is replaced by.
const CHANGED: &str = "private";

/// A slot that may write what pages have, and what its filter is told.
fn page_changer() -> (SlotConfig, Value) {
    let mut slot = config(SLOT);
    slot.grant.write_response_headers = Names::new([CACHE_CONTROL, POLICY]);
    (slot, json!({ "on_response": "change-page", "name": CHANGED }))
}

/// A request without a body, with these further lines of its head.
async fn send(connection: &mut Connection, shop: &Shop, method: &str, path: &str, lines: &str) {
    let request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{lines}\r\n", shop.http);
    connection.write(request).await;
}

#[track_caller]
fn is_changed(reply: &RawReply) {
    assert_eq!((reply.header(CACHE_CONTROL), reply.header(POLICY)), (Some(CHANGED), None), "{}", reply.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_changes_the_heads_of_a_304_and_of_a_reply_to_head_and_no_body_is_made_up() {
    let (slot, settings) = page_changer();
    let shop = Shop::open().with_slot(slot, misbehave(&settings)).await;
    let mut connection = Connection::to(shop.http).await;
    send(&mut connection, &shop, "GET", "/", "").await;
    let page = connection.reply().await;
    assert_eq!((page.status, page.body.as_str()), (200, INDEX));
    is_changed(&page);

    send(&mut connection, &shop, "HEAD", "/", "").await;
    let head = connection.head().await;
    assert_eq!((head.status, head.header("content-length")), (200, page.header("content-length")));
    is_changed(&head);

    let etag = page.header("etag").expect("a page has an etag");
    send(&mut connection, &shop, "GET", "/", &format!("if-none-match: {etag}\r\n")).await;
    let known = connection.head().await;
    assert_eq!((known.status, known.header("etag")), (304, Some(etag)));
    assert_eq!((known.header("content-length"), known.header("transfer-encoding")), (None, None));
    is_changed(&known);

    send(&mut connection, &shop, "GET", "/", "").await;
    let again = connection.reply().await;
    assert_eq!((again.status, again.body.as_str()), (200, INDEX));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_reply_to_head_is_changed_and_gets_no_body() {
    let (slot, settings) = page_changer();
    let site = settings_of_a_site().await;
    let shop = Shop::open().setting("site", site).with_slot(slot, misbehave(&settings)).await;
    let mut connection = Connection::to(shop.http).await;
    send(&mut connection, &shop, "HEAD", "/series/monster", "").await;
    let head = connection.head().await;
    assert_eq!(head.status, 200);
    is_changed(&head);
    send(&mut connection, &shop, "GET", "/", "").await;
    let page = connection.reply().await;
    assert_eq!((page.status, page.body.as_str()), (200, INDEX));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_place_of_a_reply_to_head_has_no_body_either() {
    for (on_response, status) in [("replace", 200), ("refuse", 403)] {
        let shop = shop_seen_at(&["/"], &json!({ "on_response": on_response, "name": "v" })).await;
        let mut connection = Connection::to(shop.http).await;
        send(&mut connection, &shop, "HEAD", "/", "").await;
        let head = connection.head().await;
        assert_eq!(head.status, status, "{}", head.head);
        send(&mut connection, &shop, "GET", "/", "").await;
        let whole = connection.reply().await;
        assert_eq!((whole.status, whole.body.is_empty()), (status, false), "{}", whole.head);
    }
}
