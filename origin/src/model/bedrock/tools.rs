//! Tools in a request: what may be called, what was called, and what came back.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_bedrockruntime::error::BuildError;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, Tool, ToolConfiguration, ToolInputSchema, ToolResultBlock, ToolResultContentBlock,
    ToolResultStatus, ToolSpecification, ToolUseBlock,
};
use aws_smithy_types::Document;
use serde_json::{Value, json};

use super::document;
use super::request::cache_point;
use super::settings::Settings;
use crate::model::{ModelRequest, ToolCall, ToolResult, ToolRound};

/// Longest name of a tool and longest id of a call, in characters.
const NAME_CHARS_MAX: usize = 64;
/// What stands for an empty result: the service refuses a blank text.
const NOTHING: &str = "(nothing)";

/// The tools that may be called. None where there are none and none were called.
pub(super) fn configuration(
    request: &ModelRequest,
    settings: &Settings,
) -> Result<Option<ToolConfiguration>, BuildError> {
    let mut tools = if request.tools.is_empty() { called(request)? } else { offered(request)? };
    if tools.is_empty() {
        return Ok(None);
    }
    if settings.cache.tools {
        tools.push(Tool::CachePoint(cache_point(settings.cache.ttl)?));
    }
    ToolConfiguration::builder().set_tools(Some(tools)).build().map(Some)
}

fn offered(request: &ModelRequest) -> Result<Vec<Tool>, BuildError> {
    request
        .tools
        .iter()
        .map(|tool| specification(tool.name, Some(tool.description), &tool.parameters))
        .collect()
}

/// A request that tells of calls has to name their tools, even when nothing more may be called.
fn called(request: &ModelRequest) -> Result<Vec<Tool>, BuildError> {
    let calls = request.rounds.iter().flat_map(|round| &round.calls);
    let names: BTreeSet<_> = calls.map(|call| name(&call.name)).collect();
    names.iter().map(|name| specification(name, None, &json!({ "type": "object" }))).collect()
}

fn specification(name: &str, description: Option<&str>, parameters: &Value) -> Result<Tool, BuildError> {
    ToolSpecification::builder()
        .name(name)
        .set_description(description.map(str::to_owned))
        .input_schema(ToolInputSchema::Json(document::of_json(parameters)))
        .build()
        .map(Tool::ToolSpec)
}

/// What the assistant wrote in a round: its text, then the calls.
pub(super) fn calls(number: usize, round: &ToolRound) -> Result<Vec<ContentBlock>, BuildError> {
    let mut blocks = Vec::new();
    if !round.text.trim().is_empty() {
        blocks.push(ContentBlock::Text(round.text.clone()));
    }
    for (place, call) in round.calls.iter().enumerate() {
        let block = ToolUseBlock::builder()
            .tool_use_id(id(number, place, &call.id))
            .name(name(&call.name))
            .input(arguments(call))
            .build()?;
        blocks.push(ContentBlock::ToolUse(block));
    }
    Ok(blocks)
}

/// What the calls of a round gave back.
pub(super) fn results(number: usize, round: &ToolRound) -> Result<Vec<ContentBlock>, BuildError> {
    round.results.iter().enumerate().map(|(place, result)| result_block(number, place, result)).collect()
}

fn result_block(number: usize, place: usize, result: &ToolResult) -> Result<ContentBlock, BuildError> {
    ToolResultBlock::builder()
        .tool_use_id(id(number, place, &result.call_id))
        .content(content(result))
        .status(if result.is_error { ToolResultStatus::Error } else { ToolResultStatus::Success })
        .build()
        .map(ContentBlock::ToolResult)
}

/// An object is given as JSON, which is the only kind that every model takes; everything else as text.
fn content(result: &ToolResult) -> ToolResultContentBlock {
    match serde_json::from_str(&result.content) {
        Ok(object @ Value::Object(_)) => ToolResultContentBlock::Json(document::of_json(&object)),
        _ if result.content.trim().is_empty() => ToolResultContentBlock::Text(NOTHING.to_owned()),
        _ => ToolResultContentBlock::Text(result.content.clone()),
    }
}

/// The service takes nothing but an object. What else the model wrote is told by the call's result.
fn arguments(call: &ToolCall) -> Document {
    match serde_json::from_str(&call.arguments) {
        Ok(object @ Value::Object(_)) => document::of_json(&object),
        _ => Document::Object(HashMap::new()),
    }
}

/// The provider's id, or one by place where the id is of another provider and would be refused.
fn id(number: usize, place: usize, id: &str) -> String {
    if is_name(id) { id.to_owned() } else { format!("round{number}_call{place}") }
}

/// A tool's name as the model wrote it, without what the service would refuse.
fn name(written: &str) -> String {
    if is_name(written) {
        return written.to_owned();
    }
    let name: String =
        written.chars().filter(|character| is_name_character(*character)).take(NAME_CHARS_MAX).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

fn is_name(text: &str) -> bool {
    (1..=NAME_CHARS_MAX).contains(&text.len()) && text.chars().all(is_name_character)
}

const fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}
