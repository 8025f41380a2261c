//! The shop's services over SQLite: what runs when there is no other.

use std::collections::HashMap;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rusqlite::{OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;

use super::seed::ItemLine;
use super::services::{Catalogue, Offer, Order, OrderItem, Orders, Profile, Profiles, ServiceError};
use crate::dates::Day;
use crate::store::{Store, StoreError};

/// Catalogue, orders and profiles in one database.
pub(crate) struct EmbeddedShop {
    store: Store,
}

const ORDER_COLUMNS: &str =
    "number, state, placed, method, carrier, tracking, estimated, since, total_cents, items";

impl EmbeddedShop {
    pub(crate) const fn new(store: Store) -> Self {
        Self { store }
    }
}

fn failed(service: &'static str) -> impl FnOnce(StoreError) -> ServiceError {
    move |error| ServiceError { service, reason: error.to_string() }
}

impl Catalogue for EmbeddedShop {
    fn offers(&self, series: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Offer>, ServiceError>> {
        let read = self.store.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT price_cents, currency, stock, format FROM offers WHERE series = ?1",
            )?;
            let mut offers = HashMap::with_capacity(series.len());
            for id in series {
                if let Some(offer) = statement.query_row([&id], offer).optional()? {
                    offers.insert(id, offer);
                }
            }
            Ok(offers)
        });
        async move { read.await.map_err(failed("catalogue")) }.boxed()
    }
}

impl Orders for EmbeddedShop {
    fn order(&self, customer: String, number: String) -> BoxFuture<'_, Result<Option<Order>, ServiceError>> {
        let read = self.store.run(move |connection| {
            // The customer is part of the question: there is no moment in which another's order is at hand.
            let query = format!("SELECT {ORDER_COLUMNS} FROM orders WHERE number = ?1 AND customer = ?2");
            connection.prepare_cached(&query)?.query_row(params![number, customer], order).optional()
        });
        async move { read.await.map_err(failed("orders")) }.boxed()
    }

    fn recent(&self, customer: String, count_max: usize) -> BoxFuture<'_, Result<Vec<Order>, ServiceError>> {
        let read = self.store.run(move |connection| {
            let query = format!(
                "SELECT {ORDER_COLUMNS} FROM orders WHERE customer = ?1 ORDER BY placed DESC, number DESC LIMIT ?2"
            );
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map(params![customer, i64::try_from(count_max).unwrap_or(i64::MAX)], order)?;
            rows.collect()
        });
        async move { read.await.map_err(failed("orders")) }.boxed()
    }
}

impl Profiles for EmbeddedShop {
    fn profile(&self, customer: String) -> BoxFuture<'_, Result<Option<Profile>, ServiceError>> {
        let read = self.store.run(move |connection| {
            connection
                .prepare_cached("SELECT favourite_genres, wishlist FROM customers WHERE id = ?1")?
                .query_row([customer], |row| {
                    Ok(Profile { favourite_genres: json(row, 0)?, wishlist: json(row, 1)? })
                })
                .optional()
        });
        async move { read.await.map_err(failed("profiles")) }.boxed()
    }
}

fn offer(row: &Row<'_>) -> rusqlite::Result<Offer> {
    Ok(Offer { price_cents: row.get(0)?, currency: row.get(1)?, stock: row.get(2)?, format: row.get(3)? })
}

fn order(row: &Row<'_>) -> rusqlite::Result<Order> {
    let state: String = row.get(1)?;
    let items: Vec<ItemLine> = json(row, 9)?;
    Ok(Order {
        number: row.get(0)?,
        state: parsed(1, &format!("\"{state}\""))?,
        placed: Day(row.get(2)?),
        method: row.get(3)?,
        carrier: row.get(4)?,
        tracking: row.get(5)?,
        estimated: row.get::<_, Option<i64>>(6)?.map(Day),
        since: Day(row.get(7)?),
        total_cents: row.get(8)?,
        items: items
            .into_iter()
            .map(|item| OrderItem { series: item.series, volume: item.volume, quantity: item.quantity })
            .collect(),
    })
}

fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    parsed(column, &row.get::<_, String>(column)?)
}

fn parsed<T: DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}
