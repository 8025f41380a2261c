//! The WAF's artifact is replaced while requests flow: its rules, and the component itself.

use serde_json::json;

use super::filters::{Filters, RULE};
use super::flow::{Flow, MARKED};
use super::refused::version;
use crate::filters::artifacts::guest;

/// Of each connection: about a second's.
const A_WHILE: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn replacing_the_rules_under_load_changes_the_verdict_and_fails_no_request() {
    let filters = Filters::copied();
    let shop = filters.shop().await;
    let mut flow = Flow::to(&shop);
    flow.goes_on_for(A_WHILE).await;
    filters.add_rules(RULE);
    flow.verdict_becomes(403).await;
    flow.goes_on_for(A_WHILE).await;
    filters.remove_rules();
    flow.verdict_becomes(200).await;
    flow.goes_on_for(A_WHILE).await;
    flow.end(&[200, 403, 200]).await;
    assert_eq!(shop.stranger().get(MARKED).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn replacing_the_component_under_load_changes_the_verdict_and_fails_no_request() {
    let filters = Filters::copied();
    let shop = filters.shop_granting_imports().await;
    let (before, mut flow) = (version(&shop), Flow::to(&shop));
    flow.goes_on_for(A_WHILE).await;
    filters.replace(&guest("guest-misbehave"), &json!({ "on_request": "refuse-marked", "name": "v" }));
    flow.verdict_becomes(403).await;
    assert_ne!(version(&shop), before);
    let refused = shop.stranger().get(MARKED).await;
    assert_eq!(refused.problem().detail, "v refuses this.", "it is the other component that refuses");
    flow.goes_on_for(A_WHILE).await;
    filters.put_back();
    flow.verdict_becomes(200).await;
    flow.goes_on_for(A_WHILE).await;
    assert_eq!(version(&shop), before);
    flow.end(&[200, 403, 200]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_is_refused_before_during_and_after_a_replacement() {
    let filters = Filters::copied();
    let shop = filters.shop().await;
    let stranger = shop.stranger();
    let attack = "/?q=%3Cscript%3Ealert(1)%3C/script%3E";
    let mut flow = Flow::to(&shop);
    assert_eq!(stranger.get(attack).await.status, 403);
    flow.goes_on_for(2).await;
    filters.add_rules(RULE);
    assert_eq!(stranger.get(attack).await.status, 403);
    flow.verdict_becomes(403).await;
    assert_eq!(stranger.get(attack).await.status, 403);
    flow.end(&[200, 403]).await;
}
