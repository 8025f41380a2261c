//! What an answer asks the shop's services: traits, so that PostgreSQL or HTTP services can stand behind them.
//!
//! Whoever implements [`Orders`] gets the customer from the verified principal, never from a text, and answers the order of
//! another customer as it answers an order that there is not.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use thiserror::Error;

use crate::dates::Day;

/// Prices and stock, as they are now.
pub(crate) trait Catalogue: Send + Sync {
    /// The offers of these series; what is not offered is not in the map.
    fn offers(&self, series: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Offer>, ServiceError>>;
}

/// Orders, each seen by its customer alone.
pub(crate) trait Orders: Send + Sync {
    /// An order of this customer; none when there is no such order, or it is someone else's.
    fn order(&self, customer: String, number: String) -> BoxFuture<'_, Result<Option<Order>, ServiceError>>;

    /// The customer's orders, newest first.
    fn recent(&self, customer: String, count_max: usize) -> BoxFuture<'_, Result<Vec<Order>, ServiceError>>;
}

/// What the shop knows of a customer's taste.
pub(crate) trait Profiles: Send + Sync {
    /// The customer's profile; none when there is none.
    fn profile(&self, customer: String) -> BoxFuture<'_, Result<Option<Profile>, ServiceError>>;
}

/// A service that did not answer. Asking again may help.
#[derive(Debug, Error)]
#[error("{service}: {reason}")]
pub(crate) struct ServiceError {
    /// The service.
    pub(crate) service: &'static str,
    /// What went wrong, for the log.
    pub(crate) reason: String,
}

/// Price and stock of one series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Price of one volume in US cents.
    pub(crate) price_cents: u32,
    /// ISO 4217.
    pub(crate) currency: String,
    /// Copies in the warehouse.
    pub(crate) stock: u32,
    /// Binding: `paperback`, `hardcover`.
    pub(crate) format: String,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Its number, `MA-10001`.
    pub(crate) number: String,
    /// Its state, as the shop calls it.
    pub(crate) state: OrderState,
    /// When it was placed.
    pub(crate) placed: Day,
    /// What was ordered.
    pub(crate) items: Vec<OrderItem>,
    /// Shipping method: `domestic`, `economy`, `standard`, `express`, `pickup`.
    pub(crate) method: String,
    /// Carrier, once it is on its way.
    pub(crate) carrier: Option<String>,
    /// Tracking number, once it is on its way.
    pub(crate) tracking: Option<String>,
    /// When it is expected, if it is.
    pub(crate) estimated: Option<Day>,
    /// When it came to its present state.
    pub(crate) since: Day,
    /// What it cost, shipping included, in US cents.
    pub(crate) total_cents: u32,
}

/// Part of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OrderItem {
    /// Catalogue id of the series.
    pub(crate) series: String,
    /// Number of the volume.
    pub(crate) volume: u16,
    /// How many copies.
    pub(crate) quantity: u16,
}

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderState {
    /// It came in.
    Placed,
    /// It was paid.
    Paid,
    /// It is packed.
    Packed,
    /// It is with the carrier.
    Shipped,
    /// It arrives today.
    OutForDelivery,
    /// It arrived.
    Delivered,
    /// It was cancelled.
    Cancelled,
    /// It waits for a reprint or a delivery.
    Backordered,
    /// It waits for its release.
    Preordered,
    /// The customer wants to send it back.
    ReturnRequested,
    /// It came back.
    Returned,
    /// It was paid back.
    Refunded,
}

/// A customer's taste.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    /// Genres, favourite first, by their catalogue names.
    pub(crate) favourite_genres: Vec<String>,
    /// Catalogue ids.
    pub(crate) wishlist: Vec<String>,
}
