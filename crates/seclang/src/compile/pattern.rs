//! Regexes as the rule language writes them (PCRE), compiled to automata that never backtrack.
//!
//! PCRE syntax that means something else to `regex-syntax`, or nothing, is rewritten; what has no linear-time equivalent
//! (look-around, back-references) is refused with an error. Matching is on bytes, `.` matches line ends and `$` matches
//! at the very end alone, as ModSecurity sets PCRE up.

use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::captures::Captures;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

use crate::limits::{REGEX_CACHE_BYTES_MAX, REGEX_NESTING_MAX, REGEX_PROGRAM_BYTES_MAX};

/// A compiled regex.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    regex: Regex,
    /// What decides `is_match` without the regex, for the plainest patterns.
    plain: Option<Plain>,
    /// What a value that matches begins with, of a pattern that is bound to the beginning.
    first: Option<Bytes>,
}

/// A set of bytes.
type Bytes = [u64; 4];

fn holds(set: &Bytes, byte: u8) -> bool {
    set[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
}

/// The bytes that one of the matches of a pattern must begin with, when it has to begin where the value does and not end there.
fn first_bytes(hir: &Hir) -> Option<Bytes> {
    let is_bound = hir.properties().look_set_prefix().contains(Look::Start);
    if !is_bound || hir.properties().minimum_len().is_none_or(|length| length == 0) {
        return None;
    }
    let mut set = [0; 4];
    for literal in Extractor::new().extract(hir).literals()? {
        let first = *literal.as_bytes().first()?;
        set[usize::from(first >> 6)] |= 1 << (first & 63);
    }
    Some(set)
}

/// A pattern that is a list of words, or a set of bytes, from beginning to end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Plain {
    /// `^(?:GET|HEAD)$`
    Words(Box<[Box<[u8]>]>),
    /// `^[0-9]{1,15}$`
    Bytes { allowed: Bytes, min: usize, max: usize },
}

/// Words of a plain pattern: more are better told by the automaton.
const PLAIN_WORDS_MAX: usize = 16;

impl Plain {
    fn of(hir: &Hir) -> Option<Plain> {
        let HirKind::Concat(parts) = hir.kind() else { return None };
        let [start, middle, end] = parts.as_slice() else { return None };
        let is_look = |hir: &Hir, look: Look| matches!(hir.kind(), HirKind::Look(found) if *found == look);
        if !is_look(start, Look::Start) || !is_look(end, Look::End) {
            return None;
        }
        match middle.kind() {
            HirKind::Literal(word) => Some(Plain::Words([word.0.clone()].into())),
            HirKind::Alternation(words) if words.len() <= PLAIN_WORDS_MAX => {
                let words: Option<Vec<Box<[u8]>>> = words
                    .iter()
                    .map(|word| match word.kind() {
                        HirKind::Literal(word) => Some(word.0.clone()),
                        _ => None,
                    })
                    .collect();
                words.map(|words| Plain::Words(words.into()))
            }
            HirKind::Repetition(repetition) => Plain::bytes(repetition),
            _ => None,
        }
    }

    fn bytes(repetition: &Repetition) -> Option<Plain> {
        let HirKind::Class(Class::Bytes(class)) = repetition.sub.kind() else { return None };
        let mut allowed = [0; 4];
        for byte in class.ranges().iter().flat_map(|range| range.start()..=range.end()) {
            allowed[usize::from(byte >> 6)] |= 1u64 << (byte & 63);
        }
        let max = repetition.max.map_or(usize::MAX, |max| max as usize);
        Some(Plain::Bytes { allowed, min: repetition.min as usize, max })
    }

    fn is_match(&self, value: &[u8]) -> bool {
        match self {
            Plain::Words(words) => words.iter().any(|word| **word == *value),
            Plain::Bytes { allowed, min, max } => {
                (*min..=*max).contains(&value.len()) && value.iter().all(|byte| holds(allowed, *byte))
            }
        }
    }
}

/// Whether a pattern's groups are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Groups {
    Kept,
    Dropped,
}

