//! What comes at the same moment, on a store without transactions: the same message twice, and two servers that make a session key.

use chat::internal::{PRECEDING, TURNS};
use chat::{Code, Source};

use crate::fixture::{
    DISCOVERY, FakeOrigin, Reply, SHIPPING, SpinShop, Step, Visitor, answer, message, refused, text_of,
};

/// How often a message is posted at once. One instance takes sixteen requests at once.
const POSTS: usize = 4;
/// Where a key of sessions is kept that nobody has set.
const SESSION_KEY_PLACE: &str = "key/session";

/// An origin whose every answer waits until the test lets it go on.
fn waiting_origin() -> FakeOrigin {
    FakeOrigin::doing(|turn| {
        let mut steps = answer(turn, &["Try Berserk."]);
        steps.insert(2, Step::Gate);
        steps
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_again_while_it_is_answered_is_asked_under_its_id_and_takes_one_token() {
    let origin = waiting_origin();
    let shop = SpinShop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(DISCOVERY);
    let ask = || {
        let (guest, question) = (guest.clone(), question.clone());
        tokio::spawn(async move { guest.ask(&question).await })
    };
    let first = ask();
    origin.call(TURNS, 1).await;
    let second = ask();
    // The origin is told the id, which it runs once; here it is one that does not know that, and shows what it is asked.
    origin.call(TURNS, 2).await;
    origin.let_one_go_on();
    origin.let_one_go_on();
    let replies = [first.await, second.await].map(|reply| reply.expect("asking does not panic"));
    assert_eq!(replies[0].answer(), replies[1].answer());
    assert_eq!(replies[0].turns_left(), replies[1].turns_left());
    assert_eq!(origin.turns().iter().map(|turn| turn.id).collect::<Vec<_>>(), [question.id, question.id]);
    // Now that it is answered it is answered from what is kept.
    assert_eq!(guest.ask(&question).await.answer(), replies[0].answer());
    assert_eq!(origin.turns().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_question_that_is_posted_several_times_at_once_has_one_answer_and_is_remembered_once() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = SpinShop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    let ask = |_| {
        let (guest, question) = (guest.clone(), question.clone());
        tokio::spawn(async move { guest.ask_for_stream(&question).await.rest().await })
    };
    let asking: Vec<_> = (0..POSTS).map(ask).collect();
    let mut answers = Vec::new();
    for events in asking {
        answers.push(events.await.expect("asking does not panic"));
    }
    assert!(!text_of(&answers[0]).is_empty());
    assert!(answers.iter().all(|events| *events == answers[0]), "{answers:?}");
    guest.get("/v1/chat/history").await;
    let remembered = origin.call(PRECEDING, 1).await.preceding().exchanges;
    assert_eq!(remembered.iter().map(|exchange| exchange.id).collect::<Vec<_>>(), [question.id]);
}

/// What one of these servers answers to somebody with this cookie.
async fn asked_at(shop: &SpinShop, visitor: &Visitor) -> Reply {
    shop.stranger().with_cookie(&visitor.cookie).ask(&message(SHIPPING)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_make_a_session_key_at_the_same_moment_go_on_with_one() {
    let origin = FakeOrigin::answering(&["never asked"]);
    let first = SpinShop::with_origin(&origin).variable("key_session1", "").await;
    let second = SpinShop::with_origin(&origin).variable("key_session1", "").sharing(&first).await;
    let before = first.guest().await;
    // The other one has looked before that key was there, and writes its own over it.
    first.key_value.overlook_once(SESSION_KEY_PLACE);
    let last = second.guest().await;
    let keys = first.key_value.dump().into_iter().filter(|(key, _)| key == SESSION_KEY_PLACE).count();
    assert_eq!(keys, 1);
    let visitors = [last, first.guest().await, second.guest().await];
    for visitor in &visitors {
        for shop in [&first, &second] {
            assert_eq!(asked_at(shop, visitor).await.answer().source, Source::FaqEdge);
        }
    }
    // Whoever began with the key that is gone begins anew, and knows it.
    for shop in [&first, &second] {
        let reply = asked_at(shop, &before).await;
        refused(&reply, Code::Unauthorized);
        assert!(reply.header("set-cookie").contains("Max-Age=0"), "{reply:?}");
    }
}
