//! What was spent, in a database: written behind the turns, read once at the start.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Ledger;
use super::spending::{Changes, Spending, Spent};
use crate::dates::Day;
use crate::store::StoreError;

/// How often what has changed is written. A crash forgets so much time's spending.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// Most accounts written in one transaction.
const WRITE_BATCH: usize = 1_000;
/// Most accounts deleted in one transaction.
const PURGE_BATCH: usize = 1_000;

/// An account's figures only grow within its day, so a write that is repeated, or comes late, or follows after an account
/// was forgotten in memory, takes nothing back.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS principals (
        day INTEGER NOT NULL,
        owner TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        micros INTEGER NOT NULL,
        PRIMARY KEY (day, owner)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS service (
        day INTEGER PRIMARY KEY,
        tokens INTEGER NOT NULL,
        micros INTEGER NOT NULL
    );
";

/// Keeps what was spent, and deletes what belongs to days before. Runs until it is dropped.
pub(crate) async fn keep(ledger: Arc<Ledger>) {
    let mut times = tokio::time::interval(WRITE_EVERY);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut purged = None;
    loop {
        times.tick().await;
        if let Err(error) = ledger.write().await {
            tracing::error!(error = %error, "what was spent is not kept yet");
        }
        let today = ledger.today();
        if purged != Some(today) {
            match ledger.purge(today).await {
                Ok(()) => purged = Some(today),
                Err(error) => {
                    tracing::error!(error = %error, "the spending of days before is not deleted yet")
                }
            }
        }
    }
}

impl Ledger {
    /// Writes all that has changed.
    pub(crate) async fn write(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        loop {
            let Some(changes) = self.spending().take_changes(WRITE_BATCH).map(Arc::new) else {
                return Ok(());
            };
            let written = Arc::clone(&changes);
            let done = store.run(move |connection| write(connection, &written)).await;
            if let Err(error) = done {
                self.spending().put_back(&changes);
                return Err(error);
            }
        }
    }

    /// Deletes what belongs to days before this one.
    pub(super) async fn purge(&self, today: Day) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        while store.run(move |connection| purge(connection, today)).await? > 0 {}
        store.run(|connection| connection.execute_batch("PRAGMA incremental_vacuum(1000);")).await
    }
}

/// Makes the tables where there are none, and reads what was spent on this day: if by too many, by those who spent most.
pub(super) fn load(connection: &Connection, day: Day, principals_max: usize) -> rusqlite::Result<Spending> {
    connection.execute_batch(SCHEMA)?;
    let service = connection
        .query_row("SELECT tokens, micros FROM service WHERE day = ?1", [day.0], |row| {
            Ok(Spent { tokens: figure(row.get(0)?), micros: figure(row.get(1)?) })
        })
        .optional()?;
    let mut query = connection.prepare(
        "SELECT owner, tokens, micros FROM principals WHERE day = ?1 ORDER BY tokens DESC, micros DESC LIMIT ?2",
    )?;
    let principals = query
        .query_map(params![day.0, i64::try_from(principals_max).unwrap_or(i64::MAX)], |row| {
            Ok((row.get(0)?, Spent { tokens: figure(row.get(1)?), micros: figure(row.get(2)?) }))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Spending::of_day(day, principals_max, service.unwrap_or_default(), principals))
}

fn write(connection: &mut Connection, changes: &Changes) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    if let Some(spent) = changes.service {
        transaction
            .prepare_cached(
                "INSERT INTO service (day, tokens, micros) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
                 SET tokens = MAX(tokens, excluded.tokens), micros = MAX(micros, excluded.micros)",
            )?
            .execute(params![changes.day.0, column(spent.tokens), column(spent.micros)])?;
    }
    {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO principals (day, owner, tokens, micros) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
             SET tokens = MAX(tokens, excluded.tokens), micros = MAX(micros, excluded.micros)",
        )?;
        for (owner, spent) in &changes.principals {
            insert.execute(params![changes.day.0, owner, column(spent.tokens), column(spent.micros)])?;
        }
    }
    transaction.commit()
}

fn purge(connection: &mut Connection, today: Day) -> rusqlite::Result<usize> {
    let transaction = connection.transaction()?;
    let mut purged = transaction.execute("DELETE FROM service WHERE day < ?1", [today.0])?;
    purged += transaction.execute(
        "DELETE FROM principals WHERE (day, owner) IN (SELECT day, owner FROM principals WHERE day < ?1 LIMIT ?2)",
        params![today.0, i64::try_from(PURGE_BATCH).unwrap_or(i64::MAX)],
    )?;
    transaction.commit()?;
    Ok(purged)
}

/// A figure as SQLite keeps it.
fn column(figure: u64) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}

fn figure(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}
