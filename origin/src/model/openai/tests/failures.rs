//! How a server says no, and what is kept of it.

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::super::failure::{Told, of_status, retry_after};
use super::{ModelErrorKind, chunks, read};

fn kind(status: u16, document: &Value) -> ModelErrorKind {
    of_status(StatusCode::from_u16(status).unwrap(), &Told::of_document(document)).kind
}

#[test]
fn every_status_is_a_kind_of_failure() {
    use ModelErrorKind::{Broken, Denied, Invalid, Throttled, Timeout, Unavailable};
    let table = [
        (204, Broken),
        (301, Invalid),
        (307, Invalid),
        (400, Invalid),
        (401, Denied),
        (402, Denied),
        (403, Denied),
        (404, Invalid),
        (405, Invalid),
        (408, Timeout),
        (409, Throttled),
        (413, Invalid),
        (422, Invalid),
        (429, Throttled),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Timeout),
        (529, Unavailable),
    ];
    for (status, expected) in table {
        assert_eq!(kind(status, &Value::Null), expected, "{status}");
    }
}

#[test]
fn a_quota_that_is_used_up_is_not_tried_again() {
    let told =
        json!({ "error": { "message": "…", "type": "insufficient_quota", "code": "insufficient_quota" } });
    assert_eq!(kind(429, &told), ModelErrorKind::Denied);
}

#[test]
fn what_is_denied_stays_denied_whatever_it_is_called() {
    let told = json!({ "error": { "type": "server_error" } });
    assert_eq!(kind(401, &told), ModelErrorKind::Denied);
}

#[test]
fn a_request_that_is_too_long_says_so_in_every_dialect() {
    let openai = json!({ "error": { "message": "…", "code": "context_length_exceeded" } });
    let llama_cpp = json!({ "error": { "code": 400, "message": "…", "type": "exceed_context_size_error" } });
    let vllm = json!({ "object": "error", "message": "This model's maximum context length is 4096 tokens." });
    let ollama = json!({ "error": "the prompt is longer than the context length" });
    for told in [openai, llama_cpp, vllm, ollama] {
        let error = of_status(StatusCode::BAD_REQUEST, &Told::of_document(&told));
        assert_eq!(error.kind, ModelErrorKind::Invalid);
        assert!(error.reason.contains("longer than the model's context"), "{}", error.reason);
    }
}

#[test]
fn what_a_server_says_of_the_request_is_not_kept() {
    let secret = "where is my order 42";
    let told = json!({ "error": { "message": secret, "type": secret, "code": "bad_request_error" } });
    let error = of_status(StatusCode::BAD_REQUEST, &Told::of_document(&told));
    assert!(!error.to_string().contains("order"), "{error}");
    assert!(error.reason.contains("bad_request_error"), "{error}");
}

#[tokio::test]
async fn an_error_within_an_answer_is_of_its_kind() {
    let table = [
        (r#"{"error":{"message":"…","type":"server_error"}}"#, ModelErrorKind::Unavailable),
        (r#"{"error":{"message":"…","code":"rate_limit_exceeded"}}"#, ModelErrorKind::Throttled),
        (r#"{"error":{"message":"…","code":429}}"#, ModelErrorKind::Throttled),
        (r#"{"error":{"message":"…","code":"invalid_api_key"}}"#, ModelErrorKind::Denied),
        (r#"{"error":"model runner has unexpectedly stopped"}"#, ModelErrorKind::Unavailable),
        (r#"{"object":"error","message":"…","type":"BadRequestError","code":400}"#, ModelErrorKind::Invalid),
    ];
    for (document, expected) in table {
        let streamed = read(&format!("{}data: {document}\n\n", chunks(&[r#"{"content":"Hello"}"#]))).await;
        assert_eq!((streamed.text().as_str(), streamed.kind()), ("Hello", Some(expected)), "{document}");
        let whole = read(document).await;
        assert_eq!(whole.kind(), Some(expected), "{document} with a 200");
    }
}

#[tokio::test]
async fn what_a_broken_answer_holds_is_not_in_its_error() {
    let outcome = read("data: {\"choices\":[{\"delta\":{\"content\":\"my order 42\"}}\n\n").await;
    let error = outcome.error.unwrap();
    assert_eq!(error.kind, ModelErrorKind::Broken);
    assert!(!error.to_string().contains("order"), "{error}");
}

#[test]
fn the_time_to_wait_is_read_in_seconds_and_as_a_date() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_757);
    let wait = |name: &'static str, value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        retry_after(&headers, now)
    };
    assert_eq!(wait("retry-after", "7"), Some(Duration::from_secs(7)));
    assert_eq!(wait("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(20)));
    assert_eq!(wait("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
    assert_eq!(wait("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
    assert_eq!(wait("retry-after", "99999999999999"), Some(Duration::from_secs(86_400)));
    assert_eq!(wait("retry-after", "soon"), None);
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}
