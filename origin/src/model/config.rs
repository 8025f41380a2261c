//! Which models there are, what is asked of them, and what they may take. Every error names its setting.
//!
//! ```toml
//! [models]
//! order = ["claude", "local"]            # then the embedded answerer, always
//!
//! [models.claude]
//! kind = "bedrock"
//! region = "eu-central-1"
//! model = "eu.anthropic.claude-haiku-4-5-20251001-v1:0"
//! policy = { first_token_ms = 5_000 }
//!
//! [models.local]
//! kind = "openai"
//! base_url = "http://127.0.0.1:11434/v1"
//! model = "qwen3:8b"
//!
//! [models.by_intent]                     # an intent's own order
//! greeting = []                          # the embedded answerer alone
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use toml::Table;

use super::cost::{Budgets, Prices, WHOLE};
use super::router::{EXTRACTIVE, Policy, Routes};
use super::{bedrock, openai};
use crate::config::{ConfigError, Section};

/// Most models in a configuration.
pub const MODELS_MAX: usize = 16;
/// Longest name of a model, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// The models and what they may take. Without any the embedded answerer writes all answers.
#[derive(Clone, Debug, Default)]
pub struct ModelsConfig {
    /// Those that a route names, by name.
    pub models: Vec<ModelConfig>,
    /// Names of those that are configured and in no route.
    pub idle: Vec<String>,
    /// In which order they are asked.
    pub routes: Routes,
    /// What a day may take.
    pub budgets: Budgets,
    /// The price table; none knows no price.
    pub prices_file: Option<PathBuf>,
}

/// One model.
#[derive(Clone, Debug)]
pub struct ModelConfig {
    /// What routes, logs and metrics call it.
    pub name: String,
    /// Who provides it.
    pub provider: Provider,
    /// How it is treated.
    pub policy: Policy,
}

/// Who provides a model.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Amazon Bedrock.
    Bedrock(bedrock::Settings),
    /// A server that speaks OpenAI's chat completions.
    OpenAi(openai::Settings),
}

impl ModelsConfig {
    /// Reads the tables `models`, `budgets` and `prices`.
    pub(crate) fn read(root: &mut Section) -> Result<Self, ConfigError> {
        let mut section = root.section("models")?;
        let mut prices = root.section("prices")?;
        let budgets = Budgets::read(&mut root.section("budgets")?)?;
        let prices_file = prices.optional("file")?;
        prices.end()?;
        let order: Option<Vec<String>> = section.optional("order")?;
        let has_order = order.is_some();
        let routes = Routes {
            order: order.unwrap_or_default(),
            by_intent: section.optional("by_intent")?.unwrap_or_default(),
        };
        let mut models = Vec::new();
        for name in section.names() {
            check_name(&section, &name)?;
            models.push(ModelConfig::read(&mut section, name)?);
        }
        check_routes(&section, &routes, &models)?;
        if !has_order && !models.is_empty() {
            let reason = "it is missing: name the models in the order in which they are asked";
            return Err(ConfigError::new(section.key("order"), reason));
        }
        let (models, idle): (Vec<_>, Vec<_>) = models.into_iter().partition(|model| routes.has(&model.name));
        let idle = idle.into_iter().map(|model| model.name).collect();
        Ok(Self { models, idle, routes, budgets, prices_file })
    }

    /// Counts relative paths from this folder.
    pub(crate) fn count_paths_from(&mut self, base: &Path) {
        let rebase = |path: &mut Option<PathBuf>| {
            if let Some(path) = path {
                *path = base.join(&*path);
            }
        };
        rebase(&mut self.prices_file);
        for model in &mut self.models {
            match &mut model.provider {
                Provider::Bedrock(settings) => rebase(&mut settings.profile_file),
                Provider::OpenAi(settings) => {
                    rebase(&mut settings.key_file);
                    rebase(&mut settings.ca_file);
                }
            }
        }
    }

    /// The price table.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file and the entry.
    pub(crate) fn prices(&self) -> Result<Prices, ConfigError> {
        self.prices_file.as_deref().map_or_else(|| Ok(Prices::default()), Prices::from_file)
    }
}

impl ModelConfig {
    fn read(models: &mut Section, name: String) -> Result<Self, ConfigError> {
        let mut section = models.section(&name)?;
        let kind: String = section.required("kind")?;
        let policy = read_policy(&mut section.section("policy")?)?;
        let provider = match kind.as_str() {
            "bedrock" => Provider::Bedrock(settings(&mut section)?),
            "openai" => Provider::OpenAi(settings(&mut section)?),
            _ => {
                let reason = format!("there is no kind {kind:?}: it is \"bedrock\" or \"openai\"");
                return Err(ConfigError::new(section.key("kind"), reason));
            }
        };
        Ok(Self { name, provider, policy })
    }

