//! A request of ours as one of `ConverseStream` (Amazon Bedrock API reference, 2023-09-30).

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::error::BuildError;
use aws_sdk_bedrockruntime::operation::converse_stream::builders::ConverseStreamFluentBuilder;
use aws_sdk_bedrockruntime::types::{
    CachePointBlock, CachePointType, CacheTtl as WireTtl, ContentBlock, ConversationRole,
    GuardrailStreamConfiguration, GuardrailStreamProcessingMode, GuardrailTrace, InferenceConfiguration,
    Message, PerformanceConfigLatency, PerformanceConfiguration, ServiceTier as WireTier, ServiceTierType,
    SystemContentBlock,
};
use aws_smithy_types::Document;

use super::settings::{CacheTtl, Guardrail, GuardrailStream, Latency, ServiceTier, Settings};
use super::thinking::{self, Thinking};
use super::{document, tools};
use crate::model::{Labels, ModelError, ModelErrorKind, ModelRequest};

/// Longest value of the request's metadata, in characters.
const LABEL_CHARS_MAX: usize = 256;

/// What is asked, without how: the same for an answer and for a count of tokens.
pub(super) struct Asked {
    pub(super) system: Option<Vec<SystemContentBlock>>,
    pub(super) messages: Vec<Message>,
    pub(super) tools: Option<aws_sdk_bedrockruntime::types::ToolConfiguration>,
    pub(super) additional: Option<Document>,
}

impl Asked {
    pub(super) fn of(request: &ModelRequest, settings: &Settings) -> Result<Self, ModelError> {
        Ok(Self {
            system: system(request, settings).map_err(|error| unbuilt(&error))?,
            messages: messages(request, settings).map_err(|error| unbuilt(&error))?,
            tools: tools::configuration(request, settings).map_err(|error| unbuilt(&error))?,
            additional: additional(request, settings),
        })
    }
}

fn additional(request: &ModelRequest, settings: &Settings) -> Option<Document> {
    let mut fields = settings.additional_fields.clone();
    if !may_think(request) {
        fields.remove(thinking::FIELD);
    }
    (!fields.is_empty()).then(|| document::of_table(&fields))
}

/// With tools a model would have to get its signed thoughts back in the next round, and thoughts are kept by nobody here.
fn may_think(request: &ModelRequest) -> bool {
    request.tools.is_empty() && request.rounds.is_empty()
}

/// The bound on what is written. Thoughts count against it, and have their own room beside the answer's: a budget for them that
/// is no less than the bound is refused.
fn tokens_max(request: &ModelRequest, settings: &Settings) -> i32 {
    let budget = Thinking::of(&settings.additional_fields)
        .filter(|_| may_think(request))
        .map_or(0, Thinking::budget_tokens);
    let thoughts = budget.max(settings.reasoning_tokens);
    i32::try_from(request.limits.tokens_max.saturating_add(thoughts)).unwrap_or(i32::MAX)
}

/// The whole call, ready to be sent.
pub(super) fn converse(
    client: &Client,
    settings: &Settings,
    request: &ModelRequest,
) -> Result<ConverseStreamFluentBuilder, ModelError> {
    let asked = Asked::of(request, settings)?;
    let tier = settings.service_tier.map(tier).transpose().map_err(|error| unbuilt(&error))?;
    Ok(client
        .converse_stream()
        .model_id(&settings.model)
        .set_system(asked.system)
        .set_messages(Some(asked.messages))
        .set_tool_config(asked.tools)
        .set_additional_model_request_fields(asked.additional)
        .inference_config(inference(request, settings))
        .set_guardrail_config(settings.guardrail.as_ref().map(guardrail))
        .set_performance_config(settings.latency.map(performance))
        .set_service_tier(tier)
        .set_request_metadata(metadata(&request.labels)))
}

/// The SDK's builders refuse what lacks a field. Ours give every field, so this says which one was forgotten.
pub(super) fn unbuilt(error: &BuildError) -> ModelError {
    ModelError::new(ModelErrorKind::Invalid, error)
}

/// Where the provider may cache up to.
pub(super) fn cache_point(ttl: Option<CacheTtl>) -> Result<CachePointBlock, BuildError> {
    let ttl = ttl.map(|ttl| match ttl {
        CacheTtl::FiveMinutes => WireTtl::FiveMinutes,
        CacheTtl::OneHour => WireTtl::OneHour,
    });
    CachePointBlock::builder().r#type(CachePointType::Default).set_ttl(ttl).build()
}

