//! What models may cost, and what they did.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chat::Cost;

use super::Tokens;

/// Owners whose tokens are counted; whoever comes when there are as many is counted together with the others who did.
const OWNERS_MAX: usize = 100_000;
/// The owner of what is counted together.
const OTHERS: &str = "";

/// What each owner's answers took since the service was started, and how much they may take.
#[derive(Debug, Default)]
pub struct Ledger {
    tokens_max: Option<u64>,
    taken: Mutex<HashMap<String, u64>>,
}

impl Ledger {
    /// A ledger that allows each owner so many tokens, of all kinds together.
    #[must_use]
    pub fn with_tokens_max(tokens_max: u64) -> Self {
        Self { tokens_max: Some(tokens_max), taken: Mutex::default() }
    }

    /// Whether there is budget left.
    pub(crate) fn allows(&self, owner: &str) -> bool {
        let Some(tokens_max) = self.tokens_max else { return true };
        let taken = self.taken();
        let taken = taken.get(owner).or_else(|| full(&taken).then(|| taken.get(OTHERS)).flatten());
        taken.is_none_or(|taken| *taken < tokens_max)
    }

    /// Counts what was taken. There are no prices, so nothing has a cost.
    pub(crate) fn charge(&self, owner: &str, _model_id: &str, tokens: Tokens) -> Option<Cost> {
        if self.tokens_max.is_some() {
            let mut taken = self.taken();
            let owner = if taken.contains_key(owner) || !full(&taken) { owner } else { OTHERS };
            let sum = [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write];
            *taken.entry(owner.to_owned()).or_default() += sum.into_iter().map(u64::from).sum::<u64>();
        }
        None
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        // A number is whole at every step: a panic elsewhere does not spoil it.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn full(taken: &HashMap<String, u64>) -> bool {
    taken.len() >= OWNERS_MAX
}
