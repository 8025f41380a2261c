//! Why a server did not answer: its status, its error object and its `Retry-After`, as one of our kinds.
//!
//! Servers quote the request in their messages, so a message is looked at and never kept. What is kept are the short names
//! (`type`, `code`), if they look like names.

use std::time::{Duration, SystemTime};

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value};

use crate::model::{ModelError, ModelErrorKind};

/// Most of a refusal's body that is read, in bytes. What is longer is a page.
const REFUSAL_BYTES_MAX: usize = 16 << 10;
/// Longest wait for a refusal's body; the status says the most.
const REFUSAL_WAIT: Duration = Duration::from_secs(1);
/// Longest wait that a server may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest name of a failure that is kept.
const NAME_BYTES_MAX: usize = 64;

/// What an error object says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// `code` and `type`, the finer first.
    names: Vec<String>,
    /// A numeric `code`: the status it would have had.
    status: Option<u16>,
    /// The message is about the length of the context.
    too_long: bool,
    /// The provider's id of the request.
    id: Option<String>,
}

/// Reads the body of a refusal.
pub(super) async fn read(body: Incoming) -> Told {
    let whole = tokio::time::timeout(REFUSAL_WAIT, Limited::new(body, REFUSAL_BYTES_MAX).collect()).await;
    let Ok(Ok(body)) = whole else { return Told::default() };
    match serde_json::from_slice(&body.to_bytes()) {
        // One gateway of OpenAI's dialect, Gemini's, puts the object into a list.
        Ok(Value::Array(list)) => list.first().map(Told::of_document).unwrap_or_default(),
        Ok(document) => Told::of_document(&document),
        Err(_) => Told::default(),
    }
}

impl Told {
    /// What a document says: `{"error": {…}}`, `{"error": "…"}`, or the object itself (older vLLM).
    pub(super) fn of_document(document: &Value) -> Self {
        Self::of_error(document.get("error").filter(|error| !error.is_null()).unwrap_or(document))
    }

    /// What an error object, or a mere message, says.
    pub(super) fn of_error(error: &Value) -> Self {
        match error {
            Value::String(message) => Self { too_long: is_too_long(message), ..Self::default() },
            Value::Object(error) => Self::of_object(error),
            _ => Self::default(),
        }
    }

    fn of_object(error: &Map<String, Value>) -> Self {
        let names = ["code", "type", "status"];
        let names = names.iter().filter_map(|key| error.get(*key)?.as_str()).filter(|name| is_name(name));
        Self {
            names: names.map(str::to_owned).collect(),
            status: error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok()),
            too_long: error.get("message").and_then(Value::as_str).is_some_and(is_too_long),
            id: None,
        }
    }

    /// What the names say, the finer first.
    fn kind(&self) -> Option<(ModelErrorKind, &'static str)> {
        if self.too_long {
            return Some((ModelErrorKind::Invalid, TOO_LONG));
        }
        self.names.iter().find_map(|name| known(name))
    }

    /// With the provider's id of the request, by which its support finds it.
    pub(super) fn with_id(mut self, headers: &HeaderMap) -> Self {
        let id = headers.get("x-request-id").and_then(|id| id.to_str().ok()).filter(|id| is_name(id));
        self.id = id.map(str::to_owned);
        self
    }

    /// The names, for the log.
    fn label(&self) -> String {
        let id = self.id.as_ref().map(|id| format!("request {id}"));
        let names: Vec<_> = self.names.iter().cloned().chain(id).collect();
        if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
    }
}

/// A refusal with a status.
pub(super) fn of_status(status: StatusCode, told: &Told) -> ModelError {
    let by_status = by_status(status.as_u16());
    // A status is coarser than a name where the name is known, but a name is no reason to try again what is denied.
    let (kind, what) = match told.kind() {
        Some(named) if status.is_client_error() && by_status.0 != ModelErrorKind::Denied => named,
        _ => by_status,
    };
    ModelError::new(kind, format_args!("HTTP {}{}: {what}", status.as_u16(), told.label()))
}

