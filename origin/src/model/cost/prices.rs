//! The price table: what a million tokens of a model cost, from which day on.
//!
//! ```toml
//! [[price]]
//! model = "amazon.nova-micro-v1:0"
//! from = 2024-12-03
//! currency = "USD"
//! input = 0.035                  # a million tokens
//! output = 0.14
//! cache_read = 0.00875           # absent: as input
//! cache_write = 0                # absent: as input
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::path::Path;

use toml::{Table, Value};

use super::money::{self, MICROS};
use crate::config::{ConfigError, Section};
use crate::dates::Day;
use crate::model::Tokens;

/// Largest price file, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Most entries of a price table.
const PRICES_MAX: usize = 2_000;
/// What Amazon Bedrock puts before a model's id to name a cross-region inference profile.
const PROFILES: &[&str] = &["eu.", "us.", "apac.", "global.", "us-gov.", "jp.", "au.", "ca."];

/// What a million tokens cost from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    from: Day,
    /// Millionths of the currency's unit for a million tokens read.
    input: u64,
    /// The same for tokens written.
    output: u64,
    /// The same for tokens read from the provider's cache.
    cache_read: u64,
    /// The same for tokens written to the provider's cache.
    cache_write: u64,
}

/// The price table. All of it is in one currency, so that what two models took can be added up.
#[derive(Clone, Debug, Default)]
pub struct Prices {
    currency: Option<String>,
    /// The latest price first.
    by_model: BTreeMap<String, Vec<Price>>,
}

impl Prices {
    /// The table in a file.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file and the entry.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let mut text = String::new();
        let read = std::fs::File::open(path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text));
        read.map_err(|error| ConfigError::new("prices.file", format!("{name}: {error}")))?;
        if text.len() as u64 > FILE_BYTES_MAX {
            let reason = format!("{name} is longer than {FILE_BYTES_MAX} bytes");
            return Err(ConfigError::new("prices.file", reason));
        }
        Self::from_toml(&text)
            .map_err(|error| ConfigError::new(format!("{name}: {}", error.key), error.reason))
    }

    /// The table in a text.
    ///
    /// # Errors
    /// [`ConfigError`], naming the entry by its place, from 0.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let table: Table =
            text.parse().map_err(|error: toml::de::Error| ConfigError::new("(file)", error.message()))?;
        let mut root = Section::new(String::new(), table);
        let entries: Vec<Table> = root.optional("price")?.unwrap_or_default();
        root.end()?;
        if entries.len() > PRICES_MAX {
            let reason = format!("{} entries; at most {PRICES_MAX} are taken", entries.len());
            return Err(ConfigError::new("price", reason));
        }
        let mut prices = Self::default();
        for (place, entry) in entries.into_iter().enumerate() {
            prices.add(&mut Section::new(format!("price[{place}]"), entry))?;
        }
        Ok(prices)
    }

    fn add(&mut self, entry: &mut Section) -> Result<(), ConfigError> {
        let model: String = entry.required("model")?;
        if model.is_empty() {
            return Err(ConfigError::new(entry.key("model"), "it is empty"));
        }
        let currency: String = entry.required("currency")?;
        if !money::is_currency(&currency) {
            let reason = format!("{currency:?} is no code of ISO 4217 like USD ({model})");
            return Err(ConfigError::new(entry.key("currency"), reason));
        }
        let table = self.currency.get_or_insert_with(|| currency.clone());
        if *table != currency {
            let reason =
                format!("{model} is in {currency}, but the table begins in {table}: use one currency");
            return Err(ConfigError::new(entry.key("currency"), reason));
        }
        let price = Price::read(entry).map_err(|error| of_model(error, &model))?;
        let dated = self.by_model.entry(model.clone()).or_default();
        match dated.binary_search_by(|other| price.from.cmp(&other.from)) {
            Ok(_) => {
                let reason = format!("{model} has another price from {} on", price.from);
                Err(ConfigError::new(entry.key("from"), reason))
            }
            Err(place) => {
                dated.insert(place, price);
                Ok(())
            }
        }
    }

    /// The price of a model on this day: that of its very id or, for a cross-region inference profile, that of the model
    /// behind it. An ARN counts as the id in it.
    pub(crate) fn in_force(&self, model_id: &str, day: Day) -> Option<&Price> {
        let in_force = |id: &str| self.by_model.get(id)?.iter().find(|price| price.from <= day);
        let id = id_of(model_id);
        in_force(model_id)
            .or_else(|| in_force(id))
            .or_else(|| PROFILES.iter().find_map(|prefix| id.strip_prefix(prefix)).and_then(in_force))
    }

    /// ISO 4217; empty when the table is.
    pub(crate) fn currency(&self) -> &str {
        self.currency.as_deref().unwrap_or_default()
    }
}

