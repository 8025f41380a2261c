//! XML, as far as rules need it: all text (`XML:/*`) and all attribute values (`XML://@*`).
//!
//! No document type is read and no entity but the five predefined ones and character references is expanded; nothing is
//! ever fetched. A document that declares entities is an error, because an application might expand them.

use super::Stopped;
use crate::engine::collections::Table;
use crate::engine::store::EMPTY;
use crate::engine::transaction::Transaction;
use crate::transform::Transform;

/// Nesting of elements.
const DEPTH_MAX: usize = 256;
/// Attributes of a document.
const ATTRIBUTES_MAX: usize = 4_096;
/// Texts that are looked at one by one; all of them are looked at together.
const TEXTS_MAX: usize = 1_024;

impl Transaction<'_> {
    pub(super) fn read_xml(&mut self, body: &[u8]) -> Result<(), Stopped> {
        let mut document = Document::default();
        let outcome = document.read(body);
        let text = self.store.push(&document.text);
        self.collections.add(Table::XmlText, EMPTY, text, &self.store);
        for (name, value) in &document.attributes {
            let name = self.store.push(name);
            let value = self.store.push(value);
            self.collections.add(Table::XmlAttributes, name, value, &self.store);
        }
        self.view_body(&document.texts);
        outcome
    }
}

#[derive(Debug, Default)]
struct Document {
    text: Vec<u8>,
    /// Where in it each text between two tags stands.
    texts: Vec<(usize, usize)>,
    texts_end: usize,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Document {
    fn read(&mut self, body: &[u8]) -> Result<(), Stopped> {
        let mut open: Vec<&[u8]> = Vec::new();
        let mut roots = 0;
        let mut rest = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        while !rest.is_empty() {
            let Some(tag) = memchr::memchr(b'<', rest) else {
                self.characters(rest);
                break;
            };
            self.characters(&rest[..tag]);
            rest = &rest[tag + 1..];
            rest = if let Some(after) = rest.strip_prefix(b"!--") {
                past(after, b"-->")?
            } else if let Some(after) = rest.strip_prefix(b"![CDATA[") {
                let end = past(after, b"]]>")?;
                self.text.extend_from_slice(&after[..after.len() - end.len() - 3]);
                end
            } else if rest.starts_with(b"?") {
                past(rest, b"?>")?
            } else if rest.starts_with(b"!") {
                return Err("XML with a document type".to_owned());
            } else {
                self.end_text();
                let (end, is_root) = self.tag(rest, &mut open)?;
                roots += usize::from(is_root);
                end
            };
        }
        match (open.is_empty(), roots) {
            (false, _) => Err("XML with an element that is not closed".to_owned()),
            (true, 1) => Ok(()),
            (true, _) => Err("XML without a single root element".to_owned()),
        }
    }

    /// Notes the text since the last tag, without the white space around it.
    fn end_text(&mut self) {
        let start = self.texts_end;
        let text = &self.text[start..];
        let lead = text.len() - text.trim_ascii_start().len();
        let trimmed = text.trim_ascii().len();
        self.texts_end = self.text.len();
        if trimmed > 0 && self.texts.len() < TEXTS_MAX {
            self.texts.push((start + lead, start + lead + trimmed));
        }
    }

    fn characters(&mut self, raw: &[u8]) {
        if memchr::memchr(b'&', raw).is_some() {
            Transform::HtmlEntityDecode.apply(raw, &mut self.text);
        } else {
            self.text.extend_from_slice(raw);
        }
    }

    /// A tag after its `<`; what follows it, and whether it opened a root.
    fn tag<'a>(&mut self, rest: &'a [u8], open: &mut Vec<&'a [u8]>) -> Result<(&'a [u8], bool), Stopped> {
        let is_name = |b: &u8| !b.is_ascii_whitespace() && !b"<>/=\"'".contains(b);
        if let Some(closing) = rest.strip_prefix(b"/") {
            let name = &closing[..closing.iter().take_while(|b| is_name(b)).count()];
            if open.pop() != Some(name) {
                return Err("XML with an element that is closed and was not open".to_owned());
            }
            let after = closing[name.len()..].trim_ascii_start();
            return after.strip_prefix(b">").map(|after| (after, false)).ok_or_else(broken_tag);
        }
        let name = &rest[..rest.iter().take_while(|b| is_name(b)).count()];
        if name.is_empty() {
            return Err(broken_tag());
        }
        let is_root = open.is_empty();
        let mut at = &rest[name.len()..];
        loop {
            at = at.trim_ascii_start();
            if let Some(after) = at.strip_prefix(b"/>") {
                return Ok((after, is_root));
            }
            if let Some(after) = at.strip_prefix(b">") {
                if open.len() >= DEPTH_MAX {
                    return Err(format!("XML nested more than {DEPTH_MAX} deep"));
                }
                open.push(name);
                return Ok((after, is_root));
            }
            at = self.attribute(at, is_name)?;
        }
    }

    fn attribute<'a>(&mut self, rest: &'a [u8], is_name: impl Fn(&u8) -> bool) -> Result<&'a [u8], Stopped> {
        let name = &rest[..rest.iter().take_while(|b| is_name(b)).count()];
        let after = rest[name.len()..].trim_ascii_start();
        let value = after.strip_prefix(b"=").map(<[u8]>::trim_ascii_start);
        let (Some(value), false) = (value, name.is_empty()) else { return Err(broken_tag()) };
        let Some(quote @ (b'"' | b'\'')) = value.first() else { return Err(broken_tag()) };
        let content = &value[1..];
        let end = memchr::memchr(*quote, content).ok_or_else(broken_tag)?;
        if self.attributes.len() >= ATTRIBUTES_MAX {
            return Err(format!("XML with more than {ATTRIBUTES_MAX} attributes"));
        }
        let mut decoded = Vec::new();
        Transform::HtmlEntityDecode.apply(&content[..end], &mut decoded);
        self.attributes.push((name.to_vec(), decoded));
        Ok(&content[end + 1..])
    }
}

fn broken_tag() -> Stopped {
    "XML with a broken tag".to_owned()
}

/// What follows `end`.
fn past<'a>(rest: &'a [u8], end: &[u8]) -> Result<&'a [u8], Stopped> {
    let at = memchr::memmem::find(rest, end).ok_or("XML that ends in the middle")?;
    Ok(&rest[at + end.len()..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> (Document, Result<(), Stopped>) {
        let mut document = Document::default();
        let outcome = document.read(text);
        (document, outcome)
    }

    #[test]
    fn text_and_attributes_are_found() {
        let (found, outcome) =
            read(b"<?xml version='1.0'?><a x='1&lt;'><b y=\"2\">se<!-- c -->lect</b><![CDATA[<z>]]></a>");
        assert_eq!(outcome, Ok(()));
        assert_eq!(found.text, b"select<z>");
        assert_eq!(found.attributes, [(b"x".to_vec(), b"1<".to_vec()), (b"y".to_vec(), b"2".to_vec())]);
    }

    #[test]
    fn a_document_that_declares_entities_is_an_error() {
        let (_, outcome) = read(b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>");
        assert!(outcome.is_err());
        for broken in ["<a>", "</a>", "<a></b>", "<a", "<a b>", "", "text", "<a/><b/>", "<a><!-- "] {
            assert!(read(broken.as_bytes()).1.is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![prop::sample::select(b"<>/!-?['\"=a ]&;".to_vec()), any::<u8>()], 0..80)) {
            let _ = read(&bytes);
        }
    }
}
