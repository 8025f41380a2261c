//! What a match does: variables set, rules switched off, the body's reader chosen.

use super::collections::Held;
use super::select::{Candidate, Name};
use super::transaction::Transaction;
use crate::compile::{Effect, Number, Place, Slot, Template, Write};
use crate::limits::{CAPTURE_BYTES_MAX, CAPTURES_MAX};
use crate::variable::Variable;

impl<'r> Transaction<'r> {
    pub(super) fn run_effects(&mut self, effects: &'r [Effect]) {
        for effect in effects {
            match effect {
                Effect::Set(place, write) => self.set_variable(place, write),
                Effect::RemoveRules(rules) => self.removed.add(rules),
                Effect::RemoveTarget(rules, exclusion) => {
                    self.excluded.add(rules);
                    self.exclusions.push((rules, exclusion));
                }
                Effect::BodyProcessor(processor) => self.choose_processor(*processor),
                Effect::ForceRequestBodyVariable(on) => self.force_request_body = *on,
                Effect::RequestBodyAccess(on) => self.request_body_access = *on,
                Effect::ResponseBodyAccess(on) => self.response_body_access = *on,
                Effect::RuleEngine(switch) => self.engine = *switch,
                Effect::OpenCollection(collection, key) => self.open_collection(*collection, key),
                Effect::Expire(place, seconds) => {
                    let seconds = self.number(seconds);
                    self.expire_variable(place, seconds);
                }
                Effect::Deprecate(place, amount, period) => self.deprecate_variable(place, *amount, *period),
            }
        }
    }

    fn set_variable(&mut self, place: &Place, write: &Write) {
        if !self.lasting.is_empty() {
            self.note_change(match place {
                Place::Slot(slot) => self.rules.slots.name(*slot).0,
                Place::Named(collection, _) => *collection,
            });
        }
        match place {
            Place::Slot(slot) => {
                let held = self.written(self.variables.get(*slot), write);
                self.variables.set(*slot, held);
            }
            Place::Named(collection, template) => self.set_named(*collection, template, write),
        }
    }

    fn set_named(&mut self, collection: Variable, template: &Template, write: &Write) {
        let mut name = std::mem::take(&mut self.name);
        name.clear();
        self.expand(template, &mut name);
        name.make_ascii_lowercase();
        let found = self.variables.find(collection, &name, &self.rules.slots, &self.store);
        let held = self.written(self.variables.held(found), write);
        self.variables.set_found(found, collection, &name, held, &mut self.store);
        self.name = name;
    }

    fn written(&mut self, before: Held, write: &Write) -> Held {
        let changed = |transaction: &mut Self, by: &Number, sign: i64| {
            let by = transaction.number(by).saturating_mul(sign);
            Held::Number(transaction.number_of(before).saturating_add(by))
        };
        match write {
            Write::Number(number) => Held::Number(*number),
            Write::Copy(slot) => match self.variables.get(*slot) {
                // What is not set expands to nothing, which is a value.
                Held::Unset => Held::Value(super::store::EMPTY),
                held => held,
            },
            Write::Text(template) => {
                let mut text = std::mem::take(&mut self.text);
                text.clear();
                self.expand(template, &mut text);
                let held = Held::Value(self.store.push(&text));
                self.text = text;
                held
            }
            Write::Add(by) => changed(self, by, 1),
            Write::Subtract(by) => changed(self, by, -1),
            Write::Unset => Held::Unset,
        }
    }

    /// Sets `TX:0` and what follows to groups of the value that matched.
    pub(super) fn capture(&mut self, value: super::store::ValueId, groups: &[Option<(usize, usize)>]) {
        for (number, slot) in (0..CAPTURES_MAX).zip(0 as Slot..) {
            let held = match groups.get(number).copied().flatten() {
                Some((start, end)) => {
                    Held::Value(self.store.slice(value, start, end.min(start + CAPTURE_BYTES_MAX)))
                }
                None => Held::Unset,
            };
            self.variables.set(slot, held);
        }
    }

    /// Whether a directive or a `ctl` took this value away from the rule.
    pub(super) fn is_taken_away(
        &self,
        exclusions: &[crate::compile::Exclusion],
        candidate: &Candidate,
    ) -> bool {
        if exclusions.iter().any(|exclusion| self.covers(exclusion, candidate)) {
            return true;
        }
        if !self.excluded.contains(self.rule) {
            return false;
        }
        let mine = self.exclusions.iter().filter(|(rules, _)| rules.contains(self.rule));
        mine.into_iter().any(|(_, exclusion)| self.covers(exclusion, candidate))
    }

    /// The name of a candidate for people: `ARGS:q`.
    pub(super) fn shown_name(&mut self, candidate: &Candidate) -> String {
        match candidate.name {
            Name::None => candidate.variable.name().to_owned(),
            _ => {
                let id = self.full_name(candidate);
                self.text_of(id)
            }
        }
    }
}
