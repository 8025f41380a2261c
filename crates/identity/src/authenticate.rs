//! The decision of the `auth` filter: who is asking, from the Authorization and Cookie headers.
//!
//! | request | credentials | decision |
//! | --- | --- | --- |
//! | any | none | anonymous |
//! | any | a genuine token | its subject; the cookie's session only when it is the same subject's |
//! | any | a genuine cookie | the session's subject |
//! | any | a token or cookie that is not genuine | 401; a bad cookie is cleared |
//! | `init` | an expired cookie, or one whose key is retired | as if it had not been sent: `guest-session` makes a new one |
//! | other call | the same | 401 `session_required` |
//! | page | a token, or a cookie that is none of the above | anonymous: a page is for everyone, and tells a browser with a stale cookie how to begin anew |
//! | upgrade | a token and a guest's or the same subject's cookie | a *new* session, so an id seen before is worth nothing after |
//! | upgrade | another subject's cookie | 403 |

use serde::{Deserialize, Serialize};

use crate::cookie::{self, CookieError};
use crate::jwt::{self, SettingsError, TokenError};
use crate::session::{self, SessionClaims, SessionError};
use crate::{Allowed, KeyError, Keys, Principal, Tier, guest};

mod refusal;

pub use refusal::Refusal;

/// Settings of the `auth` filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The session cookie.
    pub session: SessionSettings,
    /// Bearer tokens. Without it every token is refused.
    #[serde(default)]
    pub bearer: Option<jwt::Settings>,
}

impl Settings {
    /// Checks what the types leave open.
    ///
    /// # Errors
    /// The first setting that cannot be, by its key.
    pub fn validate(&self) -> Result<(), SettingsError> {
        self.session.validate("session")?;
        self.bearer.as_ref().map_or(Ok(()), |bearer| bearer.validate("bearer"))
    }
}

/// Which keys the session cookie may be signed with. Shared by `auth` and `guest-session`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionSettings {
    /// The key that new sessions are signed with.
    pub signing: String,
    /// The keys that a session may have been signed with; `signing` is one of them. To rotate: add the new key here
    /// everywhere, then make it `signing`, and a day later take the old one out.
    pub keys: Vec<String>,
}

impl SessionSettings {
    /// Checks what the types leave open. `path` is where these settings stand, for the message.
    ///
    /// # Errors
    /// The first setting that cannot be, by its key.
    pub fn validate(&self, path: &str) -> Result<(), SettingsError> {
        if self.keys.contains(&self.signing) {
            Ok(())
        } else {
            Err(SettingsError { key: format!("{path}.signing"), reason: "it has to be one of `keys`" })
        }
    }
}

/// What a request is for, as far as sessions go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// `POST /v1/chat/init`: where sessions begin.
    Init,
    /// `POST /v1/session/upgrade`: where a guest's session becomes a customer's.
    Upgrade,
    /// Any other call of the API.
    Other,
    /// What is no call: a page or a file, of the widget or of the shop's own site.
    Page,
}

impl PathKind {
    /// The kind of a request by its method and its path, without the query.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Self {
        match (method, path) {
            ("POST", "/v1/chat/init") => Self::Init,
            ("POST", "/v1/session/upgrade") => Self::Upgrade,
            (_, path) if path.starts_with("/v1/") => Self::Other,
            _ => Self::Page,
        }
    }
}

/// What the filter looks at.
#[derive(Clone, Copy, Debug)]
pub struct AuthInput<'a> {
    /// The clock, in seconds since the Unix epoch.
    pub now_s: u64,
    /// The values of all Authorization headers.
    pub authorization: &'a [&'a [u8]],
    /// The values of all Cookie headers.
    pub cookie: &'a [&'a [u8]],
    /// What the request is for.
    pub path: PathKind,
    /// Whether the client came over https, which decides the cookie's name.
    pub secure: bool,
}

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// No one that we know. The request goes on; what needs a session refuses it later.
    Anonymous,
    /// A verified user.
    Principal {
        /// Who.
        principal: Principal,
        /// A Set-Cookie header to answer with.
        set_cookie: Option<String>,
    },
    /// The request ends here.
    Refuse(Refusal),
}

/// Who is asking. `random` is called once at most, when a session is made.
pub fn decide(
    settings: &Settings,
    input: &AuthInput<'_>,
    keys: &dyn Keys,
    random: &mut dyn FnMut() -> [u8; 16],
) -> Decision {
    match decided(settings, input, keys, random) {
        Ok(None) => Decision::Anonymous,
        Ok(Some((principal, set_cookie))) => Decision::Principal { principal, set_cookie },
        Err(refusal) => Decision::Refuse(refusal),
    }
}

type Found = Option<(Principal, Option<String>)>;

