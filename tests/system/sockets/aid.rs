//! What these tests have in common.

use chat::{Event, Source};

use crate::fixture::{Connection, RawReply, RawSocket, Shop, message, op};

/// A question that the FAQ answers.
pub(super) const SHIPPING: &str = "How much is shipping?";
/// A question that only the origin can answer.
pub(super) const DISCOVERY: &str = "Recommend me something dark like Berserk, please";

/// The lines of a handshake, apart from the cookie's.
pub(super) const UPGRADE: &str = "connection: Upgrade\r\nupgrade: websocket\r\n";
pub(super) const VERSION: &str = "sec-websocket-version: 13\r\n";
pub(super) const KEY: &str = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Asks for a socket with these header lines, each with its line end.
pub(super) async fn attempt(shop: &Shop, lines: &str) -> RawReply {
    let mut connection = Connection::to(shop.http).await;
    let request = format!("GET /v1/chat/ws HTTP/1.1\r\nhost: {}\r\n{lines}\r\n", shop.http);
    connection.write(request).await.reply().await
}

/// The header line of a new guest's cookie.
pub(super) async fn guest_line(shop: &Shop) -> String {
    format!("cookie: {}\r\n", shop.guest().await.cookie)
}

/// A new guest's socket, for frames by hand.
pub(super) async fn raw_socket(shop: &Shop) -> RawSocket {
    RawSocket::open(shop, &shop.guest().await.cookie).await
}

/// The next event on a socket by hand.
pub(super) async fn next_event(socket: &mut RawSocket) -> Event {
    loop {
        let (opcode, payload) = socket.next().await.expect("the socket is open");
        match opcode {
            op::TEXT => return serde_json::from_slice(&payload).expect("a text is an event"),
            op::CLOSE => panic!("an event was expected, and the edge closed: {payload:?}"),
            _ => {}
        }
    }
}

/// The source that the last event of an answer names.
pub(super) fn source_of(events: &[Event]) -> Source {
    match events.last() {
        Some(Event::Done { source, .. }) => *source,
        other => panic!("the answer ends with {other:?}"),
    }
}

/// Shows that whoever comes next, over a connection of their own, gets an answer.
pub(super) async fn the_next_one_is_served(shop: &Shop) {
    let question = message(SHIPPING);
    let mut socket = shop.guest().await.socket().await;
    socket.ask(&question).await;
    assert_eq!(source_of(&socket.answer_to(question.id).await), Source::FaqEdge);
}
