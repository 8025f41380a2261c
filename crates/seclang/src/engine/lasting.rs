//! Collections that outlive a transaction: opened by `initcol`, changed by `setvar`, stored when the transaction ends.

use ::sha1::Digest as _;

use super::collections::Held;
use super::select::Name;
use super::store::Problem;
use super::transaction::Transaction;
use crate::compile::{Part, Pick, Piece, Place, Template};
use crate::limits::{RECORD_BYTES_MAX, RECORD_KEY_BYTES_MAX};
use crate::variable::Variable;

/// An open collection.
#[derive(Debug)]
pub(super) struct Lasting {
    collection: Variable,
    key: String,
    created: u64,
    /// When it was stored last.
    updated: u64,
    updates: u32,
    /// Names of variables, and when each is forgotten.
    expiries: Vec<(Vec<u8>, u64)>,
    changed: bool,
}

/// What the engine says of an open collection, beside what rules keep in it.
const FACTS: [&[u8]; 5] = [b"key", b"is_new", b"create_time", b"last_update_time", b"update_counter"];

impl<'r> Transaction<'r> {
    /// Opens a collection, once: the first key counts. None is opened for a key of what this kind of transaction never knows: the
    /// messages of all clients would share one record.
    pub(super) fn open_collection(&mut self, collection: Variable, key: &Template) {
        if self.lasting.iter().any(|open| open.collection == collection) {
            return;
        }
        let mut pieces = key.0.iter();
        if pieces.any(|piece| matches!(piece, Piece::Value(variable, _) if !self.has(*variable))) {
            return;
        }
        let mut name = Vec::new();
        self.expand(key, &mut name);
        let owner = match collection {
            Variable::Session => Some(Variable::SessionId),
            Variable::User => Some(Variable::UserId),
            _ => None,
        };
        if let Some(owner) = owner {
            let value = self.store.push(&name);
            self.collections.set(owner, Held::Value(value));
        }
        let key = bounded(name);
        let lower = collection.name().to_ascii_lowercase();
        let Some(records) = &mut self.records else { return };
        let now = records.now_s();
        let record = records.load(&lower, &key).and_then(|bytes| Record::decode(&bytes));
        let is_new = record.is_none();
        let record = record.unwrap_or(Record { created: now, updated: now, ..Record::default() });
        let mut expiries = Vec::new();
        for Kept { name, expires, value } in record.kept {
            if expires != 0 && expires <= now {
                continue;
            }
            let held = self.held(&value);
            self.set_lasting(collection, &name, held);
            if expires != 0 {
                expiries.push((name, expires));
            }
        }
        let number = |value: u64| Held::Number(i64::try_from(value).unwrap_or(i64::MAX));
        let facts = [
            Held::Value(self.store.push(key.as_bytes())),
            Held::Number(i64::from(is_new)),
            number(record.created),
            number(record.updated),
            Held::Number(i64::from(record.updates)),
        ];
        for (name, held) in FACTS.iter().zip(facts) {
            self.set_lasting(collection, name, held);
        }
        let Record { created, updated, updates, .. } = record;
        self.lasting.push(Lasting { collection, key, created, updated, updates, expiries, changed: false });
    }

    /// `expirevar`: the variable is forgotten after so many seconds.
    pub(super) fn expire_variable(&mut self, place: &Place, seconds: i64) {
        let Some(now) = self.records.as_ref().map(|records| records.now_s()) else { return };
        let (collection, name) = self.named(place);
        let Some(open) = self.lasting.iter_mut().find(|open| open.collection == collection) else { return };
        let at = now.saturating_add(u64::try_from(seconds).unwrap_or(0)).max(1);
        open.expiries.retain(|(known, _)| *known != name);
        open.expiries.push((name, at));
        open.changed = true;
    }