fn system(
    request: &ModelRequest,
    settings: &Settings,
) -> Result<Option<Vec<SystemContentBlock>>, BuildError> {
    if is_blank(&request.system) {
        return Ok(None);
    }
    let mut blocks = vec![SystemContentBlock::Text(request.system.clone())];
    if settings.cache.system {
        blocks.push(SystemContentBlock::CachePoint(cache_point(settings.cache.ttl)?));
    }
    Ok(Some(blocks))
}

/// The turns, the message and the rounds of tools: shopper and assistant in turn, the shopper first.
fn messages(request: &ModelRequest, settings: &Settings) -> Result<Vec<Message>, BuildError> {
    let cache = settings.cache;
    // A blank text is refused, and so are two messages of one side in a row: half a turn is left out.
    let mut turns =
        request.turns.iter().filter(|turn| !is_blank(&turn.asked) && !is_blank(&turn.answered)).peekable();
    let mut messages = Vec::new();
    while let Some(turn) = turns.next() {
        let mut answered = vec![ContentBlock::Text(turn.answered.clone())];
        if cache.history && turns.peek().is_none() {
            answered.push(ContentBlock::CachePoint(cache_point(cache.ttl)?));
        }
        messages.push(message(ConversationRole::User, vec![ContentBlock::Text(turn.asked.clone())])?);
        messages.push(message(ConversationRole::Assistant, answered)?);
    }
    let mut asked = vec![ContentBlock::Text(request.message.clone())];
    if cache.message {
        asked.push(ContentBlock::CachePoint(cache_point(cache.ttl)?));
    }
    messages.push(message(ConversationRole::User, asked)?);
    for (number, round) in request.rounds.iter().enumerate() {
        messages.push(message(ConversationRole::Assistant, tools::calls(number, round)?)?);
        messages.push(message(ConversationRole::User, tools::results(number, round)?)?);
    }
    Ok(messages)
}

fn message(role: ConversationRole, content: Vec<ContentBlock>) -> Result<Message, BuildError> {
    Message::builder().role(role).set_content(Some(content)).build()
}

fn inference(request: &ModelRequest, settings: &Settings) -> InferenceConfiguration {
    let stop: Vec<String> = request.stop.iter().filter(|text| !is_blank(text)).cloned().collect();
    InferenceConfiguration::builder()
        .max_tokens(tokens_max(request, settings))
        .set_temperature(settings.temperature)
        .set_top_p(settings.top_p)
        .set_stop_sequences((!stop.is_empty()).then_some(stop))
        .build()
}

fn guardrail(guardrail: &Guardrail) -> GuardrailStreamConfiguration {
    GuardrailStreamConfiguration::builder()
        .guardrail_identifier(&guardrail.id)
        .guardrail_version(&guardrail.version)
        .trace(if guardrail.trace { GuardrailTrace::Enabled } else { GuardrailTrace::Disabled })
        .stream_processing_mode(match guardrail.stream {
            GuardrailStream::Sync => GuardrailStreamProcessingMode::Sync,
            GuardrailStream::Async => GuardrailStreamProcessingMode::Async,
        })
        .build()
}

fn performance(latency: Latency) -> PerformanceConfiguration {
    PerformanceConfiguration::builder()
        .latency(match latency {
            Latency::Standard => PerformanceConfigLatency::Standard,
            Latency::Optimized => PerformanceConfigLatency::Optimized,
        })
        .build()
}

fn tier(tier: ServiceTier) -> Result<WireTier, BuildError> {
    WireTier::builder()
        .r#type(match tier {
            ServiceTier::Default => ServiceTierType::Default,
            ServiceTier::Priority => ServiceTierType::Priority,
            ServiceTier::Flex => ServiceTierType::Flex,
            ServiceTier::Reserved => ServiceTierType::Reserved,
        })
        .build()
}

/// What the provider's invocation log says of the request.
fn metadata(labels: &Labels) -> Option<std::collections::HashMap<String, String>> {
    let pairs = [("request_id", &labels.request_id), ("intent", &labels.intent), ("prompt", &labels.prompt)];
    let metadata: std::collections::HashMap<_, _> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), label(value)))
        .collect();
    (!metadata.is_empty()).then_some(metadata)
}

/// The value without the characters that the service refuses (API reference of `ConverseStream`, `requestMetadata`).
fn label(value: &str) -> String {
    let allowed = |character: &char| {
        character.is_ascii_alphanumeric()
            || character.is_ascii_whitespace()
            || "-:_@$#=/+,.".contains(*character)
    };
    value.chars().filter(allowed).take(LABEL_CHARS_MAX).collect()
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
