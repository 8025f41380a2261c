//! The head of a request, taken apart.

use super::collections::{Held, Table};
use super::store::{EMPTY, Problem, Store, ValueId};
use super::transaction::Transaction;
use crate::compile::BodyProcessor;
use crate::limits::COOKIES_MAX;
use crate::transform::decode_component;
use crate::variable::Variable;
use crate::{AnsweredRequest, RequestHead};

impl Transaction<'_> {
    pub(super) fn read_head(&mut self, head: &RequestHead<'_>) {
        self.read_connection(head);
        self.read_headers(Table::RequestHeaders, head.headers);
        self.read_target(head);
        self.read_cookies();
        self.read_known_headers();
        self.view_head();
    }

    /// What a response knows of the request that it answers.
    pub(super) fn read_answered(&mut self, request: &AnsweredRequest<'_>) {
        self.text(Variable::UniqueId, request.unique_id);
        self.text(Variable::RequestMethod, request.method);
        let path = self.text(Variable::RequestUri, request.path);
        self.collections.set(Variable::RequestUriRaw, Held::Value(path));
        self.read_path(request.path);
    }

    fn text(&mut self, variable: Variable, text: &str) -> ValueId {
        let value = self.store.push(text.as_bytes());
        self.collections.set(variable, Held::Value(value));
        value
    }

    fn read_connection(&mut self, head: &RequestHead<'_>) {
        let address = self.text(Variable::RemoteAddr, head.client_address);
        self.collections.set(Variable::RemoteHost, Held::Value(address));
        self.collections.set(Variable::RemotePort, Held::Number(i64::from(head.client_port)));
        self.text(Variable::ServerAddr, head.server_address);
        self.collections.set(Variable::ServerPort, Held::Number(i64::from(head.server_port)));
        self.text(Variable::UniqueId, head.unique_id);
    }

    /// Method, target and protocol; the request line is one value, and the others are parts of it.
    fn read_target(&mut self, head: &RequestHead<'_>) {
        let (method, uri, protocol) = (head.method, head.uri, head.protocol);
        let line = self.store.build(method.len() + uri.len() + protocol.len() + 2, |out| {
            for part in [method, " ", uri, " ", protocol] {
                out.extend_from_slice(part.as_bytes());
            }
        });
        let uri_start = method.len() + 1;
        let protocol_start = uri_start + uri.len() + 1;
        let raw = self.store.slice(line, uri_start, uri_start + uri.len());
        let origin_start = uri_start + authority_length(uri);
        let origin = self.store.slice(line, origin_start, uri_start + uri.len());
        for (variable, value) in [
            (Variable::RequestLine, line),
            (Variable::RequestMethod, self.store.slice(line, 0, method.len())),
            (
                Variable::RequestProtocol,
                self.store.slice(line, protocol_start, protocol_start + protocol.len()),
            ),
            (Variable::RequestUriRaw, raw),
            (Variable::RequestUri, if origin_start == uri_start { raw } else { origin }),
        ] {
            self.collections.set(variable, Held::Value(value));
        }
        let path_and_query = &uri[authority_length(uri)..];
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let query_start = protocol_start - 1 - query.len();
        let query_value = self.store.slice(line, query_start, query_start + query.len());
        self.collections.set(Variable::QueryString, Held::Value(query_value));
        self.read_path(path);
        self.read_arguments(Table::ArgsGet, query.as_bytes());
    }

    /// The path with its escapes resolved once, as the application will see it.
    fn read_path(&mut self, path: &str) {
        let path = path.split('#').next().unwrap_or("");
        let filename = self.store.build(path.len(), |out| {
            decode_component(path.as_bytes(), false, out);
        });
        let bytes = self.store.get(filename);
        let start = bytes.iter().rposition(|b| matches!(b, b'/' | b'\\')).map_or(0, |at| at + 1);
        let length = bytes.len();
        let basename = self.store.slice(filename, start, length);
        self.collections.set(Variable::RequestFilename, Held::Value(filename));
        self.collections.set(Variable::RequestBasename, Held::Value(basename));
    }

    /// `a=1&b=2`, each name and value with its escapes resolved once.
    pub(super) fn read_arguments(&mut self, table: Table, encoded: &[u8]) {
        if encoded.is_empty() {
            return;
        }
        for pair in encoded.split(|b| *b == b'&') {
            if pair.is_empty() {
                continue;
            }
            let equals = memchr::memchr(b'=', pair);
            let (name, value) =
                equals.map_or((pair, &pair[pair.len()..]), |at| (&pair[..at], &pair[at + 1..]));
            let (name, name_valid) = decoded(&mut self.store, name);
            let (value, value_valid) = decoded(&mut self.store, value);
            if !(name_valid && value_valid) {
                self.collections.flag(Variable::UrlencodedError);
            }
            if !self.collections.add_argument(table, name, value, &mut self.store) {
                return;
            }
        }
    }

    /// Every `Cookie` header; a cookie's value is not encoded in any agreed way, so it stays as it is.
    fn read_cookies(&mut self) {
        for index in 0..self.collections.table(Table::RequestHeaders).len() {
            let entry = self.collections.table(Table::RequestHeaders)[index];
            if !self.store.get(entry.name).eq_ignore_ascii_case(b"cookie") {
                continue;
            }
            let header = entry.value;
            let length = self.store.len(header);
            let mut start = 0;
            while start < length {
                let end =
                    memchr::memchr(b';', &self.store.get(header)[start..]).map_or(length, |at| start + at);
                self.read_cookie(header, start, end);
                start = end + 1;
            }
        }
    }

    fn read_cookie(&mut self, header: ValueId, start: usize, end: usize) {
        let cookie = &self.store.get(header)[start..end];
        let blank = cookie.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let equals = memchr::memchr(b'=', cookie).unwrap_or(cookie.len()).max(blank);
        if blank == cookie.len() {
            return;
        }
        if self.collections.table(Table::Cookies).len() >= COOKIES_MAX {
            self.store.report(Problem::Cookies);
            return;
        }
        let name = self.store.slice(header, start + blank, start + equals);
        let value =
            if start + equals < end { self.store.slice(header, start + equals + 1, end) } else { EMPTY };
        self.collections.add(Table::Cookies, name, value, &self.store);
    }

    fn read_known_headers(&mut self) {
        if let Some(host) = self.collections.find(Table::RequestHeaders, b"host", &self.store) {
            let end = host_length(self.store.get(host));
            let name = self.store.slice(host, 0, end);
            self.collections.set(Variable::ServerName, Held::Value(name));
        }
        if let Some(value) = self.collections.find(Table::RequestHeaders, b"authorization", &self.store) {
            let end = self.store.get(value).iter().position(|b| *b == b' ').unwrap_or(0);
            let scheme = self.store.slice(value, 0, end);
            self.collections.set(Variable::AuthType, Held::Value(scheme));
        }
        if let Some(value) = self.collections.find(Table::RequestHeaders, b"content-type", &self.store) {
            let processor = processor_for(self.store.get(value));
            if processor != BodyProcessor::None {
                self.choose_processor(processor);
            }
        }
    }
}