    /// What its provider calls it.
    #[must_use]
    pub fn model_id(&self) -> &str {
        match &self.provider {
            Provider::Bedrock(settings) => &settings.model,
            Provider::OpenAi(settings) => &settings.model,
        }
    }
}

impl Provider {
    /// Its name, as `kind` has it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bedrock(_) => "bedrock",
            Self::OpenAi(_) => "openai",
        }
    }
}

/// What is left in a table, as a provider's settings.
fn settings<T: DeserializeOwned>(section: &mut Section) -> Result<T, ConfigError> {
    let table: Table = section.take_rest();
    serde_path_to_error::deserialize(table).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().message().to_owned();
        let named = named_in(&reason).unwrap_or_default();
        let mut path: Vec<_> = path.split('.').filter(|name| !name.is_empty()).collect();
        if !named.is_empty() && path.last() != Some(&named) {
            path.push(named);
        }
        ConfigError::new(section.key(&path.join(".")), reason)
    })
}

/// The field that serde says is missing or unknown: the path of such an error may end before it.
fn named_in(reason: &str) -> Option<&str> {
    let rest = reason.strip_prefix("missing field `").or_else(|| reason.strip_prefix("unknown field `"))?;
    rest.split('`').next()
}

fn read_policy(section: &mut Section) -> Result<Policy, ConfigError> {
    let default = Policy::default();
    let mut ms = |key: &str, default: Duration, max: u64| {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        section.bounded(key, default, 1, max).map(Duration::from_millis)
    };
    // A turn takes ten minutes at most (`timeouts.turn_ms`).
    let (first_token, between_tokens, total) = (
        ms("first_token_ms", default.first_token, 600_000)?,
        ms("between_tokens_ms", default.between_tokens, 600_000)?,
        ms("total_ms", default.total, 600_000)?,
    );
    let running_max = section.bounded("running_max", default.running_max as u64, 1, 100_000)?;
    let attempts_max = section.bounded("attempts_max", default.attempts_max.into(), 1, 10)?;
    let budget_percent = section.bounded("budget_percent", default.budget_percent.into(), 1, WHOLE.into())?;
    section.end()?;
    Ok(Policy {
        first_token,
        between_tokens,
        total,
        running_max: usize::try_from(running_max).unwrap_or(usize::MAX),
        attempts_max: u32::try_from(attempts_max).unwrap_or(u32::MAX),
        budget_percent: u32::try_from(budget_percent).unwrap_or(WHOLE),
    })
}

fn check_name(section: &Section, name: &str) -> Result<(), ConfigError> {
    let reason = if name == EXTRACTIVE {
        "the embedded answerer has this name: take another".to_owned()
    } else if name.is_empty()
        || name.len() > NAME_BYTES_MAX
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    {
        format!("a model's name is made of at most {NAME_BYTES_MAX} letters, digits, - and _")
    } else {
        return Ok(());
    };
    Err(ConfigError::new(section.key(name), reason))
}

