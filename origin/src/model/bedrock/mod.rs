//! Models on Amazon Bedrock, by `ConverseStream`.
//!
//! A request is asked once: what is tried again, how long is waited and when to give up is the router's business. Dropping the
//! answer closes the connection, or its stream where the connection is HTTP/2.

mod bound;
mod client;
mod document;
mod failure;
mod reading;
mod request;
mod settings;
mod thinking;
mod tools;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use async_stream::try_stream;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_sdk_bedrockruntime::types::{ConverseStreamOutput, ConverseTokensRequest, CountTokensInput};
use chat::Source;
use futures_util::StreamExt as _;

use super::{Answer, Model, ModelError, ModelEvent, ModelRequest};
use reading::Reading;
use request::Asked;
pub use settings::{
    Cache, CacheTtl, Guardrail, GuardrailStream, Latency, MODEL_BYTES_MAX, ServiceTier, Settings,
};

/// Longest wait for the end of a response whose answer is whole.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

type Events = EventReceiver<ConverseStreamOutput, ConverseStreamOutputError>;

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

    /// How many tokens a request has for this model. Another call of the service, so nothing for the way of an answer; not
    /// every model has it.
    ///
    /// # Errors
    /// As of an answer.
    pub async fn count_tokens(&self, request: &ModelRequest) -> Result<u32, ModelError> {
        let asked = Asked::of(request, &self.settings)?;
        let input = ConverseTokensRequest::builder()
            .set_system(asked.system)
            .set_messages(Some(asked.messages))
            .set_tool_config(asked.tools)
            .set_additional_model_request_fields(asked.additional)
            .build();
        let call = self
            .client
            .count_tokens()
            .model_id(&self.settings.model)
            .input(CountTokensInput::Converse(input));
        let counted = call.send().await.map_err(|error| failure::of_response(&error))?;
        Ok(u32::try_from(counted.input_tokens).unwrap_or(0))
    }
}

impl Model for Bedrock {
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
        let (client, settings) = (self.client.clone(), Arc::clone(&self.settings));
        let mut reading = Reading::new(self.name.clone());
        try_stream! {
            let mut events = open(&client, &settings, &request).await?;
            let last = loop {
                let told = next(&mut events, &mut reading).await?;
                if reading.is_over() {
                    break told;
                }
                for event in told {
                    yield event;
                }
            };
            tokio::spawn(drain(events));
            for event in last {
                yield event;
            }
        }
        .boxed()
    }
}

async fn open(client: &Client, settings: &Settings, request: &ModelRequest) -> Result<Events, ModelError> {
    let call = request::converse(client, settings, request)?;
    let output = call.send().await.map_err(|error| failure::of_converse(&error))?;
    Ok(output.stream)
}

/// What the next event of the service says. An answer that is whole is not spoilt by what goes wrong behind its end.
async fn next(events: &mut Events, reading: &mut Reading) -> Result<Vec<ModelEvent>, ModelError> {
    let Some(until) = reading.waits_until() else {
        return match events.recv().await.map_err(|error| failure::of_stream(&error))? {
            Some(event) => reading.read(event),
            None => reading.end(),
        };
    };
    match tokio::time::timeout_at(until, events.recv()).await {
        Ok(Ok(Some(event))) => reading.read(event),
        Ok(Ok(None)) | Ok(Err(_)) | Err(_) => reading.end(),
    }
}

/// Reads what follows an answer, which is the end of the response: without it, the connection cannot be used again. Nobody
/// waits for it.
async fn drain(mut events: Events) {
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, events.recv()).await;
}
