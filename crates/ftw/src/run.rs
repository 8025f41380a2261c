//! Tests, run.

use crate::judge;
use crate::report::{Report, TestReport, Verdict};
use crate::request;
use crate::schema::{Stage, Test};
use crate::suite::Suite;

/// What judges requests: an engine, a component in its host, a listening server.
pub trait Target {
    /// Sends these bytes as one connection's whole input, and says what came of it.
    fn exchange(&mut self, raw: &[u8]) -> Outcome;
}

/// What came of a request.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The answer's status. `None` when the connection ended without an answer.
    pub status: Option<u16>,
    /// Whether the server refused the request as no HTTP, before any rule saw it.
    pub refused: bool,
    /// Rules in the log that was written for the request.
    pub rule_ids: Vec<u64>,
    /// That log, line by line.
    pub log: String,
    /// The answer, head and body; empty where the target does not keep it.
    pub response: String,
    /// Where the answer sends on to.
    pub location: Option<String>,
}

/// Runs every test of a suite that is switched on and `wanted`, and calls `done` after each.
pub fn run(
    suite: &Suite,
    target: &mut dyn Target,
    wanted: impl Fn(&Test) -> bool,
    mut done: impl FnMut(&TestReport),
) -> Report {
    let mut report = Report::default();
    for test in &suite.tests {
        let found = if !test.enabled {
            TestReport::skipped(test, "its file switches it off")
        } else if !wanted(test) {
            continue;
        } else {
            run_test(test, target)
        };
        done(&found);
        report.add(found);
    }
    report
}

/// Every stage is sent, whatever became of those before it; one that fails fails the test.
fn run_test(test: &Test, target: &mut dyn Target) -> TestReport {
    let mut reasons = Vec::new();
    let mut location = None;
    for (number, stage) in test.stages.iter().enumerate() {
        let mut found = run_stage(stage, target, &mut location);
        if !found.is_empty() && stage.output.retry_once == Some(true) {
            found = run_stage(stage, target, &mut location);
        }
        if test.stages.len() > 1 {
            found.iter_mut().for_each(|reason| reason.insert_str(0, &format!("stage {}: ", number + 1)));
        }
        reasons.append(&mut found);
    }
    if test.stages.is_empty() {
        reasons.push("it has no stage".to_owned());
    }
    let verdict = if reasons.is_empty() { Verdict::Passed } else { Verdict::Failed };
    TestReport { id: test.id.clone(), file: test.file.clone(), verdict, reasons }
}

/// Why a stage fails; nothing when it passes. `location` is where the stage before was sent on to.
fn run_stage(stage: &Stage, target: &mut dyn Target, location: &mut Option<String>) -> Vec<String> {
    let input = &stage.input;
    let redirected = match (input.follow_redirect, location.take()) {
        (Some(true), None) => return vec!["the stage before was not redirected".to_owned()],
        (Some(true), Some(to)) => Some(path_of(&to).to_owned()),
        _ => None,
    };
    let uris = match (&redirected, input.uris.as_slice()) {
        (Some(to), _) => vec![to.as_str()],
        (None, []) => vec![input.uri.as_deref().unwrap_or("/")],
        (None, uris) => uris.iter().map(String::as_str).collect(),
    };
    let mut reasons = Vec::new();
    for uri in uris {
        match request::bytes(input, uri) {
            Ok(raw) => {
                let outcome = target.exchange(&raw);
                reasons.extend(judge::judge(&stage.output, &outcome));
                location.clone_from(&outcome.location);
            }
            Err(problem) => reasons.push(problem),
        }
    }
    reasons
}

/// The path and query of a location: tests send to one server.
fn path_of(location: &str) -> &str {
    let Some((_, rest)) = location.split_once("://") else { return location };
    rest.find('/').map_or("/", |slash| &rest[slash..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers in turn, and keeps what it was sent.
    struct Script {
        outcomes: Vec<Outcome>,
        sent: Vec<String>,
    }

    impl Target for Script {
        fn exchange(&mut self, raw: &[u8]) -> Outcome {
            self.sent.push(String::from_utf8_lossy(raw).into_owned());
            self.outcomes.remove(0)
        }
    }

    fn suite(stages: &str) -> Suite {
        let text = format!("rule_id: 9\ntests: [{{test_id: 1, stages: [{stages}]}}]");
        Suite { tests: crate::suite::parse(&text, "9.yaml").expect("tests"), files: 1 }
    }

    fn ids(ids: &[u64]) -> Outcome {
        Outcome { status: Some(200), rule_ids: ids.to_vec(), ..Outcome::default() }
    }

    fn played(stages: &str, outcomes: Vec<Outcome>) -> (Report, Vec<String>) {
        let mut script = Script { outcomes, sent: Vec::new() };
        let report = run(&suite(stages), &mut script, |_| true, |_| {});
        (report, script.sent)
    }

    #[test]
    fn one_stage_that_fails_fails_the_test() {
        let stages =
            "{input: {}, output: {log: {expect_ids: [9]}}}, {input: {}, output: {log: {expect_ids: [9]}}}";
        assert_eq!(played(stages, vec![ids(&[9]), ids(&[9])]).0.passed, 1);
        let (report, sent) = played(stages, vec![ids(&[]), ids(&[9])]);
        assert_eq!((report.failed, sent.len()), (1, 2));
        assert!(report.tests[0].reasons[0].starts_with("stage 1: "), "{:?}", report.tests);
    }

    #[test]
    fn a_stage_is_tried_again_once_where_it_says_so() {
        let stages = "{input: {}, output: {retry_once: true, log: {expect_ids: [9]}}}";
        assert_eq!(played(stages, vec![ids(&[]), ids(&[9])]).0.passed, 1);
        assert_eq!(played(stages, vec![ids(&[]), ids(&[])]).0.failed, 1);
    }

    #[test]
    fn a_redirect_is_followed_and_every_target_is_tried() {
        let to = Outcome { location: Some("http://localhost/next?a=1".into()), ..ids(&[]) };
        let stages = "{input: {}, output: {}}, {input: {follow_redirect: true, uri: /x}, output: {}}";
        let (report, sent) = played(stages, vec![to, ids(&[])]);
        assert_eq!(report.passed, 1);
        assert!(sent[1].starts_with("GET /next?a=1 "), "{sent:?}");
        let (report, _) = played(stages, vec![ids(&[])]);
        assert_eq!(report.failed, 1);
        let (report, sent) = played(
            "{input: {uris: [/a, /b]}, output: {log: {no_expect_ids: [9]}}}",
            vec![ids(&[]), ids(&[9])],
        );
        assert_eq!((report.failed, sent.len()), (1, 2));
    }
}
