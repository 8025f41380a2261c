//! From a configuration to models that can be asked.

use std::sync::Arc;

use super::bedrock::Bedrock;
use super::config::{ModelConfig, ModelsConfig, Provider};
use super::openai::OpenAi;
use super::router::Routable;
use super::{Model, ModelError};
use crate::config::ConfigError;

/// The models of a configuration. Nothing is asked yet; files and variables that hold keys are read.
///
/// # Errors
/// [`ConfigError`], naming the model.
pub(crate) async fn build(config: &ModelsConfig) -> Result<Vec<Routable>, ConfigError> {
    let mut models = Vec::with_capacity(config.models.len());
    for config in &config.models {
        let model = connect(config).await;
        let model =
            model.map_err(|error| ConfigError::new(format!("models.{}", config.name), error.reason))?;
        models.push(Routable { model, policy: config.policy });
    }
    Ok(models)
}

async fn connect(config: &ModelConfig) -> Result<Arc<dyn Model>, ModelError> {
    let name = config.name.clone();
    Ok(match &config.provider {
        Provider::Bedrock(settings) => Arc::new(Bedrock::connect(name, settings.clone()).await?),
        Provider::OpenAi(settings) => Arc::new(OpenAi::new(name, settings.clone())?),
    })
}
