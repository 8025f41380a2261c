//! Keys by name, from Spin's variables: see [`variable_of`]. A value in base64 is a secret for HS256, one
//! in PEM a public key. The session's own key may be left out: then one is made, once, and kept in the key-value store.

use std::cell::RefCell;
use std::rc::Rc;

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
    static RING: RefCell<Option<Rc<Keyring>>> = const { RefCell::new(None) };
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
    call(&Allowed::new(&names, &*ring())).map_err(|error| match error {
        KeyError::WrongAlgorithm => WitKeyError::WrongAlgorithm,
        _ => WitKeyError::Unknown,
    })
}

/// The keys of this instance. They are read once; but a ring that lacks the session's key, because the store failed, is not kept.
fn ring() -> Rc<Keyring> {
    RING.with_borrow_mut(|kept| {
        if let Some(ring) = kept {
            return Rc::clone(ring);
        }
        let ring = Rc::new(load());
        if ring.names().any(|name| name == SESSION_KEY) {
            *kept = Some(Rc::clone(&ring));
        }
        ring
    })
}

/// The keys that are set. One that is not, or cannot be used, is told in the log by its variable's name, and is not there.
fn load() -> Keyring {
    let mut ring = Keyring::default();
    for name in KEYS {
        let variable = variable_of(name);
        let value =
            words::variable(&variable).or_else(|| (*name == SESSION_KEY).then(own_session_key).flatten());
        let Some(value) = value else {
            words::log("WARN", "key not set", [("variable".to_owned(), variable)]);
            continue;
        };
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

/// The variable of a key: `key_session1` is that of `session-1`. A word of a variable's name begins with a letter.
fn variable_of(name: &str) -> String {
    let mut variable = String::from("key_");
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '-' if letters.peek().is_some_and(char::is_ascii_digit) => {}
            '-' => variable.push('_'),
            letter => variable.push(letter),
        }
    }
    variable
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
    // Another instance may have made one at the same moment: what is kept is everybody's.
    let made = records::read(&store, PLACE).ok().filter(|kept: &String| !kept.is_empty())?;
    words::log(
        "INFO",
        "a session key was made and kept; set the Spin variable `key_session1` to choose it",
        [],
    );
    Some(made)
}
