//! What a strict server refuses of a request's head, and Pingora lets through.
//!
//! Pingora itself answers 400 to a header name that is no token, a folded line, a repeated `Host`, lengths that differ and
//! codings that do not end in `chunked`, and 405 to CONNECT. It writes spaces and control bytes of a target as escapes before
//! anyone sees them, so that filters and upstreams read the same. What is left is here, by the bytes as they came: of a length
//! beside a coding, and of a fragment, nothing is left in the head that Pingora hands over.

use chat::{Code, Problem};
use pingora_core::protocols::http::ServerSession;

use super::exchange::Refused;

/// Why a head is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadError {
    /// A line ends with a line feed alone. RFC 9112 section 2.2 lets a server take it for a line's end, and another server does
    /// not: the two read different headers.
    BareLineFeed,
    /// RFC 9112 section 3.2: a target is a path, a URI, or `*` for OPTIONS. It has no fragment and no control bytes. Letters
    /// beyond ASCII that are UTF-8 stand in what old clients send, and filters and site see them as they are.
    Target,
    /// RFC 9112 section 3.2: HTTP/1.1 needs exactly one `Host`.
    NoHost,
    /// The same: it is a host, with or without a port.
    Host,
    /// RFC 9112 section 6.1: a length beside a coding is how requests are smuggled.
    TwoFramings,
    /// A length that is given twice, or as a list. RFC 9110 section 8.6 lets a server refuse it, the same number or not.
    TwoLengths,
    /// RFC 9112 section 6.1: the only coding that is read here is `chunked`, once.
    Coding,
}

impl HeadError {
    /// What the client is told.
    const fn detail(self) -> &'static str {
        match self {
            Self::BareLineFeed => "End each line of the head with CR LF.",
            Self::Target => {
                "The address has a fragment, a control byte, or bytes that are not UTF-8; percent-encode them."
            }
            Self::NoHost => "Send a Host header.",
            Self::Host => "The Host header is not a host name with or without a port.",
            Self::TwoFramings => "Send either Content-Length or Transfer-Encoding, not both.",
            Self::TwoLengths => "Send one Content-Length.",
            Self::Coding => "Send the body with a Content-Length, or with `transfer-encoding: chunked`.",
        }
    }
}

impl From<HeadError> for Refused {
    fn from(error: HeadError) -> Self {
        Problem::new(Code::Malformed, error.detail()).into()
    }
}

/// Holds a request's head to what a strict server takes.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(session: &ServerSession) -> Result<(), HeadError> {
    if session.is_http2() {
        // Frames instead of lines, one framing, and an authority that Pingora has held to `Host`: what is left is the target.
        let head = session.req_header();
        let host = head.headers.get(http::header::HOST).map(http::HeaderValue::as_bytes);
        let host = host.or_else(|| head.uri.authority().map(|authority| authority.as_str().as_bytes()));
        check_target(head.method.as_str().as_bytes(), head.raw_path())?;
        return if host.is_some_and(is_host) { Ok(()) } else { Err(HeadError::Host) };
    }
    check_bytes(&session.to_h1_raw())
}

/// The same of the bytes of a head that Pingora has read: lines, each but the first a name, a colon and a value.
fn check_bytes(raw: &[u8]) -> Result<(), HeadError> {
    let is_bare = |(at, byte): (usize, &u8)| *byte == b'\n' && (at == 0 || raw[at - 1] != b'\r');
    if raw.iter().enumerate().any(is_bare) {
        return Err(HeadError::BareLineFeed);
    }
    let mut lines = raw.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    // RFC 9112 section 2.2: an empty line before the request line is passed over.
    let first = lines.find(|line| !line.is_empty()).ok_or(HeadError::Target)?;
    let mut framing = Framing::default();
    for line in lines {
        if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            framing.note(&line[..colon], line[colon + 1..].trim_ascii_start());
        }
    }
    let mut parts = first.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(HeadError::Target);
    };
    check_target(method, target)?;
    framing.check(version == b"HTTP/1.0")
}

fn check_target(method: &[u8], target: &[u8]) -> Result<(), HeadError> {
    let is_plain = |byte: &u8| (byte.is_ascii_graphic() && *byte != b'#') || !byte.is_ascii();
    let is_visible = target.iter().all(is_plain) && std::str::from_utf8(target).is_ok();
    let is_known = match target {
        [b'/', ..] => true,
        b"*" => method == b"OPTIONS",
        // Pingora has held its authority to `Host`.
        _ => {
            let authority = target.windows(3).position(|window| window == b"://");
            authority.is_some_and(|at| target[..at].first().is_some_and(u8::is_ascii_alphabetic))
        }
    };
    if is_visible && is_known { Ok(()) } else { Err(HeadError::Target) }
}

/// The headers that say where a request goes and where it ends.
#[derive(Default)]
struct Framing<'a> {
    host: Option<&'a [u8]>,
    length: Option<&'a [u8]>,
    lengths: usize,
    coding: Option<&'a [u8]>,
    codings: usize,
}