impl Pattern {
    /// Compiles a PCRE pattern; the error is a sentence.
    pub(crate) fn new(source: &str, groups: Groups) -> Result<(Pattern, Hir), String> {
        let translated = translate(source);
        let hir = parser().parse(&translated).map_err(|error| error.to_string())?;
        let pattern = Self::from_hir(&hir, groups)?;
        Ok((pattern, hir))
    }

    /// The regex of a selector, which ignores case as names do.
    pub(crate) fn for_names(source: &str) -> Result<Pattern, String> {
        Self::new(&format!("(?i){source}"), Groups::Dropped).map(|(pattern, _)| pattern)
    }

    fn from_hir(hir: &Hir, groups: Groups) -> Result<Pattern, String> {
        let captures = match groups {
            Groups::Kept => WhichCaptures::All,
            Groups::Dropped => WhichCaptures::Implicit,
        };
        let config = meta::Config::new()
            .utf8_empty(false)
            .nfa_size_limit(Some(REGEX_PROGRAM_BYTES_MAX))
            .hybrid_cache_capacity(REGEX_CACHE_BYTES_MAX)
            .which_captures(captures);
        let regex =
            Regex::builder().configure(config).build_from_hir(hir).map_err(|error| error.to_string())?;
        Ok(Pattern { regex, plain: Plain::of(hir), first: first_bytes(hir) })
    }

    pub(crate) fn is_match(&self, value: &[u8]) -> bool {
        match &self.plain {
            Some(plain) => plain.is_match(value),
            None => self.may_begin(value) && self.regex.is_match(value),
        }
    }

    /// Where the leftmost match stands.
    pub(crate) fn find(&self, value: &[u8]) -> Option<(usize, usize)> {
        if !self.may_begin(value) {
            return None;
        }
        self.regex.find(value).map(|found| (found.start(), found.end()))
    }

    /// The groups of the leftmost match.
    pub(crate) fn captures(&self, value: &[u8]) -> Option<Captures> {
        let mut captures = self.regex.create_captures();
        self.regex.captures(value, &mut captures);
        captures.is_match().then_some(captures)
    }

    /// Whether a value begins as a match of it must.
    fn may_begin(&self, value: &[u8]) -> bool {
        let Some(set) = &self.first else { return true };
        value.first().is_some_and(|first| holds(set, *first))
    }
}

/// The syntax of every pattern: bytes, no Unicode classes, `.` matches line ends.
fn parser() -> regex_syntax::Parser {
    regex_syntax::ParserBuilder::new()
        .utf8(false)
        .unicode(false)
        .dot_matches_new_line(true)
        .nest_limit(REGEX_NESTING_MAX)
        .build()
}

/// PCRE to `regex-syntax`.
pub(crate) fn translate(source: &str) -> String {
    Translator { source: source.as_bytes(), at: 0, out: String::with_capacity(source.len() + 8) }.run()
}

struct Translator<'a> {
    source: &'a [u8],
    at: usize,
    out: String,
}

