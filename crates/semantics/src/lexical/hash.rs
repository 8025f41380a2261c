//! A fixed hash: the same on every machine and in every build, so that an index built in one place reads alike in another
//! (the standard library's maps are seeded per process, and WebAssembly has no seed to give).

/// FNV-1a with 64 bits (draft-eastlake-fnv, section 2), begun from a tag so that kinds of key do not meet.
#[must_use]
pub const fn fixed_hash(tag: u8, bytes: &[u8]) -> u64 {
    let mut h = step(0xcbf2_9ce4_8422_2325, tag);
    let mut i = 0;
    while i < bytes.len() {
        h = step(h, bytes[i]);
        i += 1;
    }
    h
}

/// Continues a hash with one more byte.
#[must_use]
pub const fn step(h: u64, byte: u8) -> u64 {
    (h ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3)
}

/// A map from 64-bit hashes to small numbers: open addressing, linear probing, built once. Two keys with the same 64 bits
/// are one key; with the tens of thousands of keys of an index that does not happen by accident, and a crafted one only
/// makes two of the bundle author's own words equal.
#[derive(Clone, Debug, Default)]
pub struct FixedMap {
    slots: Vec<(u64, u32)>,
    len: usize,
}

const EMPTY: u32 = u32::MAX;

impl FixedMap {
    /// An empty map with room for `n` keys.
    #[must_use]
    pub fn with_capacity(n: usize) -> Self {
        Self { slots: vec![(0, EMPTY); (n * 2).next_power_of_two().max(8)], len: 0 }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: u64) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let (at, found) = self.probe(key);
        found.then(|| self.slots[at].1)
    }

    /// The value of a key; when there is none yet, `value` is put there. `value` must not be `u32::MAX`.
    pub fn get_or_insert(&mut self, key: u64, value: u32) -> u32 {
        debug_assert_ne!(value, EMPTY, "the largest number marks an empty slot");
        if (self.len + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let (at, found) = self.probe(key);
        if !found {
            self.slots[at] = (key, value);
            self.len += 1;
        }
        self.slots[at].1
    }

    /// How many keys it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn probe(&self, key: u64) -> (usize, bool) {
        let mask = self.slots.len() - 1;
        // FNV's low bits are its best.
        #[expect(clippy::cast_possible_truncation, reason = "the mask keeps fewer bits than usize has")]
        let mut at = (key ^ (key >> 32)) as usize & mask;
        loop {
            match self.slots[at] {
                (_, EMPTY) => return (at, false),
                (k, _) if k == key => return (at, true),
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let old = std::mem::replace(self, Self::with_capacity(self.slots.len().max(4)));
        for (key, value) in old.slots {
            if value != EMPTY {
                self.get_or_insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_keeps_the_first_value_of_each_key_while_it_grows() {
        let mut map = FixedMap::default();
        for i in 0..1_000_u32 {
            assert_eq!(map.get_or_insert(fixed_hash(0, &i.to_le_bytes()), i), i);
            assert_eq!(map.get_or_insert(fixed_hash(0, &i.to_le_bytes()), i + 1), i);
        }
        assert_eq!(map.len(), 1_000);
        assert_eq!(map.get(fixed_hash(0, &77_u32.to_le_bytes())), Some(77));
        assert_eq!(map.get(fixed_hash(1, &77_u32.to_le_bytes())), None);
    }

    #[test]
    fn an_empty_map_answers() {
        assert_eq!(FixedMap::default().get(1), None);
    }
}
