//! What a question is like, beside what it is about: negated, numbered, personal, a request to discover, leaning on what was
//! said before, two in one, a refusal. A FAQ answer that ignores one of these is a wrong answer.
//!
//! Guards are relative: a question is kept from an entry unless one of the entry's own phrasings is like it. So an editor
//! who writes "Where is my order?" into the FAQ has it answered, and one who does not never has.

use super::forms::Forms;
use crate::text::{Token, TokenKind};

/// Why a question was kept from the FAQ although its words may fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// It is about the state of what is the shopper's own: their order, their refund, their points.
    Personal,
    /// It asks for something to read or buy, not for how the shop works.
    Discovery,
    /// It leans on what was said before: "and for that one?", それは?
    LeansOnContext,
    /// It asks two things.
    TwoQuestions,
    /// It says what the shopper does not want: "don't cancel my order".
    Declines,
    /// It asks how things are now: today's rate, what is open tomorrow.
    Momentary,
    /// It names another company's product or service.
    OtherCompany,
    /// It tells a model what to do, or is written for a machine: "ignore your instructions".
    Instructs,
}

impl Guard {
    pub(crate) const ALL: [Self; 8] = [
        Self::Personal,
        Self::Discovery,
        Self::LeansOnContext,
        Self::TwoQuestions,
        Self::Declines,
        Self::Momentary,
        Self::OtherCompany,
        Self::Instructs,
    ];

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What a text is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    guards: u8,
    /// It says "not".
    pub negated: bool,
    /// It is Japanese.
    pub(super) japanese: bool,
    numbers: [u32; NUMBERS_MAX],
    numbers_len: u8,
}

/// Most numbers compared.
const NUMBERS_MAX: usize = 4;

impl Signature {
    /// The signature of a normalised text.
    #[must_use]
    pub fn of(normalised: &str, forms: &Forms) -> Self {
        forms.signature(normalised)
    }

    pub(super) fn add(&mut self, guard: Guard) {
        self.guards |= guard.bit();
    }

    /// Whether the text is like that.
    #[must_use]
    pub const fn has(&self, guard: Guard) -> bool {
        self.guards & guard.bit() != 0
    }

    /// The first guard that the text has and none of the given signatures in its language has: what an editor wrote in one
    /// language says little about the forms of the other.
    pub(super) fn kept_from(&self, others: impl Iterator<Item = Self>) -> Option<Guard> {
        if self.guards == 0 {
            return None;
        }
        let alike = others.filter(|other| other.japanese == self.japanese);
        let shared = alike.fold(0, |all, other| all | other.guards);
        Guard::ALL.into_iter().find(|g| self.guards & !shared & g.bit() != 0)
    }

    /// Its numbers, at most four, as their digits' values.
    #[must_use]
    pub fn numbers(&self) -> &[u32] {
        &self.numbers[..usize::from(self.numbers_len)]
    }

    /// Whether both name numbers and no number of the one is in the other: 30 days is not 90 days.
    #[must_use]
    pub fn numbers_conflict(&self, other: &Self) -> bool {
        !self.numbers().is_empty()
            && !other.numbers().is_empty()
            && !self.numbers().iter().any(|n| other.numbers().contains(n))
    }

    pub(super) fn add_number(&mut self, token: &Token<'_>) {
        let at = usize::from(self.numbers_len);
        let starts = token.text.starts_with(|c: char| c.is_ascii_digit());
        if at == NUMBERS_MAX || !starts || !matches!(token.kind, TokenKind::Number | TokenKind::Word) {
            return;
        }
        let value =
            token.text.bytes().take_while(|b| b.is_ascii_digit() || *b == b',').filter(u8::is_ascii_digit);
        self.numbers[at] = value.fold(0_u32, |n, b| n.wrapping_mul(10).wrapping_add(u32::from(b - b'0')));
        self.numbers_len += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    fn of(text: &str) -> Signature {
        Signature::of(&text::normalise(text), &Forms::new())
    }

    #[test]
    fn a_negation_is_seen_in_both_languages() {
        for text in [
            "Which items can not be returned?",
            "I don't want a gift receipt",
            "返品できない商品",
            "届きません",
        ] {
            assert!(of(text).negated, "{text}");
        }
        for text in [
            "Which items can be returned?",
            "Can't I pay by card?",
            "教えてもらえませんか",
            "すみません、送料は?",
        ] {
            assert!(!of(text).negated, "{text}");
        }
    }

    #[test]
    fn different_numbers_conflict_and_missing_ones_do_not() {
        assert!(of("within 30 days").numbers_conflict(&of("within 90 days")));
        assert!(!of("within 30 days").numbers_conflict(&of("within 30days")));
        assert!(!of("within 30 days").numbers_conflict(&of("how many days")));
        assert!(!of("30日以内").numbers_conflict(&of("３０日以内")));
    }

    #[test]
    fn a_guard_holds_unless_a_phrasing_is_like_the_question() {
        let mine = of("Where is my order?");
        assert_eq!(mine.kept_from([of("How do I track an order?")].into_iter()), Some(Guard::Personal));
        assert_eq!(mine.kept_from([of("How?"), of("where's my order")].into_iter()), None);
    }
}
