//! Tokens and cookies that do not count.

use chat::{Code, Problem};
use reqwest::Method;
use serde_json::json;

use crate::fixture::{
    FakeOrigin, Front, Kind, Reply, SHIPPING, claims, cookie_ending_in, cookie_of_another_key, message,
    refused, still_serves, token, token_of,
};

on_every_host! {
    an_expired_token_is_refused,
    a_forged_token_is_refused,
    a_token_without_a_signature_is_refused,
    a_token_of_another_issuer_or_for_another_audience_is_refused,
    a_token_that_is_no_token_is_refused,
    a_forged_cookie_is_refused_and_cleared,
    a_cookie_of_another_key_opens_nothing,
    an_expired_cookie_opens_nothing,
    a_cookie_that_has_not_expired_opens_its_session,
    two_session_cookies_are_malformed,
    a_refusal_does_not_repeat_the_credential,
}

/// What is after the last dot, the signature, in place of the genuine one.
fn with_another_signature(signed: &str) -> String {
    let (signed, _) = signed.rsplit_once('.').expect("what is signed has a signature");
    format!("{signed}.{}", "A".repeat(43))
}

/// The token is refused as one that does not count, and the visitor is still a guest.
async fn token_is_refused(kind: Kind, token: &str) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let reply = Reply::to(guest.request(Method::POST, "/v1/session/upgrade").bearer_auth(token)).await;
    refused(&reply, Code::Unauthorized);
    assert!(
        reply.header("www-authenticate").contains("invalid_token"),
        "{}",
        reply.header("www-authenticate")
    );
    assert_eq!(reply.header("set-cookie"), "");
    assert!(origin.calls().is_empty());
    guest.ask(&message(SHIPPING)).await.answer();
    still_serves(&shop.stranger()).await;
}

async fn an_expired_token_is_refused(kind: Kind) {
    let mut claims = claims("C1001");
    let now_s = claims["iat"].as_u64().expect("a time");
    claims["iat"] = json!(now_s - 7_200);
    claims["exp"] = json!(now_s - 3_600);
    token_is_refused(kind, &token(&claims)).await;
}

async fn a_forged_token_is_refused(kind: Kind) {
    token_is_refused(kind, &with_another_signature(&token_of("C1001"))).await;
}

async fn a_token_without_a_signature_is_refused(kind: Kind) {
    let genuine = token_of("C1001");
    let claims = genuine.split('.').nth(1).expect("a token has claims");
    // {"alg":"none"}
    token_is_refused(kind, &format!("eyJhbGciOiJub25lIn0.{claims}.")).await;
}

async fn a_token_of_another_issuer_or_for_another_audience_is_refused(kind: Kind) {
    for (name, value) in [("iss", "https://elsewhere.example"), ("aud", "payments")] {
        let mut claims = claims("C1001");
        claims[name] = json!(value);
        token_is_refused(kind, &token(&claims)).await;
    }
}

async fn a_token_that_is_no_token_is_refused(kind: Kind) {
    token_is_refused(kind, "hello").await;
}

async fn a_forged_cookie_is_refused_and_cleared(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    let forger = guest.with_cookie(&with_another_signature(&guest.cookie));
    let reply = forger.ask(&message(SHIPPING)).await;
    refused(&reply, Code::Unauthorized);
    let cleared = reply.header("set-cookie");
    assert!(cleared.starts_with("ma_session=;") && cleared.contains("Max-Age=0"), "{cleared}");
    still_serves(&shop.stranger()).await;
}

/// The cookie opens nothing, and where sessions begin its owner gets another one.
async fn cookie_is_over(kind: Kind, cookie: &str) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let visitor = shop.stranger().with_cookie(cookie);
    refused(&visitor.ask(&message(SHIPPING)).await, Code::SessionRequired);
    refused(&visitor.get("/v1/chat/history").await, Code::SessionRequired);
    let begun = visitor.post("/v1/chat/init", "").await;
    assert_eq!(begun.session().tier, "guest");
    assert_ne!(begun.cookie(), cookie);
    visitor.with_cookie(&begun.cookie()).ask(&message(SHIPPING)).await.answer();
    assert!(origin.turns().is_empty());
}

async fn a_cookie_of_another_key_opens_nothing(kind: Kind) {
    cookie_is_over(kind, &cookie_of_another_key()).await;
}

async fn an_expired_cookie_opens_nothing(kind: Kind) {
    cookie_is_over(kind, &cookie_ending_in(-60)).await;
}

async fn a_cookie_that_has_not_expired_opens_its_session(kind: Kind) {
    let shop = Front::open(kind).await;
    let visitor = shop.stranger().with_cookie(&cookie_ending_in(600));
    visitor.ask(&message(SHIPPING)).await.answer();
}

async fn two_session_cookies_are_malformed(kind: Kind) {
    let shop = Front::open(kind).await;
    let (first, second) = (shop.guest().await, shop.guest().await);
    let both = first.with_cookie(&format!("{}; {}", first.cookie, second.cookie));
    refused(&both.ask(&message(SHIPPING)).await, Code::Malformed);
    refused(&both.post("/v1/chat/init", "").await, Code::Malformed);
    first.ask(&message(SHIPPING)).await.answer();
    still_serves(&shop.stranger()).await;
}

async fn a_refusal_does_not_repeat_the_credential(kind: Kind) {
    let shop = Front::open(kind).await;
    let forged = with_another_signature(&token_of("C1001"));
    let request = shop.guest().await.request(Method::POST, "/v1/session/upgrade").bearer_auth(&forged);
    let reply = Reply::to(request).await;
    let Problem { detail, .. } = reply.problem();
    assert!(!detail.contains("eyJ") && !reply.body.contains(&forged), "{}", reply.body);
}