    /// `deprecatevar`: the number shrinks by `amount` for every `period` since the collection was stored last, not below 0.
    pub(super) fn deprecate_variable(&mut self, place: &Place, amount: i64, period: u64) {
        let Some(now) = self.records.as_ref().map(|records| records.now_s()) else { return };
        let (collection, name) = self.named(place);
        let Some(open) = self.lasting.iter_mut().find(|open| open.collection == collection) else { return };
        let periods = i64::try_from(now.saturating_sub(open.updated) / period.max(1)).unwrap_or(i64::MAX);
        let held = self.variables.by_name(collection, &name, &self.rules.slots, &self.store);
        let before = self.number_of(held);
        let after = before.saturating_sub(periods.saturating_mul(amount)).max(0).min(before);
        if held != Held::Unset && after != before {
            self.set_lasting(collection, &name, Held::Number(after));
            self.note_change(collection);
        }
    }

    /// Notes that rules changed a collection.
    pub(super) fn note_change(&mut self, collection: Variable) {
        if let Some(open) = self.lasting.iter_mut().find(|open| open.collection == collection) {
            open.changed = true;
        }
    }

    /// Stores what rules changed.
    pub(super) fn store_collections(&mut self) {
        for open in std::mem::take(&mut self.lasting) {
            if open.changed {
                self.store_collection(&open);
            }
        }
    }

    fn store_collection(&mut self, open: &Lasting) {
        let Some(now) = self.records.as_ref().map(|records| records.now_s()) else { return };
        let mut members = Vec::new();
        self.members(open.collection, &Pick::All, &mut members);
        let mut record = Record {
            created: open.created,
            updated: now,
            updates: open.updates.saturating_add(1),
            kept: Vec::new(),
        };
        for member in members {
            let name = match member.name {
                Name::None => continue,
                Name::Value(id) => self.store.get(id).to_vec(),
                Name::Slot(slot) => self.rules.slots.name(slot).1.as_bytes().to_vec(),
            };
            if FACTS.contains(&name.as_slice()) {
                continue;
            }
            let id = self.value_of(member.held);
            let expires = open.expiries.iter().find(|(known, _)| *known == name).map_or(0, |(_, at)| *at);
            record.kept.push(Kept { name, expires, value: self.store.get(id).to_vec() });
        }
        let (bytes, whole) = record.encode();
        if !whole {
            self.store.report(Problem::Variables);
        }
        let lower = open.collection.name().to_ascii_lowercase();
        let ttl_s = self.rules.settings.collection_timeout_s;
        if let Some(records) = &mut self.records {
            records.store(&lower, &open.key, &bytes, ttl_s);
        }
    }

    /// Whether a transaction of this kind has the variable at all.
    fn has(&self, variable: Variable) -> bool {
        if self.part == Part::Message {
            return variable.exists_for_a_message();
        }
        !self.is_response_alone || variable.exists_before_a_response() || variable.is_from_response()
    }

    fn set_lasting(&mut self, collection: Variable, name: &[u8], held: Held) {
        self.variables.set_by_name(collection, name, held, &self.rules.slots, &mut self.store);
    }

    /// A number where the text is one.
    fn held(&mut self, value: &[u8]) -> Held {
        let text = std::str::from_utf8(value).ok();
        match text.and_then(|text| text.parse::<i64>().ok().filter(|number| number.to_string() == text)) {
            Some(number) => Held::Number(number),
            None => Held::Value(self.store.push(value)),
        }
    }

    fn named(&mut self, place: &Place) -> (Variable, Vec<u8>) {
        match place {
            Place::Slot(slot) => {
                let (collection, name) = self.rules.slots.name(*slot);
                (collection, name.as_bytes().to_vec())
            }
            Place::Named(collection, template) => {
                let mut name = Vec::new();
                self.expand(template, &mut name);
                name.make_ascii_lowercase();
                (*collection, name)
            }
        }
    }
}

