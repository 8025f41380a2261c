//! Models that fail, and what the shopper gets all the same.

use std::collections::BTreeMap;
use std::time::Duration;

use chat::{Event, Source};
use futures_util::StreamExt as _;
use origin::model::{ModelErrorKind, ModelEvent, Policy, Routes, StopReason, Tokens, ToolCall};

use crate::harness::{Answer, Feed, Origin, Scripted, Setup, fail, say, stop, turn};

/// A question that the records answer.
const QUESTION: &str = "How many volumes does Monster have?";
const RECORD: &str = "complete in 18 volumes";
const BROKE_OFF: &str = "(The answer broke off there. What I have on record:)";
const LEFT_AT_THAT: &str = "(I leave it at that. What I have on record:)";
/// An answer that nobody who writes English may read.
const SPANISH: &str = "Este manga es una historia de suspenso para adultos y los lectores. Es muy larga y la trama es excelente. ";

/// One token a day, for everyone.
const BUDGET: &str = "budgets.guest.tokens = 1\nbudgets.customer.tokens = 1\n";

/// A model that fails soon when it is silent.
fn hasty() -> Policy {
    let soon = Duration::from_millis(100);
    Policy { first_token: soon, between_tokens: soon, attempts_max: 1, ..Policy::default() }
}

/// The service with one model of one answer.
fn alone(policy: Policy) -> (Origin, Feed) {
    let (model, mut feeds) = Scripted::new(1);
    (Setup::default().model_with(model.cut_off(), policy).start(), feeds.remove(0))
}

async fn fallbacks(origin: &Origin, from: &str, to: &str, reason: &str) -> f64 {
    let labels = format!(r#"from="{from}",to="{to}",reason="{reason}""#);
    origin.series(&format!("model_fallbacks_total{{{labels}}}")).await
}

fn is_from_the_record(answer: &Answer) {
    assert_eq!((answer.source, answer.error), (Some(Source::Extractive), None));
    assert!(answer.text.contains(RECORD), "{}", answer.text);
}

/// The model's text, then a word about it, then the answer from the records.
fn broke_off(answer: &Answer, said: &str) {
    is_from_the_record(answer);
    let (before, after) = answer.text.split_once(BROKE_OFF).expect("it says that the answer broke off");
    assert_eq!(before.trim_end(), said);
    assert!(after.contains(RECORD), "{after}");
}

#[tokio::test]
async fn a_model_that_fails_before_its_text_is_followed_by_the_records() {
    let (origin, feed) = alone(Policy::default());
    fail(&feed, ModelErrorKind::Denied).await;
    let answer = origin.guest("s").ask(QUESTION).await;
    is_from_the_record(&answer);
    assert!(!answer.text.contains("broke off"), "{}", answer.text);
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "denied").await, 1.0);
    assert_eq!(origin.series(r#"model_attempts_total{model="scripted",outcome="denied"}"#).await, 1.0);
}

#[tokio::test]
async fn a_second_model_answers_for_the_first() {
    let (first, first_feeds) = Scripted::new(1);
    let (second, second_feeds) = Scripted::new(1);
    let origin = Setup::default().model(first.called("first")).model(second.called("second")).start();
    fail(&first_feeds[0], ModelErrorKind::Broken).await;
    say(&second_feeds[0], "It has 18 volumes.").await;
    let tokens = Tokens { input: 40, output: 6, ..Tokens::default() };
    second_feeds[0].send(Ok(ModelEvent::Usage(tokens))).await.unwrap();
    drop(second_feeds);
    let answer = origin.guest("s").ask(QUESTION).await;
    assert_eq!((answer.source, answer.text.as_str()), (Some(Source::Model), "It has 18 volumes."));
    assert_eq!(answer.usage.model.as_deref(), Some("second"));
    assert_eq!(answer.usage.output_tokens, 6);
    assert_eq!(fallbacks(&origin, "first", "second", "broken").await, 1.0);
}

#[tokio::test]
async fn a_model_that_is_throttled_is_asked_again() {
    let (model, feeds) = Scripted::new(2);
    let origin = Setup::default().model(model).start();
    fail(&feeds[0], ModelErrorKind::Throttled).await;
    say(&feeds[1], "It has 18 volumes.").await;
    drop(feeds);
    let answer = origin.guest("s").ask(QUESTION).await;
    assert_eq!((answer.source, answer.text.as_str()), (Some(Source::Model), "It has 18 volumes."));
}

#[tokio::test]
async fn an_answer_that_breaks_off_ends_with_the_records_and_is_kept() {
    let (origin, feed) = alone(Policy::default());
    say(&feed, "It has 18 volumes. ").await;
    say(&feed, "It was").await;
    fail(&feed, ModelErrorKind::Unavailable).await;
    let (shopper, asked) = (origin.guest("s"), turn(QUESTION));
    let answer = shopper.ask_with(&asked).await;
    broke_off(&answer, "It has 18 volumes. It was");
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "unavailable").await, 1.0);
    assert_eq!(origin.series(r#"model_interruptions_total{model="scripted"}"#).await, 1.0);
    // All but the beginning, which says now who the answer ended with.
    assert_eq!(
        shopper.ask_with(&asked).await.events[1..],
        answer.events[1..],
        "the model is not asked again"
    );
    assert_eq!(shopper.history().await.turns[0].answer, answer.text);
}

#[tokio::test]
async fn an_answer_in_japanese_breaks_off_in_japanese() {
    let (origin, feed) = alone(Policy::default());
    say(&feed, "全18巻です。").await;
    fail(&feed, ModelErrorKind::Unavailable).await;
    let answer = origin.guest("s").ask("『MONSTER』は全何巻ですか").await;
    let (before, after) =
        answer.text.split_once("(回答が途中で途切れました。手元の記録からお答えします。)").unwrap();
    assert_eq!(before.trim_end(), "全18巻です。");
    assert!(after.contains("全18巻"), "{after}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_before_anything_was_said_just_begins_anew() {
    let (origin, feed) = alone(Policy::default());
    say(&feed, "Read 『Nobody Knows It』 instead. ").await;
    fail(&feed, ModelErrorKind::Broken).await;
    let answer = origin.guest("s").ask(QUESTION).await;
    is_from_the_record(&answer);
    assert!(!answer.text.contains("broke off"), "what was withheld was never read: {}", answer.text);
}

#[tokio::test]
async fn a_stall_before_the_text_is_followed_by_the_records() {
    let (origin, feed) = alone(hasty());
    let answer = origin.guest("s").ask(QUESTION).await;
    is_from_the_record(&answer);
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "first_token").await, 1.0);
    assert!(feed.is_closed(), "nobody waits for the model any more");
}

