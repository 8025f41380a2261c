//! Responses judged without their requests: what the rules of the request's phases leave for them.

use seclang::{AnsweredRequest, Match, Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction};

fn rules(text: &str) -> RuleSet {
    RuleSet::compile(&[Source { name: "test.conf", text }], &NoDataFiles).expect("rules")
}

const ANSWERED: AnsweredRequest<'static> =
    AnsweredRequest { method: "GET", path: "/series/berserk", unique_id: "request-1" };

/// The refusal of a response by itself, and the matches.
fn judge(rules: &RuleSet, status: u16, body: Option<&str>) -> (Option<u64>, Vec<Match>) {
    let mut transaction = Transaction::new(rules, Mode::Block);
    transaction.answered_request(&ANSWERED);
    assert!(transaction.matches().is_empty(), "{:?}", transaction.matches());
    let mut outcome = transaction.response_head(status, &[("content-type", b"text/html")]);
    if let Some(body) = body
        && outcome.interruption().is_none()
    {
        outcome = transaction.response_body(body.as_bytes());
    }
    transaction.log();
    (outcome.interruption().map(|refusal| refusal.rule_id), transaction.matches().to_vec())
}

/// The rules that a response of 200 matches.
fn matched(text: &str) -> Vec<u64> {
    judge(&rules(text), 200, Some("LEAK")).1.iter().map(|found| found.rule_id).collect()
}

#[test]
fn the_setup_of_the_request_phases_holds_for_a_response() {
    let rules = rules(
        "SecAction \"id:1,phase:1,pass,nolog,setvar:tx.level=2,setvar:tx.inbound_anomaly_score_pl1=0\"\n\
         SecRule TX:level \"@lt 2\" \"id:2,phase:4,pass,nolog,skipAfter:END\"\n\
         SecRule RESPONSE_BODY \"@contains LEAK\" \"id:3,phase:4,deny,status:502,log,msg:'leak'\"\n\
         SecMarker END\n",
    );
    let (refused_by, matches) = judge(&rules, 200, Some("a LEAK"));
    assert_eq!((refused_by, matches.len(), matches[0].score), (Some(3), 1, 0));
    assert_eq!(judge(&rules, 200, Some("nothing")).0, None);
    assert_eq!(judge(&rules, 200, None).0, None, "a body that is streamed is not judged");
}

#[test]
fn the_head_is_judged_without_a_body() {
    let rules = rules("SecRule RESPONSE_STATUS \"@eq 500\" \"id:1,phase:3,deny,log\"\n");
    assert_eq!(judge(&rules, 500, None).0, Some(1));
    assert_eq!(judge(&rules, 200, None).0, None);
}

#[test]
fn a_rule_that_logs_refuses_or_scores_does_not_prepare() {
    let judged = "SecRule TX:ran \"@eq 1\" \"id:9,phase:4,pass,log\"\n";
    let prepares = |actions: &str| {
        let action = format!("SecAction \"id:1,phase:2,{actions}\"\n");
        matched(&format!("{action}{judged}")) == [9]
    };
    assert!(prepares("pass,nolog,setvar:tx.ran=1"));
    for actions in [
        "pass,log,setvar:tx.ran=1",
        "deny,nolog,setvar:tx.ran=1",
        "allow,nolog,setvar:tx.ran=1",
        "pass,nolog,setvar:tx.ran=1,initcol:global=all",
        "pass,nolog,setvar:tx.ran=1,setvar:tx.inbound_anomaly_score_pl1=+5",
        "pass,nolog,setvar:tx.ran=1,setvar:ip.count=+1",
        "pass,nolog,setvar:tx.ran=1,setvar:tx.agent=%{REQUEST_HEADERS.User-Agent}",
    ] {
        assert!(!prepares(actions), "{actions}");
    }
}

#[test]
fn a_rule_prepares_when_all_that_it_looks_at_is_known() {
    let judged = "SecRule TX:ran \"@eq 1\" \"id:9,phase:4,pass,log\"\n";
    let prepares = |condition: &str| {
        let rule = format!("SecRule {condition} \"id:1,phase:1,t:none,pass,nolog,setvar:tx.ran=1\"\n");
        matched(&format!("{rule}{judged}")) == [9]
    };
    for known in [
        "REQUEST_FILENAME \"@beginsWith /series/\"",
        "REQUEST_URI \"@streq /series/berserk\"",
        "REQUEST_BASENAME \"@streq berserk\"",
        "REQUEST_METHOD \"@streq GET\"",
        "UNIQUE_ID \"@endsWith -1\"",
        "&TX:nothing \"@eq 0\"",
    ] {
        assert!(prepares(known), "{known}");
    }
    for unknown in [
        "&REQUEST_HEADERS:Host \"@eq 0\"",
        "&IP:seen \"@eq 0\"",
        "REQUEST_BODY_LENGTH \"!@gt 9\"",
        "&ARGS \"@eq 0\"",
    ] {
        assert!(!prepares(unknown), "{unknown}");
    }
}

