//! What is charged, and to whom.

use super::*;

fn taken(spent: &Spent) -> (u32, u32, bool) {
    (spent.tokens.input, spent.tokens.output, spent.estimated)
}

/// How many tokens of this kind were counted, in the place where the ledger is charged.
fn charged(bench: &Bench, kind: &str) -> f64 {
    bench.metric(&format!(r#"model_tokens_total{{model="m",kind="{kind}"}}"#))
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_says_stands() {
    let bench =
        Bench::of([&Fake::new("m", [vec![Use(9, 1), Say("One."), Use(9, 4), Stop(StopReason::End)]])]);
    let read = bench.read().await;
    assert_eq!(read.spent.iter().map(taken).collect::<Vec<_>>(), [(9, 4, false)]);
    assert_eq!((charged(&bench, "input"), charged(&bench, "output")), (9.0, 4.0));
    assert_eq!(bench.metric(r#"model_estimated_total{model="m"}"#), 0.0);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_says_is_counted_from_the_texts() {
    let bench = Bench::of([&Fake::new("m", [says("One is here.")])]);
    // "Answer." and "hello" are 12 bytes.
    assert_eq!(taken(&bench.read().await.spent[0]), (3, 3, true));
    assert_eq!(bench.metric(r#"model_estimated_total{model="m"}"#), 1.0);
    let mut request = request();
    request
        .turns
        .push(crate::model::PastTurn { asked: "何か".to_owned(), answered: "はい。".to_owned() });
    request.tools.push(ToolSpec { name: "find", description: "Find it", parameters: serde_json::json!({}) });
    let result =
        crate::model::ToolResult { call_id: "1".to_owned(), content: "[]".to_owned(), is_error: false };
    request.rounds.push(ToolRound { text: "So".to_owned(), calls: vec![call("{}")], results: vec![result] });
    let read = Read::of(bench.ask_for(request)).await;
    // 12 bytes, 13 of the tool, 10 of the round: 35. Five characters of Japanese.
    assert_eq!(taken(&read.spent[0]), (9 + 5, 3, true));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_failed_midway_is_charged() {
    let script = vec![Use(9, 0), Say("One is here."), Fail(ModelErrorKind::Unavailable)];
    let bench = Bench::of([&Fake::new("m", [script])]);
    assert_eq!(taken(&bench.read().await.spent[0]), (9, 3, true));
    assert_eq!(charged(&bench, "output"), 3.0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_turned_away_took_nothing() {
    for kind in [ModelErrorKind::Throttled, ModelErrorKind::Denied, ModelErrorKind::Invalid] {
        let bench = Bench::of([&Fake::new("m", [fails(kind)])]);
        assert_eq!(bench.read().await.spent, [], "{kind}");
        assert_eq!(charged(&bench, "input"), 0.0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_not_waited_for_took_what_was_read() {
    let bench = Bench::of([&Fake::new("m", [vec![Stall]])]);
    assert_eq!(taken(&bench.read().await.spent[0]), (3, 0, true));
}

#[tokio::test(start_paused = true)]
async fn stopping_is_no_way_round_the_budget() {
    let model = Fake::new("m", [vec![Say("One is here."), Stall]]);
    let bench = Bench::with([(&model, Policy::default())], Ledger::with_tokens_max(6));
    let mut answer = bench.ask();
    answer.next().await.unwrap();
    answer.next().await.unwrap();
    drop(answer);
    assert_eq!((charged(&bench, "input"), charged(&bench, "output")), (3.0, 3.0));
    assert_eq!(bench.read().await.writers, ["extractive"], "the budget is used up");
    assert_eq!(model.asked(), 1);
    let fallback = r#"model_fallbacks_total{from="m",to="extractive",reason="budget"}"#;
    assert_eq!(bench.metric(fallback), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_model_with_a_part_of_the_budget_leaves_the_rest_to_the_next() {
    let answer = || vec![Use(30, 10), Say("One."), Stop(StopReason::End)];
    let (dear, cheap) = (Fake::new("m", [answer()]), Fake::new("cheap", [answer()]));
    let half = Policy { budget_percent: 50, ..Policy::default() };
    let bench = Bench::with([(&dear, half), (&cheap, Policy::default())], Ledger::with_tokens_max(120));
    for writer in ["m", "m", "cheap", "extractive"] {
        assert_eq!(bench.read().await.writers, [writer]);
    }
    let fallback = r#"model_fallbacks_total{from="m",to="cheap",reason="budget"}"#;
    assert_eq!(bench.metric(fallback), 2.0);
}

#[tokio::test(start_paused = true)]
async fn leaving_before_the_first_word_is_charged_too() {
    let bench = Bench::of([&Fake::new("m", [vec![Stall]])]);
    let mut answer = bench.ask();
    assert!(futures_util::poll!(answer.next()).is_pending());
    drop(answer);
    assert_eq!(charged(&bench, "input"), 3.0);
}

#[tokio::test(start_paused = true)]
async fn hidden_thoughts_are_counted() {
    let script = vec![Think(400), Say("One is here."), Stop(StopReason::End)];
    let bench = Bench::of([&Fake::new("m", [script])]);
    let read = bench.read().await;
    assert_eq!(read.spent.iter().map(taken).collect::<Vec<_>>(), [(3, 103, true)]);
    assert_eq!(read.texts, ["One is here."]);
}

#[tokio::test(start_paused = true)]
async fn whoever_drops_an_answer_learns_what_it_took() {
    let bench = Bench::of([&Fake::new("m", [vec![Use(9, 1), Say("One is here."), Stall]])]);
    let mut answer = bench.ask();
    answer.next().await.unwrap();
    answer.next().await.unwrap();
    assert_eq!(bench.unheard.take(), []);
    drop(answer);
    assert_eq!(bench.unheard.take().iter().map(taken).collect::<Vec<_>>(), [(9, 3, true)]);
    assert_eq!(bench.unheard.take(), [], "it is told once");
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_told_at_its_end_is_not_told_again() {
    let bench = Bench::of([&Fake::new("m", [says("One is here.")])]);
    assert_eq!(bench.read().await.spent.len(), 1);
    assert_eq!(bench.unheard.take(), []);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_charged_once() {
    let first = Fake::new("m", [vec![Say(" "), Fail(ModelErrorKind::Throttled)], says("One is here.")]);
    let bench = Bench::of([&first]);
    let read = bench.read().await;
    assert_eq!(read.spent.iter().map(taken).collect::<Vec<_>>(), [(3, 1, true), (3, 3, true)]);
    assert_eq!((charged(&bench, "input"), charged(&bench, "output")), (6.0, 4.0));
    let mut names = read.spent.iter().map(|spent| spent.name.as_str());
    assert!(names.all(|name| name == "m"));
}

#[tokio::test(start_paused = true)]
async fn the_embedded_answerer_takes_nothing() {
    let bench = Bench::with([], Ledger::with_tokens_max(0));
    let read = bench.read().await;
    assert_eq!((read.writers, read.spent), (vec!["extractive".to_owned()], Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn the_time_to_the_first_token_is_measured() {
    let bench = Bench::of([&Fake::new("m", [vec![Wait(S), Say("One."), Stop(StopReason::End)]])]);
    bench.read().await;
    assert_eq!(bench.metric(r#"model_first_token_seconds_sum{model="m"}"#), 1.0);
    assert_eq!(bench.metric(r#"model_first_token_seconds_count{model="m"}"#), 1.0);
}
