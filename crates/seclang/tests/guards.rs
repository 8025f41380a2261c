//! Rules about numbers, lengths and headers: each is passed over where its guard says so, and matches where it should.

use seclang::{Mode, NoDataFiles, Outcome, RequestHead, RuleSet, Source, Transaction};

/// Whether a rule, given by its targets and operator (and ` LENGTH` for `t:length`), matches a request for this target with these headers and body.
fn matches(rule: &str, target: &str, headers: &[(&str, &str)], body: &str) -> bool {
    let (rule, length) = rule.strip_suffix(" LENGTH").map_or((rule, ""), |rule| (rule, ",t:length"));
    let text = format!(
        "SecRuleEngine On\nSecRequestBodyAccess On\n\
         SecAction \"id:1,phase:1,nolog,pass,setvar:'tx.score=4',setvar:'tx.limit=5'\"\n\
         {rule} \"id:2,phase:2,deny,status:403,t:none{length}\"\n"
    );
    let rules = RuleSet::compile(&[Source { name: "test.conf", text: &text }], &NoDataFiles).expect("rules");
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let mut transaction = Transaction::new(&rules, Mode::Block);
    let head = RequestHead {
        method: "POST",
        uri: target,
        protocol: "HTTP/1.1",
        headers: &headers,
        ..RequestHead::default()
    };
    assert_eq!(transaction.request_head(&head), Outcome::Pass);
    matches!(transaction.request_body(body.as_bytes()), Outcome::Interrupt(interruption) if interruption.rule_id == 2)
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[test]
fn a_rule_about_a_header_needs_the_header() {
    for rule in
        ["SecRule REQUEST_HEADERS:Range \"@rx ^bytes\"", "SecRule REQUEST_HEADERS:Range \"!@rx ^items\""]
    {
        assert!(matches(rule, "/", &[("Range", "bytes=0-1")], ""), "{rule}");
        assert!(!matches(rule, "/", &[("Accept", "bytes")], ""), "{rule}");
    }
    let either = "SecRule REQUEST_HEADERS:Range|REQUEST_HEADERS:If-Range \"!@streq x\"";
    assert!(matches(either, "/", &[("if-range", "y")], ""));
    assert!(!matches(either, "/", &[("if-range", "x")], ""));
}

#[test]
fn headers_are_counted() {
    let twice = "SecRule &REQUEST_HEADERS:Host|&REQUEST_HEADERS:Accept \"@gt 1\"";
    assert!(!matches(twice, "/", &[("host", "a"), ("accept", "b")], ""));
    assert!(matches(twice, "/", &[("host", "a"), ("accept", "b"), ("Accept", "c")], ""));
    let missing = "SecRule &REQUEST_HEADERS:Host \"@eq 0\"";
    assert!(matches(missing, "/", &[], ""));
    assert!(!matches(missing, "/", &[("Host", "a")], ""));
    let not_one = "SecRule &REQUEST_HEADERS:Host \"!@eq 1\"";
    assert!(matches(not_one, "/", &[], ""));
    assert!(!matches(not_one, "/", &[("Host", "a")], ""));
}

#[test]
fn members_are_counted() {
    let rule = "SecRule &ARGS \"@gt 2\"";
    assert!(!matches(rule, "/?a=1&b=2", &[], ""));
    assert!(matches(rule, "/?a=1&b=2", &[FORM], "c=3"));
    assert!(matches("SecRule &REQUEST_COOKIES \"@lt 1\"", "/", &[], ""));
    assert!(!matches("SecRule &REQUEST_COOKIES \"@lt 1\"", "/", &[("cookie", "a=1")], ""));
}

#[test]
fn lengths_are_measured() {
    let argument = "SecRule ARGS \"@gt 3\" LENGTH";
    assert!(!matches(argument, "/?long-name=abc", &[], ""));
    assert!(matches(argument, "/?a=abcd", &[], ""));
    assert!(matches(argument, "/", &[FORM], "a=b&c=abcd"));
    let name = "SecRule ARGS_NAMES \"@gt 3\" LENGTH";
    assert!(matches(name, "/?long-name=abc", &[], ""));
    assert!(!matches(name, "/?a=abcd", &[], ""));
    let target = "SecRule REQUEST_URI_RAW \"@ge 9\" LENGTH";
    assert!(matches(target, "/12345678", &[], ""));
    assert!(!matches(target, "/1234567", &[], ""));
}

#[test]
fn numbers_are_compared() {
    assert!(matches("SecRule ARGS_COMBINED_SIZE \"@gt 3\"", "/?ab=cd", &[], ""));
    assert!(!matches("SecRule ARGS_COMBINED_SIZE \"@gt 4\"", "/?ab=cd", &[], ""));
    assert!(matches("SecRule REQBODY_ERROR \"!@eq 0\"", "/", &[("content-type", "application/json")], "{"));
    assert!(!matches("SecRule REQBODY_ERROR \"!@eq 0\"", "/", &[("content-type", "application/json")], "{}"));
}

#[test]
fn what_rules_keep_is_compared_with_what_rules_keep() {
    assert!(matches("SecRule TX:score \"@lt %{tx.limit}\"", "/", &[], ""));
    assert!(!matches("SecRule TX:score \"@ge %{tx.limit}\"", "/", &[], ""));
    assert!(matches("SecRule TX:score \"!@eq 5\"", "/", &[], ""));
    assert!(!matches("SecRule TX:unset \"!@eq 5\"", "/", &[], ""), "what is not there is not compared");
}
