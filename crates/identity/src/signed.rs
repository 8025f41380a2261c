//! `v1.<kid>.<payload>.<mac>`: the form that the session cookie and the internal header share.
//!
//! The MAC covers a purpose as well as the text, so a value made for one purpose is forged for every other, even under the
//! same key. It is checked before the payload is parsed.

use crate::{KeyError, Keys, b64};

const VERSION: &str = "v1";
/// Longest name of a key, in bytes.
const KID_BYTES_MAX: usize = 64;
/// Length of an HMAC-SHA256 in base64url.
const MAC_CHARS: usize = 43;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    Malformed,
    Forged,
    Key(KeyError),
}

pub(crate) fn seal(purpose: &str, payload: &[u8], kid: &str, keys: &dyn Keys) -> Result<String, KeyError> {
    if !kid_is_valid(kid) {
        return Err(KeyError::Unknown);
    }
    let mut value = format!("{VERSION}.{kid}.{}", b64::encode(payload));
    let mac = keys.mac(kid, &message(purpose, &value))?;
    value.push('.');
    value.push_str(&b64::encode(&mac));
    Ok(value)
}

/// The payload, when the value is genuine.
pub(crate) fn open(
    purpose: &str,
    value: &str,
    value_bytes_max: usize,
    keys: &dyn Keys,
) -> Result<Vec<u8>, OpenError> {
    if value.len() > value_bytes_max {
        return Err(OpenError::Malformed);
    }
    let (signed, mac) = value.rsplit_once('.').ok_or(OpenError::Malformed)?;
    let mut parts = signed.split('.');
    let (Some(VERSION), Some(kid), Some(payload), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(OpenError::Malformed);
    };
    if !kid_is_valid(kid) || mac.len() != MAC_CHARS {
        return Err(OpenError::Malformed);
    }
    let mac = b64::decode(mac).ok_or(OpenError::Malformed)?;
    let payload = b64::decode(payload).ok_or(OpenError::Malformed)?;
    match keys.verify(kid, "HS256", &message(purpose, signed), &mac) {
        Ok(true) => Ok(payload),
        Ok(false) => Err(OpenError::Forged),
        Err(error) => Err(OpenError::Key(error)),
    }
}

fn message(purpose: &str, signed: &str) -> Vec<u8> {
    // A NUL is in no purpose and in no signed text: the two cannot run into each other.
    [purpose.as_bytes(), b"\0", signed.as_bytes()].concat()
}

fn kid_is_valid(kid: &str) -> bool {
    (1..=KID_BYTES_MAX).contains(&kid.len())
        && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
