//! What kinds of bytes a text holds, in one word.
//!
//! Most values hold letters, digits and a few marks, and most rules need something else: a quote, an angle bracket, a
//! percent sign. One pass over a value gives a word of kinds; comparing it with the kinds that a regex or a
//! transformation needs settles most questions without looking at the value again.

/// A set of kinds of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Kinds(pub(crate) u64);

/// In every computed set, so that "needs anything at all" is a set too.
const ALWAYS: u64 = 1 << 63;
const FIRST_MARK: u32 = 13;

const fn kind(byte: u8) -> u64 {
    1 << match byte {
        0 => 0,
        b'\t' => 2,
        b'\n' => 3,
        b'\r' => 4,
        0x0b | 0x0c => 5,
        b' ' => 6,
        b'0'..=b'9' => 7,
        b'A'..=b'Z' => 8,
        b'a'..=b'z' => 9,
        0x85 | 0xa0 => 12,
        0x80..=0xbf => 10,
        0xc0..=0xff => 11,
        0x21..=0x2f => FIRST_MARK + byte as u32 - 0x21,
        0x3a..=0x40 => FIRST_MARK + 15 + byte as u32 - 0x3a,
        0x5b..=0x60 => FIRST_MARK + 22 + byte as u32 - 0x5b,
        0x7b..=0x7e => FIRST_MARK + 28 + byte as u32 - 0x7b,
        0x01..=0x1f | 0x7f => 1,
    }
}

const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 255")]
        {
            table[byte] = kind(byte as u8);
        }
        byte += 1;
    }
    table
};

impl Kinds {
    pub(crate) const NONE: Kinds = Kinds(0);
    /// Met by every value, the empty one too.
    pub(crate) const ANY: Kinds = Kinds(ALWAYS);

    /// The kinds of these bytes, for constants.
    pub(crate) const fn of(bytes: &[u8]) -> Kinds {
        let mut set = 0;
        let mut at = 0;
        while at < bytes.len() {
            set |= kind(bytes[at]);
            at += 1;
        }
        Kinds(set)
    }

    /// The kinds a value holds.
    pub(crate) fn scan(bytes: &[u8]) -> Kinds {
        let mut chunks = bytes.chunks_exact(4);
        let (mut a, mut b) = (ALWAYS, 0);
        for chunk in &mut chunks {
            a |= TABLE[usize::from(chunk[0])] | TABLE[usize::from(chunk[1])];
            b |= TABLE[usize::from(chunk[2])] | TABLE[usize::from(chunk[3])];
        }
        Kinds(chunks.remainder().iter().fold(a | b, |set, byte| set | TABLE[usize::from(*byte)]))
    }

    pub(crate) const fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Whether any kind is in both.
    pub(crate) const fn meets(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no kind but these.
    pub(crate) const fn is_within(self, other: Kinds) -> bool {
        self.0 & !other.0 == 0
    }

    /// How many kinds: fewer say more.
    pub(crate) const fn len(self) -> u32 {
        (self.0 & !ALWAYS).count_ones()
    }
}

/// White space as C's `isspace` has it.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// The value of a hexadecimal digit.
pub(crate) const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// A byte from two hexadecimal digits at `at`.
pub(crate) fn hex_pair(bytes: &[u8], at: usize) -> Option<u8> {
    Some(hex(*bytes.get(at)?)? << 4 | hex(*bytes.get(at + 1)?)?)
}

/// Whether `needle` stands somewhere in `haystack`.
pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

/// The leading number of a text, as C's `atoi` reads it: white space, a sign, digits; nothing is 0.
pub(crate) fn leading_number(bytes: &[u8]) -> i64 {
    let start = bytes.iter().position(|b| !is_space(*b)).unwrap_or(bytes.len());
    let (negative, digits) = match bytes[start..].split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, &bytes[start..]),
    };
    let number = digits
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .fold(0i64, |n, b| n.saturating_mul(10).saturating_add(i64::from(b - b'0')));
    if negative { -number } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_meets_the_kinds_of_its_bytes_and_no_mark_it_lacks() {
        let kinds = Kinds::scan(b"hello <world> 1");
        assert!(kinds.meets(Kinds::of(b"<")) && kinds.meets(Kinds::of(b" ")));
        for mark in b"!\"#$%&'()*+,-./:;=?@[\\]^_`{|}~" {
            assert!(!kinds.meets(Kinds::of(&[*mark])), "{}", char::from(*mark));
        }
        assert!(Kinds::scan(b"").meets(Kinds::ANY));
    }

    #[test]
    fn marks_do_not_share_a_kind() {
        let marks: Vec<u8> = (0x21..0x7f).filter(u8::is_ascii_punctuation).collect();
        assert_eq!(Kinds::of(&marks).len() as usize, marks.len());
    }

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (text, number) in [("42", 42), (" -7x", -7), ("", 0), ("x9", 0), ("+5", 5)] {
            assert_eq!(leading_number(text.as_bytes()), number, "{text}");
        }
        assert_eq!(leading_number(b"99999999999999999999999"), i64::MAX);
    }
}