#[tokio::test]
async fn a_stall_within_the_text_is_followed_by_the_records() {
    let (origin, feed) = alone(hasty());
    say(&feed, "It has 18 volumes. ").await;
    say(&feed, "It").await;
    let answer = origin.guest("s").ask(QUESTION).await;
    broke_off(&answer, "It has 18 volumes. It");
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "between_tokens").await, 1.0);
}

#[tokio::test]
async fn a_stall_after_the_text_is_an_answer_that_broke_off() {
    let (origin, feed) = alone(hasty());
    say(&feed, "It has 18 volumes.").await;
    let tokens = Tokens { input: 40, output: 6, ..Tokens::default() };
    feed.send(Ok(ModelEvent::Usage(tokens))).await.unwrap();
    let answer = origin.guest("s").ask(QUESTION).await;
    broke_off(&answer, "It has 18 volumes.");
    assert_eq!(answer.usage.input_tokens, 40, "what it took counts all the same");
}

#[tokio::test]
async fn a_model_that_takes_all_of_a_turns_time_leaves_some_for_the_records() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).settings("timeouts.turn_ms = 2000").start();
    say(&feeds[0], "It has 18 volumes. ").await;
    let answer = origin.guest("s").ask(QUESTION).await;
    broke_off(&answer, "It has 18 volumes.");
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "turn_time").await, 1.0);
}

#[tokio::test]
async fn an_empty_answer_is_followed_by_the_records() {
    let (origin, feed) = alone(Policy::default());
    stop(&feed, StopReason::End).await;
    is_from_the_record(&origin.guest("s").ask(QUESTION).await);
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "empty").await, 1.0);
}

