//! The decision of the `guest-session` filter: who gets a new session on `init`.

use crate::authenticate::{PathKind, SessionSettings};
use crate::cookie::{name, set_cookie};
use crate::session::{self, SessionClaims};
use crate::{KeyError, Keys, Principal};

/// What the filter looks at.
#[derive(Clone, Copy, Debug)]
pub struct GuestInput<'a> {
    /// The clock, in seconds since the Unix epoch.
    pub now_s: u64,
    /// What `auth` found.
    pub principal: Option<&'a Principal>,
    /// What the request is for.
    pub path: PathKind,
    /// Whether a new session was asked for, see [`fresh`].
    pub fresh: bool,
    /// Whether the request carries an Authorization header. `auth` has verified it, or the request would not be here.
    pub bearer: bool,
    /// Whether the client came over https.
    pub secure: bool,
}

/// A session that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Whose it is: replaces the principal that `auth` found.
    pub principal: Principal,
    /// The Set-Cookie header to answer with.
    pub set_cookie: String,
}

/// Makes a session on `init` for whoever has none, and nothing anywhere else.
///
/// With [`GuestInput::fresh`] it makes one in any case: a new session of the same user when a bearer token says who that is,
/// else a guest's, so that a shared computer can be handed on.
///
/// # Errors
/// [`KeyError`], when the session key cannot sign.
pub fn decide(
    settings: &SessionSettings,
    input: &GuestInput<'_>,
    keys: &dyn Keys,
    random: &mut dyn FnMut() -> [u8; 16],
) -> Result<Option<NewSession>, KeyError> {
    if input.path != PathKind::Init {
        return Ok(None);
    }
    let claims = match input.principal {
        Some(principal) if principal.session.is_some() && !input.fresh => return Ok(None),
        Some(principal) if principal.session.is_none() || input.bearer => {
            SessionClaims::of(principal, session::new_id(random()), input.now_s)
        }
        _ => SessionClaims::guest(session::new_id(random()), input.now_s),
    };
    issue(settings, claims, input.now_s, input.secure, keys).map(Some)
}

/// Signs the session and writes its cookie.
pub(crate) fn issue(
    settings: &SessionSettings,
    claims: SessionClaims,
    now_s: u64,
    secure: bool,
    keys: &dyn Keys,
) -> Result<NewSession, KeyError> {
    let value = session::mint(&claims, keys, &settings.signing)?;
    let set_cookie = set_cookie(name(secure), &value, claims.exp.saturating_sub(now_s), secure);
    Ok(NewSession { principal: claims.into_principal(), set_cookie })
}

/// Whether the query (without its `?`) asks for a new session: `fresh=1`.
#[must_use]
pub fn fresh(query: &str) -> bool {
    query.split('&').any(|pair| pair == "fresh=1")
}
