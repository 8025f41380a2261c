//! A text as *slots*: the units of content that matching lines up between a question and a known phrasing.
//!
//! An English slot is a word. A Japanese slot is a pair of characters or a single kanji: no dictionary is needed, and a
//! misspelling touches few of them. Every slot has a literal key (itself), may have the keys of the
//! [concepts](super::Concepts) it stands for, and the key of the word it makes with its neighbour (`pick up`, `pickup`).

use std::borrow::Cow;

use super::concepts::Concepts;
use super::hash::fixed_hash;
use super::speller::Speller;
use crate::text::{self, Script, Token, TokenKind};

/// Most slots of one text; what comes after is not looked at, and [`Slots::truncated`] says so.
pub const SLOTS_MAX: usize = 96;
/// Most concepts of one slot.
const SLOT_CONCEPTS_MAX: usize = 4;

const TAG_WORD: u8 = 16;
const TAG_GRAM: u8 = 17;
const TAG_CONCEPT: u8 = 18;

/// How much a slot counts beside its rarity.
mod factor {
    pub(super) const WORD: f32 = 1.0;
    /// A word too common to say much.
    pub(super) const LIGHT_WORD: f32 = 0.4;
    /// The same when it stands for a concept.
    pub(super) const LIGHT_MEANING: f32 = 0.6;
    /// A word that only asks (`where`, `when`).
    pub(super) const QUESTION_WORD: f32 = 0.6;
    /// Two kanji: nearly always a word.
    pub(super) const KANJI_PAIR: f32 = 1.0;
    /// One kanji of several.
    pub(super) const KANJI: f32 = 0.3;
    /// One kanji alone: a short word or the stem of a verb.
    pub(super) const KANJI_ALONE: f32 = 0.9;
    /// All pairs of a run of katakana together: one loan word.
    pub(super) const KATAKANA_RUN: f32 = 1.4;
    /// A kanji and the hiragana that inflects it.
    pub(super) const INFLECTION: f32 = 0.2;
    /// Two hiragana: mostly grammar.
    pub(super) const HIRAGANA_PAIR: f32 = 0.08;
    /// Kanji and katakana, side by side: a compound.
    pub(super) const COMPOUND: f32 = 0.3;
    /// The least that the slots of a concept's phrase count together.
    pub(super) const CONCEPT: f32 = 1.0;
}

/// One unit of content.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The key of what is written.
    pub literal: u64,
    /// The keys of what it means; the first `concepts_len` are set.
    concepts: [u64; SLOT_CONCEPTS_MAX],
    concepts_len: u8,
    /// The key of the word it makes with the word beside it; 0 when there is none.
    pub joined: u64,
    /// How much it counts, beside its rarity.
    pub factor: f32,
    /// How sure it is that this is what was meant; below 1 when spelling was forgiven.
    pub certainty: f32,
    /// The English stem: a range of [`Slots::stems`]; empty for anything else.
    stem: (u32, u32),
}

impl Slot {
    fn new(literal: u64, factor: f32) -> Self {
        Self {
            literal,
            concepts: [0; SLOT_CONCEPTS_MAX],
            concepts_len: 0,
            joined: 0,
            factor,
            certainty: 1.0,
            stem: (0, 0),
        }
    }

    /// The keys of the concepts it stands for.
    #[must_use]
    pub fn concepts(&self) -> &[u64] {
        &self.concepts[..usize::from(self.concepts_len)]
    }

    fn add_concepts(&mut self, meaning: &[u16]) {
        for &concept in meaning {
            let n = usize::from(self.concepts_len);
            let key = concept_key(concept);
            if n < SLOT_CONCEPTS_MAX && !self.concepts().contains(&key) {
                self.concepts[n] = key;
                self.concepts_len += 1;
            }
        }
    }
}

/// The key of a concept.
#[must_use]
pub fn concept_key(concept: u16) -> u64 {
    fixed_hash(TAG_CONCEPT, &concept.to_le_bytes())
}

/// The key of an English stem.
#[must_use]
pub fn word_key(stem: &str) -> u64 {
    fixed_hash(TAG_WORD, stem.as_bytes())
}

/// The slots of one text.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    /// In the order of the text.
    pub slots: Vec<Slot>,
    /// The text had more than [`SLOTS_MAX`].
    pub truncated: bool,
    stems: String,
}

impl Slots {
    /// The slots of a normalised text. With a speller, English words that it does not know are taken for the known words
    /// they are nearest to.
    #[must_use]
    pub fn of(normalised: &str, concepts: &Concepts, speller: Option<&Speller>) -> Self {
        let tokens = text::tokens(normalised);
        let mut out = Self::default();
        out.stems.reserve(normalised.len());
        let mut at = 0;
        while at < tokens.len() && !out.truncated {
            let japanese = japanese_stretch(&tokens[at..]);
            if japanese > 0 {
                out.japanese(&tokens[at..at + japanese], concepts);
                at += japanese;
            } else {
                let end = tokens[at..].iter().position(is_japanese).map_or(tokens.len(), |n| at + n);
                out.english(&tokens[at..end], concepts, speller);
                at = end;
            }
        }
        if out.slots.len() > SLOTS_MAX {
            out.slots.truncate(SLOTS_MAX);
            out.truncated = true;
        }
        out
    }

