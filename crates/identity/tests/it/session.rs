//! The session cookie's value.

use identity::session::{self, SessionClaims, SessionError, VALUE_BYTES_MAX};
use identity::{KeyError, Keys, SCOPE_BYTES_MAX, SUBJECT_BYTES_MAX, Tier};
use proptest::prelude::*;

use crate::shop::{NOW_S, NoKeys, Shop, customer, expired, guest, keys};

fn verify(shop: &Shop, value: &str) -> Result<SessionClaims, SessionError> {
    session::verify(value, NOW_S, &shop.keys)
}

#[test]
fn what_was_minted_is_verified() {
    let shop = Shop::open();
    for claims in [guest(), customer("yuki"), customer("ゆき")] {
        assert_eq!(verify(&shop, &shop.cookie(&claims)), Ok(claims));
    }
}

#[test]
fn the_value_is_written_as_documented() {
    let shop = Shop::open();
    let value = shop.cookie(&guest());
    // Browsers keep these over releases: a change here needs a v2.
    assert_eq!(
        value,
        concat!(
            "v1.s2.",
            "eyJzaWQiOiJndWVzdC0xIiwic3ViIjoiZ3Vlc3Q6Z3Vlc3QtMSIsInRpZXI",
            "iOiJndWVzdCIsImlhdCI6MTc5OTk5NjQwMCwiZXhwIjoxODAwMDgyODAwfQ",
            ".2KgfSvpZ9FlY4MdLjOQHOrEw46k-TmvYjbyBtwop2ZA"
        )
    );
}

#[test]
fn a_session_ends_at_its_second() {
    let shop = Shop::open();
    let value = shop.cookie(&guest());
    let exp = guest().exp;
    assert!(session::verify(&value, exp - 1, &shop.keys).is_ok());
    assert_eq!(session::verify(&value, exp, &shop.keys), Err(SessionError::Expired));
}

#[test]
fn errors_are_kept_apart() {
    let shop = Shop::open();
    assert_eq!(verify(&shop, &shop.cookie(&expired(guest()))), Err(SessionError::Expired));
    assert_eq!(verify(&shop, &session::mint(&guest(), &keys(100), "s2").unwrap()), Err(SessionError::Forged));
    assert_eq!(verify(&shop, "v1.s2.e30"), Err(SessionError::Malformed));
    let unknown = shop.cookie(&guest()).replace(".s2.", ".s9.");
    assert_eq!(verify(&shop, &unknown), Err(SessionError::UnknownKey));
    assert_eq!(session::verify(&shop.cookie(&guest()), NOW_S, &NoKeys), Err(SessionError::Unavailable));
}

#[test]
fn another_of_our_own_keys_is_not_the_one_that_is_named() {
    let shop = Shop::open();
    let moved = shop.cookie(&guest()).replace(".s2.", ".s1.");
    assert_eq!(verify(&shop, &moved), Err(SessionError::Forged));
}

#[test]
fn a_forged_session_is_forged_even_when_it_has_expired() {
    let shop = Shop::open();
    let forged = session::mint(&expired(guest()), &keys(100), "s2").unwrap();
    assert_eq!(verify(&shop, &forged), Err(SessionError::Forged));
}

#[test]
fn no_session_of_ours_calls_a_customer_a_guest_or_a_guest_a_customer() {
    let shop = Shop::open();
    for claims in [
        SessionClaims { tier: Tier::Customer, ..guest() },
        SessionClaims { sub: "guest:someone-else".to_owned(), ..guest() },
        SessionClaims { tier: Tier::Guest, ..customer("yuki") },
        SessionClaims { sid: String::new(), ..customer("yuki") },
        SessionClaims { sid: "a/b".to_owned(), ..customer("yuki") },
        customer("line\nbreak"),
    ] {
        assert_eq!(verify(&shop, &shop.cookie(&claims)), Err(SessionError::Malformed), "{claims:?}");
    }
}

#[test]
fn the_mac_of_a_session_is_the_mac_of_nothing_else() {
    let shop = Shop::open();
    let payload = shop.cookie(&guest()).split('.').nth(2).unwrap().to_owned();
    let signed = format!("v1.s2.{payload}");
    let bare = shop.keys.mac("s2", signed.as_bytes()).unwrap();
    // As it would be if the MAC did not cover what the value is for.
    let token = identity::jwt::sign_hs256(&serde_json::json!({}), "s2", &shop.keys).unwrap();
    let (_, mac) = token.rsplit_once('.').unwrap();
    assert_eq!(bare.len(), 32);
    assert_eq!(verify(&shop, &format!("{signed}.{mac}")), Err(SessionError::Forged));
}

#[test]
fn the_longest_claims_still_fit_in_a_cookie() {
    let shop = Shop::open();
    let claims = SessionClaims {
        sid: "s".repeat(session::ID_BYTES_MAX),
        // Each of these takes two bytes in JSON.
        sub: "\"".repeat(SUBJECT_BYTES_MAX),
        tier: Tier::Developer,
        scopes: vec!["x".repeat(SCOPE_BYTES_MAX); 4],
        iat: u64::MAX - 1,
        exp: u64::MAX,
    };
    let value = shop.cookie(&claims);
    assert!(value.len() < VALUE_BYTES_MAX, "{} bytes", value.len());
    assert_eq!(verify(&shop, &value), Ok(claims));
}

#[test]
fn a_value_over_the_bound_is_not_looked_at() {
    let value = format!("v1.s2.{}.{}", "A".repeat(VALUE_BYTES_MAX), "A".repeat(43));
    assert_eq!(session::verify(&value, NOW_S, &NoKeys), Err(SessionError::Malformed));
}

#[test]
fn a_key_name_that_would_break_the_form_does_not_sign() {
    let shop = Shop::open();
    for kid in ["", "a.b", "a b", "é", &"a".repeat(65)] {
        assert_eq!(session::mint(&guest(), &shop.keys, kid), Err(KeyError::Unknown), "{kid:?}");
    }
}

#[test]
fn ids_are_as_random_as_their_bytes() {
    assert_eq!(session::new_id([0; 16]), "AAAAAAAAAAAAAAAAAAAAAA");
    assert_ne!(session::new_id([0; 16]), session::new_id([1; 16]));
}

proptest! {
    #[test]
    fn changing_any_character_breaks_it(place in 0usize..1_000, replacement in "[A-Za-z0-9_.-]") {
        let shop = Shop::open();
        let value = shop.cookie(&customer("yuki"));
        let place = place % value.len();
        let mut changed = value.clone();
        changed.replace_range(place..=place, &replacement);
        prop_assume!(changed != value);
        prop_assert!(verify(&shop, &changed).is_err(), "{changed} was taken");
    }

    #[test]
    fn no_text_makes_it_panic(value in "\\PC*", dots in "v1\\.s2\\.[A-Za-z0-9_-]{0,80}\\.[A-Za-z0-9_-]{0,60}") {
        let shop = Shop::open();
        prop_assert!(verify(&shop, &value).is_err());
        prop_assert!(verify(&shop, &dots).is_err());
    }
}
