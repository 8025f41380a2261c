//! A filter that asks for a sentence vector: Spin makes it where the manifest allows the model, and else there is none.

use std::path::Path;

use compose::{graph, images};
use host::grant::Import;

use crate::fixture::{FakeOrigin, SpinShop, copy_filters, manifest_with, message, root};

/// The application with a filter in the place of `faq` that asks, and tells what it was given.
fn compose(out: &Path) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_filters(folder.path());
    let faq = folder.path().join("faq");
    let filter = root().join("target/test-guests/guest-misbehave.wasm");
    std::fs::copy(filter, faq.join("filter.wasm")).expect("the tests' filters are built");
    std::fs::write(faq.join("settings.json"), r#"{ "on_turn": "ask-and-tell" }"#).expect("a writable folder");
    let mut slots = images::slots(&root().join("config/edge.toml")).expect("the slots can be read");
    let slot = slots.iter_mut().find(|slot| slot.name == "faq").expect("there is an FAQ");
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
    compose(&application);
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
