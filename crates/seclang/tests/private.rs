//! What a match says of variables that are private.

use seclang::{Match, Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction};

fn is_private(variable: &str) -> bool {
    ["ARGS:password", "REQUEST_HEADERS:cookie", "REQUEST_COOKIES"]
        .iter()
        .any(|private| variable.get(..private.len()).is_some_and(|start| start.eq_ignore_ascii_case(private)))
}

/// The first match of a request with an open and a secret argument and a cookie.
fn first(text: &str) -> Match {
    let rules = RuleSet::compile(&[Source { name: "test.conf", text }], &NoDataFiles).expect("rules");
    let mut transaction = Transaction::new(&rules, Mode::Detect).keeping_private(is_private);
    let head = RequestHead {
        method: "GET",
        uri: "/?q=open&password=secret",
        protocol: "HTTP/1.1",
        headers: &[("Cookie", b"a=crumb")],
        ..RequestHead::default()
    };
    let _ = transaction.request_head(&head);
    let _ = transaction.request_body(b"");
    transaction.matches().first().expect("a match").clone()
}

#[test]
fn a_match_of_an_open_variable_is_told_whole() {
    let found = first(
        "SecRule ARGS:q \"@rx o(pe)n\" \"id:1,phase:2,pass,capture,msg:'%{MATCHED_VAR}',logdata:'%{TX.1} in %{MATCHED_VAR_NAME}',chain\"\n\
         SecRule TX:1 \"@streq pe\" \"t:none\"\n",
    );
    assert!(!found.is_private);
    assert_eq!((found.message.as_str(), found.log_data.as_str()), ("pe", "pe in TX:1"));
}

#[test]
fn what_comes_of_a_private_variable_is_private_by_every_way() {
    let rules = [
        "SecRule ARGS:password \"@rx .\" \"id:1,phase:2,pass,msg:'no %{MATCHED_VAR}',tag:'t/%{MATCHED_VAR}'\"\n",
        "SecRule ARGS \"@rx secret\" \"id:1,phase:2,pass,msg:'no %{ARGS.password}'\"\n",
        "SecRule ARGS:password \"@rx (.+)\" \"id:1,phase:2,pass,capture,msg:'no %{TX.1}',chain\"\nSecRule TX:1 \"@rx .\" \"t:none\"\n",
        "SecRule ARGS:password \"@rx .\" \"id:1,phase:2,pass,msg:'no %{MATCHED_VAR}',chain\"\nSecRule MATCHED_VAR \"@rx .\" \"t:none\"\n",
        "SecRule ARGS:q \"@rx .\" \"id:1,phase:2,pass,msg:'no %{REQUEST_HEADERS.Cookie}'\"\n",
        "SecRule REQUEST_COOKIES \"@rx .\" \"id:1,phase:2,pass,msg:'no %{MATCHED_VAR}'\"\n",
        "SecRule ARGS:password \"@rx .\" \"id:2,phase:2,pass,nolog,setvar:'tx.kept=%{MATCHED_VAR}'\"\n\
         SecRule TX:kept \"@rx .\" \"id:1,phase:2,pass,msg:'no %{tx.kept}'\"\n",
        "SecRule ARGS:password \"@rx .\" \"id:2,phase:2,pass,nolog,setvar:'tx.kept=%{MATCHED_VAR}'\"\n\
         SecAction \"id:3,phase:2,pass,nolog,setvar:'tx.more=%{tx.kept}'\"\n\
         SecAction \"id:1,phase:2,pass,log,msg:'no %{tx.more}'\"\n",
        "SecRule ARGS:password \"@rx .\" \"id:2,phase:2,pass,nolog,setvar:'tx.kept_%{MATCHED_VAR_NAME}=%{MATCHED_VAR}'\"\n\
         SecRule TX:/^kept_/ \"@rx .\" \"id:1,phase:2,pass,msg:'no %{MATCHED_VAR}'\"\n",
        "SecAction \"id:2,phase:1,pass,nolog,setsid:%{ARGS.password}\"\n\
         SecAction \"id:1,phase:2,pass,log,msg:'no %{session.key}'\"\n",
        "SecRule ARGS:password \"@rx (.+)\" \"id:2,phase:2,pass,nolog,capture\"\n\
         SecAction \"id:1,phase:2,pass,log,msg:'no %{TX.1}'\"\n",
    ];
    for text in rules {
        let found = first(text);
        assert!(found.is_private, "{text}");
        assert_eq!(found.message, "no …", "{text}");
        assert!(found.tags.iter().all(|tag| !tag.contains("secret")), "{text}");
    }
}

#[test]
fn scores_and_names_are_no_secrets() {
    let found = first(
        "SecRule ARGS:password \"@rx .\" \"id:2,phase:2,pass,nolog,setvar:tx.score=+5,setvar:'tx.where=%{MATCHED_VAR_NAME}'\"\n\
         SecRule TX:score \"@ge 5\" \"id:1,phase:2,pass,msg:'%{tx.score} for %{tx.where}'\"\n",
    );
    assert!(!found.is_private);
    assert_eq!(found.message, "5 for ARGS:password");
}
