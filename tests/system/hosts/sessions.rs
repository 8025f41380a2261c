//! Sessions: where they begin, and how a guest's becomes a customer's.

use chat::internal::{PRECEDING, SESSION_UPGRADE, SessionUpgrade, TURNS};
use chat::{Code, Feature};
use reqwest::Method;

use crate::fixture::{DISCOVERY, FakeOrigin, Front, Kind, Reply, SHIPPING, Visitor, message, token_of};

on_every_host! {
    init_begins_a_guest_session,
    init_again_keeps_the_session,
    init_afresh_begins_another_session,
    nothing_but_init_begins_a_session,
    a_guest_who_signs_in_gets_a_new_session_and_keeps_the_turns,
    an_upgrade_that_the_origin_refuses_changes_nothing,
    an_upgrade_needs_a_token_and_a_session,
    a_customers_session_does_not_become_another_customers,
    a_plain_request_id_is_echoed,
    a_request_without_a_plain_id_gets_one,
}

async fn upgrade(visitor: &Visitor, customer: &str) -> Reply {
    Reply::to(visitor.request(Method::POST, "/v1/session/upgrade").bearer_auth(token_of(customer))).await
}

async fn init_begins_a_guest_session(kind: Kind) {
    let shop = Front::open(kind).await;
    let reply = shop.stranger().post("/v1/chat/init", "").await;
    let session = reply.session();
    assert_eq!(session.tier, "guest");
    // Spin ends no WebSocket: a client is told of none.
    let ws_url = kind.has_sockets().then(|| format!("ws://{}/v1/chat/ws", shop.address));
    assert_eq!(session.ws_url, ws_url);
    assert_eq!(session.features, Feature::of("guest", kind.has_sockets()));
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("ma_session=v1."), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=86400"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    // Plain HTTP is for loopback alone, where a browser would not send back a Secure cookie.
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert_eq!(reply.header("cache-control"), "no-store");
}

async fn init_again_keeps_the_session(kind: Kind) {
    let shop = Front::open(kind).await;
    let first = shop.stranger().post("/v1/chat/init", "").await;
    let visitor = shop.stranger().with_cookie(&first.cookie());
    let again = visitor.post("/v1/chat/init", "").await;
    assert_eq!(again.session().session_id, first.session().session_id);
    assert_eq!(again.header("set-cookie"), "");
}

async fn init_afresh_begins_another_session(kind: Kind) {
    let shop = Front::open(kind).await;
    let first = shop.stranger().post("/v1/chat/init", "").await;
    let visitor = shop.stranger().with_cookie(&first.cookie());
    let fresh = visitor.post("/v1/chat/init?fresh=1", "").await;
    assert_ne!(fresh.session().session_id, first.session().session_id);
    assert_ne!(fresh.cookie(), first.cookie());
}

async fn nothing_but_init_begins_a_session(kind: Kind) {
    let origin = FakeOrigin::answering(&["never asked"]);
    let shop = Front::with_origin(kind, &origin).await;
    let stranger = shop.stranger();
    let replies = [
        stranger.ask(&message(SHIPPING)).await,
        stranger.get("/v1/chat/history").await,
        stranger.post("/v1/chat/handoff", "").await,
        stranger.post("/v1/chat/feedback", "{}").await,
    ];
    for reply in replies {
        assert_eq!((reply.status, reply.problem().code), (401, Code::SessionRequired));
        assert_eq!(reply.header("set-cookie"), "");
    }
    assert!(origin.calls().is_empty());
}

