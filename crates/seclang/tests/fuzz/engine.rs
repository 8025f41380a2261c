//! The engine as a whole: random rules on random requests, and our own rules on random requests.

use std::sync::LazyLock;

use bolero::TypeGenerator;
use seclang::{
    Match, Mode, NoDataFiles, Outcome, RequestHead, RuleSet, Source, Transaction, Workspace, limits,
};

use crate::pieces::{BODY, Piece, pick, write};
use crate::rules::{Rule, TRANSFORMS, text};
use crate::support;

/// Requests in an ordinary run.
const ITERATIONS: usize = 400;

const MEDIA: &[&str] = &[
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=\"b",
    "application/json",
    "text/xml",
    "text/plain",
    "",
];

/// A request and its response.
#[derive(Clone, Debug, TypeGenerator)]
struct Exchange {
    query: Vec<Piece>,
    cookie: Vec<Piece>,
    media: u8,
    body: Vec<Piece>,
    response: Vec<Piece>,
}

/// Every transformation, several operators, and a rule that sees what could not be read.
static EVERYTHING: LazyLock<RuleSet> = LazyLock::new(|| {
    let mut text = String::from("SecAction \"id:1,phase:1,nolog,pass,initcol:ip=%{REMOTE_ADDR}\"\n");
    for (number, (first, second)) in TRANSFORMS.iter().zip(TRANSFORMS.iter().cycle().skip(7)).enumerate() {
        text.push_str(&format!(
            "SecRule ARGS|ARGS_NAMES|REQUEST_BODY|FILES|XML:/*|MULTIPART_PART_HEADERS|REQUEST_HEADERS \"@rx (o|a+)(?:b|.)$\" \
             \"id:{},phase:2,pass,log,capture,multiMatch,t:{first},t:{second},msg:'%{{TX.1}} %{{MATCHED_VAR}}',setvar:'ip.n=+1'\"\n",
            number + 10
        ));
    }
    text.push_str("SecRule ARGS \"@detectSQLi\" \"id:90,phase:2,pass,log\"\nSecRule ARGS \"@detectXSS\" \"id:91,phase:2,pass,log\"\n");
    text.push_str("SecRule ARGS \"@validateUtf8Encoding\" \"id:92,phase:2,pass,log\"\n");
    text.push_str("SecRule REQBODY_ERROR \"@eq 1\" \"id:93,phase:2,pass,log\"\n");
    compiled(&text)
});

static OURS: LazyLock<RuleSet> = LazyLock::new(support::ours);

