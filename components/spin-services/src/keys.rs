//! Keys by name, from Spin's variables: see [`variable_of`]. A value in base64 is a secret for HS256, one
//! in PEM a public key. The session's own key may be left out: then one is made, once, and kept in the key-value store.

use std::cell::OnceCell;
use std::rc::Rc;

use identity::keyring::{KeyConfig, Keyring, KeyringError};
use identity::{Allowed, KeyError, Keys as _};

use crate::bindings::exports::mangaassist::edge::keys::{Guest, KeyError as WitKeyError};
use crate::{Services, records, words};

include!(concat!(env!("OUT_DIR"), "/grants.rs"));

/// The key that signs sessions. Nobody else has to know it, so it need not be configured.
const SESSION_KEY: &str = "session-1";
/// Where one that is made here is kept.
const SESSION_KEY_PLACE: &str = "key/session";
/// Bytes of a session key that is made here.
const SESSION_KEY_BYTES: usize = 32;

/// The keys that are set.
#[derive(Clone)]
struct Set {
    ring: Rc<Keyring>,
    /// Whether that of sessions is among them, usable or not.
    has_session_key: bool,
}

thread_local! {
    /// They are read once in an instance.
    static SET: OnceCell<Set> = const { OnceCell::new() };
}

impl Guest for Services {
    fn mac(key: String, message: Vec<u8>) -> Result<Vec<u8>, WitKeyError> {
        allowed(MAC_KEYS, &key, |keys| keys.mac(&key, &message))
    }

    fn verify(
        key: String,
        algorithm: String,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> Result<bool, WitKeyError> {
        allowed(VERIFY_KEYS, &key, |keys| keys.verify(&key, &algorithm, &message, &signature))
    }
}

fn allowed<T>(
    names: &[&str],
    key: &str,
    call: impl FnOnce(&Allowed<'_>) -> Result<T, KeyError>,
) -> Result<T, WitKeyError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    call(&Allowed::new(&names, &*ring_of(key))).map_err(|error| match error {
        KeyError::WrongAlgorithm => WitKeyError::WrongAlgorithm,
        _ => WitKeyError::Unknown,
    })
}

/// The ring that this key is in. The shop's own key of sessions is read anew each time: of two instances that made one at the same
/// moment one has written over the other's, and neither knows which.
fn ring_of(key: &str) -> Rc<Keyring> {
    let set = SET.with(|set| set.get_or_init(load).clone());
    if key != SESSION_KEY || set.has_session_key {
        return set.ring;
    }
    let own = own_session_key().and_then(|secret| ring_with(SESSION_KEY, secret, SESSION_KEY_PLACE));
    own.map_or(set.ring, Rc::new)
}

/// The keys that are set. One that is not, or cannot be used, is told in the log by its variable's name, and is not there.
fn load() -> Set {
    let (mut ring, mut has_session_key) = (Keyring::default(), false);
    for name in KEYS {
        let variable = variable_of(name);
        let Some(value) = words::variable(&variable) else {
            if *name != SESSION_KEY {
                words::log("WARN", "key not set", [("variable".to_owned(), variable)]);
            }
            continue;
        };
        has_session_key |= *name == SESSION_KEY;
        if let Some(one) = ring_with(name, value, &variable) {
            ring.absorb(one);
        }
    }
    Set { ring: Rc::new(ring), has_session_key }
}

/// A ring with this key alone; none when it cannot be used, which is told in the log by where it is from.
fn ring_with(name: &str, value: String, from: &str) -> Option<Keyring> {
    let config = KeyConfig::of_text(name, value);
    let loaded =
        Keyring::load(std::slice::from_ref(&config), &mut |_| Err("no key is in a file here".into()));
    let failed = |error: &KeyringError| {
        let fields =
            [("variable".to_owned(), from.to_owned()), ("cause".to_owned(), error.reason.to_owned())];
        words::log("ERROR", "key not usable", fields);
    };
    loaded.inspect_err(failed).ok()
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
    let store = records::open()?;
    let kept: String = records::read(&store, SESSION_KEY_PLACE).ok()?;
    if !kept.is_empty() {
        return Some(kept);
    }
    let mut secret = [0; SESSION_KEY_BYTES];
    getrandom::fill(&mut secret).ok()?;
    let made = identity::keyring::secret_text(&secret);
    records::write(&store, SESSION_KEY_PLACE, &made).ok()?;
    // Another instance may have made one at the same moment: what is kept is everybody's. A session that was begun with a key that is
    // written over afterwards has to begin anew: without transactions there is a moment for that.
    let made = records::read(&store, SESSION_KEY_PLACE).ok().filter(|kept: &String| !kept.is_empty())?;
    words::log(
        "INFO",
        "a session key was made and kept; set the Spin variable `key_session1` to choose it",
        [],
    );
    Some(made)
}
