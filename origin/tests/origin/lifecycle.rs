//! The service under load, with a failing model, while it stops, and when it cannot start.

use std::time::Duration;

use chat::Source;
use origin::model::ModelEvent;

use crate::harness::{Answer, Origin, Scripted, Setup, fixture, say, turn};

#[tokio::test]
async fn one_turn_too_many_is_told_to_come_again() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).settings("limits.turns_running_max = 1").start();
    let running = origin.guest("a").begin(&turn("anything scary?")).await;
    let refused = origin.guest("b").turn(&turn("hello")).await;
    assert_eq!((refused.status, refused.code()), (503, "overloaded"));
    assert!(refused.retry_after.is_some());
    say(&feeds[0], "Yes.").await;
    drop(feeds);
    assert_eq!(Answer::read(&running.text().await.unwrap()).text, "Yes.");
}

#[tokio::test]
async fn a_turn_that_takes_too_long_is_ended() {
    let state = tempfile::tempdir().unwrap();
    let origin = Setup::default().state(state.path()).settings("timeouts.turn_ms = 100").start();
    let shop = rusqlite::Connection::open(state.path().join("shop.sqlite")).unwrap();
    // Offers that take seconds to be read, and not for ever: the database's thread outlives the turn.
    shop.execute_batch(
        "ALTER TABLE offers RENAME TO slow;
         CREATE VIEW offers AS
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 4000000)
             SELECT slow.* FROM slow WHERE (SELECT max(i) FROM n) > 0;",
    )
    .unwrap();
    let reply = origin.guest("s").turn(&turn("How much is Monster?")).await;
    assert!(reply.body.contains("\"origin_timeout\""), "{reply:?}");
}

#[tokio::test]
async fn what_is_not_on_record_is_withheld_and_counted() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    for text in [
        "Monster costs $11.99. ",
        "Today it is only $4.99! ",
        "It has 18 vol",
        "umes. ",
        "It has 27 volumes. ",
        "Readers also buy Fruits Basket. ",
        "It came out on 5 May 1995. ",
        "It is sold out and will not come back. ",
        "It is in stock.",
    ] {
        say(&feeds[0], text).await;
    }
    drop(feeds);
    let answer = origin.guest("s").ask("Tell me about Monster").await;
    assert_eq!(answer.text, "Monster costs $11.99. It has 18 volumes. It is in stock.");
    assert!((origin.metric("withheld_total").await - 5.0).abs() < 0.1);
}

#[tokio::test]
async fn what_a_record_says_otherwise_is_put_right_and_counted() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    for text in ["Monster costs $9.99. ", "It has twelve ", "volumes. ", "It is sold out."] {
        say(&feeds[0], text).await;
    }
    drop(feeds);
    let answer = origin.guest("s").ask("Tell me about Monster").await;
    assert_eq!(answer.text, "Monster costs $11.99. It has eighteen volumes. It is in stock.");
    assert!((origin.metric("corrected_total").await - 3.0).abs() < 0.1);
    assert!(origin.metric("withheld_total").await.abs() < 0.1);
}

#[tokio::test]
async fn an_answer_that_leaves_the_topic_or_the_language_gives_way_to_the_records() {
    for (text, guard) in [
        ("As an AI language model, I can write you a poem. Roses are red.", "off_topic"),
        (
            "Esta manga es una de las historias más largas y la trama es muy buena para los lectores.",
            "wrong_language",
        ),
    ] {
        let (model, feeds) = Scripted::new(1);
        let origin = Setup::default().model(model).start();
        say(&feeds[0], text).await;
        say(&feeds[0], " And on it goes. ").await;
        let answer = origin.guest("s").ask("Tell me about Monster").await;
        assert_eq!(answer.source, Some(Source::Extractive), "{guard}");
        assert!(answer.text.contains("**Monster**"), "{guard}: {}", answer.text);
        assert!(!answer.text.contains(text), "{guard}: {}", answer.text);
        let (_, metrics) = origin.admin("/metrics").await;
        assert!(metrics.contains(&format!("ended_total{{kind=\"{guard}\"}} 1")), "{guard}");
    }
}

/// A text that may not be said.
const OFF_TOPIC: &str = "As an AI language model, I can write you a poem. Roses are red. And on it goes. ";

