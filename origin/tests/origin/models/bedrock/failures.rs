//! What goes wrong with Bedrock, and what is made of it.

use std::time::Duration;

use model_server::bedrock::{REQUEST_ID, error, event, exception};
use model_server::{Failure, Script, Step, Stop};
use origin::model::{ModelErrorKind, ModelEvent, StopReason};
use serde_json::json;

use super::super::{Told, ask, question, text};
use super::Bed;

/// Every exception of `ConverseStream` and of signing, with its status.
const EXCEPTIONS: [(&str, u16, ModelErrorKind); 18] = [
    ("ThrottlingException", 429, ModelErrorKind::Throttled),
    ("ServiceQuotaExceededException", 400, ModelErrorKind::Throttled),
    ("ServiceUnavailableException", 503, ModelErrorKind::Unavailable),
    ("InternalServerException", 500, ModelErrorKind::Unavailable),
    ("ModelErrorException", 424, ModelErrorKind::Unavailable),
    ("ModelNotReadyException", 429, ModelErrorKind::Unavailable),
    ("ModelStreamErrorException", 424, ModelErrorKind::Unavailable),
    ("ModelTimeoutException", 408, ModelErrorKind::Timeout),
    ("ValidationException", 400, ModelErrorKind::Invalid),
    ("ResourceNotFoundException", 404, ModelErrorKind::Invalid),
    ("AccessDeniedException", 403, ModelErrorKind::Denied),
    ("ExpiredTokenException", 403, ModelErrorKind::Denied),
    ("ExpiredToken", 400, ModelErrorKind::Denied),
    ("UnrecognizedClientException", 403, ModelErrorKind::Denied),
    ("InvalidSignatureException", 403, ModelErrorKind::Denied),
    ("MissingAuthenticationTokenException", 403, ModelErrorKind::Denied),
    ("IncompleteSignature", 400, ModelErrorKind::Denied),
    ("UnauthorizedException", 401, ModelErrorKind::Denied),
];

fn failure(status: u16, kind: &str, message: &str) -> Failure {
    Failure { status, kind: kind.into(), message: message.into(), retry_after_s: None }
}

async fn told(script: Script) -> Told {
    ask(&Bed::playing([script]).await.model, &question()).await
}

async fn refused(status: u16, kind: &str, message: &str) -> Told {
    told(Script::of([Step::Refuse(failure(status, kind, message))])).await
}

#[tokio::test]
async fn every_exception_has_its_kind_before_the_stream() {
    for (name, status, kind) in EXCEPTIONS {
        let told = refused(status, name, "Is volume 3 in stock?").await;
        assert_eq!(told.failure().kind, kind, "{name}: {told:?}");
        assert!(told.failure().reason.starts_with(name), "{told:?}");
        assert!(told.failure().reason.contains(REQUEST_ID), "{told:?}");
    }
}

#[tokio::test]
async fn every_exception_has_its_kind_within_the_stream() {
    for (name, status, kind) in EXCEPTIONS {
        let script =
            Script::of([Step::Text("Yes".into()), Step::Fail(failure(status, name, "Is volume 3?"))]);
        let told = told(script).await;
        assert_eq!(told.events, [text("Yes")], "{name}");
        assert_eq!(told.failure().kind, kind, "{name}: {told:?}");
    }
}

#[tokio::test]
async fn throttling_and_outages_may_be_tried_again_and_nothing_else() {
    for (name, status, kind) in EXCEPTIONS {
        let retryable = matches!(kind, ModelErrorKind::Throttled | ModelErrorKind::Unavailable);
        assert_eq!(refused(status, name, "").await.failure().is_retryable(), retryable, "{name}");
    }
}

#[tokio::test]
async fn a_request_is_sent_once_whatever_comes_back() {
    let bed = Bed::playing([Script::refusing(503, "ServiceUnavailableException")]).await;
    ask(&bed.model, &question()).await;
    assert_eq!(bed.server.received().len(), 1);
}

#[tokio::test]
async fn a_validation_message_that_may_quote_is_not_kept() {
    let told = refused(400, "ValidationException", "messages.0: \"Is volume 3 in stock?\" is too long").await;
    assert!(!told.failure().reason.contains("volume 3"), "{told:?}");
}

#[tokio::test]
async fn a_validation_message_about_the_model_is_kept() {
    let told = refused(400, "ValidationException", "The provided model identifier is invalid.").await;
    assert!(told.failure().reason.ends_with("The provided model identifier is invalid."), "{told:?}");
}

#[tokio::test]
async fn a_denied_access_says_whose_it_is() {
    let message = "You don't have access to the model with the specified model ID.";
    let told = refused(403, "AccessDeniedException", message).await;
    assert!(told.failure().reason.contains(message), "{told:?}");
}

