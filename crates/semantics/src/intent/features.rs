//! A text as a sparse vector of hashed features.

use crate::faq::{Forms, Guard, Signature};
use crate::lexical::{Concepts, Slots, fixed_hash};
use crate::text::{self, Token, TokenKind};

/// Features are hashed to so many dimensions: a few collisions among some ten thousand features of the examples cost less
/// than a larger image.
pub(super) const DIMENSIONS: usize = 1 << 12;
/// Most characters that are looked at.
const CHARS_MAX: usize = 400;
/// Weight of a concept and of a form of words beside a word.
const CONCEPT_WEIGHT: f32 = 0.7;
const FORM_WEIGHT: f32 = 1.5;

const TAG_WORD: u8 = 32;
const TAG_PAIR: u8 = 33;
const TAG_GRAM: u8 = 34;
const TAG_CONCEPT: u8 = 35;
const TAG_FORM: u8 = 36;
const TAG_EDGE: u8 = 37;

/// Dimension and value; of length 1 together.
pub(super) type Features = Vec<(u16, f32)>;

/// The features of a text.
pub(super) fn features(raw: &str, concepts: &Concepts, shapes: &Forms) -> Features {
    let end = raw.char_indices().nth(CHARS_MAX).map_or(raw.len(), |(at, _)| at);
    let normal = text::normalise(&raw[..end]);
    let tokens = text::tokens(&normal);
    let mut out = Vec::with_capacity(tokens.len() * 4 + 8);
    words(&tokens, &mut out);
    grams(&tokens, &mut out);
    for slot in &Slots::of(&normal, concepts, None).slots {
        for concept in slot.concepts() {
            push(&mut out, TAG_CONCEPT, &concept.to_le_bytes(), CONCEPT_WEIGHT);
        }
    }
    forms(&normal, tokens.len(), shapes, &mut out);
    merge(out)
}

fn words(tokens: &[Token<'_>], out: &mut Features) {
    let mut previous = String::from("^");
    for token in tokens.iter().filter(|t| !matches!(t.kind, TokenKind::Japanese(_))) {
        let stem = match token.kind {
            TokenKind::Number => "#".to_owned(),
            _ => text::stem(&text::without_joints(token.text)),
        };
        push(out, TAG_WORD, stem.as_bytes(), 1.0);
        previous.push(' ');
        previous.push_str(&stem);
        push(out, TAG_PAIR, previous.as_bytes(), 0.8);
        previous = stem;
    }
}

/// Pairs and triples of Japanese characters, and the last three of the text: Japanese says last what it wants.
fn grams(tokens: &[Token<'_>], out: &mut Features) {
    let chars: Vec<char> = tokens
        .iter()
        .filter(|t| matches!(t.kind, TokenKind::Japanese(_)))
        .flat_map(|t| t.text.chars().map(text::fold_kana))
        .collect();
    let mut bytes = String::with_capacity(12);
    for n in [2, 3] {
        for gram in chars.windows(n) {
            bytes.clear();
            bytes.extend(gram);
            push(out, TAG_GRAM, bytes.as_bytes(), 0.6);
        }
    }
    if chars.len() >= 3 {
        bytes.clear();
        bytes.extend(&chars[chars.len() - 3..]);
        push(out, TAG_EDGE, bytes.as_bytes(), 1.0);
    }
}

fn forms(normal: &str, tokens: usize, shapes: &Forms, out: &mut Features) {
    let signature = Signature::of(normal, shapes);
    for (i, guard) in (0_u8..).zip(Guard::ALL) {
        if signature.has(guard) {
            push(out, TAG_FORM, &[i], FORM_WEIGHT);
        }
    }
    let length = u8::try_from(tokens.min(4)).unwrap_or(4);
    push(out, TAG_FORM, &[100 + length], 0.5);
    if !signature.numbers().is_empty() {
        push(out, TAG_FORM, &[200], 0.5);
    }
}

fn push(out: &mut Features, tag: u8, bytes: &[u8], value: f32) {
    let hash = fixed_hash(tag, bytes);
    #[expect(clippy::cast_possible_truncation, reason = "less than DIMENSIONS, which fits")]
    let dimension = ((hash ^ (hash >> 29)) % DIMENSIONS as u64) as u16;
    out.push((dimension, value));
}

/// One value per dimension, length 1.
fn merge(mut all: Features) -> Features {
    all.sort_unstable_by_key(|f| f.0);
    let mut out: Features = Vec::with_capacity(all.len());
    for (dimension, value) in all {
        match out.last_mut() {
            Some(last) if last.0 == dimension => last.1 += value,
            _ => out.push((dimension, value)),
        }
    }
    let length = out.iter().map(|f| f.1 * f.1).sum::<f32>().sqrt();
    if length > 0.0 {
        out.iter_mut().for_each(|f| f.1 /= length);
    }
    out
}