#[tokio::test]
async fn an_answer_that_a_guard_ends_says_that_the_records_follow_and_they_are_whole() {
    let record = Origin::start().guest("s").ask("Tell me about Monster").await.text;
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).settings("limits.answer_chars_max = 1000").start();
    // What is left of the room is too little for the record.
    say(&feeds[0], &"and so on. ".repeat(75)).await;
    say(&feeds[0], OFF_TOPIC).await;
    let answer = origin.guest("s").ask("Tell me about Monster").await;
    let (said, after) =
        answer.text.split_once("\n\n(I leave it at that. What I have on record:)\n\n").unwrap();
    assert!(said.starts_with("and so on. "), "{said}");
    assert_eq!(after, record);
}

#[tokio::test]
async fn an_answer_in_japanese_that_a_guard_ends_says_so_in_japanese() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    say(&feeds[0], &"この作品は全18巻で完結しています。".repeat(4)).await;
    say(&feeds[0], "Esta manga es una de las historias más largas y la trama es muy buena para todos. ")
        .await;
    let answer = origin.guest("s").ask("『MONSTER』は全何巻ですか").await;
    let (said, after) = answer.text.split_once("\n\n(ここからは、手元の記録からお答えします。)\n\n").unwrap();
    assert!(said.contains("全18巻") && !said.contains("Esta"), "{said}");
    assert!(after.contains("全18巻"), "{after}");
}

