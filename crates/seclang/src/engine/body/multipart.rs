//! `multipart/form-data` (RFC 7578), read strictly: what another parser could read differently raises a flag.

use super::Stopped;
use crate::engine::collections::{Held, Table};
use crate::engine::store::{EMPTY, ValueId};
use crate::engine::transaction::Transaction;
use crate::limits::{
    MULTIPART_BOUNDARY_BYTES_MAX, MULTIPART_PART_HEADER_BYTES_MAX, MULTIPART_PART_HEADERS_MAX,
    MULTIPART_PARTS_MAX,
};
use crate::variable::Variable;

/// The flags that make `MULTIPART_STRICT_ERROR`.
const STRICT: &[Variable] = {
    use Variable as V;
    &[
        V::ReqbodyProcessorError,
        V::MultipartBoundaryQuoted,
        V::MultipartBoundaryWhitespace,
        V::MultipartDataBefore,
        V::MultipartDataAfter,
        V::MultipartHeaderFolding,
        V::MultipartLfLine,
        V::MultipartMissingSemicolon,
        V::MultipartInvalidQuoting,
        V::MultipartInvalidPart,
        V::MultipartInvalidHeaderFolding,
        V::MultipartFileLimitExceeded,
    ]
};

impl Transaction<'_> {
    pub(super) fn read_multipart(&mut self, body: &[u8]) -> Result<(), Stopped> {
        let outcome = self.read_parts(body);
        let strict = STRICT.iter().any(|flag| self.collections.scalar(*flag) != Held::Number(0));
        if strict || outcome.is_err() {
            self.collections.flag(Variable::MultipartStrictError);
        }
        outcome
    }

    fn read_parts(&mut self, body: &[u8]) -> Result<(), Stopped> {
        let delimiter = self.boundary()?;
        let mut lines = Lines { body, at: 0 };
        self.skip_preamble(&mut lines, &delimiter)?;
        for _ in 0..MULTIPART_PARTS_MAX {
            let headers = self.part_headers(&mut lines, &delimiter)?;
            let (start, end, last) = self.part_body(&mut lines, &delimiter)?;
            self.keep_part(&headers, &body[start..end])?;
            if last {
                if body[lines.at..].iter().any(|b| !b.is_ascii_whitespace()) {
                    self.collections.flag(Variable::MultipartDataAfter);
                }
                return Ok(());
            }
        }
        Err(format!("more than {MULTIPART_PARTS_MAX} parts"))
    }

    /// `--` and the boundary that the content type names.
    fn boundary(&mut self) -> Result<Vec<u8>, Stopped> {
        let header =
            self.collections.find(Table::RequestHeaders, b"content-type", &self.store).unwrap_or(EMPTY);
        let header = self.store.get(header).to_vec();
        let after = boundary_parameter(&header)?;
        let trimmed = after.trim_ascii_start();
        let value = trimmed.strip_prefix(b"=").ok_or("a boundary without a value")?;
        let value_trimmed = value.trim_ascii_start();
        if trimmed.len() != after.len() || value_trimmed.len() != value.len() {
            self.collections.flag(Variable::MultipartBoundaryWhitespace);
        }
        let boundary = match value_trimmed.strip_prefix(b"\"") {
            Some(quoted) => {
                self.collections.flag(Variable::MultipartBoundaryQuoted);
                let end = memchr::memchr(b'"', quoted).ok_or("a boundary without its closing quote")?;
                &quoted[..end]
            }
            None => {
                let end = value_trimmed
                    .iter()
                    .position(|b| matches!(b, b';' | b','))
                    .unwrap_or(value_trimmed.len());
                value_trimmed[..end].trim_ascii_end()
            }
        };
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(b);
        if boundary.is_empty()
            || boundary.len() > MULTIPART_BOUNDARY_BYTES_MAX
            || !boundary.iter().all(allowed)
        {
            return Err("a boundary that RFC 2046 section 5.1.1 does not allow".to_owned());
        }
        Ok([b"--", boundary].concat())
    }

    fn skip_preamble(&mut self, lines: &mut Lines<'_>, delimiter: &[u8]) -> Result<(), Stopped> {
        for line in lines.by_ref() {
            match line.delimits(delimiter) {
                Delimits::Next => {
                    self.note_line_end(&line);
                    return Ok(());
                }
                Delimits::End => return Err("a multipart body that ends before it begins".to_owned()),
                Delimits::No => {
                    if !line.text.is_empty() {
                        self.collections.flag(Variable::MultipartDataBefore);
                    }
                    self.note_unmatched(&line);
                }
            }
        }
        Err("a multipart body without its boundary".to_owned())
    }

    /// The header lines of a part, folded ones joined, up to the blank line.
    fn part_headers(&mut self, lines: &mut Lines<'_>, delimiter: &[u8]) -> Result<Vec<Vec<u8>>, Stopped> {
        let mut headers: Vec<Vec<u8>> = Vec::new();
        let mut bytes = 0;
        loop {
            let line = lines.next().ok_or("a part without an end of its headers")?;
            self.note_line_end(&line);
            bytes += line.text.len();
            if line.text.is_empty() {
                return Ok(headers);
            }
            if line.delimits(delimiter) != Delimits::No {
                // Another parser begins a part here, and what follows is a field to it and a file to this one, or the other way.
                return Err("a boundary among the headers of a part".to_owned());
            }
            if bytes > MULTIPART_PART_HEADER_BYTES_MAX || headers.len() >= MULTIPART_PART_HEADERS_MAX {
                return Err("a part with too many headers".to_owned());
            }
            if line.text[0].is_ascii_whitespace() {
                self.collections.flag(Variable::MultipartHeaderFolding);
                match headers.last_mut() {
                    Some(header) => {
                        header.push(b' ');
                        header.extend_from_slice(line.text.trim_ascii());
                    }
                    None => self.collections.flag(Variable::MultipartInvalidHeaderFolding),
                }
            } else {
                if memchr::memchr(b':', line.text).is_none() {
                    self.collections.flag(Variable::MultipartInvalidPart);
                }
                headers.push(line.text.to_vec());
            }
        }
    }

    /// The range of a part's body, and whether it is the last.
    fn part_body(
        &mut self,
        lines: &mut Lines<'_>,
        delimiter: &[u8],
    ) -> Result<(usize, usize, bool), Stopped> {
        let start = lines.at;
        let mut end = start;
        for line in lines.by_ref() {
            let last = match line.delimits(delimiter) {
                Delimits::Next => false,
                Delimits::End => true,
                Delimits::No => {
                    self.note_unmatched(&line);
                    end = line.start + line.text.len();
                    continue;
                }
            };
            self.note_line_end(&line);
            return Ok((start, end, last));
        }
        Err("a multipart body without its closing boundary".to_owned())
    }

    fn note_line_end(&mut self, line: &Line<'_>) {
        if line.end == LineEnd::Lf {
            self.collections.flag(Variable::MultipartLfLine);
            self.collections.flag(Variable::MultipartCrlfLfLines);
        }
    }

    /// A line that looks like a boundary and is none: another parser may think it is one.
    fn note_unmatched(&mut self, line: &Line<'_>) {
        if line.text.starts_with(b"--") {
            self.collections.flag(Variable::MultipartUnmatchedBoundary);
        }
    }

    fn keep_part(&mut self, headers: &[Vec<u8>], content: &[u8]) -> Result<(), Stopped> {
        let mut dispositions = headers.iter().filter_map(|line| header_value(line, b"content-disposition"));
        let disposition = dispositions.next();
        if dispositions.next().is_some() {
            // Another parser may take the other one.
            self.collections.flag(Variable::MultipartInvalidPart);
        }
        let parsed = disposition.map(parameters).unwrap_or_default();
        if parsed.missing_semicolon {
            self.collections.flag(Variable::MultipartMissingSemicolon);
        }
        if parsed.invalid_quoting {
            self.collections.flag(Variable::MultipartInvalidQuoting);
        }
        if parsed.is_invalid || disposition.is_none() {
            self.collections.flag(Variable::MultipartInvalidPart);
        }
        let name = self.store.push(parsed.name.as_deref().unwrap_or_default());
        for header in headers {
            let value = self.store.push(header);
            self.collections.add(Table::PartHeaders, name, value, &self.store);
        }
        if parsed.name.is_none() {
            self.collections.flag(Variable::MultipartInvalidPart);
            return Err("a part without a name".to_owned());
        }
        self.collections.set(Variable::MultipartName, Held::Value(name));
        match parsed.filename {
            Some(filename) => self.keep_file(name, &filename, content),
            None => {
                let value = self.store.push(content);
                if !self.collections.add_argument(Table::ArgsPost, name, value, &mut self.store) {
                    return Err("more arguments than a transaction may have".to_owned());
                }
            }
        }
        Ok(())
    }

    fn keep_file(&mut self, name: ValueId, filename: &[u8], content: &[u8]) {
        let filename = self.store.push(filename);
        let size = self.store.push(content.len().to_string().as_bytes());
        self.collections.add(Table::Files, name, filename, &self.store);
        self.collections.add(Table::FilesSizes, name, size, &self.store);
        self.collections.files_bytes += content.len();
        self.collections.set(Variable::MultipartFilename, Held::Value(filename));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    CrLf,
    Lf,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delimits {
    No,
    Next,
    End,
}

struct Line<'a> {
    start: usize,
    text: &'a [u8],
    end: LineEnd,
}

