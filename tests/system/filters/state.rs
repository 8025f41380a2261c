//! The shop's other filters run in reused instances like the WAF. No call leaves anything behind that another one sees: the
//! same calls in the same order get the same verdicts from one instance as from a fresh one for each call.

use std::collections::BTreeSet;

use host::chain::{Chain, Decision, NoVectors, TurnDecision};
use host::config::Isolation;
use host::wit::{Asked, Client, Context, Header, Language, Principal, Request, Tier, Turn};
use identity::keyring::Keyring;
use identity::session::{self, SessionClaims};

use super::rig::{NOW_MS, Rig, client, context, header, keyring, shown};

/// The filters' time in seconds.
const NOW_S: u64 = NOW_MS / 1_000;

const INIT: &str = "/v1/chat/init";
const HISTORY: &str = "/v1/chat/history";
const UPGRADE: &str = "/v1/session/upgrade";

const SHIPPING: &str = "How much is shipping?";
const SHIPPING_JA: &str = "送料はいくらですか";
const DISCOVERY: &str = "Recommend me something dark like Berserk, please";

enum Call {
    Request(Request),
    Turn(Turn),
}

/// What a filter says of a call.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    /// `next`, `answer`, `new session`, or the status of a refusal.
    kind: String,
    /// Everything, but what is random in a new session.
    words: String,
}

/// Makes each call right after each other one, on one instance and on fresh ones, and expects the same to be said. Each has
/// stores of its own, so that what the host keeps between calls is the same for both. Returns the kinds of verdict that each
/// call got.
async fn kinds_in_every_company(filter: &str, calls: &[Call]) -> Vec<String> {
    let (reusing, renewing) = (Rig::new(), Rig::new());
    let reused = reusing.shop_chain(filter, Isolation::Reuse(u32::MAX));
    let fresh = renewing.shop_chain(filter, Isolation::PerCall);
    let mut sessions = BTreeSet::new();
    let mut kinds = vec![BTreeSet::new(); calls.len()];
    for before in 0..calls.len() {
        for after in 0..calls.len() {
            for index in [before, after] {
                let expected = said(&fresh, &calls[index], &mut sessions).await;
                let said = said(&reused, &calls[index], &mut sessions).await;
                assert_eq!(said, expected, "{filter}: {before} before {after}");
                kinds[index].insert(said.kind);
            }
        }
    }
    for rig in [reusing, renewing] {
        for cause in ["trap", "deadline", "overrun", "exhausted"] {
            assert_eq!(rig.failures(cause), 0, "{filter}: {cause}");
        }
    }
    kinds.into_iter().map(|kinds| kinds.into_iter().collect::<Vec<String>>().join(" or ")).collect()
}

/// What the chain says of a call. No new session has an id that another one had before.
async fn said(chain: &Chain, call: &Call, sessions: &mut BTreeSet<String>) -> Said {
    match call {
        Call::Request(request) => {
            let outcome = chain.request(request.clone());
            let kind = match &outcome.decision {
                Decision::Next => "next".to_owned(),
                Decision::Answer(_) => "answer".to_owned(),
                Decision::Refuse(refusal, _) => refusal.status.to_string(),
            };
            let headers = &outcome.response_headers;
            let words = format!("{:?} {:?} {:?}", outcome.decision, outcome.request.context, shown(headers));
            let Some((cookie, claims)) = new_session(headers) else { return Said { kind, words } };
            let words = format!("{words} {claims:?}").replace(&cookie, "…").replace(&claims.sid, "…");
            assert!(sessions.insert(claims.sid), "a session of another call: {words}");
            Said { kind: "new session".to_owned(), words }
        }
        Call::Turn(turn) => {
            let outcome = chain.turn(turn.clone(), &NoVectors).await;
            let kind = match &outcome.decision {
                TurnDecision::Next => "next".to_owned(),
                TurnDecision::Answer(..) => "answer".to_owned(),
                TurnDecision::Refuse(refusal, _) => refusal.status.to_string(),
            };
            let headers = shown(&outcome.response_headers);
            Said { kind, words: format!("{:?} {:?} {headers:?}", outcome.decision, outcome.context) }
        }
    }
}

/// The value and the claims of the session cookie that is set, which is genuine.
fn new_session(headers: &[Header]) -> Option<(String, SessionClaims)> {
    let set = headers.iter().find(|header| header.name == "set-cookie")?;
    let text = String::from_utf8_lossy(&set.value);
    let (_, value) = text.split(';').next()?.split_once('=')?;
    let claims = session::verify(value, NOW_S, &keyring()).expect("a new session's cookie is genuine");
    Some((value.to_owned(), claims))
}

fn request(method: &str, target: &str, headers: Vec<Header>) -> Request {
    Request {
        context: context(),
        client: client(),
        method: method.into(),
        target: target.into(),
        protocol: "HTTP/1.1".into(),
        headers,
        body: None,
    }
}

fn turn(text: &str, language: Language) -> Turn {
    Turn {
        context: context(),
        client: client(),
        id: "4c9b0c8e-3f43-4c8e-9f0e-2d2e6a3b5f10".into(),
        text: text.into(),
        language,
        page: None,
        dissatisfied: false,
        previous: None,
        handed_over: false,
        asked: Asked::NotYet,
    }
}

fn guest() -> Principal {
    Principal {
        subject: "guest:g-1".into(),
        tier: Tier::Guest,
        scopes: Vec::new(),
        session: Some("g-1".into()),
        expires_at: NOW_S + 3_600,
        upgraded_from: None,
    }
}

fn customer() -> Principal {
    Principal { subject: "C1001".into(), tier: Tier::Customer, session: Some("c-1".into()), ..guest() }
}

