//! Decoded views: what values stand for, shown to rules beside the values (`SecInspectDecoded`).
//!
//! A view has the name and the variable of the value it was made of. It is no member of a collection: it is not counted and
//! adds to no size, and only a rule that looks for something sees it. To a rule that asks what a value must be (a negated
//! operator, a comparison) a view would be a second value where there is one.

use super::collections::{Collections, Held, Side, Table, tables_of};
use super::select::{Candidate, Name};
use super::store::{EMPTY, Problem, Store, ValueId};
use super::transaction::Transaction;
use crate::bytes::Kinds;
use crate::compile::{Link, Pick};
use crate::limits::{DECODED_BYTES_MAX, DECODED_ROUNDS_MAX, DECODED_VIEWS_MAX};
use crate::operators::Operator;
use crate::variable::Variable;

/// What a view was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Member(Table, Side),
    /// A segment of `REQUEST_FILENAME`, or all of it.
    Path,
}

/// A value's decoded form.
#[derive(Debug, Clone, Copy)]
struct View {
    of: Of,
    name: ValueId,
    value: ValueId,
}

/// The views of a transaction.
#[derive(Debug, Default)]
pub(super) struct Views {
    all: Vec<View>,
    bytes: usize,
}

impl Views {
    /// Adds what a value stands for, and what that stands for.
    fn add(&mut self, of: Of, name: ValueId, value: ValueId, store: &mut Store) {
        let kinds = store.kinds(value);
        let decoded = crate::decode::decode(store.get(value), kinds);
        self.keep(of, name, decoded, store);
    }

    /// The same of a part of a value.
    fn add_part(&mut self, of: Of, name: ValueId, value: ValueId, part: (usize, usize), store: &mut Store) {
        // A store that is full holds less than was read.
        let Some(bytes) = store.get(value).get(part.0..part.1) else { return };
        let decoded = crate::decode::decode(bytes, Kinds::scan(bytes));
        self.keep(of, name, decoded, store);
    }

    fn keep(&mut self, of: Of, name: ValueId, decoded: Option<Vec<u8>>, store: &mut Store) {
        let mut decoded = decoded;
        for _ in 0..DECODED_ROUNDS_MAX {
            let Some(bytes) = decoded else { return };
            store.charge(bytes.len());
            self.bytes += bytes.len();
            if self.all.len() >= DECODED_VIEWS_MAX || self.bytes > DECODED_BYTES_MAX {
                store.report(Problem::Decoded);
                return;
            }
            let value = store.push(&bytes);
            self.all.push(View { of, name, value });
            decoded = crate::decode::decode(&bytes, store.kinds(value));
        }
    }

    fn add_table(&mut self, table: Table, collections: &Collections, store: &mut Store) {
        for entry in collections.table(table) {
            self.add(Of::Member(table, Side::Value), entry.name, entry.value, store);
        }
    }

    /// Names of arguments; of a JSON member the last part of its path.
    fn add_names(&mut self, table: Table, collections: &Collections, store: &mut Store) {
        for entry in collections.table(table) {
            let name = store.get(entry.name);
            let is_path = name.starts_with(b"json.");
            let start = if is_path { memchr::memrchr(b'.', name).map_or(0, |at| at + 1) } else { 0 };
            let part = (start, name.len());
            self.add_part(Of::Member(table, Side::Name), entry.name, entry.name, part, store);
        }
    }

    /// Each value in the query of a URL that a header holds, as `Referer` does.
    fn add_query(&mut self, of: Of, name: ValueId, url: ValueId, store: &mut Store) {
        let length = store.len(url);
        let Some(mut start) = memchr::memchr(b'?', store.get(url)).map(|at| at + 1) else { return };
        for _ in 0..SEGMENTS_MAX {
            let rest = &store.get(url)[start..];
            let end = memchr::memchr(b'&', rest).map_or(length, |at| start + at);
            let equals = memchr::memchr(b'=', &rest[..end - start]).map_or(start, |at| start + at + 1);
            self.add_part(of, name, url, (equals, end), store);
            if end == length {
                return;
            }
            start = end + 1;
        }
    }

