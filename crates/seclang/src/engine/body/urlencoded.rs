//! `application/x-www-form-urlencoded`.

use crate::engine::collections::Table;
use crate::engine::transaction::Transaction;

impl Transaction<'_> {
    /// What a form holds; broken escapes are flagged and kept as they are.
    pub(super) fn read_urlencoded(&mut self, body: &[u8]) {
        self.read_arguments(Table::ArgsPost, body);
    }
}
