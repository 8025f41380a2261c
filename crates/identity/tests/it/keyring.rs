//! Keys in a host: how they are loaded, and what they verify. The signatures are those of the RFCs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity::jwt::Algorithm;
use identity::keyring::{KeyConfig, Keyring, KeyringError, Source};
use identity::{Allowed, KeyError, Keys};
use serde_json::{Value, json};

/// RFC 7515 A.1.1.
const RFC_SECRET: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const RFC_TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct Vector {
    algorithm: Algorithm,
    jwk: Value,
    pem: String,
    signed: String,
    signature: Vec<u8>,
}

/// RS256, ES256 and EdDSA.
fn vectors() -> [Vector; 3] {
    let read: [Value; 3] = serde_json::from_str(include_str!("../fixtures/rfc-signatures.json")).unwrap();
    read.map(|vector| {
        let (signed, signature) = vector["token"].as_str().unwrap().rsplit_once('.').unwrap();
        Vector {
            algorithm: vector["algorithm"].as_str().unwrap().parse().unwrap(),
            jwk: vector["jwk"].clone(),
            pem: vector["pem"].as_str().unwrap().to_owned(),
            signed: signed.to_owned(),
            signature: URL_SAFE_NO_PAD.decode(signature).unwrap(),
        }
    })
}

fn load(configs: &Value) -> Result<Keyring, KeyringError> {
    let configs: Vec<KeyConfig> = serde_json::from_value(configs.clone()).unwrap();
    Keyring::load(&configs, &mut |source| panic!("{source:?} was read"))
}

fn secret(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

#[test]
fn the_hmac_of_the_rfc_is_made_and_verified() {
    let secret = STANDARD.encode(URL_SAFE_NO_PAD.decode(RFC_SECRET).unwrap());
    let ring = load(&json!([{ "name": "k", "algorithm": "HS256", "secret_base64": secret }])).unwrap();
    let (signed, signature) = RFC_TOKEN.rsplit_once('.').unwrap();
    let mac = ring.mac("k", signed.as_bytes()).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(&mac), signature);
    assert_eq!(ring.verify("k", "HS256", signed.as_bytes(), &mac), Ok(true));
}

#[test]
fn the_signatures_of_the_rfcs_are_verified_with_keys_in_either_form() {
    for vector in vectors() {
        let forms = [
            json!({ "name": "k", "algorithm": vector.algorithm, "public_key_jwk": vector.jwk }),
            json!({ "name": "k", "algorithm": vector.algorithm, "public_key_pem": vector.pem }),
        ];
        for form in forms {
            let ring = load(&json!([form])).unwrap();
            let verify = |message: &[u8], signature: &[u8]| {
                ring.verify("k", vector.algorithm.as_str(), message, signature).unwrap()
            };
            assert!(verify(vector.signed.as_bytes(), &vector.signature), "{}", vector.algorithm);
            assert!(!verify(b"another message", &vector.signature));
            assert!(!verify(vector.signed.as_bytes(), b""));
            assert!(!verify(vector.signed.as_bytes(), &vector.signature[1..]));
            let mut changed = vector.signature.clone();
            changed[20] ^= 1;
            assert!(!verify(vector.signed.as_bytes(), &changed));
        }
    }
}

#[test]
fn a_key_is_for_its_algorithm_and_no_other() {
    let mut configs = vec![json!({ "name": "HS256", "algorithm": "HS256", "secret_base64": secret(1) })];
    configs.extend(
        vectors()
            .iter()
            .map(|v| json!({ "name": v.algorithm, "algorithm": v.algorithm, "public_key_jwk": v.jwk })),
    );
    let ring = load(&json!(configs)).unwrap();
    for name in Algorithm::ALL {
        assert_eq!(ring.algorithm(name.as_str()), Some(*name));
        for algorithm in Algorithm::ALL.iter().filter(|algorithm| *algorithm != name) {
            let verified = ring.verify(name.as_str(), algorithm.as_str(), b"m", b"s");
            assert_eq!(verified, Err(KeyError::WrongAlgorithm), "{name} as {algorithm}");
        }
        assert_eq!(ring.mac(name.as_str(), b"m").is_ok(), *name == Algorithm::Hs256, "{name}");
    }
    assert_eq!(ring.verify("HS256", "none", b"m", b""), Err(KeyError::WrongAlgorithm));
    assert_eq!(ring.verify("k9", "HS256", b"m", b""), Err(KeyError::Unknown));
    assert_eq!(ring.mac("k9", b"m"), Err(KeyError::Unknown));
}

