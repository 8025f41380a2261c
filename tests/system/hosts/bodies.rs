//! Bodies that are no message.

use chat::limits::TEXT_CHARS_MAX;
use chat::{Code, MessagePost};
use reqwest::Method;

use crate::fixture::{FakeOrigin, Front, Kind, MESSAGES, Reply, SHIPPING, message, refused, still_serves};

const ID: &str = "7f0c1c9e-2f5a-4a53-9f0e-2b6f0d6f8a11";

on_every_host! {
    malformed_json_is_malformed,
    malformed_json_is_told_its_line_and_column,
    no_body_at_all_is_malformed,
    wrong_types_are_invalid,
    fields_of_a_wrong_type_are_invalid,
    unknown_fields_are_invalid,
    a_missing_id_or_text_is_invalid,
    a_text_over_the_bound_is_invalid,
    a_text_of_the_greatest_length_is_answered,
    an_empty_text_is_invalid,
    a_body_that_is_not_utf8_is_malformed,
    bad_feedback_is_refused_and_never_reaches_the_origin,
    a_bad_message_takes_no_turn,
    an_encoded_body_is_an_unsupported_media_type,
    another_content_type_is_an_unsupported_media_type,
}

/// Each of these bodies is refused with this code when it is posted as a message; none of them is a turn.
async fn each_is_refused<B: Into<Vec<u8>>>(kind: Kind, bodies: impl IntoIterator<Item = B>, code: Code) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    for body in bodies {
        let body: Vec<u8> = body.into();
        refused(&guest.post(MESSAGES, body).await, code);
    }
    assert!(origin.turns().is_empty());
    still_serves(&shop.stranger()).await;
}

async fn malformed_json_is_malformed(kind: Kind) {
    let bodies = ["{", "{\"id\": ", "text=hello", "{\"id\":1,}", "{} {}", "'hello'"];
    each_is_refused(kind, bodies, Code::Malformed).await;
}

async fn malformed_json_is_told_its_line_and_column(kind: Kind) {
    let shop = Front::open(kind).await;
    let reply = shop.guest().await.post(MESSAGES, "{\n\"id\": }").await;
    refused(&reply, Code::Malformed);
    assert!(reply.problem().detail.contains("line 2"), "{}", reply.body);
}

async fn no_body_at_all_is_malformed(kind: Kind) {
    each_is_refused(kind, [""], Code::Malformed).await;
}

async fn wrong_types_are_invalid(kind: Kind) {
    let whole = ["[]", "null", "7", "\"hello\"", r#"{"id":7,"text":"hi"}"#, r#"{"id":"7","text":"hi"}"#];
    each_is_refused(kind, whole, Code::Invalid).await;
}

async fn fields_of_a_wrong_type_are_invalid(kind: Kind) {
    let post = |rest: &str| format!(r#"{{"id":"{ID}",{rest}}}"#);
    let bodies = [r#""text":7"#, r#""text":["hi"]"#, r#""text":null"#, r#""text":"hi","page":"/""#].map(post);
    each_is_refused(kind, bodies, Code::Invalid).await;
}

async fn unknown_fields_are_invalid(kind: Kind) {
    let top = format!(r#"{{"id":"{ID}","text":"hi","txet":"hi"}}"#);
    let nested = format!(r#"{{"id":"{ID}","text":"hi","page":{{"path":"/","title":"Home"}}}}"#);
    each_is_refused(kind, [top, nested], Code::Invalid).await;
}

async fn a_missing_id_or_text_is_invalid(kind: Kind) {
    let without_text = format!(r#"{{"id":"{ID}"}}"#);
    each_is_refused(kind, [r#"{"text":"hi"}"#, without_text.as_str(), "{}"], Code::Invalid).await;
}

async fn a_text_over_the_bound_is_invalid(kind: Kind) {
    let post = |letter: &str| format!(r#"{{"id":"{ID}","text":"{}"}}"#, letter.repeat(TEXT_CHARS_MAX + 1));
    each_is_refused(kind, ["a", "あ"].map(post), Code::Invalid).await;
}

async fn a_text_of_the_greatest_length_is_answered(kind: Kind) {
    let shop = Front::open(kind).await;
    let question = MessagePost { text: "あ".repeat(TEXT_CHARS_MAX), ..message("") };
    shop.guest().await.ask(&question).await.answer();
}

async fn an_empty_text_is_invalid(kind: Kind) {
    let post = |text: &str| format!(r#"{{"id":"{ID}","text":"{text}"}}"#);
    each_is_refused(kind, ["", "   "].map(post), Code::Invalid).await;
}

async fn a_body_that_is_not_utf8_is_malformed(kind: Kind) {
    let mut in_the_text = format!(r#"{{"id":"{ID}","text":""#).into_bytes();
    in_the_text.extend_from_slice(b"caf\xe9\"}");
    each_is_refused(kind, [b"\xff\xfe".to_vec(), in_the_text], Code::Malformed).await;
}

async fn bad_feedback_is_refused_and_never_reaches_the_origin(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    refused(&guest.post("/v1/chat/feedback", "{").await, Code::Malformed);
    let body = format!(r#"{{"id":"{ID}","rating":"sideways"}}"#);
    refused(&guest.post("/v1/chat/feedback", body).await, Code::Invalid);
    assert!(origin.calls().is_empty());
    still_serves(&shop.stranger()).await;
}

async fn a_bad_message_takes_no_turn(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    for _ in 0..3 {
        refused(&guest.post(MESSAGES, "{}").await, Code::Invalid);
    }
    assert_eq!(guest.ask(&message(SHIPPING)).await.turns_left(), 9);
}

async fn an_encoded_body_is_an_unsupported_media_type(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    for encoding in ["gzip", "br", "deflate"] {
        let request = guest.request(Method::POST, MESSAGES).header("content-type", "application/json");
        let request = request.header("content-encoding", encoding).body("{}");
        refused(&Reply::to(request).await, Code::UnsupportedMediaType);
    }
    still_serves(&shop.stranger()).await;
}

async fn another_content_type_is_an_unsupported_media_type(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    for content_type in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")]
    {
        let request = guest.request(Method::POST, MESSAGES).body("{}");
        let request =
            if let Some(name) = content_type { request.header("content-type", name) } else { request };
        refused(&Reply::to(request).await, Code::UnsupportedMediaType);
    }
    still_serves(&shop.stranger()).await;
}
