//! Conversations are kept for a bounded time. What is older is deleted, in small batches, when the service starts and from
//! then on regularly.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Retention;
use crate::memory::Memory;
use crate::metrics::Metrics;

/// Deletes what is too old, again and again. Runs until it is dropped.
pub(crate) async fn keep_purging(
    memory: Arc<dyn Memory>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    retention: Retention,
) {
    let mut times = tokio::time::interval(retention.purge_every);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        purge(&*memory, &*clock, &metrics, retention).await;
    }
}

async fn purge(memory: &dyn Memory, clock: &dyn Clock, metrics: &Metrics, retention: Retention) {
    let keep_ms = u64::try_from(retention.keep.as_millis()).unwrap_or(u64::MAX);
    let before_ms = clock.now_ms().saturating_sub(keep_ms);
    let mut purged = 0;
    loop {
        match memory.purge(before_ms).await {
            Ok(0) => break,
            Ok(count) => {
                purged += count;
                metrics.purged.inc_by(count as u64);
            }
            Err(error) => {
                // The next time is soon enough.
                tracing::error!(error = %error, "the purge failed");
                break;
            }
        }
    }
    if purged > 0 {
        if let Err(error) = memory.erase().await {
            tracing::error!(error = %error, "the purged records are not erased yet");
        }
        tracing::info!(purged, "conversations past their time were deleted");
    }
}
