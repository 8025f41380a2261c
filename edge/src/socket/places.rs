//! Places for sockets: so many in all, and so many of one session and of one address, so that nobody takes them all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chat::{Code, Problem};

/// How many places there are.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Of the edge.
    pub all: usize,
    /// Of one session: a person with a few tabs.
    pub session: usize,
    /// Of one address: a school or an office behind one.
    pub address: usize,
}

/// The places of an edge.
#[derive(Debug)]
pub struct Places {
    bounds: Bounds,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// By session or address. Never larger than the number of sockets, twice.
    by_name: HashMap<Name, usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    Session(String),
    Address(String),
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    names: [Name; 2],
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    /// Places that are all free.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, taken: Arc::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// None is free, for this session, this address or anybody.
    pub fn take(&self, session: &str, address: &str) -> Result<Place, Problem> {
        let names = [Name::Session(session.to_owned()), Name::Address(address.to_owned())];
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |name: &Name| taken.by_name.get(name).copied().unwrap_or(0);
        if of(&names[0]) >= self.bounds.session || of(&names[1]) >= self.bounds.address {
            let problem =
                Problem::new(Code::RateLimited, "Too many chats of yours are open. Close one and try again.");
            return Err(problem.with_retry_after(5));
        }
        if taken.all >= self.bounds.all {
            let problem =
                Problem::new(Code::Overloaded, "Too many chats are open at once. Try again in a moment.");
            return Err(problem.with_retry_after(5));
        }
        taken.all += 1;
        for name in &names {
            *taken.by_name.entry(name.clone()).or_default() += 1;
        }
        Ok(Place { names, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        for name in &self.names {
            if let Some(count) = taken.by_name.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    taken.by_name.remove(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(places: &Places, session: &str, address: &str) -> Option<Code> {
        places.take(session, address).err().map(|problem| problem.code)
    }

    #[test]
    fn a_session_an_address_and_the_edge_have_so_many_places_and_no_more() {
        let places = Places::new(Bounds { all: 4, session: 2, address: 3 });
        let first = places.take("a", "1").unwrap();
        let _second = places.take("a", "1").unwrap();
        assert_eq!(code(&places, "a", "2"), Some(Code::RateLimited));
        let _third = places.take("b", "1").unwrap();
        assert_eq!(code(&places, "c", "1"), Some(Code::RateLimited));
        let _fourth = places.take("c", "2").unwrap();
        assert_eq!(code(&places, "d", "3"), Some(Code::Overloaded));
        drop(first);
        assert_eq!(code(&places, "a", "3"), None);
    }

    #[test]
    fn what_is_given_back_leaves_nothing_behind() {
        let places = Places::new(Bounds { all: 1, session: 1, address: 1 });
        drop(places.take("a", "1").unwrap());
        assert!(places.taken.lock().unwrap().by_name.is_empty());
    }
}
