//! Whatever comes, as rules or as requests: nothing panics, mistakes have a place, and a used workspace changes nothing.

mod support;

use std::sync::LazyLock;

use proptest::prelude::*;
use seclang::{Mode, NoDataFiles, Outcome, RequestHead, RuleSet, Source, Transaction, Workspace};

/// Pieces of the rule language, whole and broken.
fn rule_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "SecRule",
        "SecAction",
        "SecMarker",
        "SecDefaultAction",
        "SecRuleRemoveById",
        "SecRuleUpdateTargetById",
        "SecRuleUpdateActionById",
        "SecResponseBodyMimeType",
        "SecCollectionTimeout",
        " ",
        "\n",
        "\\\n",
        "\"",
        "'",
        "ARGS",
        "ARGS:/a/",
        "&TX:a",
        "!ARGS:b",
        "|",
        "XML:/*",
        "\"@rx (a|b)+\"",
        "\"@pm a |41|\"",
        "\"!@eq 1\"",
        "\"@ipMatch 10.0.0.0/8\"",
        "\"@within %{tx.a}\"",
        "%{",
        "}",
        "\"id:1,phase:2,deny,status:403,t:none,t:lowercase\"",
        "\"id:2,phase:1,chain\"",
        "\"setvar:'tx.a=+%{tx.b}'\"",
        "ctl:ruleRemoveTargetById=1;ARGS:a",
        "skipAfter:END",
        "initcol:ip=%{REMOTE_ADDR}",
        "expirevar:ip.a=5",
        "deprecatevar:ip.a=5/60",
        "#",
        ",",
        ":",
        "é",
        "\u{0}",
        "(?=a)",
        "[a",
        "9",
    ]);
    prop::collection::vec(prop_oneof![8 => piece.prop_map(str::to_owned), 1 => "[ -~]{0,6}"], 0..30)
        .prop_map(|pieces| pieces.join(" "))
}

/// Pieces of bodies of every kind, and of attacks.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "--b\r\n",
        "--b--",
        "--b",
        "\r\n",
        "\n",
        "Content-Disposition: form-data; name=\"a\"",
        "; filename=\"x.php\"",
        "Content-Type: text/plain; charset=utf-7",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\u00",
        "\\ud83d",
        ":",
        ",",
        "1",
        "null",
        "<a ",
        "</a>",
        "/>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE",
        "&#x",
        "&lt;",
        "&amp",
        ";",
        "a=",
        "&",
        "%",
        "%u",
        "%41",
        "%00",
        "+",
        "' or 1=1--",
        "<script>",
        "../../etc/passwd",
        "\\x41",
        "\\",
        "\u{0}",
        "漫",
        "é",
        "\u{a0}",
        "/*",
        "*/",
        "#",
    ]);
    let bytes = prop_oneof![
        8 => piece.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..5),
    ];
    prop::collection::vec(bytes, 0..40).prop_map(|pieces| pieces.concat())
}

const MEDIA: &[&str] = &[
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=\"b",
    "application/json",
    "text/xml",
    "text/plain",
    "",
];

