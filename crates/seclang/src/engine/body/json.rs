//! JSON (RFC 8259), flattened: `{"page":{"path":"/"},"ids":[7]}` is `json.page.path` and `json.ids.0`.
//!
//! Read in one pass without a tree; nesting is a list, not recursion. Duplicate members are all kept, because which of
//! them an application takes is not known here.

use super::Stopped;
use crate::engine::collections::Table;
use crate::engine::store::EMPTY;
use crate::engine::transaction::Transaction;
use crate::limits::JSON_PATH_BYTES_MAX;

const ROOT: &[u8] = b"json";

impl Transaction<'_> {
    pub(super) fn read_json(&mut self, body: &[u8]) -> Result<(), Stopped> {
        let depth_max = self.rules.settings.json_depth_max;
        let (store, collections) = (&mut self.store, &mut self.collections);
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        Reader { bytes: body, at: 0 }.document(depth_max, &mut |path, value| {
            let name = store.push(path);
            let value = if value.is_empty() { EMPTY } else { store.push(value) };
            collections.add_argument(Table::ArgsPost, name, value, store)
        })
    }
}

/// Takes a path and a value; false stops.
type Emit<'e> = dyn FnMut(&[u8], &[u8]) -> bool + 'e;

/// An open object or array.
struct Level {
    /// The length of its own path.
    path: usize,
    /// `None` in an object.
    index: Option<usize>,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn document(&mut self, depth_max: usize, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let mut path = ROOT.to_vec();
        let mut levels: Vec<Level> = Vec::new();
        let mut text = Vec::new();
        loop {
            // A value is due.
            self.skip_blank();
            let opened = match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    self.at += 1;
                    if levels.len() >= depth_max {
                        return Err(format!("JSON nested more than {depth_max} deep"));
                    }
                    levels.push(Level { path: path.len(), index: (open == b'[').then_some(0) });
                    self.open_level(open, &mut path, &mut levels, &mut text)?
                }
                _ => {
                    text.clear();
                    self.scalar(&mut text)?;
                    if !emit(&path, &text) {
                        return Err("more arguments than a transaction may have".to_owned());
                    }
                    false
                }
            };
            if opened {
                continue;
            }
            if !self.close_levels(&mut path, &mut levels, &mut text)? {
                self.skip_blank();
                return if self.at == self.bytes.len() {
                    Ok(())
                } else {
                    Err(self.unexpected("the end of the JSON"))
                };
            }
        }
    }

    /// After an opening bracket: whether a value is due (it is not in an empty object or array).
    fn open_level(
        &mut self,
        open: u8,
        path: &mut Vec<u8>,
        levels: &mut [Level],
        text: &mut Vec<u8>,
    ) -> Result<bool, Stopped> {
        self.skip_blank();
        if open == b'{' {
            if self.peek() == Some(b'}') {
                return Ok(false);
            }
            self.member(path, text)?;
            return Ok(true);
        }
        if self.peek() == Some(b']') {
            return Ok(false);
        }
        if let Some(level) = levels.last_mut() {
            element(path, level)?;
        }
        Ok(true)
    }

    /// After a value: closes what ends, and begins the next value; false at the end of the document.
    fn close_levels(
        &mut self,
        path: &mut Vec<u8>,
        levels: &mut Vec<Level>,
        text: &mut Vec<u8>,
    ) -> Result<bool, Stopped> {
        loop {
            let Some(level) = levels.last_mut() else { return Ok(false) };
            self.skip_blank();
            let close = if level.index.is_some() { b']' } else { b'}' };
            path.truncate(level.path);
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    match &mut level.index {
                        Some(index) => {
                            *index += 1;
                            element(path, level)?;
                        }
                        None => {
                            self.skip_blank();
                            self.member(path, text)?;
                        }
                    }
                    return Ok(true);
                }
                Some(byte) if byte == close => {
                    self.at += 1;
                    levels.pop();
                }
                _ => return Err(self.unexpected("a comma or a closing bracket")),
            }
        }
    }

    /// `"name":`, appended to the path.
    fn member(&mut self, path: &mut Vec<u8>, text: &mut Vec<u8>) -> Result<(), Stopped> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a member's name"));
        }
        text.clear();
        self.string(text)?;
        path.push(b'.');
        path.extend_from_slice(text);
        if path.len() > JSON_PATH_BYTES_MAX {
            return Err(format!("a JSON member named in more than {JSON_PATH_BYTES_MAX} bytes"));
        }
        self.skip_blank();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("a colon"));
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self, out: &mut Vec<u8>) -> Result<(), Stopped> {
        let rest = &self.bytes[self.at..];
        match rest.first() {
            Some(b'"') => self.string(out),
            Some(b'-' | b'0'..=b'9') => self.number(out),
            _ => {
                for (word, value) in [("true", "true"), ("false", "false"), ("null", "")] {
                    if rest.starts_with(word.as_bytes()) {
                        self.at += word.len();
                        out.extend_from_slice(value.as_bytes());
                        return Ok(());
                    }
                }
                Err(self.unexpected("a JSON value"))
            }
        }
    }

    fn number(&mut self, out: &mut Vec<u8>) -> Result<(), Stopped> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let integer = self.digits();
        let leading_zero = integer > 1 && self.bytes[self.at - integer] == b'0';
        let mut valid = integer > 0 && !leading_zero;
        if self.peek() == Some(b'.') {
            self.at += 1;
            valid &= self.digits() > 0;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            valid &= self.digits() > 0;
        }
        if !valid {
            return Err(self.unexpected("a JSON number"));
        }
        out.extend_from_slice(&self.bytes[start..self.at]);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let count = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        count
    }

    /// A string, `self.at` being at its opening quote.
    fn string(&mut self, out: &mut Vec<u8>) -> Result<(), Stopped> {
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            let plain = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f));
            let Some(plain) = plain else {
                self.at = self.bytes.len();
                return Err(self.unexpected("the end of a JSON string"));
            };
            out.extend_from_slice(&rest[..plain]);
            self.at += plain + 1;
            match rest[plain] {
                b'"' => return Ok(()),
                b'\\' => self.escape(out)?,
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected("no control character in a JSON string"));
                }
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Stopped> {
        let byte = self.peek();
        self.at += 1;
        out.push(match byte {
            Some(b @ (b'"' | b'\\' | b'/')) => b,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unicode(out),
            _ => {
                self.at -= 1;
                return Err(self.unexpected("a JSON escape"));
            }
        });
        Ok(())
    }

    /// `\uHHHH`, or a surrogate pair of them; half a pair is a replacement character.
    fn unicode(&mut self, out: &mut Vec<u8>) -> Result<(), Stopped> {
        let high = self.code_unit()?;
        let mut code = u32::from(high);
        if (0xd800..0xdc00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.code_unit()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x1_0000 + ((code - 0xd800) << 10) + (u32::from(low) - 0xdc00);
            } else {
                self.at = before;
            }
        }
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn code_unit(&mut self) -> Result<u16, Stopped> {
        let unit =
            crate::bytes::hex_pair(self.bytes, self.at).zip(crate::bytes::hex_pair(self.bytes, self.at + 2));
        let (high, low) = unit.ok_or_else(|| self.unexpected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(u16::from_be_bytes([high, low]))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, expected: &str) -> Stopped {
        format!("expected {expected} at byte {}", self.at)
    }
}

