//! The collections that rules keep between requests, as records of the host.

use seclang::Records;

/// The host's records of this slot. A key is the collection's name and what opened it: `ip:192.0.2.1`. With at most 8 and 200 bytes it
/// is within the host's bound of 256, as a record of at most 4,096 bytes is.
#[derive(Debug)]
pub(crate) struct HostRecords;

impl Records for HostRecords {
    fn now_s(&self) -> u64 {
        guest::now_s()
    }

    fn load(&mut self, collection: &str, key: &str) -> Option<Vec<u8>> {
        guest::sessions::get(&name(collection, key))
    }

    fn store(&mut self, collection: &str, key: &str, record: &[u8], ttl_s: u32) {
        // A host that has no room may forget it: then the rules begin anew.
        let _ = guest::sessions::set(&name(collection, key), record, ttl_s);
    }
}

fn name(collection: &str, key: &str) -> String {
    format!("{collection}:{key}")
}
