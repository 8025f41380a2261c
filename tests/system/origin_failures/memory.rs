//! What was answered at the edge while the edge gave up on the origin or a visitor stopped it: it arrives later.

use chat::internal::{Exchange, TURNS};
use chat::{ClientMessage, Code, Event};
use uuid::Uuid;

use crate::fixture::{DISCOVERY, FakeOrigin, SHIPPING, Shop, Step, Visitor, message, post_fails};

/// Asks what the edge answers.
async fn ask_the_edge(visitor: &Visitor) -> Uuid {
    let question = message(SHIPPING);
    visitor.ask(&question).await.answer();
    question.id
}

fn ids(exchanges: &[Exchange]) -> Vec<Uuid> {
    exchanges.iter().map(|exchange| exchange.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_was_given_up_keeps_the_edge_answers_for_the_next_one() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = Shop::with_origin(&origin).setting("origin.read_ms", 1_000).await;
    let guest = shop.guest().await;
    let answered = ask_the_edge(&guest).await;
    post_fails(&guest, Code::OriginTimeout).await;
    origin.answer_from_now_on(&["Try Berserk."]);
    guest.ask(&message(DISCOVERY)).await.answer();
    // It may have come the first time as well: the origin takes each once, by its id.
    assert_eq!(ids(&origin.turns()[1].preceding), [answered]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_stopped_before_the_origin_begins_keeps_the_edge_answers_for_the_next_one() {
    let origin = FakeOrigin::doing(|_| vec![Step::Stall]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let answered = ask_the_edge(&guest).await;
    let (question, mut socket) = (message(DISCOVERY), guest.socket().await);
    socket.ask(&question).await;
    origin.call(TURNS, 1).await;
    socket.tell(&ClientMessage::Stop { id: question.id }).await;
    let events = socket.answer_to(question.id).await;
    assert!(matches!(events[..], [Event::Error { code: Code::Stopped, .. }]), "{events:?}");
    origin.answer_from_now_on(&["Try Berserk."]);
    guest.ask(&message(DISCOVERY)).await.answer();
    // It may have come the first time as well: the origin takes each once, by its id.
    assert_eq!(ids(&origin.turns()[1].preceding), [answered]);
}
