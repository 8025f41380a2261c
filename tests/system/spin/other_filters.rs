//! Other filters in the place of the shop's: one that asks for a sentence vector, which Spin makes where the manifest allows the model,
//! one that answers and is no FAQ, and one that traps.

use std::path::Path;

use chat::Source;
use chat::internal::PRECEDING;
use compose::{graph, images};
use host::grant::Import;

use crate::fixture::{FakeOrigin, SHIPPING, SpinShop, copy_filters, manifest_with, message, root};

/// The application with a filter in the place of this one that does what these settings say.
fn compose(out: &Path, name: &str, settings: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_filters(folder.path());
    let place = folder.path().join(name);
    let filter = root().join("target/test-guests/guest-misbehave.wasm");
    std::fs::copy(filter, place.join("filter.wasm")).expect("the tests' filters are built");
    std::fs::write(place.join("settings.json"), settings).expect("a writable folder");
    let mut slots = images::slots(&root().join("config/edge.toml")).expect("the slots can be read");
    let slot = slots.iter_mut().find(|slot| slot.name == name).expect("there is such a slot");
    slot.grant.imports = Import::ALL.iter().copied().collect();
    let filters = images::of(&slots, folder.path()).expect("every filter has an image");
    let part = |name: &str| {
        let path = root().join("target/wasm32-wasip2/guest").join(name);
        std::fs::read(path).expect("the parts are built; `cargo xtask build --spin` does")
    };
    let composed = graph::compose(part("component_spin.wasm"), part("component_spin_services.wasm"), filters);
    std::fs::write(out, composed.expect("the parts fit")).expect("a writable folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_asks_gets_spins_vector_where_the_manifest_allows_the_model() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let built = tempfile::tempdir().expect("a temporary folder");
    let application = built.path().join("asking.wasm");
    compose(&application, "faq", r#"{ "on_turn": "ask-and-tell" }"#);
    for (models, told) in [(vec!["all-minilm-l6-v2"], "384 numbers"), (Vec::new(), "no vector")] {
        let folder = manifest_with(|component| {
            component["source"] = application.to_string_lossy().into_owned().into();
            let component = component.as_table_mut().expect("a component is a table");
            component.insert("ai_models".into(), models.into());
        });
        let shop = SpinShop::with_origin(&origin).manifest(folder.path()).await;
        let answer = shop.guest().await.ask(&message("Is this about the sea?")).await.answer();
        assert_eq!(answer.text, told);
    }
    assert!(origin.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_filter_is_not_said_to_be_the_faqs() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let built = tempfile::tempdir().expect("a temporary folder");
    let application = built.path().join("answering.wasm");
    compose(&application, "waf", r#"{ "on_turn": "answer", "name": "Ready." }"#);
    let folder = manifest_with(|component| {
        component["source"] = application.to_string_lossy().into_owned().into();
    });
    let shop = SpinShop::with_origin(&origin).manifest(folder.path()).await;
    let guest = shop.guest().await;
    let answer = guest.ask(&message(SHIPPING)).await.answer();
    assert_eq!((answer.text.as_str(), answer.source), ("Ready.", Source::Cache));
    guest.get("/v1/chat/history").await;
    let remembered = origin.call(PRECEDING, 1).await.preceding().exchanges;
    assert_eq!(remembered.iter().map(|exchange| exchange.source).collect::<Vec<_>>(), [Source::Cache]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_traps_fails_its_request_and_the_next_one_works() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let built = tempfile::tempdir().expect("a temporary folder");
    let application = built.path().join("trapping.wasm");
    compose(&application, "faq", r#"{ "on_turn": "trap" }"#);
    let folder = manifest_with(|component| {
        component["source"] = application.to_string_lossy().into_owned().into();
    });
    let shop = SpinShop::with_origin(&origin).manifest(folder.path()).await;
    let guest = shop.guest().await;
    for _ in 0..2 {
        assert_eq!(guest.ask(&message("Is this about the sea?")).await.status, 500);
        assert_eq!(guest.get("/").await.status, 200);
    }
    assert!(origin.calls().is_empty());
}