/// A key that is too long or no text is known by its digest, so that two of them never share a record.
fn bounded(key: Vec<u8>) -> String {
    match String::from_utf8(key) {
        Ok(text) if text.len() <= RECORD_KEY_BYTES_MAX => text,
        Ok(text) => digest(text.as_bytes()),
        Err(error) => digest(error.as_bytes()),
    }
}

fn digest(key: &[u8]) -> String {
    ::sha1::Sha1::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A collection as it is stored.
#[derive(Debug, Default, PartialEq, Eq)]
struct Record {
    created: u64,
    updated: u64,
    updates: u32,
    kept: Vec<Kept>,
}

#[derive(Debug, PartialEq, Eq)]
struct Kept {
    name: Vec<u8>,
    /// 0 is never.
    expires: u64,
    value: Vec<u8>,
}

const VERSION: u8 = 1;

impl Record {
    /// The bytes, and whether everything fitted.
    fn encode(&self) -> (Vec<u8>, bool) {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.created.to_le_bytes());
        out.extend_from_slice(&self.updated.to_le_bytes());
        out.extend_from_slice(&self.updates.to_le_bytes());
        let mut whole = true;
        for Kept { name, expires, value } in &self.kept {
            let (Ok(name_length), Ok(length)) = (u8::try_from(name.len()), u16::try_from(value.len())) else {
                whole = false;
                continue;
            };
            if out.len() + 1 + name.len() + 8 + 2 + value.len() > RECORD_BYTES_MAX {
                whole = false;
                continue;
            }
            out.push(name_length);
            out.extend_from_slice(name);
            out.extend_from_slice(&expires.to_le_bytes());
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(value);
        }
        (out, whole)
    }

    /// `None` where the bytes are no record, of this version at least: then there is none.
    fn decode(bytes: &[u8]) -> Option<Record> {
        let mut rest = bytes;
        if take(&mut rest, 1)? != [VERSION] {
            return None;
        }
        let created = u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
        let updated = u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
        let updates = u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?);
        let mut kept = Vec::new();
        while !rest.is_empty() {
            let name_length = usize::from(take(&mut rest, 1)?[0]);
            let name = take(&mut rest, name_length)?.to_vec();
            let expires = u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?);
            let length = u16::from_le_bytes(take(&mut rest, 2)?.try_into().ok()?);
            kept.push(Kept { name, expires, value: take(&mut rest, usize::from(length))?.to_vec() });
        }
        Some(Record { created, updated, updates, kept })
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(name: &str, value: &[u8]) -> Kept {
        Kept { name: name.into(), expires: 7, value: value.to_vec() }
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_what_does_not_fit_is_left_out() {
        let mut record =
            Record { created: 1, updated: 2, updates: 3, kept: vec![kept("a", b"1"), kept("b", b"\0x")] };
        let (bytes, whole) = record.encode();
        assert!(whole);
        assert_eq!(Record::decode(&bytes).as_ref(), Some(&record));
        record.kept.push(kept("c", &[b'x'; RECORD_BYTES_MAX]));
        let (bytes, whole) = record.encode();
        assert!(!whole && bytes.len() <= RECORD_BYTES_MAX);
        assert_eq!(Record::decode(&bytes).map(|record| record.kept.len()), Some(2));
        assert_eq!(Record::decode(b"\x02"), None);
    }

    #[test]
    fn a_key_that_is_long_or_no_text_is_known_by_its_digest() {
        let long = |last: u8| bounded([vec![b'k'; RECORD_KEY_BYTES_MAX], vec![last]].concat());
        assert!(long(b'a').len() == 40 && long(b'a') != long(b'b'));
        assert_eq!(bounded(b"192.0.2.1".to_vec()), "192.0.2.1");
        assert!(bounded(vec![0xff]).len() == 40 && bounded(vec![0xff]) != bounded(vec![0xfe]));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Record::decode(&[&[VERSION][..], &bytes].concat());
        }
    }
}
