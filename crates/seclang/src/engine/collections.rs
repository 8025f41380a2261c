//! What the request and the response say: single values, and tables of names and values.

use super::store::{EMPTY, Problem, Store, ValueId};
use crate::compile::{HeaderId, HeaderNames, name_tag};
use crate::variable::{VARIABLE_COUNT, Variable};

/// What a variable holds. Numbers stay numbers until something wants their digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Held {
    #[default]
    Unset,
    Number(i64),
    Value(ValueId),
}

/// A member of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) tag: u32,
    pub(super) name: ValueId,
    pub(super) value: ValueId,
    /// The next entry of that header, plus one.
    next: u32,
}

/// The tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    ArgsGet,
    ArgsPost,
    RequestHeaders,
    Cookies,
    Files,
    FilesSizes,
    PartHeaders,
    ResponseHeaders,
    XmlText,
    XmlAttributes,
}

const TABLES: usize = 10;

/// Which side of an entry a variable shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Name,
    Value,
}

/// The tables behind a collection of the request or the response.
pub(super) fn tables_of(variable: Variable) -> (&'static [Table], Side) {
    use Table as T;
    use Variable as V;
    const ARGS: &[Table] = &[T::ArgsGet, T::ArgsPost];
    match variable {
        V::Args => (ARGS, Side::Value),
        V::ArgsNames => (ARGS, Side::Name),
        V::ArgsGet => (&[T::ArgsGet], Side::Value),
        V::ArgsGetNames => (&[T::ArgsGet], Side::Name),
        V::ArgsPost => (&[T::ArgsPost], Side::Value),
        V::ArgsPostNames => (&[T::ArgsPost], Side::Name),
        V::RequestHeaders => (&[T::RequestHeaders], Side::Value),
        V::RequestHeadersNames => (&[T::RequestHeaders], Side::Name),
        V::RequestCookies => (&[T::Cookies], Side::Value),
        V::RequestCookiesNames => (&[T::Cookies], Side::Name),
        V::Files => (&[T::Files], Side::Value),
        V::FilesNames => (&[T::Files], Side::Name),
        V::FilesSizes => (&[T::FilesSizes], Side::Value),
        V::MultipartPartHeaders => (&[T::PartHeaders], Side::Value),
        V::ResponseHeaders => (&[T::ResponseHeaders], Side::Value),
        V::ResponseHeadersNames => (&[T::ResponseHeaders], Side::Name),
        V::Xml => (&[T::XmlText, T::XmlAttributes], Side::Value),
        _ => (&[], Side::Value),
    }
}

/// Entries of a table kept between transactions.
const KEPT_ENTRIES_MAX: usize = 512;

#[derive(Debug)]
pub(super) struct Collections {
    scalars: Vec<Held>,
    tables: [Vec<Entry>; TABLES],
    /// The first and the last entry of each request header that rules name, plus one.
    headers: Vec<(u32, u32)>,
    arguments_max: usize,
    /// Bytes of all argument names and values.
    pub(super) arguments_bytes: usize,
    pub(super) files_bytes: usize,
}

/// Flags that are 0 until something sets them.
const ZERO: &[Variable] = {
    use Variable as V;
    &[
        V::ReqbodyError,
        V::ReqbodyProcessorError,
        V::UrlencodedError,
        V::InboundDataError,
        V::OutboundDataError,
        V::RequestBodyLength,
        V::MultipartStrictError,
        V::MultipartUnmatchedBoundary,
        V::MultipartBoundaryQuoted,
        V::MultipartBoundaryWhitespace,
        V::MultipartDataBefore,
        V::MultipartDataAfter,
        V::MultipartHeaderFolding,
        V::MultipartLfLine,
        V::MultipartCrlfLfLines,
        V::MultipartMissingSemicolon,
        V::MultipartInvalidQuoting,
        V::MultipartInvalidPart,
        V::MultipartInvalidHeaderFolding,
        V::MultipartFileLimitExceeded,
    ]
};

impl Collections {
    pub(super) fn new() -> Collections {
        Collections {
            scalars: Vec::new(),
            tables: Default::default(),
            headers: Vec::new(),
            arguments_max: 0,
            arguments_bytes: 0,
            files_bytes: 0,
        }
    }