impl Price {
    fn read(entry: &mut Section) -> Result<Self, ConfigError> {
        let input = amount(entry, "input")?.ok_or_else(|| missing(entry, "input"))?;
        let price = Self {
            from: date(entry)?,
            input,
            output: amount(entry, "output")?.ok_or_else(|| missing(entry, "output"))?,
            cache_read: amount(entry, "cache_read")?.unwrap_or(input),
            cache_write: amount(entry, "cache_write")?.unwrap_or(input),
        };
        entry.end()?;
        Ok(price)
    }

    /// Whether nothing is paid for any token.
    pub(crate) const fn is_free(&self) -> bool {
        self.input == 0 && self.output == 0 && self.cache_read == 0 && self.cache_write == 0
    }

    /// What these tokens cost, in millionths of the currency's unit, rounded up.
    pub(crate) fn of(&self, tokens: Tokens) -> u64 {
        let parts = [
            (tokens.input, self.input),
            (tokens.output, self.output),
            (tokens.cache_read, self.cache_read),
            (tokens.cache_write, self.cache_write),
        ];
        let total: u128 = parts.iter().map(|(count, price)| u128::from(*count) * u128::from(*price)).sum();
        u64::try_from(total.div_ceil(u128::from(MICROS))).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Price {
    /// In words, without the currency: `3.00 read, 15.00 written, …`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [input, output, cache_read, cache_write] =
            [self.input, self.output, self.cache_read, self.cache_write].map(money::written);
        write!(
            out,
            "{input} read, {output} written, {cache_read} read from the cache, {cache_write} written to it, since {}",
            self.from
        )
    }
}

fn amount(entry: &mut Section, name: &str) -> Result<Option<u64>, ConfigError> {
    let value: Option<Value> = entry.optional(name)?;
    value
        .map(|value| money::micros(&value))
        .transpose()
        .map_err(|reason| ConfigError::new(entry.key(name), reason))
}

fn date(entry: &mut Section) -> Result<Day, ConfigError> {
    let text = match entry.required("from")? {
        Value::String(text) => text,
        other => other.to_string(),
    };
    text.parse().map_err(|error| ConfigError::new(entry.key("from"), format!("{text:?}: {error}")))
}

fn missing(entry: &Section, name: &str) -> ConfigError {
    ConfigError::new(entry.key(name), "it is missing")
}

fn of_model(error: ConfigError, model: &str) -> ConfigError {
    ConfigError::new(error.key, format!("{} ({model})", error.reason))
}

/// The id in an ARN: what is after its last slash.
fn id_of(model_id: &str) -> &str {
    if model_id.starts_with("arn:") { model_id.rsplit('/').next().unwrap_or(model_id) } else { model_id }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r#"
        [[price]]
        model = "vendor.large-v1:0"
        from = "2026-06-01"
        currency = "USD"
        input = 2.5
        output = 10
        [[price]]
        model = "vendor.large-v1:0"
        from = 2026-01-01
        currency = "USD"
        input = 3.00
        output = "15.00"
        cache_read = 0.3
        cache_write = 3.75
        [[price]]
        model = "eu.vendor.large-v2:0"
        from = "2026-01-01"
        currency = "USD"
        input = 1.1
        output = 1.1
        [[price]]
        model = "vendor.large-v2:0"
        from = "2026-01-01"
        currency = "USD"
        input = 1
        output = 1
    "#;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn input_price(model_id: &str, on: &str) -> Option<u64> {
        let prices = Prices::from_toml(TABLE).unwrap();
        prices.in_force(model_id, day(on)).map(|price| price.input)
    }

