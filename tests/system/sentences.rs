//! Sentence vectors for filters that ask: the edge's own model, and an edge without one. How the pool keeps its bounds is tested where it
//! is, in `crates/sentence/src/pool.rs` and `edge/src/sentences.rs`.

use std::path::Path;

use chat::Source;
use serde_json::json;

use crate::filters::artifacts::misbehave;
use crate::filters::rig::config;
use crate::fixture::{DISCOVERY, FakeOrigin, Opening, SHIPPING, Shop, message, root};

/// A shop with this model's file, and with a filter at the end of the chain that tells what came of its asking.
fn asking(origin: &FakeOrigin, model: &Path) -> Opening {
    let told = misbehave(&json!({ "on_turn": "ask-and-tell" }));
    let mut sentences = toml::Table::new();
    sentences.insert("model".into(), model.to_string_lossy().into_owned().into());
    // Longer than any machine takes.
    for (key, value) in [("threads", 1), ("queue_max", 4), ("cache_max", 10), ("wait_ms", 60_000)] {
        sentences.insert(key.into(), value.into());
    }
    Shop::with_origin(origin).setting("sentences", sentences).with_slot(config("asking"), told)
}

async fn count(shop: &Shop, outcome: &str) -> u64 {
    shop.metric(&format!("edge_sentence_vectors_total{{outcome=\"{outcome}\"}}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_models_file_filters_are_told_so_and_known_questions_are_answered() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shop = asking(&origin, &folder.path().join("minilm-1.bin")).await;
    let guest = shop.guest().await;
    assert_eq!(guest.ask(&message(DISCOVERY)).await.answer().text, "no vector");
    assert!(count(&shop, "no_model").await > 0);
    assert_eq!(guest.ask(&message(SHIPPING)).await.answer().source, Source::FaqEdge);
}

/// With the model that set-up fetches; `cargo xtask test` leaves them out where it could not.
mod with_model {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "needs the sentence model; `cargo xtask test` knows whether it is there"]
    async fn a_filter_that_asks_gets_the_edges_own_vector_and_the_same_text_is_computed_once() {
        let origin = FakeOrigin::answering(&["never asked"]);
        let shop = asking(&origin, &root().join("target/models/minilm-1.bin")).await;
        let guest = shop.guest().await;
        for _ in 0..2 {
            assert_eq!(guest.ask(&message(DISCOVERY)).await.answer().text, "384 numbers");
        }
        assert_eq!(count(&shop, "computed").await, 1);
        assert!(count(&shop, "cached").await > 0);
        assert_eq!(shop.metric("edge_sentence_duration_seconds_count").await, 1);
    }
}
