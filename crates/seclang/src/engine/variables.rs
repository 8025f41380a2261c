//! What rules keep: `TX` and its siblings.

use super::collections::Held;
use super::store::{Problem, Store, ValueId};
use crate::compile::{Slot, Slots};
use crate::limits::DYNAMIC_VARIABLES_MAX;
use crate::variable::Variable;

/// A variable whose name was made up at run time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dynamic {
    pub(super) collection: Variable,
    /// In lower case.
    pub(super) name: ValueId,
    pub(super) held: Held,
}

/// Where a variable is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept {
    Slot(Slot),
    /// By its place among those whose names were made up.
    Dynamic(usize),
}

#[derive(Debug)]
pub(super) struct Variables {
    slots: Vec<Held>,
    dynamic: Vec<Dynamic>,
}

impl Variables {
    pub(super) fn new() -> Variables {
        Variables { slots: Vec::new(), dynamic: Vec::new() }
    }

    /// Forgets everything, and keeps the buffers.
    pub(super) fn reset(&mut self, slots: usize) {
        self.slots.clear();
        self.slots.resize(slots, Held::Unset);
        self.dynamic.clear();
    }

    pub(super) fn get(&self, slot: Slot) -> Held {
        self.slots[slot as usize]
    }

    pub(super) fn set(&mut self, slot: Slot, held: Held) {
        self.slots[slot as usize] = held;
    }

    pub(super) fn slots(&self) -> &[Held] {
        &self.slots
    }

    pub(super) fn dynamic(&self) -> &[Dynamic] {
        &self.dynamic
    }

    pub(super) fn by_name(&self, collection: Variable, lower: &[u8], slots: &Slots, store: &Store) -> Held {
        self.held(self.find(collection, lower, slots, store))
    }

    pub(super) fn set_by_name(
        &mut self,
        collection: Variable,
        lower: &[u8],
        held: Held,
        slots: &Slots,
        store: &mut Store,
    ) {
        let found = self.find(collection, lower, slots, store);
        self.set_found(found, collection, lower, held, store);
    }

    /// Where a variable is kept, by its name in lower case.
    pub(super) fn find(
        &self,
        collection: Variable,
        lower: &[u8],
        slots: &Slots,
        store: &Store,
    ) -> Option<Kept> {
        if let Some(slot) = std::str::from_utf8(lower).ok().and_then(|name| slots.find(collection, name)) {
            return Some(Kept::Slot(slot));
        }
        let is = |kept: &Dynamic| kept.collection == collection && store.get(kept.name) == lower;
        self.dynamic.iter().position(is).map(Kept::Dynamic)
    }

    pub(super) fn held(&self, kept: Option<Kept>) -> Held {
        match kept {
            Some(Kept::Slot(slot)) => self.get(slot),
            Some(Kept::Dynamic(index)) => self.dynamic[index].held,
            None => Held::Unset,
        }
    }

    /// Sets what [`Variables::find`] found, or makes it when that found nothing.
    pub(super) fn set_found(
        &mut self,
        found: Option<Kept>,
        collection: Variable,
        lower: &[u8],
        held: Held,
        store: &mut Store,
    ) {
        match found {
            Some(Kept::Slot(slot)) => self.set(slot, held),
            Some(Kept::Dynamic(index)) => self.dynamic[index].held = held,
            None if held == Held::Unset => {}
            None if self.dynamic.len() >= DYNAMIC_VARIABLES_MAX => store.report(Problem::Variables),
            None => {
                let name = store.push(lower);
                self.dynamic.push(Dynamic { collection, name, held });
            }
        }
    }
}
