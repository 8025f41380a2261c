//! What answers cost, and what a day may take: seen by shoppers, and over restarts.

use std::path::Path;
use std::time::Duration;

use chat::{Cost, Source, Usage};
use futures_util::StreamExt as _;
use origin::model::{ModelEvent, Routes, Tokens};

use crate::harness::{Answer, NOON_MS, Origin, Scripted, Setup, say, turn};

/// A question that the records answer as well.
const QUESTION: &str = "How many volumes does Monster have?";
const HOUR_MS: u64 = 3_600_000;
const PRICES: &str = r#"
    [[price]]
    model = "scripted"
    from = 2026-01-01
    currency = "USD"
    input = 3
    output = 15
"#;

/// The service with a model that answers once and takes 1,000 tokens in and 100 out.
async fn start(state: Option<&Path>, settings: &str) -> Origin {
    start_at(NOON_MS, state, settings).await
}

async fn start_at(start_ms: u64, state: Option<&Path>, settings: &str) -> Origin {
    let (model, feeds) = Scripted::new(1);
    let took = Tokens { input: 1_000, output: 100, ..Tokens::default() };
    say(&feeds[0], "It has 18 volumes.").await;
    feeds[0].send(Ok(ModelEvent::Usage(took))).await.unwrap();
    let setup = Setup { start_ms, ..Setup::default().model(model).settings(settings) };
    match state {
        Some(state) => setup.state(state).start(),
        None => setup.start(),
    }
}

async fn ask(origin: &Origin, session: &str) -> Answer {
    origin.guest(session).ask(QUESTION).await
}

#[tokio::test]
async fn an_answer_says_what_it_cost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.toml");
    std::fs::write(&file, PRICES).unwrap();
    let origin = start(None, &format!("prices.file = {:?}", file.display().to_string())).await;
    let usage = ask(&origin, "s").await.usage;
    assert_eq!(
        (usage.model.as_deref(), usage.input_tokens, usage.output_tokens),
        (Some("scripted"), 1_000, 100)
    );
    assert_eq!(usage.cost, Some(Cost { micros: 4_500, currency: "USD".into() }));
    assert_eq!(origin.metric("model_cost_micros_total").await, 4_500.0);
}

#[tokio::test]
async fn an_answer_says_what_came_from_the_providers_cache_and_what_was_guessed() {
    let took = Tokens { input: 10, output: 6, cache_read: 700, cache_write: 80 };
    let told =
        Scripted::answering([vec![ModelEvent::Text("It has 18 volumes.".into()), ModelEvent::Usage(took)]]);
    let usage = ask(&Setup::default().model(told).start(), "s").await.usage;
    assert_eq!((usage.cache_read_tokens, usage.cache_write_tokens, usage.estimated), (700, 80, false));
    let untold = Scripted::answering([vec![ModelEvent::Text("It has 18 volumes.".into())]]);
    let usage = ask(&Setup::default().model(untold).start(), "s").await.usage;
    assert!(usage.estimated && usage.output_tokens > 0 && usage.cache_read_tokens == 0, "{usage:?}");
}

#[tokio::test]
async fn an_answer_that_is_ended_says_what_it_took() {
    let (model, feeds) = Scripted::new(1);
    let mut origin = Setup::default().model(model).settings("timeouts.drain_ms = 50").start();
    let took = Tokens { input: 1_000, ..Tokens::default() };
    feeds[0].send(Ok(ModelEvent::Usage(took))).await.unwrap();
    say(&feeds[0], "It has 18 volumes. ").await;
    let mut stream = origin.guest("s").begin(&turn(QUESTION)).await.bytes_stream();
    let mut seen = String::new();
    while !seen.contains("18 volumes") {
        seen.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
    }
    origin.begin_to_stop();
    while let Some(piece) = stream.next().await {
        seen.push_str(std::str::from_utf8(&piece.unwrap()).unwrap());
    }
    let answer = Answer::read(&seen);
    assert_eq!((answer.error, answer.usage.model.as_deref()), (Some("unavailable"), Some("scripted")));
    assert_eq!(answer.usage.input_tokens, 1_000);
    assert!(answer.usage.output_tokens > 0 && answer.usage.estimated, "{:?}", answer.usage);
    origin.stop().await;
}

#[tokio::test]
async fn an_answer_of_a_model_without_a_price_says_nothing_of_cost() {
    let origin = start(None, "").await;
    let usage = ask(&origin, "s").await.usage;
    assert_eq!((usage.output_tokens, usage.cost), (100, None));
}

#[tokio::test]
async fn a_restart_gives_no_budget_back() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "budgets.guest.tokens = 1_000";
    let origin = start(Some(folder.path()), settings).await;
    assert_eq!(ask(&origin, "s").await.source, Some(Source::Model));
    origin.stop().await;
    let origin = start(Some(folder.path()), settings).await;
    assert_eq!(ask(&origin, "s").await.source, Some(Source::Extractive));
    assert_eq!(ask(&origin, "another").await.source, Some(Source::Model));
}

