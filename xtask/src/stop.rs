//! What ends our work before its time: Ctrl-C, a polite kill, the end of the terminal. Whoever waits for something looks here as well.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use signal_hook::iterator::Signals;

/// The signals that end us.
pub(crate) const SIGNALS: [libc::c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// Whether we were told to stop, and how often. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Told {
    times: usize,
    last: Option<libc::c_int>,
}

impl Stop {
    /// That of this process: from the first call on it hears of every signal, and no signal ends us by itself.
    pub(crate) fn of_process() -> Self {
        static STOP: OnceLock<Stop> = OnceLock::new();
        let hearing = || {
            let stop = Self::default();
            stop.hear();
            stop
        };
        STOP.get_or_init(hearing).clone()
    }

    /// Hears of signals from a thread of its own, as long as the process lives.
    fn hear(&self) {
        // Where that cannot be, a signal ends us at once, as it does any program.
        let Ok(mut signals) = Signals::new(SIGNALS) else { return };
        let stop = self.clone();
        std::thread::spawn(move || signals.forever().for_each(|signal| stop.tell(signal)));
    }

    /// Takes note of a signal.
    pub(crate) fn tell(&self, signal: libc::c_int) {
        let mut told = self.told();
        *told = Told { times: told.times + 1, last: Some(signal) };
        self.0.changed.notify_all();
    }

    /// The last signal; none when there was none.
    pub(crate) fn signal(&self) -> Option<libc::c_int> {
        self.told().last
    }

    /// How many signals there were.
    pub(crate) fn times(&self) -> usize {
        self.told().times
    }

    /// Whether what is left has to end at once: who was told to stop was told again.
    pub(crate) fn is_urgent(&self) -> bool {
        self.times() > 1
    }

    /// Waits for a signal, at most so long. Whether there was one, now or before.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let waited = self.0.changed.wait_timeout_while(self.told(), time, |told| told.times == 0);
        waited.unwrap_or_else(PoisonError::into_inner).0.times > 0
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // Every change is one assignment.
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than anything here takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);

    // That signals are heard is tested from outside, in `tests/signals.rs`: a test that sent them to itself would stop the others.

    #[test]
    fn what_was_told_is_waited_for_and_stays() {
        let stop = Stop::default();
        assert_eq!((stop.signal(), stop.wait(Duration::ZERO)), (None, false), "nothing has come yet");
        let told = stop.clone();
        let telling = std::thread::spawn(move || told.tell(libc::SIGHUP));
        assert!(stop.wait(PATIENCE));
        telling.join().unwrap();
        assert_eq!((stop.signal(), stop.wait(Duration::ZERO)), (Some(libc::SIGHUP), true));
    }

    #[test]
    fn what_was_told_twice_is_urgent() {
        let stop = Stop::default();
        stop.clone().tell(libc::SIGINT);
        assert!(!stop.is_urgent());
        stop.clone().tell(libc::SIGTERM);
        assert_eq!((stop.is_urgent(), stop.times(), stop.signal()), (true, 2, Some(libc::SIGTERM)));
    }
}
