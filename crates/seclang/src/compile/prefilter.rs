//! One automaton over the literals of many rules.
//!
//! A value is read once, whatever the number of rules; what comes out is the set of *groups* (one per operator with
//! literals) of which a literal stands in the value. Letter case is ignored, so a group that is found may still not
//! match, and one that is not found cannot.

use std::collections::HashMap;

use aho_corasick::automaton::Automaton;
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
                    .start_kind(aho_corasick::StartKind::Unanchored)
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
        Ok(Prefilter { automaton, groups, words })
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
    automaton: Option<Machine>,
    groups: Vec<Box<[u16]>>,
    /// Words of a set of groups.
    pub(crate) words: usize,
}

impl Prefilter {
    /// One that finds nothing.
    pub(crate) fn empty() -> Prefilter {
        Prefilter { automaton: None, groups: Vec::new(), words: 0 }
    }

    /// Calls `found` with each group of which a literal stands in `value`; a group may come more than once.
    pub(crate) fn scan(&self, value: &[u8], found: impl FnMut(u16)) {
        match &self.automaton {
            None => {}
            Some(Machine::Dfa(dfa)) => self.walk(dfa, value, found),
            Some(Machine::Nfa(nfa)) => self.walk(nfa, value, found),
        }
    }

    fn walk<A: Automaton>(&self, automaton: &A, value: &[u8], mut found: impl FnMut(u16)) {
        let Ok(mut state) = automaton.start_state(Anchored::No) else { return };
        for byte in value {
            state = automaton.next_state(Anchored::No, state, *byte);
            if automaton.is_special(state) && automaton.is_match(state) {
                for index in 0..automaton.match_len(state) {
                    let literal = automaton.match_pattern(state, index).as_usize();
                    self.groups[literal].iter().for_each(|group| found(*group));
                }
            }
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

#[cfg(test)]
mod tests {
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
}
