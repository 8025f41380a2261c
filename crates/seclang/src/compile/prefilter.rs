//! One automaton over the literals of many rules, behind a filter of their beginnings.
//!
//! A value is read once, whatever the number of rules; what comes out is the set of *groups* (one per operator with
//! literals) of which a literal stands in the value. Letter case is ignored, so a group that is found may still not
//! match, and one that is not found cannot.
//!
//! The automaton is larger than the nearest cache, and each of its steps waits for the one before. So it only runs where
//! three bytes stand that begin a literal, which 4 KiB of bits tell.

use std::collections::HashMap;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::nfa::{contiguous, noncontiguous};
use aho_corasick::{Anchored, MatchKind};

/// Total literal bytes up to which the faster, larger automaton is built.
const DFA_LITERAL_BYTES_MAX: usize = 16 * 1024;

/// Collects literals while rules are compiled.
#[derive(Debug, Default)]
pub(crate) struct PrefilterBuilder {
    literals: HashMap<Vec<u8>, usize>,
    order: Vec<(Vec<u8>, Vec<u16>)>,
    groups: u16,
}

impl PrefilterBuilder {
    /// A new group of literals; none when there is no room for another.
    pub(crate) fn add(&mut self, literals: &[Vec<u8>]) -> Option<u16> {
        if literals.is_empty() || self.groups == u16::MAX {
            return None;
        }
        let group = self.groups;
        self.groups += 1;
        for literal in literals {
            let index = *self.literals.entry(literal.clone()).or_insert_with(|| {
                self.order.push((literal.clone(), Vec::new()));
                self.order.len() - 1
            });
            self.order[index].1.push(group);
        }
        Some(group)
    }

    pub(crate) fn build(self) -> Result<Prefilter, String> {
        let words = usize::from(self.groups).div_ceil(64);
        let literal_bytes: usize = self.order.iter().map(|(literal, _)| literal.len()).sum();
        if self.order.is_empty() {
            return Ok(Prefilter::empty());
        }
        let (literals, groups): (Vec<Vec<u8>>, Vec<Vec<u16>>) = self.order.into_iter().unzip();
        let nfa = noncontiguous::Builder::new()
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true)
            .prefilter(false)
            .build(&literals)
            .map_err(|error| error.to_string())?;
        let automaton = if literal_bytes <= DFA_LITERAL_BYTES_MAX {
            Some(Machine::Dfa(
                aho_corasick::dfa::Builder::new()
                    .start_kind(aho_corasick::StartKind::Anchored)
                    .build_from_noncontiguous(&nfa)
                    .map_err(|error| error.to_string())?,
            ))
        } else {
            Some(Machine::Nfa(
                contiguous::Builder::new()
                    .build_from_noncontiguous(&nfa)
                    .map_err(|error| error.to_string())?,
            ))
        };
        let groups = groups.into_iter().map(Vec::into_boxed_slice).collect();
        Ok(Prefilter { beginnings: Beginnings::of(&literals), automaton, groups, words })
    }
}

#[derive(Debug)]
enum Machine {
    Dfa(DFA),
    Nfa(contiguous::NFA),
}

/// The automaton and which groups each literal belongs to.
#[derive(Debug)]
pub(crate) struct Prefilter {
    beginnings: Beginnings,
    automaton: Option<Machine>,
    groups: Vec<Box<[u16]>>,
    /// Words of a set of groups.
    pub(crate) words: usize,
}

impl Prefilter {
    /// One that finds nothing.
    pub(crate) fn empty() -> Prefilter {
        Prefilter { beginnings: Beginnings::of(&[]), automaton: None, groups: Vec::new(), words: 0 }
    }

    /// Calls `found` with each group of which a literal stands in `value`; a group may come more than once. What comes back is how
    /// many steps the automaton took: none where nothing begins like a literal, several a byte where much does.
    pub(crate) fn scan(&self, value: &[u8], found: impl FnMut(u16)) -> usize {
        match &self.automaton {
            None => 0,
            Some(Machine::Dfa(dfa)) => self.walk(dfa, value, found),
            Some(Machine::Nfa(nfa)) => self.walk(nfa, value, found),
        }
    }

    fn walk<A: Automaton>(&self, automaton: &A, value: &[u8], mut found: impl FnMut(u16)) -> usize {
        let Ok(start) = automaton.start_state(Anchored::Yes) else { return 0 };
        let mut told = Told::new(start);
        let mut steps = 0;
        self.beginnings.each(value, |rest| {
            let mut state = start;
            for byte in rest {
                steps += 1;
                state = automaton.next_state(Anchored::Yes, state, *byte);
                if automaton.is_special(state) {
                    if automaton.is_dead(state) {
                        break;
                    }
                    if automaton.is_match(state) && told.is_new(state) {
                        self.found_at(automaton, state, &mut found);
                    }
                }
            }
        });
        steps
    }

    /// What ends in this state. Literals that end here and began later are there as well, and do stand in the value.
    fn found_at<A: Automaton>(&self, automaton: &A, state: StateID, found: &mut impl FnMut(u16)) {
        for index in 0..automaton.match_len(state) {
            let literal = automaton.match_pattern(state, index).as_usize();
            self.groups[literal].iter().for_each(|group| found(*group));
        }
    }

