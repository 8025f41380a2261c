//! Turns as rows.

use chat::internal::Exchange;
use chat::message::HistoryTurn;
use chat::{Language, Usage};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Cursor, Status, StoredTurn};

/// The columns that [`turn`] reads.
pub(super) const COLUMNS: &str =
    "id, digest, at_ms, text, language, said, source, cards, citations, usage, status, number";

/// Keeps a turn. A failed one gives way to a later one of the same id; any other stays.
pub(super) fn insert(connection: &Connection, session: &str, turn: &StoredTurn) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO turns (session, id, digest, at_ms, text, language, said, source, cards, citations, usage, status)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (session, id) DO UPDATE SET said = excluded.said, source = excluded.source,
                 cards = excluded.cards, citations = excluded.citations, usage = excluded.usage,
                 status = excluded.status, language = excluded.language
             WHERE turns.status = 'failed'",
        )?
        .execute(params![
            session,
            turn.id.to_string(),
            turn.digest,
            ms(turn.at_ms),
            turn.text,
            json(&turn.language),
            json(&turn.said),
            json(&turn.source),
            json(&turn.cards),
            json(&turn.citations),
            json(&turn.usage),
            status_name(turn.status),
        ])?;
    Ok(())
}

/// An edge answer as a turn. Its time is the edge's word, but never later than now: retention counts from it.
pub(super) fn of_exchange(exchange: Exchange, now_ms: u64) -> StoredTurn {
    let language = match semantics::text::detect_language(&exchange.answer) {
        semantics::text::Language::En => Language::En,
        semantics::text::Language::Ja => Language::Ja,
    };
    StoredTurn {
        id: exchange.id,
        digest: None,
        at_ms: exchange.at_ms.min(now_ms),
        text: exchange.text,
        language,
        said: vec![exchange.answer],
        source: exchange.source,
        cards: Vec::new(),
        citations: exchange.citations,
        usage: Usage::default(),
        status: Status::Complete,
    }
}

/// Reads [`COLUMNS`].
pub(super) fn turn(row: &Row<'_>) -> rusqlite::Result<StoredTurn> {
    let id: String = row.get(0)?;
    let status: String = row.get(10)?;
    Ok(StoredTurn {
        id: id.parse().map_err(|error: uuid::Error| broken(0, error))?,
        digest: row.get(1)?,
        at_ms: row.get::<_, i64>(2)?.cast_unsigned(),
        text: row.get(3)?,
        language: parsed(row, 4)?,
        said: parsed(row, 5)?,
        source: parsed(row, 6)?,
        cards: parsed(row, 7)?,
        citations: parsed(row, 8)?,
        usage: parsed(row, 9)?,
        status: match status.as_str() {
            "complete" => Status::Complete,
            "stopped" => Status::Stopped,
            _ => Status::Failed,
        },
    })
}

/// Reads [`COLUMNS`] for a history page.
pub(super) fn history_turn(row: &Row<'_>) -> rusqlite::Result<(Cursor, HistoryTurn)> {
    let turn = turn(row)?;
    let cursor = Cursor { at_ms: turn.at_ms, number: row.get(11)? };
    let answer = turn.answer();
    let StoredTurn { id, at_ms, text, source, cards, citations, .. } = turn;
    Ok((cursor, HistoryTurn { id, at_ms, text, answer, source, cards, citations }))
}

/// A time as SQLite keeps it.
pub(super) fn ms(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

/// A bound as SQLite takes it.
pub(super) fn bound(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn json<T: Serialize>(value: &T) -> String {
    // What is kept is made of strings, numbers, lists and structs of these: all have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|error| broken(column, error))
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Complete => "complete",
        Status::Stopped => "stopped",
        Status::Failed => "failed",
    }
}

fn broken(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
