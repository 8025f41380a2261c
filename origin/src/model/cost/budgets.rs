//! Budgets: how many tokens and how much money a UTC day may take, for each guest, each customer, and the service.
//!
//! ```toml
//! [budgets]
//! currency = "USD"                # of the money below
//! guest = { tokens = 30_000, money = 0.10 }
//! customer = { tokens = 100_000 }
//! service = { money = 50 }
//! ```

use std::fmt;

use toml::Value;

use super::money;
use super::prices::Prices;
use super::spending::Spent;
use crate::config::{ConfigError, Section};

/// Largest budget of tokens: more than any service writes in a day.
const TOKENS_MAX: u64 = 1_000_000_000_000;
/// Principals whose spending is held in memory, unless the configuration says otherwise: about 15 MB.
const PRINCIPALS_DEFAULT: u64 = 100_000;

/// A whole budget, in percent.
pub const WHOLE: u32 = 100;

/// What one day may take. What is absent has no end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Tokens read and written, those of the provider's cache among them.
    pub tokens: Option<u64>,
    /// Money, in millionths of the currency's unit.
    pub micros: Option<u64>,
}

/// All budgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Each guest.
    pub guest: Budget,
    /// Everyone who is signed in, each.
    pub customer: Budget,
    /// All together.
    pub service: Budget,
    /// Currency of the money, ISO 4217; none when no budget is in money.
    pub currency: Option<String>,
    /// Principals whose spending is held in memory. When one more comes, those who spent least are forgotten: their budget
    /// begins anew, and the service's budget still counts what they took.
    pub principals_max: usize,
}

impl Default for Budgets {
    /// No budget at all.
    fn default() -> Self {
        Self {
            guest: Budget::default(),
            customer: Budget::default(),
            service: Budget::default(),
            currency: None,
            principals_max: usize::try_from(PRINCIPALS_DEFAULT).unwrap_or(usize::MAX),
        }
    }
}

impl Budget {
    /// Whether it has no end.
    #[must_use]
    pub const fn is_endless(&self) -> bool {
        self.tokens.is_none() && self.micros.is_none()
    }

    /// Whether so much spending leaves nothing of this part of the budget.
    pub(super) fn is_used_up(&self, spent: Spent, percent: u32) -> bool {
        self.has_no_tokens_left(spent, percent)
            || self.micros.is_some_and(|micros| reaches(spent.micros, micros, percent))
    }

    /// Whether so much spending leaves no tokens. That is all that counts for a model that costs nothing: money does not keep anyone from it.
    pub(super) fn has_no_tokens_left(&self, spent: Spent, percent: u32) -> bool {
        self.tokens.is_some_and(|tokens| reaches(spent.tokens, tokens, percent))
    }

    fn read(section: &mut Section) -> Result<Self, ConfigError> {
        let tokens: Option<u64> = section.optional("tokens")?;
        if let Some(tokens) = tokens.filter(|tokens| *tokens > TOKENS_MAX) {
            let reason = format!("{tokens} is more than {TOKENS_MAX}");
            return Err(ConfigError::new(section.key("tokens"), reason));
        }
        let money: Option<Value> = section.optional("money")?;
        let micros = money
            .map(|money| money::micros(&money))
            .transpose()
            .map_err(|reason| ConfigError::new(section.key("money"), reason))?;
        section.end()?;
        Ok(Self { tokens, micros })
    }
}

impl Budgets {
    pub(crate) fn read(section: &mut Section) -> Result<Self, ConfigError> {
        let currency: Option<String> = section.optional("currency")?;
        if let Some(wrong) = currency.as_ref().filter(|currency| !money::is_currency(currency)) {
            let reason = format!("{wrong:?} is no code of ISO 4217 like USD");
            return Err(ConfigError::new(section.key("currency"), reason));
        }
        let principals_max = section.bounded("principals_max", PRINCIPALS_DEFAULT, 1, 10_000_000)?;
        let budgets = Self {
            guest: Budget::read(&mut section.section("guest")?)?,
            customer: Budget::read(&mut section.section("customer")?)?,
            service: Budget::read(&mut section.section("service")?)?,
            currency,
            principals_max: usize::try_from(principals_max).unwrap_or(usize::MAX),
        };
        section.end()?;
        match budgets.in_money() {
            Some(name) if budgets.currency.is_none() => {
                let reason = format!("it is missing: say what budgets.{name}.money is in");
                Err(ConfigError::new(section.key("currency"), reason))
            }
            _ => Ok(budgets),
        }
    }

