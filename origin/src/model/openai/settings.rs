//! What the service is told about a server that speaks chat completions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Longest address, in bytes.
pub const BASE_URL_BYTES_MAX: usize = 2_048;
/// Longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 8 << 10;
/// Most additional headers.
pub const HEADERS_MAX: usize = 16;
/// Longest time to connect, in milliseconds.
pub const CONNECT_MS_MAX: u64 = 60_000;

/// Longest time that a connection is kept, in milliseconds.
pub const IDLE_MS_MAX: u64 = 600_000;

/// A server that speaks OpenAI's chat completions, and the model to ask for. The key is never here: only where it is kept.
///
/// ```toml
/// base_url = "http://127.0.0.1:11434/v1"   # Ollama
/// model = "qwen3:8b"
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address before `/chat/completions`: `https://api.openai.com/v1`, or `http://127.0.0.1:11434/v1` for Ollama. At most
    /// [`BASE_URL_BYTES_MAX`]; it has no user, query or fragment.
    pub base_url: String,
    /// What the server calls the model.
    pub model: String,
    /// The environment variable that holds the key. With neither this nor `key_file` no key is sent.
    pub key_env: Option<String>,
    /// The file that holds the key, and nothing else but white space around it. Read again when the server refuses the key.
    pub key_file: Option<PathBuf>,
    /// The header that carries the bare key, for example `api-key` for Azure. Without it: `Authorization: Bearer`.
    pub key_header: Option<String>,
    /// More headers of every request, for example `OpenAI-Organization`. At most [`HEADERS_MAX`]. A key belongs in `key_file`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A file of certificates (PEM) to trust instead of the system's, for a server with a certificate of your own.
    pub ca_file: Option<PathBuf>,
    /// How freely it writes, 0 to 2. Without it the server's own default; models that reason accept no other.
    pub temperature: Option<f64>,
    /// Nucleus sampling, above 0 and at most 1. Without it the server's own default.
    pub top_p: Option<f64>,
    /// What the server calls the bound on what is written.
    #[serde(default)]
    pub max_tokens_field: MaxTokensField,
    /// Ask for `usage` at the end of the stream (`stream_options.include_usage`). Some servers refuse the field; then the
    /// tokens are estimated.
    #[serde(default = "yes")]
    pub include_usage: bool,
    /// `reasoning_effort`, for models that reason: `none`, `minimal`, `low`, `medium` or `high`, as the model knows them.
    pub reasoning_effort: Option<String>,
    /// Tokens that the model may think with, on top of those of the answer: providers count both against one bound.
    #[serde(default)]
    pub reasoning_tokens: u32,
    /// The template of the model opens `<think>` itself, so that the text begins inside it (DeepSeek R1 without a reasoning
    /// parser). Nothing is said before `</think>`.
    #[serde(default)]
    pub thinking_opened: bool,
    /// More fields of the request's body, for example `keep_alive` or `chat_template_kwargs`. None that is set here otherwise.
    #[serde(default)]
    pub extra: Map<String, Value>,
    /// Longest time to connect, TLS included, in milliseconds; 1 to [`CONNECT_MS_MAX`].
    #[serde(default = "connect_ms")]
    pub connect_ms: u64,
    /// How long a connection is kept for the next answer, in milliseconds; at most [`IDLE_MS_MAX`]. It has to be shorter than
    /// the server keeps it, or an answer now and then meets a connection that is being closed. Hosted providers keep them for a
    /// minute or more.
    #[serde(default = "idle_ms")]
    pub idle_ms: u64,
}

/// What a server calls the bound on what is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxTokensField {
    /// `max_tokens`: every server but the newer models of OpenAI, which refuse it and say so.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`: OpenAI and Azure, for models that reason. Others may pass over it, and then nothing is bounded.
    MaxCompletionTokens,
}

impl MaxTokensField {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::MaxTokens => "max_tokens",
        }
    }
}

impl Settings {
    /// Longest time to connect.
    pub(super) const fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }
}

const fn yes() -> bool {
    true
}

/// A server in another region takes three round trips of 300 ms.
const fn connect_ms() -> u64 {
    2_000
}

/// uvicorn, which is below vLLM, closes after five seconds.
const fn idle_ms() -> u64 {
    4_000
}
