//! Input that is broken, huge or a lie: each is decided within its bounds, and rules see that it was.

use seclang::{Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction, limits};

/// An attack in any argument, file name or text; then what could not be read, and what could not be looked at.
const RULES: &str = r#"
SecRule ARGS|ARGS_NAMES|FILES|REQUEST_BODY|XML:/*|XML://@* "@rx evil" "id:1,phase:2,deny,status:403,t:none,t:urlDecodeUni,t:removeNulls"
SecRule REQBODY_ERROR "!@eq 0" "id:2,phase:2,deny,status:400,msg:'%{REQBODY_ERROR_MSG}'"
SecRule MULTIPART_STRICT_ERROR|MULTIPART_UNMATCHED_BOUNDARY "!@eq 0" "id:3,phase:2,deny,status:400"
SecRule INSPECTION_ERROR "@eq 1" "id:4,phase:2,deny,status:413,msg:'%{INSPECTION_ERROR_MSG}'"
SecRule URLENCODED_ERROR "@eq 1" "id:5,phase:2,deny,status:400"
SecRule REQBODY_PROCESSOR "!@rx ^(?:URLENCODED|MULTIPART|JSON|XML)$" "id:6,phase:1,pass,nolog,ctl:forceRequestBodyVariable=On"
"#;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

/// The rule that refused a body of this type, and its message.
fn refusal(uri: &str, media: &str, body: &[u8]) -> Option<(u64, String)> {
    let rules = RuleSet::compile(&[Source { name: "test.conf", text: RULES }], &NoDataFiles).expect("rules");
    let mut transaction = Transaction::new(&rules, Mode::Block);
    let headers: &[(&str, &[u8])] = &[("Content-Type", media.as_bytes())];
    let head = RequestHead { method: "POST", uri, protocol: "HTTP/1.1", headers, ..RequestHead::default() };
    let mut outcome = transaction.request_head(&head);
    if outcome.interruption().is_none() {
        outcome = transaction.request_body(body);
    }
    outcome.interruption().map(|refusal| (refusal.rule_id, refusal.reason.clone()))
}

fn rule(media: &str, body: &str) -> Option<u64> {
    refusal("/", media, body.as_bytes()).map(|(rule, _)| rule)
}

#[test]
fn escapes_that_end_too_early_or_overlap_are_decoded_as_far_as_they_go() {
    assert_eq!(rule(FORM, "a=%65%76%69%6c"), Some(1));
    assert_eq!(rule(FORM, "a=%2565vil"), Some(1), "twice encoded");
    assert_eq!(rule(FORM, "a=%%36%35vil"), Some(1), "an escape that an escape makes");
    assert_eq!(rule(FORM, "a=%u0065vil"), Some(1));
    for broken in ["a=%", "a=%4", "a=%zz", "%=1", "a=1%&b"] {
        assert_eq!(rule(FORM, broken), Some(5), "{broken}");
    }
    assert_eq!(rule(FORM, "a=100%25"), None);
}

#[test]
fn a_nul_hides_nothing() {
    assert_eq!(rule(FORM, "a=e%00vil"), Some(1));
    assert_eq!(refusal("/", FORM, b"a=ev\0il").map(|(rule, _)| rule), Some(1));
    assert_eq!(rule("application/json", "{\"a\":\"e\\u0000vil\"}"), Some(1));
}

#[test]
fn arguments_beyond_the_bound_are_not_passed_over_in_silence() {
    let many = |last: &str| format!("{}{last}", "a=1&".repeat(10_000));
    // Twice encoded, so that the body as a whole does not give it away.
    let (found, message) = refusal("/", FORM, many("b=e%2576il").as_bytes()).expect("a refusal");
    assert!(found == 4 && message.contains("arguments"), "{found} {message}");
    assert_eq!(rule(FORM, &format!("b=evil&{}", many(""))), Some(1));
    let (found, _) = refusal(&format!("/?{}", many("")), FORM, b"").expect("a refusal");
    assert_eq!(found, 4);
}

#[test]
fn json_is_read_to_its_depth_and_no_further() {
    let nested = |levels: usize| format!("{}\"evil\"{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(rule("application/json", &nested(limits::JSON_DEPTH_MAX)), Some(1));
    let (found, message) = refusal("/", "application/json", nested(1_000).as_bytes()).expect("a refusal");
    assert!(found == 2 && message.contains("deep"), "{found} {message}");
    for broken in ["{\"a\":1", "{\"a\":1}x", "{'a':1}", "", "\u{feff}["] {
        let expected = if broken.is_empty() { None } else { Some(2) };
        assert_eq!(rule("application/json", broken), expected, "{broken}");
    }
    assert_eq!(
        rule("application/json", "{\"a\":1,\"a\":\"evil\"}"),
        Some(1),
        "each of two members of one name"
    );
}

#[test]
fn xml_expands_no_entity_and_fetches_nothing() {
    let bomb = "<!DOCTYPE a [<!ENTITY e \"evil\"><!ENTITY f \"&e;&e;&e;\">]><a>&f;</a>";
    assert_eq!(rule("text/xml", bomb), Some(2));
    let external = "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>";
    assert_eq!(rule("text/xml", external), Some(2));
    assert_eq!(rule("text/xml", "<a>&e;vil</a>"), None, "an entity that nobody declared stays as it is");
    assert_eq!(rule("text/xml", "<a>&#101;vil</a>"), Some(1));
    assert_eq!(rule("text/xml", "<a b='evil'/>"), Some(1));
    assert_eq!(rule("text/xml", &"<a>".repeat(1_000)), Some(2));
}

#[test]
fn a_multipart_body_that_two_parsers_may_read_in_two_ways_is_refused() {
    let part = "Content-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    assert_eq!(rule(MULTIPART, &format!("--b\r\n{part}--b--\r\n")), None);
    let without_boundary = "multipart/form-data";
    for (media, body) in [
        (without_boundary, format!("--b\r\n{part}--b--\r\n")),
        ("multipart/form-data; boundary=b; boundary=c", format!("--b\r\n{part}--b--\r\n")),
        (MULTIPART, format!("--c\r\n{part}--c--\r\n")),
        (MULTIPART, format!("--b\r\n{part}")),
        (MULTIPART, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n".to_owned()),
        (MULTIPART, format!("--b\r\n{part}--b--\r\nmore")),
        (MULTIPART, format!("--b\r\n{part}--bb\r\n{part}--b--\r\n")),
        (MULTIPART, "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--\r\n".to_owned()),
        (MULTIPART, format!("--b\n{}--b--\n", part.replace("\r\n", "\n"))),
    ] {
        assert!(matches!(rule(media, &body), Some(2 | 3)), "{media} {body:?} {:?}", rule(media, &body));
    }
    let file = "Content-Disposition: form-data; name=\"a\"; filename=\"evil.txt\"\r\n\r\n1\r\n";
    assert_eq!(rule(MULTIPART, &format!("--b\r\n{file}--b--\r\n")), Some(1));
}

#[test]
fn a_body_whose_type_lies_is_looked_at_or_refused() {
    assert_eq!(rule("application/json", "a=evil"), Some(2));
    assert_eq!(rule("text/xml", "{\"a\":1}"), Some(2));
    assert_eq!(rule("text/xml", "{\"a\":\"evil\"}"), Some(1));
    assert_eq!(rule(MULTIPART, "a=evil"), Some(2));
    assert_eq!(rule("text/plain", "a=evil"), Some(1));
    assert_eq!(rule("", "{\"a\":\"evil\"}"), Some(1));
    assert_eq!(rule(FORM, "{\"a\":\"evil\"}"), Some(1));
}

#[test]
fn a_body_beyond_the_bound_is_an_error() {
    let long = format!("a={}", "1".repeat(limits::BODY_BYTES_MAX));
    assert_eq!(rule(FORM, &long), Some(2));
}
