//! What a text must hold for a regex to match it: literals and kinds of bytes.
//!
//! From a pattern's syntax tree come two kinds of necessary conditions. *Literals*: a match contains at least one of
//! these strings, in any letter case. *Kinds*: a match contains at least one byte of each of these kinds. Both are
//! necessary, neither is sufficient; a value that fails one is never shown to the regex.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::bytes::Kinds;

/// Strings tracked for one part of a pattern.
const EXACT_MAX: usize = 64;
/// Bytes of one tracked string: enough to be rare.
const EXACT_BYTES_MAX: usize = 16;
/// Literals of one pattern. More of them say less, and make the automaton large.
const LITERALS_MAX: usize = 160;
/// A literal of one byte is better told by its kind, and two letters stand in most sentences.
const LITERAL_BYTES_MIN: usize = 2;
const LITERAL_LETTERS_MIN: usize = 2;
/// Kinds kept for one pattern.
const KINDS_MAX: usize = 4;
/// A condition met by most values is no condition.
const KIND_LETTERS: Kinds = Kinds::of(b"aA");
/// Marks that stand in paths, names and sentences.
const KIND_COMMON: Kinds = Kinds::of(b"/-._=:, 0");

/// Necessary conditions for a match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Required {
    /// At least one of these stands in the value, in any letter case. Empty: nothing is known.
    pub(crate) literals: Vec<Vec<u8>>,
    /// The value meets each of these.
    pub(crate) kinds: Vec<Kinds>,
}

impl Required {
    /// The conditions of a pattern.
    pub(crate) fn of(hir: &Hir) -> Required {
        let facts = Facts::of(hir);
        let mut kinds: Vec<Kinds> = facts.kinds.into_iter().filter(|k| !k.meets(KIND_LETTERS)).collect();
        kinds.sort_by_key(|kinds| kinds.len());
        kinds.dedup();
        kinds.truncate(KINDS_MAX);
        let literals = Facts::best(facts.needed, facts.exact.as_ref());
        Required { literals: literals.unwrap_or_default().into_iter().collect(), kinds }
    }

    /// The conditions for a text to contain `literal`.
    pub(crate) fn of_literal(literal: &[u8]) -> Required {
        if !is_rare(literal) {
            return Required::default();
        }
        let start = literal.len().min(EXACT_BYTES_MAX);
        Required { literals: vec![literal[..start].to_ascii_lowercase()], kinds: Vec::new() }
    }
}

type Strings = BTreeSet<Vec<u8>>;

/// What is known of one part of a pattern.
#[derive(Debug, Default)]
struct Facts {
    /// Every string it matches, in lower case; `None` when there are too many.
    exact: Option<Strings>,
    /// A set of which one member stands in every match.
    needed: Option<Strings>,
    /// Kinds that every match meets.
    kinds: Vec<Kinds>,
}