async fn a_guest_who_signs_in_gets_a_new_session_and_keeps_the_turns(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    let shop = Front::with_origin(kind, &origin).await;
    let begun = shop.stranger().post("/v1/chat/init", "").await;
    let guest = shop.stranger().with_cookie(&begun.cookie());
    let question = message(SHIPPING);
    guest.ask(&question).await.answer();
    let upgraded = upgrade(&guest, "C1001").await;
    let session = upgraded.session();
    assert_eq!(session.tier, "customer");
    assert_eq!(session.features, Feature::of("customer", kind.has_sockets()));
    assert_ne!(session.session_id, begun.session().session_id);
    let call = origin.call(SESSION_UPGRADE, 1).await;
    let body: SessionUpgrade = serde_json::from_slice(&call.body).expect("an upgrade");
    assert_eq!(body.from, begun.session().session_id);
    let claims = call.claims();
    assert_eq!(
        (claims.sub.as_str(), &claims.sid, claims.from.as_ref()),
        ("C1001", &session.session_id, Some(&body.from))
    );
    guest.with_cookie(&upgraded.cookie()).ask(&message(DISCOVERY)).await.answer();
    let turn = origin.call(TURNS, 1).await;
    assert_eq!(turn.claims().sub, "C1001");
    let paths: Vec<String> = origin.calls().iter().map(|call| call.path().to_owned()).collect();
    if kind == Kind::Edge {
        assert_eq!(paths, [PRECEDING, SESSION_UPGRADE, TURNS]);
        let flushed = &origin.calls()[0];
        assert_eq!(flushed.claims().sid, begun.session().session_id);
        assert_eq!(flushed.preceding().exchanges[0].id, question.id);
        assert!(turn.turn().preceding.is_empty());
    } else {
        // On Spin the request knows nothing of the guest but the session's name, so it cannot sign for the guest: what waited
        // goes with the customer's next turn.
        assert_eq!(paths, [SESSION_UPGRADE, TURNS]);
        assert_eq!(turn.turn().preceding[0].id, question.id);
    }
}

async fn an_upgrade_that_the_origin_refuses_changes_nothing(kind: Kind) {
    let origin = FakeOrigin::answering(&["Try Berserk."]);
    origin.refuse(SESSION_UPGRADE, 503, Code::Unavailable);
    let shop = Front::with_origin(kind, &origin).await;
    let guest = shop.guest().await;
    let refused = upgrade(&guest, "C1001").await;
    assert_eq!((refused.status, refused.problem().code), (502, Code::BadGateway));
    assert_eq!(refused.header("set-cookie"), "");
    guest.ask(&message(DISCOVERY)).await.answer();
}

async fn an_upgrade_needs_a_token_and_a_session(kind: Kind) {
    let shop = Front::open(kind).await;
    let without_token = shop.guest().await.post("/v1/session/upgrade", "").await;
    assert_eq!((without_token.status, without_token.problem().code), (401, Code::Unauthorized));
    assert!(without_token.header("www-authenticate").starts_with("Bearer"));
    let without_session = upgrade(&shop.stranger(), "C1001").await;
    assert_eq!((without_session.status, without_session.problem().code), (401, Code::SessionRequired));
}

async fn a_customers_session_does_not_become_another_customers(kind: Kind) {
    let shop = Front::open(kind).await;
    let guest = shop.guest().await;
    let first = upgrade(&guest, "C1001").await;
    let other = upgrade(&guest.with_cookie(&first.cookie()), "C1002").await;
    assert_eq!((other.status, other.problem().code), (403, Code::Forbidden));
}

async fn a_plain_request_id_is_echoed(kind: Kind) {
    let shop = Front::open(kind).await;
    let request =
        shop.stranger().request(Method::POST, "/v1/chat/init").header("x-request-id", "widget-0001_a");
    assert_eq!(Reply::to(request).await.header("x-request-id"), "widget-0001_a");
}

async fn a_request_without_a_plain_id_gets_one(kind: Kind) {
    let shop = Front::open(kind).await;
    for given in [None, Some("short"), Some("with space"), Some("quote\"quote")] {
        let request = shop.stranger().request(Method::POST, "/v1/chat/init");
        let request = if let Some(given) = given { request.header("x-request-id", given) } else { request };
        let id = Reply::to(request).await.header("x-request-id").to_owned();
        assert_eq!(id.parse::<uuid::Uuid>().map(|id| id.get_version_num()), Ok(7), "{id}");
    }
}