fn compiled(text: &str) -> RuleSet {
    RuleSet::compile(&[Source { name: "random.conf", text }], &NoDataFiles).unwrap_or_else(|errors| {
        panic!("{text}\n{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

/// What came of an exchange.
#[derive(Debug, PartialEq)]
struct Judged {
    refusal: Option<u64>,
    matches: Vec<Match>,
    score: i64,
    work_bytes: u64,
}

fn judged(rules: &RuleSet, mode: Mode, exchange: &Exchange, workspace: Workspace) -> (Judged, Workspace) {
    let uri = format!("/?{}", String::from_utf8_lossy(&write(&exchange.query, BODY)));
    let cookie = write(&exchange.cookie, BODY);
    let media = pick(MEDIA, exchange.media);
    let headers: &[(&str, &[u8])] =
        &[("Host", b"localhost"), ("Content-Type", media.as_bytes()), ("Cookie", &cookie)];
    let head =
        RequestHead { method: "POST", uri: &uri, protocol: "HTTP/1.1", headers, ..RequestHead::default() };
    let mut transaction = Transaction::with_workspace(rules, mode, workspace);
    let mut outcome = transaction.request_head(&head);
    if outcome == Outcome::Pass {
        outcome = transaction.request_body(&write(&exchange.body, BODY));
    }
    if outcome == Outcome::Pass {
        outcome = transaction.response_head(200, &[("Content-Type", b"text/html")]);
    }
    if outcome == Outcome::Pass {
        outcome = transaction.response_body(&write(&exchange.response, BODY));
    }
    transaction.log();
    let judged = Judged {
        refusal: outcome.interruption().map(|refusal| refusal.rule_id),
        matches: transaction.matches().to_vec(),
        score: transaction.anomaly_score(),
        work_bytes: transaction.work_bytes(),
    };
    (judged, transaction.into_workspace())
}

/// The matches of the phases that may interrupt.
fn before_the_log(judged: &Judged) -> Vec<&Match> {
    judged.matches.iter().filter(|found| found.phase < 5).collect()
}

/// What must hold of two requests that follow each other.
fn holds(rules: &RuleSet, first: &Exchange, second: &Exchange) {
    let (_, used) = judged(rules, Mode::Block, first, Workspace::default());
    let (after_another, _) = judged(rules, Mode::Block, second, used);
    let (alone, used) = judged(rules, Mode::Block, second, Workspace::default());
    assert_eq!(after_another, alone, "a used workspace changes what is decided");

    let (detected, _) = judged(rules, Mode::Detect, second, used);
    assert_eq!(detected.refusal, None);
    let (blocked, seen) = (before_the_log(&alone), before_the_log(&detected));
    assert!(
        seen.starts_with(&blocked),
        "up to the interruption the modes see the same: {blocked:?} {seen:?}"
    );
    if alone.refusal.is_none() {
        assert_eq!(blocked.len(), seen.len());
    }

    for found in alone.matches.iter().chain(&detected.matches) {
        assert!(found.matched.len() <= limits::MATCHED_BYTES_MAX);
        assert!(found.message.len() <= limits::EXPANDED_BYTES_MAX * 3, "escaped, three bytes a byte at most");
    }
    assert!(detected.matches.len() <= limits::MATCHES_MAX);
    assert!(detected.work_bytes <= limits::WORK_BYTES_MAX + limits::STORE_BYTES_MAX as u64 * 8);
}

#[test]
fn random_rules_judge_random_requests_alike_in_new_and_used_buffers() {
    bolero::check!().with_type::<(Vec<Rule>, Exchange, Exchange)>().with_iterations(ITERATIONS).for_each(
        |(rules, first, second)| {
            let rules = text(rules);
            holds(&compiled(&rules), first, second);
        },
    );
}

#[test]
fn rules_of_every_kind_judge_random_requests_alike_in_new_and_used_buffers() {
    bolero::check!()
        .with_type::<(Exchange, Exchange)>()
        .with_iterations(ITERATIONS)
        .for_each(|(first, second)| holds(&EVERYTHING, first, second));
}

#[test]
fn our_rules_judge_random_requests_alike_in_new_and_used_buffers() {
    bolero::check!()
        .with_type::<(Exchange, Exchange)>()
        .with_iterations(ITERATIONS)
        .for_each(|(first, second)| holds(&OURS, first, second));
}

#[test]
fn the_same_rules_compiled_twice_decide_alike() {
    bolero::check!().with_type::<(Vec<Rule>, Exchange)>().with_iterations(ITERATIONS).for_each(
        |(rules, exchange)| {
            let text = text(rules);
            let (first, second) = (compiled(&text), compiled(&text));
            let decided = |rules: &RuleSet| judged(rules, Mode::Block, exchange, Workspace::default()).0;
            assert_eq!(decided(&first), decided(&second));
        },
    );
}

/// The work on a form's one argument of so many of these pieces.
fn work(rules: &RuleSet, pieces: &[u8], times: usize) -> u64 {
    let headers: &[(&str, &[u8])] =
        &[("Host", b"localhost"), ("Content-Type", b"application/x-www-form-urlencoded")];
    let head =
        RequestHead { method: "POST", uri: "/", protocol: "HTTP/1.1", headers, ..RequestHead::default() };
    let mut transaction = Transaction::new(rules, Mode::Detect);
    let _ = transaction.request_head(&head);
    let _ = transaction.request_body(&[&b"a="[..], &pieces.repeat(times)].concat());
    transaction.work_bytes()
}

#[test]
fn twice_the_body_is_about_twice_the_work() {
    // What does not grow, and what begins to be looked at on the way.
    const BESIDE: u64 = 256 * 1024;
    bolero::check!().with_type::<Vec<Piece>>().with_iterations(ITERATIONS / 4).for_each(|pieces| {
        let mut pieces = write(pieces, BODY);
        pieces.truncate(256);
        for rules in [&*EVERYTHING, &*OURS] {
            let (once, twice) = (work(rules, &pieces, 64), work(rules, &pieces, 128));
            assert!(twice <= once * 5 / 2 + BESIDE, "{once} bytes of work became {twice}");
        }
    });
}
