//! Feedback and hand-off, by post and over a socket.

use chat::internal::{FEEDBACK, HANDOFF, HandoffReply};
use chat::message::FeedbackPost;
use chat::{ClientMessage, Code, Event, Rating, Source};
use uuid::Uuid;

use crate::fixture::{FakeOrigin, Shop, text_of};

#[tokio::test(flavor = "multi_thread")]
async fn feedback_reaches_the_origin() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let feedback =
        FeedbackPost { id: Uuid::new_v4(), rating: Rating::Down, comment: Some("too dark".into()) };
    let body = serde_json::to_string(&feedback).expect("JSON");
    assert_eq!(shop.guest().await.post("/v1/chat/feedback", body).await.status, 204);
    let call = origin.call(FEEDBACK, 1).await;
    assert_eq!(serde_json::from_slice::<FeedbackPost>(&call.body).expect("feedback"), feedback);
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_over_a_socket_reaches_the_origin() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let id = Uuid::new_v4();
    let mut socket = shop.guest().await.socket().await;
    socket.tell(&ClientMessage::Feedback { id, rating: Rating::Up, comment: None }).await;
    let call = origin.call(FEEDBACK, 1).await;
    let feedback: FeedbackPost = serde_json::from_slice(&call.body).expect("feedback");
    assert_eq!((feedback.id, feedback.rating), (id, Rating::Up));
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_on_what_is_not_known_is_the_origins_refusal() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    origin.refuse(FEEDBACK, 404, Code::UnknownMessage);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let id = Uuid::new_v4();
    let reply = guest.post("/v1/chat/feedback", format!(r#"{{"id":"{id}","rating":"up"}}"#)).await;
    assert_eq!((reply.status, reply.problem().code), (404, Code::UnknownMessage));
    let mut socket = guest.socket().await;
    socket.tell(&ClientMessage::Feedback { id, rating: Rating::Up, comment: None }).await;
    let Event::Error { id: about, code, .. } = socket.next().await else { panic!("an error was expected") };
    assert_eq!((about, code), (Some(id), Code::UnknownMessage));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_be_asked_for() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let reply = shop.guest().await.post("/v1/chat/handoff", "").await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let handoff: HandoffReply = serde_json::from_str(&reply.body).expect("a hand-off");
    assert_eq!((handoff.handoff_id.as_str(), handoff.position), ("h-1", 2));
    assert!(origin.call(HANDOFF, 1).await.claims().sub.starts_with("guest:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_be_asked_for_over_a_socket() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    socket.tell(&ClientMessage::Handoff {}).await;
    let Event::Start { id, source: Source::Tool } = socket.next().await else {
        panic!("a start was expected")
    };
    assert_eq!(text_of(&socket.answer_to(id).await), "Somebody will be with you soon.");
}
