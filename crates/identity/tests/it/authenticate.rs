//! The decision of the `auth` filter.

use identity::authenticate::{Decision, PathKind};
use identity::cookie::SECURE_NAME;
use identity::session::{self, SessionClaims};
use identity::{Tier, authenticate};
use serde_json::json;

use crate::shop::{DAY_S, NEW_ID, NOW_S, NoKeys, Shop, cookie_value, customer, expired, guest, keys};

const EVERYWHERE: [PathKind; 3] = [PathKind::Init, PathKind::Upgrade, PathKind::Other];

#[test]
fn a_request_without_credentials_is_anonymous() {
    let shop = Shop::open();
    assert_eq!(shop.request().decided(), Decision::Anonymous);
    assert_eq!(shop.request().to(PathKind::Init).decided(), Decision::Anonymous);
}

#[test]
fn a_guest_is_known_by_the_cookie() {
    let shop = Shop::open();
    let principal = shop.request().session(&guest()).principal();
    assert_eq!(principal.subject, "guest:guest-1");
    assert_eq!(principal.tier, Tier::Guest);
    assert_eq!(principal.session.as_deref(), Some("guest-1"));
    assert_eq!(principal.expires_at, NOW_S - 3_600 + DAY_S);
    assert_eq!(principal.upgraded_from, None);
}

#[test]
fn a_customer_is_known_by_the_cookie_alone() {
    let shop = Shop::open();
    let principal = shop.request().session(&customer("yuki")).principal();
    assert_eq!((principal.subject.as_str(), principal.tier), ("yuki", Tier::Customer));
    assert_eq!(principal.scopes, ["orders:read"]);
}

#[test]
fn a_customer_is_known_by_the_token_alone() {
    let shop = Shop::open();
    let principal = shop.request().bearer(&shop.token("yuki")).principal();
    assert_eq!((principal.subject.as_str(), principal.tier), ("yuki", Tier::Customer));
    assert_eq!((principal.session, principal.expires_at), (None, NOW_S + 3_600));
}

#[test]
fn the_session_counts_beside_the_token_of_the_same_user_only() {
    let shop = Shop::open();
    let with_token = || shop.request().bearer(&shop.token("yuki"));
    assert_eq!(with_token().session(&customer("yuki")).principal().session.as_deref(), Some("session-1"));
    assert_eq!(with_token().session(&customer("ken")).principal().session, None);
    assert_eq!(with_token().session(&guest()).principal().session, None);
    assert_eq!(with_token().session(&expired(customer("yuki"))).principal().session, None);
}

#[test]
fn a_principal_with_token_and_session_lives_as_long_as_both() {
    let shop = Shop::open();
    let session = SessionClaims { exp: NOW_S + 60, ..customer("yuki") };
    assert_eq!(
        shop.request().bearer(&shop.token("yuki")).session(&session).principal().expires_at,
        NOW_S + 60
    );
}

#[test]
fn the_token_says_what_is_granted_not_the_older_session() {
    let shop = Shop::open();
    let token = shop.token_with(&json!({ "scope": "chat", "tier": "developer" }));
    let principal = shop.request().bearer(&token).session(&customer("yuki")).principal();
    assert_eq!((principal.tier, principal.scopes), (Tier::Developer, vec!["chat".to_owned()]));
}

#[test]
fn the_scheme_is_read_in_any_case_and_with_spaces() {
    let shop = Shop::open();
    let token = shop.token("yuki");
    for value in [format!("bearer {token}"), format!("BEARER   {token}"), format!(" Bearer {token} ")] {
        assert_eq!(shop.request().authorization(&value).principal().subject, "yuki", "{value:?}");
    }
}

#[test]
fn a_forged_cookie_is_refused_and_cleared() {
    let shop = Shop::open();
    let forged = session::mint(&guest(), &keys(100), "s2").unwrap();
    for path in EVERYWHERE {
        let refusal = shop.request().to(path).cookie(&forged).refused();
        assert_eq!((refusal.status, refusal.code, refusal.cause), (401, "unauthorized", "session_forged"));
        assert_eq!(
            refusal.headers,
            [
                (
                    "www-authenticate",
                    "Bearer realm=\"mangaassist\", error=\"invalid_token\", \
                     error_description=\"The credential was not accepted\""
                        .to_owned()
                ),
                (
                    "set-cookie",
                    "__Host-ma_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure".to_owned()
                ),
            ]
        );
    }
}

