//! The memory in a SQLite database: a file, or nowhere but in memory.

use chat::Language;
use chat::internal::Exchange;
use chat::message::{FeedbackPost, History};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::rows::{self, COLUMNS, bound, json, ms};
use super::{
    Beginning, Cursor, Handoff, Memory, MemoryError, PURGE_BATCH, Remembered, Session, StoredTurn, schema,
};
use crate::store::{Place, Store, StoreError};

/// The memory in SQLite.
pub(crate) struct SqliteMemory {
    store: Store,
}

/// What a job found out: its result, or that the session is not the caller's.
type Answered<T> = Result<T, MemoryError>;

impl SqliteMemory {
    pub(crate) fn open(
        place: &Place,
        queue_max: usize,
        timeout: std::time::Duration,
    ) -> Result<Self, StoreError> {
        let store = Store::open("memory", place, queue_max, timeout, schema::migrate)?;
        Ok(Self { store })
    }

    /// A job in one transaction: all of it happens, or nothing.
    fn transact<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<Answered<T>> + Send + 'static,
    ) -> BoxFuture<'static, Answered<T>> {
        let done = self.store.run(move |connection| {
            let transaction = connection.transaction()?;
            let answered = job(&transaction)?;
            if answered.is_ok() {
                transaction.commit()?;
            }
            Ok(answered)
        });
        async move { done.await.map_err(failed)? }.boxed()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: StoreError) -> MemoryError {
    if error.is_retryable() {
        MemoryError::Busy(error.to_string())
    } else {
        MemoryError::Failed(error.to_string())
    }
}