    /// Forgets everything, and keeps the buffers.
    pub(super) fn reset(&mut self, arguments_max: usize, headers: usize) {
        self.headers.clear();
        self.headers.resize(headers, (0, 0));
        self.scalars.clear();
        self.scalars.resize(VARIABLE_COUNT, Held::Unset);
        // A body that nobody reads has a processor with an empty name, so that rules can ask for it.
        self.scalars[Variable::ReqbodyProcessor as usize] = Held::Value(EMPTY);
        for variable in ZERO {
            self.scalars[*variable as usize] = Held::Number(0);
        }
        self.tables.iter_mut().for_each(Vec::clear);
        (self.arguments_max, self.arguments_bytes, self.files_bytes) = (arguments_max, 0, 0);
    }

    /// Frees what a large transaction needed and a common one does not.
    pub(super) fn trim(&mut self) {
        for table in &mut self.tables {
            table.clear();
            table.shrink_to(KEPT_ENTRIES_MAX);
        }
    }

    pub(super) fn scalar(&self, variable: Variable) -> Held {
        self.scalars[variable as usize]
    }

    pub(super) fn set(&mut self, variable: Variable, held: Held) {
        self.scalars[variable as usize] = held;
    }

    /// Raises a flag.
    pub(super) fn flag(&mut self, variable: Variable) {
        self.set(variable, Held::Number(1));
    }

    pub(super) fn table(&self, table: Table) -> &[Entry] {
        &self.tables[table as usize]
    }

    pub(super) fn reserve(&mut self, table: Table, more: usize) {
        self.tables[table as usize].reserve(more);
    }

    pub(super) fn add(&mut self, table: Table, name: ValueId, value: ValueId, store: &Store) {
        let tag = name_tag(store.get(name));
        self.tables[table as usize].push(Entry { tag, name, value, next: 0 });
    }

    /// Adds a request header, and finds out whether rules name it.
    pub(super) fn add_header(&mut self, name: ValueId, value: ValueId, names: &HeaderNames, store: &Store) {
        let bytes = store.get(name);
        let tag = name_tag(bytes);
        let header = names.find(tag, bytes);
        let table = &mut self.tables[Table::RequestHeaders as usize];
        table.push(Entry { tag, name, value, next: 0 });
        let Some((header, place)) = header.zip(u32::try_from(table.len()).ok()) else { return };
        let (first, last) = &mut self.headers[usize::from(header)];
        match *last {
            0 => *first = place,
            before => table[before as usize - 1].next = place,
        }
        *last = place;
    }

    /// Whether a request header stands in the request.
    pub(super) fn has_header(&self, header: HeaderId) -> bool {
        self.headers[usize::from(header)].0 != 0
    }

    /// The entries of a request header.
    pub(super) fn header(&self, header: HeaderId) -> impl Iterator<Item = &Entry> {
        let table = self.table(Table::RequestHeaders);
        let entry = |place: u32| table.get((place as usize).checked_sub(1)?);
        let first = entry(self.headers[usize::from(header)].0);
        std::iter::successors(first, move |before| entry(before.next))
    }

    /// Adds an argument, within the bound on how many there are; false when it is exceeded.
    pub(super) fn add_argument(
        &mut self,
        table: Table,
        name: ValueId,
        value: ValueId,
        store: &mut Store,
    ) -> bool {
        if self.table(Table::ArgsGet).len() + self.table(Table::ArgsPost).len() >= self.arguments_max {
            store.report(Problem::Arguments);
            return false;
        }
        self.arguments_bytes += store.len(name) + store.len(value);
        self.add(table, name, value, store);
        true
    }

    /// The first entry of a name.
    pub(super) fn find(&self, table: Table, name: &[u8], store: &Store) -> Option<ValueId> {
        let tag = name_tag(name);
        let found = self
            .table(table)
            .iter()
            .find(|entry| entry.tag == tag && store.get(entry.name).eq_ignore_ascii_case(name));
        found.map(|entry| entry.value)
    }
}
