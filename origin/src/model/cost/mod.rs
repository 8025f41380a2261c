//! What answers cost, and who may still ask for one: prices by model and date, budgets by principal and for the service.
//!
//! A budget is for one UTC day. It is looked at before a model is asked and counted when the answer is whole, so it is
//! overrun by what was under way when it was used up, and by no more. What was spent is kept in a database behind the
//! turns: [`Ledger::allows_up_to`] and [`Ledger::charge`] look at memory alone, and a crash forgets about a second. Every origin
//! counts by itself.

mod budgets;
mod keep;
mod money;
mod prices;
mod spending;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat::Cost;

pub use budgets::{Budget, Budgets, WHOLE};
pub use prices::{Price, Prices};
use spending::{Spending, Spent};

use super::Tokens;
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::dates::Day;
use crate::store::{Place, Store, StoreError};
pub(crate) use keep::keep;

/// Prices, budgets, and what was spent of them today.
pub(crate) struct Ledger {
    prices: Prices,
    budgets: Budgets,
    clock: Arc<dyn Clock>,
    spending: Mutex<Spending>,
    /// None: a restart forgets what was spent.
    store: Option<Store>,
}

impl Ledger {
    /// A ledger that forgets what was spent when it is dropped.
    ///
    /// # Errors
    /// [`ConfigError`], when the budgets do not fit the prices.
    pub(crate) fn new(prices: Prices, budgets: Budgets, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        budgets.fit(&prices)?;
        let spending = Spending::new(Day::of_ms(clock.now_ms()), budgets.principals_max);
        Ok(Self { prices, budgets, clock, spending: Mutex::new(spending), store: None })
    }

    /// A ledger that allows each principal so many tokens a day.
    #[cfg(test)]
    pub(crate) fn with_tokens_max(tokens_max: u64) -> Self {
        let budget = Budget { tokens: Some(tokens_max), micros: None };
        let budgets = Budgets { guest: budget, customer: budget, ..Budgets::default() };
        Self { budgets, ..Self::default() }
    }

    /// Keeps what is spent in this database from now on, and takes over what it has of today. Blocks.
    ///
    /// # Errors
    /// [`StoreError`], when the database cannot be opened.
    pub(crate) fn kept_in(
        mut self,
        place: &Place,
        queue_max: usize,
        timeout: std::time::Duration,
    ) -> Result<Self, StoreError> {
        let today = self.today();
        let principals_max = self.budgets.principals_max;
        let mut spending = Spending::new(today, principals_max);
        let store = Store::open("ledger", place, queue_max, timeout, |connection| {
            spending = keep::load(connection, today, principals_max)?;
            Ok(())
        })?;
        self.spending = Mutex::new(spending);
        self.store = Some(store);
        Ok(self)
    }

    /// Whether less than this part of today's budgets is spent, the principal's and the service's: then this model may be asked.
    /// A model whose price is nothing needs no money; its tokens count all the same. What a model without a price costs nobody
    /// knows.
    pub(crate) fn allows_up_to(&self, percent: u32, owner: &str, model_id: &str) -> bool {
        let budget = self.budgets.of(owner);
        if budget.is_endless() && self.budgets.service.is_endless() {
            return true;
        }
        let today = self.today();
        let is_free = self.prices.in_force(model_id, today).is_some_and(Price::is_free);
        let used_up = if is_free { Budget::has_no_tokens_left } else { Budget::is_used_up };
        let mut spending = self.spending();
        spending.roll(today);
        let service = &self.budgets.service;
        !used_up(service, spending.service(), percent) && !used_up(&budget, spending.of(owner), percent)
    }

    /// Checks that what these models take can be counted: by name in the configuration and id, those that are asked.
    ///
    /// # Errors
    /// [`ConfigError`], when a budget is in money and a model has no price today: it would be asked without end.
    pub(crate) fn check_priced<'a>(
        &self,
        models: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), ConfigError> {
        let Some(budget) = self.budgets.in_money() else { return Ok(()) };
        let today = self.today();
        let unpriced = models.into_iter().find(|(_, id)| self.prices.in_force(id, today).is_none());
        let Some((name, id)) = unpriced else { return Ok(()) };
        let reason = format!(
            "no price of {id:?} is in force, and without one budgets.{budget}.money has no end: give it one in the price \
             table, 0 if it is free"
        );
        Err(ConfigError::new(format!("models.{name}.model"), reason))
    }

    /// Counts what a model took against the budgets, and says what it costs by today's prices. None when there is no price
    /// for the model: then its tokens count, and no money does.
    pub(crate) fn charge(&self, owner: &str, model_id: &str, tokens: Tokens) -> Option<Cost> {
        let today = self.today();
        let micros = self.prices.in_force(model_id, today).map(|price| price.of(tokens));
        self.count(owner, today, Spent { tokens: sum(tokens), micros: micros.unwrap_or(0) });
        micros.map(|micros| Cost { micros, currency: self.prices.currency().to_owned() })
    }

    fn count(&self, owner: &str, today: Day, spent: Spent) {
        let mut spending = self.spending();
        spending.roll(today);
        let before = spending.service();
        if !self.budgets.service.is_endless() {
            spending.add_to_service(spent);
        }
        if !self.budgets.of(owner).is_endless() {
            spending.add(owner, spent);
        }
        let service = &self.budgets.service;
        if service.is_used_up(spending.service(), WHOLE) && !service.is_used_up(before, WHOLE) {
            tracing::warn!(
                "the service's budget of today is used up: until midnight UTC no model is asked that takes of it"
            );
        }
    }

    fn today(&self) -> Day {
        Day::of_ms(self.clock.now_ms())
    }

    fn spending(&self) -> MutexGuard<'_, Spending> {
        // Every change is a single step: a panic elsewhere leaves the counts whole.
        self.spending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Default for Ledger {
    /// A ledger without prices and budgets: everyone may ask, and nobody knows what it costs.
    fn default() -> Self {
        let clock = Arc::new(crate::clock::SystemClock);
        Self::new(Prices::default(), Budgets::default(), clock).expect("nothing that could be wrong")
    }
}

/// All tokens count alike in a budget of tokens; a budget of money weighs them.
fn sum(tokens: Tokens) -> u64 {
    [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write].into_iter().map(u64::from).sum()
}
