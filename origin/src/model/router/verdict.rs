//! Why an answer is dropped before its end, as whoever reads it tells.

use std::sync::{Arc, Mutex, PoisonError};

/// Carries a reason to the attempt that is dropped. Whoever asks keeps one for each answer; one that is never given says that
/// the shopper left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict(Arc<Mutex<Option<&'static str>>>);

impl Verdict {
    /// The answer is dropped for this reason, a name for metrics.
    pub(crate) fn give(&self, why: &'static str) {
        // One word is whole at every step: a panic elsewhere does not spoil it.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// The reason, once.
    pub(super) fn take(&self) -> Option<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
