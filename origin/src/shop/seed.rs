//! The demo shop's customers, orders and offers, from their files into the services' database. Days in the files count
//! from the day of seeding. A shop whose files changed is seeded anew.

use std::path::Path;

use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::Deserialize;

use super::load::{LoadError, json_lines, read};
use super::services::OrderState;
use crate::dates::Day;

const SCHEMA: &str = "
    CREATE TABLE seed (digest BLOB NOT NULL, day INTEGER NOT NULL);
    CREATE TABLE offers (series TEXT PRIMARY KEY, price_cents INTEGER NOT NULL, currency TEXT NOT NULL,
        stock INTEGER NOT NULL, format TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE customers (id TEXT PRIMARY KEY, name TEXT NOT NULL, favourite_genres TEXT NOT NULL,
        wishlist TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE orders (number TEXT PRIMARY KEY, customer TEXT NOT NULL, state TEXT NOT NULL, placed INTEGER NOT NULL,
        method TEXT NOT NULL, carrier TEXT, tracking TEXT, estimated INTEGER, since INTEGER NOT NULL,
        total_cents INTEGER NOT NULL, items TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX orders_of_customer ON orders (customer, placed DESC, number DESC);
    PRAGMA user_version = 1;
";
const TABLES: [&str; 4] = ["seed", "offers", "customers", "orders"];

/// The files, read.
pub(crate) struct Seed {
    digest: Vec<u8>,
    offers: Vec<OfferLine>,
    customers: Vec<CustomerLine>,
    orders: Vec<OrderLine>,
}

#[derive(Deserialize)]
struct OfferLine {
    series: String,
    price_cents: u32,
    currency: String,
    stock: u32,
    format: String,
}

#[derive(Deserialize)]
struct CustomerLine {
    id: String,
    name: String,
    favourite_genres: Vec<String>,
    wishlist: Vec<String>,
}

#[derive(Deserialize)]
struct OrderLine {
    id: String,
    customer: String,
    state: OrderState,
    placed_day: i64,
    items: Vec<ItemLine>,
    shipping: ShippingLine,
    history: Vec<HistoryLine>,
    total_cents: u32,
}

/// An item, in the file and in the database alike.
#[derive(Deserialize, serde::Serialize)]
pub(crate) struct ItemLine {
    pub(crate) series: String,
    pub(crate) volume: u16,
    pub(crate) quantity: u16,
}

#[derive(Deserialize)]
struct ShippingLine {
    method: String,
    carrier: Option<String>,
    tracking: Option<String>,
    estimated_day: Option<i64>,
}

#[derive(Deserialize)]
struct HistoryLine {
    day: i64,
}

impl Seed {
    /// Reads the files. `known` says whether a series is in the catalogue.
    pub(crate) fn load(dir: &Path, known: &dyn Fn(&str) -> bool) -> Result<Self, LoadError> {
        let [offers_path, customers_path, orders_path] =
            ["offers.jsonl", "customers.jsonl", "orders.jsonl"].map(|name| dir.join(name));
        let mut text = String::new();
        for path in [&offers_path, &customers_path, &orders_path] {
            text.push_str(&read(path)?);
        }
        let offers = json_lines::<OfferLine>(&offers_path)?;
        for (line, offer) in &offers {
            if !known(&offer.series) {
                return Err(LoadError::new(
                    &offers_path,
                    *line,
                    format!("there is no series {}", offer.series),
                ));
            }
        }
        Ok(Self {
            digest: digest(&SHA256, text.as_bytes()).as_ref().to_vec(),
            offers: offers.into_iter().map(|(_, offer)| offer).collect(),
            customers: json_lines(&customers_path)?.into_iter().map(|(_, customer)| customer).collect(),
            orders: json_lines(&orders_path)?.into_iter().map(|(_, order)| order).collect(),
        })
    }

    /// Seeds the database, unless it has been from the same files.
    pub(crate) fn plant(&self, connection: &mut Connection, today: Day) -> rusqlite::Result<()> {
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version == 1 {
            let planted: Option<Vec<u8>> =
                connection.query_row("SELECT digest FROM seed", [], |row| row.get(0)).optional()?;
            if planted.as_ref() == Some(&self.digest) {
                return Ok(());
            }
        }
        let transaction = connection.transaction()?;
        for table in TABLES {
            transaction.execute(&format!("DROP TABLE IF EXISTS {table}"), [])?;
        }
        transaction.execute_batch(SCHEMA)?;
        transaction.execute("INSERT INTO seed VALUES (?1, ?2)", params![self.digest, today.0])?;
        self.insert(&transaction, today)?;
        transaction.commit()
    }

    fn insert(&self, transaction: &Transaction<'_>, today: Day) -> rusqlite::Result<()> {
        let mut offer = transaction.prepare("INSERT OR REPLACE INTO offers VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for line in &self.offers {
            offer.execute(params![line.series, line.price_cents, line.currency, line.stock, line.format])?;
        }
        let mut customer = transaction.prepare("INSERT OR REPLACE INTO customers VALUES (?1, ?2, ?3, ?4)")?;
        for line in &self.customers {
            customer.execute(params![
                line.id,
                line.name,
                json(&line.favourite_genres),
                json(&line.wishlist)
            ])?;
        }
        let mut order = transaction
            .prepare("INSERT OR REPLACE INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
        for line in &self.orders {
            let day = |day: i64| today.plus(day).0;
            order.execute(params![
                line.id,
                line.customer,
                state_name(line.state),
                day(line.placed_day),
                line.shipping.method,
                line.shipping.carrier,
                line.shipping.tracking,
                line.shipping.estimated_day.map(day),
                day(line.history.last().map_or(line.placed_day, |last| last.day)),
                line.total_cents,
                json(&line.items),
            ])?;
        }
        Ok(())
    }
}

fn json<T: serde::Serialize>(value: &T) -> String {
    // Strings and numbers have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

/// A state as the database and the files write it.
fn state_name(state: OrderState) -> String {
    json(&state).trim_matches('"').to_owned()
}