    /// The English stem of a slot; empty for anything else.
    #[must_use]
    pub fn stem(&self, slot: &Slot) -> &str {
        &self.stems[slot.stem.0 as usize..slot.stem.1 as usize]
    }

    fn english(&mut self, tokens: &[Token<'_>], concepts: &Concepts, speller: Option<&Speller>) {
        let words = words(tokens, speller);
        let stems: Vec<&str> = words.iter().map(|w| w.stem.as_ref()).collect();
        let mut at = 0;
        while at < words.len() {
            let (len, meaning) = concepts.longest_english(&stems[at..]).unwrap_or((1, &[]));
            let phrase = &words[at..at + len];
            if !meaning.is_empty() && phrase.iter().all(|w| w.is_stop) {
                let mut slot = Slot::new(word_key(&stems[at..at + len].join(" ")), factor::QUESTION_WORD);
                slot.add_concepts(meaning);
                self.slots.push(slot);
            } else {
                for (word, i) in phrase.iter().zip(at..).filter(|(w, _)| !w.is_stop) {
                    let before = i
                        .checked_sub(1)
                        .map(|b| &words[b])
                        .filter(|b| !b.is_stop && b.token + 1 == word.token);
                    self.word(word, meaning, before);
                    if let Some(slot) = self.slots.last_mut() {
                        slot.factor = match (word.is_light, meaning.is_empty(), len) {
                            (true, true, _) => factor::LIGHT_WORD,
                            (true, false, 1) => factor::LIGHT_MEANING,
                            _ => factor::WORD,
                        };
                    }
                }
            }
            at += len;
            if self.slots.len() > SLOTS_MAX {
                self.truncated = true;
                return;
            }
        }
    }

    fn word(&mut self, word: &Word<'_>, meaning: &[u16], before: Option<&Word<'_>>) {
        let mut slot = Slot::new(word_key(&word.stem), factor::WORD);
        slot.add_concepts(meaning);
        slot.certainty = word.certainty;
        let from = u32::try_from(self.stems.len()).unwrap_or(0);
        self.stems.push_str(&word.stem);
        slot.stem = (from, u32::try_from(self.stems.len()).unwrap_or(0));
        if let (Some(before), Some(previous)) = (before, self.slots.last_mut()) {
            let joined = fixed_hash(TAG_WORD, before.stem.as_bytes());
            slot.joined = word.stem.bytes().fold(joined, super::hash::step);
            // A word between two others keeps the key it makes with the one before it.
            if previous.joined == 0 {
                previous.joined = slot.joined;
            }
        }
        self.slots.push(slot);
    }

    fn japanese(&mut self, tokens: &[Token<'_>], concepts: &Concepts) {
        let chars: Vec<(char, Script)> = tokens
            .iter()
            .flat_map(|t| {
                let script = script_of(t);
                t.text.chars().map(move |c| (text::fold_kana(c), script))
            })
            .take(SLOTS_MAX * 2)
            .collect();
        let folded: Vec<char> = chars.iter().map(|&(c, _)| c).collect();
        let mut at = 0;
        let mut plain_from = 0;
        while at < chars.len() {
            match concepts.longest_japanese(&folded[at..]) {
                Some((len, meaning)) => {
                    self.grams(&chars, plain_from..at, &[]);
                    if !meaning.is_empty() {
                        // The pair that leads into the phrase is content as well: 海外発送 is 海外 + 外発 + 発送.
                        self.grams(&chars, at..at + len, meaning);
                    }
                    at += len;
                    plain_from = at;
                }
                None => at += 1,
            }
        }
        self.grams(&chars, plain_from..at, &[]);
        self.truncated |= self.slots.len() > SLOTS_MAX;
    }

    /// The slots of one stretch of characters.
    fn grams(&mut self, chars: &[(char, Script)], range: std::ops::Range<usize>, meaning: &[u16]) {
        let first = self.slots.len();
        let mut key = [0_u8; 8];
        for i in range.clone() {
            let (c, script) = chars[i];
            if script == Script::Kanji || range.len() == 1 && script == Script::Katakana {
                let is_kanji =
                    |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.1 == Script::Kanji);
                let alone = !is_kanji(i.checked_sub(1)) && !is_kanji(Some(i + 1));
                let weight = if alone { factor::KANJI_ALONE } else { factor::KANJI };
                self.slots.push(Slot::new(fixed_hash(TAG_GRAM, c.encode_utf8(&mut key).as_bytes()), weight));
            }
            if i + 1 < range.end {
                let weight = pair_factor(chars, i);
                if weight > 0.0 {
                    let n = c.encode_utf8(&mut key).len();
                    let m = chars[i + 1].0.encode_utf8(&mut key[n..]).len();
                    self.slots.push(Slot::new(fixed_hash(TAG_GRAM, &key[..n + m]), weight));
                }
            }
        }
        if !meaning.is_empty() {
            let slots = &mut self.slots[first..];
            let total: f32 = slots.iter().map(|s| s.factor).sum();
            let scale = if total > 0.0 { (factor::CONCEPT / total).max(1.0) } else { 1.0 };
            for slot in slots {
                slot.factor *= scale;
                slot.add_concepts(meaning);
            }
        }
    }
}

/// How much the pair of characters that begins at `i` counts.
fn pair_factor(chars: &[(char, Script)], i: usize) -> f32 {
    use Script::{Hiragana, Kanji, Katakana};
    match (chars[i].1, chars[i + 1].1) {
        (Kanji, Kanji) => factor::KANJI_PAIR,
        (Katakana, Katakana) => {
            let katakana = |&&(_, s): &&(char, Script)| s == Katakana;
            let before = chars[..i].iter().rev().take_while(katakana).count();
            let after = chars[i + 1..].iter().take_while(katakana).count();
            #[expect(clippy::cast_precision_loss, reason = "a run is short")]
            let pairs = (before + after) as f32;
            factor::KATAKANA_RUN / pairs
        }
        (Hiragana, Hiragana) => factor::HIRAGANA_PAIR,
        (Kanji, Hiragana) => factor::INFLECTION,
        (Kanji, Katakana) | (Katakana, Kanji) => factor::COMPOUND,
        _ => 0.0,
    }
}

/// A word of an English stretch, ready for phrases to be found in.
struct Word<'a> {
    stem: Cow<'a, str>,
    /// Which token it was.
    token: usize,
    is_stop: bool,
    is_light: bool,
    certainty: f32,
}