impl<'a> Framing<'a> {
    fn note(&mut self, name: &[u8], value: &'a [u8]) {
        if name.eq_ignore_ascii_case(b"host") {
            // Of two Pingora has told.
            self.host = Some(value);
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.length = Some(value);
            self.lengths += 1;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.coding = Some(value);
            self.codings += 1;
        }
    }

    fn check(&self, is_http_1_0: bool) -> Result<(), HeadError> {
        match self.host {
            None if is_http_1_0 => {}
            None => return Err(HeadError::NoHost),
            Some(b"") if is_http_1_0 => {}
            Some(host) if is_host(host) => {}
            Some(_) => return Err(HeadError::Host),
        }
        if self.length.is_some() && self.coding.is_some() {
            return Err(HeadError::TwoFramings);
        }
        if self.lengths > 1 || self.length.is_some_and(|length| !length.iter().all(u8::is_ascii_digit)) {
            return Err(HeadError::TwoLengths);
        }
        let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
        if self.codings > 1 || self.coding.is_some_and(|coding| !is_chunked(coding)) {
            return Err(HeadError::Coding);
        }
        Ok(())
    }
}

/// A name or an address, with or without a port (RFC 3986 section 3.2.2), without escapes: no name has any.
fn is_host(host: &[u8]) -> bool {
    let colon = host.iter().rposition(|byte| *byte == b':').filter(|colon| !host[*colon..].contains(&b']'));
    let (name, port) = colon.map_or((host, &b""[..]), |colon| (&host[..colon], &host[colon + 1..]));
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let is_address = |inner: &[u8]| inner.iter().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    let is_named = match name.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) {
        Some(inner) => !inner.is_empty() && is_address(inner),
        None => !name.is_empty() && name.iter().all(is_name),
    };
    is_named && port.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(line: &str, headers: &str) -> Result<(), HeadError> {
        check_bytes(format!("{line}\r\n{headers}\r\n").as_bytes())
    }

    fn get(headers: &str) -> Result<(), HeadError> {
        head("GET / HTTP/1.1", headers)
    }

    #[test]
    fn a_request_of_a_browser_is_taken() {
        assert_eq!(get("Host: shop.example.com\r\nAccept: */*\r\n"), Ok(()));
        assert_eq!(head("POST /a?b=%20c HTTP/1.1", "host: [::1]:8080\r\ncontent-length: 3\r\n"), Ok(()));
        assert_eq!(get("Host: h:80\r\nTransfer-Encoding: Chunked\r\n"), Ok(()));
        assert_eq!(check_bytes(b"\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), Ok(()));
        assert_eq!(head("OPTIONS * HTTP/1.1", "Host: h\r\n"), Ok(()));
        assert_eq!(head("GET http://h/ HTTP/1.1", "Host: h\r\n"), Ok(()));
        assert_eq!(head("GET / HTTP/1.0", ""), Ok(()));
    }

    #[test]
    fn a_target_is_visible_and_without_a_fragment() {
        assert_eq!(head("GET /caf\u{e9}?q=\u{6f2b} HTTP/1.1", "Host: h\r\n"), Ok(()));
        assert_eq!(check_bytes(b"GET /caf\xe9 HTTP/1.1\r\nHost: h\r\n\r\n"), Err(HeadError::Target));
        for target in ["/#a", "/a#", "/a\tb", "/a\u{7f}", "*", "example.com:443", "a", ""] {
            assert_eq!(
                head(&format!("GET {target} HTTP/1.1"), "Host: h\r\n"),
                Err(HeadError::Target),
                "{target}"
            );
        }
    }

    #[test]
    fn there_is_one_host_and_it_is_one() {
        assert_eq!(get("Accept: */*\r\n"), Err(HeadError::NoHost));
        for host in ["", "a b", "a/b", "a%00", "h:80x", "[::1", "\u{e9}", ":80", "u@h", "a,b", "[g]"] {
            assert_eq!(get(&format!("Host: {host}\r\n")), Err(HeadError::Host), "{host}");
        }
    }

    #[test]
    fn a_body_is_framed_in_one_way() {
        let framing = |headers: &str| get(&format!("Host: h\r\n{headers}\r\n"));
        assert_eq!(framing("Content-Length: 3\r\nTransfer-Encoding: chunked"), Err(HeadError::TwoFramings));
        assert_eq!(framing("transfer-encoding: chunked\r\nCONTENT-LENGTH: 3"), Err(HeadError::TwoFramings));
        for lengths in
            ["Content-Length: 3\r\nContent-Length: 3", "Content-Length: 3, 3", "Content-Length: +3"]
        {
            assert_eq!(framing(lengths), Err(HeadError::TwoLengths), "{lengths}");
        }
        for codings in [
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: identity",
            "Transfer-Encoding:",
        ] {
            assert_eq!(framing(codings), Err(HeadError::Coding), "{codings}");
        }
    }

    #[test]
    fn a_line_ends_with_two_bytes() {
        for bytes in [
            "GET / HTTP/1.1\nHost: h\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\n\n",
            "GET / HTTP/1.1\r\nHost: h\n\n",
        ] {
            assert_eq!(check_bytes(bytes.as_bytes()), Err(HeadError::BareLineFeed), "{bytes:?}");
        }
    }
}