#[test]
fn a_forged_cookie_is_refused_beside_a_good_token_too() {
    let shop = Shop::open();
    let forged = session::mint(&customer("yuki"), &keys(100), "s2").unwrap();
    assert_eq!(shop.request().bearer(&shop.token("yuki")).cookie(&forged).refused().status, 401);
}

#[test]
fn a_malformed_cookie_is_refused() {
    let shop = Shop::open();
    for value in ["x", "v1.s2.e30", "v2.s2.e30.AA", "\"quoted\"", &"a".repeat(4_000)] {
        let refusal = shop.request().to(PathKind::Init).cookie(value).refused();
        assert_eq!((refusal.status, refusal.cause), (401, "session_malformed"), "{value:?}");
    }
}

#[test]
fn an_expired_session_starts_anew_on_init_and_is_refused_elsewhere() {
    let shop = Shop::open();
    for claims in [expired(guest()), expired(customer("yuki"))] {
        assert_eq!(shop.request().to(PathKind::Init).session(&claims).decided(), Decision::Anonymous);
        let refusal = shop.request().session(&claims).refused();
        assert_eq!((refusal.status, refusal.code), (401, "session_required"));
    }
}

#[test]
fn a_session_whose_key_was_retired_is_over_like_an_expired_one() {
    let mut shop = Shop::open();
    let old = session::mint(&guest(), &shop.keys, "s1").unwrap();
    assert_eq!(shop.request().cookie(&old).principal().subject, "guest:guest-1");
    shop.settings.session.keys.remove(0);
    assert_eq!(shop.request().to(PathKind::Init).cookie(&old).decided(), Decision::Anonymous);
    assert_eq!(shop.request().cookie(&old).refused().code, "session_required");
}

#[test]
fn a_key_for_something_else_signs_no_session() {
    let shop = Shop::open();
    for kid in ["t1", "other"] {
        let value = session::mint(&customer("yuki"), &shop.keys, kid).unwrap();
        assert_eq!(shop.request().cookie(&value).refused().code, "session_required", "{kid}");
    }
}

#[test]
fn a_cookie_that_was_cleared_is_no_cookie() {
    let shop = Shop::open();
    assert_eq!(shop.request().cookie("").decided(), Decision::Anonymous);
}

#[test]
fn two_session_cookies_are_refused_without_choosing() {
    let shop = Shop::open();
    let request = shop.request().session(&guest()).session(&customer("yuki"));
    assert_eq!((request.refused().status, request.refused().code), (400, "malformed"));
}

#[test]
fn the_cookie_of_plain_http_does_not_count_over_https_nor_the_other_way_round() {
    let shop = Shop::open();
    let value = shop.cookie(&guest());
    assert_eq!(shop.request().cookie_header(&format!("ma_session={value}")).decided(), Decision::Anonymous);
    let secure = format!("__Host-ma_session={value}");
    assert_eq!(shop.request().over_plain_http().cookie_header(&secure).decided(), Decision::Anonymous);
    assert_eq!(shop.request().over_plain_http().session(&guest()).principal().tier, Tier::Guest);
}

#[test]
fn a_bad_token_is_refused_whatever_the_cookie() {
    let shop = Shop::open();
    let forged = jwt_of_another_issuer();
    for token in [forged.as_str(), "", "x", "a.b.c", &shop.token_with(&json!({ "exp": NOW_S - 31 }))] {
        let refusal = shop.request().bearer(token).session(&guest()).refused();
        assert_eq!((refusal.status, refusal.code), (401, "unauthorized"), "{token}");
        assert!(refusal.headers[0].1.contains("error=\"invalid_token\""), "{token}");
        assert_eq!(refusal.headers.len(), 1, "the cookie is not at fault");
    }
}

fn jwt_of_another_issuer() -> String {
    identity::jwt::sign_hs256(&crate::shop::claims_with(&json!({})), "t1", &keys(100)).unwrap()
}

#[test]
fn a_shop_without_a_login_refuses_every_token() {
    let mut shop = Shop::open();
    let token = shop.token("yuki");
    shop.settings.bearer = None;
    assert_eq!(shop.request().bearer(&token).refused().status, 401);
}

