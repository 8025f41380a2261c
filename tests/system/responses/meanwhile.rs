//! Response filters that come and go while a request is under way.

use host::artifact::Artifact;
use serde_json::json;

use super::{HISTORY, SLOT};
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

/// An origin whose history waits until the test lets it go on.
fn origin() -> FakeOrigin {
    let origin = FakeOrigin::answering(&["never asked"]);
    let history = r#"{"turns":[],"next":null}"#;
    origin.reply(
        chat::internal::HISTORY,
        vec![Step::Gate, Step::Head(200, "application/json"), Step::Bytes(history.into())],
    );
    origin
}

/// A reply to a request that is forwarded, with this filter published while the origin waits with its first one.
async fn reply_with_publication(
    shop: &Shop,
    origin: &FakeOrigin,
    guest: &Visitor,
    filter: Artifact,
) -> Reply {
    let asking = tokio::spawn({
        let guest = guest.clone();
        async move { guest.get(HISTORY).await }
    });
    origin.call(chat::internal::HISTORY, 1).await;
    let slot = shop.edge.chain.slots().last().expect("the slot of the test").clone();
    let publishing = tokio::task::spawn_blocking(move || slot.replace(filter));
    publishing.await.expect("publishing does not panic").expect("the filter is published");
    origin.let_one_go_on();
    asking.await.expect("asking does not panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_began_before_any_response_filter_ends_without_it_and_the_next_one_is_seen() {
    let origin = origin();
    let shop = Shop::with_origin(&origin).with_slot(config(SLOT), of_requests()).await;
    let guest = shop.guest().await;
    let reply = reply_with_publication(&shop, &origin, &guest, seeing()).await;
    assert_eq!((reply.status, reply.header("x-seen")), (200, ""));
    origin.let_one_go_on();
    let next = guest.get(HISTORY).await;
    assert_eq!(next.header("x-seen"), format!("{HISTORY} 200 no body, 0 earlier"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_filter_that_is_withdrawn_is_not_asked_about_what_it_let_begin() {
    let origin = origin();
    let shop = Shop::with_origin(&origin).with_slot(config(SLOT), seeing()).await;
    let guest = shop.guest().await;
    let reply = reply_with_publication(&shop, &origin, &guest, of_requests()).await;
    assert_eq!((reply.status, reply.header("x-seen")), (200, ""));
}
