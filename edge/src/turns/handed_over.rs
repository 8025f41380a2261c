//! The sessions that a person was asked for. Turn filters are told, so that no known answer comes between the shopper and the person.
//!
//! The origin knows who waits for a person, and has the last word: while a session is here every turn of it goes to the origin,
//! and each reply to a turn says how it stands. What is forgotten here, by a restart or for want of room, comes back with the
//! next turn that the origin answers.

use std::time::Duration;

use moka::sync::Cache;

use super::latest;

/// Most sessions that are known. Beyond it the one that was quiet longest is forgotten.
const SESSIONS_MAX: u64 = 100_000;
/// How long a session is known without a word of the origin's: no session lives longer.
const KEPT: Duration = Duration::from_secs(86_400);

/// The sessions that a person was asked for.
pub(super) struct HandedOver(Cache<String, ()>);

impl Default for HandedOver {
    fn default() -> Self {
        Self(latest(SESSIONS_MAX, KEPT))
    }
}

impl HandedOver {
    /// Whether a person was asked for in this session.
    pub(super) fn is(&self, session: &str) -> bool {
        self.0.get(session).is_some()
    }

    /// Notes how it stands.
    pub(super) fn set(&self, session: &str, is_handed_over: bool) {
        if is_handed_over {
            self.0.insert(session.to_owned(), ());
        } else {
            self.0.invalidate(session);
        }
    }

    /// Who waits in a session that goes on as another one waits in that.
    pub(super) fn moved(&self, from: &str, to: &str) {
        if self.is(from) {
            self.set(from, false);
            self.set(to, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_there_until_somebody_says_otherwise() {
        let handed_over = HandedOver::default();
        assert!(!handed_over.is("s"));
        handed_over.set("s", true);
        assert!(handed_over.is("s") && !handed_over.is("other"));
        handed_over.set("s", false);
        assert!(!handed_over.is("s"));
    }

    #[test]
    fn who_waits_goes_on_waiting_as_another_session() {
        let handed_over = HandedOver::default();
        handed_over.set("guest", true);
        handed_over.moved("guest", "customer");
        handed_over.moved("nobody", "somebody");
        assert!(handed_over.is("customer"));
        assert!(!handed_over.is("guest") && !handed_over.is("somebody"));
    }
}
