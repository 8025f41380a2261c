//! `SecInspectDecoded`: what values stand for, shown to rules beside the values.

use seclang::{Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction};

/// `<attack>`, which stands in no request of these tests as it is.
const PLAIN: &str = "<attack>";
const BASE64: &str = "PGF0dGFjaz4=";
const TWICE: &str = "UEdGMGRHRmphejQ9";
const THRICE: &str = "VUVkR01HUkhSbXBoZWpROQ==";

const EVERYWHERE: &str = r#"SecRule ARGS|ARGS_NAMES|REQUEST_COOKIES|REQUEST_HEADERS|REQUEST_FILENAME|FILES|XML:/*|XML://@* "@contains <attack>" "id:1,phase:2,deny,t:none""#;

fn compile(text: &str) -> RuleSet {
    RuleSet::compile(&[Source { name: "t.conf", text }], &NoDataFiles)
        .unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn on(rules: &str) -> RuleSet {
    compile(&format!("SecInspectDecoded On\n{rules}"))
}

fn exchange<'r>(
    rules: &'r RuleSet,
    uri: &str,
    headers: &[(&str, &[u8])],
    body: &[u8],
) -> (bool, Transaction<'r>) {
    let mut transaction = Transaction::new(rules, Mode::Block);
    let head = RequestHead { method: "POST", uri, protocol: "HTTP/1.1", headers, ..RequestHead::default() };
    let refused = transaction.request_head(&head).interruption().is_some()
        || transaction.request_body(body).interruption().is_some();
    (refused, transaction)
}

fn get(rules: &RuleSet, uri: &str) -> bool {
    exchange(rules, uri, &[], b"").0
}

fn post(rules: &RuleSet, media: &str, body: &str) -> bool {
    exchange(rules, "/", &[("Content-Type", media.as_bytes())], body.as_bytes()).0
}

/// Whether rules see it in each place: the place, and whether it was refused.
fn places(rules: &RuleSet, text: &str) -> Vec<(&'static str, bool)> {
    let part = |disposition: &str, body: &str| {
        format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{body}\r\n--b--\r\n")
    };
    let multipart = "multipart/form-data; boundary=b";
    vec![
        ("query value", get(rules, &format!("/?q={text}"))),
        ("query name", get(rules, &format!("/?{text}"))),
        ("path segment", get(rules, &format!("/series/{text}/volumes"))),
        ("path", get(rules, &format!("/{text}"))),
        ("header", exchange(rules, "/", &[("X-Any", text.as_bytes())], b"").0),
        ("cookie", exchange(rules, "/", &[("Cookie", format!("a=b; c={text}").as_bytes())], b"").0),
        ("form field", post(rules, "application/x-www-form-urlencoded", &format!("a=b&c={text}"))),
        ("JSON string", post(rules, "application/json", &format!(r#"{{"a":["b",{{"c":"{text}"}}]}}"#))),
        ("JSON name", post(rules, "application/json", &format!(r#"{{"a":{{"{text}":1}}}}"#))),
        ("multipart field", post(rules, multipart, &part("name=\"a\"", text))),
        ("file name", post(rules, multipart, &part(&format!("name=\"a\"; filename=\"{text}\""), "x"))),
        ("XML text", post(rules, "text/xml", &format!("<a><b>c</b><d> {text} </d></a>"))),
        ("XML attribute", post(rules, "text/xml", &format!("<a><b c='{text}'/></a>"))),
    ]
}

#[test]
fn a_value_is_looked_at_decoded_wherever_it_stands() {
    let rules = on(EVERYWHERE);
    for text in [BASE64, "PGF0dGFjaz4", TWICE, "3c61747461636b3e", "PABhAHQAdABhAGMAawA-AA"] {
        for (place, refused) in places(&rules, text) {
            assert!(refused, "{text} in {place}");
        }
    }
}

#[test]
fn nothing_is_decoded_unless_it_is_asked_for() {
    for (place, refused) in places(&compile(EVERYWHERE), BASE64) {
        assert!(!refused, "{place}");
    }
}

#[test]
fn what_is_decoded_is_decoded_twice_and_no_more() {
    let rules = on(EVERYWHERE);
    assert!(get(&rules, &format!("/?q={TWICE}")));
    assert!(!get(&rules, &format!("/?q={THRICE}")));
    assert!(get(&rules, "/?q=JTNDYXR0YWNrJTNF"), "base64 of percent escapes");
}

#[test]
fn a_view_has_the_name_of_its_value_and_is_excluded_with_it() {
    let rules = on(r#"SecRule ARGS|!ARGS:free "@contains <attack>" "id:1,phase:2,deny,t:none""#);
    assert!(!get(&rules, &format!("/?free={BASE64}")));
    let (refused, transaction) = exchange(&rules, &format!("/?bound={BASE64}"), &[], b"");
    assert!(refused);
    let found = &transaction.matches()[0];
    assert_eq!((found.variable.as_str(), found.matched.as_slice()), ("ARGS:bound", PLAIN.as_bytes()));
    let named = on(r#"SecRule REQUEST_HEADERS:X-One "@contains <attack>" "id:1,phase:1,deny,t:none""#);
    assert!(exchange(&named, "/", &[("X-One", BASE64.as_bytes())], b"").0);
    assert!(!exchange(&named, "/", &[("X-Two", BASE64.as_bytes())], b"").0);
}

#[test]
fn a_view_is_not_counted_and_has_no_size() {
    let size = format!("{}", "q".len() + BASE64.len());
    for rule in [
        r#"SecRule &ARGS "!@eq 1" "id:1,phase:2,deny""#.to_owned(),
        r#"SecRule &ARGS:q "!@eq 1" "id:1,phase:2,deny""#.to_owned(),
        format!(r#"SecRule ARGS_COMBINED_SIZE "!@eq {size}" "id:1,phase:2,deny""#),
        format!(r#"SecRule ARGS "!@eq {}" "id:1,phase:2,deny,t:none,t:length""#, BASE64.len()),
    ] {
        assert!(!get(&on(&rule), &format!("/?q={BASE64}")), "{rule}");
    }
}

#[test]
fn a_rule_that_says_what_a_value_must_be_sees_the_value_alone() {
    let rules = on(r#"SecRule ARGS "!@rx ^[A-Za-z0-9=]+$" "id:1,phase:2,deny,t:none""#);
    assert!(!get(&rules, &format!("/?q={BASE64}")));
    assert!(get(&rules, "/?q=%3C"));
}

#[test]
fn more_encoded_values_than_the_bound_are_an_inspection_error() {
    let rules = on("SecArgumentsLimit 5000\nSecRule INSPECTION_ERROR \"@eq 1\" \"id:1,phase:2,deny\"");
    let body = |count: usize| (0..count).map(|i| format!("a{i}={BASE64}&")).collect::<String>();
    let form = "application/x-www-form-urlencoded";
    assert!(!post(&rules, form, &body(seclang::limits::DECODED_VIEWS_MAX)));
    assert!(post(&rules, form, &body(seclang::limits::DECODED_VIEWS_MAX + 1)));
}