#[test]
fn keys_rotate_while_old_ones_still_verify() {
    let ring = load(&json!([
        { "name": "s1", "algorithm": "HS256", "secret_base64": secret(1) },
        { "name": "s2", "algorithm": "HS256", "secret_base64": secret(2), "signing": true },
    ]))
    .unwrap();
    assert_eq!(ring.signing(), Some("s2"));
    assert_eq!(ring.names().collect::<Vec<_>>(), ["s1", "s2"]);
    let old = ring.mac("s1", b"m").unwrap();
    assert_eq!(ring.verify("s1", "HS256", b"m", &old), Ok(true));
    assert_eq!(ring.verify("s2", "HS256", b"m", &old), Ok(false));
}

#[test]
fn files_and_variables_are_read_by_whoever_loads() {
    let [rsa, ..] = vectors();
    let configs: Vec<KeyConfig> = serde_json::from_value(json!([
        { "name": "file", "algorithm": "HS256", "secret_file": "/run/secrets/s1" },
        { "name": "env", "algorithm": "HS256", "secret_env": "SESSION_KEY" },
        { "name": "public", "algorithm": "RS256", "public_key_file": "login.pem" },
    ]))
    .unwrap();
    let ring = Keyring::load(&configs, &mut |source| {
        Ok(match source {
            Source::File("/run/secrets/s1") => format!("{}\n", secret(1)).into_bytes(),
            Source::Env("SESSION_KEY") => secret(2).into_bytes(),
            Source::File("login.pem") => rsa.pem.clone().into_bytes(),
            other => return Err(format!("no {other:?}").into()),
        })
    })
    .unwrap();
    assert_eq!(ring.names().collect::<Vec<_>>(), ["env", "file", "public"]);
    let plain = load(&json!([{ "name": "k", "algorithm": "HS256", "secret_base64": secret(1) }])).unwrap();
    assert_eq!(ring.mac("file", b"m"), plain.mac("k", b"m"));
}

#[test]
fn a_source_that_cannot_be_read_is_named_with_its_cause() {
    let configs: Vec<KeyConfig> =
        serde_json::from_value(json!([{ "name": "s1", "algorithm": "HS256", "secret_file": "gone" }]))
            .unwrap();
    let error = Keyring::load(&configs, &mut |_| Err("no such file".into())).unwrap_err();
    assert_eq!(error.to_string(), "keys[0] (s1).secret_file: it could not be read");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no such file");
}

#[test]
fn a_key_that_cannot_be_is_named_with_its_setting() {
    let [rsa, p256, ed25519] = vectors();
    let short_rsa = json!({ "kty": "RSA", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([0xff; 128]) });
    let even = |mut jwk: Value| {
        jwk["e"] = json!("AQAA");
        jwk
    };
    let with = |mut jwk: Value, name: &str, value: &str| {
        jwk[name] = json!(value);
        jwk
    };
    for (config, setting) in [
        (json!({ "algorithm": "HS256" }), "secret_file"),
        (json!({ "algorithm": "HS256", "secret_base64": STANDARD.encode([1; 31]) }), "secret_base64"),
        (json!({ "algorithm": "HS256", "secret_base64": "not base64" }), "secret_base64"),
        (json!({ "algorithm": "HS256", "secret_base64": secret(1), "secret_env": "X" }), "secret_base64"),
        (json!({ "algorithm": "HS256", "public_key_pem": rsa.pem }), "public_key_pem"),
        (json!({ "algorithm": "RS256", "secret_base64": secret(1) }), "secret_base64"),
        (json!({ "algorithm": "RS256", "public_key_pem": "-----BEGIN PRIVATE KEY-----" }), "public_key_pem"),
        (json!({ "algorithm": "RS256", "public_key_pem": p256.pem }), "public_key_pem"),
        (json!({ "algorithm": "ES256", "public_key_pem": ed25519.pem }), "public_key_pem"),
        (json!({ "algorithm": "EdDSA", "public_key_pem": rsa.pem }), "public_key_pem"),
        (json!({ "algorithm": "HS256", "public_key_jwk": rsa.jwk }), "public_key_jwk"),
        (json!({ "algorithm": "ES256", "public_key_jwk": rsa.jwk }), "public_key_jwk"),
        (json!({ "algorithm": "RS256", "public_key_jwk": short_rsa }), "public_key_jwk"),
        (json!({ "algorithm": "RS256", "public_key_jwk": even(rsa.jwk.clone()) }), "public_key_jwk"),
        (
            json!({ "algorithm": "RS256", "public_key_jwk": with(rsa.jwk.clone(), "d", "AQ") }),
            "public_key_jwk",
        ),
        (
            json!({ "algorithm": "RS256", "public_key_jwk": with(rsa.jwk.clone(), "use", "enc") }),
            "public_key_jwk",
        ),
        (
            json!({ "algorithm": "RS256", "public_key_jwk": with(rsa.jwk.clone(), "alg", "RS512") }),
            "public_key_jwk",
        ),
        (
            json!({ "algorithm": "ES256", "public_key_jwk": with(p256.jwk.clone(), "crv", "P-384") }),
            "public_key_jwk",
        ),
        (
            json!({ "algorithm": "ES256", "public_key_jwk": with(p256.jwk.clone(), "y", "AQ") }),
            "public_key_jwk",
        ),
        (
            json!({ "algorithm": "EdDSA", "public_key_jwk": with(ed25519.jwk.clone(), "x", "AQ") }),
            "public_key_jwk",
        ),
        (json!({ "algorithm": "RS256", "public_key_jwk": rsa.jwk, "signing": true }), "signing"),
        (json!({ "algorithm": "HS256", "secret_base64": secret(1), "name": "a b" }), "name"),
    ] {
        let mut config = config;
        if config.get("name").is_none() {
            config["name"] = json!("k");
        }
        let error = load(&json!([config])).unwrap_err();
        let name = config["name"].as_str().unwrap();
        assert_eq!(error.key, format!("keys[0] ({name}).{setting}"), "{config}: {error}");
    }
}