#[test]
fn exclusions_of_the_request_phases_hold_for_a_response() {
    let leak = "SecRule RESPONSE_BODY \"@contains LEAK\" \"id:9,phase:4,pass,log,tag:'leak'\"\n";
    let with = |rule: &str| matched(&format!("{rule}\n{leak}"));
    assert_eq!(with(""), [9]);
    let at = |path: &str, log: &str, ctl: &str| {
        with(&format!(
            "SecRule REQUEST_FILENAME \"@beginsWith {path}\" \"id:1,phase:1,pass,{log},ctl:{ctl}\""
        ))
    };
    for log in ["nolog", "log"] {
        assert_eq!(at("/series/", log, "ruleRemoveById=9"), []);
        assert_eq!(at("/series/", log, "ruleRemoveByTag=leak"), []);
        assert_eq!(at("/series/", log, "ruleRemoveTargetById=9;RESPONSE_BODY"), []);
        assert_eq!(at("/series/", log, "ruleEngine=Off"), []);
        assert_eq!(at("/series/", log, "responseBodyAccess=Off"), []);
        assert_eq!(at("/orders/", log, "ruleRemoveById=9"), [9]);
    }
}

#[test]
fn a_skip_skips_as_many_rules_as_in_the_whole_request() {
    let text = |count: u32| {
        format!(
            "SecAction \"id:1,phase:1,pass,nolog,skip:{count}\"\n\
             SecRule ARGS \"@contains attack\" \"id:2,phase:1,deny,log\"\n\
             SecAction \"id:3,phase:1,pass,nolog,setvar:tx.third=1\"\n\
             SecAction \"id:4,phase:1,pass,nolog,setvar:tx.fourth=1\"\n\
             SecRule TX:third \"@eq 1\" \"id:13,phase:4,pass,log\"\n\
             SecRule TX:fourth \"@eq 1\" \"id:14,phase:4,pass,log\"\n"
        )
    };
    assert_eq!(matched(&text(1)), [13, 14]);
    assert_eq!(matched(&text(2)), [14]);
    assert_eq!(matched(&text(9)), []);
}

#[test]
fn a_response_by_itself_matches_as_one_after_its_request() {
    let rules = rules(
        "SecDefaultAction \"phase:4,log,pass\"\n\
         SecAction \"id:1,phase:1,pass,nolog,setvar:tx.critical=5,setvar:tx.outbound_anomaly_score_pl1=0\"\n\
         SecRule RESPONSE_BODY \"@rx LEAK-[0-9]+\" \"id:2,phase:4,block,capture,msg:'leak',logdata:'%{TX.0}',\
         setvar:tx.outbound_anomaly_score_pl1=+%{tx.critical}\"\n\
         SecRule TX:outbound_anomaly_score_pl1 \"@ge 4\" \"id:3,phase:4,deny,status:403,msg:'%{tx.outbound_anomaly_score_pl1}'\"\n",
    );
    let alone = judge(&rules, 200, Some("a LEAK-42"));
    let mut whole = Transaction::new(&rules, Mode::Block);
    let head = RequestHead { method: "GET", uri: "/", protocol: "HTTP/1.1", ..RequestHead::default() };
    assert!(whole.request_head(&head).interruption().is_none());
    assert!(whole.request_body(b"").interruption().is_none());
    assert!(whole.response_head(200, &[("content-type", b"text/html")]).interruption().is_none());
    let outcome = whole.response_body(b"a LEAK-42");
    whole.log();
    assert_eq!((outcome.interruption().map(|refusal| refusal.rule_id), whole.matches().to_vec()), alone);
    assert_eq!(alone.0, Some(3));
}

#[test]
fn a_rule_set_knows_whether_it_judges_responses_and_opens_collections() {
    let plain = rules("SecRule ARGS \"@contains a\" \"id:1,phase:2,deny\"\n");
    assert!(!plain.judges_responses() && !plain.opens_collections());
    assert!(rules("SecRule RESPONSE_STATUS \"@eq 500\" \"id:1,phase:3,pass\"\n").judges_responses());
    assert!(rules("SecAction \"id:1,phase:1,pass,initcol:ip=%{REMOTE_ADDR}\"\n").opens_collections());
}
