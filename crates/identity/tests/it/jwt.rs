//! Bearer tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::jwt::{self, Algorithm, Settings, TokenClaims, TokenError};
use identity::{Keys, Tier};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::shop::{NOW_S, NoKeys, Shop, claims_with, keys};

fn verify(shop: &Shop, token: &str) -> Result<TokenClaims, TokenError> {
    jwt::verify(token, shop.bearer(), NOW_S, &shop.keys)
}

fn with_claims(changes: &Value) -> Result<TokenClaims, TokenError> {
    let shop = Shop::open();
    verify(&shop, &shop.token_with(changes))
}

/// A token with this header, written as it stands, and a signature that fits.
fn with_header(header: &str) -> Result<TokenClaims, TokenError> {
    let shop = Shop::open();
    verify(&shop, &signed(&shop, header, &claims_with(&json!({})).to_string()))
}

fn signed(shop: &Shop, header: &str, payload: &str) -> String {
    let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let input = format!("{}.{}", b64(header.as_bytes()), b64(payload.as_bytes()));
    let signature = shop.keys.mac("t1", input.as_bytes()).unwrap();
    format!("{input}.{}", b64(&signature))
}

#[test]
fn a_genuine_token_says_who_signed_in() {
    let claims = with_claims(&json!({})).unwrap();
    let expected = TokenClaims {
        subject: "yuki".into(),
        tier: Tier::Customer,
        scopes: Vec::new(),
        expires_at: NOW_S + 3_600,
    };
    assert_eq!(claims, expected);
}

#[test]
fn scopes_come_from_scope_or_from_scp() {
    for (changes, scopes) in [
        (json!({ "scope": "a b" }), vec!["a", "b"]),
        (json!({ "scope": "  a " }), vec!["a"]),
        (json!({ "scope": "" }), vec![]),
        (json!({ "scp": "a b" }), vec!["a", "b"]),
        (json!({ "scp": ["a", "b"] }), vec!["a", "b"]),
        (json!({ "scope": "a", "scp": ["b"] }), vec!["a"]),
    ] {
        assert_eq!(with_claims(&changes).unwrap().scopes, scopes, "{changes}");
    }
}

#[test]
fn the_tier_is_the_claims_or_customer() {
    assert_eq!(with_claims(&json!({ "tier": "developer" })).unwrap().tier, Tier::Developer);
    assert_eq!(with_claims(&json!({ "tier": "customer" })).unwrap().tier, Tier::Customer);
}

#[test]
fn no_token_speaks_for_a_guest() {
    for changes in [
        json!({ "tier": "guest" }),
        json!({ "sub": "guest:a" }),
        json!({ "tier": "guest", "sub": "guest:a" }),
    ] {
        assert_eq!(with_claims(&changes), Err(TokenError::Malformed), "{changes}");
    }
}

#[test]
fn the_issuer_is_the_one_that_is_configured() {
    for iss in [json!("https://login.example/"), json!("https://evil.example"), Value::Null] {
        assert_eq!(with_claims(&json!({ "iss": iss })), Err(TokenError::WrongIssuer), "{iss}");
    }
}

#[test]
fn one_of_the_audiences_is_ours() {
    assert!(with_claims(&json!({ "aud": ["shop", "mangaassist"] })).is_ok());
    for aud in [json!("shop"), json!([]), json!(["shop"]), Value::Null] {
        assert_eq!(with_claims(&json!({ "aud": aud })), Err(TokenError::WrongAudience), "{aud}");
    }
}

#[test]
fn a_token_ends_with_its_time_and_the_leeway() {
    assert!(with_claims(&json!({ "exp": NOW_S - 29 })).is_ok());
    assert_eq!(with_claims(&json!({ "exp": NOW_S - 30 })), Err(TokenError::Expired));
    assert_eq!(with_claims(&json!({ "exp": 0 })), Err(TokenError::Expired));
    assert_eq!(with_claims(&json!({ "exp": null })), Err(TokenError::Malformed));
}

#[test]
fn a_token_in_its_leeway_makes_a_principal_that_is_still_live() {
    let principal = with_claims(&json!({ "exp": NOW_S - 10 })).unwrap().into_principal();
    assert!(principal.is_live(NOW_S));
    assert!(!principal.is_live(NOW_S + 1));
}

#[test]
fn a_token_of_the_future_is_not_valid_yet() {
    for name in ["nbf", "iat"] {
        assert!(with_claims(&json!({ name: NOW_S + 30 })).is_ok(), "{name}");
        assert_eq!(with_claims(&json!({ name: NOW_S + 31 })), Err(TokenError::NotYetValid), "{name}");
    }
}

