//! A name with several addresses, some of which take no connections: what Pingora forwards, which is for the shop's site, is tried at
//! the next one.

use chat::Code;
use reqwest::Method;

use crate::fixture::{FakeOrigin, Reply, Shop, Step, refused};

/// A page of the site.
const PAGE: &str = "/series/monster";

/// A server that is the site, as far as it goes.
fn alive() -> FakeOrigin {
    let site = FakeOrigin::answering(&["never asked"]);
    site.reply(PAGE, vec![Step::Head(200, "text/html"), Step::Bytes(b"<h1>Monster</h1>".to_vec())]);
    site
}

/// One whose port is taken and refuses every connection.
async fn dead() -> FakeOrigin {
    let site = alive();
    site.go_down().await;
    site
}

/// A shop whose site's name has the addresses of these, in this order.
async fn shop(sites: &[&FakeOrigin]) -> Shop {
    let mut site = toml::Table::new();
    site.insert("url".into(), "http://site.test:80".into());
    site.insert("connect_ms".into(), 5000.into());
    site.insert("read_ms".into(), 5000.into());
    let addresses = sites.iter().map(|site| site.address()).collect();
    Shop::open().setting("site", site).resolving_to(addresses).await
}

fn asked(site: &FakeOrigin) -> usize {
    site.calls().iter().filter(|call| call.path() == PAGE).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_address_is_tried_and_used_from_then_on() {
    let (first, second) = (dead().await, alive());
    let shop = shop(&[&first, &second]).await;
    let guest = shop.guest().await;
    assert_eq!(guest.get(PAGE).await.status, 200);
    // It is not turned back to while the other one takes connections.
    first.come_up();
    assert_eq!(guest.get(PAGE).await.status, 200);
    assert_eq!((asked(&first), asked(&second)), (0, 2));
    second.go_down().await;
    assert_eq!(guest.get(PAGE).await.status, 200);
    assert_eq!((asked(&first), asked(&second)), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_tried_at_three_addresses_and_the_next_one_goes_on_from_there() {
    let (first, second, third, fourth) = (dead().await, dead().await, dead().await, alive());
    let shop = shop(&[&first, &second, &third, &fourth]).await;
    let guest = shop.guest().await;
    refused(&guest.get(PAGE).await, Code::OriginDown);
    assert_eq!(guest.get(PAGE).await.status, 200);
    assert_eq!(asked(&fourth), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_to_the_site_comes_whole_to_the_address_that_takes_it() {
    const FORM: &str = "series=monster&volume=1";
    let (first, second) = (dead().await, alive());
    let shop = shop(&[&first, &second]).await;
    let post = shop.stranger().request(Method::POST, "/basket");
    let post = post.header("content-type", "application/x-www-form-urlencoded").body(FORM);
    // Where it comes to has no basket.
    assert_eq!(Reply::to(post).await.status, 404);
    let calls = second.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].path(), calls[0].body.as_slice()), ("/basket", FORM.as_bytes()));
}
