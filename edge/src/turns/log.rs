//! One turn's events, as they come: whoever asks for them, however often, gets them from the place they name. This is what
//! makes a retry of the same id an answer and not a second run, and what a dropped stream resumes from.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chat::limits::FREE_RUNS_MAX;
use chat::{Citation, CitationKind, Code, Event, Problem, Source};
use tokio::sync::watch;
use uuid::Uuid;

/// SHA-256 of what a message says: the same id with another digest is another message.
pub type Digest = [u8; 32];

/// What is known of a turn before its first event: what a response's head is made of.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Headers that the chain adds to the response.
    pub headers: Vec<(String, String)>,
    /// The refusal, when the chain refused the turn.
    pub refused: Option<Problem>,
}

/// The events of one turn.
pub struct TurnLog {
    digest: Digest,
    events: Mutex<Vec<Event>>,
    /// How many events there are, and whether the last one has come.
    progress: watch::Sender<Progress>,
    head: watch::Sender<Option<Head>>,
    readers: watch::Sender<usize>,
    /// The last reader said that it leaves: it does not come back.
    left: AtomicBool,
    stop: watch::Sender<bool>,
    /// How often the chain let the same message pass before this run.
    earlier_runs: u32,
    /// Whether the chain let this run pass, and so took its token where it was not free.
    admitted: AtomicBool,
    /// Whether a later message said that this answer was not what was asked.
    turned_down: AtomicBool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    events: usize,
    ended: bool,
}

impl TurnLog {
    /// A turn that has just begun.
    #[must_use]
    pub fn new(digest: Digest) -> Self {
        Self {
            digest,
            events: Mutex::default(),
            progress: watch::Sender::default(),
            head: watch::Sender::default(),
            readers: watch::Sender::default(),
            left: AtomicBool::new(false),
            stop: watch::Sender::default(),
            earlier_runs: 0,
            admitted: AtomicBool::new(false),
            turned_down: AtomicBool::new(false),
        }
    }

    /// The same message once more, after this run of it failed.
    #[must_use]
    pub fn again(&self) -> Self {
        let admitted = u32::from(self.admitted.load(Ordering::Relaxed));
        Self { earlier_runs: self.earlier_runs.saturating_add(admitted), ..Self::new(self.digest) }
    }

    /// Whether the message is the one that this turn answers.
    #[must_use]
    pub fn is_of(&self, digest: &Digest) -> bool {
        self.digest == *digest
    }

    /// Notes that the chain let the turn pass.
    pub fn admit(&self) {
        self.admitted.store(true, Ordering::Relaxed);
    }

    /// Whether the token of an earlier run pays for this one as well.
    #[must_use]
    pub fn is_free(&self) -> bool {
        (1..FREE_RUNS_MAX).contains(&self.earlier_runs)
    }

