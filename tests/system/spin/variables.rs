//! Variables: what is told when one is missing or cannot be used. Its name, never its value.

use chat::{Code, Source};
use reqwest::Method;
use serde_json::Value;
use spin_host::log::Log;
use spin_host::manifest::Manifest;

use crate::fixture::{
    DISCOVERY, FakeOrigin, Reply, SHIPPING, SpinShop, Visitor, manifest_with, message, refused, root,
    token_of,
};

/// What the log says of variables, in one line for each instance.
fn told(log: &Log) -> Vec<Value> {
    let lines = log.text();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a log line is JSON"));
    lines.filter(|line| line["message"] == "variables").collect()
}

fn names(told: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        told.as_object().expect("variables by name").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Another question gets a refusal that says this, and a known one its answer.
async fn answers_known_questions_alone(guest: &Visitor, because: &str) {
    assert_eq!(guest.ask(&message(SHIPPING)).await.answer().source, Source::FaqEdge);
    let question = message(DISCOVERY);
    let reply = guest.ask(&question).await;
    refused(&reply, Code::OriginDown);
    assert!(reply.problem().detail.contains(because), "{}", reply.body);
    // What failed for our sake is not paid for twice.
    assert_eq!(guest.ask(&question).await.turns_left(), reply.turns_left());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_for_the_origin_the_variable_is_named() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).variable("key_internal1", "").await;
    let guest = shop.guest().await;
    answers_known_questions_alone(&guest, "`key_internal1`").await;
    let history = guest.get("/v1/chat/history").await;
    refused(&history, Code::OriginDown);
    assert!(history.problem().detail.contains("`key_internal1`"), "{}", history.body);
    assert!(origin.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_used_is_named_and_not_shown() {
    let origin = FakeOrigin::answering(&["never asked"]);
    // Not base64, and too short.
    for key in ["%%% this is no base64 %%%", "c2hvcnQ="] {
        let shop = SpinShop::with_origin(&origin).variable("key_internal1", key).await;
        let guest = shop.guest().await;
        answers_known_questions_alone(&guest, "`key_internal1`").await;
        let reply = guest.ask(&message(DISCOVERY)).await;
        assert!(!reply.body.contains(key), "{}", reply.body);
    }
    assert!(origin.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_the_manifest_does_not_allow_is_told_so() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let folder = manifest_with(|component| {
        component["allowed_outbound_hosts"] = vec!["http://127.0.0.1:1"].into();
    });
    let shop = SpinShop::with_origin(&origin).manifest(folder.path()).await;
    answers_known_questions_alone(&shop.guest().await, "spin.toml does not allow").await;
    assert!(origin.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_shops_key_nobody_signs_in() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).variable("key_shop1", "").await;
    let guest = shop.guest().await;
    let request = guest.request(Method::POST, "/v1/session/upgrade").bearer_auth(token_of("C1001"));
    refused(&Reply::to(request).await, Code::Unauthorized);
    assert!(origin.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_without_a_session_key_makes_one_and_keeps_it() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).variable("key_session1", "").await;
    let guest = shop.guest().await;
    // Each on a connection of its own, and so by an instance that knows nothing of the one before.
    for _ in 0..3 {
        guest.ask(&message(SHIPPING)).await.answer();
    }
    assert!(shop.key_value.dump().iter().any(|(key, _)| key == "key/session"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_request_of_an_instance_tells_in_one_line_what_is_missing_or_cannot_be_used() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let log = Log::default();
    let shop = SpinShop::with_origin(&origin).logging(&log);
    let shop = shop.variable("key_internal1", "").variable("key_shop1", "%%% no base64 %%%");
    let shop = shop.variable("body_ms", "soon").await;
    assert_eq!(shop.stranger().get("/").await.status, 200);
    let told = told(&log);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(names(&told[0]["not_set"]), ["key_internal1"]);
    assert_eq!(names(&told[0]["not_usable"]), ["body_ms", "key_shop1"]);
    assert!(!log.text().contains("no base64 %%%"), "a secret is in the log: {}", log.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_whose_variables_are_all_set_has_nothing_to_tell() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let log = Log::default();
    let shop = SpinShop::with_origin(&origin).logging(&log).await;
    shop.guest().await.ask(&message(DISCOVERY)).await.answer();
    assert!(log.text().contains("\"message\":\"request\""), "the log is the shop's: {}", log.text());
    assert!(told(&log).is_empty(), "{}", log.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_variable_of_the_manifest_is_named_while_it_has_no_value() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let manifest = std::fs::read_to_string(root().join("spin.toml")).expect("spin.toml is there");
    let manifest = Manifest::read(&manifest).expect("spin.toml is a manifest");
    // An address that is not there cannot be allowed either.
    let folder =
        manifest_with(|component| component["allowed_outbound_hosts"] = toml::value::Array::new().into());
    let log = Log::default();
    let shop = SpinShop::with_origin(&origin).manifest(folder.path()).logging(&log);
    let shop = manifest.variables.keys().fold(shop, |shop, name| shop.variable(name, ""));
    assert_eq!(shop.await.stranger().get("/").await.status, 200);
    let told = told(&log);
    let variables: Vec<&str> = manifest.variables.keys().map(String::as_str).collect();
    assert_eq!(names(&told[0]["not_set"]), variables);
}
