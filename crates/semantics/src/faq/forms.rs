//! The [patterns](super::patterns), compiled, and the reading of a [`Signature`] by them.

mod english;
mod spotter;
#[cfg(test)]
mod tests;

use super::guard::{Guard, Signature};
use super::patterns as p;
use crate::text::{self, Token, TokenKind};
use english::{English, Word, has_set};
use spotter::{Spots, Spotter};

/// Most words of a text that are looked at: a longer one is no question.
const WORDS_MAX: usize = 120;

/// The forms of words by which a [`Signature`] is read. Build it once.
#[derive(Clone, Debug)]
pub struct Forms {
    english: English<Form>,
    /// The numbers of the sets of negations, of what fails, and of subjects.
    negations: u8,
    failures: u8,
    subjects: u8,
    spotter: Spotter,
}

/// What a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Guard(Guard),
    /// A subject that is a pronoun: it leans when the text names next to nothing itself.
    PronounFirst,
}

impl Forms {
    /// Compiles the patterns.
    #[must_use]
    pub fn new() -> Self {
        let mut english = English::new();
        for (form, patterns) in [
            (Form::Guard(Guard::Personal), p::PERSONAL),
            (Form::Guard(Guard::Discovery), p::DISCOVERY),
            (Form::Guard(Guard::LeansOnContext), p::LEANS),
            (Form::Guard(Guard::Declines), p::DECLINES),
            (Form::Guard(Guard::Momentary), p::MOMENTS),
            (Form::Guard(Guard::Instructs), p::INSTRUCTS),
            (Form::PronounFirst, p::PRONOUN_FIRST),
        ] {
            english.add(form, patterns);
        }
        let [negations, failures, subjects] =
            [p::NEGATIONS, p::FAILURES, p::SUBJECTS].map(|s| english.set(s));
        Self { english, negations, failures, subjects, spotter: Spotter::new() }
    }

    /// The signature of a normalised text.
    #[must_use]
    pub(super) fn signature(&self, normalised: &str) -> Signature {
        let tokens = text::tokens(normalised);
        let tokens = &tokens[..tokens.len().min(WORDS_MAX)];
        let mut out = Signature::default();
        out.japanese = is_japanese(normalised);
        tokens.iter().for_each(|t| out.add_number(t));
        let words = self.words(tokens);
        let spots = if normalised.is_ascii() { Spots::default() } else { self.spotter.spots(normalised) };
        self.read_english(tokens, &words, &mut out);
        out.negated = self.is_negated(&words) != (spots.negations > spots.not_negations);
        for (guard, found) in [
            (Guard::Personal, spots.personal || (spots.state && !spots.how) || names_an_order(tokens)),
            (Guard::Discovery, spots.discovery && !spots.not_discovery),
            (Guard::LeansOnContext, leans_ja(normalised, spots.leans_first)),
            (Guard::Declines, spots.declines),
            (Guard::Momentary, spots.moment),
            (Guard::OtherCompany, spots.company || names_a_company(tokens)),
            (Guard::Instructs, spots.instructs || is_code(normalised)),
            (
                Guard::TwoQuestions,
                asks_twice(normalised, tokens) || (spots.question_ends >= 2 && !spots.either),
            ),
        ] {
            if found {
                out.add(guard);
            }
        }
        out
    }