    /// Checks that budgets in money have prices in the same money.
    pub(super) fn fit(&self, prices: &Prices) -> Result<(), ConfigError> {
        let Some(name) = self.in_money() else { return Ok(()) };
        let currency = self.currency.as_deref().unwrap_or_default();
        if prices.currency().is_empty() {
            let reason = "without prices no money can be counted: name a price table in prices.file";
            return Err(ConfigError::new(format!("budgets.{name}.money"), reason));
        }
        if prices.currency() != currency {
            let reason = format!("it is {currency}, but the prices are in {}", prices.currency());
            return Err(ConfigError::new("budgets.currency", reason));
        }
        Ok(())
    }

    /// The budget of a principal.
    pub(super) fn of(&self, owner: &str) -> Budget {
        if owner.starts_with(identity::GUEST_PREFIX) { self.guest } else { self.customer }
    }

    /// Whether there is no budget at all.
    pub(crate) fn are_endless(&self) -> bool {
        self.by_name().iter().all(|(_, budget)| budget.is_endless())
    }

    /// The first budget that is in money.
    pub(super) fn in_money(&self) -> Option<&'static str> {
        self.by_name().iter().find(|(_, budget)| budget.micros.is_some()).map(|(name, _)| *name)
    }

    fn by_name(&self) -> [(&'static str, Budget); 3] {
        [("guest", self.guest), ("customer", self.customer), ("service", self.service)]
    }
}

impl fmt::Display for Budgets {
    /// In words: `each guest 30000 tokens and 0.10 USD; each customer no bound; …`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let currency = self.currency.as_deref().unwrap_or_default();
        let words = |budget: Budget| match (budget.tokens, budget.micros) {
            (None, None) => "no bound".to_owned(),
            (Some(tokens), None) => format!("{tokens} tokens"),
            (None, Some(micros)) => format!("{} {currency}", money::written(micros)),
            (Some(tokens), Some(micros)) => {
                format!("{tokens} tokens and {} {currency}", money::written(micros))
            }
        };
        let [guest, customer, service] = [self.guest, self.customer, self.service].map(words);
        write!(out, "each guest {guest}; each customer {customer}; the service {service}")
    }
}

/// Whether what was spent is this part of a budget or more.
fn reaches(spent: u64, budget: u64, percent: u32) -> bool {
    u128::from(spent) * u128::from(WHOLE) >= u128::from(budget) * u128::from(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICES: &str =
        "[[price]]\nmodel = \"m\"\nfrom = \"2026-01-01\"\ncurrency = \"USD\"\ninput = 1\noutput = 1";

    fn read(text: &str) -> Result<Budgets, ConfigError> {
        Budgets::read(&mut Section::new("budgets".into(), text.parse().unwrap()))
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().key
    }

    #[test]
    fn a_budget_may_be_in_tokens_in_money_or_in_both() {
        let budgets =
            read("currency = \"USD\"\nguest = { tokens = 3, money = 0.1 }\nservice.money = 50").unwrap();
        assert_eq!(budgets.guest, Budget { tokens: Some(3), micros: Some(100_000) });
        assert!(budgets.customer.is_endless());
        assert_eq!(budgets.service, Budget { tokens: None, micros: Some(50_000_000) });
        assert_eq!(
            budgets.to_string(),
            "each guest 3 tokens and 0.10 USD; each customer no bound; the service 50.00 USD"
        );
    }

    #[test]
    fn an_error_names_the_budget() {
        assert_eq!(refused("guest.tokens = -1"), "budgets.guest.tokens");
        assert_eq!(refused(&format!("service.tokens = {}", i64::MAX)), "budgets.service.tokens");
        assert_eq!(refused("currency = \"USD\"\ncustomer.money = -0.5"), "budgets.customer.money");
        assert_eq!(refused("guest.euros = 3"), "budgets.guest.euros");
        assert_eq!(refused("visitor.tokens = 3"), "budgets.visitor");
        assert_eq!(refused("principals_max = 0"), "budgets.principals_max");
        assert_eq!(refused("currency = \"dollars\""), "budgets.currency");
        assert_eq!(refused("guest.money = 1"), "budgets.currency");
    }

    #[test]
    fn money_is_counted_in_the_currency_of_the_prices() {
        let budgets = read("currency = \"EUR\"\nguest.money = 1").unwrap();
        let error = budgets.fit(&Prices::from_toml(PRICES).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "budgets.currency: it is EUR, but the prices are in USD");
        let error = budgets.fit(&Prices::default()).unwrap_err();
        assert_eq!(error.key, "budgets.guest.money");
        let budgets = read("currency = \"EUR\"\nguest.tokens = 1").unwrap();
        budgets.fit(&Prices::from_toml(PRICES).unwrap()).unwrap();
    }
}
