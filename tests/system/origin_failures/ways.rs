//! The ways to see that a turn failed, and that the next one does not.

use chat::{Code, Event};
use uuid::Uuid;

use crate::fixture::{FakeOrigin, Reply, Shop, Visitor, message};

/// A question that only the origin can answer.
pub(super) const DISCOVERY: &str = "Recommend me something dark like Berserk, please";
/// A question that the edge answers.
pub(super) const SHIPPING: &str = "How much is shipping?";
/// What the origin writes and no client may see.
pub(super) const GARBAGE: &str = "GARBAGE-7F3A";

/// A posted turn fails with this code, and its status.
pub(super) async fn post_fails(guest: &Visitor, code: Code) -> Reply {
    let reply = guest.ask(&message(DISCOVERY)).await;
    assert_eq!((reply.status, reply.problem().code), (code.status(), code), "{}", reply.body);
    assert!(!reply.body.contains(GARBAGE), "{}", reply.body);
    reply
}

/// A streamed turn ends with an error of this code.
pub(super) async fn stream_fails(guest: &Visitor, code: Code) -> Vec<Event> {
    let question = message(DISCOVERY);
    let events = guest.ask_for_stream(&question).await.rest().await;
    end_with(&events, question.id, code);
    events
}

/// A turn over a socket ends with an error of this code.
pub(super) async fn socket_fails(guest: &Visitor, code: Code) {
    let (question, mut socket) = (message(DISCOVERY), guest.socket().await);
    socket.ask(&question).await;
    end_with(&socket.answer_to(question.id).await, question.id, code);
}

/// A turn fails with this code whichever way it comes, and the next one works.
pub(super) async fn fails_every_way(origin: &FakeOrigin, shop: &Shop, code: Code) {
    let guest = shop.guest().await;
    post_fails(&guest, code).await;
    stream_fails(&guest, code).await;
    socket_fails(&guest, code).await;
    next_turn_works(origin, &guest).await;
}

/// The origin is well again: so is the next turn, on a connection of its own.
pub(super) async fn next_turn_works(origin: &FakeOrigin, guest: &Visitor) {
    origin.answer_from_now_on(&["Try Berserk."]);
    assert_eq!(guest.ask(&message(DISCOVERY)).await.answer().text, "Try Berserk.");
}

fn end_with(events: &[Event], id: Uuid, code: Code) {
    let Some(Event::Error { id: about, code: told, .. }) = events.last() else {
        panic!("an error was expected, and {events:?} came")
    };
    assert_eq!((*about, *told), (Some(id), code));
    assert!(!format!("{events:?}").contains(GARBAGE), "{events:?}");
}
