//! The session cookie's value: `v1.<kid>.<claims>.<mac>`. Signed, not encrypted: it holds nothing secret from its owner.

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use crate::cookie::{CookieError, PLAIN_NAME, SECURE_NAME, clear_cookie, find_cookie, name, set_cookie};
use crate::principal::{scopes_are_valid, subject_is_valid, tier_fits_subject};
use crate::signed::{self, OpenError};
use crate::{GUEST_PREFIX, KeyError, Keys, Principal, Tier, b64};

/// Longest cookie value, in bytes. Browsers keep 4,096 bytes a cookie; ours holds a subject and a few scopes.
pub const VALUE_BYTES_MAX: usize = 2_048;
/// How long a session lives at most: the 24 hours that the API promises a guest.
pub const LIFETIME_S: u64 = 24 * 60 * 60;
/// Longest session id, in bytes.
pub const ID_BYTES_MAX: usize = 64;

const PURPOSE: &str = "mangaassist session cookie";

/// What the cookie says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClaims {
    /// The session's id.
    pub sid: String,
    /// Whose session it is.
    pub sub: String,
    /// What kind of user that is.
    pub tier: Tier,
    /// What the token that the session was made from granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// When it was made, in seconds since the Unix epoch.
    pub iat: u64,
    /// From when on it is refused, in seconds since the Unix epoch.
    pub exp: u64,
}

impl SessionClaims {
    /// A guest's session, beginning now.
    #[must_use]
    pub fn guest(sid: String, now_s: u64) -> Self {
        let sub = format!("{GUEST_PREFIX}{sid}");
        Self {
            sid,
            sub,
            tier: Tier::Guest,
            scopes: Vec::new(),
            iat: now_s,
            exp: now_s.saturating_add(LIFETIME_S),
        }
    }

    /// A session for someone who signed in, beginning now. It ends with the credential at the latest.
    #[must_use]
    pub fn of(principal: &Principal, sid: String, now_s: u64) -> Self {
        Self {
            sid,
            sub: principal.subject.clone(),
            tier: principal.tier,
            scopes: principal.scopes.clone(),
            iat: now_s,
            exp: principal.expires_at.min(now_s.saturating_add(LIFETIME_S)),
        }
    }

    /// The principal that the session stands for.
    #[must_use]
    pub fn into_principal(self) -> Principal {
        Principal {
            subject: self.sub,
            tier: self.tier,
            scopes: self.scopes,
            session: Some(self.sid),
            expires_at: self.exp,
            upgraded_from: None,
        }
    }

    fn is_consistent(&self) -> bool {
        id_is_valid(&self.sid)
            && subject_is_valid(&self.sub)
            && scopes_are_valid(&self.scopes)
            && tier_fits_subject(self.tier, &self.sub, Some(&self.sid))
    }
}

/// Why a session cookie does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SessionError {
    /// It was genuine; its time is over.
    #[error("the session has expired")]
    Expired,
    /// The MAC is not that of the key that it names.
    #[error("the session cookie is not genuine")]
    Forged,
    /// It is not written as a session cookie.
    #[error("the session cookie is malformed")]
    Malformed,
    /// It names a key that is not, or no longer, in use for sessions.
    #[error("the session cookie names an unknown key")]
    UnknownKey,
    /// The keys could not be asked.
    #[error("the session could not be verified")]
    Unavailable,
}

impl SessionError {
    /// A stable word for the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "session_expired",
            Self::Forged => "session_forged",
            Self::Malformed => "session_malformed",
            Self::UnknownKey => "session_unknown_key",
            Self::Unavailable => "session_unavailable",
        }
    }
}

/// A new session id.
#[must_use]
pub fn new_id(random: [u8; 16]) -> String {
    b64::encode(&random)
}

/// The cookie's value for these claims.
///
/// # Errors
/// [`KeyError`], when the key cannot sign.
///
/// # Panics
/// Never: every claim has a JSON form.
pub fn mint(claims: &SessionClaims, keys: &dyn Keys, kid: &str) -> Result<String, KeyError> {
    let payload = serde_json::to_vec(claims).expect("every claim has a JSON form");
    signed::seal(PURPOSE, &payload, kid, keys)
}

/// The claims of a genuine, unexpired cookie value. Give it [`crate::Allowed`] keys: any of them may be named.
///
/// # Errors
/// [`SessionError`].
pub fn verify(value: &str, now_s: u64, keys: &dyn Keys) -> Result<SessionClaims, SessionError> {
    let payload = signed::open(PURPOSE, value, VALUE_BYTES_MAX, keys).map_err(|error| match error {
        OpenError::Malformed => SessionError::Malformed,
        OpenError::Forged => SessionError::Forged,
        OpenError::Key(KeyError::Unknown | KeyError::WrongAlgorithm) => SessionError::UnknownKey,
        OpenError::Key(_) => SessionError::Unavailable,
    })?;
    let claims: SessionClaims = serde_json::from_slice(&payload).map_err(|_| SessionError::Malformed)?;
    if !claims.is_consistent() {
        return Err(SessionError::Malformed);
    }
    if claims.exp <= now_s {
        return Err(SessionError::Expired);
    }
    Ok(claims)
}

pub(crate) fn id_is_valid(id: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
