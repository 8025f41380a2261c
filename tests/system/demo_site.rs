//! The demo shop's own site: what answers link to is there, behind the edge's filters.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use chat::Code;
use serde_json::Value;

use crate::fixture::{Reply, Shop, root};

/// The site, on a port of its own, until the test ends.
async fn site() -> SocketAddr {
    let shop = demo_site::Shop::read(&root().join("shop")).expect("the shop's files");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, demo_site::router(shop)).await });
    address
}

/// The setting `site` of an edge with such a site behind it.
pub(crate) async fn settings_of_a_site() -> toml::Table {
    settings_of(site().await)
}

/// The setting `site` of an edge with a site at this address behind it.
pub(crate) fn settings_of(site: SocketAddr) -> toml::Table {
    let mut table = toml::Table::new();
    table.insert("url".into(), format!("http://{site}").into());
    table.insert("connect_ms".into(), 5000.into());
    table.insert("read_ms".into(), 5000.into());
    table
}

async fn shop_with_site() -> Shop {
    Shop::open().setting("site", settings_of_a_site().await).await
}

/// Every address below this shop that an FAQ answer or a policy links to.
fn links() -> BTreeSet<String> {
    let faq = std::fs::read_to_string(root().join("shop/faq.jsonl")).expect("the FAQ");
    let mut links = BTreeSet::new();
    for line in faq.lines() {
        let entry: Value = serde_json::from_str(line).expect("an entry");
        for language in ["en", "ja"] {
            let answer = entry["answer"][language].as_str().expect("an answer");
            links.extend(
                answer.split("](/").skip(1).filter_map(|rest| Some(format!("/{}", rest.split(')').next()?))),
            );
        }
        let given = entry["links"].as_array().into_iter().flatten();
        links.extend(given.filter_map(|link| Some(link["href"].as_str()?.to_owned())));
    }
    links
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_of_an_answer_leads_to_a_page() {
    let site = site().await;
    let links = links();
    assert!(links.len() > 20, "{links:?}");
    for link in links {
        let reply = Reply::get(&format!("http://{site}{link}")).await;
        assert_eq!(reply.status, 200, "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_has_a_page_in_both_languages_behind_the_edge() {
    let shop = shop_with_site().await;
    let visitor = shop.stranger();
    let english = visitor.get("/series/monster").await;
    assert_eq!(english.status, 200);
    assert!(
        english.body.contains("<h1>Monster</h1>") && english.body.contains("Naoki Urasawa"),
        "{}",
        english.body
    );
    let japanese = visitor.get("/series/monster?lang=ja").await;
    assert!(japanese.body.contains("lang=\"ja\"") && japanese.body.contains("浦沢直樹"), "{}", japanese.body);
    assert!(!english.header("x-ratelimit-remaining").is_empty(), "the filters saw the page's request");
    assert_eq!(visitor.get("/series/monster%22%3E%3Cscript%3E").await.status, 403);
    assert_eq!(visitor.get("/series/no-such-series").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_shown_as_text() {
    let reply = Reply::get(&format!("http://{}/policies/returns", site().await)).await;
    assert!(reply.body.contains("<h2>") && reply.body.contains("30 days"), "{}", reply.body);
    assert!(reply.header("content-security-policy").starts_with("default-src 'none'"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_down_is_told_of_and_the_assistant_goes_on() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let mut table = toml::Table::new();
    table.insert("url".into(), format!("http://{}", nobody.expect("a port")).into());
    table.insert("connect_ms".into(), 500.into());
    table.insert("read_ms".into(), 500.into());
    let shop = Shop::open().setting("site", table).await;
    assert_eq!(shop.stranger().get("/series/monster").await.problem().code, Code::OriginDown);
    assert_eq!(shop.stranger().get("/").await.status, 200);
    shop.guest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_stale_cookie_or_a_foreign_credential_still_gets_the_pages() {
    let shop = shop_with_site().await;
    for cookie in [crate::fixture::cookie_of_another_key(), "ma_session=v1.retired-1.e30.x".to_owned()] {
        let visitor = shop.stranger().with_cookie(&cookie);
        for page in ["/", "/series/monster"] {
            assert_eq!(visitor.get(page).await.status, 200, "{page} with {cookie}");
        }
    }
    let request = shop.stranger().request(reqwest::Method::GET, "/series/monster");
    let reply = Reply::to(request.header("authorization", "Basic dXNlcjpwYXNzd29yZA==")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_header_is_no_way_round_inspection() {
    let shop = shop_with_site().await;
    let attack = "q=1'%20UNION%20SELECT%20password%20FROM%20users--";
    let request = |upgrade: &str| {
        format!(
            "POST /series/monster HTTP/1.1\r\nhost: {}\r\nconnection: upgrade\r\nupgrade: {upgrade}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{attack}",
            shop.http,
            attack.len()
        )
    };
    for upgrade in ["foo", "websocket", "mangaassist"] {
        let mut connection = crate::fixture::Connection::to(shop.http).await;
        assert_eq!(connection.write(request(upgrade)).await.reply().await.status, 403, "{upgrade}");
    }
    let mut connection = crate::fixture::Connection::to(shop.http).await;
    let large = format!(
        "POST /series/monster HTTP/1.1\r\nhost: {}\r\nupgrade: foo\r\ncontent-length: 10000000\r\n\r\n",
        shop.http
    );
    assert_eq!(connection.write(large).await.reply().await.status, 413);
}
