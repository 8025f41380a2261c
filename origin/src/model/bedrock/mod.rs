//! Models on Amazon Bedrock, by `ConverseStream`.

mod client;
mod settings;

use std::sync::Arc;

use aws_sdk_bedrockruntime::Client;

pub use settings::{
    Cache, CacheTtl, Guardrail, GuardrailStream, Latency, MODEL_BYTES_MAX, ServiceTier, Settings,
};

use super::ModelError;

/// A model on Amazon Bedrock.
pub struct Bedrock {
    name: String,
    settings: Arc<Settings>,
    client: Client,
}

impl Bedrock {
    /// A model by this name in the configuration. Nothing is asked of Bedrock yet, so wrong credentials show with the first
    /// request.
    ///
    /// # Errors
    /// [`ModelErrorKind::Invalid`](super::ModelErrorKind::Invalid) for settings that cannot be or without a region,
    /// [`ModelErrorKind::Timeout`](super::ModelErrorKind::Timeout) where the instance does not tell its region in time.
    pub async fn connect(name: String, settings: Settings) -> Result<Self, ModelError> {
        settings.validate()?;
        let client = client::client(&settings).await?;
        Ok(Self { name, settings: Arc::new(settings), client })
    }
}