impl Line<'_> {
    /// Whether this line separates parts. White space after a boundary is allowed (RFC 2046 section 5.1.1).
    fn delimits(&self, delimiter: &[u8]) -> Delimits {
        match self.text.strip_prefix(delimiter).map(<[u8]>::trim_ascii_end) {
            Some(b"") => Delimits::Next,
            Some(b"--") => Delimits::End,
            _ => Delimits::No,
        }
    }
}

struct Lines<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.at >= self.body.len() {
            return None;
        }
        let start = self.at;
        let rest = &self.body[start..];
        let Some(length) = memchr::memchr(b'\n', rest) else {
            self.at = self.body.len();
            return Some(Line { start, text: rest, end: LineEnd::None });
        };
        self.at += length + 1;
        Some(match rest[..length].strip_suffix(b"\r") {
            Some(text) => Line { start, text, end: LineEnd::CrLf },
            None => Line { start, text: &rest[..length], end: LineEnd::Lf },
        })
    }
}

/// What follows the name of the one boundary. Two are an error wherever they stand: another parser may take the other. A value that
/// merely holds the word (`boundary=----WebKitFormBoundary`) names none.
fn boundary_parameter(header: &[u8]) -> Result<&[u8], Stopped> {
    const NAME: &[u8] = b"boundary";
    let lower = header.to_ascii_lowercase();
    let named = |at: &usize| lower[at + NAME.len()..].trim_ascii_start().starts_with(b"=");
    let mut places = memchr::memmem::find_iter(&lower, NAME).filter(named);
    let place = places.next().ok_or("a multipart body without a boundary")?;
    if places.next().is_some() {
        return Err("a multipart body with two boundaries".to_owned());
    }
    Ok(&header[place + NAME.len()..])
}

