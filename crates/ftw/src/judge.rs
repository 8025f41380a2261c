//! What came of a request, held against what a test expects.

use regex::bytes::Regex;

use crate::run::Outcome;
use crate::schema::{Expected, LogExpectation, Stage};

/// What makes a stage no test; nothing when it is one.
pub(crate) fn problem(stage: &Stage) -> Option<String> {
    let has_data = stage.input.data.as_deref().is_some_and(|data| !data.is_empty());
    let has_request = stage.input.encoded_request.as_deref().is_some_and(|request| !request.is_empty());
    if has_data && has_request {
        return Some("`data` and `encoded_request` exclude each other".to_owned());
    }
    if stage.output.isolated && stage.output.log.expect_ids.len() != 1 {
        return Some("`isolated` needs exactly one of `expect_ids`".to_owned());
    }
    let log = patterns(&stage.output);
    let response = stage.output.response_contains.as_deref();
    [("match_regex", log.wanted), ("no_match_regex", log.unwanted), ("response_contains", response)]
        .into_iter()
        .find_map(|(name, pattern)| Some((name, Regex::new(pattern?).err()?)))
        .map(|(name, error)| format!("`{name}` is no regex: {error}"))
}

struct Patterns<'a> {
    wanted: Option<&'a str>,
    unwanted: Option<&'a str>,
}

/// The newer spelling counts where both are there.
fn patterns(expected: &Expected) -> Patterns<'_> {
    let LogExpectation { match_regex, no_match_regex, expect_ids, no_expect_ids } = &expected.log;
    Patterns {
        wanted: match_regex.as_deref().or(expected.log_contains.as_deref().filter(|_| expect_ids.is_empty())),
        unwanted: no_match_regex
            .as_deref()
            .or(expected.no_log_contains.as_deref().filter(|_| no_expect_ids.is_empty())),
    }
}

/// Why an outcome is not what was expected; nothing when it is.
pub(crate) fn judge(expected: &Expected, outcome: &Outcome) -> Vec<String> {
    // Where an error is expected, nothing else counts: there is no answer, and a server that refuses the request as
    // no HTTP may have no log either.
    if expected.expect_error == Some(true) {
        let is_error = outcome.status.is_none() || outcome.refused;
        return if is_error { Vec::new() } else { vec!["it was answered, and an error was expected".into()] };
    }
    let Some(status) = outcome.status else { return vec!["it was not answered".into()] };
    let mut reasons = Vec::new();
    if !expected.status.is_empty() && !expected.status.contains(&status) {
        reasons.push(format!("status {status} instead of {:?}", expected.status));
    }
    if let Some(pattern) = expected.response_contains.as_deref()
        && !Regex::new(pattern).is_ok_and(|regex| regex.is_match(outcome.response.as_bytes()))
    {
        reasons.push(format!("the answer lacks {pattern:?}"));
    }
    judge_ids(expected, outcome, &mut reasons);
    judge_lines(expected, outcome, &mut reasons);
    if !reasons.is_empty() && outcome.refused {
        reasons.push("the server refused it as no HTTP".into());
    }
    reasons
}

fn judge_ids(expected: &Expected, outcome: &Outcome, reasons: &mut Vec<String>) {
    let found = |id: &&u64| outcome.rule_ids.contains(id);
    let missing: Vec<_> = expected.log.expect_ids.iter().filter(|id| !found(id)).collect();
    let unwanted: Vec<_> = expected.log.no_expect_ids.iter().filter(found).collect();
    if !missing.is_empty() {
        reasons.push(format!("the log lacks {missing:?}; it has {:?}", outcome.rule_ids));
    }
    if !unwanted.is_empty() {
        reasons.push(format!("the log has {unwanted:?}"));
    }
    if expected.isolated && outcome.rule_ids.len() != 1 {
        reasons.push(format!("the log has {:?}, and one rule alone was expected", outcome.rule_ids));
    }
}

fn judge_lines(expected: &Expected, outcome: &Outcome, reasons: &mut Vec<String>) {
    let Patterns { wanted, unwanted } = patterns(expected);
    let matches = |pattern: &str| {
        Regex::new(pattern).is_ok_and(|regex| outcome.log.lines().any(|line| regex.is_match(line.as_bytes())))
    };
    if let Some(pattern) = wanted.filter(|pattern| !matches(pattern)) {
        reasons.push(format!("no line of the log matches {pattern:?}"));
    }
    if let Some(pattern) = unwanted.filter(|pattern| matches(pattern)) {
        reasons.push(format!("a line of the log matches {pattern:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(yaml: &str) -> Expected {
        serde_saphyr::from_str(yaml).expect("an expectation")
    }

    fn outcome() -> Outcome {
        Outcome {
            status: Some(200),
            rule_ids: vec![1, 2],
            log: "[id \"1\"] [msg \"a\"]\n[id \"2\"]".into(),
            response: "HTTP/1.1 200 OK\r\n\r\nhello".into(),
            ..Outcome::default()
        }
    }

    fn passes(yaml: &str, outcome: &Outcome) -> bool {
        judge(&expected(yaml), outcome).is_empty()
    }

    #[test]
    fn ids_must_and_must_not_be_in_the_log() {
        let outcome = outcome();
        assert!(passes("log: {expect_ids: [1, 2], no_expect_ids: [3]}", &outcome));
        assert!(!passes("log: {expect_ids: [1, 3]}", &outcome));
        assert!(!passes("log: {no_expect_ids: [3, 2]}", &outcome));
        assert!(!passes("{isolated: true, log: {expect_ids: [1]}}", &outcome));
    }

    #[test]
    fn lines_must_and_must_not_match_in_either_spelling() {
        let outcome = outcome();
        for passing in [
            "log: {match_regex: 'id \"1\".*msg'}",
            "log: {no_match_regex: 'id \"2\".*msg'}",
            "log_contains: 'id \"1\"'",
            "no_log_contains: 'id \"3\"'",
            "response_contains: 'hel+o'",
            "status: [403, 200]",
        ] {
            assert!(passes(passing, &outcome), "{passing}");
        }
        for failing in [
            "log: {match_regex: 'id \"2\".*msg'}",
            "log: {no_match_regex: 'msg'}",
            "log_contains: 'id \"3\"'",
            "no_log_contains: 'id \"1\"'",
            "response_contains: 'bye'",
            "status: 403",
        ] {
            assert!(!passes(failing, &outcome), "{failing}");
        }
    }

    #[test]
    fn a_refusal_counts_where_it_is_allowed() {
        let refused = Outcome { status: Some(400), refused: true, ..Outcome::default() };
        assert!(passes("status: 400", &refused));
        assert!(passes("{expect_error: true, log: {expect_ids: [1]}}", &refused));
        assert!(!passes("log: {expect_ids: [1]}", &refused));
        assert!(!passes("expect_error: true", &outcome()));
        let silent = Outcome::default();
        assert!(passes("expect_error: true", &silent));
        assert!(!passes("log: {no_expect_ids: [1]}", &silent));
    }
}