#[test]
fn a_date_may_have_a_fraction_and_nothing_else() {
    assert_eq!(with_claims(&json!({ "exp": 1_800_000_060.75 })).unwrap().expires_at, NOW_S + 60);
    for exp in [json!(-1), json!("1800000060"), json!(1e300), json!(true), json!([])] {
        assert_eq!(with_claims(&json!({ "exp": exp })), Err(TokenError::Malformed), "{exp}");
    }
    assert!(with_claims(&json!({ "exp": u64::MAX })).is_ok());
}

#[test]
fn claims_of_a_wrong_type_or_over_their_bound_are_malformed() {
    for changes in [
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "sub": 7 }),
        json!({ "sub": "a\nb" }),
        json!({ "sub": "a".repeat(257) }),
        json!({ "scope": ["a"] }),
        json!({ "scope": "a ".repeat(33) }),
        json!({ "scope": "a".repeat(129) }),
        json!({ "scp": ["a b"] }),
        json!({ "tier": "admin" }),
        json!({ "aud": { "a": 1 } }),
    ] {
        assert_eq!(with_claims(&changes), Err(TokenError::Malformed), "{changes}");
    }
}

#[test]
fn a_claim_that_comes_twice_is_malformed() {
    let shop = Shop::open();
    let payload = claims_with(&json!({})).to_string().replacen('{', "{\"sub\":\"ken\",", 1);
    let token = signed(&shop, r#"{"alg":"HS256","kid":"t1"}"#, &payload);
    assert_eq!(verify(&shop, &token), Err(TokenError::Malformed));
}

#[test]
fn the_header_is_read_strictly() {
    for header in [
        r#"{"alg":"HS256","kid":"t1"}"#,
        r#"{"alg":"HS256","kid":"t1","typ":"JWT"}"#,
        r#"{"alg":"HS256","kid":"t1","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","kid":"t1","typ":"application/at+JWT"}"#,
        r#"{"alg":"HS256","kid":"t1","x5t":"ignored"}"#,
    ] {
        assert!(with_header(header).is_ok(), "{header}");
    }
    for (header, error) in [
        (r#"{"alg":"none","kid":"t1"}"#, TokenError::Unsupported),
        (r#"{"alg":"None","kid":"t1"}"#, TokenError::Unsupported),
        (r#"{"alg":"","kid":"t1"}"#, TokenError::Unsupported),
        (r#"{"alg":"hs256","kid":"t1"}"#, TokenError::Unsupported),
        (r#"{"alg":"HS512","kid":"t1"}"#, TokenError::Unsupported),
        // Known, and not allowed by these settings.
        (r#"{"alg":"RS256","kid":"t1"}"#, TokenError::Unsupported),
        (r#"{"alg":"HS256","kid":"t1","crit":["exp"]}"#, TokenError::Unsupported),
        (r#"{"alg":"HS256","kid":"t1","typ":"dpop+jwt"}"#, TokenError::Unsupported),
        (r#"{"alg":"HS256","kid":"t1","typ":"JOSE"}"#, TokenError::Unsupported),
        (r#"{"alg":"HS256"}"#, TokenError::UnknownKey),
        (r#"{"alg":"HS256","kid":"t9"}"#, TokenError::UnknownKey),
        // A key that the host has, for something else.
        (r#"{"alg":"HS256","kid":"s2"}"#, TokenError::UnknownKey),
        (r#"{"alg":"HS256","kid":""}"#, TokenError::Malformed),
        (r#"{"alg":"HS256","kid":"a b"}"#, TokenError::Malformed),
        (r#"{"alg":"HS256","kid":7}"#, TokenError::Malformed),
        (r#"{"kid":"t1"}"#, TokenError::Malformed),
        (r#"{"alg":"none","alg":"HS256","kid":"t1"}"#, TokenError::Malformed),
        (r#"{"alg":"HS256","kid":"t1""#, TokenError::Malformed),
        ("[]", TokenError::Malformed),
        ("", TokenError::Malformed),
    ] {
        assert_eq!(with_header(header), Err(error), "{header}");
    }
}

#[test]
fn a_token_that_names_no_key_may_have_a_default_one() {
    let mut shop = Shop::open();
    shop.settings.bearer.as_mut().unwrap().default_key = Some("t1".to_owned());
    let token = signed(&shop, r#"{"alg":"HS256"}"#, &claims_with(&json!({})).to_string());
    assert!(verify(&shop, &token).is_ok());
}

#[test]
fn a_public_key_is_never_a_secret() {
    // The classic: a token signed with HS256, the key an RSA key that its host binds to RS256.
    struct Bound;
    impl Keys for Bound {
        fn mac(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, identity::KeyError> {
            Err(identity::KeyError::WrongAlgorithm)
        }
        fn verify(&self, _: &str, alg: &str, _: &[u8], _: &[u8]) -> Result<bool, identity::KeyError> {
            if alg == "RS256" { Ok(true) } else { Err(identity::KeyError::WrongAlgorithm) }
        }
    }
    let shop = Shop::open();
    let settings = Settings { algorithms: Algorithm::ALL.to_vec(), ..shop.bearer().clone() };
    let token = shop.token("yuki");
    assert_eq!(jwt::verify(&token, &settings, NOW_S, &Bound), Err(TokenError::Unsupported));
}

#[test]
fn the_signature_is_the_keys() {
    let shop = Shop::open();
    let forged = jwt::sign_hs256(&claims_with(&json!({})), "t1", &keys(100)).unwrap();
    assert_eq!(verify(&shop, &forged), Err(TokenError::BadSignature));
    let token = shop.token("yuki");
    let (unsigned, _) = token.rsplit_once('.').unwrap();
    assert_eq!(verify(&shop, &format!("{unsigned}.")), Err(TokenError::BadSignature));
    assert_eq!(jwt::verify(&token, shop.bearer(), NOW_S, &NoKeys), Err(TokenError::Unavailable));
}

#[test]
fn the_signature_is_checked_before_the_claims() {
    let shop = Shop::open();
    let expired = jwt::sign_hs256(&claims_with(&json!({ "exp": 1 })), "t1", &keys(100)).unwrap();
    assert_eq!(verify(&shop, &expired), Err(TokenError::BadSignature));
}

#[test]
fn what_is_not_three_parts_of_base64url_is_malformed() {
    let shop = Shop::open();
    let token = shop.token("yuki");
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        format!("{token}.x"),
        format!("{token}="),
        format!(" {token}"),
        token.replace('.', ".."),
        "a".repeat(jwt::TOKEN_BYTES_MAX + 1),
        format!("{token}{}", "A".repeat(jwt::TOKEN_BYTES_MAX)),
    ] {
        assert_eq!(verify(&shop, &bad), Err(TokenError::Malformed), "{bad}");
    }
}

#[test]
fn settings_that_cannot_work_are_named() {
    let shop = Shop::open();
    let good = shop.bearer();
    assert_eq!(good.validate("bearer"), Ok(()));
    for (settings, key) in [
        (Settings { issuer: String::new(), ..good.clone() }, "bearer.issuer"),
        (Settings { audiences: vec![String::new()], ..good.clone() }, "bearer.audiences"),
        (Settings { algorithms: Vec::new(), ..good.clone() }, "bearer.algorithms"),
        (Settings { keys: Vec::new(), ..good.clone() }, "bearer.keys"),
        (Settings { default_key: Some("t9".to_owned()), ..good.clone() }, "bearer.default_key"),
        (Settings { leeway_s: 301, ..good.clone() }, "bearer.leeway_s"),
    ] {
        assert_eq!(settings.validate("bearer").unwrap_err().key, key);
    }
    let none = r#"{"issuer":"i","audiences":["a"],"algorithms":["none"],"keys":["k"]}"#;
    assert!(serde_json::from_str::<Settings>(none).is_err());
}

proptest! {
    #[test]
    fn changing_any_character_breaks_it(place in 0usize..10_000, replacement in "[A-Za-z0-9_.-]") {
        let shop = Shop::open();
        let token = shop.token("yuki");
        let mut changed = token.clone();
        let place = place % token.len();
        changed.replace_range(place..=place, &replacement);
        prop_assume!(changed != token);
        prop_assert!(verify(&shop, &changed).is_err(), "{changed} was taken");
    }

    #[test]
    fn no_claims_make_it_panic(payload in "\\PC*", name in "iss|aud|sub|exp|nbf|iat|scope|scp|tier", number: f64) {
        let shop = Shop::open();
        let _ = verify(&shop, &signed(&shop, r#"{"alg":"HS256","kid":"t1"}"#, &payload));
        let _ = verify(&shop, &shop.token_with(&json!({ name: number })));
        prop_assert!(verify(&shop, &payload).is_err());
    }
}