/// The path of an array's next element.
fn element(path: &mut Vec<u8>, level: &Level) -> Result<(), Stopped> {
    path.truncate(level.path);
    path.push(b'.');
    path.extend_from_slice(level.index.unwrap_or(0).to_string().as_bytes());
    if path.len() > JSON_PATH_BYTES_MAX {
        return Err(format!("a JSON element named in more than {JSON_PATH_BYTES_MAX} bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flat(text: &[u8]) -> Result<Vec<(String, String)>, Stopped> {
        let mut found = Vec::new();
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Reader { bytes: text, at: 0 }.document(8, &mut |path, value| {
            found.push((lossy(path), lossy(value)));
            true
        })?;
        Ok(found)
    }

    #[test]
    fn members_and_elements_are_named_by_their_path() {
        let found =
            flat(br#" {"a":{"b":[1,{"c":"x\n\u00e9\ud83d\ude00"},[]]},"d":null,"e":true,"":-1.5e3} "#)
                .expect("JSON");
        let expected = [
            ("json.a.b.0", "1"),
            ("json.a.b.1.c", "x\né😀"),
            ("json.d", ""),
            ("json.e", "true"),
            ("json.", "-1.5e3"),
        ];
        assert_eq!(found, expected.map(|(path, value)| (path.to_owned(), value.to_owned())));
        assert_eq!(flat(b"\"bare\"").expect("JSON"), [("json".to_owned(), "bare".to_owned())]);
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for text in [
            "",
            "{",
            "{\"a\"}",
            "{\"a\":1,}",
            "[1,]",
            "[1 2]",
            "01",
            "1.",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "nul",
            "{}x",
            "{a:1}",
            "\"a\nb\"",
            "[[[[[[[[[1]]]]]]]]]",
        ] {
            assert!(flat(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![prop::sample::select(b"{}[]\",:\\u0e-. ".to_vec()), any::<u8>()], 0..60)) {
            let _ = flat(&bytes);
        }
    }
}
