//! What the security log says of a match.

use serde_json::{Value, json};

use super::rules::Rules;
use crate::fixture::{Log, eventually};

const NOTED: &str = "SecRule ARGS \"@rx pur[a-z]le\" \"id:1009121,phase:2,pass,capture,t:none,msg:'A word',\
    logdata:'%{TX.0} in %{MATCHED_VAR_NAME}',tag:'mangaassist',tag:'test',severity:'NOTICE',\
    setvar:tx.inbound_anomaly_score_pl1=+2\"\n";
const REFUSED: &str =
    "SecRule ARGS:q \"@streq refused\" \"id:1009122,phase:2,deny,status:403,t:none,msg:'Refused'\"\n";

/// Rules that all match an argument `q`.
const MANY: usize = 300;
/// Matches that have a line of their own.
const TOLD: usize = 255;

/// The fields of the lines of this event.
fn lines(log: &Log, event: &str) -> Vec<Value> {
    let text = log.text();
    let lines =
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is one JSON object"));
    let fields = lines.filter(|line| line["event"] == event).map(|line| {
        let fields = line["fields"].as_str().expect("the fields of a filter's line");
        serde_json::from_str::<Value>(fields).expect("they are one JSON object")
    });
    fields.collect()
}

/// The fields of each match of this rule.
fn matches(log: &Log, rule: &str) -> Vec<Value> {
    let mut matches = lines(log, "rule-matched");
    matches.retain(|fields| fields["rule"] == rule);
    matches
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_says_what_matched_where_and_what_it_adds_up_to() {
    let log = Log::start();
    let shop = Rules::new(NOTED).opening().await;
    assert_eq!(shop.stranger().get("/?q=empurpled").await.status, 200);
    eventually("the match is logged", || async { !matches(&log, "1009121").is_empty() }).await;
    let expected = json!({
        "rule": "1009121", "phase": "2", "message": "A word", "severity": "NOTICE", "tags": "mangaassist,test",
        "variable": "ARGS:q", "matched": "purple", "log_data": "purple in ARGS:q", "score": "2",
    });
    assert_eq!(matches(&log, "1009121"), [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_secret_the_log_has_its_length_alone() {
    let log = Log::start();
    let shop = Rules::new(NOTED).opening().await;
    assert_eq!(shop.stranger().get("/?password=my-purple-word").await.status, 200);
    eventually("the match is logged", || async { !matches(&log, "1009121").is_empty() }).await;
    let [found]: [Value; 1] = matches(&log, "1009121").try_into().expect("one match");
    assert_eq!(found["variable"], "ARGS:password");
    assert!(
        ["matched", "log_data"]
            .iter()
            .all(|field| found[field].as_str().is_some_and(|text| text.ends_with(" bytes")))
    );
    assert!(!log.text().contains("my-purple-word"), "{}", log.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_detected_is_logged_and_passes() {
    let log = Log::start();
    let detecting = Rules::new(REFUSED).detecting();
    let shop = detecting.opening().await;
    assert_eq!(shop.stranger().get("/?q=refused").await.status, 200);
    eventually("the match is logged", || async { matches(&log, "1009122").len() == 1 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_is_told_however_long_what_it_says_is() {
    let log = Log::start();
    let rule = "SecRule ARGS:q \"@rx .\" \"id:1009123,phase:2,pass,t:none,msg:'%{ARGS.q}',logdata:'%{ARGS.q}',\
                tag:'%{ARGS.q}',tag:'%{ARGS.q}'\"\n";
    let detecting = Rules::new(rule).detecting();
    let shop = detecting.opening().await;
    // Each of them has more bytes when it is escaped.
    let long = "%01%22%E6%BC%AB".repeat(200);
    shop.stranger().get(&format!("/?q={long}")).await;
    eventually("the match is logged", || async { matches(&log, "1009123").len() == 1 }).await;
    assert_eq!(shop.metric("filter_events_total{slot=\"waf\",name=\"log_dropped\"}").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_without_a_line_of_their_own_are_counted() {
    let log = Log::start();
    let rule = |number: usize| {
        format!("SecRule ARGS:q \"@streq plain\" \"id:{},phase:2,pass,t:none\"\n", 1_010_000 + number)
    };
    let shop = Rules::new(&(0..MANY).map(rule).collect::<String>()).opening().await;
    assert_eq!(shop.stranger().get("/?q=plain").await.status, 200);
    eventually("the rest is counted", || async { !lines(&log, "matches-dropped").is_empty() }).await;
    assert_eq!(lines(&log, "rule-matched").len(), TOLD);
    assert_eq!(lines(&log, "matches-dropped"), [json!({ "count": (MANY - TOLD).to_string() })]);
}
