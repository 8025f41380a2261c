//! What is sent to Bedrock.

use model_server::{Received, Script, Step, Stop};
use origin::model::bedrock::{Cache, CacheTtl, Guardrail, GuardrailStream, Latency, ServiceTier, Settings};
use origin::model::{Bedrock, Labels, ModelRequest, OutputLimits, ToolResult, ToolRound};
use serde_json::{Value, json};

use super::super::{ask, call, in_time, past, question, stock_tool};
use super::Bed;

/// What the server gets of this request with these settings.
async fn sent(request: ModelRequest, change: impl FnOnce(Settings) -> Settings) -> Received {
    let bed = Bed::with([Script::saying(["Yes."])], change).await;
    let told = ask(&bed.model, &request).await;
    assert!(told.error.is_none(), "{told:?}");
    bed.server.received().remove(0)
}

fn with_cache(cache: Cache) -> impl FnOnce(Settings) -> Settings {
    move |settings| Settings { cache, ..settings }
}

fn said(role: &str, text: &str) -> Value {
    json!({ "role": role, "content": [{ "text": text }] })
}

fn result(id: &str, content: &str, is_error: bool) -> ToolResult {
    ToolResult { call_id: id.into(), content: content.into(), is_error }
}

#[tokio::test]
async fn a_question_is_asked_in_the_words_of_converse() {
    let received = sent(question(), |settings| settings).await;
    assert_eq!(received.method, "POST");
    assert_eq!(
        received.body,
        json!({
            "system": [{ "text": "You help shoppers of a manga shop." }],
            "messages": [said("user", "Is volume 3 in stock?")],
            "inferenceConfig": { "maxTokens": 600 },
        })
    );
}

#[tokio::test]
async fn an_inference_profile_of_several_regions_is_named_in_the_path() {
    let received = sent(question(), |settings| settings).await;
    assert_eq!(received.path, "/model/eu.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream");
}

#[tokio::test]
async fn a_model_may_be_named_by_its_arn() {
    let arn = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3";
    let received = sent(question(), |settings| Settings { model: arn.into(), ..settings }).await;
    let path =
        "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3";
    assert_eq!(received.path, format!("{path}/converse-stream"));
}

#[tokio::test]
async fn a_request_is_signed_for_the_region() {
    let received = sent(question(), |settings| settings).await;
    let authorization = received.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/eu-central-1/bedrock/aws4_request"), "{authorization}");
}

#[tokio::test]
async fn earlier_turns_go_before_the_message() {
    let turns = vec![past("Hello", "Hello! What do you read?"), past("Fantasy", "Then try Frieren.")];
    let received = sent(ModelRequest { turns, ..question() }, |settings| settings).await;
    let expected = json!([
        said("user", "Hello"),
        said("assistant", "Hello! What do you read?"),
        said("user", "Fantasy"),
        said("assistant", "Then try Frieren."),
        said("user", "Is volume 3 in stock?"),
    ]);
    assert_eq!(received.body["messages"], expected);
}

#[tokio::test]
async fn a_turn_without_an_answer_is_left_out() {
    let turns = vec![past("Hello", "  "), past("Fantasy", "Then try Frieren.")];
    let received = sent(ModelRequest { turns, ..question() }, |settings| settings).await;
    let expected = json!([
        said("user", "Fantasy"),
        said("assistant", "Then try Frieren."),
        said("user", "Is volume 3 in stock?"),
    ]);
    assert_eq!(received.body["messages"], expected);
}

#[tokio::test]
async fn how_the_model_writes_is_configured() {
    let request = ModelRequest { stop: vec!["</answer>".into(), " ".into()], ..question() };
    let change = |settings| Settings { temperature: Some(0.5), top_p: Some(0.25), ..settings };
    let received = sent(request, change).await;
    let expected =
        json!({ "maxTokens": 600, "temperature": 0.5, "topP": 0.25, "stopSequences": ["</answer>"] });
    assert_eq!(received.body["inferenceConfig"], expected);
}

#[tokio::test]
async fn a_guardrail_reads_along() {
    let guardrail =
        Guardrail { id: "gr1".into(), version: "3".into(), trace: true, stream: GuardrailStream::Async };
    let received = sent(question(), |settings| Settings { guardrail: Some(guardrail), ..settings }).await;
    let expected = json!({
        "guardrailIdentifier": "gr1", "guardrailVersion": "3", "trace": "enabled", "streamProcessingMode": "async",
    });
    assert_eq!(received.body["guardrailConfig"], expected);
}

#[tokio::test]
async fn fields_of_the_model_alone_are_passed_on() {
    let fields = "top_k = 40\nratio = 0.5\ndeep = { on = false, list = [-1, \"a\"] }\nday = 2026-11-21";
    let additional_fields = fields.parse().unwrap();
    let received = sent(question(), |settings| Settings { additional_fields, ..settings }).await;
    let expected =
        json!({ "top_k": 40, "ratio": 0.5, "deep": { "on": false, "list": [-1, "a"] }, "day": "2026-11-21" });
    assert_eq!(received.body["additionalModelRequestFields"], expected);
}

