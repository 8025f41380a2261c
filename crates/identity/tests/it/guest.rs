//! The decision of the `guest-session` filter, behind `auth`.

use identity::authenticate::PathKind;
use identity::cookie::{PLAIN_NAME, SECURE_NAME};
use identity::{KeyError, Tier, guest};
use serde_json::json;

use crate::shop::{self, DAY_S, NEW_ID, NOW_S, NoKeys, Shop, cookie_value, customer, expired};

#[test]
fn a_visitor_gets_a_guest_session_for_a_day() {
    let shop = Shop::open();
    let made = shop.request().to(PathKind::Init).new_session().unwrap();
    assert_eq!(made.principal.subject, format!("guest:{NEW_ID}"));
    assert_eq!(made.principal.tier, Tier::Guest);
    assert_eq!(made.principal.session.as_deref(), Some(NEW_ID));
    assert_eq!(made.principal.expires_at, NOW_S + DAY_S);
    assert!(made.set_cookie.ends_with("; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict; Secure"));
    let again = shop.request().cookie(cookie_value(&made.set_cookie, SECURE_NAME)).principal();
    assert_eq!(again, made.principal);
}

#[test]
fn a_session_begins_on_init_alone() {
    let shop = Shop::open();
    assert_eq!(shop.request().new_session(), None);
    assert_eq!(shop.request().asking_for_a_fresh_session().new_session(), None);
    let upgrade = shop.request().to(PathKind::Upgrade).bearer(&shop.token("yuki")).session(&shop::guest());
    assert_eq!(upgrade.new_session(), None);
}

#[test]
fn an_expired_session_is_followed_by_a_new_one() {
    let shop = Shop::open();
    let made = shop.request().to(PathKind::Init).session(&expired(shop::guest())).new_session().unwrap();
    assert_eq!(made.principal.session.as_deref(), Some(NEW_ID));
}

#[test]
fn a_live_session_is_kept_and_no_cookie_is_set() {
    let shop = Shop::open();
    for claims in [shop::guest(), customer("yuki")] {
        assert_eq!(shop.request().to(PathKind::Init).session(&claims).new_session(), None);
    }
}

#[test]
fn a_customer_without_a_session_gets_one_that_ends_with_the_token() {
    let shop = Shop::open();
    let token = shop.token_with(&json!({ "scope": "orders:read" }));
    for request in [shop.request(), shop.request().session(&shop::guest())] {
        let made = request.to(PathKind::Init).bearer(&token).new_session().unwrap();
        assert_eq!((made.principal.subject.as_str(), made.principal.tier), ("yuki", Tier::Customer));
        assert_eq!(made.principal.scopes, ["orders:read"]);
        assert_eq!(made.principal.expires_at, NOW_S + 3_600);
        assert!(made.set_cookie.contains("; Max-Age=3600;"));
    }
}

#[test]
fn a_token_that_outlives_the_day_makes_a_session_of_a_day() {
    let shop = Shop::open();
    let token = shop.token_with(&json!({ "exp": NOW_S + 30 * DAY_S }));
    let made = shop.request().to(PathKind::Init).bearer(&token).new_session().unwrap();
    assert_eq!(made.principal.expires_at, NOW_S + DAY_S);
}

#[test]
fn a_fresh_session_is_a_guests_unless_a_token_says_who_asks() {
    let shop = Shop::open();
    let fresh = || shop.request().to(PathKind::Init).asking_for_a_fresh_session();
    for claims in [shop::guest(), customer("yuki")] {
        let made = fresh().session(&claims).new_session().unwrap();
        assert_eq!(made.principal.subject, format!("guest:{NEW_ID}"));
    }
    let made = fresh().session(&customer("yuki")).bearer(&shop.token("yuki")).new_session().unwrap();
    assert_eq!((made.principal.subject.as_str(), made.principal.session.as_deref()), ("yuki", Some(NEW_ID)));
}

#[test]
fn over_plain_http_the_cookie_has_its_plain_name() {
    let shop = Shop::open();
    let made = shop.request().to(PathKind::Init).over_plain_http().new_session().unwrap();
    assert!(!made.set_cookie.contains("Secure"));
    let value = cookie_value(&made.set_cookie, PLAIN_NAME);
    assert_eq!(shop.request().over_plain_http().cookie(value).principal(), made.principal);
}

#[test]
fn a_session_that_cannot_be_signed_is_not_made() {
    let shop = Shop::open();
    let input = guest::GuestInput {
        now_s: NOW_S,
        principal: None,
        path: PathKind::Init,
        fresh: false,
        bearer: false,
        secure: true,
    };
    let made = guest::decide(&shop.settings.session, &input, &NoKeys, &mut || [0; 16]);
    assert_eq!(made, Err(KeyError::Unavailable));
}

#[test]
fn a_fresh_session_is_asked_for_in_the_query() {
    for (query, fresh) in [
        ("fresh=1", true),
        ("a=b&fresh=1", true),
        ("", false),
        ("fresh=0", false),
        ("xfresh=1", false),
        ("fresh", false),
    ] {
        assert_eq!(guest::fresh(query), fresh, "{query:?}");
    }
}
