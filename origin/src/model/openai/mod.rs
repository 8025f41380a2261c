//! Any server that speaks OpenAI's chat completions: OpenAI, Azure, Ollama, vLLM, llama.cpp and others.
//!
//! A request becomes a body in [`request`], goes over the [`connection`], and what comes back is read by [`answer`] (the
//! stream), [`chunk`] (a document of it), [`calls`] (tool calls from fragments) and [`thinking`] (thoughts, never said). How a
//! server says no is in [`failure`]. Nothing is tried again here, that is the router's business, but a key that was replaced: [`key`].

mod answer;
mod calls;
mod chunk;
mod connection;
mod failure;
mod key;
mod request;
mod settings;
#[cfg(test)]
mod tests;
mod thinking;

use std::sync::Arc;

use async_stream::try_stream;
use chat::Source;
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;

use super::{Answer, Model, ModelError, ModelErrorKind, ModelRequest};
use chunk::Reader;
use connection::Connection;
pub use settings::{
    BASE_URL_BYTES_MAX, CONNECT_MS_MAX, HEADERS_MAX, IDLE_MS_MAX, KEY_BYTES_MAX, MaxTokensField, Settings,
};

/// A model behind chat completions.
pub struct OpenAi {
    name: String,
    settings: Settings,
    connection: Connection,
}

impl OpenAi {
    /// The model that these settings describe. The key is read; nothing is sent yet.
    ///
    /// # Errors
    /// [`ModelErrorKind::Invalid`] for a setting that cannot be, [`ModelErrorKind::Denied`] for a key that is not where the
    /// settings say. The reason names the setting.
    pub fn new(name: String, settings: Settings) -> Result<Self, ModelError> {
        request::check(&settings)?;
        let connection = Connection::new(&settings)?;
        Ok(Self { name, settings, connection })
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

    fn generate(&self, request: Arc<ModelRequest>) -> Answer {
        let body = request::body(&request, &self.settings);
        let calls_before = request.rounds.iter().map(|round| round.calls.len()).sum();
        let reader = Reader::new(self.settings.thinking_opened, calls_before);
        let connection = self.connection.clone();
        try_stream! {
            let body = serde_json::to_vec(&body)
                .map_err(|error| ModelError::new(ModelErrorKind::Invalid, error))?;
            let body = connection.ask(body.into(), &request.labels.request_id).await?;
            let mut events = Box::pin(answer::read(body.into_data_stream(), reader));
            while let Some(event) = events.next().await {
                yield event?;
            }
        }
        .boxed()
    }
}