/// Settings of a model that thinks, beside fields of its own.
fn thinking(fields: &str) -> impl Fn(Settings) -> Settings {
    let additional_fields: toml::Table =
        format!("{fields}\nthinking = {{ type = \"enabled\", budget_tokens = 1024 }}").parse().unwrap();
    move |settings| Settings { additional_fields: additional_fields.clone(), ..settings }
}

#[tokio::test]
async fn a_model_that_is_offered_tools_does_not_think() {
    let change = thinking("anthropic_beta = [\"a\"]");
    let alone = sent(question(), &change).await;
    assert_eq!(alone.body["additionalModelRequestFields"]["thinking"]["type"], "enabled");
    let offered = sent(ModelRequest { tools: vec![stock_tool()], ..question() }, &change).await;
    assert_eq!(offered.body["additionalModelRequestFields"], json!({ "anthropic_beta": ["a"] }));
}

#[tokio::test]
async fn thoughts_have_room_beside_the_answer() {
    let max = |received: Received| received.body["inferenceConfig"]["maxTokens"].clone();
    assert_eq!(max(sent(question(), thinking("")).await), 600 + 1_024);
    let offered = ModelRequest { tools: vec![stock_tool()], ..question() };
    assert_eq!(max(sent(offered, thinking("")).await), 600, "without thoughts there is no room for any");
    let effort = |settings| Settings { reasoning_tokens: 2_000, ..settings };
    assert_eq!(max(sent(question(), effort).await), 2_600);
    let one = OutputLimits { chars_max: 100, tokens_max: 1 };
    let received = sent(ModelRequest { limits: one, ..question() }, thinking("")).await;
    assert_eq!(max(received), 1_025, "the budget has to be less than the bound");
}

#[tokio::test]
async fn what_the_service_would_refuse_beside_thoughts_is_refused_at_the_start() {
    let refused = async |more: &str| {
        let settings: Settings =
            toml::from_str(&format!("model = \"m\"\nregion = \"eu-west-1\"\n{more}")).unwrap();
        Bedrock::connect("claude".into(), settings).await.err().map(|error| error.reason)
    };
    let enabled = "additional_fields.thinking = { type = \"enabled\", budget_tokens = 2048 }";
    for (more, named) in [
        ("temperature = 0.3", "temperature"),
        ("top_p = 0.9", "top_p"),
        ("additional_fields.top_k = 5", "top_k"),
    ] {
        let reason = refused(&format!("{more}\n{enabled}")).await.unwrap();
        assert!(
            reason.starts_with(&format!("`{named}")) || reason.contains(&format!(".{named}`")),
            "{reason}"
        );
    }
    let reason = refused(&enabled.replace("2048", "1000")).await.unwrap();
    assert!(reason.contains("budget_tokens"), "{reason}");
    for taken in [
        format!("temperature = 1.0\ntop_p = 0.95\n{enabled}"),
        "additional_fields.thinking.type = \"adaptive\"".to_owned(),
        "temperature = 0.3\nadditional_fields.thinking.type = \"disabled\"".to_owned(),
    ] {
        assert_eq!(refused(&taken).await, None, "{taken}");
    }
}

#[tokio::test]
async fn latency_and_tier_are_configured() {
    let change = |settings| Settings {
        latency: Some(Latency::Optimized),
        service_tier: Some(ServiceTier::Priority),
        ..settings
    };
    let received = sent(question(), change).await;
    assert_eq!(received.body["performanceConfig"], json!({ "latency": "optimized" }));
    assert_eq!(received.body["serviceTier"], json!({ "type": "priority" }));
}

#[tokio::test]
async fn labels_are_metadata_without_what_the_service_refuses() {
    let labels =
        Labels { request_id: "req-1".into(), intent: "発送 {status}".into(), prompt: String::new() };
    let received = sent(ModelRequest { labels, ..question() }, |settings| settings).await;
    assert_eq!(received.body["requestMetadata"], json!({ "request_id": "req-1", "intent": " status" }));
}

#[tokio::test]
async fn caching_points_go_where_they_are_configured() {
    let point = json!({ "cachePoint": { "type": "default" } });
    let cache = Cache { tools: true, system: true, history: true, message: true, ttl: None };
    let turns = vec![past("Hello", "Hello!"), past("Fantasy", "Frieren.")];
    let request = ModelRequest { turns, tools: vec![stock_tool()], ..question() };
    let body = sent(request, with_cache(cache)).await.body;
    assert_eq!(body["toolConfig"]["tools"][1], point);
    assert_eq!(body["system"][1], point);
    assert_eq!(body["messages"][1]["content"].as_array().unwrap().len(), 1, "not after every turn");
    assert_eq!(body["messages"][3]["content"][1], point);
    assert_eq!(body["messages"][4]["content"][1], point);
}

