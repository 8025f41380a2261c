//! The decision of the `rate-limit` filter: which buckets a request or a turn takes from, and what to say about it.

mod decision;
pub(crate) mod settings;

pub use decision::{Decision, decide};
pub use settings::{Plan, Settings, SettingsError};

use crate::{AddressKey, Bucket, Take};

/// The scope that names a developer's usage plan: `plan:<name>`.
pub const PLAN_SCOPE: &str = "plan:";

/// Who is asking, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller<'a> {
    /// No one that we know.
    Anonymous,
    /// A guest.
    Guest {
        /// The principal's subject.
        subject: &'a str,
    },
    /// A customer who signed in.
    Customer {
        /// The principal's subject.
        subject: &'a str,
    },
    /// A program.
    Developer {
        /// The principal's subject.
        subject: &'a str,
        /// The usage plan that its token names.
        plan: Option<&'a str>,
    },
}

impl<'a> Caller<'a> {
    /// The caller of a verified principal. A tier that is not known gets what a guest gets.
    #[must_use]
    pub fn of(tier: &str, subject: &'a str, scopes: &'a [String]) -> Self {
        match tier {
            "customer" => Self::Customer { subject },
            "developer" => Self::Developer {
                subject,
                plan: scopes.iter().find_map(|scope| scope.strip_prefix(PLAN_SCOPE)),
            },
            _ => Self::Guest { subject },
        }
    }
}

/// One bucket to take from, with its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedTake {
    /// The bucket's name: its kind, which we write, then whose it is, which users may have a say in.
    pub key: String,
    /// Its size and speed.
    pub bucket: Bucket,
    /// How many tokens to take.
    pub cost: u32,
}

impl OwnedTake {
    fn one(key: String, bucket: Bucket) -> Self {
        Self { key, bucket, cost: 1 }
    }

    /// The same take, borrowed.
    #[must_use]
    pub fn as_take(&self) -> Take<'_> {
        Take { key: &self.key, bucket: self.bucket, cost: self.cost }
    }
}

/// What an HTTP request takes: one from its address. A developer whose plan counts requests pays from the plan instead, since
/// a program's users may share its address.
#[must_use]
pub fn on_request(settings: &Settings, address: &str, caller: Caller<'_>) -> Vec<OwnedTake> {
    if let Caller::Developer { subject, plan } = caller
        && let Some(requests) = settings.plan(plan).requests
    {
        return vec![OwnedTake::one(format!("requests/developer/{subject}"), requests)];
    }
    let address = AddressKey::parse(address);
    vec![OwnedTake::one(format!("requests/address/{address}"), settings.address_requests)]
}

/// What a chat turn takes: one from whoever asks, and for a guest one from the address too, since a guest can begin a new
/// session as often as an address may send requests.
#[must_use]
pub fn on_turn(settings: &Settings, address: &str, caller: Caller<'_>) -> Vec<OwnedTake> {
    let address = AddressKey::parse(address);
    let by_address =
        || OwnedTake::one(format!("turns/guest-address/{address}"), settings.address_guest_turns);
    match caller {
        Caller::Anonymous => {
            vec![OwnedTake::one(format!("turns/anonymous/{address}"), settings.guest), by_address()]
        }
        Caller::Guest { subject } => {
            vec![OwnedTake::one(format!("turns/guest/{subject}"), settings.guest), by_address()]
        }
        Caller::Customer { subject } => {
            vec![OwnedTake::one(format!("turns/customer/{subject}"), settings.customer)]
        }
        Caller::Developer { subject, plan } => {
            vec![OwnedTake::one(format!("turns/developer/{subject}"), settings.plan(plan).turns)]
        }
    }
}

#[cfg(test)]
mod tests;