fn known_as(principal: Principal) -> Context {
    Context { principal: Some(principal), ..context() }
}

/// A ring that has the names of the shop's keys and none of their secrets.
fn forger() -> Keyring {
    ["session-1", "shop-1"].into_iter().fold(Keyring::default(), |ring, name| {
        ring.with_secret(name, &[9; 32]).expect("the secret is long enough")
    })
}

/// A session cookie that this ring signed.
fn cookie(claims: &SessionClaims, ring: &Keyring) -> Header {
    let value = session::mint(claims, ring, "session-1").expect("the key signs");
    // The client of every test came over TLS.
    header("cookie", &format!("{}={value}", session::SECURE_NAME))
}

fn guest_claims() -> SessionClaims {
    SessionClaims::guest("g-1".into(), NOW_S)
}

fn customer_claims(customer: &str) -> SessionClaims {
    let guest = SessionClaims::guest("c-1".into(), NOW_S);
    SessionClaims { sub: customer.into(), tier: identity::Tier::Customer, ..guest }
}

/// A customer's token that this ring signed.
fn bearer(customer: &str, ring: &Keyring) -> Header {
    let mut claims = crate::fixture::claims(customer);
    claims["iat"] = NOW_S.into();
    claims["exp"] = (NOW_S + 3_600).into();
    let token = identity::jwt::sign_hs256(&claims, "shop-1", ring).expect("the key signs");
    header("authorization", &format!("Bearer {token}"))
}

#[tokio::test]
async fn auth_is_stateless_between_calls() {
    let (genuine, forged) = (keyring(), forger());
    let expired = || SessionClaims::guest("g-0".into(), NOW_S - 2 * session::LIFETIME_S);
    let upgrade_from = |claims: SessionClaims| vec![bearer("C1001", &genuine), cookie(&claims, &genuine)];
    let calls = [
        request("GET", HISTORY, Vec::new()),
        request("GET", HISTORY, vec![cookie(&guest_claims(), &genuine)]),
        request("GET", HISTORY, vec![cookie(&guest_claims(), &forged)]),
        request("GET", HISTORY, vec![cookie(&expired(), &genuine)]),
        request("GET", HISTORY, vec![bearer("C1001", &genuine)]),
        request("GET", HISTORY, upgrade_from(customer_claims("C1001"))),
        request("GET", HISTORY, vec![bearer("C1001", &forged)]),
        request("GET", HISTORY, vec![header("authorization", "Basic dXNlcjpwYXNz")]),
        request("POST", UPGRADE, upgrade_from(guest_claims())),
        request("POST", UPGRADE, upgrade_from(customer_claims("C1002"))),
        request("POST", INIT, vec![cookie(&expired(), &genuine)]),
    ]
    .map(Call::Request);
    assert_eq!(
        kinds_in_every_company("auth", &calls).await,
        ["next", "next", "401", "401", "next", "next", "401", "401", "new session", "403", "next"]
    );
}

#[tokio::test]
async fn guest_session_is_stateless_between_calls() {
    let fresh = "/v1/chat/init?fresh=1";
    let token = || vec![bearer("C1001", &keyring())];
    let signed_in = Principal { session: None, ..customer() };
    let calls = [
        request("GET", HISTORY, Vec::new()),
        request("POST", INIT, Vec::new()),
        Request { context: known_as(guest()), ..request("POST", INIT, Vec::new()) },
        Request { context: known_as(guest()), ..request("POST", fresh, Vec::new()) },
        Request { context: known_as(signed_in), ..request("POST", INIT, token()) },
        Request { context: known_as(customer()), ..request("POST", INIT, token()) },
        Request { context: known_as(customer()), ..request("POST", fresh, token()) },
    ]
    .map(Call::Request);
    assert_eq!(
        kinds_in_every_company("guest-session", &calls).await,
        ["next", "new session", "next", "new session", "new session", "next", "new session"]
    );
}

#[tokio::test]
async fn rate_limit_is_stateless_between_calls() {
    let get = || request("GET", HISTORY, Vec::new());
    let ask = || turn(SHIPPING, Language::En);
    let elsewhere = Client { address: "198.51.100.9".into(), ..client() };
    let again = Context { tags: vec!["retry".into()], ..known_as(guest()) };
    let calls = [
        Call::Request(get()),
        Call::Request(Request { client: elsewhere, ..get() }),
        Call::Request(Request { context: known_as(guest()), ..get() }),
        Call::Request(Request { context: known_as(customer()), ..get() }),
        Call::Turn(Turn { context: known_as(customer()), ..ask() }),
        Call::Turn(Turn { context: known_as(guest()), ..ask() }),
        Call::Turn(Turn { context: again, ..ask() }),
    ];
    let kinds = kinds_in_every_company("rate-limit", &calls).await;
    // The guest asks more often than a guest may, and no time goes by.
    assert_eq!(kinds[..6], ["next", "next", "next", "next", "next", "429 or next"]);
}

#[tokio::test]
async fn faq_is_stateless_between_calls() {
    let order = || turn("Where is my order?", Language::En);
    let calls = [
        turn(SHIPPING, Language::En),
        turn(SHIPPING_JA, Language::Ja),
        turn(DISCOVERY, Language::En),
        Turn { dissatisfied: true, ..turn(SHIPPING, Language::En) },
        order(),
        Turn { context: known_as(customer()), ..order() },
    ]
    .map(Call::Turn);
    let kinds = kinds_in_every_company("faq", &calls).await;
    assert_eq!(kinds[..4], ["answer", "answer", "next", "next"]);
}
