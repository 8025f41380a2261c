//! What a dialect is: a way of writing the steps of a script as the bytes of a provider.

use serde_json::Value;

use crate::bedrock;
use crate::http::Received;
use crate::openai;
use crate::script::{Failure, Script, Step};

/// The wire format that a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// Amazon Bedrock's `ConverseStream` and `CountTokens`.
    Bedrock,
    /// OpenAI's chat completions.
    OpenAi,
}

impl Dialect {
    /// What writes the answer to this request.
    pub(crate) fn speaker(self, request: &Received) -> Box<dyn Speaker> {
        match self {
            Self::Bedrock => Box::new(bedrock::Converse::new(request)),
            Self::OpenAi => Box::new(openai::Completion::new(request)),
        }
    }
}

/// Writes one answer in a dialect. A frame is what the client's decoder takes as one: an event.
pub(crate) trait Speaker: Send {
    /// Headers of the response that carries the stream, its content type among them.
    fn headers(&self) -> Vec<(String, String)>;

    /// What goes before the first step that says something.
    fn begin(&mut self) -> Vec<Vec<u8>>;

    /// The frames of a step. None for the steps that say nothing, which are the player's business.
    fn step(&mut self, step: &Step) -> Vec<Vec<u8>>;

    /// What goes after the last step.
    fn end(&mut self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    /// Spoils a frame.
    fn corrupt(&self, frame: Vec<u8>) -> Vec<u8>;

    /// How the whole request is refused.
    fn refusal(&self, failure: &Failure) -> Refusal;

    /// The answer as one JSON document, where the request asks for no stream.
    fn whole(&self, _script: &Script) -> Option<Value> {
        None
    }
}

/// A response that is no stream. Status and `Retry-After` are the script's.
pub(crate) struct Refusal {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}
