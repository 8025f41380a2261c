//! Two targets that are sent the same: where their logs or answers differ, one of them is wrong.

use std::cell::RefCell;
use std::rc::Rc;

use ftw::{Outcome, Target};
use serde::Serialize;

/// Most differences that are kept. More have one cause.
const DIFFERENCES_MAX: usize = 10_000;
/// Most bytes of a request that are shown with a difference.
const SHOWN_BYTES_MAX: usize = 200;

/// A request on which the two differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The beginning of the request, escaped.
    pub request: String,
    /// Rules that the first target alone logged.
    pub only_first: Vec<u64>,
    /// Rules that the second target alone logged.
    pub only_second: Vec<u64>,
    /// Status of the first and the second target.
    pub statuses: (Option<u16>, Option<u16>),
}

/// The first of two targets, held against the second.
pub struct Differential<A, B> {
    first: A,
    second: B,
    differences: Rc<RefCell<Vec<Difference>>>,
}

impl<A: Target, B: Target> Differential<A, B> {
    /// Sends everything to both and answers as the first.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second, differences: Rc::default() }
    }

    /// What is found, also while it is still being found.
    pub fn differences(&self) -> Rc<RefCell<Vec<Difference>>> {
        Rc::clone(&self.differences)
    }
}

impl<A: Target, B: Target> Target for Differential<A, B> {
    fn exchange(&mut self, raw: &[u8]) -> Outcome {
        let (first, second) = (self.first.exchange(raw), self.second.exchange(raw));
        let mut differences = self.differences.borrow_mut();
        if differences.len() < DIFFERENCES_MAX {
            differences.extend(difference(raw, &first, &second));
        }
        first
    }
}

fn difference(raw: &[u8], first: &Outcome, second: &Outcome) -> Option<Difference> {
    if first.rule_ids == second.rule_ids && first.status == second.status {
        return None;
    }
    let without = |ids: &[u64], others: &[u64]| {
        ids.iter().copied().filter(|id| !others.contains(id)).collect::<Vec<_>>()
    };
    Some(Difference {
        request: raw[..raw.len().min(SHOWN_BYTES_MAX)].escape_ascii().to_string(),
        only_first: without(&first.rule_ids, &second.rule_ids),
        only_second: without(&second.rule_ids, &first.rule_ids),
        statuses: (first.status, second.status),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Matches rules by what the bytes are.
    struct Rules(fn(&[u8]) -> Vec<u64>, u16);

    impl Target for Rules {
        fn exchange(&mut self, raw: &[u8]) -> Outcome {
            Outcome { status: Some(self.1), rule_ids: (self.0)(raw), ..Outcome::default() }
        }
    }

    #[test]
    fn what_agrees_is_no_difference() {
        let mut both = Differential::new(Rules(|_| vec![1], 200), Rules(|_| vec![1], 200));
        assert_eq!(both.exchange(b"GET /").rule_ids, [1]);
        assert!(both.differences().borrow().is_empty());
    }

    #[test]
    fn rules_and_answers_that_differ_are_told_with_the_request() {
        let mut both = Differential::new(Rules(|_| vec![1, 2], 200), Rules(|_| vec![2, 3], 403));
        let found = both.differences();
        assert_eq!(both.exchange(b"GET /\r\n").status, Some(200));
        let found = found.borrow();
        assert_eq!((found[0].only_first.as_slice(), found[0].only_second.as_slice()), (&[1][..], &[3][..]));
        assert_eq!((found[0].request.as_str(), found[0].statuses), ("GET /\\r\\n", (Some(200), Some(403))));
    }
}