fn check_routes(section: &Section, routes: &Routes, models: &[ModelConfig]) -> Result<(), ConfigError> {
    if models.len() > MODELS_MAX {
        let reason = format!("{} models; at most {MODELS_MAX} are taken", models.len());
        return Err(ConfigError::new(section.key("").trim_end_matches('.'), reason));
    }
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    routes.check(&names).map_err(|error| ConfigError::new(section.key(&error.key), error.reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
        [models]
        order = ["claude", "local"]
        [models.claude]
        kind = "bedrock"
        region = "eu-central-1"
        model = "eu.vendor.large-v1:0"
        [models.local]
        kind = "openai"
        base_url = "http://127.0.0.1:11434/v1"
        model = "qwen3:8b"
    "#;

    fn read(text: &str) -> Result<ModelsConfig, ConfigError> {
        ModelsConfig::read(&mut Section::new(String::new(), text.parse().unwrap()))
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().key
    }

    #[test]
    fn models_are_asked_in_their_order_with_sensible_bounds() {
        let config = read(TWO).unwrap();
        assert_eq!(config.routes.order, ["claude", "local"]);
        let models: Vec<_> = config
            .models
            .iter()
            .map(|model| (&*model.name, model.provider.kind(), model.model_id()))
            .collect();
        assert_eq!(models, [("claude", "bedrock", "eu.vendor.large-v1:0"), ("local", "openai", "qwen3:8b")]);
        assert_eq!(config.models[0].policy, Policy::default());
        assert!(config.budgets.are_endless() && config.prices_file.is_none());
    }

    #[test]
    fn no_table_is_the_embedded_answerer_alone() {
        let config = read("").unwrap();
        assert!(config.models.is_empty() && config.routes == Routes::default());
    }

    #[test]
    fn an_intent_has_an_order_of_its_own() {
        let config =
            read(&TWO.replace("[models.claude]", "by_intent.greeting = []\n[models.claude]")).unwrap();
        assert_eq!(config.routes.by_intent["greeting"], Vec::<String>::new());
    }

    #[test]
    fn a_model_that_no_route_names_is_left_out() {
        let config = read(&TWO.replace("\"claude\", \"local\"", "\"local\"")).unwrap();
        assert_eq!((config.models.len(), config.idle), (1, vec!["claude".to_owned()]));
    }

    #[test]
    fn a_policy_replaces_what_it_names() {
        let text =
            TWO.replace("kind = \"bedrock\"", "kind = \"bedrock\"\npolicy = { first_token_ms = 5_000 }");
        let policy = read(&text).unwrap().models[0].policy;
        assert_eq!(policy, Policy { first_token: Duration::from_secs(5), ..Policy::default() });
    }

    #[test]
    fn an_error_names_the_setting() {
        let with = |old: &str, new: &str| refused(&TWO.replace(old, new));
        assert_eq!(with("\"claude\", ", "\"cloud\", "), "models.order");
        assert_eq!(with("\"claude\", ", "\"local\", "), "models.order");
        assert_eq!(with("order = [\"claude\", \"local\"]", ""), "models.order");
        assert_eq!(
            with("[models.claude]", "by_intent.shopping = []\n[models.claude]"),
            "models.by_intent.shopping"
        );
        assert_eq!(
            with("[models.claude]", "by_intent.greeting = [\"cloud\"]\n[models.claude]"),
            "models.by_intent.greeting"
        );
        assert_eq!(with("\"bedrock\"", "\"sagemaker\""), "models.claude.kind");
        assert_eq!(with("kind = \"bedrock\"", ""), "models.claude.kind");
        assert_eq!(with("region =", "regoin ="), "models.claude.regoin");
        assert_eq!(with("region = \"eu-central-1\"", "region = 3"), "models.claude.region");
        assert_eq!(with("model = \"qwen3:8b\"", ""), "models.local.model");
        assert_eq!(with("model = \"qwen3:8b\"", "model = \"m\"\nkey = \"secret\""), "models.local.key");
        assert_eq!(with("model = \"qwen3:8b\"", "model = \"m\"\nheaders.a = 3"), "models.local.headers.a");
        assert_eq!(
            with("kind = \"openai\"", "kind = \"openai\"\npolicy.total = 3"),
            "models.local.policy.total"
        );
        assert_eq!(refused("models = 3"), "models");
        assert_eq!(refused("models.claude = 3"), "models.claude");
        assert_eq!(refused("[models.extractive]"), "models.extractive");
        assert_eq!(refused("[models.\"a b\"]"), "models.a b");
        assert_eq!(refused("prices.path = 3"), "prices.path");
    }

    #[test]
    fn a_bound_that_is_none_is_refused_by_its_setting() {
        for key in [
            "first_token_ms",
            "between_tokens_ms",
            "total_ms",
            "running_max",
            "attempts_max",
            "budget_percent",
        ] {
            for wrong in [0, i64::MAX] {
                let text =
                    TWO.replace("kind = \"openai\"", &format!("kind = \"openai\"\npolicy.{key} = {wrong}"));
                assert_eq!(refused(&text), format!("models.local.policy.{key}"));
            }
        }
    }

    #[test]
    fn relative_paths_count_from_the_files_folder() {
        let text = TWO.replace("kind = \"openai\"", "kind = \"openai\"\nkey_file = \"keys/local\"");
        let mut config = read(&format!("prices.file = \"prices.toml\"\n{text}")).unwrap();
        config.count_paths_from(Path::new("/etc/shop"));
        assert_eq!(config.prices_file.as_deref(), Some(Path::new("/etc/shop/prices.toml")));
        let Provider::OpenAi(settings) = &config.models[1].provider else {
            panic!("local speaks chat completions")
        };
        assert_eq!(settings.key_file.as_deref(), Some(Path::new("/etc/shop/keys/local")));
    }

    #[test]
    fn the_shipped_price_table_can_be_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/prices.toml");
        let prices = Prices::from_file(&path).unwrap();
        let today = "2026-11-21".parse().unwrap();
        for model in ["eu.anthropic.claude-haiku-4-5-20251001-v1:0", "amazon.nova-micro-v1:0", "qwen3:8b"] {
            assert!(prices.in_force(model, today).is_some(), "{model}");
        }
    }
}
