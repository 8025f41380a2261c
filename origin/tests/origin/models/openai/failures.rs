//! How a server fails, and what becomes of it.

use std::time::Duration;

use model_server::{Dialect, Failure, ModelServer, Script, Step, Stop};
use origin::model::{ModelError, ModelErrorKind, ModelEvent, StopReason};
use tokio::net::TcpListener;

use super::super::{ask, question, text};
use super::{Completions, answering, model};

fn failure(status: u16, kind: &str, retry_after_s: Option<u32>) -> Failure {
    // Servers quote what they were asked.
    Failure { status, kind: kind.into(), message: "cannot do: Is volume 3 in stock?".into(), retry_after_s }
}

async fn refusal(failure: Failure) -> ModelError {
    let completions = Completions::playing(vec![Script::of([Step::Refuse(failure)])]).await;
    let told = ask(&completions.model, &question()).await;
    assert!(told.events.is_empty(), "{told:?}");
    told.error.unwrap()
}

fn page(status: &str, more: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}

#[tokio::test]
async fn every_refusal_is_of_its_kind_and_does_not_quote_the_conversation() {
    use ModelErrorKind::{Denied, Invalid, Throttled, Timeout, Unavailable};
    let table = [
        (400, "invalid_request_error", Invalid),
        (400, "context_length_exceeded", Invalid),
        (401, "invalid_api_key", Denied),
        (403, "permission_error", Denied),
        (404, "model_not_found", Invalid),
        (408, "timeout", Timeout),
        (409, "conflict", Throttled),
        (422, "unprocessable", Invalid),
        (429, "rate_limit_exceeded", Throttled),
        (429, "insufficient_quota", Denied),
        (500, "server_error", Unavailable),
        (502, "bad_gateway", Unavailable),
        (503, "overloaded_error", Unavailable),
        (504, "timeout", Timeout),
    ];
    for (status, kind, expected) in table {
        let error = refusal(failure(status, kind, None)).await;
        assert_eq!(error.kind, expected, "{status} {kind}");
        assert!(error.reason.contains(&status.to_string()) && error.reason.contains(kind), "{error}");
        assert!(
            error.reason.contains("req_scripted"),
            "the provider's id of the request helps its support: {error}"
        );
        assert!(!error.reason.contains("volume 3"), "{error}");
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_says_which_settings_to_look_at() {
    let reason = refusal(failure(404, "not_found_error", None)).await.reason;
    assert!(reason.contains("model") && reason.contains("base_url"), "{reason}");
}

#[tokio::test]
async fn how_long_to_wait_is_kept() {
    let error = refusal(failure(429, "rate_limit_exceeded", Some(7))).await;
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    let error = refusal(failure(503, "overloaded_error", Some(2))).await;
    assert_eq!(error.retry_after, Some(Duration::from_secs(2)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = ModelServer::start(Dialect::OpenAi, [Script::saying(["Yes."])]).await;
    let location = format!("location: {}/v1/chat/completions\r\n", elsewhere.url());
    let base_url = answering(page("307 Temporary Redirect", &location, "")).await;
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Invalid);
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_refusal_whose_body_breaks_off_is_told_by_its_status() {
    let base_url =
        answering(b"HTTP/1.1 429 Slow\r\nretry-after: 3\r\ncontent-length: 900\r\n\r\n{\"err".to_vec()).await;
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Throttled);
    assert_eq!(told.failure().retry_after, Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn an_error_with_a_200_is_an_error() {
    let error = r#"{"error":{"message":"…","type":"server_error"}}"#;
    let base_url = answering(page("200 OK", "content-type: application/json\r\n", error)).await;
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Unavailable);
}

#[tokio::test]
async fn a_web_page_is_broken() {
    let base_url = answering(page("200 OK", "content-type: text/html\r\n", "<html>Welcome</html>")).await;
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Broken);
}

#[tokio::test]
async fn a_whole_completion_where_a_stream_was_asked_for_is_read() {
    let body = r#"{"choices":[{"index":0,"message":{"content":"Yes."},"finish_reason":"stop"}]}"#;
    let base_url = answering(page("200 OK", "content-type: application/json\r\n", body)).await;
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.events, [text("Yes."), ModelEvent::Stop(StopReason::End)]);
}

#[tokio::test]
async fn a_head_that_is_too_long_is_broken() {
    let more = format!("x-long: {}\r\n", "x".repeat(100 << 10));
    let base_url = answering(page("200 OK", &more, "{}")).await;
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
}

#[tokio::test]
async fn what_is_not_http_is_broken() {
    let base_url = answering(b"220 mail.example ESMTP\r\n".to_vec()).await;
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
}

#[tokio::test]
async fn a_server_that_closes_without_a_word_is_unavailable() {
    let base_url = answering(Vec::new()).await;
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Unavailable, "{told:?}");
}

#[tokio::test]
async fn nobody_at_the_address_is_unavailable() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let told = ask(&model(&base_url, ""), &question()).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Unavailable);
    assert!(told.failure().reason.contains("could not connect"), "{told:?}");
}

#[tokio::test]
async fn events_in_the_wrong_order_are_broken() {
    let steps = [Step::Text("Yes".into()), Step::Swap, Step::Text(", it is.".into()), Step::Stop(Stop::End)];
    let completions = Completions::playing(vec![Script::of(steps)]).await;
    let told = ask(&completions.model, &question()).await;
    assert_eq!(told.events, [text("Yes")]);
    assert_eq!(told.failure().kind, ModelErrorKind::Broken);
}

#[tokio::test]
async fn a_stop_that_comes_twice_is_one_stop() {
    let steps = [Step::Text("Yes".into()), Step::Repeat, Step::Stop(Stop::End)];
    let completions = Completions::playing(vec![Script::of(steps)]).await;
    let told = ask(&completions.model, &question()).await;
    assert_eq!(told.events, [text("Yes"), ModelEvent::Stop(StopReason::End)]);
}

#[tokio::test]
async fn a_fragment_of_a_call_that_comes_twice_spoils_its_arguments() {
    let arguments = r#"{"volume":3}"#;
    let call = Step::ToolCall { id: "c1".into(), name: "stock".into(), arguments: arguments.into() };
    let completions =
        Completions::playing(vec![Script::of([Step::Repeat, call, Step::Stop(Stop::Tools)])]).await;
    let told = ask(&completions.model, &question()).await;
    let Some(ModelEvent::ToolCall(call)) = told.events.first() else { panic!("{told:?}") };
    assert_eq!(call.arguments, arguments.repeat(2));
}

#[tokio::test]
async fn an_error_within_an_answer_is_of_its_kind() {
    let table = [
        ("server_error", ModelErrorKind::Unavailable),
        ("rate_limit_exceeded", ModelErrorKind::Throttled),
        ("insufficient_quota", ModelErrorKind::Denied),
        ("something_new", ModelErrorKind::Unavailable),
    ];
    for (kind, expected) in table {
        let steps = [Step::Text("Yes".into()), Step::Fail(failure(200, kind, None))];
        let completions = Completions::playing(vec![Script::of(steps)]).await;
        let told = ask(&completions.model, &question()).await;
        assert_eq!(told.events, [text("Yes")], "{kind}");
        assert_eq!(told.failure().kind, expected, "{kind}");
        assert!(!told.failure().reason.contains("volume 3"), "{told:?}");
    }
}