    /// Each segment, and the path as a whole: base64 has a slash among its letters.
    fn add_path(&mut self, path: ValueId, store: &mut Store) {
        let length = store.len(path);
        let Some(first) = memchr::memchr(b'/', store.get(path)) else { return };
        let mut start = first + 1;
        for _ in 0..SEGMENTS_MAX {
            let end = memchr::memchr(b'/', &store.get(path)[start..]).map_or(length, |at| start + at);
            self.add_part(Of::Path, EMPTY, path, (start, end), store);
            if end == length {
                break;
            }
            start = end + 1;
        }
        if start > first + 1 {
            self.add_part(Of::Path, EMPTY, path, (first + 1, length), store);
        }
    }
}

/// Segments of a path, and values of a query in a header, that are looked at one by one.
const SEGMENTS_MAX: usize = 64;
/// Headers whose values are read as something else already, or are opaque by their own standard.
const UNREAD_HEADERS: &[&[u8]] =
    &[b"cookie", b"sec-websocket-key", b"if-none-match", b"traceparent", b"tracestate"];

impl Transaction<'_> {
    /// Views of what the head says.
    pub(super) fn view_head(&mut self) {
        if !self.rules.settings.inspect_decoded {
            return;
        }
        let (views, collections, store) = (&mut self.views, &self.collections, &mut self.store);
        for entry in collections.table(Table::RequestHeaders) {
            let name = store.get(entry.name);
            if !UNREAD_HEADERS.iter().any(|unread| unread.eq_ignore_ascii_case(name)) {
                let is_url = name.eq_ignore_ascii_case(b"referer");
                let of = Of::Member(Table::RequestHeaders, Side::Value);
                views.add(of, entry.name, entry.value, store);
                if is_url {
                    views.add_query(of, entry.name, entry.value, store);
                }
            }
        }
        views.add_table(Table::ArgsGet, collections, store);
        views.add_names(Table::ArgsGet, collections, store);
        views.add_table(Table::Cookies, collections, store);
        if let Held::Value(path) = collections.scalar(Variable::RequestFilename) {
            views.add_path(path, store);
        }
    }

    /// Views of what the body says. Of XML each text is a value of its own here.
    pub(super) fn view_body(&mut self, xml_texts: &[(usize, usize)]) {
        if !self.rules.settings.inspect_decoded {
            return;
        }
        let (views, collections, store) = (&mut self.views, &self.collections, &mut self.store);
        for table in [Table::ArgsPost, Table::Files, Table::XmlAttributes] {
            views.add_table(table, collections, store);
        }
        views.add_names(Table::ArgsPost, collections, store);
        if let Some(text) = collections.table(Table::XmlText).first() {
            for (start, end) in xml_texts {
                let of = Of::Member(Table::XmlText, Side::Value);
                views.add_part(of, text.name, text.value, (*start, *end), store);
            }
        }
    }

    /// Appends the views of what a target selects.
    pub(super) fn select_views(&self, variable: Variable, pick: &Pick, out: &mut Vec<Candidate>) {
        if self.views.all.is_empty() {
            return;
        }
        let (tables, side) = tables_of(variable);
        for view in &self.views.all {
            let is_of = match view.of {
                Of::Member(table, of) => {
                    of == side && tables.contains(&table) && self.picks_view(pick, view, table)
                }
                Of::Path => variable == Variable::RequestFilename,
            };
            if is_of {
                let name = if view.of == Of::Path { Name::None } else { Name::Value(view.name) };
                out.push(Candidate { variable, name, held: Held::Value(view.value) });
            }
        }
    }

    fn picks_view(&self, pick: &Pick, view: &View, table: Table) -> bool {
        match pick {
            Pick::All => true,
            Pick::Header(header) => self.collections.header(*header).any(|entry| entry.name == view.name),
            Pick::Key(key) => match table {
                // Picked by path: all text, or all attributes.
                Table::XmlText => &*key.name == b"/*",
                Table::XmlAttributes => &*key.name != b"/*",
                _ => key.name.eq_ignore_ascii_case(self.store.get(view.name)),
            },
            Pick::Pattern(pattern) => pattern.is_match(self.store.get(view.name)),
            Pick::Slot(_) => false,
        }
    }
}

/// Whether a link looks for something, so that it is to see views.
pub(super) fn looks_for_something(link: &Link) -> bool {
    !link.negated
        && !matches!(
            link.operator,
            Operator::Compare(..)
                | Operator::IpMatch(_)
                | Operator::ValidateByteRange(_)
                | Operator::ValidateUrlEncoding
                | Operator::ValidateUtf8Encoding
                | Operator::Unconditional
        )
}
