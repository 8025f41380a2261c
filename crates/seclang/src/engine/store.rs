//! Every value of a transaction, once, with what is known of it.
//!
//! A value is a range of one buffer and has a number. Its kinds of bytes, its transformations and its pre-filter hits are
//! worked out when first asked for and kept, so that two rules never do the same work. A transformation that changes
//! nothing yields the same number, so its result costs nothing either.

use crate::bytes::Kinds;
use crate::compile::{Chain, ChainId, Prefilter};
use crate::limits::{SQL_TOKENS_MAX, STORE_BYTES_MAX, STORE_VALUES_MAX, WORK_BYTES_MAX, WORK_BYTES_PER_CALL};

/// A value's number. 0 is the empty value.
pub(super) type ValueId = u32;

pub(super) const EMPTY: ValueId = 0;

/// Buffer sizes kept between transactions.
const KEPT_BYTES_MAX: usize = 64 * 1024;
const KEPT_VALUES_MAX: usize = 4 * 1024;

#[derive(Debug, Clone, Copy, Default)]
struct Value {
    start: u32,
    length: u32,
    /// [`Kinds::NONE`] until computed: a computed set is never empty.
    kinds: Kinds,
    /// Where its row of `transformed` begins, plus one.
    row: u32,
    hits: Hits,
    /// The value that it differs from in letter case alone, which pre-filters ignore; [`EMPTY`] when there is none.
    alike: ValueId,
    /// Which pre-filter reads it: that of the phases it came in.
    scope: u8,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Hits {
    #[default]
    Unknown,
    None,
    /// Where its words begin in `hits`.
    At(u32),
}

/// Why a transaction was not looked at as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Bytes,
    Values,
    Work,
    Arguments,
    Headers,
    Cookies,
    Variables,
    Decoded,
    Response(&'static str),
}

impl Problem {
    pub(super) fn message(self) -> &'static str {
        match self {
            Problem::Bytes => "more bytes than a transaction may hold",
            Problem::Values => "more values than a transaction may hold",
            Problem::Work => "more work than a transaction may cause",
            Problem::Arguments => "more arguments than a transaction may have",
            Problem::Headers => "more headers than a transaction may have",
            Problem::Cookies => "more cookies than a transaction may have",
            Problem::Variables => "more variables set than a transaction may have",
            Problem::Decoded => "more encoded values than a transaction may have",
            Problem::Response(why) => why,
        }
    }
}

#[derive(Debug)]
pub(super) struct Store {
    bytes: Vec<u8>,
    values: Vec<Value>,
    /// Rows of results by chain, each result plus one; 0 is not known yet.
    transformed: Vec<ValueId>,
    hits: Vec<u64>,
    chains: usize,
    pub(super) scope: u8,
    work: u64,
    /// How many tokens of SQL may still be read.
    pub(super) sql_tokens: usize,
    problem: Option<Problem>,
    scratch: Vec<u8>,
}

impl Store {
    pub(super) fn new() -> Store {
        Store {
            bytes: Vec::new(),
            values: Vec::new(),
            transformed: Vec::new(),
            hits: Vec::new(),
            chains: 0,
            scope: 0,
            work: 0,
            sql_tokens: 0,
            problem: None,
            scratch: Vec::new(),
        }
    }

    /// Forgets everything, and keeps the buffers.
    pub(super) fn reset(&mut self, chains: usize) {
        self.bytes.clear();
        self.values.clear();
        self.transformed.clear();
        self.hits.clear();
        (self.chains, self.scope, self.work, self.problem) = (chains, 0, 0, None);
        self.sql_tokens = SQL_TOKENS_MAX;
        self.values.push(Value { kinds: Kinds::ANY, hits: Hits::None, ..Value::default() });
    }

    /// Frees what a large transaction needed and a common one does not.
    pub(super) fn trim(&mut self) {
        self.bytes.truncate(0);
        self.bytes.shrink_to(KEPT_BYTES_MAX);
        self.scratch.truncate(0);
        self.scratch.shrink_to(KEPT_BYTES_MAX);
        self.values.truncate(0);
        self.values.shrink_to(KEPT_VALUES_MAX);
        self.transformed.truncate(0);
        self.transformed.shrink_to(KEPT_VALUES_MAX);
        self.hits.truncate(0);
        self.hits.shrink_to(KEPT_VALUES_MAX);
    }

