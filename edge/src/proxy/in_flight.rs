//! Requests under way, which a draining edge waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// How many requests are under way.
#[derive(Debug, Default)]
pub struct Count(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    requests: AtomicUsize,
    ended: Notify,
}

/// A request under way, until it is dropped.
#[derive(Debug)]
pub struct InFlight(Arc<Shared>);

impl Count {
    /// Counts a request.
    #[must_use]
    pub fn enter(&self) -> InFlight {
        self.0.requests.fetch_add(1, Ordering::AcqRel);
        InFlight(Arc::clone(&self.0))
    }

    /// Waits until none is under way.
    pub async fn none(&self) {
        loop {
            // Registered before the count is read, or the last end could fall between the two.
            let ended = self.0.ended.notified();
            if self.0.requests.load(Ordering::Acquire) == 0 {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.0.requests.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn none_is_under_way_once_all_have_ended() {
        let count = Count::default();
        count.none().await;
        let (one, two) = (count.enter(), count.enter());
        let none = count.none();
        tokio::pin!(none);
        assert!(futures_util::poll!(&mut none).is_pending());
        drop(one);
        assert!(futures_util::poll!(&mut none).is_pending());
        drop(two);
        none.await;
    }
}
