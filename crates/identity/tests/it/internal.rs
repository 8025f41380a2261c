//! The signed header between edge and origin.

use identity::internal::{self, InternalClaims, InternalError, LIFETIME_MS, SKEW_MS};
use identity::{Principal, Tier, session};

use crate::shop::{NOW_S, NoKeys, Shop, customer, guest, keys};

const NOW_MS: u64 = NOW_S * 1_000;
const TURNS: &str = "/internal/v1/turns";

fn claims() -> InternalClaims {
    InternalClaims::new(&customer("yuki").into_principal(), "request-1", "POST", TURNS, NOW_MS).unwrap()
}

fn sign(shop: &Shop, claims: &InternalClaims) -> String {
    internal::sign(claims, "s2", &shop.keys).unwrap()
}

fn verify(shop: &Shop, value: &str, now_ms: u64) -> Result<InternalClaims, InternalError> {
    internal::verify(value, now_ms, "POST", TURNS, &shop.keys)
}

#[test]
fn the_origin_learns_who_asks_and_for_which_request() {
    let shop = Shop::open();
    let read = verify(&shop, &sign(&shop, &claims()), NOW_MS).unwrap();
    assert_eq!(read, claims());
    assert_eq!(read.rid, "request-1");
    let principal = read.into_principal();
    assert_eq!((principal.subject.as_str(), principal.tier), ("yuki", Tier::Customer));
    assert_eq!(principal.session.as_deref(), Some("session-1"));
    assert_eq!(principal.expires_at, NOW_S + 60);
}

#[test]
fn the_value_is_written_as_documented() {
    // Edges and origins of different releases meet: a change here needs a v2.
    assert_eq!(
        sign(&Shop::open(), &claims()),
        concat!(
            "v1.s2.",
            "eyJzdWIiOiJ5dWtpIiwidGllciI6ImN1c3RvbWVyIiwic2NvcGVzIjpbIm9yZGVyczpyZWFkIl0sInNpZCI6InNlc3Npb24tMSIsInJpZCI6InJlcXVlc",
            "3QtMSIsIm0iOiJQT1NUIiwicCI6Ii9pbnRlcm5hbC92MS90dXJucyIsImlhdF9tcyI6MTgwMDAwMDAwMDAwMCwiZXhwX21zIjoxODAwMDAwMDYwMDAwfQ",
            ".Pw0UziEAVspZ-OParyY0nprdxo4SG8oU9DNtoeHpOUY"
        )
    );
}

#[test]
fn an_upgrade_names_the_session_before() {
    let shop = Shop::open();
    let principal =
        Principal { upgraded_from: Some("guest-1".to_owned()), ..customer("yuki").into_principal() };
    let claims = InternalClaims::new(&principal, "r", "POST", TURNS, NOW_MS).unwrap();
    let read = verify(&shop, &sign(&shop, &claims), NOW_MS).unwrap();
    assert_eq!(read.into_principal().upgraded_from.as_deref(), Some("guest-1"));
}

#[test]
fn without_a_session_there_is_no_internal_call() {
    let principal = Principal { session: None, ..customer("yuki").into_principal() };
    assert_eq!(InternalClaims::new(&principal, "r", "POST", TURNS, NOW_MS), None);
}

#[test]
fn it_counts_for_its_method_and_path_alone() {
    let shop = Shop::open();
    let value = sign(&shop, &claims());
    for (method, path) in [
        ("GET", TURNS),
        ("post", TURNS),
        ("POST", "/internal/v1/preceding"),
        ("POST", "/internal/v1/turns?x=1"),
    ] {
        let read = internal::verify(&value, NOW_MS, method, path, &shop.keys);
        assert_eq!(read, Err(InternalError::WrongRequest), "{method} {path}");
    }
}

#[test]
fn it_lives_a_minute_and_clocks_may_be_five_seconds_apart() {
    let shop = Shop::open();
    let value = sign(&shop, &claims());
    assert!(verify(&shop, &value, NOW_MS + LIFETIME_MS + SKEW_MS - 1).is_ok());
    assert_eq!(verify(&shop, &value, NOW_MS + LIFETIME_MS + SKEW_MS), Err(InternalError::Expired));
    assert!(verify(&shop, &value, NOW_MS - SKEW_MS).is_ok());
    assert_eq!(verify(&shop, &value, NOW_MS - SKEW_MS - 1), Err(InternalError::NotYetValid));
}

#[test]
fn one_that_would_live_longer_is_no_edges_work() {
    let shop = Shop::open();
    for claims in [
        InternalClaims { exp_ms: NOW_MS + LIFETIME_MS + 1, ..claims() },
        InternalClaims { exp_ms: NOW_MS - 1, ..claims() },
        InternalClaims { tier: Tier::Guest, ..claims() },
        InternalClaims { sub: "guest:session-1".to_owned(), ..claims() },
        InternalClaims { sid: "a b".to_owned(), ..claims() },
    ] {
        assert_eq!(verify(&shop, &sign(&shop, &claims), NOW_MS), Err(InternalError::Malformed), "{claims:?}");
    }
}

#[test]
fn errors_are_kept_apart() {
    let shop = Shop::open();
    let value = sign(&shop, &claims());
    let forged = internal::sign(&claims(), "s2", &keys(100)).unwrap();
    assert_eq!(verify(&shop, &forged, NOW_MS), Err(InternalError::Forged));
    assert_eq!(verify(&shop, &value.replace(".s2.", ".s9."), NOW_MS), Err(InternalError::UnknownKey));
    for malformed in ["", "v1", "v1.s2.e30.AA", &format!("{value}.x"), &"a".repeat(5_000)] {
        assert_eq!(verify(&shop, malformed, NOW_MS), Err(InternalError::Malformed), "{malformed}");
    }
    assert_eq!(internal::verify(&value, NOW_MS, "POST", TURNS, &NoKeys), Err(InternalError::Unavailable));
}

#[test]
fn a_session_cookie_is_no_internal_header_even_under_the_same_key() {
    let shop = Shop::open();
    assert_eq!(verify(&shop, &shop.cookie(&guest()), NOW_MS), Err(InternalError::Forged));
    let header = sign(&shop, &claims());
    assert_eq!(session::verify(&header, NOW_S, &shop.keys), Err(session::SessionError::Forged));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(value in "\\PC*") {
        proptest::prop_assert!(verify(&Shop::open(), &value, NOW_MS).is_err());
    }
}