#[tokio::test]
async fn a_signature_that_is_wrong_keeps_what_was_signed_out_of_the_log() {
    let message = "The Canonical String should have been 'x-amz-security-token:secret'";
    let told = refused(403, "InvalidSignatureException", message).await;
    assert!(!told.failure().reason.contains("secret"), "{told:?}");
}

#[tokio::test]
async fn how_long_to_wait_is_kept() {
    let mut throttled = failure(429, "ThrottlingException", "Too many tokens");
    throttled.retry_after_s = Some(7);
    let told = told(Script::of([Step::Refuse(throttled)])).await;
    assert_eq!(told.failure().retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_wait_that_nobody_would_wait_is_bounded() {
    let mut throttled = failure(429, "ThrottlingException", "Too many tokens");
    throttled.retry_after_s = Some(u32::MAX);
    let told = told(Script::of([Step::Refuse(throttled)])).await;
    assert_eq!(told.failure().retry_after, Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn an_exception_that_nobody_knows_has_the_kind_of_its_status() {
    assert_eq!(refused(503, "BrandNewException", "").await.failure().kind, ModelErrorKind::Unavailable);
    assert_eq!(refused(422, "BrandNewException", "").await.failure().kind, ModelErrorKind::Invalid);
}

#[tokio::test]
async fn an_exception_that_nobody_knows_within_the_stream_is_no_answer() {
    let told = told(Script::of([Step::Raw(exception("brandNewException", "Is volume 3?"))])).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
    assert!(told.failure().reason.contains("brandNewException"), "{told:?}");
    assert!(!told.failure().reason.contains("volume 3"), "{told:?}");
}

#[tokio::test]
async fn an_error_frame_has_the_kind_of_its_code() {
    let told = told(Script::of([Step::Raw(error("InternalFailure", "Is volume 3?"))])).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Unavailable, "{told:?}");
    assert!(!told.failure().reason.contains("volume 3"), "{told:?}");
}

#[tokio::test]
async fn a_success_with_an_error_as_its_body_is_no_answer() {
    let body = br#"{"message":"Is volume 3 in stock? I could not say."}"#;
    let told = told(Script::of([Step::Raw(body.to_vec())])).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
    assert!(!told.failure().reason.contains("volume 3"), "{told:?}");
}

#[tokio::test]
async fn a_success_without_a_body_is_no_answer() {
    assert_eq!(told(Script::default()).await.failure().kind, ModelErrorKind::Broken);
}

#[tokio::test]
async fn a_prelude_with_a_wrong_checksum_is_no_answer() {
    let mut frame = event("messageStart", &json!({ "role": "assistant" }));
    frame[8] ^= 0xff;
    let told = told(Script::of([Step::Raw(frame), Step::Stall])).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
}

#[tokio::test]
async fn a_frame_that_never_ends_is_no_answer() {
    // It says that it has two gigabytes, and its prelude's checksum is right.
    let mut frame = vec![0x80, 0, 0, 0, 0, 0, 0, 0];
    frame.extend(crc32(&frame).to_be_bytes());
    let mut steps = vec![Step::Raw(frame)];
    steps.extend((0..40).map(|_| Step::Raw(vec![0; 1 << 20])));
    steps.push(Step::Stall);
    let told = told(Script::of(steps)).await;
    assert_eq!(told.failure().kind, ModelErrorKind::Broken, "{told:?}");
    assert_eq!(told.failure().reason, "the answer does not end");
}

/// The checksum of an event stream: CRC-32 of IEEE 802.3.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            },
        )
    })
}

#[tokio::test]
async fn the_models_own_failure_has_the_kind_of_its_status() {
    let statuses = [
        (429, ModelErrorKind::Throttled),
        (400, ModelErrorKind::Invalid),
        (500, ModelErrorKind::Unavailable),
    ];
    for (status, kind) in statuses {
        let body = json!({ "message": "the model failed", "originalStatusCode": status }).to_string();
        let told = refused(424, "ModelErrorException", &body).await;
        assert_eq!(told.failure().kind, kind, "{status}: {told:?}");
    }
}

#[tokio::test]
async fn after_a_failure_the_next_request_is_answered() {
    let cut = Script::of([Step::Text("Yes".into()), Step::Cut, Step::Stop(Stop::End)]);
    let bed = Bed::playing([cut, Script::saying(["Yes."])]).await;
    assert!(ask(&bed.model, &question()).await.error.is_some());
    let told = ask(&bed.model, &question()).await;
    assert_eq!(told.events.last(), Some(&ModelEvent::Stop(StopReason::End)), "{told:?}");
}