/// Every transformation, several operators, and a rule that sees what could not be read.
static EVERYTHING: LazyLock<RuleSet> = LazyLock::new(|| {
    let names = [
        "base64Decode",
        "base64DecodeExt",
        "base64Encode",
        "cmdLine",
        "compressWhitespace",
        "cssDecode",
        "escapeSeqDecode",
        "hexDecode",
        "hexEncode",
        "htmlEntityDecode",
        "jsDecode",
        "length",
        "lowercase",
        "normalizePath",
        "normalizePathWin",
        "removeComments",
        "removeCommentsChar",
        "removeNulls",
        "removeWhitespace",
        "replaceComments",
        "replaceNulls",
        "sha1",
        "sqlHexDecode",
        "trim",
        "urlDecode",
        "urlDecodeUni",
        "urlEncode",
        "utf8toUnicode",
    ];
    let mut text = String::from("SecAction \"id:1,phase:1,nolog,pass,initcol:ip=%{REMOTE_ADDR}\"\n");
    for (number, pair) in names.iter().zip(names.iter().cycle().skip(7)).enumerate() {
        let (first, second) = pair;
        text.push_str(&format!(
            "SecRule ARGS|ARGS_NAMES|REQUEST_BODY|FILES|XML:/*|MULTIPART_PART_HEADERS|REQUEST_HEADERS \"@rx (o|a+)(?:b|.)$\" \
             \"id:{},phase:2,pass,log,capture,multiMatch,t:{first},t:{second},msg:'%{{TX.1}} %{{MATCHED_VAR}}',setvar:'ip.n=+1'\"\n",
            number + 10
        ));
    }
    text.push_str("SecRule ARGS \"@detectSQLi\" \"id:90,phase:2,pass,log\"\nSecRule ARGS \"@detectXSS\" \"id:91,phase:2,pass,log\"\n");
    text.push_str("SecRule ARGS \"@validateUtf8Encoding\" \"id:92,phase:2,pass,log\"\n");
    text.push_str("SecRule REQBODY_ERROR \"@eq 1\" \"id:93,phase:2,pass,log\"\n");
    RuleSet::compile(&[Source { name: "all.conf", text: &text }], &NoDataFiles).expect("rules")
});

static OURS: LazyLock<RuleSet> = LazyLock::new(support::ours);

/// What came of a request: the refusing rule, and every rule that matched.
fn judged(
    rules: &RuleSet,
    mode: Mode,
    media: &str,
    uri: &str,
    body: &[u8],
    workspace: Workspace,
) -> (Option<u64>, Vec<u64>, Workspace) {
    let headers: &[(&str, &[u8])] =
        &[("Host", b"localhost"), ("Content-Type", media.as_bytes()), ("Cookie", body)];
    let head = RequestHead { method: "POST", uri, protocol: "HTTP/1.1", headers, ..RequestHead::default() };
    let mut transaction = Transaction::with_workspace(rules, mode, workspace);
    let mut outcome = transaction.request_head(&head);
    if outcome == Outcome::Pass {
        outcome = transaction.request_body(body);
    }
    if outcome == Outcome::Pass {
        outcome = transaction.response_head(200, &[("Content-Type", b"text/html")]);
    }
    if outcome == Outcome::Pass {
        outcome = transaction.response_body(body);
    }
    transaction.log();
    let matched = transaction.matches().iter().map(|found| found.rule_id).collect();
    (outcome.interruption().map(|refusal| refusal.rule_id), matched, transaction.into_workspace())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_rules_or_has_mistakes_with_a_place(text in rule_text()) {
        if let Err(errors) = RuleSet::compile(&[Source { name: "any.conf", text: &text }], &NoDataFiles) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(error.line >= 1 && error.column >= 1 && error.file == "any.conf", "{error}");
                prop_assert!(usize::try_from(error.line).is_ok_and(|line| line <= text.lines().count().max(1)), "{error}");
                prop_assert!(!error.expected.is_empty());
            }
        }
    }

    #[test]
    fn any_body_is_judged_alike_in_new_and_used_buffers(
        media in prop::sample::select(MEDIA), query in "[ -~é]{0,30}", first in body(), second in body(),
    ) {
        let uri = format!("/?{query}");
        for rules in [&*EVERYTHING, &*OURS] {
            let (_, _, used) = judged(rules, Mode::Block, media, &uri, &first, Workspace::default());
            let (refusal, matched, _) = judged(rules, Mode::Block, media, &uri, &second, used);
            let (expected, expected_matches, used) = judged(rules, Mode::Block, media, &uri, &second, Workspace::default());
            prop_assert_eq!((refusal, &matched), (expected, &expected_matches));
            let (refusal, seen, _) = judged(rules, Mode::Detect, media, &uri, &second, used);
            prop_assert_eq!(refusal, None);
            prop_assert!(matched.iter().all(|rule| seen.contains(rule)), "{:?} {:?}", matched, seen);
        }
    }
}
