//! What a host runs the model on: threads of its own, so that no thread that serves is ever taken; a queue that is refused at
//! its end; a time after which nobody waits any more; and a cache.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use crate::{Model, TEXT_CHARS_MAX, Vector};

/// Makes a vector of a text, and takes milliseconds for it.
pub trait Embed: Send + Sync + 'static {
    /// The text's vector.
    fn embed(&self, text: &str) -> Vector;
}

impl Embed for Model {
    fn embed(&self, text: &str) -> Vector {
        Self::embed(self, text)
    }
}

/// How much a pool may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Threads that run the model.
    pub threads: NonZeroUsize,
    /// Texts that wait for a thread; with none, a text is only taken by a thread that waits for one.
    pub queue_max: usize,
    /// Vectors that are kept, about 1.7 KB each.
    pub cache_max: u64,
    /// How long a vector is waited for.
    pub wait: Duration,
}

/// A vector, and where it came from.
#[derive(Clone, Debug)]
pub struct Given {
    /// The vector.
    pub vector: Arc<Vector>,
    /// How long the model took; none when it was kept from before.
    pub computed: Option<Duration>,
}

/// Why there is no vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// As many texts wait as may.
    Full,
    /// It was not there in time.
    Late,
    /// The text is longer than a chat message.
    TooLong,
    /// The model's thread is gone: it has panicked.
    Failed,
}

impl Missed {
    /// For counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Late => "late",
            Self::TooLong => "too_long",
            Self::Failed => "failed",
        }
    }
}

/// The texts are not kept, only their digests.
type Key = [u8; 32];

/// A text that waits.
struct Job {
    key: Key,
    text: String,
    reply: oneshot::Sender<Given>,
}

/// The threads with their queue and cache. They end when it is dropped.
pub struct Pool {
    queue: SyncSender<Job>,
    cache: Cache<Key, Arc<Vector>>,
    wait: Duration,
}

impl Pool {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(model: &Arc<dyn Embed>, bounds: Bounds) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(bounds.queue_max);
        let cache = Cache::new(bounds.cache_max);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..bounds.threads.get() {
            let (model, jobs, cache) = (Arc::clone(model), Arc::clone(&jobs), cache.clone());
            let thread = std::thread::Builder::new().name(format!("sentence-{number}"));
            thread.spawn(move || work(&*model, &jobs, &cache))?;
        }
        Ok(Self { queue, cache, wait: bounds.wait })
    }

    /// The vector of a text. Never waits longer than [`Bounds::wait`].
    ///
    /// # Errors
    /// There is none: says why.
    pub async fn vector(&self, text: &str) -> Result<Given, Missed> {
        if text.chars().nth(TEXT_CHARS_MAX).is_some() {
            return Err(Missed::TooLong);
        }
        let key = Sha256::digest(text).into();
        if let Some(vector) = self.cache.get(&key) {
            return Ok(Given { vector, computed: None });
        }
        let (reply, given) = oneshot::channel();
        self.queue.try_send(Job { key, text: text.to_owned(), reply }).map_err(|error| match error {
            TrySendError::Full(_) => Missed::Full,
            TrySendError::Disconnected(_) => Missed::Failed,
        })?;
        match tokio::time::timeout(self.wait, given).await {
            Ok(Ok(given)) => Ok(given),
            Ok(Err(_)) => Err(Missed::Failed),
            Err(_) => Err(Missed::Late),
        }
    }
}

/// Takes texts from the queue until that is gone.
fn work(model: &dyn Embed, jobs: &Mutex<Receiver<Job>>, cache: &Cache<Key, Arc<Vector>>) {
    // The multiplication would share its work with every core: here it stays on this thread, which counts as all there are.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
    while let Some(job) = next(jobs) {
        // Nobody waits any more: the next one does.
        if job.reply.is_closed() {
            continue;
        }
        let given = match cache.get(&job.key) {
            Some(vector) => Given { vector, computed: None },
            None => computed(model, &job, cache),
        };
        // It is kept, should nobody have waited for it.
        let _ = job.reply.send(given);
    }
    drop(alone);
}

fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn computed(model: &dyn Embed, job: &Job, cache: &Cache<Key, Arc<Vector>>) -> Given {
    let began = Instant::now();
    let vector = Arc::new(model.embed(&job.text));
    let computed = Some(began.elapsed());
    cache.insert(job.key, Arc::clone(&vector));
    Given { vector, computed }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::NUMBERS;

    /// A model that tells what it is asked, and answers when it is let go on.
    struct Gated {
        asked: Sender<String>,
        go_on: Mutex<Receiver<()>>,
    }

    impl Embed for Gated {
        fn embed(&self, text: &str) -> Vector {
            self.asked.send(text.to_owned()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
            let mut numbers = [0.0; NUMBERS];
            numbers[text.len()] = 1.0;
            Vector::towards(numbers)
        }
    }

    /// A pool, what its model was asked, and what lets it go on.
    fn pool(queue_max: usize, wait: Duration) -> (Arc<Pool>, Receiver<String>, Sender<()>) {
        let ((asked, was_asked), (let_go_on, go_on)) = (channel(), channel());
        let model = Gated { asked, go_on: Mutex::new(go_on) };
        let bounds = Bounds { threads: NonZeroUsize::MIN, queue_max, cache_max: 10, wait };
        (Arc::new(Pool::start(&(Arc::new(model) as Arc<dyn Embed>), bounds).unwrap()), was_asked, let_go_on)
    }

    /// Longer than anything here takes.
    const LONG: Duration = Duration::from_secs(60);

    fn ask(pool: &Arc<Pool>, text: &'static str) -> tokio::task::JoinHandle<Result<Given, Missed>> {
        let pool = Arc::clone(pool);
        tokio::spawn(async move { pool.vector(text).await })
    }

    /// Waits for the model's thread without holding up the test's.
    async fn asked(was_asked: Receiver<String>) -> (String, Receiver<String>) {
        let waiting = tokio::task::spawn_blocking(move || (was_asked.recv().unwrap(), was_asked));
        waiting.await.unwrap()
    }

    #[tokio::test]
    async fn a_text_is_computed_once_and_found_after_that() {
        let (pool, was_asked, let_go_on) = pool(1, LONG);
        let_go_on.send(()).unwrap();
        let first = pool.vector("text").await.unwrap();
        assert!(first.computed.is_some() && first.vector.as_slice()[4] > 0.9);
        let second = pool.vector("text").await.unwrap();
        assert!(second.computed.is_none());
        assert_eq!(second.vector, first.vector);
        assert_eq!(was_asked.try_iter().count(), 1);
    }

    #[tokio::test]
    async fn a_full_queue_is_refused_at_once_and_what_is_kept_is_still_given() {
        let (pool, was_asked, let_go_on) = pool(1, LONG);
        let_go_on.send(()).unwrap();
        pool.vector("kept").await.unwrap();
        assert_eq!(was_asked.recv().unwrap(), "kept");
        let running = ask(&pool, "running");
        let (text, was_asked) = asked(was_asked).await;
        assert_eq!(text, "running");
        // The queue has room for one.
        let waiting = ask(&pool, "waiting");
        tokio::task::yield_now().await;
        assert_eq!(pool.vector("too much").await.unwrap_err(), Missed::Full);
        assert!(pool.vector("kept").await.unwrap().computed.is_none());
        let_go_on.send(()).unwrap();
        let_go_on.send(()).unwrap();
        assert!(running.await.unwrap().is_ok() && waiting.await.unwrap().is_ok());
        assert_eq!(was_asked.try_iter().collect::<Vec<_>>(), ["waiting"]);
    }

    #[tokio::test]
    async fn what_is_not_there_in_time_is_late_and_kept_for_the_next_one() {
        let (pool, was_asked, let_go_on) = pool(1, Duration::from_millis(20));
        let began = Instant::now();
        assert_eq!(pool.vector("slow").await.unwrap_err(), Missed::Late);
        assert!(began.elapsed() >= Duration::from_millis(20));
        assert_eq!(was_asked.recv().unwrap(), "slow");
        let_go_on.send(()).unwrap();
        // Whoever asks again, be it late once more, finds what the first one asked for.
        let again = async {
            loop {
                if let Ok(given) = pool.vector("slow").await {
                    break given;
                }
            }
        };
        let given = tokio::time::timeout(LONG, again).await.unwrap();
        assert!(given.computed.is_none(), "the first one's");
        assert!(was_asked.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_text_that_nobody_waits_for_any_more_is_not_computed() {
        let (pool, was_asked, let_go_on) = pool(2, LONG);
        let running = ask(&pool, "running");
        let (_, was_asked) = asked(was_asked).await;
        let given_up = ask(&pool, "given up");
        let waiting = ask(&pool, "waiting");
        tokio::task::yield_now().await;
        given_up.abort();
        assert!(given_up.await.unwrap_err().is_cancelled());
        let_go_on.send(()).unwrap();
        let_go_on.send(()).unwrap();
        assert!(running.await.unwrap().is_ok() && waiting.await.unwrap().is_ok());
        assert_eq!(was_asked.try_iter().collect::<Vec<_>>(), ["waiting"]);
    }

    #[tokio::test]
    async fn a_text_longer_than_a_message_is_refused_unread() {
        let (pool, was_asked, _let_go_on) = pool(1, LONG);
        let long = "a".repeat(TEXT_CHARS_MAX + 1);
        assert_eq!(pool.vector(&long).await.unwrap_err(), Missed::TooLong);
        assert!(was_asked.try_recv().is_err());
    }

    struct Broken;

    impl Embed for Broken {
        fn embed(&self, _: &str) -> Vector {
            panic!("broken")
        }
    }

    #[tokio::test]
    async fn a_model_that_panics_gives_none_and_holds_nobody_up() {
        let bounds = Bounds { threads: NonZeroUsize::MIN, queue_max: 4, cache_max: 1, wait: LONG };
        let pool = Pool::start(&(Arc::new(Broken) as Arc<dyn Embed>), bounds).unwrap();
        assert_eq!(pool.vector("text").await.unwrap_err(), Missed::Failed);
        // Its queue is gone with its thread, or about to be.
        assert_eq!(pool.vector("text").await.unwrap_err(), Missed::Failed);
    }
}
