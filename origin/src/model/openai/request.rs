//! A request in the words of chat completions.

use serde_json::{Map, Value, json};

use super::settings::Settings;
use crate::model::{ModelError, ModelErrorKind, ModelRequest, PastTurn, ToolCall, ToolRound, ToolSpec};

/// Most stop texts that OpenAI takes.
const STOPS_MAX: usize = 4;
/// Longest name of a tool that OpenAI takes, in characters.
const TOOL_NAME_CHARS_MAX: usize = 64;
/// The fields of a body that come from a request or from a setting of their own.
const OURS: [&str; 14] = [
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "model",
    "n",
    "reasoning_effort",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "tools",
    "top_p",
    "functions",
    "function_call",
];

/// Checks the settings that end up in every body.
///
/// # Errors
/// [`ModelErrorKind::Invalid`], naming the setting.
pub(super) fn check(settings: &Settings) -> Result<(), ModelError> {
    let invalid = |what: String| Err(ModelError::new(ModelErrorKind::Invalid, what));
    if settings.model.trim().is_empty() {
        return invalid("model: say which model the server shall use".into());
    }
    if settings.temperature.is_some_and(|value| !(0.0..=2.0).contains(&value)) {
        return invalid("temperature: it has to be 0 to 2".into());
    }
    if settings.top_p.is_some_and(|value| !(value > 0.0 && value <= 1.0)) {
        return invalid("top_p: it has to be above 0 and at most 1".into());
    }
    match settings.extra.keys().find(|key| OURS.contains(&key.as_str())) {
        Some(key) => invalid(format!("extra.{key}: this field is not set there")),
        None => Ok(()),
    }
}

/// The body of a request.
pub(super) fn body(request: &ModelRequest, settings: &Settings) -> Value {
    let mut body = settings.extra.clone();
    let mut set = |key: &str, value: Value| body.insert(key.to_owned(), value);
    set("model", json!(settings.model));
    set("messages", Value::Array(messages(request)));
    set("stream", json!(true));
    if settings.include_usage {
        set("stream_options", json!({ "include_usage": true }));
    }
    let tokens = request.limits.tokens_max.saturating_add(settings.reasoning_tokens);
    set(settings.max_tokens_field.as_str(), json!(tokens));
    let stop: Vec<_> = request.stop.iter().filter(|text| !text.is_empty()).take(STOPS_MAX).collect();
    if !stop.is_empty() {
        set("stop", json!(stop));
    }
    if !request.tools.is_empty() {
        set("tools", request.tools.iter().map(tool).collect());
    }
    if let Some(temperature) = settings.temperature {
        set("temperature", json!(temperature));
    }
    if let Some(top_p) = settings.top_p {
        set("top_p", json!(top_p));
    }
    if let Some(effort) = &settings.reasoning_effort {
        set("reasoning_effort", json!(effort));
    }
    Value::Object(body)
}

fn messages(request: &ModelRequest) -> Vec<Value> {
    let system = Some(&request.system).filter(|text| !text.is_empty()).map(|text| message("system", text));
    let turns = request.turns.iter().flat_map(turn);
    let rounds = request.rounds.iter().flat_map(round);
    system.into_iter().chain(turns).chain([message("user", &request.message)]).chain(rounds).collect()
}

/// An earlier turn. One without an answer is left out: many templates insist that user and assistant alternate.
fn turn(turn: &PastTurn) -> Vec<Value> {
    if turn.asked.trim().is_empty() || turn.answered.trim().is_empty() {
        return Vec::new();
    }
    vec![message("user", &turn.asked), message("assistant", &turn.answered)]
}

fn message(role: &str, content: &str) -> Value {
    json!({ "role": role, "content": content })
}

/// What the model called, and a message a result.
fn round(round: &ToolRound) -> Vec<Value> {
    let content = if round.text.is_empty() { Value::Null } else { json!(round.text) };
    let calls: Vec<_> = round.calls.iter().map(call).collect();
    let mut messages = vec![json!({ "role": "assistant", "content": content, "tool_calls": calls })];
    messages.extend(
        round.results.iter().map(
            |result| json!({ "role": "tool", "tool_call_id": result.call_id, "content": result.content }),
        ),
    );
    messages
}

/// A call as the model made it, as far as a server takes it back: some read the arguments, and fail if they are no object. Its
/// result says what was wrong with it.
fn call(call: &ToolCall) -> Value {
    let is_object = serde_json::from_str::<Map<String, Value>>(&call.arguments).is_ok();
    let arguments = if is_object { call.arguments.as_str() } else { "{}" };
    json!({
        "id": call.id,
        "type": "function",
        "function": { "name": tool_name(&call.name), "arguments": arguments },
    })
}

fn tool_name(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    name.chars().take(TOOL_NAME_CHARS_MAX).map(fits).collect()
}

fn tool(tool: &ToolSpec) -> Value {
    json!({
        "type": "function",
        "function": { "name": tool.name, "description": tool.description, "parameters": tool.parameters },
    })
}
