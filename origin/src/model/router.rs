//! The router: asks the models in their order until one answers, the embedded answerer last.

use std::sync::Arc;

use async_stream::stream;
use chat::{Citation, Cost, Source};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::{Extractive, Model, ModelError, ModelEvent, ModelRequest, StopReason, Tokens, ToolCall};
use crate::metrics::Metrics;

/// Asks the models in their order.
pub(crate) struct Router {
    models: Vec<Arc<dyn Model>>,
    extractive: Arc<dyn Model>,
    metrics: Arc<Metrics>,
}

/// What is asked, and for whom.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) request: Arc<ModelRequest>,
    /// What the turn wants.
    pub(crate) intent: &'static str,
    /// Whose budget it counts against.
    pub(crate) owner: String,
    /// Whether earlier rounds of this answer have said something.
    pub(crate) said: bool,
}

/// A part of an answer, and who writes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Routed {
    /// Someone begins to write: their first event follows.
    Begins {
        /// The model's name in the configuration.
        name: String,
        source: Source,
    },
    Text(String),
    ToolCall(ToolCall),
    Citation(Citation),
    /// What one model took for this stream. At most once a model asked.
    Spent(Spent),
    /// Whoever was writing failed after some of the text was passed on; someone else begins.
    Interrupted,
    /// The end.
    Stop(StopReason),
}

/// What a model took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) name: String,
    pub(crate) tokens: Tokens,
    /// None when there is no price for the model.
    pub(crate) cost: Option<Cost>,
    /// The provider did not say: counted from the lengths of the texts.
    pub(crate) estimated: bool,
}

impl Router {
    pub(crate) fn new(models: Vec<Arc<dyn Model>>, metrics: Arc<Metrics>) -> Self {
        Self { models, extractive: Arc::new(Extractive), metrics }
    }

    /// What the answer is called before anyone has begun to write it.
    pub(crate) fn source(&self) -> Source {
        self.models.first().unwrap_or(&self.extractive).source()
    }

    /// Asks until someone answers. The embedded answerer always does, so the stream always ends with [`Routed::Stop`].
    pub(crate) fn ask(&self, ask: Ask) -> BoxStream<'static, Routed> {
        let models: Vec<_> = self.models.iter().chain([&self.extractive]).map(Arc::clone).collect();
        let metrics = Arc::clone(&self.metrics);
        stream! {
            let mut said = ask.said;
            let mut interrupted = false;
            for model in models {
                let mut answer = model.generate(Arc::clone(&ask.request));
                let mut begun = false;
                while let Some(event) = answer.next().await {
                    let event = match event {
                        Ok(event) => event,
                        Err(error) => {
                            report(&error, &*model, &metrics);
                            interrupted = said;
                            break;
                        }
                    };
                    if !begun {
                        if interrupted {
                            yield Routed::Interrupted;
                        }
                        begun = true;
                        yield Routed::Begins { name: model.name().to_owned(), source: model.source() };
                    }
                    said |= matches!(event, ModelEvent::Text(_));
                    match event {
                        ModelEvent::Text(text) => yield Routed::Text(text),
                        ModelEvent::ToolCall(call) => yield Routed::ToolCall(call),
                        ModelEvent::Citation(citation) => yield Routed::Citation(citation),
                        ModelEvent::Usage(tokens) => {
                            let name = model.name().to_owned();
                            yield Routed::Spent(Spent { name, tokens, cost: None, estimated: false });
                        }
                        ModelEvent::Stop(reason) => {
                            yield Routed::Stop(reason);
                            return;
                        }
                    }
                }
            }
        }
        .boxed()
    }
}

fn report(error: &ModelError, model: &dyn Model, metrics: &Metrics) {
    metrics.model_error(&error.kind);
    tracing::warn!(model = model.name(), error = %error, "the model failed");
}