#[tokio::test]
async fn a_caching_point_may_last_an_hour() {
    let cache = Cache { system: true, ttl: Some(CacheTtl::OneHour), ..Cache::default() };
    let body = sent(question(), with_cache(cache)).await.body;
    assert_eq!(body["system"][1], json!({ "cachePoint": { "type": "default", "ttl": "1h" } }));
}

#[tokio::test]
async fn a_round_of_tools_is_told_with_its_results() {
    let round = ToolRound {
        text: "I look.".into(),
        calls: vec![call("tooluse_1", r#"{"series":"frieren"}"#), call("tooluse_2", "{\"series\":")],
        results: vec![result("tooluse_1", r#"{"copies":4}"#, false), result("tooluse_2", "no JSON", true)],
    };
    let request = ModelRequest { tools: vec![stock_tool()], rounds: vec![round], ..question() };
    let body = sent(request, |settings| settings).await.body;
    let expected = json!({
        "system": [{ "text": "You help shoppers of a manga shop." }],
        "messages": [
            said("user", "Is volume 3 in stock?"),
            { "role": "assistant", "content": [
                { "text": "I look." },
                { "toolUse": { "toolUseId": "tooluse_1", "name": "stock", "input": { "series": "frieren" } } },
                { "toolUse": { "toolUseId": "tooluse_2", "name": "stock", "input": {} } },
            ] },
            { "role": "user", "content": [
                { "toolResult": { "toolUseId": "tooluse_1", "content": [{ "json": { "copies": 4 } }],
                    "status": "success" } },
                { "toolResult": { "toolUseId": "tooluse_2", "content": [{ "text": "no JSON" }],
                    "status": "error" } },
            ] },
        ],
        "toolConfig": { "tools": [{ "toolSpec": {
            "name": "stock",
            "description": "Says how many copies of a volume there are.",
            "inputSchema": { "json": stock_tool().parameters },
        } }] },
        "inferenceConfig": { "maxTokens": 600 },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn calls_that_another_provider_named_are_named_anew() {
    let mut foreign = call("call|x/1", "{}");
    foreign.name = "stock levels!".into();
    let round =
        ToolRound { text: String::new(), calls: vec![foreign], results: vec![result("call|x/1", "", false)] };
    let body = sent(ModelRequest { rounds: vec![round], ..question() }, |settings| settings).await.body;
    let called = &body["messages"][1]["content"][0]["toolUse"];
    assert_eq!((&called["toolUseId"], &called["name"]), (&json!("round0_call0"), &json!("stocklevels")));
    let result = &body["messages"][2]["content"][0]["toolResult"];
    assert_eq!(result["toolUseId"], "round0_call0");
    assert_eq!(result["content"], json!([{ "text": "(nothing)" }]));
}

#[tokio::test]
async fn tools_that_were_called_stay_named_when_none_is_offered() {
    let round = ToolRound {
        text: String::new(),
        calls: vec![call("c1", "{}")],
        results: vec![result("c1", "4", false)],
    };
    let body = sent(ModelRequest { rounds: vec![round], ..question() }, |settings| settings).await.body;
    let expected =
        json!([{ "toolSpec": { "name": "stock", "inputSchema": { "json": { "type": "object" } } } }]);
    assert_eq!(body["toolConfig"]["tools"], expected);
}

#[tokio::test]
async fn a_request_can_be_counted_without_an_answer() {
    let script = Script::of([Step::Stop(Stop::End), Step::Usage { input: 321, output: 0 }]);
    let bed = Bed::playing([script]).await;
    assert_eq!(in_time(bed.model.count_tokens(&question())).await.unwrap(), 321);
    let received = bed.server.received().remove(0);
    assert!(received.path.ends_with("/count-tokens"), "{}", received.path);
    assert_eq!(
        received.body["input"]["converse"]["messages"],
        json!([said("user", "Is volume 3 in stock?")])
    );
}

#[test]
fn settings_are_read_from_a_table() {
    let settings: Settings = toml::from_str(
        "model = \"global.amazon.nova-2-lite-v1:0\"\nregion = \"eu-west-1\"\nlatency = \"optimized\"\n\
         service_tier = \"flex\"\nguardrail = { id = \"gr1\", version = \"DRAFT\" }\n\
         cache = { system = true, ttl = \"5m\" }\nadditional_fields = { top_k = 5 }",
    )
    .unwrap();
    assert_eq!(settings.guardrail.unwrap().stream, GuardrailStream::Sync);
    assert_eq!(settings.cache.ttl, Some(CacheTtl::FiveMinutes));
    assert!(!settings.cache.history);
}

#[test]
fn a_setting_that_nobody_knows_is_refused() {
    let error = toml::from_str::<Settings>("model = \"m\"\ntemprature = 0.1").unwrap_err();
    assert!(error.message().contains("temprature"), "{error}");
}