#[test]
fn an_authorization_that_is_repeated_empty_or_no_text_is_malformed() {
    let shop = Shop::open();
    let token = shop.token("yuki");
    for request in [
        shop.request().bearer(&token).bearer(&token),
        shop.request().bearer(&token).authorization("Basic eTp6"),
        shop.request().authorization(""),
        shop.request().authorization("  "),
    ] {
        let refusal = request.refused();
        assert_eq!((refusal.status, refusal.code), (400, "malformed"));
    }
}

#[test]
fn another_scheme_is_told_which_one_is_wanted() {
    let shop = Shop::open();
    for value in ["Basic eTp6", "Digest x", "Bearer,x", "BearerToken"] {
        let refusal = shop.request().authorization(value).refused();
        assert_eq!(refusal.status, 401, "{value}");
        assert_eq!(refusal.headers, [("www-authenticate", "Bearer realm=\"mangaassist\"".to_owned())]);
    }
}

#[test]
fn a_guest_who_signs_in_gets_a_new_session_that_names_the_old() {
    let shop = Shop::open();
    let request = shop.request().to(PathKind::Upgrade).bearer(&shop.token("yuki")).session(&guest());
    let (principal, set_cookie) = request.upgraded();
    assert_eq!((principal.subject.as_str(), principal.tier), ("yuki", Tier::Customer));
    assert_eq!(principal.session.as_deref(), Some(NEW_ID));
    assert_eq!(principal.upgraded_from.as_deref(), Some("guest-1"));
    assert!(
        set_cookie.ends_with("; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict; Secure"),
        "{set_cookie}"
    );
    let again = shop.request().cookie(cookie_value(&set_cookie, SECURE_NAME)).principal();
    assert_eq!(again, identity::Principal { upgraded_from: None, ..principal });
}

#[test]
fn an_upgraded_session_ends_with_the_token_or_after_a_day() {
    let shop = Shop::open();
    let ends = |exp: u64| {
        let token = shop.token_with(&json!({ "exp": exp }));
        shop.request().to(PathKind::Upgrade).bearer(&token).session(&guest()).upgraded().0.expires_at - NOW_S
    };
    assert_eq!(ends(NOW_S + 60), 60);
    assert_eq!(ends(NOW_S + 30 * DAY_S), DAY_S);
}

#[test]
fn a_customer_who_signs_in_again_gets_a_new_session_too() {
    let shop = Shop::open();
    let request = shop.request().to(PathKind::Upgrade).bearer(&shop.token("yuki")).session(&customer("yuki"));
    assert_eq!(request.upgraded().0.upgraded_from.as_deref(), Some("session-1"));
}

#[test]
fn the_session_of_another_customer_cannot_be_taken_over() {
    let shop = Shop::open();
    let request = shop.request().to(PathKind::Upgrade).bearer(&shop.token("yuki")).session(&customer("ken"));
    assert_eq!((request.refused().status, request.refused().code), (403, "forbidden"));
}

#[test]
fn an_upgrade_needs_both_a_token_and_a_live_session() {
    let shop = Shop::open();
    let upgrade = || shop.request().to(PathKind::Upgrade);
    let code = |refusal: authenticate::Refusal| (refusal.status, refusal.code);
    assert_eq!(code(upgrade().refused()), (401, "unauthorized"));
    assert_eq!(code(upgrade().session(&guest()).refused()), (401, "unauthorized"));
    let with_token = upgrade().bearer(&shop.token("yuki"));
    assert_eq!(code(with_token.clone().refused()), (401, "session_required"));
    assert_eq!(code(with_token.session(&expired(guest())).refused()), (401, "session_required"));
}

#[test]
fn an_upgrade_that_cannot_be_signed_is_our_fault() {
    let mut shop = Shop::open();
    shop.settings.session.signing = "gone".to_owned();
    let request = shop.request().to(PathKind::Upgrade).bearer(&shop.token("yuki")).session(&guest());
    assert_eq!((request.refused().status, request.refused().code), (500, "internal"));
}

#[test]
fn keys_that_do_not_answer_are_no_verdict_on_the_credential() {
    let shop = Shop::open();
    for request in [shop.request().session(&guest()), shop.request().bearer(&shop.token("yuki"))] {
        let Decision::Refuse(refusal) = request.decided_with(&NoKeys) else { panic!("let through") };
        assert_eq!((refusal.status, refusal.code), (503, "unavailable"));
        assert!(refusal.headers.is_empty(), "a good cookie was cleared");
    }
}

