//! Bodies: bounded in size and time, JSON, and faults told without repeating what was sent.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use chat::{Code, Problem};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;

use super::Api;

/// Reads a JSON body.
pub(super) async fn json<T: DeserializeOwned>(
    api: &Api,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or(kind).trim());
    if essence.is_some_and(|kind| !kind.eq_ignore_ascii_case("application/json")) {
        return Err(Problem::new(Code::UnsupportedMediaType, "Send JSON as application/json."));
    }
    let read = tokio::time::timeout(api.body_timeout, collect(body, api.body_bytes_max));
    let bytes =
        read.await.map_err(|_| Problem::new(Code::RequestTimeout, "The body did not arrive in time."))??;
    parse(&bytes)
}

async fn collect(body: Body, bytes_max: usize) -> Result<Vec<u8>, Problem> {
    let mut parts = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(part) = parts.next().await {
        let part =
            part.map_err(|_| Problem::new(Code::Malformed, "The body was cut off or badly framed."))?;
        if bytes.len() + part.len() > bytes_max {
            return Err(Problem::new(Code::TooLarge, format!("The body is longer than {bytes_max} bytes.")));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        if error.classify() != serde_json::error::Category::Data {
            return Problem::new(Code::Malformed, format!("The body is not JSON in UTF-8 at {place}."));
        }
        // Of serde's messages, these name a field of ours; the others repeat a value, which may be anything.
        let message = error.to_string();
        let names_field = ["missing field", "unknown field", "duplicate field"]
            .iter()
            .any(|start| message.starts_with(start));
        let what = message.split(" at line ").next().unwrap_or("").split(", expected").next().unwrap_or("");
        match names_field {
            true => Problem::new(Code::Invalid, format!("The body has a {what} at {place}.")),
            false => Problem::new(Code::Invalid, format!("A field has a wrong type or value at {place}.")),
        }
    })
}

#[cfg(test)]
mod tests {
    use chat::internal::TurnRequest;

    use super::*;

    #[test]
    fn a_fault_names_the_field_or_the_place_and_no_value() {
        let fault = |body: &str| parse::<TurnRequest>(body.as_bytes()).unwrap_err();
        assert_eq!(fault("{").code, Code::Malformed);
        assert!(fault("{}").detail.contains("missing field `id`"), "{}", fault("{}").detail);
        let wrong = fault(r#"{"id":"secret words"}"#);
        assert_eq!(wrong.code, Code::Invalid);
        assert!(!wrong.detail.contains("secret"));
    }
}