impl Memory for SqliteMemory {
    fn begin(&self, session: Session, beginning: Beginning) -> BoxFuture<'_, Answered<Remembered>> {
        self.transact(move |connection| {
            if let Err(refused) = enter(connection, &session)? {
                return Ok(Err(refused));
            }
            for exchange in beginning.preceding {
                rows::insert(connection, &session.id, &rows::of_exchange(exchange, session.now_ms))?;
            }
            let query = format!("SELECT {COLUMNS} FROM turns WHERE session = ?1 AND id = ?2");
            let same = connection
                .prepare_cached(&query)?
                .query_row(params![session.id, beginning.id.to_string()], rows::turn)
                .optional()?;
            let query = format!(
                "SELECT {COLUMNS} FROM turns WHERE session = ?1 AND id <> ?2 ORDER BY at_ms DESC, number DESC LIMIT ?3"
            );
            let mut statement = connection.prepare_cached(&query)?;
            let found = statement
                .query_map(params![session.id, beginning.id.to_string(), bound(beginning.recent_max)], rows::turn)?;
            let mut recent = found.collect::<rusqlite::Result<Vec<StoredTurn>>>()?;
            recent.reverse();
            Ok(Ok(Remembered { same, recent }))
        })
    }

    fn record(&self, session: Session, turn: StoredTurn) -> BoxFuture<'_, Answered<()>> {
        self.transact(move |connection| {
            // A turn that began before the session was taken over belongs to the session that took it over.
            let moved: Option<Option<String>> = connection
                .prepare_cached("SELECT moved_to FROM sessions WHERE id = ?1")?
                .query_row([&session.id], |row| row.get(0))
                .optional()?;
            rows::insert(connection, moved.flatten().as_ref().unwrap_or(&session.id), &turn)?;
            Ok(Ok(()))
        })
    }

    fn precede(&self, session: Session, exchanges: Vec<Exchange>) -> BoxFuture<'_, Answered<()>> {
        self.transact(move |connection| {
            if let Err(refused) = enter(connection, &session)? {
                return Ok(Err(refused));
            }
            for exchange in exchanges {
                rows::insert(connection, &session.id, &rows::of_exchange(exchange, session.now_ms))?;
            }
            Ok(Ok(()))
        })
    }

    fn history(
        &self,
        session: Session,
        before: Option<Cursor>,
        count_max: usize,
    ) -> BoxFuture<'_, Answered<History>> {
        self.transact(move |connection| {
            if let Err(refused) = enter(connection, &session)? {
                return Ok(Err(refused));
            }
            let before = before.unwrap_or(Cursor { at_ms: u64::MAX, number: i64::MAX });
            // A turn that failed before a word was said has nothing to show.
            let query = format!(
                "SELECT {COLUMNS} FROM turns WHERE session = ?1 AND (at_ms, number) < (?2, ?3)
                 AND (status <> 'failed' OR said <> '[]') ORDER BY at_ms DESC, number DESC LIMIT ?4"
            );
            let mut statement = connection.prepare_cached(&query)?;
            // One more than the page, to know whether there is another.
            let bounds = params![session.id, ms(before.at_ms), before.number, bound(count_max + 1)];
            let mut found =
                statement.query_map(bounds, rows::history_turn)?.collect::<rusqlite::Result<Vec<_>>>()?;
            let more = found.len() > count_max;
            found.truncate(count_max);
            let next = found.last().filter(|_| more).map(|(cursor, _)| cursor.to_string());
            let turns = found.into_iter().rev().map(|(_, turn)| turn).collect();
            Ok(Ok(History { turns, next }))
        })
    }

    fn feedback(&self, session: Session, feedback: FeedbackPost) -> BoxFuture<'_, Answered<()>> {
        self.transact(move |connection| {
            if let Err(refused) = enter(connection, &session)? {
                return Ok(Err(refused));
            }
            connection
                .prepare_cached(
                    "INSERT INTO feedback (session, id, rating, comment, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO UPDATE SET rating = excluded.rating, comment = excluded.comment, at_ms = excluded.at_ms",
                )?
                .execute(params![
                    session.id,
                    feedback.id.to_string(),
                    json(&feedback.rating),
                    feedback.comment,
                    ms(session.now_ms)
                ])?;
            Ok(Ok(()))
        })
    }

    fn hand_off(&self, session: Session) -> BoxFuture<'_, Answered<Handoff>> {
        self.transact(move |connection| {
            if let Err(refused) = enter(connection, &session)? {
                return Ok(Err(refused));
            }
            let id = format!("ho-{}", Uuid::new_v4().simple());
            connection
                .prepare_cached(
                    "INSERT INTO handoffs (id, session, owner, asked_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                )?
                .execute(params![id, session.id, session.owner, ms(session.now_ms)])?;
            let (number, id): (i64, String) = connection
                .prepare_cached("SELECT number, id FROM handoffs WHERE session = ?1 AND open")?
                .query_row([&session.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let position = connection
                .prepare_cached("SELECT COUNT(*) FROM handoffs WHERE open AND number < ?1")?
                .query_row([number], |row| row.get(0))?;
            let language = connection
                .prepare_cached("SELECT language FROM turns WHERE session = ?1 ORDER BY at_ms DESC, number DESC LIMIT 1")?
                .query_row([&session.id], |row| rows::parsed(row, 0))
                .optional()?;
            Ok(Ok(Handoff { id, position, language: language.unwrap_or(Language::En) }))
        })
    }

    fn is_handed_over(&self, session: Session) -> BoxFuture<'_, Answered<bool>> {
        let found = self.store.run(move |connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM handoffs WHERE session = ?1 AND open)")?
                .query_row([&session.id], |row| row.get(0))
        });
        async move { found.await.map_err(failed) }.boxed()
    }

    fn upgrade(&self, session: Session, from: String) -> BoxFuture<'_, Answered<()>> {
        self.transact(move |connection| upgrade(connection, &session, &from))
    }

    fn purge(&self, before_ms: u64) -> BoxFuture<'_, Answered<usize>> {
        self.transact(move |connection| {
            let mut purged = 0;
            for (table, key, time) in [
                ("turns", "number", "at_ms"),
                ("handoffs", "number", "asked_ms"),
                ("feedback", "(session, id)", "at_ms"),
                ("sessions", "id", "seen_ms"),
            ] {
                let columns = key.trim_matches(['(', ')']);
                let delete = format!(
                    "DELETE FROM {table} WHERE {key} IN (SELECT {columns} FROM {table} WHERE {time} < ?1 LIMIT ?2)"
                );
                purged += connection.prepare_cached(&delete)?.execute(params![ms(before_ms), bound(PURGE_BATCH)])?;
            }
            Ok(Ok(purged))
        })
    }

    fn erase(&self) -> BoxFuture<'_, Answered<()>> {
        // `secure_delete` has overwritten the pages; their earlier images are in the write-ahead log until it is emptied.
        let done = self.store.run(|connection| {
            connection.execute_batch("PRAGMA incremental_vacuum(1000); PRAGMA wal_checkpoint(TRUNCATE);")
        });
        async move { done.await.map_err(failed) }.boxed()
    }

    fn check(&self) -> BoxFuture<'_, Answered<()>> {
        let done = self.store.run(|connection| connection.query_row("SELECT 1", [], |_| Ok(())));
        async move { done.await.map_err(failed) }.boxed()
    }
}