    fn refused(text: &str) -> String {
        Prices::from_toml(text).unwrap_err().to_string()
    }

    #[test]
    fn the_latest_price_that_has_begun_counts() {
        assert_eq!(input_price("vendor.large-v1:0", "2025-12-31"), None);
        assert_eq!(input_price("vendor.large-v1:0", "2026-01-01"), Some(3_000_000));
        assert_eq!(input_price("vendor.large-v1:0", "2026-05-31"), Some(3_000_000));
        assert_eq!(input_price("vendor.large-v1:0", "2026-06-01"), Some(2_500_000));
    }

    #[test]
    fn a_cross_region_profile_costs_what_its_model_costs() {
        for profile in ["eu.", "us.", "apac.", "global."] {
            assert_eq!(input_price(&format!("{profile}vendor.large-v1:0"), "2026-01-01"), Some(3_000_000));
        }
        assert_eq!(input_price("mars.vendor.large-v1:0", "2026-01-01"), None);
    }

    #[test]
    fn a_profile_with_a_price_of_its_own_costs_that() {
        assert_eq!(input_price("eu.vendor.large-v2:0", "2026-01-01"), Some(1_100_000));
        assert_eq!(input_price("us.vendor.large-v2:0", "2026-01-01"), Some(1_000_000));
    }

    #[test]
    fn an_arn_costs_what_the_id_in_it_costs() {
        let arn = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.vendor.large-v1:0";
        assert_eq!(input_price(arn, "2026-01-01"), Some(3_000_000));
        let arn = "arn:aws:bedrock:us-east-1::foundation-model/vendor.large-v1:0";
        assert_eq!(input_price(arn, "2026-01-01"), Some(3_000_000));
    }

    #[test]
    fn a_part_of_a_millionth_is_rounded_up_once() {
        let prices = Prices::from_toml(TABLE).unwrap();
        let price = prices.in_force("vendor.large-v1:0", day("2026-01-01")).unwrap();
        // 0.3 + 3.75 millionths are 4.05.
        let tokens = Tokens { cache_read: 1, cache_write: 1, ..Tokens::default() };
        assert_eq!(price.of(tokens), 5);
        assert_eq!(price.of(Tokens { input: 1_000, output: 100, ..Tokens::default() }), 4_500);
        assert_eq!(price.of(Tokens::default()), 0);
    }

    #[test]
    fn the_largest_counts_at_the_largest_price_do_not_overflow() {
        let table = "[[price]]\nmodel = \"m\"\nfrom = \"2026-01-01\"\ncurrency = \"USD\"\ninput = 100_000_000\noutput = 100_000_000";
        let prices = Prices::from_toml(table).unwrap();
        let all = Tokens { input: u32::MAX, output: u32::MAX, cache_read: u32::MAX, cache_write: u32::MAX };
        let exact = u128::from(u32::MAX) * 4 * 100_000_000;
        let cost = prices.in_force("m", day("2026-01-01")).unwrap().of(all);
        assert_eq!(u128::from(cost), exact);
    }

    #[test]
    fn an_error_names_the_entry_and_the_model() {
        let twice = refused(&TABLE.replace("2026-06-01", "2026-01-01"));
        assert!(twice.starts_with("price[1].from: vendor.large-v1:0"), "{twice}");
        let negative = refused(&TABLE.replace("output = 10\n", "output = -10\n"));
        assert_eq!(negative, "price[0].output: -10 is negative (vendor.large-v1:0)");
        let mixed = refused(&TABLE.replacen("\"USD\"", "\"EUR\"", 1));
        assert!(mixed.starts_with("price[1].currency: "), "{mixed}");
        assert!(refused(&TABLE.replace("USD", "usd")).starts_with("price[0].currency: "));
        assert!(refused(&TABLE.replace("input = 2.5", "")).starts_with("price[0].input: it is missing"));
        assert!(refused(&TABLE.replace("2026-06-01", "June")).starts_with("price[0].from: "));
        assert!(refused(&TABLE.replace("cache_read", "cached")).starts_with("price[1].cached: "));
        assert!(refused("prices = 3").starts_with("prices: "));
    }
}
