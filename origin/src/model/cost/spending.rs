//! What was spent today, in memory. Knows neither the time nor the disk.

use std::collections::{HashMap, VecDeque};

use crate::dates::Day;

/// When there are too many principals, one in so many is forgotten at once: so it is seldom looked who spent least.
const FORGOTTEN_PART: usize = 16;

/// So much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) tokens: u64,
    /// Millionths of the currency's unit.
    pub(super) micros: u64,
}

impl Spent {
    const fn and(self, more: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(more.tokens),
            micros: self.micros.saturating_add(more.micros),
        }
    }
}

/// What was spent on one day.
#[derive(Debug)]
pub(super) struct Spending {
    day: Day,
    service: Account,
    principals: HashMap<String, Account>,
    principals_max: usize,
    /// Whose account has changed since it was last kept, longest ago first. At most `principals_max`.
    changed: VecDeque<String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Account {
    spent: Spent,
    /// It is to be kept: for a principal, its name is in `changed`.
    is_changed: bool,
}

/// Accounts to be kept: what they come to, not what was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) day: Day,
    pub(super) service: Option<Spent>,
    pub(super) principals: Vec<(String, Spent)>,
}

impl Spending {
    pub(super) fn new(day: Day, principals_max: usize) -> Self {
        Self {
            day,
            service: Account::default(),
            principals: HashMap::new(),
            principals_max,
            changed: VecDeque::new(),
        }
    }

    /// What was kept of a day.
    pub(super) fn of_day(
        day: Day,
        principals_max: usize,
        service: Spent,
        principals: impl IntoIterator<Item = (String, Spent)>,
    ) -> Self {
        let kept = |spent| Account { spent, is_changed: false };
        let principals =
            principals.into_iter().take(principals_max).map(|(owner, spent)| (owner, kept(spent))).collect();
        Self { service: kept(service), principals, ..Self::new(day, principals_max) }
    }

    /// Begins anew on another day. A clock that is set back over midnight gives no budget back.
    pub(super) fn roll(&mut self, today: Day) {
        if today != self.day && today != self.day.plus(-1) {
            *self = Self::new(today, self.principals_max);
        }
    }

    pub(super) const fn service(&self) -> Spent {
        self.service.spent
    }

    pub(super) fn of(&self, owner: &str) -> Spent {
        self.principals.get(owner).map_or_else(Spent::default, |account| account.spent)
    }

    pub(super) const fn add_to_service(&mut self, spent: Spent) {
        self.service = Account { spent: self.service.spent.and(spent), is_changed: true };
    }

    pub(super) fn add(&mut self, owner: &str, spent: Spent) {
        if !self.principals.contains_key(owner) && self.principals.len() >= self.principals_max {
            self.forget_least();
        }
        let account = self.principals.entry(owner.to_owned()).or_default();
        account.spent = account.spent.and(spent);
        if !account.is_changed {
            account.is_changed = true;
            self.changed.push_back(owner.to_owned());
        }
    }

    /// Forgets those who spent least.
    fn forget_least(&mut self) {
        let mut left = (self.principals_max / FORGOTTEN_PART).max(1).min(self.principals.len());
        let mut tokens: Vec<u64> = self.principals.values().map(|account| account.spent.tokens).collect();
        let Some(last) = left.checked_sub(1) else { return };
        let (_, bound, _) = tokens.select_nth_unstable(last);
        let bound = *bound;
        self.principals.retain(|_, account| {
            let forgotten = left > 0 && account.spent.tokens <= bound;
            left -= usize::from(forgotten);
            !forgotten
        });
        let Self { principals, changed, .. } = self;
        changed.retain(|owner| principals.contains_key(owner));
    }

