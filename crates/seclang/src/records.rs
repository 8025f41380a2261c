//! What outlives a transaction.

/// Where collections that `initcol` opens are kept between transactions: `initcol:ip=%{REMOTE_ADDR}`.
///
/// A record is loaded when a rule opens its collection, and stored by [`crate::Transaction::log`] when rules have changed it. Two
/// transactions that change one record at the same time keep what the later one stores, as in ModSecurity.
pub trait Records: std::fmt::Debug {
    /// Seconds since a moment that is the same for every transaction.
    fn now_s(&self) -> u64;

    /// What was stored last under this key, unless it was forgotten. `collection` is its name in lower case, of at most eight letters;
    /// a key has at most [`crate::limits::RECORD_KEY_BYTES_MAX`] bytes.
    fn load(&mut self, collection: &str, key: &str) -> Option<Vec<u8>>;

    /// Keeps a record of at most [`crate::limits::RECORD_BYTES_MAX`] bytes for this many seconds. Whoever has no room
    /// may forget it: rules then start anew.
    fn store(&mut self, collection: &str, key: &str, record: &[u8], ttl_s: u32);
}
