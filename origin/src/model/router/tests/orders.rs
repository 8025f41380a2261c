//! Who is asked, when, and how often.

use std::collections::BTreeMap;

use super::*;
use crate::model::router::breaker::Position;

#[tokio::test(start_paused = true)]
async fn the_first_model_that_answers_is_the_only_one() {
    let (first, second) = (Fake::new("first", [says("One.")]), Fake::new("second", [says("Two.")]));
    let read = Bench::of([&first, &second]).read().await;
    assert_eq!((read.writers, read.texts), (vec!["first".to_owned()], vec!["One.".to_owned()]));
    assert_eq!(second.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_intent_has_a_route_of_its_own() {
    let (first, second) = (Fake::new("first", [says("One.")]), Fake::new("second", [says("Two.")]));
    let models = [&first, &second]
        .map(|model| Routable { model: Arc::<Fake>::clone(model), policy: Policy::default() });
    let by_intent = BTreeMap::from([("discovery".to_owned(), vec!["second".to_owned()])]);
    let by_intent = by_intent.into_iter().chain([("greeting".to_owned(), Vec::new())]).collect();
    let routes = Routes { order: vec!["first".to_owned()], by_intent };
    let router = Router::new(models.to_vec(), routes, Arc::default(), Arc::new(Metrics::new())).unwrap();
    let ask = |intent| Ask {
        request: Arc::new(request()),
        intent,
        owner: "guest:1".to_owned(),
        said: false,
        after: None,
        deadline: Instant::now() + TURN,
        unheard: Unheard::default(),
        verdict: Verdict::default(),
    };
    for (intent, writer) in [("discovery", "second"), ("greeting", "extractive"), ("policy", "first")] {
        assert_eq!(Read::of(router.ask(ask(intent))).await.writers, [writer], "{intent}");
    }
    assert_eq!(router.source("greeting"), Source::Extractive);
    assert_eq!(router.source("policy"), Source::Model);
}

#[tokio::test(start_paused = true)]
async fn names_that_are_not_or_are_twice_are_an_error() {
    let named = |name| Routable { model: Fake::new(name, [says("One.")]), policy: Policy::default() };
    let new = |models: Vec<Routable>, order: &[&str]| {
        let order = order.iter().map(|name| (*name).to_owned()).collect();
        let routes = Routes { order, by_intent: BTreeMap::new() };
        Router::new(models, routes, Arc::default(), Arc::new(Metrics::new())).err().map(|error| error.reason)
    };
    assert_eq!(new(vec![named("a")], &["a", "extractive"]), None);
    assert!(new(vec![named("a")], &["b"]).unwrap().contains("`b`"));
    assert!(new(vec![named("a"), named("a")], &["a"]).unwrap().contains("`a`"));
    assert!(new(vec![named("extractive")], &["extractive"]).unwrap().contains("`extractive`"));
}

#[tokio::test(start_paused = true)]
async fn a_throttled_model_is_asked_again_and_then_answers() {
    let model = Fake::new("m", [fails(ModelErrorKind::Throttled), says("One.")]);
    let bench = Bench::of([&model]);
    let read = bench.read().await;
    assert_eq!((read.writers, model.asked()), (vec!["m".to_owned()], 2));
    assert_eq!(read.took.as_millis(), 100);
    assert_eq!(bench.metric(r#"model_attempts_total{model="m",outcome="throttled"}"#), 1.0);
    assert_eq!(bench.metric(r#"model_attempts_total{model="m",outcome="answered"}"#), 1.0);
    assert!(!bench.metrics.text().unwrap().contains("model_fallbacks_total{"), "nobody else was asked");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_stays_unavailable_is_given_up_after_its_attempts() {
    let first = Fake::new("first", [fails(ModelErrorKind::Unavailable)]);
    let second = Fake::new("second", [says("Two.")]);
    let bench = Bench::of([&first, &second]);
    let read = bench.read().await;
    assert_eq!((read.writers, first.asked()), (vec!["second".to_owned()], 3));
    assert_eq!(read.took.as_millis(), 300);
    let fallback = r#"model_fallbacks_total{from="first",to="second",reason="unavailable"}"#;
    assert_eq!(bench.metric(fallback), 1.0);
}

#[tokio::test(start_paused = true)]
async fn what_will_not_mend_itself_is_not_tried_again() {
    for kind in
        [ModelErrorKind::Timeout, ModelErrorKind::Invalid, ModelErrorKind::Denied, ModelErrorKind::Broken]
    {
        let (first, second) = (Fake::new("first", [fails(kind)]), Fake::new("second", [says("Two.")]));
        let read = Bench::of([&first, &second]).read().await;
        assert_eq!((read.writers, first.asked()), (vec!["second".to_owned()], 1), "{kind}");
        assert_eq!(read.took, Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_asks_for_too_long_a_wait_is_left_to_itself() {
    let first = Fake::new("first", [vec![Throttle(30 * S)]]);
    let second = Fake::new("second", [says("Two.")]);
    let read = Bench::of([&first, &second]).read().await;
    assert_eq!((read.writers, read.took, first.asked()), (vec!["second".to_owned()], Duration::ZERO, 1));
    let patient = Fake::new("patient", [vec![Throttle(S)], says("One.")]);
    let read = Bench::of([&patient, &second]).read().await;
    let waited = S + Duration::from_millis(100);
    assert_eq!(
        (read.writers, read.took),
        (vec!["patient".to_owned()], waited),
        "as asked for, and some jitter"
    );
}

#[tokio::test(start_paused = true)]
async fn one_answer_too_many_is_the_next_models_at_once() {
    let first = Fake::new("first", [vec![Say("One."), Stall]]);
    let second = Fake::new("second", [says("Two.")]);
    let policy = Policy { running_max: 1, ..Policy::default() };
    let bench = Bench::with([(&first, policy), (&second, policy)], Ledger::default());
    let mut running = bench.ask();
    running.next().await.unwrap();
    assert_eq!(bench.metric(r#"model_running{model="first"}"#), 1.0);
    let read = bench.read().await;
    assert_eq!((read.writers, read.took), (vec!["second".to_owned()], Duration::ZERO));
    assert_eq!(bench.metric(r#"model_fallbacks_total{from="first",to="second",reason="busy"}"#), 1.0);
    drop(running);
    assert_eq!(bench.metric(r#"model_running{model="first"}"#), 0.0);
    bench.ask().next().await.unwrap();
    assert_eq!(first.asked(), 2, "its place is free again");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_keeps_failing_is_left_alone_and_then_tried_with_probes() {
    let first = Fake::new("first", [fails(ModelErrorKind::Broken)]);
    let second = Fake::new("second", [says("Two.")]);
    let bench = Bench::of([&first, &second]);
    for _ in 0..12 {
        assert_eq!(bench.read().await.writers, ["second"]);
    }
    assert_eq!(first.asked(), 10, "the breaker is open");
    let position = r#"model_breaker{model="first"}"#;
    assert_eq!(bench.metric(position), Position::Open.number() as f64);
    assert_eq!(bench.metric(r#"model_fallbacks_total{from="first",to="second",reason="breaker_open"}"#), 2.0);
    *first.scripts.lock().unwrap() = [says("One.")].into();
    tokio::time::advance(30 * S).await;
    let mut probes = Vec::new();
    // All begin before any of them ends.
    for writer in ["first", "first", "first", "second"] {
        let mut probe = bench.ask();
        let begins = probe.next().await.unwrap();
        assert!(matches!(&begins, Routed::Begins { name, .. } if name == writer), "{begins:?}");
        probes.push(probe);
    }
    assert_eq!(bench.metric(position), Position::HalfOpen.number() as f64);
    for probe in probes {
        probe.collect::<Vec<_>>().await;
    }
    assert_eq!(bench.metric(position), Position::Closed.number() as f64);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_says_nothing_about_the_model() {
    let model = Fake::new("m", [vec![Say("One."), Stall]]);
    let bench = Bench::of([&model]);
    for _ in 0..20 {
        bench.ask().next().await.unwrap();
    }
    assert_eq!(model.asked(), 20, "its breaker is closed");
    assert_eq!(bench.metric(r#"model_attempts_total{model="m",outcome="left"}"#), 20.0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_wrong_says_nothing_about_the_model() {
    let model = Fake::new("m", [fails(ModelErrorKind::Invalid)]);
    let bench = Bench::of([&model]);
    for _ in 0..20 {
        assert_eq!(bench.read().await.writers, ["extractive"]);
    }
    assert_eq!(model.asked(), 20);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_nothing_says_nothing_about_the_model() {
    for script in [vec![Use(9, 0), Stop(StopReason::End)], vec![Stop(StopReason::End)]] {
        let model = Fake::new("m", [script]);
        let bench = Bench::of([&model]);
        for _ in 0..20 {
            assert_eq!(bench.read().await.writers, ["extractive"]);
        }
        assert_eq!(model.asked(), 20, "whoever asks for nothing closes it to nobody");
        assert_eq!(bench.metric(r#"model_attempts_total{model="m",outcome="empty"}"#), 20.0);
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_answer_drops_the_models_stream_at_once() {
    let model = Fake::new("m", [vec![Say("One."), Stall]]);
    let bench = Bench::of([&model]);
    let mut answer = bench.ask();
    answer.next().await.unwrap();
    assert_eq!(model.streams(), 1);
    drop(answer);
    assert_eq!(model.streams(), 0);
}
