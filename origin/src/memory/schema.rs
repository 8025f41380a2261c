//! The tables, and how an older database becomes a newer one. `user_version` counts the steps taken.

use rusqlite::Connection;

/// Each step, in order. A step that has shipped is never changed: append another.
const STEPS: &[&str] = &["
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        moved_to TEXT,
        seen_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX sessions_by_age ON sessions (seen_ms);

    CREATE TABLE turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        session TEXT NOT NULL,
        id TEXT NOT NULL,
        digest BLOB,
        at_ms INTEGER NOT NULL,
        text TEXT NOT NULL,
        language TEXT NOT NULL,
        said TEXT NOT NULL,
        source TEXT NOT NULL,
        cards TEXT NOT NULL,
        citations TEXT NOT NULL,
        usage TEXT NOT NULL,
        status TEXT NOT NULL,
        UNIQUE (session, id)
    );
    CREATE INDEX turns_of_session ON turns (session, at_ms DESC, number DESC);
    CREATE INDEX turns_by_age ON turns (at_ms);

    CREATE TABLE feedback (
        session TEXT NOT NULL,
        id TEXT NOT NULL,
        rating TEXT NOT NULL,
        comment TEXT,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (session, id)
    ) WITHOUT ROWID;
    CREATE INDEX feedback_by_age ON feedback (at_ms);

    CREATE TABLE handoffs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        session TEXT NOT NULL,
        owner TEXT NOT NULL,
        asked_ms INTEGER NOT NULL,
        open INTEGER NOT NULL DEFAULT 1
    );
    CREATE UNIQUE INDEX handoff_open ON handoffs (session) WHERE open;
    CREATE INDEX handoffs_by_age ON handoffs (asked_ms);
"];

/// Brings the database up to date, each step in its own transaction.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (step, sql) in (1_u32..).zip(STEPS).filter(|(step, _)| *step > version) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step)?;
        transaction.commit()?;
    }
    Ok(())
}
