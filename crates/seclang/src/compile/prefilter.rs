//! Which literals of many rules stand in a value, found in one reading.
//!
//! What comes out is the set of *groups* (one per operator with literals) of which a literal stands in the value. Letter case is
//! ignored, so a group that is found may still not match, and one that is not found cannot.
//!
//! Each literal is looked for by one *window* of it: four bytes in a row, those that are rarest in requests and in the fewest other
//! literals. Nearly all places of a value are told by a bit that no window begins there; where one does, the few literals that have it
//! are compared. So a value costs a few instructions a byte, however many the literals are.

use rustc_hash::FxHashMap;

/// Collects literals while rules are compiled.
#[derive(Debug, Default)]
pub(crate) struct PrefilterBuilder {
    literals: FxHashMap<Vec<u8>, usize>,
    order: Vec<(Vec<u8>, Vec<u16>)>,
    groups: u16,
}

impl PrefilterBuilder {
    /// A new group of literals, of two bytes at least and in lower case; none when there is no room for another.
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

    pub(crate) fn build(self) -> Prefilter {
        let mut by_window: FxHashMap<u32, Vec<Windowed>> = FxHashMap::default();
        let mut bits = Bits::new();
        let mut literals = Vec::new();
        for (index, (bytes, groups)) in (0..).zip(self.order) {
            let (offset, window) = window_of(&bytes, |key| by_window.get(&key).map_or(0, Vec::len));
            bits.add(window);
            by_window.entry(key_of(window)).or_default().push(Windowed { literal: index, offset });
            literals.push(Literal { bytes: bytes.into(), groups: groups.into() });
        }
        let words = usize::from(self.groups).div_ceil(64);
        Prefilter { bits, literals, windows: Windows::of(by_window), words }
    }
}

/// What is looked for, and which groups it belongs to.
#[derive(Debug)]
struct Literal {
    bytes: Box<[u8]>,
    groups: Box<[u16]>,
}

/// A literal by its window.
#[derive(Debug, Clone, Copy)]
struct Windowed {
    literal: u32,
    /// How far from the literal's beginning its window is.
    offset: u32,
}

/// The literals, and where to find them.
#[derive(Debug)]
pub(crate) struct Prefilter {
    bits: Bits,
    literals: Vec<Literal>,
    windows: Windows,
    /// Words of a set of groups.
    pub(crate) words: usize,
}

/// Bytes of a window.
const WINDOW: usize = 4;

impl Prefilter {
    /// One that finds nothing.
    pub(crate) fn empty() -> Prefilter {
        PrefilterBuilder::default().build()
    }

    /// Calls `found` with each group of which a literal stands in `value`; a group may come more than once. What comes back is how
    /// many literals were compared: none where no window begins, several a byte where many do.
    pub(crate) fn scan(&self, value: &[u8], mut found: impl FnMut(u16)) -> usize {
        let mut told = Told::default();
        let mut compared = 0;
        self.bits.each(value, |at, key| {
            for windowed in self.windows.get(key) {
                compared += 1;
                let literal = &self.literals[windowed.literal as usize];
                if stands_at(&literal.bytes, value, at, windowed.offset as usize)
                    && told.is_new(windowed.literal)
                {
                    literal.groups.iter().for_each(|group| found(*group));
                }
            }
        });
        compared
    }

    /// Heap bytes, for the sizes people watch.
    pub(crate) fn memory_bytes(&self) -> usize {
        let literals = self.literals.iter();
        let literals: usize =
            literals.map(|l| size_of::<Literal>() + l.bytes.len() + 2 * l.groups.len()).sum();
        literals + self.windows.memory_bytes() + Bits::BYTES
    }
}

/// The window that a literal is best looked for by, and where it begins. `shared` tells how many literals have a window already.
fn window_of(literal: &[u8], shared: impl Fn(u32) -> usize) -> (u32, &[u8]) {
    let worth = |window: &[u8]| {
        let rarity: i64 = window.iter().map(|byte| i64::from(RARITY[usize::from(*byte)])).sum();
        rarity - SHARED_COST * i64::try_from(shared(key_of(window))).unwrap_or(i64::MAX / SHARED_COST)
    };
    let windows = (0..).zip(literal.windows(WINDOW));
    windows.max_by_key(|(_, window)| worth(window)).unwrap_or((0, literal))
}

