//! Japanese patterns: any of some hundred strings, anywhere in a text, in one pass.

use super::super::patterns as p;
use crate::lexical::{FixedMap, fixed_hash, hash_step};

/// Longest Japanese pattern, in characters.
pub(super) const SPOT_CHARS_MAX: usize = 12;

/// The lists, in the order of the bits of a pattern.
pub(super) const LISTS: [&[&str]; 14] = [
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
    p::INSTRUCTS_JA,
];

/// Which Japanese patterns a text has, in one pass.
#[derive(Clone, Debug)]
pub(super) struct Spotter {
    patterns: FixedMap,
    lists_of: Vec<u16>,
}

/// What was spotted.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one per list of patterns")]
pub(super) struct Spots {
    pub(super) personal: bool,
    pub(super) state: bool,
    pub(super) how: bool,
    pub(super) discovery: bool,
    pub(super) not_discovery: bool,
    pub(super) declines: bool,
    pub(super) moment: bool,
    pub(super) company: bool,
    pub(super) either: bool,
    pub(super) leans_first: bool,
    pub(super) negations: usize,
    pub(super) not_negations: usize,
    pub(super) question_ends: usize,
    pub(super) instructs: bool,
}

impl Spotter {
    pub(super) fn new() -> Self {
        let mut out = Self { patterns: FixedMap::with_capacity(512), lists_of: Vec::new() };
        for (list, patterns) in LISTS.iter().enumerate() {
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

    pub(super) fn spots(&self, normalised: &str) -> Spots {
        let chars: Vec<char> = normalised.chars().collect();
        let mut counts = [0_usize; LISTS.len()];
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
        let [
            personal,
            state,
            how,
            discovery,
            not_discovery,
            declines,
            moment,
            company,
            either,
            _,
            no,
            not_no,
            ends,
            instructs,
        ] = counts;
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
            instructs: instructs > 0,
        }
    }
}

fn push_char(key: u64, c: char) -> u64 {
    (c as u32).to_le_bytes()[..3].iter().fold(key, |key, &byte| hash_step(key, byte))
}