/// The words of a stretch without stop phrases and without the words that phrases pass over.
fn words<'a>(tokens: &[Token<'_>], speller: Option<&'a Speller>) -> Vec<Word<'a>> {
    let mut out = Vec::with_capacity(tokens.len() + 2);
    let mut at = 0;
    while at < tokens.len() {
        let skip = text::stop_phrase_len(&tokens[at..]);
        if skip > 0 {
            at += skip;
            continue;
        }
        let token = &tokens[at];
        if !text::is_passed_over(token.text) {
            let plain = text::without_joints(token.text);
            let is_stop = token.kind == TokenKind::Word && text::is_stop_word(&plain);
            let is_light = text::is_light_word(&plain);
            let mut word =
                Word { stem: Cow::Owned(text::stem(&plain)), token: at, is_stop, is_light, certainty: 1.0 };
            if !is_stop
                && !is_light
                && let Some((meant, similarity)) = speller.and_then(|s| s.correct(&word.stem))
            {
                word.is_stop = text::is_stop_word(meant);
                word.is_light = text::is_light_word(meant);
                word.stem = Cow::Borrowed(meant);
                word.certainty = similarity;
            }
            out.push(word);
        }
        if token.negated {
            out.push(Word { stem: "not".into(), token: at, is_stop: true, is_light: false, certainty: 1.0 });
        }
        at += 1;
    }
    out
}

/// The stems of a phrase of the thesaurus, as [`words`] would leave them.
pub(super) fn phrase_stems(tokens: &[Token<'_>]) -> Vec<String> {
    let mut out = Vec::with_capacity(tokens.len() + 1);
    for token in tokens {
        if !text::is_passed_over(token.text) {
            out.push(text::stem(&text::without_joints(token.text)));
        }
        if token.negated {
            out.push("not".to_owned());
        }
    }
    out
}

fn is_japanese(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Japanese(_))
}

fn script_of(token: &Token<'_>) -> Script {
    match token.kind {
        TokenKind::Japanese(script) => script,
        _ => Script::Other,
    }
}

/// How many tokens at the start are Japanese with nothing between them.
fn japanese_stretch(tokens: &[Token<'_>]) -> usize {
    tokens.iter().enumerate().take_while(|(i, t)| is_japanese(t) && (*i == 0 || t.joined)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(text: &str) -> Slots {
        Slots::of(&text::normalise(text), &Concepts::new(), None)
    }

    fn keys(text: &str) -> Vec<u64> {
        slots(text).slots.iter().map(|s| s.literal).collect()
    }

    #[test]
    fn politeness_leaves_no_slots() {
        assert_eq!(keys("Hi, could you tell me about returns please"), keys("returns"));
        assert_eq!(keys("すみません、返品を教えてください"), keys("返品を"));
    }

    #[test]
    fn inflections_share_their_key() {
        assert_eq!(keys("returned"), keys("returning"));
    }

    #[test]
    fn hiragana_and_katakana_share_their_keys() {
        assert_eq!(keys("クーポン"), keys("くーぽん"));
    }

    #[test]
    fn two_words_and_their_compound_share_a_key() {
        let apart = slots("pick up");
        let together = slots("pickup");
        assert!(apart.slots.iter().any(|s| s.joined == together.slots[0].literal) || apart.slots.len() == 1);
    }

    #[test]
    fn a_long_text_is_truncated() {
        let long = slots(&"returns and refunds ".repeat(200));
        assert!(long.truncated);
        assert_eq!(long.slots.len(), SLOTS_MAX);
        assert!(slots(&"漢字".repeat(2_000)).truncated);
    }
}
