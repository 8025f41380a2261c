//! A shop with keys, settings and a clock, and requests that read as sentences.

use identity::authenticate::{self, AuthInput, Decision, PathKind, Refusal, SessionSettings};
use identity::cookie::{PLAIN_NAME, SECURE_NAME};
use identity::guest::{self, GuestInput, NewSession};
use identity::jwt::{self, Algorithm};
use identity::keyring::Keyring;
use identity::session::{self, SessionClaims};
use identity::{KeyError, Keys, Principal, Tier};
use serde_json::{Value, json};

/// Now, in every test.
pub(crate) const NOW_S: u64 = 1_800_000_000;
pub(crate) const DAY_S: u64 = 24 * 60 * 60;
/// The id of the session that a request makes.
pub(crate) const NEW_ID: &str = "BwcHBwcHBwcHBwcHBwcHBw";

pub(crate) struct Shop {
    pub(crate) keys: Keyring,
    pub(crate) settings: authenticate::Settings,
}

impl Shop {
    /// Sessions are signed with `s2`, and may still be signed with `s1`; tokens with `t1`. `other` is for something else, and
    /// another issuer has keys of the same names.
    pub(crate) fn open() -> Self {
        Self { keys: keys(0), settings: settings() }
    }

    pub(crate) fn bearer(&self) -> &jwt::Settings {
        self.settings.bearer.as_ref().unwrap()
    }

    /// A token of this customer for another hour.
    pub(crate) fn token(&self, subject: &str) -> String {
        self.token_with(&json!({ "sub": subject }))
    }

    /// A token that is in order but for these claims. A null takes a claim out.
    pub(crate) fn token_with(&self, changes: &Value) -> String {
        jwt::sign_hs256(&claims_with(changes), "t1", &self.keys).unwrap()
    }

    pub(crate) fn cookie(&self, claims: &SessionClaims) -> String {
        session::mint(claims, &self.keys, "s2").unwrap()
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            shop: self,
            authorization: Vec::new(),
            cookie: Vec::new(),
            path: PathKind::Other,
            secure: true,
            fresh: false,
        }
    }
}

/// The shop's keys, or those of someone who has keys of the same names.
pub(crate) fn keys(seed: u8) -> Keyring {
    ["s1", "s2", "t1", "other"]
        .into_iter()
        .zip(1..)
        .fold(Keyring::default(), |ring, (name, byte)| ring.with_secret(name, &[seed + byte; 32]).unwrap())
}

pub(crate) fn settings() -> authenticate::Settings {
    authenticate::Settings {
        session: SessionSettings { signing: "s2".to_owned(), keys: vec!["s1".to_owned(), "s2".to_owned()] },
        bearer: Some(jwt::Settings {
            issuer: "https://login.example".to_owned(),
            audiences: vec!["mangaassist".to_owned()],
            algorithms: vec![Algorithm::Hs256],
            keys: vec!["t1".to_owned()],
            default_key: None,
            leeway_s: 30,
        }),
    }
}

/// Claims that are in order but for these changes. A null takes a claim out.
pub(crate) fn claims_with(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "https://login.example", "aud": "mangaassist", "sub": "yuki", "iat": NOW_S, "exp": NOW_S + 3_600,
    });
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// A guest's session that began an hour ago.
pub(crate) fn guest() -> SessionClaims {
    SessionClaims::guest("guest-1".to_owned(), NOW_S - 3_600)
}

/// A customer's session that ends in two hours.
pub(crate) fn customer(subject: &str) -> SessionClaims {
    SessionClaims {
        sid: "session-1".to_owned(),
        sub: subject.to_owned(),
        tier: Tier::Customer,
        scopes: vec!["orders:read".to_owned()],
        iat: NOW_S - 3_600,
        exp: NOW_S + 7_200,
    }
}

/// The same session, long ago.
pub(crate) fn expired(claims: SessionClaims) -> SessionClaims {
    SessionClaims { iat: NOW_S - DAY_S, exp: NOW_S, ..claims }
}

