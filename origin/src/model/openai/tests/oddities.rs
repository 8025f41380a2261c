//! What servers do that the book does not say: bodies of another kind, ends of another kind, thoughts in the text.

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::super::answer;
use super::super::chunk::Reader;
use super::{
    ModelErrorKind, ModelEvent, StopReason, Tokens, chunks, finished, read, read_deltas, read_in, text,
};

const HELLO: &str = r#"{"content":"Hello"}"#;

#[tokio::test]
async fn an_answer_without_done_is_whole_after_its_finish() {
    let body = chunks(&[HELLO]) + &finished("stop").replace("data: [DONE]\n\n", "");
    assert_eq!(read(&body).await.events, [text("Hello"), ModelEvent::Stop(StopReason::End)]);
}

#[tokio::test]
async fn an_answer_without_a_finish_is_whole_where_done_says_so() {
    let body = chunks(&[HELLO]) + "data: [DONE]\n\n";
    assert_eq!(read(&body).await.events, [text("Hello"), ModelEvent::Stop(StopReason::End)]);
}

#[tokio::test]
async fn an_answer_with_neither_is_broken() {
    let outcome = read(&chunks(&[HELLO])).await;
    assert_eq!(outcome.text(), "Hello");
    assert_eq!(outcome.kind(), Some(ModelErrorKind::Broken));
}

#[tokio::test]
async fn a_connection_that_breaks_within_the_answer_is_worth_another_try() {
    let pieces = stream::iter([Ok(Bytes::from(chunks(&[HELLO]))), Err(io::Error::other("reset"))]);
    let mut answer = Box::pin(answer::read(pieces, Reader::new(false, 0)));
    assert_eq!(answer.next().await.unwrap().unwrap(), text("Hello"));
    assert!(answer.next().await.unwrap().unwrap_err().is_retryable());
}

#[tokio::test]
async fn done_alone_is_broken() {
    assert_eq!(read("data: [DONE]\n\n").await.kind(), Some(ModelErrorKind::Broken));
}

#[tokio::test]
async fn keep_alives_and_other_fields_are_passed_over() {
    let body = format!(
        ": OPENROUTER PROCESSING\n\nevent: ping\nid: 1\nretry: 5\n\ndata:\n\n{}{}",
        chunks(&[HELLO]),
        finished("stop")
    );
    assert_eq!(read(&body).await.text(), "Hello");
}

#[tokio::test]
async fn usage_in_the_last_chunk_comes_before_the_stop() {
    let body = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\
                \"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\n";
    let usage = ModelEvent::Usage(Tokens { input: 9, output: 1, ..Tokens::default() });
    assert_eq!(read(body).await.events, [text("Hi"), usage, ModelEvent::Stop(StopReason::End)]);
}

