//! Key material from its encodings: SubjectPublicKeyInfo in PEM (RFC 5280, RFC 7468) and JSON Web Keys (RFC 7517, RFC 8037).

use serde::Deserialize;

use super::arithmetic::HmacKey;
use super::config::unbase64;
use super::{Material, SECRET_BYTES_MIN};
use crate::b64;
use crate::jwt::Algorithm;

type Made = Result<Material, &'static str>;

pub(super) fn hmac(secret: &[u8]) -> Made {
    if secret.len() < SECRET_BYTES_MIN {
        return Err("the secret has to have 32 bytes or more");
    }
    Ok(Material::Hmac(HmacKey::new(secret)))
}

/// A public key as a JSON Web Key. Members that do not make the key are ignored (RFC 7517 §4), but one that says the
/// key is for something else is believed.
#[derive(Clone, Debug, Deserialize)]
pub struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// Present when someone pasted a private key.
    d: Option<serde::de::IgnoredAny>,
}

impl Jwk {
    pub(super) fn material(&self, algorithm: Algorithm) -> Made {
        if self.d.is_some() {
            return Err("this is a private key; only its public half belongs here");
        }
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err("the key is not for signatures");
        }
        if self.alg.as_deref().is_some_and(|alg| alg != algorithm.as_str()) {
            return Err("the key is for another algorithm");
        }
        let number = |text: &Option<String>| {
            text.as_deref().and_then(b64::decode).ok_or("a number of the key is missing or not base64url")
        };
        match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            (Algorithm::Rs256, "RSA", _) => rsa(&number(&self.n)?, &number(&self.e)?),
            (Algorithm::Es256, "EC", Some("P-256")) => {
                let (x, y) = (number(&self.x)?, number(&self.y)?);
                p256(&[&[POINT_UNCOMPRESSED], x.as_slice(), y.as_slice()].concat())
            }
            (Algorithm::EdDsa, "OKP", Some("Ed25519")) => ed25519(&number(&self.x)?),
            _ => Err(WRONG_TYPE),
        }
    }
}

const WRONG_TYPE: &str = "the key is of another type than its algorithm";

/// The first byte of an uncompressed point (SEC 1 §2.3.3).
const POINT_UNCOMPRESSED: u8 = 4;

fn rsa(n: &[u8], e: &[u8]) -> Made {
    let (n, e) = (unsigned(n), unsigned(e));
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if !(2_048..=8_192).contains(&bits) {
        return Err("an RSA key has to have 2048 to 8192 bits");
    }
    if e.is_empty() || e == [1] || e.last().is_some_and(|last| last % 2 == 0) {
        return Err("the RSA exponent has to be odd and greater than one");
    }
    Ok(Material::Rsa { n: n.to_vec(), e: e.to_vec() })
}

fn p256(point: &[u8]) -> Made {
    match <[u8; 65]>::try_from(point) {
        Ok(point) if point[0] == POINT_UNCOMPRESSED => Ok(Material::P256(point)),
        _ => Err("a P-256 key has to be an uncompressed point of 65 bytes"),
    }
}

fn ed25519(key: &[u8]) -> Made {
    key.try_into().map(Material::Ed25519).map_err(|_| "an Ed25519 key has to have 32 bytes")
}

/// The number without leading zeros.
fn unsigned(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

pub(super) fn from_pem(pem: &[u8], algorithm: Algorithm) -> Made {
    let text = str::from_utf8(pem).map_err(|_| NOT_PEM)?;
    let (_, rest) = text.split_once("-----BEGIN PUBLIC KEY-----").ok_or(NOT_PEM)?;
    let (body, _) = rest.split_once("-----END PUBLIC KEY-----").ok_or(NOT_PEM)?;
    let der = unbase64(body.as_bytes()).ok_or(NOT_PEM)?;
    from_spki(&der, algorithm)
}

/// The algorithm that a public key in PEM is for, by its kind; none when it is no such key.
pub(super) fn algorithm_of_pem(pem: &[u8]) -> Option<Algorithm> {
    let algorithms = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];
    algorithms.into_iter().find(|algorithm| from_pem(pem, *algorithm).is_ok())
}

const NOT_PEM: &str = "it is not a public key in PEM (-----BEGIN PUBLIC KEY-----)";
const NOT_SPKI: &str = "it is not a SubjectPublicKeyInfo";

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;

/// rsaEncryption with its NULL (RFC 3279 §2.3.1).
const RSA_ID: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
/// id-ecPublicKey on secp256r1 (RFC 5480 §2.1.1).
const P256_ID: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07,
];
/// id-Ed25519 (RFC 8410 §3).
const ED25519_ID: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

fn from_spki(der: &[u8], algorithm: Algorithm) -> Made {
    let (spki, rest) = element(der, SEQUENCE)?;
    let (id, after) = element(spki, SEQUENCE)?;
    let (bits, end) = element(after, BIT_STRING)?;
    // The first byte of a bit string counts unused bits; a key has none.
    let Some((0, key)) = bits.split_first() else { return Err(NOT_SPKI) };
    if !rest.is_empty() || !end.is_empty() {
        return Err(NOT_SPKI);
    }
    match (algorithm, id) {
        (Algorithm::Rs256, RSA_ID) => {
            let (numbers, rest) = element(key, SEQUENCE)?;
            let (n, after) = element(numbers, INTEGER)?;
            let (e, end) = element(after, INTEGER)?;
            if rest.is_empty() && end.is_empty() { rsa(n, e) } else { Err(NOT_SPKI) }
        }
        (Algorithm::Es256, P256_ID) => p256(key),
        (Algorithm::EdDsa, ED25519_ID) => ed25519(key),
        _ => Err(WRONG_TYPE),
    }
}

/// The content of the DER element at the start, and what follows it (X.690 §8.1, §10.1: definite lengths).
fn element(der: &[u8], tag: u8) -> Result<(&[u8], &[u8]), &'static str> {
    let (length, content) = match der {
        [found, _, ..] if *found != tag => return Err(NOT_SPKI),
        [_, length @ 0..=0x7f, content @ ..] => (usize::from(*length), content),
        [_, 0x81, length, content @ ..] => (usize::from(*length), content),
        [_, 0x82, high, low, content @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), content),
        _ => return Err(NOT_SPKI),
    };
    content.split_at_checked(length).ok_or(NOT_SPKI)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(der: Vec<u8>) {
            for algorithm in Algorithm::ALL {
                let _ = from_spki(&der, *algorithm);
                let _ = from_pem(&der, *algorithm);
            }
        }
    }
}