fn header_value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let colon = memchr::memchr(b':', line)?;
    line[..colon].trim_ascii().eq_ignore_ascii_case(name).then(|| &line[colon + 1..])
}

/// What a `Content-Disposition` says, and how oddly it says it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Disposition {
    name: Option<Vec<u8>>,
    filename: Option<Vec<u8>>,
    missing_semicolon: bool,
    invalid_quoting: bool,
    is_invalid: bool,
}

fn parameters(value: &[u8]) -> Disposition {
    let mut found = Disposition::default();
    let kind_end = value.iter().position(|b| *b == b';').unwrap_or(value.len());
    found.is_invalid = !value[..kind_end].trim_ascii().eq_ignore_ascii_case(b"form-data");
    let mut rest = value[kind_end..].trim_ascii();
    while !rest.is_empty() {
        match rest.strip_prefix(b";") {
            Some(after) => rest = after.trim_ascii_start(),
            None => found.missing_semicolon = true,
        }
        if rest.is_empty() {
            break;
        }
        let Some(equals) = memchr::memchr(b'=', rest) else {
            found.is_invalid = true;
            break;
        };
        let name = rest[..equals].trim_ascii().to_ascii_lowercase();
        let (content, after) = parameter_value(rest[equals + 1..].trim_ascii_start(), &mut found);
        rest = after.trim_ascii_start();
        let place = match name.as_slice() {
            b"name" => &mut found.name,
            b"filename" | b"filename*" => &mut found.filename,
            _ => continue,
        };
        if place.replace(content).is_some() && name != b"filename*" {
            found.is_invalid = true;
        }
    }
    found
}

