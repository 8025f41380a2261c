//! Models that stall, break off, say nothing, or never end.

use super::*;
use crate::model::{TOOL_ARGUMENTS_BYTES_MAX, TOOL_CALLS_MAX};

async fn alone(script: Vec<Does>) -> (Read, Bench) {
    let bench = Bench::of([&Fake::new("m", [script])]);
    (bench.read().await, bench)
}

async fn with_a_second(script: Vec<Does>) -> (Read, Bench) {
    let bench = Bench::of([&Fake::new("m", [script]), &Fake::new("second", [says("Two.")])]);
    (bench.read().await, bench)
}

fn fallback(bench: &Bench, to: &str, reason: &str) -> f64 {
    bench.metric(&format!(r#"model_fallbacks_total{{from="m",to="{to}",reason="{reason}"}}"#))
}

#[tokio::test(start_paused = true)]
async fn a_stall_before_the_text_is_waited_for_ten_seconds() {
    let (read, bench) = with_a_second(vec![Stall]).await;
    assert_eq!((read.writers, read.took), (vec!["second".to_owned()], 10 * S));
    assert!(!read.interrupted);
    assert_eq!(fallback(&bench, "second", "first_token"), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_stall_within_the_text_ends_in_the_embedded_answer() {
    let (read, bench) = with_a_second(vec![Say("One "), Stall]).await;
    assert_eq!((&read.writers[..], read.took), (&["m".to_owned(), "extractive".to_owned()][..], 10 * S));
    assert!(read.interrupted && read.texts[0] == "One " && !read.texts[1].is_empty(), "{read:?}");
    assert_eq!(fallback(&bench, "extractive", "between_tokens"), 1.0);
    assert_eq!(bench.metric(r#"model_interruptions_total{model="m"}"#), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_stall_after_the_text_is_no_end() {
    let (read, bench) = with_a_second(vec![Say("All of it."), Use(9, 3), Stall]).await;
    assert_eq!((read.interrupted, read.took), (true, 10 * S));
    assert_eq!(fallback(&bench, "extractive", "between_tokens"), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_trickle_is_cut_at_the_bound_of_the_whole_answer() {
    let script = std::iter::repeat_n([Say("."), Wait(9 * S)], 20).flatten().collect();
    let (read, bench) = with_a_second(script).await;
    assert_eq!((read.interrupted, read.took), (true, 50 * S));
    assert_eq!(fallback(&bench, "extractive", "total"), 1.0);
}

#[tokio::test(start_paused = true)]
async fn the_embedded_answer_has_its_second_however_many_models_stall() {
    let stalls: Vec<_> =
        ["a", "b", "c", "d", "e", "f", "g"].map(|name| Fake::new(name, [vec![Stall]])).into();
    let models = stalls
        .iter()
        .map(|model| Routable { model: Arc::<Fake>::clone(model), policy: Policy::default() })
        .collect::<Vec<_>>();
    let (routes, metrics) = (Routes::in_order(&models), Arc::new(Metrics::new()));
    let router = Router::new(models, routes, Arc::default(), Arc::clone(&metrics)).unwrap();
    let bench = Bench::around(router, metrics);
    let read = bench.read().await;
    assert_eq!((read.writers, read.took), (vec!["extractive".to_owned()], 59 * S));
    assert_eq!(stalls[6].asked(), 0, "the turn's time was over");
    let last = r#"model_fallbacks_total{from="g",to="extractive",reason="turn_time"}"#;
    assert_eq!(bench.metric(last), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_short_turn_leaves_the_embedded_answer_a_quarter() {
    let mut bench = Bench::of([&Fake::new("m", [vec![Say("One "), Stall]])]);
    bench.turn = Duration::from_millis(200);
    let read = bench.read().await;
    assert_eq!((read.took.as_millis(), read.interrupted), (150, true));
    assert_eq!(fallback(&bench, "extractive", "turn_time"), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_failure_within_the_text_is_not_tried_again() {
    let model = Fake::new("m", [vec![Say("One "), Fail(ModelErrorKind::Throttled)]]);
    let bench = Bench::of([&model, &Fake::new("second", [says("Two.")])]);
    let read = bench.read().await;
    assert_eq!(read.writers, ["m", "extractive"]);
    assert_eq!(model.asked(), 1);
    let at = |wanted: fn(&Routed) -> bool| read.parts.iter().position(wanted).unwrap();
    let interrupted = at(|part| matches!(part, Routed::Interrupted { filtered: false }));
    assert!(at(|part| matches!(part, Routed::Spent(_))) < interrupted);
    assert!(matches!(&read.parts[interrupted + 1], Routed::Begins { name, .. } if name == EXTRACTIVE));
}

#[tokio::test(start_paused = true)]
async fn a_later_round_that_fails_before_its_text_is_the_next_models() {
    let mut bench =
        Bench::of([&Fake::new("m", [fails(ModelErrorKind::Broken)]), &Fake::new("second", [says("Two.")])]);
    bench.said = true;
    let read = bench.read().await;
    assert_eq!((read.writers, read.interrupted), (vec!["second".to_owned()], false));
    let mut bench = Bench::of([&Fake::new("m", [fails(ModelErrorKind::Broken)])]);
    bench.said = true;
    let read = bench.read().await;
    assert_eq!((read.writers, read.interrupted), (vec!["extractive".to_owned()], true));
    assert_eq!(bench.metric(r#"model_interruptions_total{model="m"}"#), 1.0);
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_none() {
    for script in [
        vec![Stop(StopReason::End)],
        vec![Say(""), Say(" \n"), Cite("nana"), Stop(StopReason::End)],
        vec![Use(9, 0), Stop(StopReason::Length)],
        vec![Stop(StopReason::Tools)],
    ] {
        let (read, bench) = with_a_second(script.clone()).await;
        assert_eq!(read.writers, ["second"], "{script:?}");
        assert!(!read.interrupted && !read.parts.contains(&Routed::Citation(citation("nana"))));
        assert_eq!(fallback(&bench, "second", "empty"), 1.0);
    }
}

#[tokio::test(start_paused = true)]
async fn blanks_before_the_first_word_are_kept() {
    let (read, _) = alone(vec![Say("\n"), Say(" "), Say("One."), Stop(StopReason::End)]).await;
    assert_eq!(read.texts, ["\n One."]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_ends_without_a_stop_is_broken() {
    let (read, bench) = with_a_second(vec![]).await;
    assert_eq!((read.writers, fallback(&bench, "second", "broken")), (vec!["second".to_owned()], 1.0));
    let (read, _) = with_a_second(vec![Say("One")]).await;
    assert!(read.interrupted);
}

#[tokio::test(start_paused = true)]
async fn an_endless_answer_is_cut_where_the_request_says() {
    let script = std::iter::repeat_n(Say("and so on "), 1_000).collect();
    let (read, bench) = alone(script).await;
    assert_eq!((read.texts[0].chars().count(), read.stop()), (100, StopReason::Length));
    assert_eq!(bench.metric(r#"model_attempts_total{model="m",outcome="answered"}"#), 1.0);
    assert!(read.spent[0].estimated);
    let (read, _) = alone(std::iter::repeat_n(Say("\n\n\n"), 1_000).collect()).await;
    assert_eq!(read.writers, ["extractive"], "endless blanks are no answer");
}

#[tokio::test(start_paused = true)]
async fn what_a_filter_stopped_is_not_written_again_by_another_model() {
    let (read, bench) = with_a_second(vec![Use(9, 2), Stop(StopReason::Filtered)]).await;
    assert_eq!((read.writers, read.interrupted), (vec!["extractive".to_owned()], false));
    assert_eq!(fallback(&bench, "extractive", "filtered"), 1.0);
    let (read, _) = with_a_second(vec![Say("One "), Stop(StopReason::Filtered)]).await;
    assert_eq!(read.writers, ["m", "extractive"]);
    assert!(read.interrupted && read.filtered, "what is held back of the text may not be said");
    let (read, _) = with_a_second(vec![Say("One "), Fail(ModelErrorKind::Broken)]).await;
    assert!(read.interrupted && !read.filtered);
}

#[tokio::test(start_paused = true)]
async fn after_a_model_whose_answer_was_dropped_the_next_is_asked() {
    let models = ["a", "b", "c"].map(|name| Fake::new(name, [says("One.")]));
    let mut bench = Bench::of([&models[0], &models[1], &models[2]]);
    for (after, writer) in [("a", "b"), ("b", "c"), ("c", "extractive"), ("nobody", "extractive")] {
        bench.after = Some(after);
        let read = bench.read().await;
        assert_eq!((&read.writers[..], read.interrupted), (&[writer.to_owned()][..], false), "after {after}");
    }
    assert_eq!(models.map(|model| model.asked()), [0, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_its_reader_drops_is_told_with_the_reason_and_opens_no_breaker() {
    let model = Fake::new("m", [vec![Say("One."), Stall]]);
    let bench = Bench::of([&model]);
    for _ in 0..20 {
        let mut answer = bench.ask();
        answer.next().await.unwrap();
        bench.verdict.give("guard");
    }
    assert_eq!(model.asked(), 20, "a shopper can ask for what is not said");
    assert_eq!(bench.metric(r#"model_attempts_total{model="m",outcome="guard"}"#), 20.0);
    bench.ask().next().await.unwrap();
    assert_eq!(bench.metric(r#"model_attempts_total{model="m",outcome="left"}"#), 1.0, "it is told once");
}

#[tokio::test(start_paused = true)]
async fn who_comes_after_an_answer_that_was_dropped_is_counted() {
    let (first, second) = (Fake::new("m", [says("One.")]), Fake::new("second", [says("Two.")]));
    let bench = Bench::of([&first, &second]);
    let ask = bench.asking(request());
    bench.router.pass_over(&ask, "m", "guard", true);
    assert_eq!(fallback(&bench, "second", "guard"), 1.0);
    bench.router.pass_over(&ask, "m", "guard", false);
    assert_eq!(fallback(&bench, "extractive", "guard"), 1.0, "some of it was read");
    assert_eq!(bench.metric(r#"model_interruptions_total{model="m"}"#), 1.0);
}

#[tokio::test(start_paused = true)]
async fn tool_calls_are_passed_on_when_the_answer_has_ended() {
    let calls = [call("{}"), call("{\"like\":\"nana\"}")];
    let [one, two] = calls.clone();
    let script = vec![Say("Let me look. "), Call(one), Call(two), Use(9, 9), Stop(StopReason::End)];
    let (read, _) = alone(script).await;
    let called: Vec<_> = read.parts.iter().filter(|part| matches!(part, Routed::ToolCall(_))).collect();
    assert_eq!(called, calls.map(Routed::ToolCall).iter().collect::<Vec<_>>());
    assert_eq!(read.stop(), StopReason::Tools, "whatever the model says");
    let (read, _) = alone(vec![Call(call("{}")), Stop(StopReason::Tools)]).await;
    assert_eq!((read.stop(), read.writers), (StopReason::Tools, vec!["m".to_owned()]));
    let (read, _) = with_a_second(vec![Call(call("{}")), Fail(ModelErrorKind::Broken)]).await;
    assert!(!read.parts.iter().any(|part| matches!(part, Routed::ToolCall(_))), "it has called nothing");
    assert_eq!(read.writers, ["second"]);
}

#[tokio::test(start_paused = true)]
async fn too_many_tool_calls_and_too_long_ones_are_broken() {
    let calls = |count: usize, arguments: &str| {
        let mut script = vec![Call(call(arguments)); count];
        script.push(Stop(StopReason::Tools));
        script
    };
    let long = "x".repeat(TOOL_ARGUMENTS_BYTES_MAX);
    assert_eq!(alone(calls(TOOL_CALLS_MAX, &long)).await.0.writers, ["m"]);
    for script in [calls(TOOL_CALLS_MAX + 1, "{}"), calls(1, &format!("{long}x"))] {
        let (read, bench) = with_a_second(script).await;
        assert_eq!((read.writers, fallback(&bench, "second", "broken")), (vec!["second".to_owned()], 1.0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_thinks_for_long_is_waited_for() {
    let script = vec![Wait(6 * S), Think(80), Wait(6 * S), Say("One."), Stop(StopReason::End)];
    let read = Bench::of([&Fake::new("m", [script])]).read().await;
    assert_eq!((read.writers, read.took), (vec!["m".to_owned()], 12 * S));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_hangs_is_left_alone_though_turns_are_shorter_than_its_patience() {
    let model = Fake::new("m", [vec![Stall]]);
    let policy = Policy { first_token: 2 * S, ..Policy::default() };
    let mut bench = Bench::with([(&model, policy)], Ledger::default());
    bench.turn = 2 * S;
    for _ in 0..10 {
        assert_eq!(bench.read().await.took.as_millis(), 1_500);
    }
    assert_eq!(fallback(&bench, "extractive", "turn_time"), 10.0);
    bench.read().await;
    assert_eq!((model.asked(), fallback(&bench, "extractive", "breaker_open")), (10, 1.0));
}