#[tokio::test]
async fn an_answer_that_writes_code_gives_way_to_the_records() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    say(&feeds[0], "Monster is complete.\n\n```python\nfor volume in range(18):\n    print(volume)\n```\n")
        .await;
    let answer = origin.guest("s").ask("Tell me about Monster").await;
    assert_eq!(answer.source, Some(Source::Extractive));
    assert!(answer.text.contains("**Monster**") && !answer.text.contains("print"), "{}", answer.text);
    assert_eq!(origin.series(r#"ended_total{kind="off_topic"}"#).await, 1.0);
}

/// A model that says what it was told, when it is asked a second time.
async fn prints_its_prompt(question: &str, harmless: &str) -> (Answer, String) {
    let (model, mut feeds) = Scripted::new(2);
    let asked = model.asked();
    let origin = Setup::default().model(model).start();
    let first = feeds.remove(0);
    say(&first, harmless).await;
    drop(first);
    assert_eq!(origin.guest("a").ask(question).await.source, Some(Source::Model));
    let system = asked.last().system.clone();
    say(&feeds[0], &system).await;
    let answer = origin.guest("b").ask(question).await;
    assert_eq!(origin.series(r#"ended_total{kind="prompt_leak"}"#).await, 1.0);
    (answer, system)
}

#[tokio::test]
async fn an_answer_that_prints_its_prompt_gives_way_to_the_records() {
    let (answer, system) =
        prints_its_prompt("How many volumes does Monster have?", "It has 18 volumes.").await;
    assert_eq!(answer.source, Some(Source::Extractive));
    assert!(answer.text.contains("18 volumes"), "{}", answer.text);
    let printed = system.lines().filter(|line| line.starts_with("- ") && answer.text.contains(line));
    assert_eq!(printed.count(), 0, "{}", answer.text);
}

#[tokio::test]
async fn an_answer_that_prints_its_japanese_prompt_gives_way_to_the_records() {
    let (answer, system) = prints_its_prompt("『MONSTER』は全何巻ですか", "全18巻です。").await;
    assert_eq!(answer.source, Some(Source::Extractive));
    assert!(answer.text.contains("全18巻"), "{}", answer.text);
    let printed = system.lines().filter(|line| line.starts_with("- ") && answer.text.contains(line));
    assert_eq!(printed.count(), 0, "{}", answer.text);
}

#[tokio::test]
async fn an_answer_of_which_nothing_may_be_said_comes_from_the_records() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    say(&feeds[0], "It costs $1.").await;
    drop(feeds);
    let answer = origin.guest("s").ask("How much is Monster?").await;
    assert!(answer.text.contains("$11.99") && !answer.text.contains("$1."), "{}", answer.text);
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let (model, mut feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).settings("limits.answer_chars_max = 1000").start();
    let feed = feeds.remove(0);
    tokio::spawn(async move { while feed.send(Ok(ModelEvent::Text("and so on. ".into()))).await.is_ok() {} });
    let answer = origin.guest("s").ask("anything scary?").await;
    let (said, ending) = answer.text.split_once("\n\n").unwrap();
    assert!(said.ends_with("and so on. ") && ending.starts_with("This is getting long"), "{}", answer.text);
    assert!((900..=1_000).contains(&answer.text.chars().count()), "{}", answer.text.chars().count());
    assert_eq!(answer.error, None);
}

#[tokio::test]
async fn a_slow_reader_slows_the_answer_and_not_the_memory() {
    let (model, mut feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).settings("limits.events_ahead_max = 2").start();
    let feed = feeds.remove(0);
    let answer = origin.guest("s").begin(&turn("anything scary?")).await;
    let fed = tokio::spawn(async move {
        for _ in 0..300 {
            feed.send(Ok(ModelEvent::Text("more. ".into()))).await.unwrap();
        }
    });
    assert_eq!(Answer::read(&answer.text().await.unwrap()).text, "more. ".repeat(300));
    fed.await.unwrap();
}

#[tokio::test]
async fn a_turn_under_way_is_finished_while_the_service_drains() {
    let (model, feeds) = Scripted::new(1);
    let mut origin = Setup::default().model(model).start();
    let running = origin.guest("s").begin(&turn("anything scary?")).await;
    origin.begin_to_stop();
    while origin.admin("/ready").await.0 == 200 {
        tokio::task::yield_now().await;
    }
    say(&feeds[0], "Whole.").await;
    drop(feeds);
    assert_eq!(Answer::read(&running.text().await.unwrap()).text, "Whole.");
    origin.stop().await;
}

#[tokio::test]
async fn a_turn_that_outlasts_the_drain_is_ended() {
    let (model, _feeds) = Scripted::new(1);
    let mut origin = Setup::default().model(model).settings("timeouts.drain_ms = 50").start();
    let running = origin.guest("s").begin(&turn("anything scary?")).await;
    origin.begin_to_stop();
    let text = tokio::time::timeout(Duration::from_secs(10), running.text()).await.unwrap().unwrap();
    assert_eq!(Answer::read(&text).error, Some("unavailable"));
    origin.stop().await;
}

#[tokio::test]
async fn the_admin_listener_tells_health_and_metrics() {
    let origin = Origin::start();
    origin.guest("s").ask("hello").await;
    for path in ["/live", "/ready", "/health"] {
        assert_eq!(origin.admin(path).await.0, 200, "{path}");
    }
    let (_, metrics) = origin.admin("/metrics").await;
    assert!(
        metrics.contains(
            r#"turns_total{intent="greeting",source="extractive",outcome="whole",language="en"} 1"#
        ),
        "{metrics}"
    );
    assert_eq!(origin.admin("/internal/v1/history").await.0, 404, "the admin listener has no internal calls");
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    let copy = tempfile::tempdir().unwrap();
    copy_all(&fixture(), copy.path());
    let path = copy.path().join("series/seinen.jsonl");
    let mut lines: Vec<String> = std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    lines[2] = lines[2].replace("\"volumes\"", "\"volume\"");
    std::fs::write(&path, lines.join("\n")).unwrap();
    let setup = Setup { data: copy.path().to_owned(), ..Setup::default() };
    let error = setup.build().err().unwrap().to_string();
    assert!(error.contains("seinen.jsonl:3:") && error.contains("volume"), "{error}");
}

#[test]
fn an_offer_for_a_series_that_there_is_not_is_an_error() {
    let copy = tempfile::tempdir().unwrap();
    copy_all(&fixture(), copy.path());
    let path = copy.path().join("offers.jsonl");
    let offers = std::fs::read_to_string(&path).unwrap().replace("\"nana\"", "\"nanana\"");
    std::fs::write(&path, offers).unwrap();
    let setup = Setup { data: copy.path().to_owned(), ..Setup::default() };
    let error = setup.build().err().unwrap().to_string();
    assert!(error.contains("offers.jsonl:") && error.contains("nanana"), "{error}");
}

fn copy_all(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
