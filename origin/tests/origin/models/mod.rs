//! The models, each against a server that speaks its provider's wire format.

mod bedrock;
mod contract;
mod openai;

use std::sync::Arc;
use std::time::Duration;

use chat::Language;
use futures_util::StreamExt as _;
use origin::model::{
    Answer, Brief, Labels, Model, ModelError, ModelEvent, ModelRequest, OutputLimits, PastTurn, ToolCall,
    ToolSpec,
};
use serde_json::json;

/// Longer than anything here takes: what has not happened by then never will.
const NEVER: Duration = Duration::from_secs(20);

/// A question without anything beside it.
pub(crate) fn question() -> ModelRequest {
    ModelRequest {
        system: "You help shoppers of a manga shop.".into(),
        turns: Vec::new(),
        message: "Is volume 3 in stock?".into(),
        language: Language::En,
        passages: Vec::new(),
        tools: Vec::new(),
        rounds: Vec::new(),
        limits: OutputLimits { chars_max: 4_000, tokens_max: 600 },
        stop: Vec::new(),
        labels: Labels::default(),
        brief: Arc::new(Brief::greeting(Language::En)),
    }
}

pub(crate) fn past(asked: &str, answered: &str) -> PastTurn {
    PastTurn { asked: asked.into(), answered: answered.into() }
}

pub(crate) fn stock_tool() -> ToolSpec {
    ToolSpec {
        name: "stock",
        description: "Says how many copies of a volume there are.",
        parameters: json!({
            "type": "object",
            "properties": { "series": { "type": "string" }, "volume": { "type": "integer", "minimum": 1 } },
            "required": ["series"]
        }),
    }
}

pub(crate) fn call(id: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.into(), name: "stock".into(), arguments: arguments.into() }
}

pub(crate) fn text(text: &str) -> ModelEvent {
    ModelEvent::Text(text.into())
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Told {
    pub events: Vec<ModelEvent>,
    pub error: Option<ModelError>,
}

impl Told {
    pub(crate) fn text(&self) -> String {
        let texts = self.events.iter().filter_map(|event| match event {
            ModelEvent::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// What went wrong, where something has to.
    pub(crate) fn failure(&self) -> &ModelError {
        self.error.as_ref().unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}

pub(crate) async fn ask(model: &dyn Model, request: &ModelRequest) -> Told {
    read(model.generate(Arc::new(request.clone()))).await
}

/// Reads an answer to the end of its stream. An error ends it.
pub(crate) async fn read(mut answer: Answer) -> Told {
    let mut told = Told { events: Vec::new(), error: None };
    while let Some(event) = in_time(answer.next()).await {
        assert!(told.error.is_none(), "something follows an error: {told:?}");
        match event {
            Ok(event) => told.events.push(event),
            Err(error) => told.error = Some(error),
        }
    }
    told
}

/// What a future gives, unless it never does.
pub(crate) async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(NEVER, future).await.expect("it never happened")
}