    /// Up to `count_max` accounts that have changed. They count as kept from now on.
    pub(super) fn take_changes(&mut self, count_max: usize) -> Option<Changes> {
        let service = std::mem::take(&mut self.service.is_changed).then_some(self.service.spent);
        let count = self.changed.len().min(count_max);
        let mut principals = Vec::with_capacity(count);
        for owner in self.changed.drain(..count) {
            if let Some(account) = self.principals.get_mut(&owner) {
                account.is_changed = false;
                principals.push((owner, account.spent));
            }
        }
        let changes = Changes { day: self.day, service, principals };
        (changes.service.is_some() || !changes.principals.is_empty()).then_some(changes)
    }

    /// These were not kept after all.
    pub(super) fn put_back(&mut self, changes: &Changes) {
        if changes.day != self.day {
            return;
        }
        self.service.is_changed |= changes.service.is_some();
        for (owner, _) in &changes.principals {
            if let Some(account) = self.principals.get_mut(owner).filter(|account| !account.is_changed) {
                account.is_changed = true;
                self.changed.push_back(owner.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Day = Day(20_000);

    fn spent(tokens: u64) -> Spent {
        Spent { tokens, micros: 0 }
    }

    #[test]
    fn a_clock_set_back_over_midnight_gives_no_budget_back() {
        let mut spending = Spending::new(DAY, 10);
        spending.add("a", spent(5));
        spending.roll(DAY.plus(-1));
        assert_eq!(spending.of("a"), spent(5));
        spending.roll(DAY.plus(1));
        assert_eq!(spending.of("a"), spent(0));
    }

    #[test]
    fn a_clock_that_was_years_ahead_does_not_stop_the_days() {
        let mut spending = Spending::new(DAY.plus(9_000), 10);
        spending.roll(DAY);
        spending.add("a", spent(5));
        spending.roll(DAY.plus(1));
        assert_eq!(spending.of("a"), spent(0));
    }

    #[test]
    fn one_principal_too_many_makes_those_forgotten_who_spent_least() {
        let mut spending = Spending::new(DAY, 32);
        for n in 0..32 {
            spending.add(&format!("p{n}"), spent(100 + n));
        }
        spending.add("new", spent(1));
        assert_eq!(spending.principals.len(), 31);
        assert_eq!((spending.of("p0"), spending.of("p1")), (spent(0), spent(0)));
        assert_eq!(
            (spending.of("p2"), spending.of("p31"), spending.of("new")),
            (spent(102), spent(131), spent(1))
        );
        assert_eq!(spending.changed.len(), 31, "nobody who is forgotten waits to be kept");
    }

    #[test]
    fn among_equals_only_as_many_are_forgotten_as_must_be() {
        let mut spending = Spending::new(DAY, 32);
        for n in 0..33 {
            spending.add(&format!("p{n}"), spent(7));
        }
        assert_eq!(spending.principals.len(), 31);
    }

    #[test]
    fn a_change_is_taken_once_and_put_back_when_it_was_not_kept() {
        let mut spending = Spending::new(DAY, 10);
        spending.add("a", spent(5));
        spending.add("b", spent(6));
        spending.add_to_service(spent(11));
        let changes = spending.take_changes(1).unwrap();
        assert_eq!((changes.service, &changes.principals), (Some(spent(11)), &vec![("a".into(), spent(5))]));
        spending.add("a", spent(1));
        spending.put_back(&changes);
        let changes = spending.take_changes(10).unwrap();
        assert_eq!(changes.service, Some(spent(11)));
        assert_eq!(changes.principals, [("b".into(), spent(6)), ("a".into(), spent(6))]);
        assert_eq!(spending.take_changes(10), None);
    }

    #[test]
    fn sums_stop_at_the_largest_number() {
        let mut spending = Spending::new(DAY, 10);
        let most = Spent { tokens: u64::MAX, micros: u64::MAX };
        spending.add("a", most);
        spending.add("a", most);
        spending.add_to_service(most);
        spending.add_to_service(most);
        assert_eq!((spending.of("a"), spending.service()), (most, most));
    }
}
