//! Too much of something on one socket.

use chat::{Code, Event};

use super::aid::{raw_socket, the_next_one_is_served};
use crate::fixture::{Shop, frame, op};

/// What a client may send in ten seconds: `docs/api/websocket.md`, "Bounds".
const CONTROL_FRAMES_MAX: usize = 60;
const FAULTS_MAX: usize = 20;
const MESSAGES_MAX: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pings_closes_the_socket() {
    let shop = Shop::open().await;
    let mut socket = raw_socket(&shop).await;
    socket.write(frame(true, op::PING, b"").repeat(CONTROL_FRAMES_MAX + 1)).await;
    assert_eq!(socket.close_code().await, 1008);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_pongs_closes_the_socket() {
    let shop = Shop::open().await;
    let mut socket = raw_socket(&shop).await;
    socket.write(frame(true, op::PONG, b"").repeat(CONTROL_FRAMES_MAX + 1)).await;
    assert_eq!(socket.close_code().await, 1008);
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_messages_that_cannot_be_read_are_told_each_and_then_close_the_socket() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    for _ in 0..FAULTS_MAX {
        socket.send_text("{").await;
        let event = socket.next().await;
        assert!(matches!(event, Event::Error { id: None, code: Code::Malformed, .. }), "{event:?}");
    }
    socket.send_text("{").await;
    assert_eq!(socket.closing().await, (1008, "too many messages that cannot be read".to_owned()));
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_messages_closes_the_socket() {
    let shop = Shop::open().await;
    let mut socket = raw_socket(&shop).await;
    // It can be read, so that it counts as a message and not as a fault.
    let stop = r#"{"type":"stop","id":"5f0c3f6e-0000-4000-8000-000000000001"}"#;
    socket.write(frame(true, op::TEXT, stop.as_bytes()).repeat(MESSAGES_MAX + 1)).await;
    assert_eq!(socket.close_code().await, 1008);
    the_next_one_is_served(&shop).await;
}
