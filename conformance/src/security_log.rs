//! The WAF's security log, one object a match, as the lines that tests read.

use anyhow::Context as _;
use ftw::{LoggedMatch, Outcome};
use serde::Deserialize;

use crate::capture::Line;

/// The event of a match.
const MATCHED: &str = "rule-matched";
/// The event that tells how many matches have no line of their own.
const DROPPED: &str = "matches-dropped";

/// What tests ask of a match, as `components/waf/src/report.rs` writes it: every member is text.
#[derive(Deserialize)]
struct Written {
    rule: String,
    message: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    variable: String,
    #[serde(default)]
    log_data: String,
}

/// The rules that matched, each with its line, in the order they were logged.
fn matches(lines: &[Line]) -> anyhow::Result<Vec<(u64, String)>> {
    lines.iter().filter(|line| line.event == MATCHED).map(read).collect()
}

fn read(line: &Line) -> anyhow::Result<(u64, String)> {
    let written = Written::deserialize(&line.fields).context("a match that cannot be read")?;
    let rule_id: u64 = written.rule.parse().context("a rule that is no number")?;
    let tags: Vec<String> =
        written.tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    let logged = LoggedMatch {
        rule_id,
        message: &written.message,
        log_data: &written.log_data,
        severity: &written.severity,
        tags: &tags,
        variable: &written.variable,
    };
    Ok((rule_id, logged.to_string()))
}

/// How many matches the log tells of without saying which: the WAF writes a bounded number of them.
#[must_use]
pub fn dropped(lines: &[Line]) -> u64 {
    let told = lines.iter().filter(|line| line.event == DROPPED);
    // One at least: a count that cannot be read is no reason to keep silent.
    told.map(|line| line.fields["count"].as_str().and_then(|count| count.parse().ok()).unwrap_or(1)).sum()
}

/// Puts what was logged for a request into its outcome. A log that cannot be read makes the request one without an answer, which
/// fails every test but those that expect none; what was wrong is said on standard error.
#[must_use]
pub fn noted(outcome: Outcome, lines: &[Line]) -> Outcome {
    let matches = match matches(lines) {
        Ok(matches) => matches,
        Err(error) => {
            eprintln!("the security log cannot be read: {error:#}");
            return Outcome { status: None, ..outcome };
        }
    };
    let mut rule_ids: Vec<u64> = matches.iter().map(|(rule_id, _)| *rule_id).collect();
    rule_ids.sort_unstable();
    rule_ids.dedup();
    let log = matches.iter().fold(String::new(), |log, (_, line)| log + line + "\n");
    Outcome { rule_ids, log, ..outcome }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn line(event: &str, fields: Value) -> Line {
        Line { request_id: "r-1".into(), event: event.into(), fields }
    }

    fn matched(rule: &str) -> Value {
        json!({
            "rule": rule, "message": "SQL \"injection\"", "severity": "CRITICAL", "tags": "attack-sqli,OWASP_CRS",
            "variable": "ARGS:q", "matched": "1 or 1", "score": "5", "log_data": "Matched Data: 1", "phase": "2",
        })
    }

    #[test]
    fn a_match_becomes_the_line_that_tests_read() {
        let outcome = noted(Outcome::default(), &[line("rule-matched", matched("942100"))]);
        assert_eq!(outcome.rule_ids, [942_100]);
        assert_eq!(
            outcome.log,
            "ModSecurity: Warning. Matched at ARGS:q. [id \"942100\"] [msg \"SQL \\\"injection\\\"\"] \
             [data \"Matched Data: 1\"] [severity \"CRITICAL\"] [tag \"attack-sqli\"] [tag \"OWASP_CRS\"]\n"
        );
    }

    #[test]
    fn a_log_without_the_newer_members_is_read() {
        let found = matches(&[line("rule-matched", json!({ "rule": "7", "message": "m", "tags": "" }))]);
        let line = "ModSecurity: Warning. Matched at . [id \"7\"] [msg \"m\"]";
        assert_eq!(found.expect("a match"), [(7, line.to_owned())]);
    }

    #[test]
    fn other_events_are_no_matches_and_each_rule_counts_once() {
        let lines = [
            line("rule-matched", matched("9")),
            line("started", json!({ "rule": "8" })),
            line("rule-matched", matched("3")),
            line("rule-matched", matched("9")),
        ];
        let outcome = noted(Outcome::default(), &lines);
        assert_eq!((outcome.rule_ids.as_slice(), outcome.log.lines().count()), (&[3, 9][..], 3));
    }

    #[test]
    fn matches_without_a_line_are_counted() {
        let lines = [
            line("rule-matched", matched("9")),
            line("matches-dropped", json!({ "count": "12" })),
            line("matches-dropped", json!({})),
        ];
        assert_eq!((dropped(&lines), dropped(&lines[..1])), (13, 0));
        assert_eq!(noted(Outcome::default(), &lines).rule_ids, [9]);
    }

    #[test]
    fn a_log_that_cannot_be_read_fails_the_request() {
        for fields in [json!("text"), json!({ "rule": "x", "message": "" }), json!({ "message": "" })] {
            let answered = Outcome { status: Some(200), ..Outcome::default() };
            assert_eq!(noted(answered, &[line("rule-matched", fields)]).status, None);
        }
    }
}
