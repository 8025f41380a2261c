//! A finding for each thing that an editor may get wrong, and none for what is right.

use super::*;

/// The findings on one entry, with these fields beside a plain id, question and answer.
fn found(fields: &str) -> Vec<String> {
    let line =
        format!(r#"{{"id":"a","questions":["Where is the key?"],"answer":{{"en":"On the hook."}}{fields}}}"#);
    messages(&line)
}

fn messages(jsonl: &str) -> Vec<String> {
    let rules = LintRules { today: "2026-11-21".parse().ok(), hosts: &["help.example.com"] };
    lint(jsonl, &rules).iter().map(ToString::to_string).collect()
}

/// The findings on an entry with this English answer.
fn answered(answer: &str) -> Vec<String> {
    let answer = serde_json::to_string(answer).expect("JSON");
    messages(&format!(r#"{{"id":"a","questions":["Where is the key?"],"answer":{{"en":{answer}}}}}"#))
}

#[track_caller]
fn assert_one(found: &[String], expected: &str) {
    assert!(found.len() == 1 && found[0].contains(expected), "{found:#?}");
}

#[test]
fn a_plain_entry_is_clean() {
    assert_eq!(found(""), [""; 0]);
    assert_eq!(
        found(
            r#","links":[{"title":"Keys","href":"/keys"},{"title":"Help","href":"https://help.example.com/x"}]"#
        ),
        [""; 0]
    );
    assert_eq!(answered("It costs **$5** (a < b), see [keys](/keys)."), [""; 0]);
}

#[test]
fn a_phrasing_of_two_entries_is_an_error() {
    let found = messages(concat!(
        r#"{"id":"a","questions":["Where is the key?"],"answer":{"en":"So."}}"#,
        "\n\n",
        r#"{"id":"b","questions":["WHERE is  the key?","Where is the lock?"],"answer":{"en":"So."}}"#,
    ));
    assert_one(
        &found,
        "line 3: error: b: questions: \"WHERE is  the key?\" is a question of a too, in line 1",
    );
}

#[test]
fn a_phrasing_that_is_there_twice_is_doubtful() {
    let found =
        messages(r#"{"id":"a","questions":["Where is the key?","where is the key"],"answer":{"en":"So."}}"#);
    assert!(found.is_empty() || found[0].contains("is there twice"), "{found:?}");
    let found =
        messages(r#"{"id":"a","questions":["Where is the key?","where is the KEY?"],"answer":{"en":"So."}}"#);
    assert_one(&found, "line 1: warning: a: questions: \"where is the KEY?\" is there twice");
}

#[test]
fn an_entry_that_matches_everything_is_an_error() {
    let greedy = outside_questions().take(12).map(|q| format!("{q:?}")).collect::<Vec<_>>().join(",");
    let found = messages(&format!(r#"{{"id":"a","questions":[{greedy}],"answer":{{"en":"So."}}}}"#));
    assert_one(&found, "line 1: error: a: questions: they match everything");
}

#[test]
fn a_phrasing_of_common_words_alone_is_doubtful() {
    let found = messages(
        r#"{"id":"a","questions":["Where is the key?","can you help","can you tell me"],"answer":{"en":"So."}}"#,
    );
    assert!(
        found.len() == 2 && found[0].contains("may match anything") && found[1].contains("matches nothing"),
        "{found:?}"
    );
}

#[test]
fn script_and_html_in_an_answer_are_errors() {
    for answer in [
        "<script>alert(1)</script>",
        "See <b>this</b>",
        "<!-- x -->",
        "[x](JaVa\tScript:alert(1))",
        "&#60;script",
    ] {
        let found = answered(answer);
        assert!(found.iter().any(|f| f.contains("error: a: answer.en: it has HTML")), "{answer}: {found:?}");
    }
    assert_one(&answered("![x](/x.png)"), "an image");
}

#[test]
fn an_over_long_answer_is_doubtful() {
    assert_one(&answered(&"So it is. ".repeat(130)), "more than anyone reads");
}

#[test]
fn an_unknown_language_is_an_error_and_a_wrong_one_doubtful() {
    let found =
        messages(r#"{"id":"a","questions":["Where is the key?"],"answer":{"en":"So.","fr":"Ainsi."}}"#);
    assert_one(&found, "error: a: answer: the language \"fr\"");
    let found = messages(r#"{"id":"a","questions":["Where is the key?"],"answer":{"en":"鍵はこちらです"}}"#);
    assert_one(&found, "warning: a: answer.en: it does not look like that language");
    let found =
        messages(r#"{"id":"a","questions":["Where is the key?","鍵はどこですか"],"answer":{"en":"There."}}"#);
    assert_one(&found, "has no answer in its language, ja");
}

#[test]
fn validity_that_is_over_or_ends_before_it_begins_is_found() {
    assert_one(
        &found(r#","valid_until":"2026-11-20""#),
        "warning: a: valid_until: it was over on 2026-11-20",
    );
    assert_eq!(found(r#","valid_until":"2026-11-21""#), [""; 0]);
    assert_one(
        &found(r#","valid_from":"2027-02-01","valid_until":"2027-01-01""#),
        "error: a: valid_until: 2027-01-01 is before",
    );
    assert_one(&found(r#","valid_until":"tomorrow""#), "error: not an FAQ entry");
}

#[test]
fn links_that_leave_the_site_are_errors() {
    for href in [
        "https://evil.example",
        "//evil.example",
        "http://help.example.com",
        "javascript:alert(1)",
        "/a\\b",
        "keys",
        "",
    ] {
        let found = found(&format!(r#","links":[{{"title":"Keys","href":{href:?}}}]"#));
        assert_one(&found, "is no page of the shop");
    }
    assert_one(&found(r#","links":[{"title":" ","href":"/keys"}]"#), "has no title");
    assert_one(&answered("See [here](https://evil.example/x)."), "is no page of the shop");
}

#[test]
fn hidden_characters_in_a_phrasing_are_doubtful() {
    let found =
        messages("{\"id\":\"a\",\"questions\":[\"Where is the ke\u{200B}y?\"],\"answer\":{\"en\":\"So.\"}}");
    assert_one(&found, "characters that nobody sees");
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_rest_is_looked_at() {
    let found = messages(concat!(
        "not json\n",
        r#"{"id":"a","questions":["Where is the key?"],"answer":{"en":"<b>"}}"#,
        "\n",
        r#"{"id":"b","questions":[],"answer":{"en":" "}}"#,
    ));
    let starts = [
        "line 1: error: not an FAQ entry",
        "line 2: error: a: answer.en: it has HTML",
        "line 3: error: questions: at least one",
        "line 3: error: answer: a text is empty",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    assert!(found.iter().zip(starts).all(|(message, start)| message.starts_with(start)), "{found:#?}");
    assert_one(&messages(""), "line 0: error: no entries");
}
