//! Tool calls in the ways that servers fragment them.

use super::super::chunk::Reader;
use super::{ModelErrorKind, ModelEvent, Outcome, StopReason, chunks, finished, read, read_deltas, read_in};
use crate::model::{TOOL_ARGUMENTS_BYTES_MAX, TOOL_CALLS_MAX};

/// The calls as `id name arguments`.
fn calls(outcome: &Outcome) -> Vec<String> {
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    let calls = outcome.events.iter().filter_map(|event| match event {
        ModelEvent::ToolCall(call) => Some(format!("{} {} {}", call.id, call.name, call.arguments)),
        _ => None,
    });
    calls.collect()
}

#[tokio::test]
async fn calls_without_an_index_are_told_apart_by_their_ids() {
    let deltas = [
        r#"{"tool_calls":[{"id":"a","function":{"name":"stock","arguments":"{\"v\":"}}]}"#,
        r#"{"tool_calls":[{"id":"a","function":{"arguments":"1}"}}]}"#,
        r#"{"tool_calls":[{"id":"b","function":{"name":"stock","arguments":"{}"}}]}"#,
    ];
    assert_eq!(calls(&read_deltas(&deltas, "tool_calls").await), ["a stock {\"v\":1}", "b stock {}"]);
}

#[tokio::test]
async fn calls_without_index_and_id_are_told_apart_by_their_names() {
    let deltas = [
        r#"{"tool_calls":[{"function":{"name":"stock","arguments":"{\"v\":"}}]}"#,
        r#"{"tool_calls":[{"function":{"arguments":"1}"}}]}"#,
        r#"{"tool_calls":[{"function":{"name":"stock","arguments":"{\"v\":2}"}}]}"#,
    ];
    assert_eq!(
        calls(&read_deltas(&deltas, "tool_calls").await),
        ["call_0 stock {\"v\":1}", "call_1 stock {\"v\":2}"]
    );
}

#[tokio::test]
async fn an_id_that_we_make_is_not_one_of_earlier_rounds() {
    let deltas = [r#"{"tool_calls":[{"index":0,"function":{"name":"stock","arguments":"{}"}}]}"#];
    let body = chunks(&deltas) + &finished("tool_calls");
    let outcome = read_in(body.as_bytes(), usize::MAX, Reader::new(false, 3)).await;
    assert_eq!(calls(&outcome), ["call_3 stock {}"]);
}

#[tokio::test]
async fn a_name_that_comes_with_every_fragment_is_one_call() {
    let deltas = [
        r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"stock","arguments":"{\"v\":"}}]}"#,
        r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"stock","arguments":"1}"}}]}"#,
    ];
    assert_eq!(calls(&read_deltas(&deltas, "tool_calls").await), ["a stock {\"v\":1}"]);
}

#[tokio::test]
async fn arguments_that_are_an_object_are_taken_as_they_are() {
    let deltas = [r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"stock","arguments":{"v":1}}}]}"#];
    assert_eq!(calls(&read_deltas(&deltas, "tool_calls").await), ["a stock {\"v\":1}"]);
}

#[tokio::test]
async fn a_call_of_a_tool_without_arguments_has_none() {
    let deltas = [r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"orders","arguments":""}}]}"#];
    assert_eq!(calls(&read_deltas(&deltas, "tool_calls").await), ["a orders {}"]);
}

#[tokio::test]
async fn a_function_call_of_before_there_were_tools_is_a_call() {
    let deltas = [
        r#"{"function_call":{"name":"stock","arguments":""}}"#,
        r#"{"function_call":{"arguments":"{\"v\":1}"}}"#,
    ];
    let outcome = read_deltas(&deltas, "function_call").await;
    assert_eq!(calls(&outcome), ["call_0 stock {\"v\":1}"]);
    assert_eq!(outcome.stop(), Some(StopReason::Tools));
}

#[tokio::test]
async fn arguments_that_are_no_json_are_passed_on_for_the_tool_to_refuse() {
    let deltas = [r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"stock","arguments":"{v"}}]}"#];
    assert_eq!(calls(&read_deltas(&deltas, "tool_calls").await), ["a stock {v"]);
}

#[tokio::test]
async fn a_call_that_the_limit_cuts_is_no_call() {
    let deltas =
        [r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"stock","arguments":"{\"v\":"}}]}"#];
    let outcome = read_deltas(&deltas, "length").await;
    assert_eq!(outcome.events, [ModelEvent::Stop(StopReason::Length)]);
}

#[tokio::test]
async fn a_call_of_nothing_is_broken() {
    let deltas = [r#"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{}"}}]}"#];
    assert_eq!(read_deltas(&deltas, "tool_calls").await.kind(), Some(ModelErrorKind::Broken));
}

#[tokio::test]
async fn to_stop_for_tools_without_calling_any_is_broken() {
    assert_eq!(read(&finished("tool_calls")).await.kind(), Some(ModelErrorKind::Broken));
}

#[tokio::test]
async fn more_calls_than_the_most_are_broken() {
    let call = |at: usize| {
        format!(r#"{{"tool_calls":[{{"index":{at},"id":"c{at}","function":{{"name":"stock"}}}}]}}"#)
    };
    let deltas: Vec<_> = (0..=TOOL_CALLS_MAX).map(call).collect();
    let deltas: Vec<_> = deltas.iter().map(String::as_str).collect();
    assert_eq!(read_deltas(&deltas, "tool_calls").await.kind(), Some(ModelErrorKind::Broken));
    let most = read_deltas(&deltas[..TOOL_CALLS_MAX], "tool_calls").await;
    assert_eq!(calls(&most).len(), TOOL_CALLS_MAX);
}

#[tokio::test]
async fn longer_arguments_than_the_longest_are_broken() {
    let piece = "1".repeat(TOOL_ARGUMENTS_BYTES_MAX);
    let delta =
        format!(r#"{{"tool_calls":[{{"index":0,"function":{{"name":"stock","arguments":"{piece}"}}}}]}}"#);
    let more = r#"{"tool_calls":[{"index":0,"function":{"arguments":"1"}}]}"#;
    assert_eq!(read_deltas(&[&delta], "tool_calls").await.kind(), None);
    assert_eq!(read_deltas(&[&delta, more], "tool_calls").await.kind(), Some(ModelErrorKind::Broken));
}