/// A failure inside an answer.
pub(super) fn within(told: &Told) -> ModelError {
    let by_status = told.status.filter(|status| (400..600).contains(status)).map(by_status);
    let (kind, what) = told
        .kind()
        .or(by_status)
        .unwrap_or((ModelErrorKind::Unavailable, "the server failed within the answer"));
    ModelError::new(kind, format_args!("an error came in place of the answer{}: {what}", told.label()))
}

const TOO_LONG: &str = "the request is longer than the model's context";

const fn by_status(status: u16) -> (ModelErrorKind, &'static str) {
    use ModelErrorKind::{Broken, Denied, Invalid, Throttled, Timeout, Unavailable};
    match status {
        200..=299 => (Broken, "the server answered with no answer"),
        300..=399 => (Invalid, "the server points elsewhere, and redirects are not followed: set base_url"),
        401 | 403 => (Denied, "the key is missing, wrong, expired, or not for this model"),
        402 => (Denied, "the account has no credit"),
        404 | 410 => (Invalid, "no such model, or no such path: look at model and base_url"),
        408 | 504 => (Timeout, "the server took too long"),
        409 | 425 | 429 => (Throttled, "too many requests"),
        413 => (Invalid, TOO_LONG),
        400..=499 => (Invalid, "the server does not take the request"),
        _ => (Unavailable, "the server failed"),
    }
}

/// The names that say more than a status does. Servers write them in every way, so case, `_` and a last `error` do not count.
fn known(name: &str) -> Option<(ModelErrorKind, &'static str)> {
    use ModelErrorKind::{Denied, Invalid, Throttled, Timeout, Unavailable};
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match name.strip_suffix("error").unwrap_or(&name) {
        "insufficientquota" | "insufficientbalance" | "billinghardlimitreached" | "billingnotactive" => {
            (Denied, "the account's quota is used up")
        }
        "invalidapikey" | "authentication" | "accountdeactivated" | "permission" | "permissiondenied"
        | "unauthenticated" | "unauthorized" => {
            (Denied, "the key is missing, wrong, expired, or not for this model")
        }
        "contextlengthexceeded" | "exceedcontextsize" => (Invalid, TOO_LONG),
        "modelnotfound" | "notfound" => {
            (Invalid, "no such model, or no such path: look at model and base_url")
        }
        "contentfilter" | "contentpolicyviolation" => {
            (Invalid, "the provider's filter does not take the request")
        }
        "invalidrequest" | "badrequest" | "invalidargument" => {
            (Invalid, "the server does not take the request")
        }
        "ratelimit" | "ratelimitexceeded" | "toomanyrequests" | "resourceexhausted" => {
            (Throttled, "too many requests")
        }
        "overloaded" | "engineoverloaded" | "serviceunavailable" | "unavailable" | "server" | "internal"
        | "internalserver" => (Unavailable, "the server failed or is overloaded"),
        "timeout" | "requesttimeout" | "deadlineexceeded" => (Timeout, "the server took too long"),
        _ => return None,
    })
}

/// How servers word it that name it in the message alone: vLLM, llama.cpp, Ollama.
fn is_too_long(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["context length", "context size", "context window", "maximum context"]
        .iter()
        .any(|words| message.contains(words))
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.chars().all(fits)
}

/// How long the server asks to wait: RFC 9110 section 10.2.3, in seconds or as a date, and OpenAI's finer `retry-after-ms`.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let finer = text("retry-after-ms").and_then(|ms| ms.parse().ok()).map(Duration::from_millis);
    let plain = text(RETRY_AFTER.as_str()).and_then(|value| match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(value).ok().map(|at| at.duration_since(now).unwrap_or_default()),
    });
    finer.or(plain).map(|wait| wait.min(RETRY_AFTER_MAX))
}
