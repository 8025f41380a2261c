//! Macros filled in.

use super::collections::{Held, Side, tables_of};
use super::store::ValueId;
use super::transaction::Transaction;
use crate::bytes::leading_number;
use crate::compile::{Key, Number, Piece, Template};
use crate::limits::EXPANDED_BYTES_MAX;
use crate::variable::{Shape, Variable};

impl Transaction<'_> {
    /// Appends the expansion of a template, bounded.
    pub(super) fn expand(&mut self, template: &Template, out: &mut Vec<u8>) {
        for piece in &template.0 {
            let held = match piece {
                Piece::Text(text) => {
                    out.extend_from_slice(text);
                    continue;
                }
                Piece::Slot(slot) => self.variables.get(*slot),
                Piece::Value(variable, key) => self.first_of(*variable, key.as_ref()),
            };
            self.write(held, out);
            if out.len() > EXPANDED_BYTES_MAX {
                out.truncate(EXPANDED_BYTES_MAX);
                return;
            }
        }
    }

    pub(super) fn expand_text(&mut self, template: &Template) -> String {
        let mut out = Vec::new();
        self.expand(template, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn write(&self, held: Held, out: &mut Vec<u8>) {
        match held {
            Held::Unset => {}
            Held::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Held::Value(id) => {
                let bytes = self.store.get(id);
                out.extend_from_slice(&bytes[..bytes.len().min(EXPANDED_BYTES_MAX)]);
            }
        }
    }

    pub(super) fn number(&mut self, number: &Number) -> i64 {
        match number {
            Number::Constant(constant) => *constant,
            Number::Slot(slot) => self.number_of(self.variables.get(*slot)),
            Number::Template(template) => {
                let mut out = Vec::new();
                self.expand(template, &mut out);
                leading_number(&out)
            }
        }
    }

    pub(super) fn number_of(&self, held: Held) -> i64 {
        match held {
            Held::Unset => 0,
            Held::Number(number) => number,
            Held::Value(id) => leading_number(self.store.get(id)),
        }
    }

    /// The first member of a variable, or the one of a name.
    fn first_of(&mut self, variable: Variable, key: Option<&Key>) -> Held {
        match (variable, key) {
            (Variable::Rule, Some(key)) => self.rule_fact(&key.name),
            (Variable::MatchedVars, _) => {
                self.matched_vars.first().map_or(Held::Unset, |matched| matched.held)
            }
            (Variable::MatchedVarsNames, _) => match self.matched_vars.first().copied() {
                Some(matched) => Held::Value(self.full_name(&matched)),
                None => Held::Unset,
            },
            _ if variable.shape() == Shape::Scalar => self.scalar(variable),
            _ => self.first_entry(variable, key),
        }
    }

    fn first_entry(&self, variable: Variable, key: Option<&Key>) -> Held {
        let (tables, side) = tables_of(variable);
        let mut entries = tables.iter().flat_map(|table| self.collections.table(*table));
        let found = entries.find(|entry| key.is_none_or(|key| self.is_named(entry, key)));
        match (found, side) {
            (None, _) => Held::Unset,
            (Some(entry), Side::Name) => Held::Value(entry.name),
            (Some(entry), Side::Value) => Held::Value(entry.value),
        }
    }

    /// `RULE:id` and its siblings, of the rule being run.
    pub(super) fn rule_fact(&mut self, name: &[u8]) -> Held {
        let rules = self.rules;
        let Some(rule) = rules.rules.get(self.rule) else { return Held::Unset };
        match name {
            b"id" => i64::try_from(rule.id).map_or(Held::Unset, Held::Number),
            b"phase" => Held::Number(i64::from(rule.phase)),
            b"severity" => rule.severity.map_or(Held::Unset, |severity| Held::Number(severity as i64)),
            b"msg" if !self.expanding => {
                // A message that names itself ends here.
                self.expanding = true;
                let text = self.expand_text(&rule.message);
                self.expanding = false;
                Held::Value(self.store.push(text.as_bytes()))
            }
            _ => Held::Unset,
        }
    }

    /// A value as text, for people.
    pub(super) fn text_of(&self, id: ValueId) -> String {
        String::from_utf8_lossy(self.store.get(id)).into_owned()
    }
}
