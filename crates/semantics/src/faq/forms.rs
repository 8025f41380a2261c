//! The [patterns](super::patterns), compiled: every word of a text is looked up once, and a pattern is tried only when
//! the text has all its words.

use super::guard::{Guard, Signature};
use super::patterns as p;
use crate::lexical::{FixedMap, fixed_hash, hash_step};
use crate::text::{self, Token, TokenKind};

/// Most different sets of words in the English patterns.
const SETS_MAX: usize = 256;
/// Longest Japanese pattern, in characters.
const SPOT_CHARS_MAX: usize = 12;
/// Most words of a text that are looked at: a longer one is no question.
const WORDS_MAX: usize = 120;

/// A bit per set of words.
type Sets = [u64; SETS_MAX / 64];

/// The forms of words by which a [`Signature`] is read. Build it once.
#[derive(Clone, Debug)]
pub struct Forms {
    /// Word → the sets it is in.
    words: FixedMap,
    sets_of: Vec<Sets>,
    sets: Vec<&'static str>,
    english: Vec<(Group, Compiled)>,
    spotter: Spotter,
}

/// Which list a pattern is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Guard(Guard),
    PronounFirst,
}

#[derive(Clone, Debug)]
struct Compiled {
    /// The sets of which the text must have a word.
    needs: Sets,
    elements: Vec<Element>,
}

#[derive(Clone, Copy, Debug)]
enum Element {
    Start,
    End,
    Gap,
    Number,
    OneOf(u8),
    OneOfOrEnd(u8),
    NoneOf(u8),
}

impl Forms {
    /// Compiles the patterns.
    #[must_use]
    pub fn new() -> Self {
        let mut out = Self {
            words: FixedMap::with_capacity(1_024),
            sets_of: Vec::new(),
            sets: Vec::new(),
            english: Vec::new(),
            spotter: Spotter::new(),
        };
        for (group, patterns) in [
            (Group::Guard(Guard::Personal), p::PERSONAL),
            (Group::Guard(Guard::Discovery), p::DISCOVERY),
            (Group::Guard(Guard::LeansOnContext), p::LEANS),
            (Group::Guard(Guard::Declines), p::DECLINES),
            (Group::Guard(Guard::Momentary), p::MOMENTS),
            (Group::PronounFirst, p::PRONOUN_FIRST),
        ] {
            for pattern in patterns {
                let compiled = out.compile(pattern);
                out.english.push((group, compiled));
            }
        }
        out.set(p::NEGATIONS);
        out
    }

    /// The signature of a normalised text.
    #[must_use]
    pub(super) fn signature(&self, normalised: &str) -> Signature {
        let tokens = text::tokens(normalised);
        let tokens = &tokens[..tokens.len().min(WORDS_MAX)];
        let mut out = Signature::default();
        tokens.iter().for_each(|t| out.add_number(t));
        let words = self.words(tokens);
        let spots = if normalised.is_ascii() { Spots::default() } else { self.spotter.spots(normalised) };
        self.english(tokens, &words, &mut out);
        out.negated = self.is_negated(tokens, &words) != (spots.negations > spots.not_negations);
        for (guard, found) in [
            (Guard::Personal, spots.personal || (spots.state && !spots.how) || names_an_order(tokens)),
            (Guard::Discovery, spots.discovery && !spots.not_discovery),
            (Guard::LeansOnContext, leans_ja(normalised, spots.leans_first)),
            (Guard::Declines, spots.declines),
            (Guard::Momentary, spots.moment),
            (Guard::OtherCompany, spots.company || names_a_company(tokens)),
            (Guard::TwoQuestions, asks_twice(normalised, tokens) || (spots.question_ends >= 2 && !spots.either)),
        ] {
            if found {
                out.add(guard);
            }
        }
        out
    }

