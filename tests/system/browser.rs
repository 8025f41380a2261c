//! The built widget in a real, headless Chromium, against the whole shop.

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::fixture::root;
use crate::whole_shop::RealOrigin;

/// Longer than all steps of the script, each of which has a limit of its own.
const VISIT: std::time::Duration = std::time::Duration::from_secs(120);

/// A shopper's first minute at this address: a known question, then a discovery.
async fn visit(address: &str) -> Value {
    let script = Command::new("node")
        .arg("e2e/chat.mjs")
        .arg(address)
        .current_dir(root().join("widget"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output =
        tokio::time::timeout(VISIT, script).await.expect("the browser's visit ends").expect("node runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let seen: Value = serde_json::from_slice(&output.stdout).expect("the script prints what it saw");
    assert!(seen["text"].as_str().is_some_and(|text| text.contains("30 days")), "{seen}");
    assert!(seen["cards"].as_u64() >= Some(1), "{seen}");
    assert!(seen["citations"].as_u64() >= Some(2), "{seen}");
    streams(&seen);
    seen
}

/// The discovery's answer came in pieces, and the page showed what had come before the rest was there.
fn streams(seen: &Value) {
    let events = seen["events"].as_array().expect("the script notes the events");
    let before_done = events.iter().take_while(|event| *event != "done");
    let deltas = before_done.clone().filter(|event| *event == "delta").count();
    assert!(deltas > 1, "the answer came in one piece: {events:?}");
    assert_eq!(events.len(), before_done.count() + 1, "`done` ends the answer: {events:?}");
    let partial = seen["partial"].as_array().expect("the script notes what the page showed");
    assert!(!partial.is_empty(), "the page showed the answer when it was complete: {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_an_edge_answer_and_a_streamed_discovery_with_cards() {
    let origin = RealOrigin::start().await;
    let widget = root().join("widget/dist");
    assert!(widget.join("index.html").exists(), "the widget is not built; `cargo xtask test` builds it");
    let demo = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(demo.path().join("customers.json"), "[]").expect("the temporary folder is writable");
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let shop =
        origin.shop().setting("files.widget", path(&widget)).setting("files.demo", path(demo.path())).await;
    let seen = visit(&shop.url("/")).await;
    assert_eq!(seen["sockets"][0], "/v1/chat/ws", "{seen}");
    assert_eq!(seen["violations"].as_array().map(Vec::len), Some(0), "the page had errors: {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_the_same_from_the_shop_on_spin_without_a_socket() {
    let origin = RealOrigin::start().await;
    let shop = origin.shop_on_spin().await;
    let seen = visit(&format!("http://{}/", shop.address)).await;
    assert_eq!(seen["sockets"].as_array().map(Vec::len), Some(0), "the widget tried a socket: {seen}");
    // The demo's list of customers is not there: it is the demo's own, and the page does without it.
    let is_another = |error: &&Value| !error.as_str().unwrap_or_default().contains("404");
    let others: Vec<_> = seen["violations"].as_array().into_iter().flatten().filter(is_another).collect();
    assert!(others.is_empty(), "the page had errors: {others:?}");
}
