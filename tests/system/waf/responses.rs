//! Rules for responses.

use chat::Code;

use super::rules::Rules;
use crate::demo_site::settings_of_a_site;
use crate::fixture::{INDEX, SHIPPING, message, refused};

/// What every shop has at `/` is a leak here; so is a page of the site that is not there.
const LEAKS: &str = "SecRule RESPONSE_BODY \"@contains Manga shop\" \
    \"id:1009101,phase:4,deny,status:403,t:none,msg:'A leak',tag:'test',severity:'CRITICAL'\"\n\
    SecRule RESPONSE_STATUS \"@eq 404\" \"id:1009102,phase:3,deny,status:403,t:none,msg:'A page that is not there',chain\"\n\
    SecRule REQUEST_FILENAME \"@beginsWith /series/\" \"t:none\"\n";
/// A page that neither the demo's site nor the edge has.
const MISSING: &str = "/series/nothing-of-that-name";

#[tokio::test(flavor = "multi_thread")]
async fn a_response_rule_refuses_a_page_that_leaks_and_no_other() {
    let rules = Rules::new(LEAKS).judging_responses();
    let shop = rules.opening().await;
    let page = shop.stranger().get("/").await;
    refused(&page, Code::Blocked);
    assert!(!page.body.contains("Manga shop"), "{}", page.body);
    assert_eq!(shop.stranger().get("/?page=2").await.problem().code, Code::Blocked);
    let guest = shop.guest().await;
    assert!(!guest.ask(&message(SHIPPING)).await.answer().text.is_empty());
    assert_eq!(guest.get("/v1/nothing").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_page_is_judged_by_its_head() {
    let rules = Rules::new(LEAKS).judging_responses();
    let shop = rules.opening().setting("site", settings_of_a_site().await).await;
    let missing = shop.stranger().get(MISSING).await;
    assert_eq!((missing.status, missing.problem().code), (403, Code::Blocked));
    assert_eq!(shop.stranger().get("/policies/returns").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waf_that_is_not_called_for_responses_judges_none() {
    let shop = Rules::new(LEAKS).opening().await;
    assert!(!shop.edge.chain.sees_responses());
    let page = shop.stranger().get("/").await;
    assert_eq!((page.status, page.body.as_str()), (200, INDEX));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_only_detected_is_sent() {
    let shop = Rules::new(LEAKS).judging_responses().detecting().opening().await;
    let page = shop.stranger().get("/").await;
    assert_eq!((page.status, page.body.as_str()), (200, INDEX));
}
