//! One id, one message, one answer.

use futures_util::StreamExt as _;

use crate::harness::{Answer, Origin, Scripted, Setup, say, turn};

#[tokio::test]
async fn the_same_id_is_answered_once() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    let shopper = origin.guest("s");
    let asked = turn("a scary story please");
    say(&feeds[0], "Try these. ").await;
    say(&feeds[0], "They are scary. ").await;
    drop(feeds);
    let first = shopper.ask_with(&asked).await;
    let again = shopper.ask_with(&asked).await;
    assert_eq!(first.events, again.events);
    assert_eq!(shopper.history().await.turns.len(), 1);
}

#[tokio::test]
async fn the_same_id_with_another_text_is_a_conflict() {
    let origin = Origin::start();
    let asked = turn("hello");
    origin.guest("s").ask_with(&asked).await;
    let mut other = asked.clone();
    other.text = "goodbye".into();
    let reply = origin.guest("s").turn(&other).await;
    assert_eq!((reply.status, reply.code()), (409, "id_reused"));
    assert_eq!(origin.guest("other").turn(&other).await.status, 200, "another session has ids of its own");
}

#[tokio::test]
async fn the_same_id_while_it_runs_joins_the_answer() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    let shopper = origin.guest("s");
    let asked = turn("hello there, anything scary?");
    let first = shopper.begin(&asked).await;
    say(&feeds[0], "One. ").await;
    let second = shopper.begin(&asked).await;
    let mut other = asked.clone();
    other.text = "something else".into();
    assert_eq!(shopper.turn(&other).await.code(), "id_reused");
    say(&feeds[0], "Last. ").await;
    drop(feeds);
    let (first, second) = (first.text().await.unwrap(), second.text().await.unwrap());
    assert_eq!(first, second);
    assert_eq!(Answer::read(&first).text, "One. Last. ");
}

#[tokio::test]
async fn a_failed_turn_may_be_tried_again() {
    let state = tempfile::tempdir().unwrap();
    let origin = Setup::default().state(state.path()).start();
    let shopper = origin.guest("s");
    let asked = turn("How much is Monster?");
    let shop = rusqlite::Connection::open(state.path().join("shop.sqlite")).unwrap();
    shop.execute("ALTER TABLE offers RENAME TO lost", []).unwrap();
    let broken = shopper.turn(&asked).await;
    assert!(broken.body.contains("\"unavailable\""), "{broken:?}");
    shop.execute("ALTER TABLE lost RENAME TO offers", []).unwrap();
    let whole = shopper.ask_with(&asked).await;
    assert!(whole.error.is_none() && whole.text.contains("$11.99"), "{}", whole.text);
    let turns = shopper.history().await.turns;
    assert_eq!((turns.len(), &turns[0].answer), (1, &whole.text));
}

#[tokio::test]
async fn a_stopped_answer_is_recorded_as_what_was_said() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    let shopper = origin.guest("s");
    let asked = turn("anything scary?");
    let answer = shopper.begin(&asked).await;
    say(&feeds[0], "One. ").await;
    say(&feeds[0], "Never said").await;
    let mut stream = answer.bytes_stream();
    let mut seen = String::new();
    while !seen.contains("One.") {
        seen.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
    }
    drop(stream);
    feeds[0].closed().await;
    let recorded = loop {
        if let Some(turn) = shopper.history().await.turns.pop() {
            break turn;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(recorded.answer, "One. ");
    let again = shopper.ask_with(&asked).await;
    assert_eq!((again.text.as_str(), again.error), ("One. ", Some("stopped")));
}

#[tokio::test]
async fn a_message_answered_at_the_edge_is_known_by_its_text() {
    let origin = Origin::start();
    let shopper = origin.guest("s");
    let edge = crate::harness::exchange("hours?", "Nine to five.", "hours");
    let mut asked = turn("and on sunday?");
    asked.preceding = vec![edge.clone()];
    shopper.ask_with(&asked).await;
    let mut again = turn("hours?");
    again.id = edge.id;
    assert_eq!(shopper.ask_with(&again).await.text, "Nine to five.");
    again.text = "prices?".into();
    assert_eq!(shopper.turn(&again).await.code(), "id_reused");
}