/// Literals by window: its bytes in lower case. Literals of two and of three bytes have a window that is as short.
///
/// An open table: a look-up is a multiplication and one or two loads, where a general one costs as much as the comparison.
#[derive(Debug)]
struct Windows {
    /// At most half of them are taken; where one of no literals stands, a search ends.
    places: Box<[Place]>,
    /// In the order of places.
    windowed: Box<[Windowed]>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    key: u32,
    start: u32,
    end: u32,
}

impl Windows {
    fn of(by_window: FxHashMap<u32, Vec<Windowed>>) -> Windows {
        let mut places = vec![Place::default(); (by_window.len() * 2).next_power_of_two()].into_boxed_slice();
        let mut windowed = Vec::new();
        let index = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let mut by_window: Vec<_> = by_window.into_iter().collect();
        by_window.sort_unstable_by_key(|(key, _)| *key);
        for (key, literals) in by_window {
            let start = index(windowed.len());
            windowed.extend(literals);
            let mut at = place_of(key, places.len());
            while places[at].start < places[at].end {
                at = (at + 1) % places.len();
            }
            places[at] = Place { key, start, end: index(windowed.len()) };
        }
        Windows { places, windowed: windowed.into() }
    }

    fn get(&self, key: u32) -> &[Windowed] {
        let mut at = place_of(key, self.places.len());
        loop {
            let place = self.places[at];
            if place.key == key || place.start == place.end {
                return &self.windowed[place.start as usize..place.end as usize];
            }
            at = (at + 1) % self.places.len();
        }
    }

    fn memory_bytes(&self) -> usize {
        self.places.len() * size_of::<Place>() + self.windowed.len() * size_of::<Windowed>()
    }
}

/// Where the search for a key begins, of a power of two places.
fn place_of(key: u32, places: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> 12) as usize & (places - 1)
}

/// How many bits of rarity it is worth that one literal less has the same window.
const SHARED_COST: i64 = 3;

/// Whether a literal stands in a value with its window, which is `offset` from its beginning, at `at`.
fn stands_at(literal: &[u8], value: &[u8], at: usize, offset: usize) -> bool {
    let begin = at.checked_sub(offset);
    begin
        .and_then(|begin| value.get(begin..begin + literal.len()))
        .is_some_and(|part| part.eq_ignore_ascii_case(literal))
}

/// The bytes of a window as a number, in lower case. One of less than four bytes is followed by nothing.
fn key_of(window: &[u8]) -> u32 {
    let lower = |at: usize| window.get(at).map_or(0, u8::to_ascii_lowercase);
    u32::from_le_bytes([lower(0), lower(1), lower(2), lower(3)])
}

/// The literals that were told of last: one that is repeated throughout a value is not told of each time.
#[derive(Default)]
struct Told([u32; TOLD]);

/// A power of two: literals are spread by a hash.
const TOLD: usize = 32;

impl Told {
    fn is_new(&mut self, literal: u32) -> bool {
        let hash = literal.wrapping_mul(0x9e37_79b1) >> (u32::BITS - TOLD.ilog2());
        let place = &mut self.0[hash as usize];
        // One more than it: an empty place is nothing's.
        let is_new = *place != literal + 1;
        *place = literal + 1;
        is_new
    }
}

/// Where a window may begin, in any letter case.
///
/// A hash of three bytes says nearly always no. What passes is asked for by all its bytes.
#[derive(Debug)]
struct Bits {
    /// Beginnings of windows, and all that may follow a window of two.
    three: Box<[u64; THREE / 64]>,
    /// Windows of two bytes.
    two: Box<[u64; TWO / 64]>,
    /// Hashes of windows of three bytes.
    whole: Box<[u64; THREE / 64]>,
    /// Hashes of windows of four bytes.
    four: Box<[u64; FOUR / 64]>,
}

/// Two bytes as they are.
const TWO: usize = 1 << 16;
/// Three bytes of five bits each; a sixth bit of a byte's class runs into the byte before.
const THREE: usize = 1 << 15;
/// Few enough to stay in the nearest cache, and many enough to be mostly unset.
const FOUR: usize = 1 << 16;

impl Bits {
    const BYTES: usize = (TWO + 2 * THREE + FOUR) / 8;

    fn new() -> Bits {
        let three = || Box::new([0; THREE / 64]);
        Bits { three: three(), two: Box::new([0; TWO / 64]), whole: three(), four: Box::new([0; FOUR / 64]) }
    }