    /// Whether the chain let no earlier run of the message pass.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.earlier_runs == 0
    }

    /// Notes that a later message turns this answer down. The first time alone counts.
    pub fn turn_down(&self) -> bool {
        !self.turned_down.swap(true, Ordering::Relaxed)
    }

    /// The FAQ entry that the answer is, when the FAQ has answered and the answer is whole.
    #[must_use]
    pub fn faq_entry(&self) -> Option<String> {
        let events = self.events();
        let Some(Event::Done { source: Source::FaqEdge, citations, .. }) = events.last() else { return None };
        let of_faq = |citation: &&Citation| citation.kind == CitationKind::Faq;
        citations.iter().find(of_faq).map(|citation| citation.id.clone())
    }

    /// Says what is known before the first event. The first word stands.
    pub fn set_head(&self, head: Head) {
        self.head.send_if_modified(|known| {
            let first = known.is_none();
            if first {
                *known = Some(head);
            }
            first
        });
    }

    /// Waits for what is known before the first event.
    pub async fn head(&self) -> Head {
        let mut head = self.head.subscribe();
        match head.wait_for(Option::is_some).await {
            Ok(head) => head.clone().unwrap_or_default(),
            Err(_) => Head::default(),
        }
    }

    /// Adds an event. After `done` or `error` nothing is added.
    pub fn push(&self, event: Event) {
        let ended = event.ends_answer();
        let mut events = self.events();
        if events.last().is_some_and(Event::ends_answer) {
            return;
        }
        events.push(event);
        self.progress.send_replace(Progress { events: events.len(), ended });
    }

    /// Whether the last event has come.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.progress.borrow().ended
    }

    /// Whether the turn ended in an error, so that the same message may be tried again.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(self.events().last(), Some(Event::Error { .. }))
    }

    /// Reads from the first event on that a client with delta number `after` has not got; 0 reads everything.
    #[must_use]
    pub fn reader(self: &Arc<Self>, after: u32) -> Reader {
        self.left.store(false, Ordering::Release);
        self.readers.send_modify(|readers| *readers += 1);
        let next = self
            .events()
            .iter()
            .position(|event| matches!(event, Event::Delta { seq, .. } if *seq == after))
            .map_or(0, |at| at + 1);
        Reader { log: Arc::clone(self), next, progress: self.progress.subscribe() }
    }

    /// Asks for the turn to end; what was said stays.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until somebody asks for the end.
    pub async fn stopped(&self) {
        // The sender is this log's own, so it is never gone while this waits.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// Notes that a reader is about to leave for good. If it is the last one, the turn has no time to be come back to.
    pub fn leave(&self) {
        self.left.store(true, Ordering::Release);
    }

    /// Waits until nobody has read for this long, or the last reader has left for good. A client whose connection broke has
    /// that time to come back.
    pub fn abandoned(self: &Arc<Self>, grace: Duration) -> impl Future<Output = ()> + Send + 'static {
        let mut readers = self.readers.subscribe();
        let log = Arc::clone(self);
        async move {
            loop {
                if readers.wait_for(|readers| *readers == 0).await.is_err()
                    || log.left.load(Ordering::Acquire)
                {
                    return;
                }
                let back = tokio::time::timeout(grace, readers.wait_for(|readers| *readers > 0)).await;
                if !matches!(back, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        // Events are pushed whole: a panic elsewhere leaves none half done.
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One client's place in a turn's events.
pub struct Reader {
    log: Arc<TurnLog>,
    next: usize,
    progress: watch::Receiver<Progress>,
}

impl Reader {
    /// The next event; none after the last one.
    pub async fn next(&mut self) -> Option<Event> {
        let next = self.next;
        let ready = self.progress.wait_for(|progress| progress.events > next || progress.ended).await;
        if ready.is_err() {
            return None;
        }
        drop(ready);
        let event = self.log.events().get(next).cloned();
        if event.is_some() {
            self.next += 1;
        }
        event
    }

    /// The turn that is read.
    #[must_use]
    pub const fn log(&self) -> &Arc<TurnLog> {
        &self.log
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.log.readers.send_modify(|readers| *readers -= 1);
    }
}

/// Held by a turn's task. A task that goes without having ended the answer, by a panic for one, would leave its readers waiting
/// for ever: then this ends it.
pub(super) struct Ending {
    log: Arc<TurnLog>,
    id: Uuid,
}

impl Ending {
    pub(super) const fn of(log: Arc<TurnLog>, id: Uuid) -> Self {
        Self { log, id }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.log.has_ended() {
            return;
        }
        tracing::error!(message_id = %self.id, "a turn's task went before its answer had ended");
        let problem = Problem::new(Code::Internal, "The answer could not be given. Try again.");
        self.log.set_head(Head { headers: Vec::new(), refused: Some(problem.clone()) });
        self.log.push(problem.to_event(Some(self.id)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat::Usage;

    fn delta(seq: u32) -> Event {
        Event::Delta { id: Uuid::nil(), seq, text: seq.to_string() }
    }

    /// The log of this run's next one, after the chain let this one pass.
    fn next_run(log: &TurnLog) -> TurnLog {
        log.admit();
        log.again()
    }

    #[test]
    fn one_token_pays_for_a_few_runs_and_not_for_more() {
        let mut log = TurnLog::new([0; 32]);
        assert!(log.is_first() && !log.is_free());
        for _ in 1..FREE_RUNS_MAX {
            log = next_run(&log);
            assert!(log.is_free() && !log.is_first());
        }
        for _ in 0..2 {
            log = next_run(&log);
            assert!(!log.is_free());
        }
    }

    #[test]
    fn a_run_that_the_chain_refused_counts_for_none() {
        let refused = TurnLog::new([0; 32]).again();
        assert!(refused.is_first() && !refused.is_free());
        let refused_later = next_run(&refused).again();
        assert!(refused_later.is_free());
    }

    #[test]
    fn an_answer_is_turned_down_once() {
        let log = TurnLog::new([0; 32]);
        assert!(log.turn_down());
        assert!(!log.turn_down());
    }

    #[test]
    fn only_a_whole_answer_of_the_faq_has_an_entry() {
        let cited = |source| {
            let log = TurnLog::new([0; 32]);
            log.push(delta(1));
            assert_eq!(log.faq_entry(), None);
            let citation = |kind, id: &str| Citation { kind, id: id.into(), title: String::new(), url: None };
            let citations = vec![
                citation(CitationKind::Policy, "shipping#cost"),
                citation(CitationKind::Faq, "shipping"),
            ];
            log.push(Event::Done { id: Uuid::nil(), source, citations, usage: Usage::default() });
            log.faq_entry()
        };
        assert_eq!(cited(Source::FaqEdge).as_deref(), Some("shipping"));
        assert_eq!(cited(Source::Model), None);
    }

    fn done() -> Event {
        Event::Done {
            id: Uuid::nil(),
            source: Source::FaqEdge,
            citations: Vec::new(),
            usage: Usage::default(),
        }
    }

    #[tokio::test]
    async fn every_reader_gets_every_event_whenever_it_begins() {
        let log = Arc::new(TurnLog::new([0; 32]));
        let mut early = log.reader(0);
        log.push(delta(1));
        log.push(done());
        let mut late = log.reader(0);
        for reader in [&mut early, &mut late] {
            assert_eq!(reader.next().await, Some(delta(1)));
            assert_eq!(reader.next().await, Some(done()));
            assert_eq!(reader.next().await, None);
        }
    }

    #[tokio::test]
    async fn a_reader_resumes_after_the_delta_it_has() {
        let log = Arc::new(TurnLog::new([0; 32]));
        log.push(Event::Start { id: Uuid::nil(), source: Source::FaqEdge });
        log.push(delta(1));
        log.push(delta(2));
        log.push(done());
        let mut reader = log.reader(1);
        assert_eq!(reader.next().await, Some(delta(2)));
    }

    #[tokio::test]
    async fn nothing_follows_the_end() {
        let log = Arc::new(TurnLog::new([0; 32]));
        log.push(done());
        log.push(delta(1));
        let mut reader = log.reader(0);
        assert_eq!(reader.next().await, Some(done()));
        assert_eq!(reader.next().await, None);
    }

    fn internal_error() -> Event {
        Problem::new(Code::Internal, "The answer could not be given. Try again.").to_event(Some(Uuid::nil()))
    }

    /// Runs a turn's task into a panic.
    async fn panic_in_a_task_of(log: &Arc<TurnLog>) {
        let ending = Ending::of(Arc::clone(log), Uuid::nil());
        let task: tokio::task::JoinHandle<()> = tokio::spawn(async move {
            let _ending = ending;
            panic!("a fault in a turn");
        });
        assert!(task.await.is_err_and(|error| error.is_panic()));
    }

    #[tokio::test]
    async fn a_turn_whose_task_panics_ends_for_its_readers() {
        let log = Arc::new(TurnLog::new([0; 32]));
        log.set_head(Head::default());
        log.push(delta(1));
        let mut reader = log.reader(0);
        panic_in_a_task_of(&log).await;
        assert_eq!(reader.next().await, Some(delta(1)));
        assert_eq!(reader.next().await, Some(internal_error()));
        assert_eq!(reader.next().await, None);
        assert!(log.head().await.refused.is_none());
    }

    #[tokio::test]
    async fn a_task_that_panics_before_the_head_refuses_the_turn() {
        let log = Arc::new(TurnLog::new([0; 32]));
        panic_in_a_task_of(&log).await;
        assert_eq!(log.head().await.refused.map(|problem| problem.code), Some(Code::Internal));
        assert!(log.has_failed());
    }

    #[tokio::test]
    async fn a_task_that_ended_its_answer_adds_nothing_to_it() {
        let log = Arc::new(TurnLog::new([0; 32]));
        log.push(done());
        drop(Ending::of(Arc::clone(&log), Uuid::nil()));
        let mut reader = log.reader(0);
        assert_eq!(reader.next().await, Some(done()));
        assert_eq!(reader.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_has_no_time_when_its_last_reader_leaves_for_good() {
        let log = Arc::new(TurnLog::new([0; 32]));
        let (leaving, staying) = (log.reader(0), log.reader(0));
        let abandoned = tokio::spawn(log.abandoned(Duration::from_secs(60)));
        log.leave();
        drop(leaving);
        tokio::task::yield_now().await;
        assert!(!abandoned.is_finished(), "another reader stays");
        drop(staying);
        abandoned.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_comes_after_one_left_for_good_has_its_time_again() {
        let log = Arc::new(TurnLog::new([0; 32]));
        let first = log.reader(0);
        log.leave();
        let second = log.reader(0);
        drop(first);
        let abandoned = tokio::spawn(log.abandoned(Duration::from_secs(5)));
        drop(second);
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(!abandoned.is_finished());
        abandoned.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_is_abandoned_when_nobody_comes_back_in_time() {
        let log = Arc::new(TurnLog::new([0; 32]));
        let grace = Duration::from_secs(5);
        let abandoned = tokio::spawn(log.abandoned(grace));
        let first = log.reader(0);
        tokio::time::advance(Duration::from_secs(60)).await;
        drop(first);
        tokio::time::advance(Duration::from_secs(3)).await;
        let second = log.reader(0);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert!(!abandoned.is_finished());
        drop(second);
        abandoned.await.unwrap();
    }
}