/// A token or a quoted string, and what follows it.
fn parameter_value<'a>(rest: &'a [u8], found: &mut Disposition) -> (Vec<u8>, &'a [u8]) {
    let Some(quoted) = rest.strip_prefix(b"\"") else {
        // A single quote is no quote here, but another parser may think so.
        found.invalid_quoting |= rest.starts_with(b"'");
        let end = rest.iter().position(|b| *b == b';').unwrap_or(rest.len());
        return (rest[..end].trim_ascii_end().to_vec(), &rest[end..]);
    };
    let mut content = Vec::new();
    let mut at = 0;
    while at < quoted.len() {
        match quoted[at] {
            b'"' => return (content, &quoted[at + 1..]),
            // Only a quote and a backslash are escaped; browsers send other backslashes as they are.
            b'\\' if matches!(quoted.get(at + 1), Some(b'"' | b'\\')) => {
                content.push(quoted[at + 1]);
                at += 2;
            }
            byte => {
                content.push(byte);
                at += 1;
            }
        }
    }
    found.invalid_quoting = true;
    (content, b"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boundary_may_hold_the_word_and_there_is_one() {
        let found =
            |header: &str| boundary_parameter(header.as_bytes()).map(|rest| rest.escape_ascii().to_string());
        assert_eq!(found("multipart/form-data; boundary=boundary").expect("one"), "=boundary");
        assert_eq!(
            found("multipart/form-data; Boundary = --WebKitFormBoundaryx").expect("one"),
            " = --WebKitFormBoundaryx"
        );
        assert!(found("multipart/form-data; boundary=a; boundary =b").is_err());
        assert!(found("multipart/form-data; boundary").is_err());
    }

    #[test]
    fn names_are_read_with_their_quotes_and_oddities() {
        let plain = parameters(b" form-data; name=\"a\\\"b\"; filename=\"c:\\x.txt\"");
        assert_eq!(plain.name.as_deref(), Some(b"a\"b".as_slice()));
        assert_eq!(plain.filename.as_deref(), Some(b"c:\\x.txt".as_slice()));
        assert!(!plain.missing_semicolon && !plain.invalid_quoting && !plain.is_invalid);
        assert!(parameters(b"form-data; name=\"a\" filename=\"b\"").missing_semicolon);
        assert!(parameters(b"form-data; name='a'").invalid_quoting);
        assert!(parameters(b"form-data; name=a; name=b").is_invalid);
        assert!(parameters(b"attachment; name=a").is_invalid);
        assert!(parameters(b"form-data; name=\"a").invalid_quoting);
    }
}