    /// The first bound that was exceeded.
    pub(super) fn problem(&self) -> Option<Problem> {
        self.problem
    }

    pub(super) fn report(&mut self, problem: Problem) {
        self.problem.get_or_insert(problem);
    }

    /// Work so far, in bytes looked at.
    pub(super) fn work(&self) -> u64 {
        self.work
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.work > WORK_BYTES_MAX
    }

    /// Notes work on `length` bytes.
    pub(super) fn charge(&mut self, length: usize) {
        self.work += length as u64 + WORK_BYTES_PER_CALL;
        if self.work > WORK_BYTES_MAX {
            self.report(Problem::Work);
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> ValueId {
        let start = self.bytes.len();
        if !self.has_room(bytes.len()) {
            return EMPTY;
        }
        self.bytes.extend_from_slice(bytes);
        self.seal(start)
    }

    /// Lets `write` append a value in place.
    pub(super) fn build(&mut self, length_max: usize, write: impl FnOnce(&mut Vec<u8>)) -> ValueId {
        if !self.has_room(length_max) {
            return EMPTY;
        }
        let start = self.bytes.len();
        write(&mut self.bytes);
        self.seal(start)
    }

    /// A part of a value, without copying it.
    pub(super) fn slice(&mut self, of: ValueId, start: usize, end: usize) -> ValueId {
        let whole = self.values[of as usize];
        let (start, end) = (start.min(whole.length as usize), end.min(whole.length as usize));
        if start == 0 && end == whole.length as usize {
            return of;
        }
        self.add(whole.start as usize + start, end.saturating_sub(start))
    }

    fn has_room(&mut self, length: usize) -> bool {
        if self.bytes.len() + length > STORE_BYTES_MAX {
            self.report(Problem::Bytes);
            return false;
        }
        true
    }

    fn seal(&mut self, start: usize) -> ValueId {
        self.add(start, self.bytes.len() - start)
    }

    fn add(&mut self, start: usize, length: usize) -> ValueId {
        if length == 0 {
            return EMPTY;
        }
        if self.values.len() >= STORE_VALUES_MAX {
            self.report(Problem::Values);
            return EMPTY;
        }
        // Both fit: the store is smaller than 4 GiB.
        let (Ok(start), Ok(length)) = (u32::try_from(start), u32::try_from(length)) else { return EMPTY };
        let Ok(id) = ValueId::try_from(self.values.len()) else { return EMPTY };
        self.values.push(Value { start, length, scope: self.scope, ..Value::default() });
        id
    }

    pub(super) fn get(&self, id: ValueId) -> &[u8] {
        let value = &self.values[id as usize];
        &self.bytes[value.start as usize..(value.start + value.length) as usize]
    }

    pub(super) fn len(&self, id: ValueId) -> usize {
        self.values[id as usize].length as usize
    }

    pub(super) fn kinds(&mut self, id: ValueId) -> Kinds {
        let known = self.values[id as usize].kinds;
        if known != Kinds::NONE {
            return known;
        }
        let kinds = Kinds::scan(self.get(id));
        self.values[id as usize].kinds = kinds;
        kinds
    }

    /// The value after a chain of transformations.
    #[inline]
    pub(super) fn transform(&mut self, chains: &[Chain], id: ValueId, chain: ChainId) -> ValueId {
        let value = self.values[id as usize];
        let needs = chains[usize::from(chain)].needs;
        let is_untouched = value.kinds != Kinds::NONE && !value.kinds.meets(needs);
        if chain == 0 || is_untouched {
            return id;
        }
        if value.row != 0 {
            let known = self.transformed[value.row as usize - 1 + usize::from(chain)];
            if known != 0 {
                return known - 1;
            }
        }
        self.transform_anew(chains, id, chain)
    }

    fn transform_anew(&mut self, chains: &[Chain], id: ValueId, chain: ChainId) -> ValueId {
        let Chain { before, last, needs, last_needs } = chains[usize::from(chain)];
        if !self.kinds(id).meets(needs) {
            return id;
        }
        let input = self.transform(chains, id, before);
        let output = if self.kinds(input).meets(last_needs) { self.apply(input, last) } else { input };
        let mut row = self.values[id as usize].row as usize;
        if row == 0 {
            row = self.transformed.len() + 1;
            self.transformed.resize(self.transformed.len() + self.chains, 0);
            self.values[id as usize].row = u32::try_from(row).unwrap_or(0);
        }
        self.transformed[row - 1 + usize::from(chain)] = output + 1;
        output
    }

    fn apply(&mut self, input: ValueId, transform: crate::transform::Transform) -> ValueId {
        if self.is_exhausted() {
            return input;
        }
        self.charge(self.len(input));
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        transform.apply(self.get(input), &mut scratch);
        let output = if scratch == self.get(input) { input } else { self.push(&scratch) };
        if transform.changes_letter_case_alone() && output != EMPTY && output != input {
            self.values[output as usize].alike = self.alike(input);
        }
        self.scratch = scratch;
        output
    }

    fn alike(&self, id: ValueId) -> ValueId {
        match self.values[id as usize].alike {
            EMPTY => id,
            other => other,
        }
    }

    /// The groups of the pre-filter that stand in a value. `None`: this value belongs to the other pre-filter, or there is no work
    /// left to read it, so nothing is known.
    pub(super) fn hits(&mut self, id: ValueId, prefilters: &[Prefilter; 2]) -> Option<&[u64]> {
        let id = self.alike(id);
        let value = self.values[id as usize];
        if value.scope != self.scope && value.length > 0 {
            return None;
        }
        if self.is_exhausted() && value.hits == Hits::Unknown {
            return None;
        }
        let prefilter = &prefilters[usize::from(self.scope)];
        let hits = match value.hits {
            Hits::Unknown => self.scan(id, prefilter),
            known => known,
        };
        Some(match hits {
            Hits::At(start) => &self.hits[start as usize..start as usize + prefilter.words],
            _ => &[],
        })
    }

    fn scan(&mut self, id: ValueId, prefilter: &Prefilter) -> Hits {
        let start = self.hits.len();
        let range = self.values[id as usize];
        let bytes = &self.bytes[range.start as usize..(range.start + range.length) as usize];
        let hits = &mut self.hits;
        let steps = prefilter.scan(bytes, |group| {
            if hits.len() == start {
                hits.resize(start + prefilter.words, 0);
            }
            hits[start + usize::from(group / 64)] |= 1 << (group % 64);
        });
        self.charge(self.len(id) + steps);
        let known = match u32::try_from(start) {
            Ok(at) if self.hits.len() > start => Hits::At(at),
            _ => Hits::None,
        };
        self.values[id as usize].hits = known;
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::Transform;

    fn store(chains: usize) -> Store {
        let mut store = Store::new();
        store.reset(chains);
        store
    }

    fn chain_of(before: ChainId, last: Transform, needs: Kinds) -> Chain {
        Chain { before, last, needs, last_needs: last.needs() }
    }

    fn chains() -> Vec<Chain> {
        let needs = Transform::UrlDecode.needs();
        vec![
            chain_of(0, Transform::None, Kinds::NONE),
            chain_of(0, Transform::UrlDecode, needs),
            chain_of(1, Transform::Lowercase, needs.and(Transform::Lowercase.needs())),
        ]
    }

    #[test]
    fn a_transformation_that_changes_nothing_yields_the_same_value() {
        let mut store = store(3);
        let plain = store.push(b"plain");
        assert_eq!(store.transform(&chains(), plain, 2), plain);
        let broken = store.push(b"100%");
        assert_eq!(store.transform(&chains(), broken, 2), broken);
    }

    #[test]
    fn a_transformation_is_done_once() {
        let mut store = store(3);
        let value = store.push(b"%41b");
        let once = store.transform(&chains(), value, 2);
        let values = store.values.len();
        assert_eq!(store.get(once), b"ab");
        assert_eq!(store.transform(&chains(), value, 2), once);
        assert_eq!(store.values.len(), values);
    }

    #[test]
    fn a_full_store_says_so() {
        let mut store = store(1);
        assert_eq!(store.push(&vec![b'a'; STORE_BYTES_MAX + 1]), EMPTY);
        assert_eq!(store.problem(), Some(Problem::Bytes));
    }
}
