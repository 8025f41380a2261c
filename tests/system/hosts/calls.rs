//! History, and feedback and hand-off by post: what of the origin's replies reaches the client.

use chat::internal::{FEEDBACK, HANDOFF, HISTORY, HandoffReply};
use chat::message::FeedbackPost;
use chat::{Code, Rating};
use uuid::Uuid;

use crate::fixture::{FakeOrigin, Front, GARBAGE, Kind, Step, refused};

on_every_host! {
    feedback_reaches_the_origin,
    feedback_on_what_is_not_known_is_the_origins_refusal,
    a_person_can_be_asked_for,
    a_page_in_place_of_a_history_is_a_bad_gateway,
    a_history_that_begins_and_breaks_off_is_cut_off_before_the_client_sees_it,
    a_call_refused_for_our_own_header_is_a_fault_of_ours,
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

async fn a_page_in_place_of_a_history_is_a_bad_gateway(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let page = format!("<p>{GARBAGE}</p>");
    for content_type in ["text/html", "application/json"] {
        origin.reply(HISTORY, vec![Step::Head(200, content_type), Step::Bytes(page.clone().into())]);
        let shop = Front::with_origin(kind, &origin).await;
        let reply = shop.guest().await.get("/v1/chat/history").await;
        refused(&reply, Code::BadGateway);
        assert!(!reply.body.contains(GARBAGE), "{}", reply.body);
    }
}

async fn a_history_that_begins_and_breaks_off_is_cut_off_before_the_client_sees_it(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let begun = format!(r#"{{"turns":[],"next":"{GARBAGE}"#);
    origin.reply(HISTORY, vec![Step::Head(200, "application/json"), Step::Bytes(begun.into()), Step::Cut]);
    let shop = Front::with_origin(kind, &origin).await;
    let reply = shop.guest().await.get("/v1/chat/history").await;
    refused(&reply, Code::Interrupted);
    assert!(!reply.body.contains(GARBAGE), "{}", reply.body);
}

async fn a_call_refused_for_our_own_header_is_a_fault_of_ours(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    for path in [HISTORY, HANDOFF] {
        origin.refuse(path, 401, Code::Unauthorized);
    }
    refused(&guest.get("/v1/chat/history").await, Code::BadGateway);
    refused(&guest.post("/v1/chat/handoff", "").await, Code::BadGateway);
}
