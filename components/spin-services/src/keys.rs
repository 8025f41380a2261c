//! Keys by name, from Spin's variables: `key_<name>`, the name's hyphens as underscores. A value in base64 is a secret for HS256, one
//! in PEM a public key. The session's own key may be left out: then one is made, once, and kept in the key-value store.

use std::cell::OnceCell;

use identity::keyring::{KeyConfig, Keyring};
use identity::{Allowed, KeyError, Keys as _};

use crate::bindings::exports::mangaassist::edge::keys::{Guest, KeyError as WitKeyError};
use crate::{Services, records, words};

include!(concat!(env!("OUT_DIR"), "/grants.rs"));

/// The key that signs sessions. Nobody else has to know it, so it need not be configured.
const SESSION_KEY: &str = "session-1";
/// Bytes of a session key that is made here.
const SESSION_KEY_BYTES: usize = 32;

thread_local! {
    static RING: OnceCell<Keyring> = const { OnceCell::new() };
}

impl Guest for Services {
    fn mac(key: String, message: Vec<u8>) -> Result<Vec<u8>, WitKeyError> {
        allowed(MAC_KEYS, |keys| keys.mac(&key, &message))
    }

    fn verify(
        key: String,
        algorithm: String,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<bool, WitKeyError> {
        allowed(VERIFY_KEYS, |keys| keys.verify(&key, &algorithm, &message, &signature))
    }
}

fn allowed<T>(
    names: &[&str],
    call: impl FnOnce(&Allowed<'_>) -> Result<T, KeyError>,
) -> Result<T, WitKeyError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    RING.with(|ring| call(&Allowed::new(&names, ring.get_or_init(load)))).map_err(|error| match error {
        KeyError::WrongAlgorithm => WitKeyError::WrongAlgorithm,
        _ => WitKeyError::Unknown,
    })
}

/// The keys that are set. One that cannot be used is told in the log by its variable's name, and is not there.
fn load() -> Keyring {
    let mut ring = Keyring::default();
    for name in KEYS {
        let variable = format!("key_{}", name.replace('-', "_"));
        let value =
            words::variable(&variable).or_else(|| (*name == SESSION_KEY).then(own_session_key).flatten());
        let Some(value) = value else { continue };
        let config = KeyConfig::of_text(name, value);
        match Keyring::load(std::slice::from_ref(&config), &mut |_| Err("no key is in a file here".into())) {
            Ok(one) => ring.absorb(one),
            Err(error) => words::log(
                "ERROR",
                "key not usable",
                [("variable".to_owned(), variable), ("cause".to_owned(), error.reason.to_owned())],
            ),
        }
    }
    ring
}

/// The session key of this shop: made once and kept, so that sessions outlive a restart.
fn own_session_key() -> Option<String> {
    const PLACE: &str = "key/session";
    let store = records::open()?;
    let kept: String = records::read(&store, PLACE).ok()?;
    if !kept.is_empty() {
        return Some(kept);
    }
    let mut secret = [0; SESSION_KEY_BYTES];
    getrandom::fill(&mut secret).ok()?;
    let made = identity::keyring::secret_text(&secret);
    records::write(&store, PLACE, &made).ok()?;
    words::log(
        "INFO",
        "a session key was made and kept; set the Spin variable `key_session_1` to choose it",
        [],
    );
    Some(made)
}
