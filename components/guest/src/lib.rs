//! The glue that every filter shares: the host's imports as the traits and types that the crates expect. A filter itself is
//! then little more than: read the settings, call the crate, say what it said.

#[allow(missing_docs, clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "imports",
        generate_all,
    });
}

use std::sync::OnceLock;

use identity::{KeyError, Keys, Principal, Tier};
use serde::de::DeserializeOwned;

pub use bindings::mangaassist::edge::{
    assets, buckets, clock, keys, log, metrics, random, sessions, settings, types,
};

/// What `init` made, kept in the image.
pub struct State<T>(OnceLock<T>);

impl<T> State<T> {
    /// Nothing yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only ever a static")]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Keeps what `init` made. A second `init` changes nothing.
    pub fn set(&self, value: T) {
        // The first value stands; `init` is called once.
        let _ = self.0.set(value);
    }

    /// What `init` made.
    ///
    /// # Panics
    /// `init` was not called: the host is broken, and the call must not go on.
    pub fn get(&self) -> &T {
        self.0.get().expect("the host calls init before anything else")
    }
}

/// The slot's settings.
///
/// # Errors
/// They are not what the filter expects: the place and what was expected.
pub fn read_settings<T: DeserializeOwned>() -> Result<T, String> {
    serde_json::from_str(&settings::json()).map_err(|error| format!("settings.json: {error}"))
}

/// The slot's assets with this ending, in the order of their names, as text.
///
/// # Errors
/// One of them is not UTF-8.
pub fn text_assets(ending: &str) -> Result<Vec<(String, String)>, String> {
    let names = assets::names();
    texts_of(names.iter().map(String::as_str).filter(|name| name.ends_with(ending)))
}

/// The assets of these names, in this order, as text.
///
/// # Errors
/// One of them is not UTF-8.
pub fn texts_of<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Vec<(String, String)>, String> {
    let text = |name: &'n str| {
        let bytes = assets::read(name).unwrap_or_default();
        let text = String::from_utf8(bytes).map_err(|_| format!("{name}: not UTF-8"))?;
        Ok((name.to_owned(), text))
    };
    names.into_iter().map(text).collect()
}

/// The host's keys.
#[derive(Clone, Copy, Debug)]
pub struct HostKeys;

impl Keys for HostKeys {
    fn mac(&self, key: &str, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        keys::mac(key, message).map_err(key_error)
    }

    fn verify(&self, key: &str, algorithm: &str, message: &[u8], signature: &[u8]) -> Result<bool, KeyError> {
        keys::verify(key, algorithm, message, signature).map_err(key_error)
    }
}

const fn key_error(error: keys::KeyError) -> KeyError {
    match error {
        keys::KeyError::Unknown => KeyError::Unknown,
        keys::KeyError::WrongAlgorithm => KeyError::WrongAlgorithm,
    }
}

/// Sixteen random bytes.
///
/// # Panics
/// The host gave fewer: an id must not be made of them.
#[must_use]
pub fn random16() -> [u8; 16] {
    random::bytes(16).try_into().expect("the host gives as many random bytes as it is asked for")
}

/// The time, in seconds since the Unix epoch.
#[must_use]
pub fn now_s() -> u64 {
    clock::now_ms() / 1000
}

/// The principal as a fact.
#[must_use]
pub fn principal_fact(principal: Principal) -> types::Fact {
    types::Fact::Principal(types::Principal {
        subject: principal.subject,
        tier: match principal.tier {
            Tier::Guest => types::Tier::Guest,
            Tier::Customer => types::Tier::Customer,
            Tier::Developer => types::Tier::Developer,
        },
        scopes: principal.scopes,
        session: principal.session,
        expires_at: principal.expires_at,
        upgraded_from: principal.upgraded_from,
    })
}

/// The principal of a context, as the crates know it.
#[must_use]
pub fn principal(principal: &types::Principal) -> Principal {
    Principal {
        subject: principal.subject.clone(),
        tier: match principal.tier {
            types::Tier::Guest => Tier::Guest,
            types::Tier::Customer => Tier::Customer,
            types::Tier::Developer => Tier::Developer,
        },
        scopes: principal.scopes.clone(),
        session: principal.session.clone(),
        expires_at: principal.expires_at,
        upgraded_from: principal.upgraded_from.clone(),
    }
}

/// The values of every header of this name, in order.
pub fn values<'a>(headers: &'a [types::Header], name: &str) -> Vec<&'a [u8]> {
    headers.iter().filter(|header| header.name == name).map(|header| header.value.as_slice()).collect()
}

/// A header of text.
#[must_use]
pub fn header(name: impl Into<String>, value: impl Into<String>) -> types::Header {
    types::Header { name: name.into(), value: value.into().into_bytes() }
}

/// The path of a request target, without its query; and the query, without its `?`.
#[must_use]
pub fn path_and_query(target: &str) -> (&str, &str) {
    target.split_once('?').unwrap_or((target, ""))
}

/// Nothing to change.
#[must_use]
pub const fn unchanged() -> types::Changes {
    types::Changes {
        set_request_headers: Vec::new(),
        remove_request_headers: Vec::new(),
        add_response_headers: Vec::new(),
        facts: Vec::new(),
    }
}
