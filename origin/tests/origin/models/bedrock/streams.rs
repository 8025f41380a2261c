//! What Bedrock's events say, in order and out of it.

use model_server::bedrock::event;
use model_server::{Script, Step, Stop};
use origin::model::{ModelErrorKind, ModelEvent, StopReason, Tokens};
use serde_json::{Value, json};

use super::super::{Told, ask, call, question, text};
use super::Bed;

/// What is told of these events.
async fn told_of(events: impl IntoIterator<Item = (&'static str, Value)>) -> Told {
    let steps = events.into_iter().map(|(name, payload)| Step::Raw(event(name, &payload)));
    told(Script::of(steps)).await
}

async fn told(script: Script) -> Told {
    ask(&Bed::playing([script]).await.model, &question()).await
}

fn start() -> (&'static str, Value) {
    ("messageStart", json!({ "role": "assistant" }))
}

#[expect(clippy::needless_pass_by_value, reason = "calls read better with a value that was just made")]
fn delta(index: i32, delta: Value) -> (&'static str, Value) {
    ("contentBlockDelta", json!({ "contentBlockIndex": index, "delta": delta, "p": "abcdef" }))
}

fn words(index: i32, text: &str) -> (&'static str, Value) {
    delta(index, json!({ "text": text }))
}

fn tool(index: i32) -> (&'static str, Value) {
    let start = json!({ "toolUse": { "toolUseId": "t1", "name": "stock" } });
    ("contentBlockStart", json!({ "contentBlockIndex": index, "start": start }))
}

fn arguments(index: i32, piece: &str) -> (&'static str, Value) {
    delta(index, json!({ "toolUse": { "input": piece } }))
}

fn end_block(index: i32) -> (&'static str, Value) {
    ("contentBlockStop", json!({ "contentBlockIndex": index }))
}

fn stop(reason: &str) -> (&'static str, Value) {
    ("messageStop", json!({ "stopReason": reason }))
}

fn metadata() -> (&'static str, Value) {
    let usage = json!({
        "inputTokens": 30, "outputTokens": 7, "totalTokens": 1037, "cacheReadInputTokens": 900,
        "cacheWriteInputTokens": 100
    });
    ("metadata", json!({ "usage": usage, "metrics": { "latencyMs": 312 } }))
}

fn is_no_answer(told: &Told) {
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
    assert!(!told.events.iter().any(|event| matches!(event, ModelEvent::Stop(_))), "{told:?}");
}

#[tokio::test]
async fn an_answer_is_text_usage_and_stop() {
    let events = [start(), words(0, "Yes, "), words(0, "it is."), end_block(0), stop("end_turn"), metadata()];
    let usage = Tokens { input: 30, output: 7, cache_read: 900, cache_write: 100 };
    let expected =
        [text("Yes, "), text("it is."), ModelEvent::Usage(usage), ModelEvent::Stop(StopReason::End)];
    let told = told_of(events).await;
    assert_eq!(told.events, expected, "{told:?}");
}

#[tokio::test]
async fn two_blocks_of_text_are_one_answer() {
    let events = [
        start(),
        words(0, "Yes, "),
        end_block(0),
        words(1, "it is."),
        end_block(1),
        stop("end_turn"),
        metadata(),
    ];
    assert_eq!(told_of(events).await.text(), "Yes, it is.");
}

#[tokio::test]
async fn reasoning_is_not_said() {
    let events = [
        start(),
        delta(0, json!({ "reasoningContent": { "text": "They want volume 3." } })),
        delta(0, json!({ "reasoningContent": { "signature": "c2ln" } })),
        end_block(0),
        words(1, "Yes."),
        end_block(1),
        stop("end_turn"),
        metadata(),
    ];
    let told = told_of(events).await;
    assert_eq!(told.text(), "Yes.");
    assert!(told.error.is_none(), "{told:?}");
    assert_eq!(told.events[0], ModelEvent::Thinking(19), "{told:?}");
    let thoughts = told.events.iter().filter(|event| matches!(event, ModelEvent::Thinking(_)));
    assert_eq!(thoughts.count(), 1, "a signature is no thought: {told:?}");
}

#[tokio::test]
async fn citations_of_documents_are_skipped() {
    let citation = json!({ "citation": { "title": "t", "source": "s" } });
    let events = [start(), words(0, "Yes."), delta(0, citation), end_block(0), stop("end_turn"), metadata()];
    let told = told_of(events).await;
    assert_eq!((told.text().as_str(), told.events.len()), ("Yes.", 3), "{told:?}");
}

#[tokio::test]
async fn events_and_deltas_that_nobody_knows_are_skipped() {
    let events = [
        ("somethingNew", json!({ "a": 1 })),
        start(),
        words(0, "Yes."),
        delta(0, json!({ "hologram": { "b": 2 } })),
        end_block(0),
        stop("end_turn"),
        ("somethingNew", json!({})),
        metadata(),
    ];
    let told = told_of(events).await;
    assert!(told.error.is_none(), "{told:?}");
    assert_eq!(told.text(), "Yes.");
}

#[tokio::test]
async fn a_block_may_be_empty() {
    let events = [start(), end_block(0), words(1, "Yes."), end_block(1), stop("end_turn"), metadata()];
    assert_eq!(told_of(events).await.text(), "Yes.");
}

#[tokio::test]
async fn every_stop_reason_is_known() {
    let reasons = [
        ("end_turn", StopReason::End),
        ("max_tokens", StopReason::Length),
        ("model_context_window_exceeded", StopReason::Length),
        ("stop_sequence", StopReason::StopText),
        ("guardrail_intervened", StopReason::Filtered),
        ("content_filtered", StopReason::Filtered),
        ("a_reason_added_since", StopReason::End),
    ];
    for (reason, expected) in reasons {
        let told = told_of([start(), words(0, "Yes."), end_block(0), stop(reason), metadata()]).await;
        assert_eq!(told.events.last(), Some(&ModelEvent::Stop(expected)), "{reason}: {told:?}");
    }
}

#[tokio::test]
async fn malformed_output_is_no_answer() {
    for reason in ["malformed_model_output", "malformed_tool_use"] {
        is_no_answer(&told_of([start(), words(0, "Yes."), end_block(0), stop(reason), metadata()]).await);
    }
}

#[tokio::test]
async fn a_call_that_the_limit_cut_short_is_not_made() {
    let events =
        [start(), tool(0), arguments(0, r#"{"series":"fri"#), end_block(0), stop("max_tokens"), metadata()];
    let told = told_of(events).await;
    assert!(!told.events.iter().any(|event| matches!(event, ModelEvent::ToolCall(_))), "{told:?}");
    assert_eq!(told.events.last(), Some(&ModelEvent::Stop(StopReason::Length)));
}

#[tokio::test]
async fn a_call_counts_where_the_model_says_it_ended() {
    let events = [start(), tool(0), arguments(0, "{}"), end_block(0), stop("end_turn"), metadata()];
    let told = told_of(events).await;
    assert_eq!(told.events.first(), Some(&ModelEvent::ToolCall(call("t1", "{}"))), "{told:?}");
    assert_eq!(told.events.last(), Some(&ModelEvent::Stop(StopReason::Tools)));
}

#[tokio::test]
async fn tools_of_the_provider_are_none_of_ours() {
    let start_tool = json!({ "toolUse": { "toolUseId": "s1", "name": "search", "type": "server_tool_use" } });
    let events = [
        start(),
        ("contentBlockStart", json!({ "contentBlockIndex": 0, "start": start_tool })),
        arguments(0, "{}"),
        end_block(0),
        words(1, "Yes."),
        end_block(1),
        stop("end_turn"),
        metadata(),
    ];
    let told = told_of(events).await;
    assert!(told.error.is_none(), "{told:?}");
    assert_eq!(told.text(), "Yes.");
}

#[tokio::test]
async fn usage_that_comes_early_is_told_before_the_stop() {
    let script = Script::of([
        Step::Text("Yes.".into()),
        Step::Swap,
        Step::Stop(Stop::End),
        Step::Usage { input: 30, output: 7 },
    ]);
    let told = told(script).await;
    let tokens = Tokens { input: 30, output: 7, ..Tokens::default() };
    let expected = [text("Yes."), ModelEvent::Usage(tokens), ModelEvent::Stop(StopReason::End)];
    assert_eq!(told.events, expected, "{told:?}");
}

#[tokio::test]
async fn an_answer_whose_usage_never_comes_still_ends() {
    let script = Script::of([Step::Text("Yes.".into()), Step::Stop(Stop::End), Step::Stall]);
    let told = told(script).await;
    assert_eq!(told.events, [text("Yes."), ModelEvent::Stop(StopReason::End)], "{told:?}");
}

#[tokio::test]
async fn a_whole_answer_is_not_spoilt_by_what_is_cut_behind_it() {
    let script = Script::of([Step::Text("Yes.".into()), Step::Stop(Stop::End), Step::Cut]);
    let told = told(script.then(Step::Usage { input: 30, output: 7 })).await;
    assert_eq!(told.events, [text("Yes."), ModelEvent::Stop(StopReason::End)], "{told:?}");
}

#[tokio::test]
async fn a_guardrail_that_steps_in_filters_the_answer() {
    let trace = json!({ "guardrail": {
        "inputAssessment": { "gr1": { "topicPolicy": { "topics": [
            { "name": "rivals", "type": "DENY", "action": "BLOCKED" }
        ] } } },
        "outputAssessments": { "gr1": [{ "wordPolicy": {
            "customWords": [{ "match": "a word", "action": "BLOCKED" }], "managedWordLists": []
        } }] },
        "actionReason": "Guardrail blocked."
    } });
    let (name, mut told) = metadata();
    told["trace"] = trace;
    let events =
        [start(), words(0, "I cannot say that."), end_block(0), stop("guardrail_intervened"), (name, told)];
    let told = told_of(events).await;
    assert!(told.error.is_none(), "{told:?}");
    assert_eq!(told.events.last(), Some(&ModelEvent::Stop(StopReason::Filtered)));
}

#[tokio::test]
async fn a_delta_of_a_call_that_was_never_begun_is_no_answer() {
    is_no_answer(&told_of([start(), arguments(0, "{}"), end_block(0), stop("tool_use"), metadata()]).await);
}

#[tokio::test]
async fn a_delta_of_another_block_than_the_open_call_is_no_answer() {
    is_no_answer(&told_of([start(), tool(0), arguments(1, "{}"), end_block(0), stop("tool_use")]).await);
}

#[tokio::test]
async fn text_within_a_call_is_no_answer() {
    is_no_answer(&told_of([start(), tool(0), words(0, "Yes."), end_block(0), stop("tool_use")]).await);
}

#[tokio::test]
async fn a_call_that_never_ends_is_no_answer() {
    is_no_answer(&told_of([start(), tool(0), arguments(0, "{"), stop("tool_use"), metadata()]).await);
}

#[tokio::test]
async fn an_end_within_a_call_is_no_answer() {
    is_no_answer(&told_of([start(), tool(0), arguments(0, "{"), stop("end_turn"), metadata()]).await);
}

#[tokio::test]
async fn a_block_out_of_order_is_no_answer() {
    let events =
        [start(), words(1, "Yes, "), end_block(1), words(0, "it is."), end_block(0), stop("end_turn")];
    is_no_answer(&told_of(events).await);
}

#[tokio::test]
async fn an_answer_that_does_not_begin_is_none() {
    is_no_answer(&told_of([words(0, "Yes."), end_block(0), stop("end_turn"), metadata()]).await);
}

#[tokio::test]
async fn a_second_beginning_is_no_answer() {
    is_no_answer(&told_of([start(), words(0, "Yes."), start(), stop("end_turn"), metadata()]).await);
}

#[tokio::test]
async fn the_shoppers_words_are_no_answer() {
    is_no_answer(&told_of([("messageStart", json!({ "role": "user" })), words(0, "Yes.")]).await);
}

#[tokio::test]
async fn a_call_that_comes_twice_is_no_answer() {
    let repeated = Step::ToolCall { id: "t1".into(), name: "stock".into(), arguments: "{}".into() };
    let script = Script::of([Step::Text("I look.".into()), Step::Repeat, repeated, Step::Stop(Stop::Tools)]);
    is_no_answer(&told(script).await);
}

#[tokio::test]
async fn an_end_that_comes_twice_is_no_answer() {
    is_no_answer(&told(Script::of([Step::Text("Yes.".into()), Step::Repeat, Step::Stop(Stop::End)])).await);
}

#[tokio::test]
async fn an_end_before_its_calls_is_no_answer() {
    let called = Step::ToolCall { id: "t1".into(), name: "stock".into(), arguments: "{}".into() };
    is_no_answer(&told(Script::of([Step::Swap, called, Step::Stop(Stop::Tools)])).await);
}

#[tokio::test]
async fn a_payload_that_is_no_json_is_no_answer() {
    let mut events = vec![Step::Raw(event("messageStart", &json!({ "role": "assistant" })))];
    events.push(Step::Raw(event("contentBlockDelta", &json!("no object"))));
    is_no_answer(&told(Script::of(events)).await);
}