/// Keys that cannot be asked.
pub(crate) struct NoKeys;

impl Keys for NoKeys {
    fn mac(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::Unavailable)
    }

    fn verify(&self, _: &str, _: &str, _: &[u8], _: &[u8]) -> Result<bool, KeyError> {
        Err(KeyError::Unavailable)
    }
}

#[derive(Clone)]
pub(crate) struct Request<'s> {
    shop: &'s Shop,
    authorization: Vec<Vec<u8>>,
    cookie: Vec<Vec<u8>>,
    path: PathKind,
    secure: bool,
    fresh: bool,
}

impl Request<'_> {
    pub(crate) fn to(self, path: PathKind) -> Self {
        Self { path, ..self }
    }

    pub(crate) fn over_plain_http(self) -> Self {
        Self { secure: false, ..self }
    }

    pub(crate) fn asking_for_a_fresh_session(self) -> Self {
        Self { fresh: true, ..self }
    }

    pub(crate) fn authorization(mut self, value: &str) -> Self {
        self.authorization.push(value.as_bytes().to_vec());
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.authorization(&format!("Bearer {token}"))
    }

    pub(crate) fn cookie_header(mut self, value: &str) -> Self {
        self.cookie.push(value.as_bytes().to_vec());
        self
    }

    /// With this session's cookie, signed by the shop.
    pub(crate) fn session(self, claims: &SessionClaims) -> Self {
        let value = self.shop.cookie(claims);
        self.cookie(&value)
    }

    pub(crate) fn cookie(self, value: &str) -> Self {
        let name = if self.secure { SECURE_NAME } else { PLAIN_NAME };
        self.cookie_header(&format!("theme=dark; {name}={value}"))
    }

    pub(crate) fn decided(&self) -> Decision {
        self.decided_with(&self.shop.keys)
    }

    pub(crate) fn decided_with(&self, keys: &dyn Keys) -> Decision {
        let authorization: Vec<&[u8]> = self.authorization.iter().map(Vec::as_slice).collect();
        let cookie: Vec<&[u8]> = self.cookie.iter().map(Vec::as_slice).collect();
        let input = AuthInput {
            now_s: NOW_S,
            authorization: &authorization,
            cookie: &cookie,
            path: self.path,
            secure: self.secure,
        };
        authenticate::decide(&self.shop.settings, &input, keys, &mut || [7; 16])
    }

    /// The principal, of a request that is let through and sets no cookie.
    pub(crate) fn principal(&self) -> Principal {
        match self.decided() {
            Decision::Principal { principal, set_cookie: None } => principal,
            other => panic!("not a principal alone: {other:?}"),
        }
    }

    /// The principal and the cookie that is set.
    pub(crate) fn upgraded(&self) -> (Principal, String) {
        match self.decided() {
            Decision::Principal { principal, set_cookie: Some(cookie) } => (principal, cookie),
            other => panic!("not upgraded: {other:?}"),
        }
    }

    pub(crate) fn refused(&self) -> Refusal {
        match self.decided() {
            Decision::Refuse(refusal) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// What `guest-session` makes of the request after `auth` has let it through.
    pub(crate) fn new_session(&self) -> Option<NewSession> {
        let principal = match self.decided() {
            Decision::Anonymous => None,
            Decision::Principal { principal, .. } => Some(principal),
            refusal => panic!("refused by auth: {refusal:?}"),
        };
        let input = GuestInput {
            now_s: NOW_S,
            principal: principal.as_ref(),
            path: self.path,
            fresh: self.fresh,
            bearer: !self.authorization.is_empty(),
            secure: self.secure,
        };
        guest::decide(&self.shop.settings.session, &input, &self.shop.keys, &mut || [7; 16]).unwrap()
    }
}

/// The cookie value in a Set-Cookie header of this name.
pub(crate) fn cookie_value<'h>(set_cookie: &'h str, name: &str) -> &'h str {
    let (pair, _) = set_cookie.split_once(';').unwrap();
    pair.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')).unwrap()
}
