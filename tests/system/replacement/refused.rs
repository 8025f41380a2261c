//! What cannot be published leaves the version in place, under load as well.

use std::time::Duration;

use crate::fixture::Shop;

use super::filters::{Filters, RULE};
use super::flow::{Flow, MARKED};

/// A publication tries to compile, beside everything else that this machine does.
const PUBLICATION: Duration = Duration::from_secs(60);
const A_WHILE: usize = 25;

/// Waits until the WAF has had this many publications of this outcome.
pub(super) async fn publications(shop: &Shop, outcome: &str, count: u64) {
    let name = format!("filter_publications_total{{slot=\"waf\",outcome=\"{outcome}\"}}");
    let counted = async {
        while shop.metric(&name).await < count {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PUBLICATION, counted).await.is_ok(), "not in time: {outcome} {count}");
}

/// The WAF's version.
pub(super) fn version(shop: &Shop) -> String {
    let slots = shop.edge.chain.slots();
    let waf = slots.iter().find(|slot| slot.config().name == "waf").expect("there is a WAF");
    waf.current().label().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_cannot_be_parsed_leave_the_version_in_place() {
    let filters = Filters::copied();
    let shop = filters.shop().await;
    let (before, mut flow) = (version(&shop), Flow::to(&shop));
    flow.goes_on_for(2).await;
    filters.add_rules("SecRule ARGS:marker \"@nosuchoperator now\" \"id:1009001,phase:2,deny\"\n");
    publications(&shop, "refused", 1).await;
    assert_eq!(version(&shop), before);
    flow.goes_on_for(A_WHILE).await;
    flow.end(&[200]).await;
    assert_eq!(shop.stranger().get(MARKED).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_are_mended_are_published_after_all() {
    let filters = Filters::copied();
    let shop = filters.shop().await;
    let mut flow = Flow::to(&shop);
    flow.goes_on_for(2).await;
    filters.add_rules("SecRule ARGS:marker\n");
    publications(&shop, "refused", 1).await;
    filters.add_rules(RULE);
    flow.verdict_becomes(403).await;
    flow.end(&[200, 403]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_that_is_no_component_leaves_the_version_in_place() {
    let filters = Filters::copied();
    let shop = filters.shop().await;
    let (before, mut flow) = (version(&shop), Flow::to(&shop));
    flow.goes_on_for(2).await;
    filters.put_component(b"this is no component");
    publications(&shop, "refused", 1).await;
    assert_eq!(version(&shop), before);
    flow.goes_on_for(A_WHILE).await;
    flow.end(&[200]).await;
    assert_eq!(shop.stranger().get(MARKED).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_component_leaves_the_version_in_place_until_the_whole_one_comes() {
    let filters = Filters::copied();
    let shop = filters.shop().await;
    let (before, whole) = (version(&shop), filters.component());
    let mut flow = Flow::to(&shop);
    flow.goes_on_for(2).await;
    filters.put_component(&whole[..whole.len() / 2]);
    publications(&shop, "refused", 1).await;
    assert_eq!(version(&shop), before);
    filters.put_component(&whole);
    // The first was at the opening.
    publications(&shop, "published", 2).await;
    assert_eq!(version(&shop), before);
    flow.end(&[200]).await;
}
