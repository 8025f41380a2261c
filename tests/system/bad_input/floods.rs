//! The host's floors: what is over them costs no filter.

use std::net::{IpAddr, Ipv4Addr};

use chat::Code;

use crate::fixture::{Reply, Shop, refused};

/// What one address may send at once.
const AT_ONCE: u64 = 5;
/// What is sent beyond it.
const BEYOND: u64 = 20;

async fn narrow_shop() -> Shop {
    // A minute brings one more.
    Shop::open().setting("floors.address.capacity", 5).setting("floors.address.refill_per_minute", 1).await
}

/// How many verdicts all filters have given.
async fn verdicts(shop: &Shop) -> u64 {
    let page = shop.admin("/metrics").await.body;
    let lines = page.lines().filter(|line| line.starts_with("filter_verdicts_total{"));
    lines
        .map(|line| line.rsplit(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a count"))
        .sum()
}

/// A visitor at another address of this machine.
async fn from_another_address(shop: &Shop) -> Reply {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let client = reqwest::Client::builder().local_address(address).build().expect("an HTTP client");
    Reply::to(client.get(shop.url("/"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_one_address_is_refused_and_calls_no_filter() {
    let shop = narrow_shop().await;
    let visitor = shop.stranger();
    for _ in 0..AT_ONCE {
        assert_eq!(visitor.get("/").await.status, 200);
    }
    let before = verdicts(&shop).await;
    assert!(before >= AT_ONCE, "{before}");
    for _ in 0..BEYOND {
        refused(&visitor.get("/").await, Code::RateLimited);
    }
    assert_eq!(verdicts(&shop).await, before);
    assert_eq!(shop.metric("edge_requests_floored_total").await, BEYOND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_when_to_come_back() {
    let shop = narrow_shop().await;
    let visitor = shop.stranger();
    for _ in 0..AT_ONCE {
        assert_eq!(visitor.get("/").await.status, 200);
    }
    let reply = visitor.get("/").await;
    let wait_s: u32 = reply.header("retry-after").parse().expect("a number of seconds");
    assert!((1..=60).contains(&wait_s), "{wait_s}");
    assert_eq!(reply.problem().retry_after, Some(wait_s));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_from_one_address_is_none_of_another_ones() {
    let shop = narrow_shop().await;
    let visitor = shop.stranger();
    for _ in 0..AT_ONCE {
        assert_eq!(visitor.get("/").await.status, 200);
    }
    refused(&visitor.get("/").await, Code::RateLimited);
    assert_eq!(from_another_address(&shop).await.status, 200);
}