#[test]
fn every_refusal_is_one_of_the_chat_protocols() {
    let shop = Shop::open();
    let upgrade = || shop.request().to(PathKind::Upgrade);
    let mut broken = Shop::open();
    broken.settings.session.signing = "gone".to_owned();
    let refusals = [
        shop.request().cookie("x").refused(),
        shop.request().session(&expired(guest())).refused(),
        shop.request().bearer("x").refused(),
        shop.request().authorization("").refused(),
        shop.request().authorization("Basic eTp6").refused(),
        upgrade().refused(),
        upgrade().bearer(&shop.token("yuki")).session(&customer("ken")).refused(),
        broken.request().to(PathKind::Upgrade).bearer(&shop.token("yuki")).session(&guest()).refused(),
        match shop.request().session(&guest()).decided_with(&NoKeys) {
            Decision::Refuse(refusal) => refusal,
            other => panic!("{other:?}"),
        },
    ];
    for refusal in refusals {
        let code = chat::Code::ALL.iter().find(|code| code.as_str() == refusal.code);
        assert_eq!(code.map(|code| code.status()), Some(refusal.status), "{refusal:?}");
        assert_eq!(
            refusal.status == 401,
            refusal.headers.iter().any(|(name, _)| *name == "www-authenticate")
        );
        assert!(refusal.reason.ends_with('.'), "{refusal:?}");
    }
}

#[test]
fn the_kind_of_a_request_is_its_method_and_exact_path() {
    assert_eq!(PathKind::of("POST", "/v1/chat/init"), PathKind::Init);
    assert_eq!(PathKind::of("POST", "/v1/session/upgrade"), PathKind::Upgrade);
    for (method, path) in [("GET", "/v1/chat/init"), ("POST", "/v1/chat/init/"), ("GET", "/v1/chat/history")]
    {
        assert_eq!(PathKind::of(method, path), PathKind::Other, "{method} {path}");
    }
    for (method, path) in
        [("GET", "/"), ("POST", "/V1/chat/init"), ("POST", "/account/orders"), ("GET", "/v1")]
    {
        assert_eq!(PathKind::of(method, path), PathKind::Page, "{method} {path}");
    }
}

#[test]
fn a_page_is_for_everyone_whatever_they_bring() {
    let shop = Shop::open();
    let page = || shop.request().to(PathKind::Page);
    assert_eq!(page().decided(), Decision::Anonymous);
    assert_eq!(page().session(&expired(guest())).decided(), Decision::Anonymous);
    assert_eq!(page().session(&customer("yuki")).principal().subject, "yuki");
    for (authorization, cookie) in [
        ("Basic dXNlcjpwYXNz", "__Host-ma_session=v1.gone.e30.x"),
        ("Bearer x.y.z", "__Host-ma_session=a; __Host-ma_session=b"),
    ] {
        let input = authenticate::AuthInput {
            now_s: NOW_S,
            authorization: &[authorization.as_bytes()],
            cookie: &[cookie.as_bytes()],
            path: PathKind::Page,
            secure: true,
        };
        let decision = authenticate::decide(&shop.settings, &input, &shop.keys, &mut || [0; 16]);
        assert_eq!(decision, Decision::Anonymous, "{authorization}");
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    let mut settings = crate::shop::settings();
    assert_eq!(settings.validate(), Ok(()));
    let written = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<authenticate::Settings>(&written).unwrap(), settings);
    settings.session.signing = "s9".to_owned();
    assert_eq!(settings.validate().unwrap_err().key, "session.signing");
    settings.session.signing = "s1".to_owned();
    settings.bearer.as_mut().unwrap().audiences.clear();
    assert_eq!(settings.validate().unwrap_err().key, "bearer.audiences");
}

proptest::proptest! {
    /// Whatever arrives, no one becomes a principal without a credential of ours.
    #[test]
    fn noise_is_no_ones_credential(authorization: Vec<u8>, cookie: Vec<u8>) {
        let shop = Shop::open();
        let input = authenticate::AuthInput {
            now_s: NOW_S, authorization: &[&authorization], cookie: &[&cookie], path: PathKind::Other, secure: true,
        };
        let decision = authenticate::decide(&shop.settings, &input, &shop.keys, &mut || [0; 16]);
        let let_in = matches!(decision, Decision::Principal { .. });
        proptest::prop_assert!(!let_in);
    }
}
