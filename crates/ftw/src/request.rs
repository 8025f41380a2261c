//! A test's input to the bytes that go over the wire, as go-ftw writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::schema::{Header, Input};
use crate::template;

const FORM: &str = "application/x-www-form-urlencoded";

/// The bytes of a request to `uri`; the error is a sentence.
pub(crate) fn bytes(input: &Input, uri: &str) -> Result<Vec<u8>, String> {
    if let Some(encoded) = input.encoded_request.as_deref().filter(|encoded| !encoded.is_empty()) {
        return decode(encoded).ok_or_else(|| "`encoded_request` is no base64".to_owned());
    }
    let method = input.method.as_deref().unwrap_or("GET");
    let version = input.version.as_deref().unwrap_or("HTTP/1.1");
    let mut headers = input.headers.clone();
    let mut data = body(input)?;
    let completes = input.autocomplete_headers.unwrap_or(!input.stop_magic.unwrap_or(false));
    if completes && !data.is_empty() {
        if !has(&headers, "content-type") {
            headers.push(Header { name: "Content-Type".into(), value: FORM.into() });
        }
        if headers.iter().any(|header| is(header, "content-type") && header.value.eq_ignore_ascii_case(FORM))
        {
            data = as_form(data);
        }
    }
    if headers.iter().any(|header| {
        is(header, "content-type") && header.value.to_ascii_lowercase().contains("multipart/form-data;")
    }) {
        data = with_crlf(&data);
    }
    if completes {
        complete(&mut headers, method, data.len());
    }
    let mut out = format!("{method} {uri} {version}\r\n").into_bytes();
    for Header { name, value } in &headers {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&data);
    Ok(out)
}

fn body(input: &Input) -> Result<Vec<u8>, String> {
    match (&input.data, &input.encoded_data) {
        (Some(data), _) => Ok(template::fill(data).into_bytes()),
        (None, Some(encoded)) => decode(encoded).ok_or_else(|| "`encoded_data` is no base64".to_owned()),
        (None, None) => Ok(Vec::new()),
    }
}

/// Base64 over several lines, as YAML may break it.
fn decode(encoded: &str) -> Option<Vec<u8>> {
    let joined: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(joined).ok()
}

fn is(header: &Header, lower: &str) -> bool {
    header.name.eq_ignore_ascii_case(lower)
}

fn has(headers: &[Header], lower: &str) -> bool {
    headers.iter().any(|header| is(header, lower))
}

fn complete(headers: &mut Vec<Header>, method: &str, length: usize) {
    if !has(headers, "connection") {
        headers.push(Header { name: "Connection".into(), value: "close".into() });
    }
    // go-ftw's own test for a method with a body, `^POST|PUT|PATCH|DELETE$`, which alternates less than it looks.
    let takes_body = method.starts_with("POST")
        || method.contains("PUT")
        || method.contains("PATCH")
        || method.ends_with("DELETE");
    if !has(headers, "content-length") && (length > 0 || takes_body) {
        headers.push(Header { name: "Content-Length".into(), value: length.to_string() });
    }
}

fn with_crlf(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + data.len() / 16);
    for byte in data {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// Escapes a form's names and values, unless it is escaped: then unescaping changes it (or fails).
fn as_form(data: Vec<u8>) -> Vec<u8> {
    if data.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return data;
    }
    let escaped = data.split(|byte| *byte == b'&').map(|pair| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=').map(query_escape);
        let name = parts.next().unwrap_or_default();
        parts.next().map_or(name.clone(), |value| [name, value].join(&b"="[..]))
    });
    let joined: Vec<Vec<u8>> = escaped.collect();
    // An ampersand at the end adds no empty pair.
    let count = joined.len() - usize::from(data.ends_with(b"&"));
    joined[..count].join(&b"&"[..])
}

/// Go's `url.QueryEscape`.
fn query_escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b if b.is_ascii_alphanumeric() || b"-_.~".contains(b) => out.push(*b),
            b => out.extend_from_slice(format!("%{b:02X}").as_bytes()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(input: &Input) -> String {
        String::from_utf8(bytes(input, input.uri.as_deref().unwrap_or("/")).expect("a request"))
            .expect("text")
    }

    fn header(name: &str, value: &str) -> Header {
        Header { name: name.into(), value: value.into() }
    }

    #[test]
    fn a_plain_request_is_completed() {
        let input = Input { headers: vec![header("Host", "localhost")], ..Input::default() };
        assert_eq!(text(&input), "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let bare = Input { stop_magic: Some(true), ..input.clone() };
        assert_eq!(text(&bare), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let post = Input { method: Some("POST".into()), ..input };
        assert!(text(&post).ends_with("Connection: close\r\nContent-Length: 0\r\n\r\n"));
    }

    #[test]
    fn a_form_is_escaped_unless_it_is() {
        let form = |data: &str| {
            let input = Input { data: Some(data.into()), ..Input::default() };
            text(&input).split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).expect("a body")
        };
        assert_eq!(form("a=b c&d=<e>=&f"), "a=b+c&d=%3Ce%3E%3D&f");
        assert_eq!(form("a=b%20c&d=<e>"), "a=b%20c&d=<e>");
        assert_eq!(form("a=b&"), "a=b");
        assert_eq!(form("100%"), "100%");
    }

    #[test]
    fn a_multipart_body_has_network_line_ends_and_its_own_length() {
        let input = Input {
            data: Some("--b\nx\n--b--\n".into()),
            headers: vec![header("content-type", "multipart/form-data; boundary=b")],
            ..Input::default()
        };
        let sent = text(&input);
        assert!(sent.contains("Content-Length: 15\r\n"), "{sent}");
        assert!(sent.ends_with("\r\n\r\n--b\r\nx\r\n--b--\r\n"), "{sent}");
    }

    #[test]
    fn an_encoded_request_is_sent_as_it_is() {
        let input = Input { encoded_request: Some("R0VUIC8g\nSFRUUA==".into()), ..Input::default() };
        assert_eq!(text(&input), "GET / HTTP");
        let broken = Input { encoded_request: Some("?".into()), ..Input::default() };
        assert!(bytes(&broken, "/").is_err());
    }
}