impl Facts {
    fn of(hir: &Hir) -> Facts {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Facts::exactly([Vec::new()].into()),
            HirKind::Literal(literal) => Facts::literal(&literal.0),
            HirKind::Class(class) => Facts::class(class),
            HirKind::Capture(capture) => Facts::of(&capture.sub),
            HirKind::Repetition(repetition) => Facts::repeated(Facts::of(&repetition.sub), repetition),
            HirKind::Concat(parts) => Facts::concat(parts),
            HirKind::Alternation(parts) => Facts::alternation(parts),
        }
    }

    fn exactly(exact: Strings) -> Facts {
        Facts { exact: Some(exact), ..Facts::default() }
    }

    fn literal(bytes: &[u8]) -> Facts {
        let kinds = bytes.iter().map(|b| Kinds::of(&[*b])).collect();
        let lower = bytes.to_ascii_lowercase();
        if bytes.len() <= EXACT_BYTES_MAX {
            return Facts { exact: Some([lower].into()), needed: None, kinds };
        }
        let cut = lower[..EXACT_BYTES_MAX].to_vec();
        Facts { exact: None, needed: Some([cut].into()), kinds }
    }

    fn class(class: &Class) -> Facts {
        let bytes: Vec<u8> = match class {
            Class::Bytes(class) => {
                class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect()
            }
            Class::Unicode(class) => {
                if !class.is_ascii() {
                    return Facts::default();
                }
                let ranges = class.ranges().iter();
                ranges
                    .flat_map(|r| r.start()..=r.end())
                    .filter_map(|c| u8::try_from(u32::from(c)).ok())
                    .collect()
            }
        };
        let kinds = Kinds::of(&bytes);
        let exact: Strings = bytes.iter().map(|b| vec![b.to_ascii_lowercase()]).collect();
        let exact = (!exact.is_empty() && exact.len() <= EXACT_MAX / 4).then_some(exact);
        Facts { exact, needed: None, kinds: vec![kinds] }
    }

    fn repeated(sub: Facts, repetition: &regex_syntax::hir::Repetition) -> Facts {
        match (repetition.min, repetition.max) {
            (0, Some(1)) => {
                let exact = sub.exact.filter(|exact| exact.len() < EXACT_MAX).map(|mut exact| {
                    exact.insert(Vec::new());
                    exact
                });
                Facts { exact, ..Facts::default() }
            }
            (0, _) => Facts::default(),
            (1, Some(1)) => sub,
            (min, max) => {
                let least = sub.exact.as_ref().and_then(|exact| power(exact, min));
                let needed = Facts::better(Facts::best(sub.needed, sub.exact.as_ref()), least.clone());
                let exact = if max == Some(min) { least } else { None };
                Facts { exact, needed, kinds: sub.kinds }
            }
        }
    }

    fn concat(parts: &[Hir]) -> Facts {
        let mut kinds = Vec::new();
        let mut needed: Option<Strings> = None;
        // The strings that the parts since the last unknown one spell.
        let mut run: Strings = [Vec::new()].into();
        let mut whole = true;
        for part in parts {
            let facts = Facts::of(part);
            kinds.extend(facts.kinds);
            needed = Facts::better(needed, facts.needed);
            match facts.exact {
                Some(exact) => {
                    // What precedes a choice is one string, and each of its continuations several.
                    if exact.len() > 1 {
                        needed = Facts::better(needed, Some(run.clone()));
                    }
                    if let Some(longer) = product(&run, &exact) {
                        run = longer;
                    } else {
                        whole = false;
                        needed = Facts::better(needed, Some(std::mem::replace(&mut run, exact)));
                    }
                }
                None => {
                    whole = false;
                    needed = Facts::better(needed, Some(std::mem::replace(&mut run, [Vec::new()].into())));
                }
            }
        }
        if whole {
            return Facts { exact: Some(run), needed, kinds };
        }
        Facts { exact: None, needed: Facts::better(needed, Some(run)), kinds }
    }

    fn alternation(parts: &[Hir]) -> Facts {
        let branches: Vec<Facts> = parts.iter().map(Facts::of).collect();
        let kinds = common_kinds(&branches);
        let exact = branches.iter().try_fold(Strings::new(), |mut all, branch| {
            all.extend(branch.exact.as_ref()?.iter().cloned());
            (all.len() <= EXACT_MAX).then_some(all)
        });
        let needed = branches.into_iter().try_fold(Strings::new(), |mut all, branch| {
            all.extend(Facts::best(branch.needed, branch.exact.as_ref())?);
            (all.len() <= LITERALS_MAX).then_some(all)
        });
        Facts { exact, needed, kinds }
    }

    /// The better of what is needed inside and what is matched as a whole.
    fn best(needed: Option<Strings>, exact: Option<&Strings>) -> Option<Strings> {
        Facts::better(needed, exact.cloned())
    }

    fn better(a: Option<Strings>, b: Option<Strings>) -> Option<Strings> {
        let usable = |set: &Strings| set.len() <= LITERALS_MAX && set.iter().all(|literal| is_rare(literal));
        match (a.filter(usable), b.filter(usable)) {
            (Some(a), Some(b)) => Some(if rarity(&b) > rarity(&a) { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// Whether most values lack this string.
fn is_rare(literal: &[u8]) -> bool {
    let is_word = literal.iter().all(u8::is_ascii_alphanumeric);
    literal.len() >= if is_word { LITERAL_LETTERS_MIN } else { LITERAL_BYTES_MIN }
}

fn shortest(set: &Strings) -> usize {
    set.iter().map(Vec::len).min().unwrap_or(0)
}

/// How rarely a value holds one of these: long and few is rare, and beyond a few bytes fewer is better than longer.
fn rarity(set: &Strings) -> (usize, std::cmp::Reverse<usize>, usize) {
    (shortest(set).min(5), std::cmp::Reverse(set.len()), shortest(set))
}

/// Every string of `a` followed by every string of `b`.
fn product(a: &Strings, b: &Strings) -> Option<Strings> {
    if a.len() * b.len() > EXACT_MAX {
        return None;
    }
    let mut all = Strings::new();
    for head in a {
        for tail in b {
            if head.len() + tail.len() > EXACT_BYTES_MAX {
                return None;
            }
            all.insert([head.as_slice(), tail].concat());
        }
    }
    Some(all)
}

/// Every string of `set` after itself, `times` times.
fn power(set: &Strings, times: u32) -> Option<Strings> {
    if times as usize > EXACT_BYTES_MAX {
        return None;
    }
    (0..times).try_fold([Vec::new()].into(), |run, _| product(&run, set))
}

/// One kind per branch, the most telling one, all together: every match meets their union.
fn common_kinds(branches: &[Facts]) -> Vec<Kinds> {
    let union = branches.iter().try_fold(Kinds::NONE, |union, branch| {
        let telling = branch
            .kinds
            .iter()
            .min_by_key(|kinds| (kinds.meets(KIND_LETTERS), kinds.len(), kinds.meets(KIND_COMMON)))?;
        Some(union.and(*telling))
    });
    union.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pattern::{Groups, Pattern};
    use super::*;

    fn required(pattern: &str) -> Required {
        Required::of(&Pattern::new(pattern, Groups::Dropped).expect(pattern).1)
    }

    fn literals(pattern: &str) -> Vec<String> {
        required(pattern).literals.iter().map(|l| String::from_utf8_lossy(l).into_owned()).collect()
    }

    #[test]
    fn a_pattern_s_rarest_literals_are_found() {
        assert_eq!(literals(r"(?i)\bunion\s+(?:all\s+)?select\b"), ["select"]);
        assert_eq!(literals(r"(?i)<(?:script|iframe)[\s>]"), ["<iframe", "<script"]);
        assert_eq!(literals(r"(?i)select[\s(]"), ["select"]);
        assert_eq!(
            literals(r"(?:etc/(?:passwd|shadow))|boot\.ini"),
            ["boot.ini", "etc/passwd", "etc/shadow"]
        );
        assert_eq!(literals(r"\.{2,}[\\/]"), [".."]);
        assert_eq!(literals(r"a?b?c*"), Vec::<String>::new());
        assert_eq!(literals(r"x(ab|cd|.*)"), Vec::<String>::new());
    }

    #[test]
    fn kinds_tell_where_literals_cannot() {
        let quotes = required(r#"['"`]\s*(?:or|and)?\s*\d"#);
        assert!(quotes.kinds.contains(&Kinds::of(b"'\"`")), "{quotes:?}");
        assert_eq!(required(r"(?:;|\|)\s*\w+").kinds, [Kinds::of(b";|")]);
    }

    const PATTERNS: &[&str] = &[
        r"(?i)\bunion\s+(?:all\s+)?select\b",
        r#"['"`]\s*(?:or|and)\s*\d"#,
        r"(?:\.\./|\.\.\\){2,}",
        r"a{2,3}(?:b|c)?d",
        r"^(?:ab|)x?y",
        r"[ab][cd][ef]g",
        r"(?i)on[a-z]{3,8}\s*=",
        r"(?:\$\(|`)[^)]*",
        r"abcdefghijklmnopqrstuvwxyz",
        r"(a|b|c|d|e)(f|g|h|i|j)(k|l|m|n|o)",
    ];

    proptest! {
        /// The soundness of the whole pre-filter: what matches meets every condition.
        #[test]
        fn whatever_matches_meets_the_conditions(index in 0..PATTERNS.len(), seed in any::<u64>(), noise in "[ -~]{0,12}") {
            let source = PATTERNS[index];
            let (pattern, hir) = Pattern::new(source, Groups::Dropped).expect(source);
            let mut text = noise.into_bytes();
            let mut random = seed;
            generate(&hir, &mut random, &mut text);
            if pattern.is_match(&text) {
                let required = Required::of(&hir);
                let lower = text.to_ascii_lowercase();
                let kinds = Kinds::scan(&text);
                prop_assert!(required.kinds.iter().all(|k| kinds.meets(*k)), "{source}: {required:?} {text:?}");
                prop_assert!(
                    required.literals.is_empty() || required.literals.iter().any(|l| crate::bytes::contains(&lower, l)),
                    "{source}: {required:?} {text:?}"
                );
            }
        }
    }

    /// A string the pattern likely matches.
    fn generate(hir: &Hir, random: &mut u64, out: &mut Vec<u8>) {
        let mut pick = |n: usize| {
            *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*random >> 33) as usize % n.max(1)
        };
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
            HirKind::Class(Class::Bytes(class)) => {
                let range = class.ranges()[pick(class.ranges().len())];
                let width = usize::from(range.end() - range.start()) + 1;
                out.push(range.start() + u8::try_from(pick(width)).expect("a byte"));
            }
            HirKind::Class(Class::Unicode(_)) => {}
            HirKind::Capture(capture) => generate(&capture.sub, random, out),
            HirKind::Repetition(repetition) => {
                let extra = pick(3).min(repetition.max.map_or(3, |max| (max - repetition.min) as usize));
                for _ in 0..repetition.min as usize + extra {
                    generate(&repetition.sub, random, out);
                }
            }
            HirKind::Concat(parts) => parts.iter().for_each(|part| generate(part, random, out)),
            HirKind::Alternation(parts) => {
                let branch = pick(parts.len());
                generate(&parts[branch], random, out);
            }
        }
    }
}
