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
        if let Some(slot) = std::str::from_utf8(lower).ok().and_then(|name| slots.find(collection, name)) {
            return self.get(slot);
        }
        let found = self.dynamic.iter().find(|d| d.collection == collection && store.get(d.name) == lower);
        found.map_or(Held::Unset, |d| d.held)
    }

    pub(super) fn set_by_name(
        &mut self,
        collection: Variable,
        lower: &[u8],
        held: Held,
        slots: &Slots,
        store: &mut Store,
    ) {
        if let Some(slot) = std::str::from_utf8(lower).ok().and_then(|name| slots.find(collection, name)) {
            return self.set(slot, held);
        }
        let found =
            self.dynamic.iter().position(|d| d.collection == collection && store.get(d.name) == lower);
        match found {
            Some(index) => self.dynamic[index].held = held,
            None if held == Held::Unset => {}
            None if self.dynamic.len() >= DYNAMIC_VARIABLES_MAX => store.report(Problem::Variables),
            None => {
                let name = store.push(lower);
                self.dynamic.push(Dynamic { collection, name, held });
            }
        }
    }
}
