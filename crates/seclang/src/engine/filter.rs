//! Which rules may match at all, decided for many rules at once.
//!
//! Rules that look at the same things through the same transformations form a class. For a class one set says which
//! literals, and which kinds of bytes, stand anywhere in what its rules look at; a rule that needs something else is
//! passed over. Per phase each value is read once.

use super::collections::Held;
use super::select::Candidate;
use super::store::{EMPTY, ValueId};
use super::transaction::Transaction;
use crate::bytes::Kinds;
use crate::compile::{Class, NONE, RuleSet, Step};

#[derive(Debug, Clone, Copy, Default)]
struct ClassState {
    /// Computed: never empty, then.
    kinds: Kinds,
    has_hits: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct UnitState {
    /// Its members are known: a range of `members`.
    ready: bool,
    has_hits: bool,
    kinds: Kinds,
    start: u32,
    end: u32,
}

#[derive(Debug)]
pub(super) struct Filter {
    words: usize,
    classes: Vec<ClassState>,
    class_hits: Vec<u64>,
    units: Vec<UnitState>,
    unit_hits: Vec<u64>,
    members: Vec<Candidate>,
}

impl Filter {
    pub(super) fn new() -> Filter {
        Filter {
            words: 0,
            classes: Vec::new(),
            class_hits: Vec::new(),
            units: Vec::new(),
            unit_hits: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Forgets what another phase may see otherwise: between the request's phases only what a body may change.
    pub(super) fn reset(&mut self, rules: &RuleSet, scope: usize, keep_head: bool) {
        if keep_head {
            return self.forget_body(rules);
        }
        self.words = rules.prefilters[scope].words;
        refill(&mut self.classes, rules.classes.len());
        refill(&mut self.units, rules.units.len());
        refill(&mut self.class_hits, rules.classes.len() * self.words);
        refill(&mut self.unit_hits, rules.units.len() * self.words);
        self.members.clear();
    }

    fn forget_body(&mut self, rules: &RuleSet) {
        let words = self.words;
        for (index, _) in rules.classes.iter().enumerate().filter(|(_, class)| class.from_body) {
            self.classes[index] = ClassState::default();
            self.class_hits[index * words..(index + 1) * words].fill(0);
        }
        for (index, _) in rules.units.iter().enumerate().filter(|(_, unit)| unit.from_body) {
            self.units[index] = UnitState::default();
            self.unit_hits[index * words..(index + 1) * words].fill(0);
        }
    }
}

fn refill<T: Clone + Default>(list: &mut Vec<T>, length: usize) {
    list.clear();
    list.resize(length, T::default());
}

impl Transaction<'_> {
    /// Whether a rule's first link may match any of its values. Kinds are asked first: they cost less than reading.
    pub(super) fn may_match(&mut self, step: &Step) -> bool {
        let class = usize::from(step.class);
        let kinds = self.class_kinds(class);
        if !(kinds.meets(step.kinds[0]) && kinds.meets(step.kinds[1])) {
            return false;
        }
        if step.group == NONE {
            return true;
        }
        if !self.filter.classes[class].has_hits {
            self.read_class(class);
        }
        let word = self.filter.class_hits[class * self.filter.words + usize::from(step.group / 64)];
        word >> (step.group % 64) & 1 == 1
    }

    /// The kinds of bytes in all a class looks at, after its transformations.
    fn class_kinds(&mut self, class: usize) -> Kinds {
        let known = self.filter.classes[class].kinds;
        if known != Kinds::NONE {
            return known;
        }
        let rules = self.rules;
        let Class { units, chain, .. } = &rules.classes[class];
        let needs = rules.chains[usize::from(*chain)].needs;
        let mut kinds = Kinds::ANY;
        for unit in units.iter().map(|unit| usize::from(*unit)) {
            self.find_members(unit);
            let state = self.filter.units[unit];
            if !state.kinds.meets(needs) {
                kinds = kinds.and(state.kinds);
                continue;
            }
            for member in state.start..state.end {
                let value = self.store.transform(&rules.chains, self.member(member), *chain);
                kinds = kinds.and(self.store.kinds(value));
            }
        }
        self.filter.classes[class].kinds = kinds;
        kinds
    }

    /// Reads all a class looks at, after its transformations.
    fn read_class(&mut self, class: usize) {
        self.filter.classes[class].has_hits = true;
        let rules = self.rules;
        let Class { units, chain, .. } = &rules.classes[class];
        let needs = rules.chains[usize::from(*chain)].needs;
        let words = self.filter.words;
        for unit in units.iter().map(|unit| usize::from(*unit)) {
            self.find_members(unit);
            let state = self.filter.units[unit];
            if !state.kinds.meets(needs) {
                self.read_unit(unit);
                let hits = &self.filter.unit_hits[unit * words..(unit + 1) * words];
                add_hits(&mut self.filter.class_hits[class * words..(class + 1) * words], Some(hits));
                continue;
            }
            for member in state.start..state.end {
                let value = self.store.transform(&rules.chains, self.member(member), *chain);
                let target = &mut self.filter.class_hits[class * words..(class + 1) * words];
                add_hits(target, self.store.hits(value, &rules.prefilters));
            }
        }
    }

    /// Finds a unit's members and the kinds of bytes they hold.
    #[inline]
    fn find_members(&mut self, unit: usize) {
        if !self.filter.units[unit].ready {
            self.find_members_anew(unit);
        }
    }

    fn find_members_anew(&mut self, unit: usize) {
        let rules = self.rules;
        let mut found = std::mem::take(&mut self.unit_scratch);
        found.clear();
        self.members(rules.units[unit].variable, &rules.units[unit].pick, &mut found);
        self.select_views(rules.units[unit].variable, &rules.units[unit].pick, &mut found);
        let start = self.filter.members.len();
        let mut kinds = Kinds::NONE;
        for candidate in &found {
            let value = self.value_of(candidate.held);
            kinds = kinds.and(self.store.kinds(value));
            self.filter.members.push(Candidate { held: Held::Value(value), ..*candidate });
        }
        self.unit_scratch = found;
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (start, end) = (index(start), index(self.filter.members.len()));
        self.filter.units[unit] = UnitState { ready: true, has_hits: false, kinds, start, end };
    }

    /// Appends a unit's members, decoded views among them.
    pub(super) fn select_unit(&mut self, unit: u16, out: &mut Vec<Candidate>) {
        self.find_members(usize::from(unit));
        let UnitState { start, end, .. } = self.filter.units[usize::from(unit)];
        out.extend_from_slice(&self.filter.members[start as usize..end as usize]);
    }

    fn member(&self, index: u32) -> ValueId {
        match self.filter.members[index as usize].held {
            Held::Value(id) => id,
            Held::Unset | Held::Number(_) => EMPTY,
        }
    }

    /// Reads a unit's members as they are.
    fn read_unit(&mut self, unit: usize) {
        let state = self.filter.units[unit];
        if state.has_hits {
            return;
        }
        self.filter.units[unit].has_hits = true;
        let words = self.filter.words;
        for member in state.start..state.end {
            let value = self.member(member);
            let target = &mut self.filter.unit_hits[unit * words..(unit + 1) * words];
            add_hits(target, self.store.hits(value, &self.rules.prefilters));
        }
    }

    /// A number as its digits.
    pub(super) fn value_of(&mut self, held: Held) -> ValueId {
        match held {
            Held::Unset => EMPTY,
            Held::Value(id) => id,
            Held::Number(number) => self.store.push(number.to_string().as_bytes()),
        }
    }
}

/// Of a value whose hits are unknown, anything may be true.
fn add_hits(target: &mut [u64], hits: Option<&[u64]>) {
    match hits {
        Some(hits) => target.iter_mut().zip(hits).for_each(|(word, more)| *word |= more),
        None => target.fill(u64::MAX),
    }
}
