//! Response filters that come and go while a request is under way.

use host::artifact::Artifact;
use serde_json::json;

use super::SLOT;
use crate::demo_site::settings_of;
use crate::filters::artifacts::{artifact, guest, misbehave};
use crate::filters::rig::config;
use crate::fixture::{FakeOrigin, Reply, Shop, Step, Visitor};

/// A filter without a response phase.
fn of_requests() -> Artifact {
    artifact(guest("guest-idle"), &json!({}))
}

/// A filter that tells what it sees of a response.
fn seeing() -> Artifact {
    misbehave(&json!({ "on_response": "see" }))
}

/// A page of the site.
const PAGE: &str = "/series/monster";

/// A site whose page waits until the test lets it go on.
fn site() -> FakeOrigin {
    let site = FakeOrigin::answering(&["never asked"]);
    let page = Step::Bytes(b"<h1>Monster</h1>".to_vec());
    site.reply(PAGE, vec![Step::Gate, Step::Head(200, "text/html"), page]);
    site
}

/// A shop with this site, and this filter in the slot.
async fn shop(site: &FakeOrigin, filter: Artifact) -> Shop {
    Shop::open().setting("site", settings_of(site.address())).with_slot(config(SLOT), filter).await
}

/// A reply to a request that is forwarded, with this filter published while the site waits with its first one.
async fn reply_with_publication(shop: &Shop, site: &FakeOrigin, guest: &Visitor, filter: Artifact) -> Reply {
    let asking = tokio::spawn({
        let guest = guest.clone();
        async move { guest.get(PAGE).await }
    });
    site.call(PAGE, 1).await;
    let slot = shop.edge.chain.slots().last().expect("the slot of the test").clone();
    let publishing = tokio::task::spawn_blocking(move || slot.replace(filter));
    publishing.await.expect("publishing does not panic").expect("the filter is published");
    site.let_one_go_on();
    asking.await.expect("asking does not panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_began_before_any_response_filter_ends_without_it_and_the_next_one_is_seen() {
    let site = site();
    let shop = shop(&site, of_requests()).await;
    let guest = shop.guest().await;
    let reply = reply_with_publication(&shop, &site, &guest, seeing()).await;
    assert_eq!((reply.status, reply.header("x-seen")), (200, ""));
    site.let_one_go_on();
    let next = guest.get(PAGE).await;
    assert_eq!(next.header("x-seen"), format!("{PAGE} 200 16 body, 0 earlier"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_filter_that_is_withdrawn_is_not_asked_about_what_it_let_begin() {
    let site = site();
    let shop = shop(&site, seeing()).await;
    let guest = shop.guest().await;
    let reply = reply_with_publication(&shop, &site, &guest, of_requests()).await;
    assert_eq!((reply.status, reply.header("x-seen")), (200, ""));
}