#[tokio::test]
async fn a_new_day_is_a_new_budget() {
    let folder = tempfile::tempdir().unwrap();
    let (late_ms, settings) = (NOON_MS + 11 * HOUR_MS, "budgets.service.tokens = 1_000");
    let origin = start_at(late_ms, Some(folder.path()), settings).await;
    assert_eq!(ask(&origin, "s").await.source, Some(Source::Model));
    assert_eq!(ask(&origin, "t").await.source, Some(Source::Extractive));
    origin.stop().await;
    let origin = start_at(late_ms, Some(folder.path()), settings).await;
    origin.clock.advance(HOUR_MS);
    assert_eq!(ask(&origin, "t").await.source, Some(Source::Model));
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_a_start_up_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("ledger.sqlite")).unwrap();
    let setup = Setup::default().state(folder.path()).settings("budgets.guest.tokens = 1_000");
    let error = setup.build().err().unwrap().to_string();
    assert!(error.starts_with("ledger: "), "{error}");
}

#[tokio::test]
async fn without_a_budget_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    start(Some(folder.path()), "").await.stop().await;
    assert!(folder.path().join("memory.sqlite").exists() && !folder.path().join("ledger.sqlite").exists());
}

/// The output tokens that were counted where the ledger is charged.
async fn charged(origin: &Origin) -> f64 {
    origin.series(r#"model_tokens_total{model="scripted",kind="output"}"#).await
}

#[tokio::test]
async fn an_answer_that_a_guard_ends_says_what_it_took() {
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).start();
    say(&feeds[0], "As an AI language model, I can write you a poem. Roses are red.").await;
    say(&feeds[0], " And on it goes. ").await;
    let answer = origin.guest("s").ask("Tell me about Monster").await;
    assert_eq!((answer.source, answer.usage.model.as_deref()), (Some(Source::Extractive), None));
    assert!(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0, "{:?}", answer.usage);
    assert_eq!(f64::from(answer.usage.output_tokens), charged(&origin).await);
}

#[tokio::test]
async fn an_answer_that_is_stopped_is_kept_with_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let (model, feeds) = Scripted::new(1);
    let origin = Setup::default().model(model).state(folder.path()).start();
    let mut stream = origin.guest("s").begin(&turn(QUESTION)).await.bytes_stream();
    say(&feeds[0], "It has 18 volumes. ").await;
    let mut seen = String::new();
    while !seen.contains("18 volumes") {
        seen.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
    }
    drop(stream);
    feeds[0].closed().await;
    let kept = kept_usage(folder.path()).await;
    assert_eq!(kept.model.as_deref(), Some("scripted"));
    assert!(kept.input_tokens > 0 && kept.output_tokens > 0, "{kept:?}");
    assert_eq!(f64::from(kept.output_tokens), charged(&origin).await);
}

/// What the only turn on record took, once it is kept.
async fn kept_usage(state: &Path) -> Usage {
    let memory = rusqlite::Connection::open(state.join("memory.sqlite")).unwrap();
    let kept = async {
        loop {
            let usage = memory.query_row("SELECT usage FROM turns", [], |row| row.get::<_, String>(0));
            if let Ok(usage) = usage {
                return serde_json::from_str(&usage).unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), kept).await.expect("the turn is kept")
}

#[tokio::test]
async fn a_model_without_a_price_is_no_start_where_money_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.toml");
    std::fs::write(&file, PRICES).unwrap();
    let settings = format!(
        "prices.file = {:?}\nbudgets.currency = \"USD\"\nbudgets.service.money = 50",
        file.display().to_string()
    );
    let setup = |routed: &[&str]| {
        let models =
            Setup::default().model(Scripted::answering([])).model(Scripted::answering([]).called("new"));
        let order = routed.iter().map(|name| (*name).to_owned()).collect();
        Setup { routes: Some(Routes { order, ..Routes::default() }), ..models.settings(&settings) }
    };
    let error = setup(&["scripted", "new"]).build().err().unwrap().to_string();
    assert!(error.starts_with("models.new.model: ") && error.contains("budgets.service.money"), "{error}");
    assert!(setup(&["scripted"]).build().is_ok(), "a model that is not asked costs nothing");
}

#[tokio::test]
async fn a_model_that_costs_nothing_answers_when_the_money_is_used_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.toml");
    let free = PRICES
        .replace("scripted", "free")
        .replace("input = 3", "input = 0")
        .replace("output = 15", "output = 0");
    std::fs::write(&file, format!("{PRICES}{free}")).unwrap();
    let answer = || vec![ModelEvent::Text("It has 18 volumes.".into())];
    let settings = format!(
        "prices.file = {:?}\nbudgets.currency = \"USD\"\nbudgets.guest.money = 0.000001",
        file.display().to_string()
    );
    let origin = Setup::default()
        .model(Scripted::answering([answer()]))
        .model(Scripted::answering([answer()]).called("free"))
        .settings(&settings)
        .start();
    assert_eq!(ask(&origin, "s").await.usage.model.as_deref(), Some("scripted"));
    assert_eq!(ask(&origin, "s").await.usage.model.as_deref(), Some("free"));
    assert_eq!(
        origin.series(r#"model_fallbacks_total{from="scripted",to="free",reason="budget"}"#).await,
        1.0
    );
}
