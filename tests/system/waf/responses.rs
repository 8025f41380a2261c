//! Rules for responses.

use chat::Code;
use reqwest::Method;

use super::rules::Rules;
use crate::demo_site::settings_of;
use crate::fixture::{FakeOrigin, INDEX, Log, SHIPPING, Step, eventually, in_time, message, refused};

/// What every shop has at `/` is a leak here; so is a page of the site that is not there.
const LEAKS: &str = "SecRule RESPONSE_BODY \"@contains Manga shop\" \
    \"id:1009101,phase:4,deny,status:403,t:none,msg:'A leak',tag:'test',severity:'CRITICAL'\"\n\
    SecRule RESPONSE_STATUS \"@eq 404\" \"id:1009102,phase:3,deny,status:403,t:none,msg:'A page that is not there',chain\"\n\
    SecRule REQUEST_FILENAME \"@beginsWith /series/\" \"t:none\"\n\
    SecRule RESPONSE_BODY \"@contains ORA-01756\" \
    \"id:1009103,phase:4,deny,status:403,t:none,msg:'An error of a database',tag:'test',severity:'CRITICAL'\"\n";
/// Pages of the site: one that says what it must not, the same compressed, one that does not, and one that is not there.
const LEAKING: &str = "/series/leaking";
const COMPRESSED: &str = "/series/compressed";
const FINE: &str = "/series/fine";
const MISSING: &str = "/series/nothing-of-that-name";
const LEAK: &[u8] = b"<p>ORA-01756: quoted string not properly terminated</p>";
/// The same by gzip.
const LEAK_IN_GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xb3, 0x29, 0xb0, 0xf3, 0x0f, 0x72, 0xd4,
    0x35, 0x30, 0x34, 0x37, 0x35, 0xb3, 0x52, 0x28, 0x2c, 0xcd, 0x2f, 0x49, 0x4d, 0x51, 0x28, 0x2e, 0x29,
    0xca, 0xcc, 0x4b, 0x57, 0xc8, 0xcb, 0x2f, 0x51, 0x28, 0x28, 0xca, 0x2f, 0x48, 0x2d, 0xca, 0xa9, 0x54,
    0x28, 0x49, 0x2d, 0xca, 0xcd, 0xcc, 0x4b, 0x04, 0x4a, 0xdb, 0xe8, 0x17, 0xd8, 0x01, 0x00, 0x75, 0xaf,
    0x84, 0x79, 0x37, 0x00, 0x00, 0x00,
];
const INNOCENT: &[u8] = "<h1>Monster</h1><p>浦沢直樹</p>".as_bytes();

/// A site with these pages.
fn site() -> FakeOrigin {
    let site = FakeOrigin::answering(&["never asked"]);
    let html = |bytes: &[u8]| vec![Step::Head(200, "text/html"), Step::Bytes(bytes.to_vec())];
    site.reply(LEAKING, html(LEAK));
    site.reply(FINE, html(INNOCENT));
    let head = Step::HeadWith(200, "text/html", "content-encoding: gzip");
    site.reply(COMPRESSED, vec![head, Step::Bytes(LEAK_IN_GZIP.to_vec())]);
    site
}

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
async fn a_forwarded_page_that_leaks_is_refused_and_no_other() {
    let (rules, site) = (Rules::new(LEAKS).judging_responses(), site());
    let shop = rules.opening().setting("site", settings_of(site.address())).await;
    for page in [LEAKING, COMPRESSED, MISSING] {
        let reply = shop.stranger().get(page).await;
        refused(&reply, Code::Blocked);
        assert!(!reply.body.contains("ORA-"), "{}", reply.body);
    }
    let fine = shop.stranger().get(FINE).await;
    assert_eq!((fine.status, fine.body.as_bytes()), (200, INNOCENT));
    assert_eq!(shop.metric("edge_requests_total{route=\"page\",status=\"403\"}").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_page_whose_leak_is_only_detected_is_logged_and_sent() {
    let log = Log::start();
    let (rules, site) = (Rules::new(LEAKS).judging_responses().detecting(), site());
    let shop = rules.opening().setting("site", settings_of(site.address())).await;
    for (page, bytes) in [(LEAKING, LEAK), (COMPRESSED, LEAK_IN_GZIP)] {
        let request = shop.stranger().request(Method::GET, page);
        let reply = in_time("the page", request.send()).await.expect("the edge answers");
        assert_eq!(reply.status(), 200);
        assert_eq!(in_time("its body", reply.bytes()).await.expect("it is whole"), bytes);
    }
    eventually("both are logged", || async { log.text().matches("1009103").count() == 2 }).await;
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
