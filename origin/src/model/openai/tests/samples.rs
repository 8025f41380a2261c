//! Answers as servers stream them, `tests/fixtures/openai/*.sse`, written by hand after their documentation, and the events
//! that each stands for, one a line.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::chunk::Reader;
use super::{Outcome, read_in};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/openai")
}

fn lines(outcome: &Outcome) -> String {
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    outcome.events.iter().map(|event| format!("{event:?}\n")).collect()
}

/// Reads the sample whole, byte by byte and in pieces that cut through characters and lines.
async fn agrees(name: &str) {
    let body = fs::read(fixtures().join(format!("{name}.sse"))).unwrap();
    let expected = fs::read_to_string(fixtures().join(format!("{name}.events"))).unwrap();
    for piece in [usize::MAX, 7, 1] {
        let outcome = read_in(&body, piece, Reader::new(false, 0)).await;
        assert_eq!(lines(&outcome), expected, "in pieces of {piece}");
    }
}

#[tokio::test]
async fn an_answer_of_openai_is_read() {
    agrees("openai").await;
}

#[tokio::test]
async fn tool_calls_of_openai_are_put_together() {
    agrees("openai-tools").await;
}

#[tokio::test]
async fn an_answer_of_ollama_is_read_without_its_reasoning() {
    agrees("ollama").await;
}

#[tokio::test]
async fn whole_tool_calls_of_ollama_that_share_an_index_are_told_apart() {
    agrees("ollama-tools").await;
}

#[tokio::test]
async fn an_answer_of_vllm_is_read_with_its_usage_so_far_and_its_stop_text() {
    agrees("vllm").await;
}

#[tokio::test]
async fn tool_calls_of_vllm_hold_together_though_their_ids_change() {
    agrees("vllm-tools").await;
}

#[tokio::test]
async fn an_answer_of_llama_cpp_is_read_without_its_thoughts() {
    agrees("llama-cpp").await;
}

#[tokio::test]
async fn tool_calls_of_llama_cpp_are_put_together() {
    agrees("llama-cpp-tools").await;
}

#[tokio::test]
async fn an_answer_that_azure_filters_is_filtered() {
    agrees("azure-filtered").await;
}

#[tokio::test]
async fn every_sample_reads_the_same_with_other_line_ends() {
    for entry in fs::read_dir(fixtures()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sse") {
            continue;
        }
        let body = fs::read_to_string(&path).unwrap();
        let expected = fs::read_to_string(path.with_extension("events")).unwrap();
        for end in ["\r\n", "\r"] {
            let body = body.replace('\n', end);
            let outcome = read_in(body.as_bytes(), 7, Reader::new(false, 0)).await;
            assert_eq!(lines(&outcome), expected, "{} with {end:?}", path.display());
        }
    }
}
