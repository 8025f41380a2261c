//! Feedback and hand-off over a socket.

use chat::internal::FEEDBACK;
use chat::message::FeedbackPost;
use chat::{ClientMessage, Code, Event, Rating, Source};
use uuid::Uuid;

use crate::fixture::{FakeOrigin, SHIPPING, Shop, message, source_of, text_of};

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
async fn feedback_over_a_socket_on_what_is_not_known_is_the_origins_refusal() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    origin.refuse(FEEDBACK, 404, Code::UnknownMessage);
    let shop = Shop::with_origin(&origin).await;
    let id = Uuid::new_v4();
    let mut socket = shop.guest().await.socket().await;
    socket.tell(&ClientMessage::Feedback { id, rating: Rating::Up, comment: None }).await;
    let Event::Error { id: about, code, .. } = socket.next().await else { panic!("an error was expected") };
    assert_eq!((about, code), (Some(id), Code::UnknownMessage));
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

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_for_a_person_over_a_socket_gets_no_known_answer() {
    let shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    socket.tell(&ClientMessage::Handoff {}).await;
    let handoff = socket.next().await.id().expect("an answer has an id");
    socket.answer_to(handoff).await;
    let question = message(SHIPPING);
    socket.ask(&question).await;
    assert_eq!(source_of(&socket.answer_to(question.id).await), Source::Extractive);
}
