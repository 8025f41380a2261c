//! The JOSE header (RFC 7515 §4).

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Algorithm, Settings, TokenError};
use crate::b64;

/// Longest key id, in bytes. Identity providers use up to 64.
const KID_BYTES_MAX: usize = 128;

/// A member that occurs twice makes the header malformed (RFC 7515 §4), which serde's derived reader sees to.
#[derive(Deserialize)]
pub(super) struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

impl Header {
    pub(super) fn parse(text: &str) -> Result<Self, TokenError> {
        let json = b64::decode(text).ok_or(TokenError::Malformed)?;
        let header: Self = serde_json::from_slice(&json).map_err(|_| TokenError::Malformed)?;
        // An extension that we do not know and must understand (RFC 7515 §4.1.11): we know none.
        if header.crit.is_some() || !header.typ.as_deref().is_none_or(is_token_type) {
            return Err(TokenError::Unsupported);
        }
        Ok(header)
    }

    /// The algorithm, when the settings allow it. `none` is not an [`Algorithm`], so no setting can.
    pub(super) fn algorithm(&self, settings: &Settings) -> Result<Algorithm, TokenError> {
        self.alg
            .parse()
            .ok()
            .filter(|algorithm| settings.algorithms.contains(algorithm))
            .ok_or(TokenError::Unsupported)
    }

    /// The key that the token names, when the settings allow it.
    pub(super) fn kid<'a>(&'a self, settings: &'a Settings) -> Result<&'a str, TokenError> {
        let Some(kid) = self.kid.as_deref() else {
            return settings.default_key.as_deref().ok_or(TokenError::UnknownKey);
        };
        let printable = kid.bytes().all(|byte| byte.is_ascii_graphic());
        if kid.is_empty() || kid.len() > KID_BYTES_MAX || !printable {
            return Err(TokenError::Malformed);
        }
        if settings.keys.iter().any(|name| name == kid) { Ok(kid) } else { Err(TokenError::UnknownKey) }
    }
}

/// A signed token, or an access token (RFC 9068 §2.1); a media type's `application/` may be left out (RFC 7515 §4.1.9).
fn is_token_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
}
