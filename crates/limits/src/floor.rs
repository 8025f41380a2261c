//! The host's own limits, before any filter: so that a flood costs no filter.
//!
//! They are wide. They keep the service standing; fairness between users is the `rate-limit` filter's.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::policy::SettingsError;
use crate::policy::settings::{read_json, validate_bucket};
use crate::{AddressKey, Bucket, BucketStore, InProcessBuckets, State, Take};

/// How much the host lets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Requests of everyone. Default: 10,000 a second.
    pub service: Bucket,
    /// Requests of one address. Default: 50 a second, 1,000 at once: six times what the filter lets an address do.
    pub address: Bucket,
    /// How many addresses are counted at once. Default: 100,000, which is about 15 MB.
    pub addresses_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            service: Bucket::new(10_000, 600_000),
            address: Bucket::new(1_000, 3_000),
            addresses_max: 100_000,
        }
    }
}

/// Fewest addresses that can be counted: under this, one visitor's bucket would push out another's.
const ADDRESSES_MIN: u32 = 1_000;
/// Most addresses that can be counted: 1.5 GB of them.
const ADDRESSES_MAX: u32 = 10_000_000;

impl Settings {
    /// The settings that a JSON object describes.
    ///
    /// # Errors
    /// The first setting that cannot be, by its key.
    pub fn from_json(json: &str) -> Result<Self, SettingsError> {
        let settings: Self = read_json(json)?;
        settings.validate()?;
        Ok(settings)
    }

    /// Checks what the types leave open.
    ///
    /// # Errors
    /// The first setting that cannot be, by its key.
    pub fn validate(&self) -> Result<(), SettingsError> {
        validate_bucket("service", self.service)?;
        validate_bucket("address", self.address)?;
        if !(ADDRESSES_MIN..=ADDRESSES_MAX).contains(&self.addresses_max) {
            return Err(SettingsError::new(
                "addresses_max",
                format!("from {ADDRESSES_MIN} to {ADDRESSES_MAX}"),
            ));
        }
        Ok(())
    }
}

/// Whether a request may go on to the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Pass,
    /// Its address sends too many: a 429.
    AddressLimited {
        /// When to try again, at least 1.
        retry_after_s: u32,
    },
    /// Everyone together sends too many: a 503, for it is not this client's fault.
    ServiceLimited {
        /// When to try again, at least 1.
        retry_after_s: u32,
    },
}

/// The host's limits and what they have counted.
pub struct Floor {
    settings: Settings,
    /// Apart from the addresses, so that no flood of them can push it out.
    service: Mutex<State>,
    addresses: InProcessBuckets,
}

impl Floor {
    /// Limits that have counted nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let keys_max = usize::try_from(settings.addresses_max).unwrap_or(usize::MAX);
        let service = Mutex::new(settings.service.full(0));
        Self { settings, service, addresses: InProcessBuckets::new(keys_max) }
    }

    /// Counts a request, for its address and for the service, or for neither.
    #[must_use]
    pub fn check(&self, now_ms: u64, address: IpAddr) -> Verdict {
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner);
        // A cost of nothing only looks.
        let room = self.settings.service.take(&mut service, now_ms, 0);
        if room.remaining == 0 {
            let wait_ms = self.settings.service.take(&mut service, now_ms, 1).retry_after_ms;
            return Verdict::ServiceLimited { retry_after_s: retry_after_s(wait_ms) };
        }
        let key = AddressKey::of(address).to_string();
        let take = Take { key: &key, bucket: self.settings.address, cost: 1 };
        let outcome = self.addresses.take_all(now_ms, &[take]);
        if !outcome.granted {
            let wait_ms = outcome.levels.first().map_or(0, |level| level.retry_after_ms);
            return Verdict::AddressLimited { retry_after_s: retry_after_s(wait_ms) };
        }
        self.settings.service.take(&mut service, now_ms, 1);
        Verdict::Pass
    }
}

fn retry_after_s(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX).clamp(1, RETRY_AFTER_S_MAX)
}

/// Longest wait that is told to a client.
const RETRY_AFTER_S_MAX: u32 = 3_600;

#[cfg(test)]
mod tests {
    use super::*;

    fn floor(service: u32, address: u32) -> Floor {
        Floor::new(Settings {
            service: Bucket::new(service, 60),
            address: Bucket::new(address, 60),
            ..Settings::default()
        })
    }

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn one_address_cannot_take_what_is_everyones() {
        let floor = floor(4, 2);
        for _ in 0..2 {
            assert_eq!(floor.check(0, address(1)), Verdict::Pass);
        }
        for _ in 0..100 {
            assert_eq!(floor.check(0, address(1)), Verdict::AddressLimited { retry_after_s: 1 });
        }
        assert_eq!(floor.check(0, address(2)), Verdict::Pass);
    }

    #[test]
    fn everyone_together_has_a_limit_too() {
        let floor = floor(3, 2);
        for last in 1..=3 {
            assert_eq!(floor.check(0, address(last)), Verdict::Pass);
        }
        assert_eq!(floor.check(0, address(4)), Verdict::ServiceLimited { retry_after_s: 1 });
        assert_eq!(floor.check(1_000, address(4)), Verdict::Pass);
    }

    #[test]
    fn a_flood_of_addresses_does_not_reset_the_service() {
        let floor = floor(2_000, 10);
        let passed =
            (0..20_000u32).filter(|n| floor.check(0, IpAddr::from(n.to_be_bytes())) == Verdict::Pass);
        assert_eq!(passed.count(), 2_000);
    }

    #[test]
    fn the_defaults_are_valid_and_a_wrong_setting_is_named() {
        assert_eq!(Settings::from_json("{}"), Ok(Settings::default()));
        let key = |json| Settings::from_json(json).unwrap_err().key;
        assert_eq!(key(r#"{"service":{"capacity":0,"refill_per_minute":1}}"#), "service.capacity");
        assert_eq!(key(r#"{"addresses_max":1}"#), "addresses_max");
        assert_eq!(key(r#"{"adresses":1}"#), "adresses");
    }
}