fn decoded(store: &mut Store, encoded: &[u8]) -> (ValueId, bool) {
    if encoded.is_empty() {
        return (EMPTY, true);
    }
    let mut valid = true;
    let value = store.build(encoded.len(), |out| {
        if memchr::memchr2(b'%', b'+', encoded).is_none() {
            out.extend_from_slice(encoded);
        } else {
            valid = decode_component(encoded, true, out);
        }
    });
    (value, valid)
}

/// The length of `http://host` before the path of an absolute target (RFC 9112 section 3.2.2).
fn authority_length(uri: &str) -> usize {
    if uri.starts_with('/') {
        return 0;
    }
    match uri.find("://") {
        Some(scheme) if uri[..scheme].bytes().all(|b| b.is_ascii_alphanumeric()) => {
            let rest = &uri[scheme + 3..];
            scheme + 3 + rest.find(['/', '?']).unwrap_or(rest.len())
        }
        _ => 0,
    }
}

/// Where the port of a `Host` begins.
fn host_length(host: &[u8]) -> usize {
    let bracket = host.iter().rposition(|b| *b == b']').unwrap_or(0);
    host[bracket..].iter().position(|b| *b == b':').map_or(host.len(), |at| bracket + at)
}

/// Who reads a body of this type. JSON and XML are read without being asked to: what is not read is not inspected.
fn processor_for(content_type: &[u8]) -> BodyProcessor {
    let end = content_type.iter().position(|b| matches!(b, b';' | b',')).unwrap_or(content_type.len());
    let media = content_type[..end].trim_ascii();
    let is = |name: &[u8]| media.eq_ignore_ascii_case(name);
    let ends = |suffix: &[u8]| {
        media.len() > suffix.len() && media[media.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
    };
    if is(b"application/x-www-form-urlencoded") {
        BodyProcessor::Urlencoded
    } else if is(b"multipart/form-data") {
        BodyProcessor::Multipart
    } else if is(b"application/json") || is(b"text/json") || ends(b"+json") {
        BodyProcessor::Json
    } else if is(b"application/xml") || is(b"text/xml") || ends(b"+xml") {
        BodyProcessor::Xml
    } else {
        BodyProcessor::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_target_loses_its_authority() {
        for (uri, rest) in [
            ("/a://b", "/a://b"),
            ("http://h/p?q", "/p?q"),
            ("https://h?q", "?q"),
            ("*", "*"),
            ("http://h", ""),
        ] {
            assert_eq!(&uri[authority_length(uri)..], rest, "{uri}");
        }
    }

    #[test]
    fn the_content_type_chooses_who_reads_the_body() {
        for (media, processor) in [
            ("application/json; charset=utf-8", BodyProcessor::Json),
            ("Application/Problem+JSON", BodyProcessor::Json),
            ("text/xml", BodyProcessor::Xml),
            ("application/x-www-form-urlencoded", BodyProcessor::Urlencoded),
            ("multipart/form-data; boundary=x", BodyProcessor::Multipart),
            ("text/plain", BodyProcessor::None),
            ("+json", BodyProcessor::None),
        ] {
            assert_eq!(processor_for(media.as_bytes()), processor, "{media}");
        }
    }

    #[test]
    fn a_host_loses_its_port() {
        for (host, length) in [("example.com:80", 11), ("example.com", 11), ("[::1]:80", 5), ("[::1]", 5)] {
            assert_eq!(host_length(host.as_bytes()), length, "{host}");
        }
    }
}
