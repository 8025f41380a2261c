//! Records in Spin's key-value store: a fixed number of places of each kind, found by the hash of a name.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::bindings::fermyon::spin::key_value::{Error, Store};
use crate::words;

/// The store's label, as `spin.toml` allows it.
const STORE: &str = "default";

/// A kind of record, and how many places there are for it.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) places: u32,
}

/// The hash that a name is kept under: what is stored tells nobody's name.
pub(crate) type Name = [u8; 16];

/// The name that stands for this key.
pub(crate) fn name_of(key: &str) -> Name {
    let digest = Sha256::digest(key.as_bytes());
    let mut name = Name::default();
    name.copy_from_slice(&digest[..16]);
    name
}

impl Kind {
    /// The key of the place that a name belongs to.
    pub(crate) fn place(&self, name: &Name) -> String {
        let number = u32::from_le_bytes([name[0], name[1], name[2], name[3]]) % self.places;
        format!("{}/{number}", self.name)
    }
}

/// The open store; none when it cannot be opened, which is logged.
pub(crate) fn open() -> Option<Store> {
    Store::open(STORE).inspect_err(|error| failed("open", error)).ok()
}

/// What is in a place; the default when there is nothing or nothing that can be read.
///
/// # Errors
/// The store failed.
pub(crate) fn read<T: DeserializeOwned + Default>(store: &Store, place: &str) -> Result<T, Error> {
    let bytes = store.get(place).inspect_err(|error| failed("get", error))?;
    // A record of an older version is as good as none.
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

/// Puts a record into its place.
///
/// # Errors
/// The store failed.
pub(crate) fn write<T: Serialize>(store: &Store, place: &str, record: &T) -> Result<(), Error> {
    let bytes = serde_json::to_vec(record).unwrap_or_default();
    store.set(place, &bytes).inspect_err(|error| failed("set", error))
}

fn failed(what: &str, error: &Error) {
    let cause = match error {
        Error::StoreTableFull => "too many stores are open".to_owned(),
        Error::NoSuchStore => "there is no such store".to_owned(),
        Error::AccessDenied => "spin.toml does not allow the store".to_owned(),
        Error::Other(cause) => cause.clone(),
    };
    words::log(
        "ERROR",
        "key-value store failed",
        [("call".to_owned(), what.to_owned()), ("cause".to_owned(), cause)],
    );
}
