//! The two arithmetics say the same of every signature, right or wrong. The right ones are those of the RFCs.

use serde_json::Value;

use super::{native, portable};
use crate::b64;

/// The bytes, and bytes that differ from them in a bit, in length and wholly.
fn and_wrong_ones(signature: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let mut cases = vec![(signature.to_vec(), true), (Vec::new(), false), (vec![0; signature.len()], false)];
    for place in [0, signature.len() / 2, signature.len() - 1] {
        let mut flipped = signature.to_vec();
        flipped[place] ^= 1;
        cases.push((flipped, false));
    }
    cases.push((signature[1..].to_vec(), false));
    cases.push(([signature, &[0]].concat(), false));
    cases
}

/// The key's numbers, the signed text and the signature of one algorithm.
fn vector(algorithm: &str) -> (impl Fn(&str) -> Vec<u8>, Vec<u8>, Vec<u8>) {
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../../tests/fixtures/rfc-signatures.json")).unwrap();
    let vector = vectors.into_iter().find(|vector| vector["algorithm"] == algorithm).unwrap();
    let (signed, signature) = vector["token"].as_str().unwrap().rsplit_once('.').unwrap();
    let (signed, signature) = (signed.as_bytes().to_vec(), b64::decode(signature).unwrap());
    let number = move |name: &str| b64::decode(vector["jwk"][name].as_str().unwrap()).unwrap();
    (number, signed, signature)
}

#[test]
fn a_mac_of_one_is_a_mac_of_the_other() {
    for secret in [vec![7; 32], vec![9; 200]] {
        let (ring, rust) = (native::HmacKey::new(&secret), portable::HmacKey::new(&secret));
        let mac = rust.sign(b"header.claims");
        assert_eq!(mac, ring.sign(b"header.claims"));
        for (mac, is_right) in and_wrong_ones(&mac) {
            assert_eq!(ring.verifies(b"header.claims", &mac), is_right);
            assert_eq!(rust.verifies(b"header.claims", &mac), is_right);
        }
    }
}

#[test]
fn rsa_is_the_same_in_both() {
    let (number, signed, signature) = vector("RS256");
    for (signature, is_right) in and_wrong_ones(&signature) {
        assert_eq!(native::rsa_verifies(&number("n"), &number("e"), &signed, &signature), is_right);
        assert_eq!(portable::rsa_verifies(&number("n"), &number("e"), &signed, &signature), is_right);
    }
    assert!(!portable::rsa_verifies(&[1; 256], &[2], &signed, &signature));
}

#[test]
fn p256_is_the_same_in_both() {
    let (number, signed, signature) = vector("ES256");
    let point = [&[4], number("x").as_slice(), number("y").as_slice()].concat().try_into().unwrap();
    for (signature, is_right) in and_wrong_ones(&signature) {
        assert_eq!(native::p256_verifies(&point, &signed, &signature), is_right);
        assert_eq!(portable::p256_verifies(&point, &signed, &signature), is_right);
    }
    assert!(!portable::p256_verifies(&[4; 65], &signed, &signature), "a point that is not on the curve");
}

#[test]
fn ed25519_is_the_same_in_both() {
    let (number, signed, signature) = vector("EdDSA");
    let key = number("x").try_into().unwrap();
    for (signature, is_right) in and_wrong_ones(&signature) {
        assert_eq!(native::ed25519_verifies(&key, &signed, &signature), is_right);
        assert_eq!(portable::ed25519_verifies(&key, &signed, &signature), is_right);
    }
    assert!(!portable::ed25519_verifies(&[0; 32], &signed, &[0; 64]), "a key of small order");
}
