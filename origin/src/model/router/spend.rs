//! What an attempt takes, in tokens and money. The one place where the ledger is charged.
//!
//! A provider says what an answer took at its end. An answer that breaks off, or that nobody reads to its end, was taken all
//! the same: it is counted from the lengths of the texts, so that stopping is not a way round a budget.

use std::sync::{Arc, Mutex, PoisonError};

use chat::Cost;

use super::verdict::Verdict;
use crate::metrics::Metrics;
use crate::model::cost::Ledger;
use crate::model::{Model, ModelRequest, Tokens, ToolCall};

/// Bytes of ASCII that make about one token: English prose has four, JSON three to four.
const ASCII_BYTES_PER_TOKEN: u64 = 4;
/// Other characters that make about one token: kanji are one to two tokens each, kana often less than one.
const OTHER_CHARS_PER_TOKEN: u64 = 1;

/// What a model took for one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) name: String,
    pub(crate) tokens: Tokens,
    /// None when there is no price for the model.
    pub(crate) cost: Option<Cost>,
    /// The provider did not say, or not of all: counted from the lengths of the texts.
    pub(crate) estimated: bool,
}

/// What attempts took that were dropped before their end, and so could not tell it in the stream. Whoever asks keeps one and
/// empties it when the answer is over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unheard(Arc<Mutex<Vec<Spent>>>);

impl Unheard {
    /// What was dropped since it was last looked at.
    pub(crate) fn take(&self) -> Vec<Spent> {
        // A list is whole at every step: a panic elsewhere does not spoil it.
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, spent: Spent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(spent);
    }
}

/// A count of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Length {
    ascii: u64,
    other: u64,
}

impl Length {
    fn add(&mut self, text: &str) {
        let ascii = text.bytes().filter(u8::is_ascii).count();
        let other = text.chars().filter(|c| !c.is_ascii()).count();
        self.ascii = self.ascii.saturating_add(ascii as u64);
        self.other = self.other.saturating_add(other as u64);
    }

    fn tokens(self) -> u32 {
        let tokens = self.ascii.div_ceil(ASCII_BYTES_PER_TOKEN) + self.other.div_ceil(OTHER_CHARS_PER_TOKEN);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }
}

/// About how many tokens the model reads. What `passages` and `brief` hold is in `message`.
fn input_tokens(request: &ModelRequest) -> u32 {
    let mut length = Length::default();
    length.add(&request.system);
    length.add(&request.message);
    for turn in &request.turns {
        length.add(&turn.asked);
        length.add(&turn.answered);
    }
    for tool in &request.tools {
        length.add(tool.name);
        length.add(tool.description);
        length.add(&tool.parameters.to_string());
    }
    for round in &request.rounds {
        length.add(&round.text);
        round.calls.iter().for_each(|call| add_call(&mut length, call));
        round.results.iter().for_each(|result| length.add(&result.content));
    }
    length.tokens()
}

fn add_call(length: &mut Length, call: &ToolCall) {
    length.add(&call.name);
    length.add(&call.arguments);
}

/// Where it is counted.
#[derive(Clone)]
pub(super) struct Books {
    pub(super) ledger: Arc<Ledger>,
    pub(super) metrics: Arc<Metrics>,
    /// Whose budget it is.
    pub(super) owner: String,
    /// Where an attempt goes that is dropped.
    pub(super) unheard: Unheard,
    /// Why it is dropped, where whoever drops it says so.
    pub(super) verdict: Verdict,
}

/// Counts one attempt. Dropped before it is settled it charges what was taken by then, and leaves it in the books' `unheard`.
pub(super) struct Meter {
    books: Books,
    model: Arc<dyn Model>,
    request: Arc<ModelRequest>,
    told: Option<Tokens>,
    written: Length,
    settled: bool,
}

impl Meter {
    pub(super) fn new(books: Books, model: Arc<dyn Model>, request: Arc<ModelRequest>) -> Self {
        Self { books, model, request, told: None, written: Length::default(), settled: false }
    }

    /// The provider says what the answer took so far.
    pub(super) fn told(&mut self, tokens: Tokens) {
        self.told = Some(tokens);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.written.add(text);
    }

    /// So many characters that nobody sees. What they are is not known: they count like English.
    pub(super) fn thought(&mut self, chars: usize) {
        self.written.ascii = self.written.ascii.saturating_add(chars as u64);
    }

    pub(super) fn call(&mut self, call: &ToolCall) {
        add_call(&mut self.written, call);
    }

    /// Whether the model gave back anything.
    pub(super) fn is_used(&self) -> bool {
        self.told.is_some() || self.written != Length::default()
    }

    /// The provider turned the request away: nothing was taken.
    pub(super) fn void(mut self) {
        self.settled = true;
    }

    /// Charges the attempt. What the provider said of an answer that is `whole` stands; of any other, it may have said so
    /// only of the beginning.
    pub(super) fn settle(mut self, whole: bool) -> Spent {
        self.charge(whole)
    }

    fn charge(&mut self, whole: bool) -> Spent {
        self.settled = true;
        let (tokens, estimated) = self.tokens(whole);
        let Books { ledger, metrics, owner, .. } = &self.books;
        let name = self.model.name();
        let cost = ledger.charge(owner, self.model.model_id(), tokens);
        metrics.model_spent(name, tokens, cost.as_ref());
        if estimated {
            metrics.model_estimated(name);
        }
        Spent { name: name.to_owned(), tokens, cost, estimated }
    }

    fn tokens(&self, whole: bool) -> (Tokens, bool) {
        let written = self.written.tokens();
        match self.told {
            Some(told) if whole || told.output >= written => (told, false),
            Some(told) => (Tokens { output: written, ..told }, true),
            None => {
                let tokens =
                    Tokens { input: input_tokens(&self.request), output: written, ..Tokens::default() };
                (tokens, true)
            }
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if !self.settled {
            let spent = self.charge(false);
            self.books.unheard.keep(spent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> u32 {
        let mut length = Length::default();
        length.add(text);
        length.tokens()
    }

    #[test]
    fn four_bytes_of_english_are_a_token() {
        assert_eq!(tokens("It is sold out."), 4);
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("."), 1);
    }

    #[test]
    fn a_character_of_japanese_is_a_token() {
        assert_eq!(tokens("在庫切れです。"), 7);
        assert_eq!(tokens("『MONSTER』は全18巻です。"), 11);
    }

    #[test]
    fn pieces_count_as_much_as_the_whole() {
        let mut length = Length::default();
        for piece in ["It", " is", " so", "ld", " out", "."] {
            length.add(piece);
        }
        assert_eq!(length.tokens(), tokens("It is sold out."));
    }
}