impl Translator<'_> {
    fn run(mut self) -> String {
        while let Some(&byte) = self.source.get(self.at) {
            match byte {
                b'\\' => self.escape(false),
                b'[' => self.class(),
                b'{' if !self.is_quantifier() => self.literal("\\{", 1),
                b'(' if self.source[self.at..].starts_with(b"(?#") => self.comment(),
                _ => self.byte(byte),
            }
        }
        self.out
    }

    fn literal(&mut self, text: &str, length: usize) {
        self.out.push_str(text);
        self.at += length;
    }

    /// One byte as it is; a byte beyond ASCII is written as a byte, because that is what PCRE sees.
    fn byte(&mut self, byte: u8) {
        if byte.is_ascii() {
            self.out.push(char::from(byte));
        } else {
            self.hex(byte);
        }
        self.at += 1;
    }

    fn hex(&mut self, byte: u8) {
        self.out.push_str(&format!("\\x{byte:02x}"));
    }

    /// `{2}`, `{2,}`, `{2,5}`. Anything else PCRE takes for a brace.
    fn is_quantifier(&self) -> bool {
        let rest = &self.source[self.at + 1..];
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let after = &rest[digits..];
        let more = match after.first() {
            Some(b',') => 1 + after[1..].iter().take_while(|b| b.is_ascii_digit()).count(),
            _ => 0,
        };
        digits > 0 && after.get(more) == Some(&b'}')
    }

    fn comment(&mut self) {
        let end = self.source[self.at..].iter().position(|b| *b == b')');
        self.at = end.map_or(self.source.len(), |end| self.at + end + 1);
    }

    /// An escape, `self.at` being at its backslash.
    fn escape(&mut self, in_class: bool) {
        let Some(&next) = self.source.get(self.at + 1) else { return self.literal("\\", 1) };
        match next {
            b'x' => self.hex_escape(),
            b'0'..=b'7' if next == b'0' || in_class => self.octal_escape(),
            b'e' => self.literal("\\x1b", 2),
            b'h' if in_class => self.literal("\\t\\x20\\xa0", 2),
            b'h' => self.literal("[\\t\\x20\\xa0]", 2),
            b'H' if !in_class => self.literal("[^\\t\\x20\\xa0]", 2),
            b'R' if !in_class => self.literal("(?:\\r\\n|[\\n-\\r\\x85])", 2),
            b'N' if !in_class => self.literal("[^\\n]", 2),
            b'Z' if !in_class => self.literal("\\n?\\z", 2),
            b'b' if in_class => self.literal("\\x08", 2),
            b'Q' => self.quoted(),
            b'E' => self.at += 2,
            b'<' | b'>' | b'\'' | b'"' | b'`' | b'@' | b',' | b';' | b'=' | b':' | b'_' | b'/' | b'!'
            | b'%' | b' ' => {
                self.at += 1;
                if in_class { self.class_byte(next) } else { self.byte(next) }
            }
            _ if !next.is_ascii() => {
                self.at += 1;
                self.byte(next);
            }
            _ => {
                self.out.push('\\');
                self.out.push(char::from(next));
                self.at += 2;
            }
        }
    }

    /// `\x{41}`, `\x41`, and `\x4` or `\x`, which PCRE also takes.
    fn hex_escape(&mut self) {
        let rest = &self.source[self.at + 2..];
        if rest.first() == Some(&b'{')
            && let Some(close) = rest.iter().position(|b| *b == b'}')
            && let Some(value) =
                std::str::from_utf8(&rest[1..close]).ok().and_then(|d| u8::from_str_radix(d, 16).ok())
        {
            self.hex(value);
            self.at += 2 + close + 1;
            return;
        }
        let digits = rest.iter().take(2).take_while(|b| b.is_ascii_hexdigit()).count();
        let value = rest[..digits].iter().fold(0, |n, b| n << 4 | crate::bytes::hex(*b).unwrap_or(0));
        if rest.first() == Some(&b'{') {
            // More than a byte, or no number: left for the parser to refuse.
            return self.literal("\\x", 2);
        }
        self.hex(value);
        self.at += 2 + digits;
    }

    fn octal_escape(&mut self) {
        let rest = &self.source[self.at + 1..];
        let digits = rest.iter().take(3).take_while(|b| (b'0'..=b'7').contains(*b)).count();
        let value = rest[..digits].iter().fold(0u8, |n, b| n << 3 | (b - b'0'));
        self.hex(value);
        self.at += 1 + digits;
    }

    /// `\Q…\E`.
    fn quoted(&mut self) {
        self.at += 2;
        while let Some(&byte) = self.source.get(self.at) {
            if self.source[self.at..].starts_with(b"\\E") {
                self.at += 2;
                return;
            }
            self.hex(byte);
            self.at += 1;
        }
    }

    /// A bracketed class. `regex-syntax` nests classes and knows set operations; PCRE does not.
    fn class(&mut self) {
        self.literal("[", 1);
        if self.source.get(self.at) == Some(&b'^') {
            self.literal("^", 1);
        }
        if self.source.get(self.at) == Some(&b']') {
            self.literal("\\]", 1);
        }
        while let Some(&byte) = self.source.get(self.at) {
            match byte {
                b']' => return self.literal("]", 1),
                b'\\' => self.escape(true),
                b'[' => match self.posix_class() {
                    Some(length) => {
                        let name =
                            String::from_utf8_lossy(&self.source[self.at..self.at + length]).into_owned();
                        self.literal(&name, length);
                    }
                    None => self.class_byte(b'['),
                },
                _ => self.class_byte(byte),
            }
        }
    }

    /// A byte of a class, escaped where it would begin something.
    fn class_byte(&mut self, byte: u8) {
        if matches!(byte, b'[' | b'&' | b'~' | b'^') {
            self.out.push('\\');
        }
        self.byte(byte);
        // `--` is a set operation; a range to `-` is written with the end escaped.
        if byte == b'-' && self.source.get(self.at) == Some(&b'-') {
            self.literal("\\-", 1);
        }
    }

    /// The length of `[:alpha:]` and its like.
    fn posix_class(&self) -> Option<usize> {
        let rest = &self.source[self.at..];
        if !rest.starts_with(b"[:") {
            return None;
        }
        let name = rest[2..].iter().take_while(|b| b.is_ascii_lowercase() || **b == b'^').count();
        rest[2 + name..].starts_with(b":]").then_some(name + 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: impl AsRef<[u8]>) -> bool {
        Pattern::new(pattern, Groups::Kept).expect(pattern).0.is_match(text.as_ref())
    }

    #[test]
    fn pcre_syntax_means_what_it_means_to_pcre() {
        assert!(matches(r"^\x{bc}s", b"\xbcs"));
        assert!(matches(r"^a{b}$", "a{b}"));
        assert!(matches(r"^a{,2}$", "a{,2}"));
        assert!(matches(r"^a{2}$", "aa"));
        assert!(matches(r"^[[a]+$", "[a["));
        assert!(matches(r"^[]a]+$", "]a"));
        assert!(matches(r"^[a&&b]+$", "&b"));
        assert!(matches(r"^[+--]+$", "+,-"));
        assert!(matches(r"\<script\>", "<script>"));
        assert!(matches(r"^[[:alpha:][:digit:]_]+$", "a1_"));
        assert!(matches(r"^\Qa.b\E$", "a.b"));
        assert!(!matches(r"^\Qa.b\E$", "axb"));
        assert!(matches(r"a(?#note)b", "ab"));
        assert!(matches(r#"^[\x5c\'\"]$"#, "\\"));
        assert!(matches(r"^a.b$", "a\nb"));
        assert!(!matches(r"^ab$", "ab\n"));
        assert!(matches(r"^\0$", b"\0"));
        assert!(matches(r"\s", b"\x0b"));
        assert!(matches(r"^[\b]$", b"\x08"));
    }

    #[test]
    fn what_cannot_be_matched_in_linear_time_is_refused() {
        for pattern in ["(?=a)", "(?<!a)b", r"(a)\1", "(?>a)"] {
            assert!(Pattern::new(pattern, Groups::Dropped).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_plain_pattern_decides_as_its_regex_does() {
        let values = ["", "GET", "get", "GETS", "HEAD", "POST", "1", "123", "12a", "1234567890", "GET\n"];
        for source in
            ["^(?:GET|HEAD)$", "^GET$", "^[0-9]+$", "^[0-9]{1,3}$", "^[^a-z]*$", "^(?:HTTP/1.1|HTTP/2)$"]
        {
            let (pattern, _) = Pattern::new(source, Groups::Dropped).expect(source);
            assert!(pattern.plain.is_some() || source.contains('.'), "{source}");
            for value in values {
                assert_eq!(
                    pattern.is_match(value.as_bytes()),
                    pattern.regex.is_match(value),
                    "{source} {value:?}"
                );
            }
        }
    }

    #[test]
    fn groups_are_found_where_they_stand() {
        let (pattern, _) = Pattern::new("(a+)(b)?", Groups::Kept).expect("pattern");
        let found = pattern.captures(b"xaac").expect("match");
        assert_eq!(found.get_group(1).map(|span| (span.start, span.end)), Some((1, 3)));
        assert!(found.get_group(2).is_none());
    }
}