    fn english(&self, tokens: &[Token<'_>], words: &[Word], out: &mut Signature) {
        let has = words.iter().fold([0; SETS_MAX / 64], |all, w| union(all, w.sets));
        let names_something = || {
            let content = |t: &&Token<'_>| !text::is_stop_word(t.text) && !text::is_light_word(t.text);
            tokens.iter().filter(content).count() >= 2
        };
        for (group, pattern) in &self.english {
            if !is_subset(pattern.needs, has) || !pattern.is_in(words) {
                continue;
            }
            match group {
                Group::Guard(guard) => out.add(*guard),
                // A subject that is a pronoun leans when the text names next to nothing itself.
                Group::PronounFirst if tokens.len() <= 6 && !names_something() => out.add(Guard::LeansOnContext),
                Group::PronounFirst => {}
            }
        }
    }

    /// The words of the text after its greeting, `n't` as a word of its own.
    fn words(&self, tokens: &[Token<'_>]) -> Vec<Word> {
        let not = self.look_up("not");
        let mut out = Vec::with_capacity(tokens.len() + 2);
        for token in &tokens[text::stop_phrase_len(tokens)..] {
            let is_number = token.text.starts_with(|c: char| c.is_ascii_digit());
            out.push(Word { sets: self.look_up(token.text), is_number, is_clitic: false });
            if token.negated {
                out.push(Word { sets: not, is_number: false, is_clitic: true });
            }
        }
        out
    }

    fn look_up(&self, word: &str) -> Sets {
        self.words.get(fixed_hash(0, word.as_bytes())).map_or([0; SETS_MAX / 64], |at| self.sets_of[at as usize])
    }

    /// Whether an odd number of words say "not". `can't I` and `why can't I` ask what the plain form asks.
    fn is_negated(&self, tokens: &[Token<'_>], words: &[Word]) -> bool {
        let Some(set) = self.sets.iter().position(|s| *s == p::NEGATIONS) else { return false };
        let plain = words.iter().filter(|w| !w.is_clitic && has_set(w.sets, set)).count();
        let clitics = tokens
            .iter()
            .enumerate()
            .filter(|(i, t)| {
                let then = tokens.get(i + 1).is_some_and(|n| matches!(n.text, "i" | "you" | "we" | "it"));
                t.negated && !(then && *i <= 1)
            })
            .count();
        (plain + clitics) % 2 == 1
    }

    fn compile(&mut self, pattern: p::Pattern) -> Compiled {
        let mut needs = [0; SETS_MAX / 64];
        let elements = pattern
            .iter()
            .map(|&element| match element {
                "^" => Element::Start,
                "$" => Element::End,
                "*" => Element::Gap,
                "#" => Element::Number,
                _ => {
                    let (negative, alternatives) = match element.strip_prefix('!') {
                        Some(rest) => (true, rest),
                        None => (false, element),
                    };
                    let set = self.set(alternatives);
                    let or_end = alternatives.split('|').any(|a| a == "$");
                    if !negative && !or_end {
                        needs[usize::from(set) / 64] |= 1 << (set % 64);
                    }
                    match (negative, or_end) {
                        (true, _) => Element::NoneOf(set),
                        (false, true) => Element::OneOfOrEnd(set),
                        (false, false) => Element::OneOf(set),
                    }
                }
            })
            .collect();
        Compiled { needs, elements }
    }

    /// The number of a set of words.
    fn set(&mut self, alternatives: &'static str) -> u8 {
        let number = self.sets.iter().position(|s| *s == alternatives).unwrap_or_else(|| {
            self.sets.push(alternatives);
            self.sets.len() - 1
        });
        for word in alternatives.split('|').filter(|w| *w != "$") {
            let next = u32::try_from(self.sets_of.len()).unwrap_or(0);
            let at = self.words.get_or_insert(fixed_hash(0, word.as_bytes()), next) as usize;
            if at == self.sets_of.len() {
                self.sets_of.push([0; SETS_MAX / 64]);
            }
            self.sets_of[at][number / 64] |= 1 << (number % 64);
        }
        u8::try_from(number).expect("a test counts the sets")
    }
}

impl Default for Forms {
    fn default() -> Self {
        Self::new()
    }
}

/// A word as the patterns see it.
#[derive(Clone, Copy, Debug)]
struct Word {
    sets: Sets,
    is_number: bool,
    is_clitic: bool,
}

impl Compiled {
    fn is_in(&self, words: &[Word]) -> bool {
        if let Some((Element::Start, rest)) = self.elements.split_first() {
            return matches_at(rest, words);
        }
        (0..words.len()).any(|at| matches_at(&self.elements, &words[at..]))
    }
}

fn matches_at(pattern: &[Element], words: &[Word]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return true };
    let next = words.split_first();
    let with_next = |found: bool| found && next.is_some_and(|(_, after)| matches_at(rest, after));
    match *first {
        Element::Start => false,
        Element::End => words.is_empty(),
        Element::Gap => (0..=2.min(words.len())).any(|n| matches_at(rest, &words[n..])),
        Element::Number => with_next(next.is_some_and(|(w, _)| w.is_number)),
        Element::OneOf(set) => with_next(next.is_some_and(|(w, _)| has_set(w.sets, set.into()))),
        Element::OneOfOrEnd(set) => {
            words.is_empty() || with_next(next.is_some_and(|(w, _)| has_set(w.sets, set.into())))
        }
        Element::NoneOf(set) => words.is_empty() || with_next(next.is_some_and(|(w, _)| !has_set(w.sets, set.into()))),
    }
}

fn has_set(sets: Sets, set: usize) -> bool {
    sets[set / 64] & (1 << (set % 64)) != 0
}

fn union(a: Sets, b: Sets) -> Sets {
    std::array::from_fn(|i| a[i] | b[i])
}

fn is_subset(a: Sets, b: Sets) -> bool {
    a.iter().zip(b).all(|(a, b)| a & !b == 0)
}

/// Which Japanese patterns a text has, in one pass.
#[derive(Clone, Debug)]
struct Spotter {
    patterns: FixedMap,
    lists_of: Vec<u16>,
}

/// What was spotted.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one per list of patterns")]
struct Spots {
    personal: bool,
    state: bool,
    how: bool,
    discovery: bool,
    not_discovery: bool,
    declines: bool,
    moment: bool,
    company: bool,
    either: bool,
    leans_first: bool,
    negations: usize,
    not_negations: usize,
    question_ends: usize,
}

impl Spotter {
    const LISTS: [&'static [&'static str]; 13] = [
        p::PERSONAL_JA,
        p::STATE_JA,
        p::STATE_NOT_JA,
        p::DISCOVERY_JA,
        p::DISCOVERY_NOT_JA,
        p::DECLINES_JA,
        p::MOMENTS_JA,
        p::COMPANIES_JA,
        p::EITHER_JA,
        p::LEANS_JA,
        p::NEGATIONS_JA,
        p::NOT_NEGATIONS_JA,
        p::QUESTION_ENDS_JA,
    ];

    fn new() -> Self {
        let mut out = Self { patterns: FixedMap::with_capacity(512), lists_of: Vec::new() };
        for (list, patterns) in Self::LISTS.iter().enumerate() {
            for pattern in *patterns {
                let key = pattern.chars().fold(fixed_hash(1, b""), push_char);
                let next = u32::try_from(out.lists_of.len()).unwrap_or(0);
                let at = out.patterns.get_or_insert(key, next) as usize;
                if at == out.lists_of.len() {
                    out.lists_of.push(0);
                }
                out.lists_of[at] |= 1 << list;
            }
        }
        out
    }

    fn spots(&self, normalised: &str) -> Spots {
        let chars: Vec<char> = normalised.chars().collect();
        let mut counts = [0_usize; Self::LISTS.len()];
        let mut first = 0_u16;
        for at in 0..chars.len() {
            let mut key = fixed_hash(1, b"");
            for &c in chars[at..].iter().take(SPOT_CHARS_MAX) {
                key = push_char(key, c);
                if let Some(found) = self.patterns.get(key) {
                    let lists = self.lists_of[found as usize];
                    counts.iter_mut().enumerate().for_each(|(i, n)| *n += usize::from(lists >> i & 1));
                    first |= if at == 0 { lists } else { 0 };
                }
            }
        }
        let [personal, state, how, discovery, not_discovery, declines, moment, company, either, _, no, not_no, ends] =
            counts;
        Spots {
            personal: personal > 0,
            state: state > 0,
            how: how > 0,
            discovery: discovery > 0,
            not_discovery: not_discovery > 0,
            declines: declines > 0,
            moment: moment > 0,
            company: company > 0,
            either: either > 0,
            leans_first: first & (1 << 9) != 0,
            negations: no,
            not_negations: not_no,
            question_ends: ends,
        }
    }
}

fn push_char(key: u64, c: char) -> u64 {
    (c as u32).to_le_bytes()[..3].iter().fold(key, |key, &byte| hash_step(key, byte))
}

/// Begins with a word that leans and is short, or is a bare topic: "日本は?"
fn leans_ja(normalised: &str, leans_first: bool) -> bool {
    if normalised.is_ascii() {
        return false;
    }
    let said = normalised.trim_end_matches(['?', '。', '!']);
    let chars = said.chars().count();
    (said.ends_with('は') && chars <= p::BARE_TOPIC_CHARS_MAX) || (leans_first && chars <= p::LEANS_JA_CHARS_MAX)
}

/// "order 10234", "A-10234": a number that only an order, a parcel or a code has.
fn names_an_order(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|t| {
        matches!(t.kind, TokenKind::Number | TokenKind::Word)
            && !t.text.contains([',', '.'])
            && t.text.bytes().filter(u8::is_ascii_digit).count() >= 5
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faq::Guard;
    use crate::text::normalise;

    fn check(guard: Guard, yes: &[&str], no: &[&str]) {
        let forms = Forms::new();
        for (texts, expected) in [(yes, true), (no, false)] {
            for text in texts {
                assert_eq!(forms.signature(&normalise(text)).has(guard), expected, "{guard:?}: {text}");
            }
        }
    }

    #[test]
    fn the_patterns_fit_the_bounds() {
        assert!(Forms::new().sets.len() <= SETS_MAX);
        assert!(p::COMPANIES.windows(2).all(|w| w[0] < w[1]), "sorted for the binary search");
        for pattern in Spotter::LISTS.iter().flat_map(|l| l.iter()) {
            assert!(pattern.chars().count() <= SPOT_CHARS_MAX, "{pattern}");
        }
    }

    #[test]
    fn questions_about_ones_own_order_are_personal() {
        check(
            Guard::Personal,
            &[
                "Where is my order?", "where's my package", "has my refund been processed yet", "Has order 10234 shipped?",
                "Cancel my order please", "can you check the status of my return", "When will my parcel arrive?",
                "How many points do I have?", "私の注文はどこですか", "注文番号 12345 を確認して", "今どこにありますか",
            ],
            &[
                "How do I track an order?", "How do I cancel my order?", "My book arrived damaged, what now?",
                "Is my country on your delivery list?", "Why was my card declined?", "追跡番号はどこで確認できますか",
                "Can I return only part of an order?",
            ],
        );
    }

    #[test]
    fn requests_for_something_to_read_are_discovery() {
        check(
            Guard::Discovery,
            &[
                "Can you recommend something?", "something like Naruto", "What should I read next?", "any recommendations?",
                "I'm looking for a good horror series", "Recommend me a book", "books similar to this",
                "おすすめの漫画はありますか", "ワンピースみたいな作品", "ファンタジーを探しています",
            ],
            &[
                "How do your recommendations work?", "why do you suggest these titles", "Which payment methods do you accept?",
                "おすすめはどのように選ばれていますか", "What does the box look like?",
            ],
        );
    }

    #[test]
    fn follow_ups_lean_on_context() {
        check(
            Guard::LeansOnContext,
            &[
                "and for that one?", "what about Japan?", "How about express?", "Is it free?", "why not?", "how much is it?",
                "And if it's used?", "それは?", "じゃあ海外は?", "日本は?", "その場合は?", "does that one include tax",
            ],
            &[
                "Do you ship to Japan?", "Is it safe to pay on your site?", "What about this makes the limited edition special and different"
                    .get(11..)
                    .unwrap_or(""),
                "送料はいくらですか", "どの国に発送できますか", "How do I track a parcel?",
            ],
        );
    }

    #[test]
    fn refusals_are_not_questions() {
        check(
            Guard::Declines,
            &["don't cancel my order", "I do not need gift wrapping", "please don't refund me", "注文はキャンセルしないでください"],
            &["Don't you ship to Canada?", "Why can't I pay?", "My card does not work", "配達してもらえませんか"],
        );
    }

    #[test]
    fn other_companies_and_todays_facts_are_not_ours() {
        check(
            Guard::OtherCompany,
            &["how do I reset my Gmail password", "Netflixの解約方法", "アマゾンの返品ルール"],
            &["Can I use Google Pay?", "Do you ship by steamboat?", "カードは使えますか"],
        );
        check(
            Guard::Momentary,
            &["What is the exchange rate today?", "are you open right now", "今日は何時まで開いていますか"],
            &["Which days are you open?", "Do you ship on the same day?", "営業日を教えて"],
        );
    }

    #[test]
    fn two_questions_are_told_from_one() {
        check(
            Guard::TwoQuestions,
            &[
                "Do you ship to Canada? How long does delivery take?", "do you ship to canada and how much does it cost",
                "送料はいくらですか。何日で届きますか。",
            ],
            &[
                "My book arrived damaged. What should I do?", "Can I return manga and comics?", "AIですか、それとも人間ですか",
                "How much is shipping? Thanks!", "送料はいくらですか",
            ],
        );
    }
}
