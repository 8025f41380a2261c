//! Feedback and hand-off by post.

use chat::internal::{FEEDBACK, HANDOFF, HandoffReply};
use chat::message::FeedbackPost;
use chat::{Code, Rating};
use uuid::Uuid;

use crate::fixture::{FakeOrigin, Front, Kind, refused};

on_every_host! {
    feedback_reaches_the_origin,
    feedback_on_what_is_not_known_is_the_origins_refusal,
    a_person_can_be_asked_for,
}

async fn feedback_reaches_the_origin(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let feedback =
        FeedbackPost { id: Uuid::new_v4(), rating: Rating::Down, comment: Some("too dark".into()) };
    let body = serde_json::to_string(&feedback).expect("JSON");
    assert_eq!(shop.guest().await.post("/v1/chat/feedback", body).await.status, 204);
    let call = origin.call(FEEDBACK, 1).await;
    assert_eq!(serde_json::from_slice::<FeedbackPost>(&call.body).expect("feedback"), feedback);
}

async fn feedback_on_what_is_not_known_is_the_origins_refusal(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    origin.refuse(FEEDBACK, 404, Code::UnknownMessage);
    let shop = Front::with_origin(kind, &origin).await;
    let body = format!(r#"{{"id":"{}","rating":"up"}}"#, Uuid::new_v4());
    refused(&shop.guest().await.post("/v1/chat/feedback", body).await, Code::UnknownMessage);
}

async fn a_person_can_be_asked_for(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let reply = shop.guest().await.post("/v1/chat/handoff", "").await;
    assert_eq!(reply.status, 202, "{}", reply.body);
    let handoff: HandoffReply = serde_json::from_str(&reply.body).expect("a hand-off");
    assert_eq!((handoff.handoff_id.as_str(), handoff.position), ("h-1", 2));
    assert!(origin.call(HANDOFF, 1).await.claims().sub.starts_with("guest:"));
}
