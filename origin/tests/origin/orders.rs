//! Whose orders are whose.

use chat::{CitationKind, Source};

use crate::harness::Origin;

#[tokio::test]
async fn a_customer_sees_only_their_own_orders() {
    let origin = Origin::start();
    let shopper = origin.customer("s", "C1");
    let answer = shopper.ask("Where is my order?").await;
    assert_eq!(answer.source, Some(Source::Tool));
    assert!(answer.text.contains("MA-10001") && answer.text.contains("MA-10003"), "{}", answer.text);
    assert!(!answer.text.contains("MA-10002"), "{}", answer.text);
    assert!(answer.text.contains("has been on its way since 20 November 2026"), "{}", answer.text);
    assert!(answer.text.contains("should arrive on 23 November 2026"), "{}", answer.text);
    assert!(answer.text.contains("YT-4410-2291-01"), "{}", answer.text);
    assert!(answer.citations.iter().all(|cited| cited.kind == CitationKind::Order));
}

#[tokio::test]
async fn another_customers_order_is_as_unknown_as_none() {
    let origin = Origin::start();
    let shopper = origin.customer("s", "C1");
    let theirs = shopper.ask("What about order MA-10002?").await.text;
    let nobodys = shopper.ask("What about order MA-99999?").await.text;
    assert_eq!(theirs.replace("MA-10002", "MA-99999"), nobodys);
    assert!(!theirs.contains("delivered"), "{theirs}");
}

#[tokio::test]
async fn a_guest_is_asked_to_sign_in() {
    let origin = Origin::start();
    for question in ["Where is my order?", "Where is MA-10001?", "What is on my wishlist?"] {
        let answer = origin.guest("s").ask(question).await;
        assert!(answer.text.contains("sign in"), "{question}: {}", answer.text);
        assert!(answer.citations.is_empty());
    }
    let answer = origin.guest("s").ask("注文した本はいつ届きますか?").await;
    assert!(answer.text.contains("ログイン"), "{}", answer.text);
}

#[tokio::test]
async fn a_customer_sees_their_wishlist_and_suggestions_by_their_taste() {
    let origin = Origin::start();
    let shopper = origin.customer("s", "C1");
    assert_eq!(shopper.ask("What is on my wishlist?").await.ids(), ["haikyu"]);
    let answer = shopper.ask("Recommend me something to read").await;
    assert_eq!(answer.ids().first(), Some(&"haikyu"), "{}", answer.text);
}

#[tokio::test]
async fn an_order_is_told_in_japanese_too() {
    let origin = Origin::start();
    let answer = origin.customer("s", "C1").ask("MA-10003の返金はどうなっていますか").await;
    assert!(answer.text.contains("返金が完了"), "{}", answer.text);
    assert!(answer.text.contains("2026年10月22日"), "{}", answer.text);
}
