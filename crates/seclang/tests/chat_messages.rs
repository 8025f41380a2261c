//! The rules for chat messages, against the corpora in `components/waf/corpus` and, rule by rule, against a table.

#[path = "support/corpus.rs"]
mod corpus;
mod support;

use std::collections::BTreeMap;

use corpus::Line;
use seclang::RuleSet;
use support::{Request, decide, message, ours, post_json};

/// The least share of attacks that are refused, in percent.
const REFUSED_PERCENT_MIN: usize = 95;
const ID: &str = "0191f3a2-7c1e-7d3a-9f00-1b2c3d4e5f60";

#[test]
fn the_corpora_are_as_large_as_they_say() {
    let innocent = corpus::innocent();
    assert!(innocent.len() >= 500, "{}", innocent.len());
    assert!(innocent.iter().filter(|line| line.language == "ja").count() >= 200);
    assert!(innocent.iter().filter(|line| line.class == "near-miss").count() >= 150);
    let attacks = corpus::attacks();
    assert!(attacks.len() >= 200, "{}", attacks.len());
    for lines in [innocent, attacks] {
        let held_out = lines.iter().filter(|line| line.held_out).count();
        assert!(held_out * 5 >= lines.len() - 4, "{held_out} of {}", lines.len());
    }
}

#[test]
fn every_innocent_message_passes() {
    assert_pass(&ours(), &corpus::innocent(), |rules, text| message(rules, text));
}

#[test]
fn attacks_in_messages_are_refused_and_each_class_by_most() {
    let rules = ours();
    let mut classes: BTreeMap<(bool, String), (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    for line in corpus::attacks() {
        let (status, ids) = message(&rules, &line.text);
        let (refused, all) = classes.entry((line.held_out, line.class.clone())).or_default();
        *all += 1;
        if status.is_some() {
            *refused += 1;
        } else {
            missed.push(format!("{} {} {:?} {ids:?}", line.class, line.language, line.text));
        }
    }
    for ((held_out, class), (refused, all)) in &classes {
        println!("{class:<14} {} {refused:>3} of {all}", if *held_out { "held out" } else { "        " });
    }
    let sum = |held_out: bool| {
        let chosen = classes.iter().filter(|((known, _), _)| *known == held_out);
        chosen.fold((0, 0), |(refused, all), (_, (more, of))| (refused + more, all + of))
    };
    let ((refused, all), (held_out, of)) = (sum(false), sum(true));
    println!("in all {refused} of {all}, held out {held_out} of {of}");
    let percent = (refused + held_out) * 100 / (all + of);
    assert!(percent >= REFUSED_PERCENT_MIN, "{percent} %, missed\n{}", missed.join("\n"));
}

#[test]
fn the_json_members_of_chat_calls_are_not_judged_as_arguments() {
    let rules = ours();
    assert_pass(&rules, &corpus::innocent(), |rules, text| decide(rules, &posted(text)));
    assert_pass(&rules, &corpus::innocent(), |rules, text| decide(rules, &commented(text)));
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn every_innocent_message_passes_beside_the_core_rule_set() {
    let rules = support::ours_and_core();
    let innocent = corpus::innocent();
    assert_pass(&rules, &innocent, |rules, text| message(rules, text));
    assert_pass(&rules, &innocent, |rules, text| decide(rules, &posted(text)));
    assert_pass(&rules, &innocent, |rules, text| decide(rules, &commented(text)));
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn the_exclusion_covers_these_members_of_these_paths_alone() {
    let rules = support::ours_and_core();
    let sql = "1' UNION SELECT password FROM users-- ";
    for request in [
        post_json("/v1/chat/messages", &format!(r#"{{"id":"{sql}","text":"hello"}}"#)),
        post_json("/v1/chat/messages", &format!(r#"{{"id":"{ID}","text":"hi","page":{{"path":"{sql}"}}}}"#)),
        post_json("/v1/chat/messages", &format!(r#"{{"id":"{ID}","comment":{{"text":"{sql}"}}}}"#)),
        post_json("/v1/chat/feedback", &format!(r#"{{"id":"{sql}","rating":"up"}}"#)),
        post_json("/v1/chat/init", &format!(r#"{{"text":"{sql}"}}"#)),
        post_json(&format!("/v1/chat/messages?text={}", sql.replace(' ', "+")), r#"{"text":"hello"}"#),
    ] {
        let (status, ids) = decide(&rules, &request);
        assert!(status.is_some(), "{request}: {ids:?}");
    }
    let attacks = corpus::attacks();
    let refused = attacks.iter().filter(|line| message(&rules, &line.text).0.is_some()).count();
    assert!(refused * 100 >= attacks.len() * REFUSED_PERCENT_MIN, "{refused} of {}", attacks.len());
}

fn posted(text: &str) -> Request {
    post_json("/v1/chat/messages", &serde_json::json!({ "id": ID, "text": text }).to_string())
}

fn commented(text: &str) -> Request {
    let body = serde_json::json!({ "id": ID, "rating": "down", "comment": text });
    post_json("/v1/chat/feedback", &body.to_string())
}

fn assert_pass(rules: &RuleSet, lines: &[Line], judge: impl Fn(&RuleSet, &str) -> (Option<u16>, Vec<u64>)) {
    let refused: Vec<String> = lines
        .iter()
        .filter_map(|line| {
            let (status, ids) = judge(rules, &line.text);
            status.map(|status| format!("{status} {:?} by {ids:?}", line.text))
        })
        .collect();
    assert!(refused.is_empty(), "{} of {}\n{}", refused.len(), lines.len(), refused.join("\n"));
}
