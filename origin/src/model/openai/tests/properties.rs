//! What holds for every body.

use proptest::prelude::*;

use super::super::chunk::Reader;
use super::{Outcome, read_in};

fn read_blocking(body: &[u8], piece: usize) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(read_in(body, piece, Reader::new(false, 0)))
}

/// Pieces of answers, whole and broken, in any order.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        Just(b"data: ".to_vec()),
        Just(b"\n\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b": ping\n\n".to_vec()),
        Just(b"data: [DONE]\n\n".to_vec()),
        Just("data: {\"choices\":[{\"delta\":{\"content\":\"本<think>\"}}]}\n\n".into()),
        Just("data: {\"choices\":[{\"delta\":{\"content\":\"</th\"}}]}\n\n".into()),
        Just("data: {\"choices\":[{\"delta\":{\"content\":\"ink>x<\"}}]}\n\n".into()),
        Just("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\n\n".into()),
        Just("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"arguments\":[1]}}]}}]}\n\n".into()),
        Just("data: {\"choices\":[{\"finish_reason\":\"stop\",\"delta\":{}}],\"usage\":{\"prompt_tokens\":1}}\n\n".into()),
        Just("data: {\"error\":{\"code\":500}}\n\n".into()),
        Just(b"{\"choices\":[]}".to_vec()),
    ];
    prop::collection::vec(fragment, 0..12).prop_map(|fragments| fragments.concat())
}

proptest! {
    #[test]
    fn every_body_ends_with_one_stop_or_one_error(body in body()) {
        let outcome = read_blocking(&body, usize::MAX);
        let last = matches!(outcome.events.last(), Some(crate::model::ModelEvent::Stop(_)));
        prop_assert!(last ^ outcome.error.is_some());
        let stops = outcome.events.iter().filter(|event| matches!(event, crate::model::ModelEvent::Stop(_)));
        prop_assert!(stops.count() <= 1);
    }

    #[test]
    fn how_a_body_is_cut_into_pieces_makes_no_difference(body in body(), piece in 1_usize..20) {
        let (whole, pieces) = (read_blocking(&body, usize::MAX), read_blocking(&body, piece));
        prop_assert_eq!(&whole.events, &pieces.events);
        prop_assert_eq!(whole.kind(), pieces.kind());
    }

    #[test]
    fn no_thought_is_said(before in "[a-z ]{0,8}", thought in "[a-z <]{0,12}", after in "[a-z]{0,8}", cut in 0_usize..40) {
        let text = format!("{before}<think>{thought}</think>{after}");
        let cut = cut.min(text.len());
        let content = |text: &str| serde_json::json!({ "choices": [{ "delta": { "content": text } }] });
        let end = serde_json::json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
        let events = [content(&text[..cut]), content(&text[cut..]), end];
        let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
        prop_assert_eq!(read_blocking(body.as_bytes(), 9).text(), format!("{before}{after}"));
    }
}
