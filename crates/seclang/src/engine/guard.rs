//! Guards, asked.

use super::collections::{Held, Side, tables_of};
use super::transaction::Transaction;
use crate::compile::{Guard, HeaderId, Limit, Test};
use crate::variable::{Shape, Variable};

impl Transaction<'_> {
    /// Whether a guard lets its rule be evaluated.
    pub(super) fn opens(&mut self, guard: Guard) -> bool {
        match guard {
            Guard::None => true,
            Guard::Present(headers) => headers.iter().any(|header| self.collections.has_header(*header)),
            Guard::HeaderCount(headers, test) => {
                let limit = self.limit(test);
                headers.iter().any(|header| test.passes(self.header_count(*header), limit))
            }
            Guard::Count(variable, test) => {
                let limit = self.limit(test);
                let count = tables_of(variable).0.iter().map(|table| self.collections.table(*table).len());
                test.passes(number(count.sum()), limit)
            }
            Guard::Scalar(variable, test) => {
                let held = self.scalar(variable);
                held != Held::Unset && test.passes(self.number_of(held), self.limit(test))
            }
            Guard::Kept(slot, test) => {
                let held = self.variables.get(slot);
                held != Held::Unset && test.passes(self.number_of(held), self.limit(test))
            }
            Guard::Length(variable, test) => self.has_length(variable, test),
        }
    }

    fn limit(&self, test: Test) -> i64 {
        match test.limit {
            Limit::Constant(constant) => constant,
            Limit::Slot(slot) => self.number_of(self.variables.get(slot)),
        }
    }

    fn header_count(&self, header: HeaderId) -> i64 {
        number(self.collections.header(header).count())
    }

    fn has_length(&mut self, variable: Variable, test: Test) -> bool {
        let limit = self.limit(test);
        if variable.shape() == Shape::Scalar {
            return match self.scalar(variable) {
                Held::Unset => false,
                Held::Value(id) => test.passes(number(self.store.len(id)), limit),
                // As many digits as it has: let the rule see.
                Held::Number(_) => true,
            };
        }
        let (tables, side) = tables_of(variable);
        tables.iter().flat_map(|table| self.collections.table(*table)).any(|entry| {
            let value = if side == Side::Name { entry.name } else { entry.value };
            test.passes(number(self.store.len(value)), limit)
        })
    }
}

fn number(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
