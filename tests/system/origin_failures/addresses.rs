//! A name with several addresses, some of which take no connections: what Pingora forwards is tried at the next one.

use chat::Code;
use chat::internal::HISTORY as HISTORY_OF_THE_ORIGIN;
use reqwest::Method;

use crate::fixture::{FakeOrigin, Reply, Shop, refused};

/// What is forwarded to the origin.
const HISTORY: &str = "/v1/chat/history";

/// An origin whose port is taken and refuses every connection.
async fn dead() -> FakeOrigin {
    let origin = FakeOrigin::answering(&["never asked"]);
    origin.go_down().await;
    origin
}

/// A shop whose origin's name has the addresses of these, in this order.
async fn shop(origins: &[&FakeOrigin]) -> Shop {
    let addresses = origins.iter().map(|origin| origin.address()).collect();
    Shop::open().setting("origin.url", "http://origin.test:80").resolving_to(addresses).await
}

fn asked(origin: &FakeOrigin) -> usize {
    origin.calls().iter().filter(|call| call.path() == HISTORY_OF_THE_ORIGIN).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_address_is_tried_and_used_from_then_on() {
    let (first, second) = (dead().await, FakeOrigin::answering(&["never asked"]));
    let shop = shop(&[&first, &second]).await;
    let guest = shop.guest().await;
    assert_eq!(guest.get(HISTORY).await.status, 200);
    // It is not turned back to while the other one takes connections.
    first.come_up();
    assert_eq!(guest.get(HISTORY).await.status, 200);
    assert_eq!((asked(&first), asked(&second)), (0, 2));
    second.go_down().await;
    assert_eq!(guest.get(HISTORY).await.status, 200);
    assert_eq!((asked(&first), asked(&second)), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_tried_at_three_addresses_and_the_next_one_goes_on_from_there() {
    let (first, second, third) = (dead().await, dead().await, dead().await);
    let fourth = FakeOrigin::answering(&["never asked"]);
    let shop = shop(&[&first, &second, &third, &fourth]).await;
    let guest = shop.guest().await;
    refused(&guest.get(HISTORY).await, Code::OriginDown);
    assert_eq!(guest.get(HISTORY).await.status, 200);
    assert_eq!(asked(&fourth), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_to_the_site_comes_whole_to_the_address_that_takes_it() {
    const FORM: &str = "series=monster&volume=1";
    let (first, second) = (dead().await, FakeOrigin::answering(&["never asked"]));
    let mut site = toml::Table::new();
    site.insert("url".into(), "http://site.test:80".into());
    site.insert("connect_ms".into(), 5000.into());
    site.insert("read_ms".into(), 5000.into());
    let opening = Shop::open().setting("site", site);
    let shop = opening.resolving_to(vec![first.address(), second.address()]).await;
    let post = shop.stranger().request(Method::POST, "/basket");
    let post = post.header("content-type", "application/x-www-form-urlencoded").body(FORM);
    // Where it comes to is no site, and says that it knows nobody.
    assert_eq!(Reply::to(post).await.status, 401);
    let calls = second.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].path(), calls[0].body.as_slice()), ("/basket", FORM.as_bytes()));
}
