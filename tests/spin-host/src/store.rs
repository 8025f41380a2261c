//! The key-value store: in memory, and out of order on demand.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A key-value store that all instances share.
#[derive(Debug, Default)]
pub struct KeyValue {
    records: Mutex<HashMap<String, Vec<u8>>>,
    is_failing: AtomicBool,
    is_failing_when_called: AtomicBool,
    /// The beginning of the keys that cannot be written.
    unwritable: Mutex<Option<&'static str>>,
    /// A key whose record the next read does not find.
    overlooked: Mutex<Option<&'static str>>,
}

/// The store does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing;

impl KeyValue {
    /// From now on every call fails, or none.
    pub fn fail(&self, fail: bool) {
        self.is_failing.store(fail, Ordering::SeqCst);
    }

    /// From now on every call but opening the store fails, or none: as of a database that is there and does not answer.
    pub fn fail_when_called(&self, fail: bool) {
        self.is_failing_when_called.store(fail, Ordering::SeqCst);
    }

    /// From now on no record whose key begins so can be written, or every one can.
    pub fn fail_to_write(&self, beginning: Option<&'static str>) {
        *locked(&self.unwritable) = beginning;
    }

    /// The next read of this record does not find it: as if it came before somebody else's write.
    pub fn overlook_once(&self, key: &'static str) {
        *locked(&self.overlooked) = Some(key);
    }

    /// How many records there are, and how many bytes they have.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let records = self.records();
        (records.len(), records.iter().map(|(key, value)| key.len() + value.len()).sum())
    }

    /// Every record, for a test that looks for what should not be there.
    #[must_use]
    pub fn dump(&self) -> Vec<(String, Vec<u8>)> {
        self.records().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Failing> {
        self.answers()?;
        let mut overlooked = locked(&self.overlooked);
        if *overlooked == Some(key) {
            *overlooked = None;
            return Ok(None);
        }
        Ok(self.records().get(key).cloned())
    }

    pub(crate) fn set(&self, key: String, value: Vec<u8>) -> Result<(), Failing> {
        self.answers()?;
        if locked(&self.unwritable).is_some_and(|beginning| key.starts_with(beginning)) {
            return Err(Failing);
        }
        self.records().insert(key, value);
        Ok(())
    }

    pub(crate) fn delete(&self, key: &str) -> Result<(), Failing> {
        self.answers()?;
        self.records().remove(key);
        Ok(())
    }

    pub(crate) fn keys(&self) -> Result<Vec<String>, Failing> {
        self.answers()?;
        Ok(self.records().keys().cloned().collect())
    }

    pub(crate) fn works(&self) -> Result<(), Failing> {
        if self.is_failing.load(Ordering::SeqCst) { Err(Failing) } else { Ok(()) }
    }

    fn answers(&self) -> Result<(), Failing> {
        self.works()?;
        if self.is_failing_when_called.load(Ordering::SeqCst) { Err(Failing) } else { Ok(()) }
    }

    fn records(&self) -> MutexGuard<'_, HashMap<String, Vec<u8>>> {
        locked(&self.records)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is one insertion, removal or assignment.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