#[test]
fn two_keys_share_neither_a_name_nor_the_signing() {
    let key = |name: &str| json!({ "name": name, "algorithm": "HS256", "secret_base64": secret(1), "signing": true });
    assert_eq!(load(&json!([key("a"), key("a")])).unwrap_err().key, "keys[1] (a).name");
    assert_eq!(load(&json!([key("a"), key("b")])).unwrap_err().key, "keys[1] (b).signing");
}

#[test]
fn unknown_settings_and_algorithms_are_refused() {
    for config in [
        json!({ "name": "k", "algorithm": "HS256", "secret": "x" }),
        json!({ "name": "k", "algorithm": "none" }),
        json!({ "name": "k" }),
    ] {
        assert!(serde_json::from_value::<KeyConfig>(config.clone()).is_err(), "{config}");
    }
}

#[test]
fn material_is_never_shown() {
    let config = json!({ "name": "k", "algorithm": "HS256", "secret_base64": secret(0x5a) });
    let parsed: KeyConfig = serde_json::from_value(config.clone()).unwrap();
    let ring = load(&json!([config])).unwrap();
    for shown in [format!("{parsed:?}"), format!("{ring:?}"), format!("{ring:#?}")] {
        assert!(!shown.contains("Wlpa") && !shown.contains("5a5a") && !shown.contains("90, 90"), "{shown}");
    }
    assert_eq!(format!("{ring:?}"), "Keyring { keys: {\"k\": Hs256}, signing: None }");
}

#[test]
fn a_short_secret_is_refused_in_code_as_well() {
    let error = Keyring::default().with_secret("k", &[0; 31]).unwrap_err();
    assert_eq!(error.to_string(), "k: the secret has to have 32 bytes or more");
}

#[test]
fn of_the_allowed_keys_the_others_are_unknown() {
    let ring = Keyring::default().with_secret("a", &[1; 32]).unwrap().with_secret("b", &[2; 32]).unwrap();
    let names = ["a".to_owned()];
    let allowed = Allowed::new(&names, &ring);
    assert_eq!(allowed.mac("a", b"m"), ring.mac("a", b"m"));
    assert_eq!(allowed.mac("b", b"m"), Err(KeyError::Unknown));
    let mac = ring.mac("b", b"m").unwrap();
    assert_eq!(allowed.verify("b", "HS256", b"m", &mac), Err(KeyError::Unknown));
}

#[test]
fn a_text_alone_says_what_key_it_is() {
    for vector in vectors() {
        let config = KeyConfig::of_text("k", vector.pem.clone());
        assert_eq!(config.algorithm, vector.algorithm);
        let ring = Keyring::load(&[config], &mut |_| Err("nothing is read".into())).unwrap();
        let verified =
            ring.verify("k", vector.algorithm.as_str(), vector.signed.as_bytes(), &vector.signature);
        assert_eq!(verified, Ok(true));
    }
    let config = KeyConfig::of_text("k", secret(3));
    assert_eq!(config.algorithm, Algorithm::Hs256);
    assert!(Keyring::load(&[config], &mut |_| Err("nothing is read".into())).is_ok());
    let short = KeyConfig::of_text("k", "c2hvcnQ=".to_owned());
    assert!(Keyring::load(&[short], &mut |_| Err("nothing is read".into())).is_err());
}

#[test]
fn a_ring_takes_over_the_keys_of_another() {
    let mut ring = Keyring::default().with_secret("first", &[1; 32]).unwrap();
    ring.absorb(Keyring::default().with_secret("second", &[2; 32]).unwrap());
    assert_eq!(ring.names().collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(ring.signing(), Some("first"));
}
