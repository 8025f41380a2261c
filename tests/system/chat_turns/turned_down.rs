//! "That is not what I asked": what the edge counts against the entries of the FAQ.

use chat::MessagePost;
use uuid::Uuid;

use crate::fixture::{DISCOVERY, FakeOrigin, SHIPPING, Shop, message};

/// The entry that answers [`SHIPPING`].
const ENTRY: &str = "shipping-cost";

async fn counted(shop: &Shop, entry: &str) -> u64 {
    shop.metric(&format!("edge_faq_turned_down_total{{entry=\"{entry}\"}}")).await
}

/// The question once more, after the answer to that message was not what was asked.
fn not(id: Uuid) -> MessagePost {
    MessagePost { not: Some(id), ..message(SHIPPING) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_not_what_was_asked_counts_against_its_entry_once() {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    guest.ask(&question).await.answer();
    // Not the last answer: the one that the message names.
    guest.ask(&message(DISCOVERY)).await.answer();
    assert_eq!(counted(&shop, ENTRY).await, 0);
    let again = not(question.id);
    for _ in 0..2 {
        guest.ask(&again).await.answer();
    }
    guest.ask(&not(question.id)).await.answer();
    assert_eq!((counted(&shop, ENTRY).await, counted(&shop, "other").await), (1, 0));
    let second = message(SHIPPING);
    guest.ask(&second).await.answer();
    guest.ask(&not(second.id)).await.answer();
    assert_eq!(counted(&shop, ENTRY).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_counts_against_an_entry_that_the_session_was_not_answered_with() {
    let shop = Shop::open().await;
    let (guest, other) = (shop.guest().await, shop.guest().await);
    let (known, asked_further) = (message(SHIPPING), message(DISCOVERY));
    other.ask(&known).await.answer();
    guest.ask(&asked_further).await.answer();
    for id in [known.id, asked_further.id, Uuid::new_v4()] {
        guest.ask(&not(id)).await.answer();
    }
    assert_eq!((counted(&shop, ENTRY).await, counted(&shop, "other").await), (0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_limit_counts_against_no_entry() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let question = message(SHIPPING);
    guest.ask(&question).await.answer();
    while guest.ask(&message(SHIPPING)).await.status != 429 {}
    assert_eq!(guest.ask(&not(question.id)).await.status, 429);
    assert_eq!(counted(&shop, ENTRY).await, 0);
}
