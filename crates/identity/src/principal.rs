//! Who a request comes from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What the subject of a guest begins with. No token may carry such a subject, so no customer can be taken for a guest.
pub const GUEST_PREFIX: &str = "guest:";
/// Longest subject, in bytes.
pub const SUBJECT_BYTES_MAX: usize = 256;
/// Most scopes of one principal.
pub const SCOPES_MAX: usize = 32;
/// Longest scope, in bytes.
pub const SCOPE_BYTES_MAX: usize = 128;
/// Most scopes together, in bytes: with the longest subject they still fit in a session cookie.
pub const SCOPES_BYTES_MAX: usize = 512;

/// What kind of user a principal is. Ordered by what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Not signed in.
    Guest,
    /// Signed in to the shop.
    Customer,
    /// A program, by usage plan.
    Developer,
}

impl Tier {
    /// Every tier.
    pub const ALL: &[Self] = &[Self::Guest, Self::Customer, Self::Developer];

    /// The tier as it is written in tokens, cookies and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Customer => "customer",
            Self::Developer => "developer",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The text names no tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no such tier")]
pub struct UnknownTier;

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        Self::ALL.iter().copied().find(|tier| tier.as_str() == text).ok_or(UnknownTier)
    }
}

/// A verified user. Made from a credential that was checked, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// `guest:<session id>`, or the subject of the token that signed the user in.
    pub subject: String,
    /// What kind of user.
    pub tier: Tier,
    /// What the token grants beside the tier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The session, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// From this second since the Unix epoch on, the principal is no longer verified.
    pub expires_at: u64,
    /// The session that this one takes over from, on the request that upgrades it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upgraded_from: Option<String>,
}

impl Principal {
    /// Whether the principal is still verified at this second.
    #[must_use]
    pub const fn is_live(&self, now_s: u64) -> bool {
        now_s < self.expires_at
    }
}

/// Whether this can be a subject: not empty, bounded, no control characters (it is written to logs and keys).
pub(crate) fn subject_is_valid(subject: &str) -> bool {
    !subject.is_empty() && subject.len() <= SUBJECT_BYTES_MAX && !subject.chars().any(char::is_control)
}

/// Whether these can be scopes: bounded, each a `scope-token` of RFC 6749 §3.3.
pub(crate) fn scopes_are_valid(scopes: &[String]) -> bool {
    let token = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    scopes.len() <= SCOPES_MAX
        && scopes.iter().map(String::len).sum::<usize>() <= SCOPES_BYTES_MAX
        && scopes.iter().all(|scope| (1..=SCOPE_BYTES_MAX).contains(&scope.len()) && scope.bytes().all(token))
}

/// Whether tier and subject go together: a guest's subject is made of its session id, and no one else's looks like it.
pub(crate) fn tier_fits_subject(tier: Tier, subject: &str, session: Option<&str>) -> bool {
    match (tier, subject.strip_prefix(GUEST_PREFIX)) {
        (Tier::Guest, Some(id)) => session == Some(id),
        (Tier::Guest, None) | (Tier::Customer | Tier::Developer, Some(_)) => false,
        (Tier::Customer | Tier::Developer, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_reads_back_from_its_name_in_json_and_in_text() {
        for tier in Tier::ALL {
            assert_eq!(tier.as_str().parse(), Ok(*tier));
            assert_eq!(serde_json::to_string(tier).unwrap(), format!("\"{tier}\""));
        }
        assert_eq!("Guest".parse::<Tier>(), Err(UnknownTier));
    }

    #[test]
    fn a_guest_subject_belongs_to_its_session_alone() {
        assert!(tier_fits_subject(Tier::Guest, "guest:a", Some("a")));
        assert!(!tier_fits_subject(Tier::Guest, "guest:a", Some("b")));
        assert!(!tier_fits_subject(Tier::Guest, "guest:a", None));
        assert!(!tier_fits_subject(Tier::Guest, "yuki", Some("a")));
        assert!(!tier_fits_subject(Tier::Customer, "guest:a", Some("a")));
        assert!(tier_fits_subject(Tier::Customer, "yuki", Some("a")));
    }

    #[test]
    fn subjects_and_scopes_have_bounds() {
        assert!(subject_is_valid("日本語"));
        for bad in ["", "a\nb", "a\0", &"a".repeat(SUBJECT_BYTES_MAX + 1)] {
            assert!(!subject_is_valid(bad), "{bad:?} was taken");
        }
        assert!(scopes_are_valid(&["orders:read".to_owned()]));
        for bad in ["", "a b", "a\"", "a\\", "é", &"a".repeat(SCOPE_BYTES_MAX + 1)] {
            assert!(!scopes_are_valid(&[bad.to_owned()]), "{bad:?} was taken");
        }
        assert!(!scopes_are_valid(&vec!["a".to_owned(); SCOPES_MAX + 1]));
        assert!(!scopes_are_valid(&vec!["a".repeat(SCOPE_BYTES_MAX); 5]));
    }
}