    fn add(&mut self, window: &[u8]) {
        match *window {
            [first, second] => {
                set(&mut self.two, pair(first, second));
                (0..=CLASS_MAX).for_each(|any| set(&mut self.three, add(hash_of(first, second), any)));
            }
            [first, second, third] => {
                let hash = add(hash_of(first, second), class_of(third));
                set(&mut self.three, hash);
                set(&mut self.whole, hash);
            }
            [first, second, third, fourth] => {
                let hash = add(hash_of(first, second), class_of(third));
                set(&mut self.three, hash);
                set(&mut self.four, add_fourth(hash, first, fourth));
            }
            _ => {}
        }
    }

    /// Calls `at` with each place where a window may begin, and its key.
    fn each(&self, value: &[u8], mut at: impl FnMut(usize, u32)) {
        let [first, second, after @ ..] = value else { return };
        let mut hash = hash_of(*first, *second);
        for (start, third) in after.iter().enumerate() {
            hash = add(hash, class_of(*third));
            if is_set(&self.three, hash) {
                let rest = &value[start..];
                if let [first, _, _, fourth, ..] = rest
                    && is_set(&self.four, add_fourth(hash, *first, *fourth))
                {
                    at(start, key_of(rest));
                }
                if is_set(&self.whole, hash) {
                    at(start, key_of(&rest[..3]));
                }
                if is_set(&self.two, pair(rest[0], rest[1])) {
                    at(start, key_of(&rest[..2]));
                }
            }
        }
        let last = &value[after.len()..];
        if is_set(&self.two, pair(last[0], last[1])) {
            at(after.len(), key_of(last));
        }
    }
}

fn set<const WORDS: usize>(bits: &mut [u64; WORDS], hash: usize) {
    bits[hash / 64 % WORDS] |= 1 << (hash % 64);
}

fn is_set<const WORDS: usize>(bits: &[u64; WORDS], hash: usize) -> bool {
    bits[hash / 64 % WORDS] >> (hash % 64) & 1 == 1
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first.to_ascii_lowercase()) << 8 | usize::from(second.to_ascii_lowercase())
}

fn hash_of(first: u8, second: u8) -> usize {
    add(add(0, class_of(first)), class_of(second))
}

fn class_of(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

/// The hash after one more byte; the fourth byte back falls out of it.
fn add(hash: usize, class: u8) -> usize {
    (hash << 5 ^ usize::from(class)) % THREE
}

/// A hash of four bytes, from that of the first three. What falls out of that, a bit of the first byte's class, comes in again.
fn add_fourth(three: usize, first: u8, fourth: u8) -> usize {
    let four = three << 6 | usize::from(class_of(fourth)) | usize::from(class_of(first) >> 5) << 21;
    four.wrapping_mul(0x9e37_79b1) >> 12 & (FOUR - 1)
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

/// How rare a byte is in what requests hold, in bits, roughly: prose, addresses, what browsers say of themselves.
const RARITY: [u8; 256] = {
    const COMMON: [&[u8]; 9] =
        [b"", b"", b" ", b"et", b"aoinsrh", b"ldcu./-", b"mfpgwyb0123456789=,;", b"vk&_+:%()", b"xjqz"];
    let mut rarity = [9; 256];
    let mut bits = 0;
    while bits < COMMON.len() {
        let mut at = 0;
        while at < COMMON[bits].len() {
            #[expect(clippy::cast_possible_truncation, reason = "there are nine")]
            {
                rarity[COMMON[bits][at] as usize] = bits as u8;
            }
            at += 1;
        }
        bits += 1;
    }
    rarity
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
        let prefilter = builder.build();
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
            literals in prop::collection::vec("[a-c'%é]{2,9}", 1..8), value in "[a-dA-D'%é ]{0,40}",
        ) {
            let literals: Vec<Vec<u8>> =
                literals.into_iter().map(String::into_bytes).collect();
            let mut builder = PrefilterBuilder::default();
            let groups: Vec<u16> = literals.iter().filter_map(|l| builder.add(std::slice::from_ref(l))).collect();
            let prefilter = builder.build();
            let mut found = Vec::new();
            prefilter.scan(value.as_bytes(), |group| found.push(group));
            let lower = value.to_ascii_lowercase().into_bytes();
            for (literal, group) in literals.iter().zip(groups) {
                prop_assert_eq!(found.contains(&group), crate::bytes::contains(&lower, literal));
            }
        }
    }
}
