//! Targets to values.

use super::collections::{Entry, Held, Side, Table, tables_of};
use super::store::{EMPTY, ValueId};
use super::transaction::Transaction;
use crate::compile::{Exclusion, Key, Pick, Slot, Target};
use crate::variable::{Shape, Variable};

/// What a value is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// A scalar has none of its own.
    None,
    Value(ValueId),
    Slot(Slot),
}

/// A value a rule is about to look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) variable: Variable,
    pub(super) name: Name,
    pub(super) held: Held,
}

impl Transaction<'_> {
    /// Appends what a target selects.
    pub(super) fn select(&mut self, target: &Target, out: &mut Vec<Candidate>) {
        if !target.count {
            return self.members(target.variable, &target.pick, out);
        }
        let count = match &target.pick {
            Pick::Header(header) => self.collections.header(*header).count(),
            Pick::Key(key) if target.variable != Variable::Xml => self.count(target.variable, key),
            pick => {
                let start = out.len();
                self.members(target.variable, pick, out);
                let count = out.len() - start;
                out.truncate(start);
                count
            }
        };
        out.push(Candidate { variable: target.variable, name: Name::None, held: number(count) });
    }

    /// How many entries have a name.
    fn count(&self, variable: Variable, key: &Key) -> usize {
        let entries = tables_of(variable).0.iter().flat_map(|table| self.collections.table(*table));
        entries.filter(|entry| self.is_named(entry, key)).count()
    }

    /// The tag settles it in most cases, without reading the name.
    pub(super) fn is_named(&self, entry: &Entry, key: &Key) -> bool {
        entry.tag == key.tag && key.name.eq_ignore_ascii_case(self.store.get(entry.name))
    }

    /// Appends the members of a variable.
    pub(super) fn members(&mut self, variable: Variable, pick: &Pick, out: &mut Vec<Candidate>) {
        match variable {
            Variable::MatchedVars | Variable::MatchedVarsNames => self.matched_members(variable, pick, out),
            Variable::Rule => self.rule_members(pick, out),
            _ if variable.is_settable() => self.kept_members(variable, pick, out),
            _ if variable.shape() == Shape::Scalar => {
                let held = self.scalar(variable);
                if held != Held::Unset {
                    out.push(Candidate { variable, name: Name::None, held });
                }
            }
            _ => self.table_members(variable, pick, out),
        }
    }

    /// A scalar, those included that are worked out when asked for.
    pub(super) fn scalar(&mut self, variable: Variable) -> Held {
        match variable {
            Variable::InspectionError => Held::Number(i64::from(self.store.problem().is_some())),
            Variable::InspectionErrorMsg => match self.store.problem() {
                Some(problem) => Held::Value(self.store.push(problem.message().as_bytes())),
                None => Held::Unset,
            },
            Variable::ArgsCombinedSize => number(self.collections.arguments_bytes),
            Variable::FilesCombinedSize => number(self.collections.files_bytes),
            Variable::MatchedVar => self.matched.map_or(Held::Unset, |matched| matched.held),
            Variable::MatchedVarName => match self.matched {
                Some(matched) => Held::Value(self.full_name(&matched)),
                None => Held::Unset,
            },
            _ => self.collections.scalar(variable),
        }
    }

    fn table_members(&self, variable: Variable, pick: &Pick, out: &mut Vec<Candidate>) {
        if let Pick::Header(header) = pick {
            out.extend(self.collections.header(*header).map(|entry| Candidate {
                variable,
                name: Name::Value(entry.name),
                held: Held::Value(entry.value),
            }));
            return;
        }
        let (tables, side) = tables_of(variable);
        for table in tables {
            // XML has two tables, picked by path: all text, or all attributes.
            if variable == Variable::Xml
                && let Pick::Key(key) = pick
            {
                let wanted = if &*key.name == b"/*" { Table::XmlText } else { Table::XmlAttributes };
                if *table != wanted {
                    continue;
                }
            }
            for entry in self.collections.table(*table) {
                let picked = match pick {
                    Pick::Key(key) => variable == Variable::Xml || self.is_named(entry, key),
                    Pick::Pattern(pattern) => pattern.is_match(self.store.get(entry.name)),
                    Pick::All | Pick::Slot(_) | Pick::Header(_) => true,
                };
                if picked {
                    let value = if side == Side::Name { entry.name } else { entry.value };
                    out.push(Candidate { variable, name: Name::Value(entry.name), held: Held::Value(value) });
                }
            }
        }
    }

    fn kept_members(&self, variable: Variable, pick: &Pick, out: &mut Vec<Candidate>) {
        let slots = &self.rules.slots;
        let mut push = |name: Name, held: Held| {
            if held != Held::Unset {
                out.push(Candidate { variable, name, held });
            }
        };
        if let Pick::Slot(slot) = pick {
            return push(Name::Slot(*slot), self.variables.get(*slot));
        }
        let wanted = |name: &[u8]| match pick {
            Pick::All => true,
            Pick::Pattern(pattern) => pattern.is_match(name),
            Pick::Key(_) | Pick::Slot(_) | Pick::Header(_) => false,
        };
        for ((slot, collection, name), held) in slots.iter().zip(self.variables.slots()) {
            if *held != Held::Unset && collection == variable && wanted(name.as_bytes()) {
                push(Name::Slot(slot), *held);
            }
        }
        for dynamic in self.variables.dynamic() {
            if dynamic.collection == variable && wanted(self.store.get(dynamic.name)) {
                push(Name::Value(dynamic.name), dynamic.held);
            }
        }
    }

    fn matched_members(&mut self, variable: Variable, pick: &Pick, out: &mut Vec<Candidate>) {
        for index in 0..self.matched_vars.len() {
            let matched = self.matched_vars[index];
            let name = self.full_name(&matched);
            let picked = match pick {
                Pick::All | Pick::Slot(_) | Pick::Header(_) => true,
                Pick::Key(Key { name: wanted, .. }) => wanted.eq_ignore_ascii_case(self.store.get(name)),
                Pick::Pattern(pattern) => pattern.is_match(self.store.get(name)),
            };
            if picked {
                let held = if variable == Variable::MatchedVars { matched.held } else { Held::Value(name) };
                out.push(Candidate { variable, name: Name::Value(name), held });
            }
        }
    }

    fn rule_members(&mut self, pick: &Pick, out: &mut Vec<Candidate>) {
        let Pick::Key(key) = pick else { return };
        let held = self.rule_fact(&key.name);
        if held != Held::Unset {
            let name = Name::Value(self.store.push(&key.name));
            out.push(Candidate { variable: Variable::Rule, name, held });
        }
    }

    /// `ARGS:q`.
    pub(super) fn full_name(&mut self, candidate: &Candidate) -> ValueId {
        let key: &[u8] = match candidate.name {
            Name::None | Name::Value(EMPTY) => {
                return self.store.push(candidate.variable.name().as_bytes());
            }
            Name::Value(id) => self.store.get(id),
            Name::Slot(slot) => self.rules.slots.name(slot).1.as_bytes(),
        };
        if matches!(candidate.variable, Variable::MatchedVars | Variable::MatchedVarsNames) {
            let name = key.to_vec();
            return self.store.push(&name);
        }
        let name = [candidate.variable.name().as_bytes(), b":", key].concat();
        self.store.push(&name)
    }

    /// Whether an exclusion covers a candidate.
    pub(super) fn covers(&self, exclusion: &Exclusion, candidate: &Candidate) -> bool {
        if !same_collection(exclusion.variable, candidate.variable) {
            return false;
        }
        match (&exclusion.pick, candidate.name) {
            (Pick::All, _) => true,
            (Pick::Slot(wanted), Name::Slot(slot)) => *wanted == slot,
            (Pick::Header(header), Name::Value(name)) => {
                self.collections.header(*header).any(|entry| entry.name == name)
            }
            (Pick::Key(key), Name::Value(name)) => key.name.eq_ignore_ascii_case(self.store.get(name)),
            (Pick::Pattern(pattern), Name::Value(name)) => pattern.is_match(self.store.get(name)),
            (Pick::Pattern(pattern), Name::Slot(slot)) => {
                pattern.is_match(self.rules.slots.name(slot).1.as_bytes())
            }
            _ => false,
        }
    }
}

/// `!ARGS:x` takes `x` out of `ARGS_GET` and `ARGS_POST` too, of which `ARGS` consists.
fn same_collection(excluded: Variable, variable: Variable) -> bool {
    use Variable as V;
    excluded == variable
        || matches!(
            (excluded, variable),
            (V::Args, V::ArgsGet | V::ArgsPost) | (V::ArgsNames, V::ArgsGetNames | V::ArgsPostNames)
        )
}

fn number(size: usize) -> Held {
    Held::Number(i64::try_from(size).unwrap_or(i64::MAX))
}
