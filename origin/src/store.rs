//! A SQLite database on a thread of its own, so that no request waits on a disk. Jobs queue up to a bound; each has a
//! time to be done in, its wait included.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Where a database is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Memory,
    File(PathBuf),
}

/// A database. Clones share it; its thread ends with the last of them.
#[derive(Clone)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
    timeout: Duration,
}

/// Why a job was not done.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// Too many jobs wait.
    #[error("the database's queue is full")]
    Busy,
    /// It took too long. A write may have happened.
    #[error("the database did not answer in time")]
    Timeout,
    /// The thread is gone: a job panicked.
    #[error("the database is closed")]
    Closed,
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl StoreError {
    /// Whether the same job may succeed a moment later.
    pub(crate) const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy | Self::Timeout)
    }
}

impl Store {
    /// Opens the database and prepares it.
    pub(crate) fn open(
        name: &str,
        place: &Place,
        queue_max: usize,
        timeout: Duration,
        prepare: impl FnOnce(&mut Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, StoreError> {
        let mut connection = match place {
            Place::Memory => Connection::open_in_memory()?,
            Place::File(path) => Connection::open(path)?,
        };
        // Deleted conversations are overwritten and not just forgotten; `auto_vacuum` has to come before the first table.
        connection.execute_batch(
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
             PRAGMA secure_delete = ON; PRAGMA busy_timeout = 1000; PRAGMA foreign_keys = ON;",
        )?;
        prepare(&mut connection)?;
        let (jobs, mut waiting) = mpsc::channel::<Job>(queue_max);
        let work = move || {
            while let Some(job) = waiting.blocking_recv() {
                job(&mut connection);
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|_| StoreError::Closed)?;
        Ok(Self { jobs, timeout })
    }

    /// Does a job. One whose caller has given up before it began is left undone. The future owns what it needs.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'static {
        let (reply, answer) = oneshot::channel();
        let queued = self.jobs.try_send(Box::new(move |connection| {
            if !reply.is_closed() {
                // Whoever asked may be gone by now: that is no error of the job.
                let _ = reply.send(job(connection));
            }
        }));
        let timeout = self.timeout;
        async move {
            queued.map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => StoreError::Busy,
                mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
            })?;
            match tokio::time::timeout(timeout, answer).await {
                Ok(Ok(result)) => result.map_err(StoreError::from),
                Ok(Err(_)) => Err(StoreError::Closed),
                Err(_) => Err(StoreError::Timeout),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(queue_max: usize, timeout: Duration) -> Store {
        Store::open("test", &Place::Memory, queue_max, timeout, |_| Ok(())).unwrap()
    }

    #[tokio::test]
    async fn a_job_that_takes_too_long_is_given_up() {
        let store = store(4, Duration::from_millis(20));
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let slow = store.run(move |_| {
            let _ = held.recv();
            Ok(())
        });
        assert!(matches!(slow.await, Err(StoreError::Timeout)));
        drop(hold);
    }

    #[tokio::test]
    async fn one_job_too_many_is_refused_at_once() {
        let store = store(1, Duration::from_secs(5));
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (begun, begins) = oneshot::channel();
        let running = store.run(move |_| {
            let _ = begun.send(());
            let _ = held.recv();
            Ok(())
        });
        begins.await.unwrap();
        let waiting = store.run(|_| Ok(()));
        assert!(matches!(store.run(|_| Ok(())).await, Err(StoreError::Busy)));
        drop(hold);
        running.await.unwrap();
        waiting.await.unwrap();
    }
}
