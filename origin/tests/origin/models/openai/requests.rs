//! What is sent. The bodies are goldens, `tests/fixtures/openai/requests/*.json`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use model_server::{Received, Script};
use origin::model::{Labels, ModelErrorKind, ModelRequest, OutputLimits, ToolCall, ToolResult, ToolRound};
use serde_json::Value;

use super::super::{ask, call, past, question, stock_tool};
use super::Completions;

fn golden(name: &str) -> Value {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/openai/requests/{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What arrives at the server.
async fn sent(request: &ModelRequest, settings: &str) -> Received {
    let completions = Completions::set(vec![Script::saying(["Yes."])], settings).await;
    let told = ask(&completions.model, request).await;
    assert!(told.error.is_none(), "{told:?}");
    completions.server.received().remove(0)
}

fn round() -> ToolRound {
    ToolRound {
        text: "Let me look.".into(),
        calls: vec![call("c1", r#"{"series":"星の図書館","volume":3}"#), call("c2", "{volume")],
        results: vec![
            ToolResult { call_id: "c1".into(), content: r#"{"copies":4}"#.into(), is_error: false },
            ToolResult {
                call_id: "c2".into(),
                content: "The arguments are not JSON.".into(),
                is_error: true,
            },
        ],
    }
}

#[tokio::test]
async fn a_question_is_asked_in_the_words_of_chat_completions() {
    let received = sent(&question(), "").await;
    assert_eq!((received.method.as_str(), received.path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(received.body, golden("question"));
}

#[tokio::test]
async fn everything_that_a_request_can_say_is_said() {
    let request = ModelRequest {
        turns: vec![past("Hello", "Welcome!"), past("星の図書館は？", "全5巻です。")],
        tools: vec![stock_tool()],
        rounds: vec![round()],
        stop: vec!["\n\nShopper:".into()],
        ..question()
    };
    let settings = r#"
        max_tokens_field = "max_completion_tokens"
        temperature = 0.2
        top_p = 0.9
        reasoning_effort = "low"
        reasoning_tokens = 1000
        extra = { keep_alive = "10m", chat_template_kwargs = { enable_thinking = false } }
    "#;
    assert_eq!(sent(&request, settings).await.body, golden("everything"));
}

#[tokio::test]
async fn usage_is_not_asked_for_where_a_server_does_not_know_it() {
    let body = sent(&question(), "include_usage = false").await.body;
    assert_eq!(body.get("stream_options"), None);
    assert_eq!(body["stream"], true);
}

#[tokio::test]
async fn a_turn_without_an_answer_is_left_out() {
    let request = ModelRequest { turns: vec![past("Hello", " "), past("Hi", "Welcome!")], ..question() };
    let body = sent(&request, "").await.body;
    let roles: Vec<_> = body["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
}

#[tokio::test]
async fn a_request_without_rules_has_no_message_for_them() {
    let body = sent(&ModelRequest { system: String::new(), ..question() }, "").await.body;
    assert_eq!(body["messages"][0]["role"], "user");
}

#[tokio::test]
async fn no_more_stop_texts_are_sent_than_are_taken() {
    let stop = ["a", "", "b", "c", "d", "e"].map(str::to_owned).to_vec();
    let body = sent(&ModelRequest { stop, ..question() }, "").await.body;
    assert_eq!(body["stop"], serde_json::json!(["a", "b", "c", "d"]));
}

#[tokio::test]
async fn a_tool_that_the_model_made_up_is_sent_back_under_a_name_that_is_taken() {
    let made_up = ToolCall { id: "c1".into(), name: "在庫 check!".into(), arguments: "{}".into() };
    let round = ToolRound { calls: vec![made_up], ..ToolRound::default() };
    let body = sent(&ModelRequest { rounds: vec![round], ..question() }, "").await.body;
    assert_eq!(body["messages"][2]["tool_calls"][0]["function"]["name"], "___check_");
    assert_eq!(body["messages"][2]["content"], Value::Null);
}

#[tokio::test]
async fn the_bound_on_what_is_written_does_not_overflow() {
    let limits = OutputLimits { chars_max: 100, tokens_max: u32::MAX };
    let body = sent(&ModelRequest { limits, ..question() }, "reasoning_tokens = 5").await.body;
    assert_eq!(body["max_tokens"], u32::MAX);
}

#[tokio::test]
async fn the_id_of_the_request_is_sent_for_the_provider_to_log() {
    let labels = Labels { request_id: "req-7".into(), ..Labels::default() };
    let received = sent(&ModelRequest { labels, ..question() }, "").await;
    assert_eq!(received.header("x-client-request-id"), Some("req-7"));
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    assert_eq!(sent(&question(), "").await.header("authorization"), None);
}

#[tokio::test]
async fn the_key_of_a_file_is_sent_without_the_white_space_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, "sk-secret\n").unwrap();
    let settings = format!("key_file = {file:?}\nheaders = {{ OpenAI-Organization = \"org-1\" }}");
    let received = sent(&question(), &settings).await;
    assert_eq!(received.header("authorization"), Some("Bearer sk-secret"));
    assert_eq!(received.header("openai-organization"), Some("org-1"));
    let received = sent(&question(), &format!("key_file = {file:?}\nkey_header = \"api-key\"")).await;
    assert_eq!((received.header("authorization"), received.header("api-key")), (None, Some("sk-secret")));
}

/// A server that refuses the first requests, and a model with its key in this file.
async fn refusing(first: usize, key_file: &Path, more: &str) -> Completions {
    fs::write(key_file, "sk-old").unwrap();
    let refusals = (0..first).map(|_| Script::refusing(401, "invalid_api_key"));
    let scripts = refusals.chain([Script::saying(["Yes."])]).collect();
    Completions::set(scripts, &format!("key_file = {key_file:?}\n{more}")).await
}

fn keys(completions: &Completions, header: &str) -> Vec<String> {
    let received = completions.server.received();
    received.iter().map(|request| request.header(header).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_key_that_was_replaced_is_read_again_when_the_old_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    for (more, header, sent) in [
        ("", "authorization", ["Bearer sk-old", "Bearer sk-new"]),
        ("key_header = \"api-key\"", "api-key", ["sk-old", "sk-new"]),
    ] {
        let completions = refusing(1, &file, more).await;
        fs::write(&file, "sk-new\n").unwrap();
        let told = ask(&completions.model, &question()).await;
        assert_eq!((told.text().as_str(), told.error.is_none()), ("Yes.", true), "{told:?}");
        assert_eq!(keys(&completions, header), sent);
        ask(&completions.model, &question()).await;
        assert_eq!(keys(&completions, header)[2], sent[1]);
    }
}

#[tokio::test]
async fn a_key_that_is_the_same_still_is_not_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let completions = refusing(2, &file, "").await;
    let told = ask(&completions.model, &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Denied);
    assert_eq!(keys(&completions, "authorization"), ["Bearer sk-old"]);
    fs::remove_file(&file).unwrap();
    pass(Duration::from_secs(10)).await;
    let told = ask(&completions.model, &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Denied, "a file that is gone leaves the key as it was");
    assert_eq!(ask(&completions.model, &question()).await.text(), "Yes.");
}

#[tokio::test]
async fn the_file_of_a_refused_key_is_read_again_after_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let completions = refusing(3, &file, "").await;
    ask(&completions.model, &question()).await;
    fs::write(&file, "sk-new").unwrap();
    ask(&completions.model, &question()).await;
    assert_eq!(keys(&completions, "authorization"), ["Bearer sk-old"; 2], "it was read just now");
    pass(Duration::from_secs(10)).await;
    assert_eq!(ask(&completions.model, &question()).await.text(), "Yes.");
    let expected = ["Bearer sk-old", "Bearer sk-old", "Bearer sk-old", "Bearer sk-new"];
    assert_eq!(keys(&completions, "authorization"), expected);
}

#[tokio::test]
async fn a_connection_is_kept_for_as_long_as_it_is_configured() {
    const REQUESTS: usize = 6;
    let connections = async |settings| {
        let completions = Completions::set(vec![Script::saying(["Yes."])], settings).await;
        for _ in 0..REQUESTS {
            ask(&completions.model, &question()).await;
            // The connection's task puts it back.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            pass(Duration::from_secs(5)).await;
        }
        completions.server.connections()
    };
    assert_eq!(connections("").await, REQUESTS);
    assert!(connections("idle_ms = 60_000").await < REQUESTS);
}

/// Lets time pass without waiting for it.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
