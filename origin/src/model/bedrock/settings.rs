//! What is configured of a model on Amazon Bedrock.

use std::path::PathBuf;

use serde::Deserialize;

use super::thinking::Thinking;
use crate::model::{ModelError, ModelErrorKind};

/// Longest model id, inference profile id or ARN, in bytes (API reference of `ConverseStream`, `modelId`).
pub const MODEL_BYTES_MAX: usize = 2048;

/// A model on Amazon Bedrock. Credentials are not among the settings: they come from the SDK's chain, which is environment,
/// profile (static keys, process, SSO, assumed role), web identity, container and instance, in this order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Model id, id of an inference profile (`eu.…`, `global.…` for several regions) or ARN.
    pub model: String,
    /// The region to ask, for example `eu-central-1`. Absent: the chain's (`AWS_REGION`, profile, instance).
    pub region: Option<String>,
    /// The profile to take credentials and region from. Absent: `AWS_PROFILE`, else `default`.
    pub profile: Option<String>,
    /// A file of profiles in the format of `~/.aws/config`. Absent: `~/.aws/config` and `~/.aws/credentials`.
    pub profile_file: Option<PathBuf>,
    /// Where to ask instead of the region's public endpoint, for example a VPC endpoint.
    pub endpoint_url: Option<String>,
    /// Randomness, 0 to 1. Absent: the model's own.
    pub temperature: Option<f32>,
    /// Share of the likeliest tokens to choose from, 0 to 1. Absent: the model's own.
    pub top_p: Option<f32>,
    /// Whether the model runs as usual or on faster hardware, where there is some.
    pub latency: Option<Latency>,
    /// The tier of service and price. Absent: the account's default.
    pub service_tier: Option<ServiceTier>,
    /// A guardrail that reads the request and the answer.
    pub guardrail: Option<Guardrail>,
    /// What the provider may keep of a request, so that the next one is read faster and cheaper.
    #[serde(default)]
    pub cache: Cache,
    /// Tokens that the model may think with, on top of those of the answer: Bedrock counts both against one bound. A budget of
    /// `additional_fields.thinking` counts without it.
    #[serde(default)]
    pub reasoning_tokens: u32,
    /// Fields that only this model knows; passed on as they are (`additionalModelRequestFields`).
    #[serde(default)]
    pub additional_fields: toml::Table,
}

/// How fast the model is to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Latency {
    /// As usual.
    Standard,
    /// On faster hardware; only some models in some regions have it, the others refuse the request.
    Optimized,
}

/// The tier of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceTier {
    /// On demand.
    Default,
    /// Before the others, at a higher price.
    Priority,
    /// After the others, at a lower price.
    Flex,
    /// Bought ahead.
    Reserved,
}

/// A guardrail of the account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardrail {
    /// Its id or ARN.
    pub id: String,
    /// Its version, a number or `DRAFT`.
    pub version: String,
    /// Whether it tells which of its policies stepped in. Only their kinds are logged.
    #[serde(default)]
    pub trace: bool,
    /// When it reads the answer.
    #[serde(default)]
    pub stream: GuardrailStream,
}

/// When a guardrail reads the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardrailStream {
    /// Before it is passed on: later text, and none that is blocked.
    #[default]
    Sync,
    /// While it is passed on: earlier text, some of which may turn out to be blocked.
    Async,
}

/// Where the provider may cache the request up to. Models without a cache refuse a request with such points; a request shorter
/// than the model's least length is answered without a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// After the tools, which are the same for all turns.
    pub tools: bool,
    /// After the rules, which are the same for all turns in a language.
    pub system: bool,
    /// After the earlier turns, which are the same in the session's next turn.
    pub history: bool,
    /// After the message, which is the same when tools have been called.
    pub message: bool,
    /// How long it is kept. Absent: five minutes.
    pub ttl: Option<CacheTtl>,
}

/// How long the provider caches a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum CacheTtl {
    /// Five minutes from the last use.
    #[serde(rename = "5m")]
    FiveMinutes,
    /// An hour; writing costs more, and not every model has it.
    #[serde(rename = "1h")]
    OneHour,
}

impl Settings {
    /// The settings of a model of which nothing but the name is said.
    #[must_use]
    pub fn of(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            region: None,
            profile: None,
            profile_file: None,
            endpoint_url: None,
            temperature: None,
            top_p: None,
            latency: None,
            service_tier: None,
            guardrail: None,
            cache: Cache::default(),
            reasoning_tokens: 0,
            additional_fields: toml::Table::new(),
        }
    }

    /// What cannot be, before anything is asked.
    pub(super) fn validate(&self) -> Result<(), ModelError> {
        let wrong = |reason: &str| Err(ModelError::new(ModelErrorKind::Invalid, reason));
        let in_unit = |value: Option<f32>| value.is_none_or(|value| (0.0..=1.0).contains(&value));
        if self.model.is_empty() || self.model.len() > MODEL_BYTES_MAX {
            return wrong("`model` has to be a model id, an inference profile id or an ARN");
        }
        if !in_unit(self.temperature) {
            return wrong("`temperature` has to be between 0 and 1");
        }
        if !in_unit(self.top_p) {
            return wrong("`top_p` has to be between 0 and 1");
        }
        if self
            .guardrail
            .as_ref()
            .is_some_and(|guardrail| guardrail.id.is_empty() || guardrail.version.is_empty())
        {
            return wrong("`guardrail` needs an `id` and a `version`");
        }
        match Thinking::of(&self.additional_fields) {
            Some(thinking) => thinking.validate(self),
            None => Ok(()),
        }
    }
}
