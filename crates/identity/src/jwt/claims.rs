//! The claims (RFC 7519 §4, RFC 8693 §4.2 for `scope`).

use serde::Deserialize;

use super::{Settings, TokenError};
use crate::principal::{scopes_are_valid, subject_is_valid, tier_fits_subject};
use crate::{Principal, Tier};

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// Who signed in.
    pub subject: String,
    /// What kind of user: the claim `tier`, or customer.
    pub tier: Tier,
    /// What was granted: the claim `scope`, or `scp`.
    pub scopes: Vec<String>,
    /// From this second on it is refused. Never in the past, even while the leeway lasts.
    pub expires_at: u64,
}

impl TokenClaims {
    /// The principal, with no session yet.
    #[must_use]
    pub fn into_principal(self) -> Principal {
        Principal {
            subject: self.subject,
            tier: self.tier,
            scopes: self.scopes,
            session: None,
            expires_at: self.expires_at,
            upgraded_from: None,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct RawClaims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<OneOrMany>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    iat: Option<NumericDate>,
    scope: Option<String>,
    scp: Option<OneOrMany>,
    tier: Option<Tier>,
}

impl RawClaims {
    pub(super) fn parse(payload: &[u8]) -> Result<Self, TokenError> {
        serde_json::from_slice(payload).map_err(|_| TokenError::Malformed)
    }

    pub(super) fn check(self, settings: &Settings, now_s: u64) -> Result<TokenClaims, TokenError> {
        if self.iss.as_deref() != Some(settings.issuer.as_str()) {
            return Err(TokenError::WrongIssuer);
        }
        let meant_for_us =
            |aud: &OneOrMany| aud.iter().any(|name| settings.audiences.iter().any(|a| a == name));
        if !self.aud.as_ref().is_some_and(meant_for_us) {
            return Err(TokenError::WrongAudience);
        }
        let expires_at = self.times(settings, now_s)?;
        let tier = self.tier.unwrap_or(Tier::Customer);
        let scopes = self.scopes();
        let subject = self.sub.ok_or(TokenError::Malformed)?;
        // `tier_fits_subject` also keeps tokens from speaking for guests: those have cookies of our own.
        if !subject_is_valid(&subject)
            || !scopes_are_valid(&scopes)
            || !tier_fits_subject(tier, &subject, None)
        {
            return Err(TokenError::Malformed);
        }
        Ok(TokenClaims { subject, tier, scopes, expires_at })
    }

    /// When the token ends, if it is valid now.
    fn times(&self, settings: &Settings, now_s: u64) -> Result<u64, TokenError> {
        let leeway_s = u64::from(settings.leeway_s);
        let exp = self.exp.ok_or(TokenError::Malformed)?.0;
        if now_s >= exp.saturating_add(leeway_s) {
            return Err(TokenError::Expired);
        }
        let begins = [self.nbf, self.iat].into_iter().flatten().map(|date| date.0).max().unwrap_or(0);
        if begins > now_s.saturating_add(leeway_s) {
            return Err(TokenError::NotYetValid);
        }
        Ok(exp.max(now_s.saturating_add(1)))
    }

    fn scopes(&self) -> Vec<String> {
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        match (&self.scope, &self.scp) {
            (Some(scope), _) => words(scope),
            (None, Some(OneOrMany::One(scp))) => words(scp),
            (None, Some(OneOrMany::Many(scp))) => scp.clone(),
            (None, None) => Vec::new(),
        }
    }
}

/// `aud` is one string or an array of them (RFC 7519 §4.1.3), and so is `scp` in practice.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

/// Seconds since the Unix epoch, possibly with a fraction (RFC 7519 §2), which is dropped.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "serde_json::Number")]
struct NumericDate(u64);

impl TryFrom<serde_json::Number> for NumericDate {
    type Error = &'static str;

    fn try_from(number: serde_json::Number) -> Result<Self, &'static str> {
        /// 2^53: the whole numbers that every JSON reader agrees on (RFC 8259 §6).
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if let Some(whole) = number.as_u64() {
            return Ok(Self(whole));
        }
        match number.as_f64() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the range is checked, and the fraction is meant to go"
            )]
            Some(seconds) if (0.0..EXACT).contains(&seconds) => Ok(Self(seconds as u64)),
            _ => Err("not a date"),
        }
    }
}
