//! Bearer tokens: a JSON Web Token (RFC 7519) in a compact JWS (RFC 7515), checked as RFC 8725 and RFC 9068 advise.
//!
//! Encrypted tokens, nested tokens and keys carried in the header (`jwk`, `x5u` …) are not supported: a token names a key that
//! the host already has.

mod claims;
mod header;
mod settings;

use thiserror::Error;

pub use claims::TokenClaims;
pub use settings::{Algorithm, Settings, SettingsError};

use crate::{KeyError, Keys, b64};
use claims::RawClaims;
use header::Header;

/// Longest token, in bytes. Servers take 8 KiB of headers at most; a token of a shop's login is well under 2 KiB.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not written as a token, or a claim is missing, mistyped or over its bound.
    #[error("the token is malformed")]
    Malformed,
    /// It asks for an algorithm, a type or an extension that is not allowed here.
    #[error("the token's algorithm or type is not supported")]
    Unsupported,
    /// It names a key that the host does not have for it.
    #[error("the token names an unknown key")]
    UnknownKey,
    /// The signature is not that of the key that it names.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// Its `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// Its `nbf` or `iat` is yet to come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It comes from another issuer.
    #[error("the token's issuer is not accepted")]
    WrongIssuer,
    /// It is meant for another audience.
    #[error("the token is for another audience")]
    WrongAudience,
    /// The keys could not be asked. The one error that is not the token's fault.
    #[error("the token could not be verified")]
    Unavailable,
}

impl TokenError {
    /// A stable word for the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::Unsupported => "token_unsupported",
            Self::UnknownKey => "token_unknown_key",
            Self::BadSignature => "token_bad_signature",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::WrongIssuer => "token_wrong_issuer",
            Self::WrongAudience => "token_wrong_audience",
            Self::Unavailable => "token_unavailable",
        }
    }
}

/// The claims of a genuine token that is valid now, here.
///
/// The signature is checked before a claim is looked at (RFC 7519 §7.2).
///
/// # Errors
/// [`TokenError`], the first that applies.
pub fn verify(
    token: &str,
    settings: &Settings,
    now_s: u64,
    keys: &dyn Keys,
) -> Result<TokenClaims, TokenError> {
    let parts = Parts::split(token)?;
    let header = Header::parse(parts.header)?;
    let algorithm = header.algorithm(settings)?;
    let kid = header.kid(settings)?;
    let signature = b64::decode(parts.signature).ok_or(TokenError::Malformed)?;
    let payload = b64::decode(parts.payload).ok_or(TokenError::Malformed)?;
    match keys.verify(kid, algorithm.as_str(), parts.signed.as_bytes(), &signature) {
        Ok(true) => {}
        Ok(false) => return Err(TokenError::BadSignature),
        Err(KeyError::Unknown) => return Err(TokenError::UnknownKey),
        Err(KeyError::WrongAlgorithm) => return Err(TokenError::Unsupported),
        Err(_) => return Err(TokenError::Unavailable),
    }
    RawClaims::parse(&payload)?.check(settings, now_s)
}

/// A token signed with a shared secret: for tests and the demonstration shop's login. `claims` is a JSON object.
///
/// # Errors
/// [`KeyError`], when the key cannot sign.
pub fn sign_hs256(claims: &serde_json::Value, kid: &str, keys: &dyn Keys) -> Result<String, KeyError> {
    let header = serde_json::json!({ "alg": "HS256", "kid": kid, "typ": "JWT" }).to_string();
    let mut token =
        format!("{}.{}", b64::encode(header.as_bytes()), b64::encode(claims.to_string().as_bytes()));
    let signature = keys.mac(kid, token.as_bytes())?;
    token.push('.');
    token.push_str(&b64::encode(&signature));
    Ok(token)
}

/// `header.payload.signature` (RFC 7515 §7.1).
struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if header.is_empty() || payload.is_empty() || payload.contains('.') {
            return Err(TokenError::Malformed);
        }
        Ok(Self { header, payload, signature, signed })
    }
}