    fn read_english(&self, tokens: &[Token<'_>], words: &[Word], out: &mut Signature) {
        for form in self.english.found(words) {
            match form {
                Form::Guard(guard) => out.add(guard),
                Form::PronounFirst if tokens.len() <= 6 && !names_something(tokens) => {
                    out.add(Guard::LeansOnContext)
                }
                Form::PronounFirst => {}
            }
        }
    }

    /// The words of the text after its greeting, `n't` as a word of its own.
    fn words(&self, tokens: &[Token<'_>]) -> Vec<Word> {
        let not = Word { is_clitic: true, ..self.english.word("not") };
        let mut out = Vec::with_capacity(tokens.len() + 2);
        for token in &tokens[text::stop_phrase_len(tokens)..] {
            out.push(self.english.word(token.text));
            if token.negated {
                out.push(not);
            }
        }
        out
    }

    /// Whether an odd number of words say "not". `can't I` and `why can't I` ask what the plain form asks, and "does not
    /// work" says what happened.
    fn is_negated(&self, words: &[Word]) -> bool {
        let is = |word: &Word, set: u8| has_set(word.sets, set.into());
        let negates = |&(at, word): &(usize, &Word)| {
            let after = &words[at + 1..];
            let asks = word.is_clitic && at <= 2 && after.first().is_some_and(|next| is(next, self.subjects));
            let fails = after.iter().take(2).any(|next| is(next, self.failures));
            is(word, self.negations) && !asks && !fails
        };
        words.iter().enumerate().filter(negates).count() % 2 == 1
    }
}

impl Default for Forms {
    fn default() -> Self {
        Self::new()
    }
}

fn is_japanese(normalised: &str) -> bool {
    !normalised.is_ascii() && text::detect_language(normalised) == text::Language::Ja
}

fn names_something(tokens: &[Token<'_>]) -> bool {
    let content = |t: &&Token<'_>| !text::is_stop_word(t.text) && !text::is_light_word(t.text);
    tokens.iter().filter(content).count() >= 2
}

/// Begins with a word that leans and is short, or is a bare topic: "日本は?"
fn leans_ja(normalised: &str, leans_first: bool) -> bool {
    if normalised.is_ascii() {
        return false;
    }
    let said = normalised.trim_end_matches(['?', '。', '!']);
    let chars = said.chars().count();
    (said.ends_with('は') && chars <= p::BARE_TOPIC_CHARS_MAX)
        || (leans_first && chars <= p::LEANS_JA_CHARS_MAX)
}

/// "order 10234", "A-10234": a number that only an order, a parcel or a code has.
fn names_an_order(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|t| {
        matches!(t.kind, TokenKind::Number | TokenKind::Word)
            && !t.text.contains([',', '.'])
            && t.text.bytes().filter(u8::is_ascii_digit).count() >= 5
    })
}

/// Markup, JSON, a template: not what people type.
fn is_code(normalised: &str) -> bool {
    normalised.chars().filter(|c| p::CODE_CHARS.contains(c)).count() >= p::CODE_CHARS_MIN
}

/// A name of [`p::COMPANIES`] that is not a way to pay ("Google Pay").
fn names_a_company(tokens: &[Token<'_>]) -> bool {
    let pays = |i: usize| tokens.get(i + 1).is_some_and(|t| matches!(t.text, "pay" | "wallet" | "play"));
    tokens.iter().enumerate().any(|(i, t)| p::COMPANIES.binary_search(&t.text).is_ok() && !pays(i))
}

/// Whether it asks two things: two clauses that ask, or two questions joined by "and".
fn asks_twice(normalised: &str, tokens: &[Token<'_>]) -> bool {
    let clauses = tokens.iter().filter(|t| t.starts_clause).count();
    let asked = || normalised.split_inclusive(['?', '.', '!', '。', ';']).filter(|s| is_question(s)).count();
    (clauses >= 2 && asked() >= 2) || joined_by_and(normalised)
}

fn is_question(clause: &str) -> bool {
    let tokens = text::tokens(clause);
    let asks = clause.trim_end().ends_with('?') || tokens.first().is_some_and(|t| is_opener(t.text));
    asks && text::content_words(clause).len() >= 2
}

/// "do you ship to Canada and how much is it": two questions without a question mark between them.
fn joined_by_and(normalised: &str) -> bool {
    let Some((before, after)) = normalised.split_once(" and ") else { return false };
    after.split_whitespace().next().is_some_and(is_opener)
        && text::tokens(before).first().is_some_and(|t| is_opener(t.text))
        && !text::content_words(before).is_empty()
        && after.split_whitespace().count() >= 3
}

fn is_opener(word: &str) -> bool {
    p::OPENERS.contains(&word)
}
