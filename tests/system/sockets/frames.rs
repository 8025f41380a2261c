//! Frames that no client library would send, and frames at their bounds.

use chat::limits::{WS_FRAME_BYTES_MAX, WS_MESSAGE_BYTES_MAX};
use chat::{Code, Event, Source};

use super::aid::{SHIPPING, next_event, raw_socket, source_of, the_next_one_is_served};
use crate::fixture::{Shop, frame, message, op};

/// Bytes of a masked frame's head with a length of eight bytes.
const LONG_HEAD_BYTES: usize = 14;

/// The code that the edge closes a new socket with after these bytes.
async fn code_after(shop: &Shop, bytes: &[u8]) -> u16 {
    raw_socket(shop).await.write(bytes).await.close_code().await
}

/// These frames one after the other.
fn frames(frames: &[(bool, u8, &[u8])]) -> Vec<u8> {
    frames.iter().flat_map(|(is_final, opcode, payload)| frame(*is_final, *opcode, payload)).collect()
}

/// A question to the FAQ, as a client sends it.
fn question() -> String {
    let question = message(SHIPPING);
    format!(r#"{{"type":"message","id":"{}","text":"{}"}}"#, question.id, question.text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binary_frame_is_not_supported() {
    let shop = Shop::open().await;
    assert_eq!(code_after(&shop, &frame(true, op::BINARY, question().as_bytes())).await, 1003);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_of_the_greatest_size_is_read() {
    let shop = Shop::open().await;
    let mut socket = raw_socket(&shop).await;
    socket.write(frame(true, op::TEXT, "a".repeat(WS_FRAME_BYTES_MAX).as_bytes())).await;
    let event = next_event(&mut socket).await;
    assert!(matches!(event, Event::Error { id: None, code: Code::Malformed, .. }), "{event:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_frame_is_refused_by_its_head_alone() {
    let shop = Shop::open().await;
    let whole = frame(true, op::TEXT, "a".repeat(WS_FRAME_BYTES_MAX + 1).as_bytes());
    assert_eq!(code_after(&shop, &whole[..LONG_HEAD_BYTES]).await, 1009);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_frame_that_is_sent_whole_is_told_why_it_is_refused() {
    let shop = Shop::open().await;
    let whole = frame(true, op::TEXT, "a".repeat(4 * WS_FRAME_BYTES_MAX).as_bytes());
    assert_eq!(code_after(&shop, &whole).await, 1009);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_message_in_small_frames_is_too_large() {
    let shop = Shop::open().await;
    let piece = "a".repeat(WS_MESSAGE_BYTES_MAX / 4);
    let mut bytes = frame(false, op::TEXT, piece.as_bytes());
    for _ in 0..4 {
        bytes.extend(frame(false, op::CONTINUATION, piece.as_bytes()));
    }
    assert_eq!(code_after(&shop, &bytes).await, 1009);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_not_utf8_is_invalid() {
    let shop = Shop::open().await;
    assert_eq!(code_after(&shop, &frame(true, op::TEXT, b"\"\xff\"")).await, 1007);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_in_frames_that_is_not_utf8_is_invalid() {
    let shop = Shop::open().await;
    // The first byte of a character, and then no second one.
    let bytes = frames(&[(false, op::TEXT, b"\"\xe8"), (true, op::CONTINUATION, b"\"")]);
    assert_eq!(code_after(&shop, &bytes).await, 1007);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unmasked_frame_breaks_the_protocol() {
    let shop = Shop::open().await;
    assert_eq!(code_after(&shop, &[0x80 | op::TEXT, 2, b'h', b'i']).await, 1002);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reserved_bit_breaks_the_protocol() {
    let shop = Shop::open().await;
    // The first of them marks a compressed message where that was negotiated.
    for bit in [0x40, 0x20, 0x10] {
        let mut bytes = frame(true, op::TEXT, question().as_bytes());
        bytes[0] |= bit;
        assert_eq!(code_after(&shop, &bytes).await, 1002, "{bit:#x}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reserved_opcode_breaks_the_protocol() {
    let shop = Shop::open().await;
    for opcode in [0x3, 0xb] {
        assert_eq!(code_after(&shop, &frame(true, opcode, b"")).await, 1002, "{opcode:#x}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fragments_out_of_order_break_the_protocol() {
    let shop = Shop::open().await;
    let continuation_of_nothing = frames(&[(true, op::CONTINUATION, b"{}")]);
    let text_inside_of_text = frames(&[(false, op::TEXT, b"{"), (true, op::TEXT, b"{}")]);
    for bytes in [continuation_of_nothing, text_inside_of_text] {
        assert_eq!(code_after(&shop, &bytes).await, 1002, "{bytes:x?}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_frame_in_fragments_or_too_long_breaks_the_protocol() {
    let shop = Shop::open().await;
    for bytes in [frame(false, op::PING, b"half"), frame(true, op::PING, &[b'a'; 126])] {
        assert_eq!(code_after(&shop, &bytes).await, 1002, "{bytes:x?}");
    }
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_between_the_fragments_of_a_message_is_answered_and_the_message_as_well() {
    let shop = Shop::open().await;
    let mut socket = raw_socket(&shop).await;
    let question = question();
    let (first, second) = question.as_bytes().split_at(20);
    socket.write(frame(false, op::TEXT, first)).await.write(frame(true, op::PING, b"still there?")).await;
    assert_eq!(socket.next().await, Some((op::PONG, b"still there?".to_vec())));
    socket.write(frame(true, op::CONTINUATION, second)).await;
    let mut events = vec![next_event(&mut socket).await];
    while !events.last().is_some_and(Event::ends_answer) {
        events.push(next_event(&mut socket).await);
    }
    assert_eq!(source_of(&events), Source::FaqEdge);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_inspected_whatever_its_framing() {
    let shop = Shop::open().await;
    let mut socket = raw_socket(&shop).await;
    // Text that is turned round is an attack, as it is and as an escape.
    for mark in ["\u{202e}", "\\u202e"] {
        for bytes_a_frame in [1, 7, 1_000] {
            let id = message("").id;
            let attack = format!(
                r#"{{"type":"message","id":"{id}","text":"Recommend me something {mark}dark, please"}}"#
            );
            let last = attack.len().div_ceil(bytes_a_frame) - 1;
            for (number, piece) in attack.as_bytes().chunks(bytes_a_frame).enumerate() {
                let opcode = if number == 0 { op::TEXT } else { op::CONTINUATION };
                socket.write(frame(number == last, opcode, piece)).await;
                if number == 0 && last > 0 {
                    socket.write(frame(true, op::PING, b"")).await;
                }
            }
            let event = next_event(&mut socket).await;
            assert!(
                matches!(event, Event::Error { id: Some(about), code: Code::Blocked, .. } if about == id),
                "{mark:?} in frames of {bytes_a_frame} bytes: {event:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_closes_gets_its_close_frame_back() {
    let shop = Shop::open().await;
    assert_eq!(code_after(&shop, &frame(true, op::CLOSE, &1_000_u16.to_be_bytes())).await, 1000);
}