#[tokio::test]
async fn usage_that_is_no_usage_is_passed_over() {
    let body = chunks(&[HELLO]) + "data: {\"choices\":[],\"usage\":\"many\"}\n\n" + &finished("stop");
    assert_eq!(read(&body).await.events, [text("Hello"), ModelEvent::Stop(StopReason::End)]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_on_after_the_end_is_not_waited_for() {
    let body = chunks(&[HELLO]) + &finished("stop");
    let pieces = stream::iter([Ok::<_, io::Error>(Bytes::from(body))]).chain(stream::pending());
    let began = Instant::now();
    let answer = answer::read(pieces, Reader::new(false, 0));
    let events: Vec<_> = answer.map(Result::unwrap).collect().await;
    assert_eq!(events, [text("Hello"), ModelEvent::Stop(StopReason::End)]);
    assert!(
        began.elapsed() <= answer::AFTER_END + std::time::Duration::from_millis(1),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_end_loses_nothing() {
    let body = chunks(&[HELLO]) + &finished("stop");
    let pieces = stream::iter([Ok(Bytes::from(body)), Err(io::Error::other("reset"))]);
    let events: Vec<_> = answer::read(pieces, Reader::new(false, 0)).map(Result::unwrap).collect().await;
    assert_eq!(events.last(), Some(&ModelEvent::Stop(StopReason::End)));
}

#[tokio::test]
async fn a_whole_completion_in_place_of_a_stream_is_read() {
    let body = r#" {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi",
        "tool_calls":[{"id":"a","type":"function","function":{"name":"stock","arguments":"{}"}}]},
        "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"#;
    let outcome = read(body).await;
    assert_eq!(outcome.text(), "Hi");
    assert_eq!(outcome.stop(), Some(StopReason::Tools));
    assert_eq!(outcome.events.len(), 4, "{:?}", outcome.events);
}

#[tokio::test]
async fn a_web_page_is_no_answer() {
    let outcome = read("\n<!doctype html><title>Welcome</title>").await;
    assert_eq!(outcome.kind(), Some(ModelErrorKind::Broken));
    assert!(outcome.error.unwrap().reason.contains("base_url"));
}

#[tokio::test]
async fn nothing_is_no_answer() {
    assert_eq!(read("").await.kind(), Some(ModelErrorKind::Broken));
    assert_eq!(read("\r\n \n").await.kind(), Some(ModelErrorKind::Broken));
}

#[tokio::test]
async fn json_that_is_no_completion_is_no_answer() {
    for body in ["{}", "[]", r#"{"models":[]}"#, "{\"message\":{\"content\":\"Hi\"}}\n{\"done\":true}\n"] {
        assert_eq!(read(body).await.kind(), Some(ModelErrorKind::Broken), "{body}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_said() {
    let deltas =
        [HELLO, r#"{"refusal":"I am sorry"}"#, r#"{"refusal":", I cannot."}"#, r#"{"content":"More"}"#];
    let outcome = read_deltas(&deltas, "stop").await;
    assert_eq!(outcome.events, [text("Hello"), ModelEvent::Stop(StopReason::Filtered)]);
}

#[tokio::test]
async fn text_after_the_end_is_broken() {
    let body = finished("stop").replace("data: [DONE]\n\n", "") + &chunks(&[HELLO]);
    let outcome = read(&body).await;
    assert_eq!(outcome.text(), "");
    assert_eq!(outcome.kind(), Some(ModelErrorKind::Broken));
}

#[tokio::test]
async fn a_reason_to_end_that_is_not_known_is_broken() {
    assert_eq!(read_deltas(&[HELLO], "because").await.kind(), Some(ModelErrorKind::Broken));
}

#[tokio::test]
async fn an_answer_ends_in_the_words_of_any_server() {
    for (reason, stop) in [
        ("stop", StopReason::End),
        ("eos", StopReason::End),
        ("eos_token", StopReason::End),
        ("end", StopReason::End),
        ("end_turn", StopReason::End),
        ("stop_sequence", StopReason::StopText),
        ("length", StopReason::Length),
        ("model_length", StopReason::Length),
        ("max_tokens", StopReason::Length),
        ("content_filter", StopReason::Filtered),
    ] {
        let outcome = read_deltas(&[HELLO], reason).await;
        assert_eq!(outcome.events, [text("Hello"), ModelEvent::Stop(stop)], "{reason}");
    }
    let call = r#"{"tool_calls":[{"index":0,"id":"c1","function":{"name":"stock","arguments":"{}"}}]}"#;
    for reason in ["tool_calls", "function_call", "tool_use"] {
        let outcome = read_deltas(&[call], reason).await;
        assert_eq!((outcome.stop(), outcome.events.len()), (Some(StopReason::Tools), 2), "{reason}");
    }
}

#[tokio::test]
async fn other_choices_are_not_said() {
    let body = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"No\"}}]}\n\n".to_owned()
        + &chunks(&[HELLO])
        + &finished("stop");
    assert_eq!(read(&body).await.text(), "Hello");
}

#[tokio::test]
async fn of_content_in_parts_only_the_text_is_said() {
    let parts = r#"{"content":[{"type":"thinking","thinking":[]},{"type":"text","text":"Hello"}]}"#;
    assert_eq!(read_deltas(&[parts], "stop").await.text(), "Hello");
}

#[tokio::test]
async fn a_thought_in_the_middle_is_not_said() {
    let deltas = [r#"{"content":"One <think>two</th"}"#, r#"{"content":"ink>\n three < four <thin"}"#];
    let outcome = read_deltas(&deltas, "stop").await;
    assert_eq!(outcome.text(), "One three < four <thin");
    assert_eq!(outcome.stop(), Some(StopReason::End));
}

#[tokio::test]
async fn a_thought_that_the_template_opened_is_not_said() {
    let body = chunks(&[r#"{"content":"Let me think.</think>\n\nHello"}"#]) + &finished("stop");
    let outcome = read_in(body.as_bytes(), usize::MAX, Reader::new(true, 0)).await;
    assert_eq!(outcome.text(), "Hello");
}

#[tokio::test]
async fn a_thought_that_ends_and_never_began_says_which_setting_is_missing() {
    let outcome =
        read_deltas(&[r#"{"content":"Let me think."}"#, r#"{"content":"</think>Hello"}"#], "stop").await;
    assert_eq!(outcome.kind(), Some(ModelErrorKind::Broken));
    assert!(outcome.error.unwrap().reason.contains("thinking_opened"));
}

#[tokio::test]
async fn a_thought_that_never_ends_is_not_said() {
    let outcome = read_deltas(&[r#"{"content":"<think>Let me"}"#], "length").await;
    assert_eq!(outcome.events, [ModelEvent::Thinking(6), ModelEvent::Stop(StopReason::Length)]);
}

#[tokio::test]
async fn thoughts_beside_the_content_are_counted_once_and_not_said() {
    let both = r#"{"content":"","reasoning":"在庫?","reasoning_content":"在庫?"}"#;
    let odd = r#"{"reasoning":{"text":"no text"},"reasoning_content":null}"#;
    let outcome = read_deltas(&[both, odd, HELLO], "stop").await;
    let expected = [ModelEvent::Thinking(3), text("Hello"), ModelEvent::Stop(StopReason::End)];
    assert_eq!(outcome.events, expected);
}

#[tokio::test]
async fn an_event_that_never_ends_is_broken() {
    let body = "data: ".to_owned() + &"x".repeat(answer::EVENT_BYTES_MAX);
    let outcome = read_in(body.as_bytes(), 4096, Reader::new(false, 0)).await;
    assert_eq!(outcome.kind(), Some(ModelErrorKind::Broken));
}

#[tokio::test]
async fn many_short_events_are_not_one_long_one() {
    let mut body = chunks(&[r#"{"content":"x"}"#]).repeat(40_000);
    assert!(body.len() > 2 * answer::EVENT_BYTES_MAX);
    body.push_str(&finished("stop"));
    let outcome = read_in(body.as_bytes(), 4096, Reader::new(false, 0)).await;
    assert_eq!((outcome.kind(), outcome.text().len()), (None, 40_000));
}

#[tokio::test]
async fn bytes_that_are_not_utf_8_are_broken() {
    let body = [chunks(&[HELLO]).as_bytes(), b"data: \"\xff\xfe\"\n\n"].concat();
    let outcome = read_in(&body, usize::MAX, Reader::new(false, 0)).await;
    assert_eq!((outcome.text().as_str(), outcome.kind()), ("Hello", Some(ModelErrorKind::Broken)));
}