    /// Heap bytes, for the sizes people watch.
    pub(crate) fn memory_bytes(&self) -> usize {
        match &self.automaton {
            None => 0,
            Some(Machine::Dfa(dfa)) => dfa.memory_usage(),
            Some(Machine::Nfa(nfa)) => nfa.memory_usage(),
        }
    }
}

/// The states that were told of last: a literal that is repeated throughout a value is not told of each time.
struct Told([StateID; TOLD]);

/// A power of two: states are spread by a hash.
const TOLD: usize = 16;

impl Told {
    /// None yet: the start is no match.
    fn new(start: StateID) -> Told {
        Told([start; TOLD])
    }

    fn is_new(&mut self, state: StateID) -> bool {
        let hash = state.as_u32().wrapping_mul(0x9e37_79b1) >> (u32::BITS - TOLD.ilog2());
        let place = &mut self.0[hash as usize];
        let is_new = *place != state;
        *place = state;
        is_new
    }
}

/// Which three bytes, in any letter case, may begin a literal: a hash of them, one bit each.
#[derive(Debug)]
struct Beginnings(Box<[u64; BEGINNINGS / 64]>);

/// Three bytes of five bits each; a sixth bit of a byte's class runs into the byte before.
const BEGINNINGS: usize = 1 << 15;

impl Beginnings {
    /// Literals have two bytes at least; one of two may be followed by anything, the end included.
    fn of(literals: &[Vec<u8>]) -> Beginnings {
        let mut bits = Box::new([0; BEGINNINGS / 64]);
        for literal in literals {
            let third = match literal.get(2) {
                Some(byte) => CLASSES[usize::from(*byte)]..=CLASSES[usize::from(*byte)],
                None => 0..=CLASS_MAX,
            };
            for class in third {
                let hash = add(add(add(0, class_at(literal, 0)), class_at(literal, 1)), class);
                bits[hash / 64] |= 1 << (hash % 64);
            }
        }
        Beginnings(bits)
    }

    /// Calls `at` with the rest of the value from each place where a literal may begin.
    fn each<'v>(&self, value: &'v [u8], mut at: impl FnMut(&'v [u8])) {
        if value.len() < 2 {
            return;
        }
        let mut hash = add(add(0, class_at(value, 0)), class_at(value, 1));
        let end = std::iter::once(&0);
        for (start, byte) in value[2..].iter().chain(end).enumerate() {
            hash = add(hash, CLASSES[usize::from(*byte)]);
            if self.0[hash / 64] >> (hash % 64) & 1 == 1 {
                at(&value[start..]);
            }
        }
    }
}

fn class_at(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).map_or(0, |byte| CLASSES[usize::from(*byte)])
}

/// The hash after one more byte; the fourth byte back falls out of it.
fn add(hash: usize, class: u8) -> usize {
    (hash << 5 ^ usize::from(class)) % BEGINNINGS
}

const CLASS_MAX: u8 = 63;

/// Letters by their place in the alphabet, digits after them, the rest where there is room.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    loop {
        classes[byte as usize] = match byte {
            b'A'..=b'Z' => byte - b'A' + 1,
            b'a'..=b'z' => byte - b'a' + 1,
            b'0'..=b'9' => byte - b'0' + 27,
            _ => 37 + byte % 27,
        };
        if byte == 255 {
            break classes;
        }
        byte += 1;
    }
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn groups_whose_literals_stand_in_a_value_are_found_in_any_case() {
        let mut builder = PrefilterBuilder::default();
        let select = builder.add(&[b"select".to_vec(), b"elect".to_vec()]).expect("group");
        let union = builder.add(&[b"union".to_vec()]).expect("group");
        let both = builder.add(&[b"select".to_vec()]).expect("group");
        let prefilter = builder.build().expect("automaton");
        let mut found = Vec::new();
        prefilter.scan(b"a SELECT b", |group| found.push(group));
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, [select, both]);
        assert_ne!(union, select);
        assert!(prefilter.memory_bytes() > 0);
    }

    proptest! {
        #[test]
        fn every_literal_that_stands_in_a_value_is_found(
            literals in prop::collection::vec("[a-c'%é]{2,5}", 1..8), value in "[a-dA-D'%é ]{0,24}",
        ) {
            let literals: Vec<Vec<u8>> =
                literals.into_iter().map(String::into_bytes).collect();
            let mut builder = PrefilterBuilder::default();
            let groups: Vec<u16> = literals.iter().filter_map(|l| builder.add(std::slice::from_ref(l))).collect();
            let prefilter = builder.build().expect("automaton");
            let mut found = Vec::new();
            prefilter.scan(value.as_bytes(), |group| found.push(group));
            let lower = value.to_ascii_lowercase().into_bytes();
            for (literal, group) in literals.iter().zip(groups) {
                prop_assert_eq!(found.contains(&group), crate::bytes::contains(&lower, literal));
            }
        }
    }
}