fn decided(
    settings: &Settings,
    input: &AuthInput<'_>,
    keys: &dyn Keys,
    random: &mut dyn FnMut() -> [u8; 16],
) -> Result<Found, Refusal> {
    if input.path == PathKind::Page {
        let session = read_session(settings, input, keys).ok().and_then(Session::live);
        return Ok(session.map(|claims| (claims.into_principal(), None)));
    }
    let bearer = bearer(settings, input, keys)?;
    let session = read_session(settings, input, keys)?;
    match (input.path, bearer) {
        (PathKind::Upgrade, None) => Err(Refusal::token_required()),
        (PathKind::Upgrade, Some(bearer)) => {
            let old = session.live().ok_or_else(Refusal::session_required)?;
            upgrade(settings, input, &bearer, old, keys, random).map(Some)
        }
        (_, Some(bearer)) => Ok(Some((with_session(bearer, session.live()), None))),
        (PathKind::Init, None) => Ok(session.live().map(|claims| (claims.into_principal(), None))),
        (PathKind::Other | PathKind::Page, None) => match session {
            Session::None => Ok(None),
            Session::Over => Err(Refusal::session_required()),
            Session::Live(claims) => Ok(Some((claims.into_principal(), None))),
        },
    }
}

/// The token's principal, in its session when that is the same user's.
fn with_session(mut bearer: Principal, session: Option<SessionClaims>) -> Principal {
    if let Some(claims) = session.filter(|claims| claims.sub == bearer.subject) {
        bearer.expires_at = bearer.expires_at.min(claims.exp);
        bearer.session = Some(claims.sid);
    }
    bearer
}

fn upgrade(
    settings: &Settings,
    input: &AuthInput<'_>,
    bearer: &Principal,
    old: SessionClaims,
    keys: &dyn Keys,
    random: &mut dyn FnMut() -> [u8; 16],
) -> Result<(Principal, Option<String>), Refusal> {
    if old.tier != Tier::Guest && old.sub != bearer.subject {
        return Err(Refusal::other_user());
    }
    let claims = SessionClaims::of(bearer, session::new_id(random()), input.now_s);
    let new =
        guest::issue(&settings.session, claims, input.now_s, input.secure, keys).map_err(Refusal::signing)?;
    let principal = Principal { upgraded_from: Some(old.sid), ..new.principal };
    Ok((principal, Some(new.set_cookie)))
}

/// What the session cookie says.
enum Session {
    None,
    Live(SessionClaims),
    /// It was genuine once: its time is over, or its key is retired.
    Over,
}

impl Session {
    fn live(self) -> Option<SessionClaims> {
        match self {
            Self::Live(claims) => Some(claims),
            Self::None | Self::Over => None,
        }
    }
}

fn read_session(settings: &Settings, input: &AuthInput<'_>, keys: &dyn Keys) -> Result<Session, Refusal> {
    let name = cookie::name(input.secure);
    let value = match cookie::find_cookie(input.cookie, name) {
        Ok(Some(value)) if !value.is_empty() => value,
        // A browser that does not honour Max-Age=0 sends the cleared cookie back.
        Ok(_) => return Ok(Session::None),
        Err(CookieError::Ambiguous) => return Err(Refusal::ambiguous_cookie()),
        Err(CookieError::Malformed | CookieError::TooLong) => {
            return Err(Refusal::session(SessionError::Malformed, input.secure));
        }
    };
    match session::verify(value, input.now_s, &Allowed::new(&settings.session.keys, keys)) {
        Ok(claims) => Ok(Session::Live(claims)),
        Err(SessionError::Expired | SessionError::UnknownKey) => Ok(Session::Over),
        Err(error) => Err(Refusal::session(error, input.secure)),
    }
}

/// The principal of the bearer token, if there is an Authorization header.
fn bearer(settings: &Settings, input: &AuthInput<'_>, keys: &dyn Keys) -> Result<Option<Principal>, Refusal> {
    let value = match input.authorization {
        [] => return Ok(None),
        [value] => str::from_utf8(value).map_err(|_| Refusal::authorization("authorization_not_text"))?,
        _ => return Err(Refusal::authorization("authorization_repeated")),
    };
    let value = value.trim_matches([' ', '\t']);
    // `credentials = auth-scheme 1*SP token68`, the scheme in any case (RFC 9110 §11.4, RFC 6750 §2.1).
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if scheme.is_empty() {
        return Err(Refusal::authorization("authorization_empty"));
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::scheme());
    }
    let token = token.trim_start_matches(' ');
    let Some(settings) = settings.bearer.as_ref() else {
        return Err(Refusal::token(TokenError::Unsupported));
    };
    jwt::verify(token, settings, input.now_s, keys)
        .map(|claims| Some(claims.into_principal()))
        .map_err(Refusal::token)
}