/// Enters the session: it becomes the caller's if it is nobody's or was the guest's that the caller has been, and is
/// refused to everyone but its owner.
fn enter(connection: &Connection, session: &Session) -> rusqlite::Result<Answered<()>> {
    let known: Option<(String, Option<String>)> = connection
        .prepare_cached("SELECT owner, moved_to FROM sessions WHERE id = ?1")?
        .query_row([&session.id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        Some((_, Some(_))) => return Ok(Err(MemoryError::Moved)),
        Some((owner, None)) if owner != session.owner && !is_guest(&owner) => {
            return Ok(Err(MemoryError::NotYours));
        }
        _ => {}
    }
    connection
        .prepare_cached(
            "INSERT INTO sessions (id, owner, seen_ms) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET owner = excluded.owner, seen_ms = excluded.seen_ms",
        )?
        .execute(params![session.id, session.owner, ms(session.now_ms)])?;
    Ok(Ok(()))
}

fn is_guest(owner: &str) -> bool {
    owner.starts_with(identity::GUEST_PREFIX)
}

fn upgrade(connection: &Connection, session: &Session, from: &str) -> rusqlite::Result<Answered<()>> {
    if is_guest(&session.owner) {
        return Ok(Err(MemoryError::NotYours));
    }
    if let Err(refused) = enter(connection, session)? {
        return Ok(Err(refused));
    }
    if from == session.id {
        return Ok(Ok(()));
    }
    let known: Option<(String, Option<String>)> = connection
        .prepare_cached("SELECT owner, moved_to FROM sessions WHERE id = ?1")?
        .query_row([from], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        Some((_, Some(to))) if to == session.id => return Ok(Ok(())),
        Some((_, Some(_))) => return Ok(Err(MemoryError::NotYours)),
        Some((owner, None)) if !is_guest(&owner) && owner != session.owner => {
            return Ok(Err(MemoryError::NotYours));
        }
        _ => {}
    }
    for table in ["turns", "feedback", "handoffs"] {
        // What both sessions have under one id stays with the new one.
        connection.execute(
            &format!("UPDATE OR IGNORE {table} SET session = ?1 WHERE session = ?2"),
            [&session.id, from],
        )?;
        connection.execute(&format!("DELETE FROM {table} WHERE session = ?1"), [from])?;
    }
    connection.execute("UPDATE handoffs SET owner = ?1 WHERE session = ?2", [&session.owner, &session.id])?;
    // The old session is closed, known or not yet: what was under way in it arrives here.
    connection.execute(
        "INSERT INTO sessions (id, owner, moved_to, seen_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET owner = excluded.owner, moved_to = excluded.moved_to, seen_ms = excluded.seen_ms",
        params![from, session.owner, session.id, ms(session.now_ms)],
    )?;
    Ok(Ok(()))
}
