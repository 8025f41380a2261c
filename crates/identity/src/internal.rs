//! The signed header of calls between the edge (or the Spin entry) and the origin: `v1.<kid>.<claims>.<mac>`.
//!
//! It says who is asking and for which request, once and briefly: it lives [`LIFETIME_MS`] and counts for one method and one
//! path. It does not cover the body, which travels on the same connection.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::principal::{scopes_are_valid, subject_is_valid, tier_fits_subject};
use crate::session::id_is_valid;
use crate::signed::{self, OpenError};
use crate::{KeyError, Keys, Principal, Tier};

/// Longest header value, in bytes.
pub const VALUE_BYTES_MAX: usize = 4 * 1024;
/// How long a header counts.
pub const LIFETIME_MS: u64 = 60_000;
/// How far the clocks of edge and origin may be apart.
pub const SKEW_MS: u64 = 5_000;

const PURPOSE: &str = "mangaassist internal header";

/// What the header says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternalClaims {
    /// The principal's subject.
    pub sub: String,
    /// The principal's tier.
    pub tier: Tier,
    /// The principal's scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The session. Every internal call belongs to one.
    pub sid: String,
    /// The session that this one takes over from, on the call that upgrades it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The request's id, for the log.
    pub rid: String,
    /// The method of the call.
    pub m: String,
    /// The path of the call with its query, as it is sent.
    pub p: String,
    /// When it was signed, in milliseconds since the Unix epoch.
    pub iat_ms: u64,
    /// From when on it is refused, in milliseconds since the Unix epoch.
    pub exp_ms: u64,
}

impl InternalClaims {
    /// The claims of one call, from now. Nothing when the principal has no session: such a request has no business at the origin.
    #[must_use]
    pub fn new(
        principal: &Principal,
        request_id: &str,
        method: &str,
        path: &str,
        now_ms: u64,
    ) -> Option<Self> {
        Some(Self {
            sub: principal.subject.clone(),
            tier: principal.tier,
            scopes: principal.scopes.clone(),
            sid: principal.session.clone()?,
            from: principal.upgraded_from.clone(),
            rid: request_id.to_owned(),
            m: method.to_owned(),
            p: path.to_owned(),
            iat_ms: now_ms,
            exp_ms: now_ms.saturating_add(LIFETIME_MS),
        })
    }

    /// The principal that the call is made for. It is verified as long as the header is.
    #[must_use]
    pub fn into_principal(self) -> Principal {
        Principal {
            subject: self.sub,
            tier: self.tier,
            scopes: self.scopes,
            session: Some(self.sid),
            expires_at: self.exp_ms / 1_000,
            upgraded_from: self.from,
        }
    }

    fn is_consistent(&self) -> bool {
        id_is_valid(&self.sid)
            && self.from.as_deref().is_none_or(id_is_valid)
            && subject_is_valid(&self.sub)
            && scopes_are_valid(&self.scopes)
            && tier_fits_subject(self.tier, &self.sub, Some(&self.sid))
            && self.exp_ms.checked_sub(self.iat_ms).is_some_and(|life_ms| life_ms <= LIFETIME_MS)
    }
}

/// Why an internal header does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InternalError {
    /// It is not written as one, or claims what no edge would.
    #[error("the internal header is malformed")]
    Malformed,
    /// The MAC is not that of the key that it names.
    #[error("the internal header is not genuine")]
    Forged,
    /// It names a key that is not in use.
    #[error("the internal header names an unknown key")]
    UnknownKey,
    /// Its time is over.
    #[error("the internal header has expired")]
    Expired,
    /// It was signed later than now: the clocks are apart.
    #[error("the internal header is not valid yet")]
    NotYetValid,
    /// It was signed for another method or path.
    #[error("the internal header is for another request")]
    WrongRequest,
    /// The keys could not be asked.
    #[error("the internal header could not be verified")]
    Unavailable,
}

impl InternalError {
    /// A stable word for the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "internal_malformed",
            Self::Forged => "internal_forged",
            Self::UnknownKey => "internal_unknown_key",
            Self::Expired => "internal_expired",
            Self::NotYetValid => "internal_not_yet_valid",
            Self::WrongRequest => "internal_wrong_request",
            Self::Unavailable => "internal_unavailable",
        }
    }
}

/// The header's value for these claims.
///
/// # Errors
/// [`KeyError`], when the key cannot sign.
///
/// # Panics
/// Never: every claim has a JSON form.
pub fn sign(claims: &InternalClaims, kid: &str, keys: &dyn Keys) -> Result<String, KeyError> {
    let payload = serde_json::to_vec(claims).expect("every claim has a JSON form");
    signed::seal(PURPOSE, &payload, kid, keys)
}

/// The claims of a genuine header of this very request.
///
/// # Errors
/// [`InternalError`], the first that applies.
pub fn verify(
    value: &str,
    now_ms: u64,
    method: &str,
    path: &str,
    keys: &dyn Keys,
) -> Result<InternalClaims, InternalError> {
    let payload = signed::open(PURPOSE, value, VALUE_BYTES_MAX, keys).map_err(|error| match error {
        OpenError::Malformed => InternalError::Malformed,
        OpenError::Forged => InternalError::Forged,
        OpenError::Key(KeyError::Unknown | KeyError::WrongAlgorithm) => InternalError::UnknownKey,
        OpenError::Key(_) => InternalError::Unavailable,
    })?;
    let claims: InternalClaims = serde_json::from_slice(&payload).map_err(|_| InternalError::Malformed)?;
    if !claims.is_consistent() {
        return Err(InternalError::Malformed);
    }
    if claims.iat_ms > now_ms.saturating_add(SKEW_MS) {
        return Err(InternalError::NotYetValid);
    }
    if claims.exp_ms.saturating_add(SKEW_MS) <= now_ms {
        return Err(InternalError::Expired);
    }
    if claims.m != method || claims.p != path {
        return Err(InternalError::WrongRequest);
    }
    Ok(claims)
}
