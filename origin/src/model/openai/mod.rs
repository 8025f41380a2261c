//! Any server that speaks OpenAI's chat completions: OpenAI, Azure, Ollama, vLLM, llama.cpp and others.

mod settings;

use std::sync::Arc;

use chat::Source;
use futures_util::{StreamExt as _, stream};

use super::{Answer, Model, ModelError, ModelErrorKind, ModelRequest};
pub use settings::{BASE_URL_BYTES_MAX, CONNECT_MS_MAX, HEADERS_MAX, KEY_BYTES_MAX, MaxTokensField, Settings};

/// A model behind chat completions.
pub struct OpenAi {
    name: String,
    settings: Settings,
}

impl OpenAi {
    /// The model that these settings describe. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ModelErrorKind::Invalid`] for a setting that cannot be, [`ModelErrorKind::Denied`] for a key that is not where the
    /// settings say. The reason names the setting.
    pub fn new(name: String, settings: Settings) -> Result<Self, ModelError> {
        if settings.base_url.len() > BASE_URL_BYTES_MAX || settings.connect().is_zero() {
            return Err(ModelError::new(ModelErrorKind::Invalid, "base_url or connect_ms is out of bounds"));
        }
        Ok(Self { name, settings })
    }
}

impl Model for OpenAi {
    fn name(&self) -> &str {
        &self.name
    }

    fn model_id(&self) -> &str {
        &self.settings.model
    }

    fn source(&self) -> Source {
        Source::Model
    }

    fn generate(&self, _request: Arc<ModelRequest>) -> Answer {
        let _ = self.settings.max_tokens_field.as_str();
        stream::iter([Err(ModelError::new(ModelErrorKind::Unavailable, "not connected yet"))]).boxed()
    }
}