#[tokio::test]
async fn an_answer_that_a_filter_stopped_is_followed_by_the_records() {
    let (origin, feed) = alone(Policy::default());
    stop(&feed, StopReason::Filtered).await;
    is_from_the_record(&origin.guest("s").ask(QUESTION).await);
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "filtered").await, 1.0);
}

#[tokio::test]
async fn what_a_filter_stopped_is_not_said_though_it_was_written() {
    let (origin, feed) = alone(Policy::default());
    say(&feed, "It has 18 volumes. ").await;
    say(&feed, "First take some").await;
    stop(&feed, StopReason::Filtered).await;
    let answer = origin.guest("s").ask(QUESTION).await;
    is_from_the_record(&answer);
    assert!(!answer.text.contains("First take") && !answer.text.contains("broke off"), "{}", answer.text);
    let (before, after) = answer.text.split_once(LEFT_AT_THAT).unwrap();
    assert_eq!(before.trim_end(), "It has 18 volumes.", "what was read is not taken back");
    assert!(after.contains(RECORD), "{after}");
    assert_eq!(origin.series(r#"ended_early_total{kind="filtered"}"#).await, 1.0);
}

#[tokio::test]
async fn the_word_of_a_guardrail_in_the_place_of_an_answer_is_followed_by_the_records_alone() {
    let (origin, feed) = alone(Policy::default());
    say(&feed, "I cannot say that.").await;
    stop(&feed, StopReason::Filtered).await;
    let answer = origin.guest("s").ask(QUESTION).await;
    is_from_the_record(&answer);
    assert!(!answer.text.contains("cannot say") && !answer.text.contains("leave it"), "{}", answer.text);
}

/// Two models, called first and second.
fn pair(first: Scripted, second: Scripted) -> Origin {
    Setup::default().model(first.called("first")).model(second.called("second")).start()
}

#[tokio::test]
async fn what_a_guard_ends_before_anyone_read_it_is_the_next_models_to_write() {
    let (first, feeds) = Scripted::new(1);
    let second = Scripted::answering([vec![ModelEvent::Text("It has 18 volumes.".into())]]);
    let asked = second.asked();
    let origin = pair(first, second);
    say(&feeds[0], SPANISH).await;
    let answer = origin.guest("s").ask(QUESTION).await;
    assert_eq!((answer.source, answer.text.as_str()), (Some(Source::Model), "It has 18 volumes."));
    assert_eq!(answer.usage.model.as_deref(), Some("second"));
    assert_eq!(asked.all().len(), 1);
    assert!(feeds[0].is_closed(), "the first is not waited for");
    assert_eq!(fallbacks(&origin, "first", "second", "guard").await, 1.0);
    assert_eq!(origin.series(r#"model_attempts_total{model="first",outcome="guard"}"#).await, 1.0);
    assert_eq!(origin.series(r#"model_attempts_total{model="first",outcome="left"}"#).await, 0.0);
    assert_eq!(origin.series(r#"ended_early_total{kind="guard"}"#).await, 1.0);
}

#[tokio::test]
async fn when_every_model_s_answer_is_ended_the_records_answer_alone() {
    let spanish = || Scripted::answering([vec![ModelEvent::Text(SPANISH.into())]]);
    let origin = pair(spanish(), spanish());
    let answer = origin.guest("s").ask(QUESTION).await;
    is_from_the_record(&answer);
    assert!(!answer.text.contains("leave it"), "nobody need know: {}", answer.text);
    assert_eq!(fallbacks(&origin, "first", "second", "guard").await, 1.0);
    assert_eq!(fallbacks(&origin, "second", "extractive", "guard").await, 1.0);
}

#[tokio::test]
async fn what_a_guard_ends_after_some_was_read_ends_with_the_records() {
    let first = Scripted::answering([vec![ModelEvent::Text(format!("It has 18 volumes. {SPANISH}"))]]);
    let second = Scripted::answering([]);
    let asked = second.asked();
    let origin = pair(first, second);
    let answer = origin.guest("s").ask(QUESTION).await;
    is_from_the_record(&answer);
    assert_eq!(answer.text.split_once(LEFT_AT_THAT).unwrap().0.trim_end(), "It has 18 volumes.");
    assert!(asked.all().is_empty(), "another model would say it again in other words");
    assert_eq!(fallbacks(&origin, "first", "extractive", "guard").await, 1.0);
    assert_eq!(origin.series(r#"model_interruptions_total{model="first"}"#).await, 1.0);
}

#[tokio::test]
async fn a_model_that_calls_tools_without_end_is_followed_by_the_next() {
    let search = |at: usize| {
        let arguments = format!(r#"{{"query": "horror", "count": {at}}}"#);
        let call = ToolCall { id: format!("t{at}"), name: "search_catalogue".into(), arguments };
        vec![ModelEvent::ToolCall(call)]
    };
    let first = Scripted::answering((1..=5).map(search));
    let second = Scripted::answering([vec![ModelEvent::Text("It has 18 volumes.".into())]]);
    let asked = second.asked();
    let answer = pair(first, second).guest("s").ask(QUESTION).await;
    assert_eq!((answer.source, answer.text.as_str()), (Some(Source::Model), "It has 18 volumes."));
    let request = asked.last();
    assert!(request.tools.is_empty() && request.rounds.len() == 4, "what was found stays");
}

#[tokio::test]
async fn another_model_does_not_read_what_was_written_around_the_tools() {
    let call = ToolCall {
        id: "t1".into(),
        name: "series_details".into(),
        arguments: r#"{"title_or_id": "parasyte"}"#.into(),
    };
    let first = Scripted::answering([
        // It is withheld, so that nobody has read anything.
        vec![ModelEvent::Text("Read 『Nobody Knows It』 instead.".into()), ModelEvent::ToolCall(call)],
        vec![ModelEvent::Text(SPANISH.into())],
    ]);
    let second = Scripted::answering([vec![ModelEvent::Text("It has 18 volumes.".into())]]);
    let asked = second.asked();
    let answer = pair(first, second).guest("s").ask(QUESTION).await;
    assert_eq!((answer.source, answer.text.as_str()), (Some(Source::Model), "It has 18 volumes."));
    let request = asked.last();
    let [round] = &request.rounds[..] else { panic!("what was found stays: {:?}", request.rounds) };
    assert!(round.text.is_empty() && round.results[0].content.contains("Parasyte"), "{round:?}");
}

#[tokio::test]
async fn an_order_that_a_model_tells_is_a_model_s_answer() {
    let told = Scripted::answering([vec![ModelEvent::Text("Your order MA-10001 is on its way.".into())]]);
    let answer = Setup::default().model(told).start().customer("s", "C1").ask("Where is MA-10001?").await;
    assert_eq!(answer.text, "Your order MA-10001 is on its way.");
    assert!(matches!(answer.events.first(), Some(Event::Start { source: Source::Model, .. })));
    assert_eq!((answer.source, answer.usage.model.as_deref()), (Some(Source::Model), Some("scripted")));
    let (origin, feed) = alone(Policy::default());
    fail(&feed, ModelErrorKind::Denied).await;
    let answer = origin.customer("s", "C1").ask("Where is MA-10001?").await;
    assert_eq!((answer.source, answer.usage.model), (Some(Source::Tool), None), "it fell back");
}

#[tokio::test]
async fn a_model_that_took_tokens_and_wrote_nothing_is_not_who_answered() {
    let (origin, _feed) = alone(hasty());
    let answer = origin.guest("s").ask(QUESTION).await;
    is_from_the_record(&answer);
    assert!(answer.usage.input_tokens > 0, "what was not waited for counts all the same");
    assert_eq!(answer.usage.model, None);
}

#[tokio::test]
async fn an_endless_answer_takes_what_it_wrote_and_ends() {
    let (model, mut feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).settings("limits.answer_chars_max = 1000").start();
    let feed = feeds.remove(0);
    let fed =
        tokio::spawn(
            async move { while feed.send(Ok(ModelEvent::Text("and so on. ".into()))).await.is_ok() {} },
        );
    let answer = origin.guest("s").ask("anything scary?").await;
    assert!((900..=1_000).contains(&answer.text.chars().count()), "{}", answer.text.chars().count());
    assert_eq!(answer.source, Some(Source::Model));
    // All that it wrote counts, said or not: an answer of so many characters has so many tokens at least.
    assert!(answer.usage.output_tokens >= 225, "{:?}", answer.usage);
    fed.await.unwrap();
}

#[tokio::test]
async fn an_intent_that_needs_no_model_asks_none() {
    let (model, _feeds) = Scripted::new(0);
    let by_intent = BTreeMap::from([("greeting".to_owned(), Vec::new())]);
    let routes = Routes { order: vec!["scripted".to_owned()], by_intent };
    let origin = Setup { routes: Some(routes), ..Setup::default().model(model) }.start();
    assert_eq!(origin.guest("s").ask("hello").await.source, Some(Source::Extractive));
}

#[tokio::test]
async fn a_route_to_a_model_that_there_is_not_is_named() {
    let (model, _feeds) = Scripted::new(0);
    let routes = Routes { order: vec!["nova".to_owned()], by_intent: BTreeMap::new() };
    let setup = Setup { routes: Some(routes), ..Setup::default().model(model) };
    let error = setup.build().err().unwrap().to_string();
    assert!(error.contains("models.order") && error.contains("`nova`"), "{error}");
}

#[tokio::test]
async fn a_budget_that_is_used_up_leaves_the_records() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).settings(BUDGET).start();
    say(&feeds[0], "It has 18 volumes.").await;
    drop(feeds);
    let shopper = origin.guest("s");
    assert_eq!(shopper.ask(QUESTION).await.source, Some(Source::Model));
    is_from_the_record(&shopper.ask(QUESTION).await);
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "budget").await, 1.0);
}

#[tokio::test]
async fn stopping_is_no_way_round_the_budget() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).settings(BUDGET).start();
    let shopper = origin.guest("s");
    let answer = shopper.begin(&turn(QUESTION)).await;
    say(&feeds[0], "It has 18 volumes. ").await;
    let mut stream = answer.bytes_stream();
    let mut seen = String::new();
    while !seen.contains("18 volumes") {
        seen.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
    }
    drop(stream);
    feeds[0].closed().await;
    is_from_the_record(&shopper.ask(QUESTION).await);
    assert!(origin.series(r#"model_tokens_total{model="scripted",kind="output"}"#).await >= 5.0);
    assert_eq!(origin.series(r#"model_attempts_total{model="scripted",outcome="left"}"#).await, 1.0);
}

#[tokio::test]
async fn an_answer_too_many_for_the_model_comes_from_the_records() {
    let (model, feeds) = Scripted::new(1);
    let policy = Policy { running_max: 1, ..Policy::default() };
    let origin = Setup::default().model_with(model, policy).start();
    let running = origin.guest("a").begin(&turn(QUESTION)).await;
    say(&feeds[0], "It has 18 volumes. ").await;
    let mut stream = running.bytes_stream();
    let mut seen = String::new();
    while !seen.contains("18 volumes") {
        seen.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
    }
    assert_eq!(origin.series(r#"model_running{model="scripted"}"#).await, 1.0);
    is_from_the_record(&origin.guest("b").ask(QUESTION).await);
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "busy").await, 1.0);
    drop(feeds);
    while let Some(piece) = stream.next().await {
        seen.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
    }
    assert_eq!(Answer::read(&seen).source, Some(Source::Model));
    assert_eq!(origin.series(r#"model_running{model="scripted"}"#).await, 0.0);
}

#[tokio::test]
async fn a_model_that_keeps_failing_is_left_alone_until_its_probes_succeed() {
    let (model, feeds) = Scripted::new(13);
    let origin = Setup::default().model(model).start();
    let shopper = origin.guest("s");
    for feed in &feeds[..10] {
        fail(feed, ModelErrorKind::Broken).await;
        is_from_the_record(&shopper.ask(QUESTION).await);
    }
    let breaker = r#"model_breaker{model="scripted"}"#;
    assert_eq!(origin.series(breaker).await, 2.0, "open");
    is_from_the_record(&shopper.ask(QUESTION).await);
    assert_eq!(fallbacks(&origin, "scripted", "extractive", "breaker_open").await, 1.0);
    // Half a minute passes.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(30)).await;
    tokio::time::resume();
    for (feed, state) in feeds[10..].iter().zip([1.0, 1.0, 0.0]) {
        say(feed, "It has 18 volumes.").await;
        stop(feed, StopReason::End).await;
        assert_eq!(shopper.ask(QUESTION).await.source, Some(Source::Model));
        assert_eq!(origin.series(breaker).await, state);
    }
}
