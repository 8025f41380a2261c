//! Raw bytes to a request, as a strict HTTP/1.1 server reads them (RFC 9112): what it must refuse is refused here.
//!
//! Header fields are read by `httparse`, which the edge's own server stands on. The request line is read here,
//! because a server that speaks only HTTP/1.0 and 1.1 refuses any other version before a rule can, while rules judge
//! versions too; a later version is let through to them.

/// The most header fields of a request.
const HEADERS_MAX: usize = 256;
/// The most bytes of a request's head.
const HEAD_BYTES_MAX: usize = 128 * 1024;

/// A request, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// The request target as it came.
    pub target: String,
    /// `HTTP/1.1`.
    pub version: String,
    /// Names and values in the order they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body as far as it came, its chunks joined.
    pub body: Vec<u8>,
    /// Whether all of the body came. A server has judged the head by the time that it knows.
    pub is_complete: bool,
}

/// Why bytes are no request that a server takes: a status and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {reason}")]
pub struct Refusal {
    /// What a server answers.
    pub status: u16,
    /// Why.
    pub reason: &'static str,
}

fn bad(reason: &'static str) -> Refusal {
    Refusal { status: 400, reason }
}

impl Request {
    /// Reads one request; bytes after it are another's.
    ///
    /// # Errors
    ///
    /// Where RFC 9110 or RFC 9112 has a server refuse a request, or lets it.
    pub fn parse(raw: &[u8]) -> Result<Request, Refusal> {
        // RFC 9112 section 2.2: empty lines before the request line are passed over.
        let raw = raw.strip_prefix(b"\r\n").unwrap_or(raw);
        let line_end = raw.iter().position(|byte| *byte == b'\n').ok_or(bad("no request line"))?;
        let line = raw[..line_end].strip_suffix(b"\r").unwrap_or(&raw[..line_end]);
        let (method, target, version) = request_line(line)?;
        let (headers, head_length) = headers(&raw[line_end + 1..])?;
        let mut request = Request { method, target, version, headers, body: Vec::new(), is_complete: true };
        request.check_host()?;
        (request.body, request.is_complete) = request.read_body(&raw[line_end + 1 + head_length..])?;
        // RFC 9112 section 6.3: of two lengths the chunks count, and who passes the request on takes the other out.
        if request.values("transfer-encoding").next().is_some() {
            request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
        }
        Ok(request)
    }

    /// The values of a header, by its name in any case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice())
    }

    /// RFC 9112 section 3.2: HTTP/1.1 needs exactly one `Host`, and it must be a host.
    fn check_host(&self) -> Result<(), Refusal> {
        let mut hosts = self.values("host");
        match (hosts.next(), hosts.next()) {
            (_, Some(_)) => Err(bad("more than one Host")),
            (None, None) if self.version == "HTTP/1.0" => Ok(()),
            (None, None) => Err(bad("no Host")),
            (Some(b""), None) if self.version == "HTTP/1.0" => Ok(()),
            (Some(host), None) if is_host(host) => Ok(()),
            (Some(_), None) => Err(bad("a Host that is no host")),
        }
    }

    /// RFC 9112 section 6.3.
    fn read_body(&self, rest: &[u8]) -> Result<(Vec<u8>, bool), Refusal> {
        let length = self.content_length()?;
        let mut codings = self.values("transfer-encoding");
        if let Some(coding) = codings.next() {
            if !coding.eq_ignore_ascii_case(b"chunked") || codings.next().is_some() {
                return Err(Refusal { status: 501, reason: "a transfer coding other than chunked" });
            }
            return Ok(dechunked(rest));
        }
        let length = length.unwrap_or(0);
        Ok((rest[..length.min(rest.len())].to_vec(), length <= rest.len()))
    }

    fn content_length(&self) -> Result<Option<usize>, Refusal> {
        let mut known = None;
        for value in self.values("content-length") {
            let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            let length =
                std::str::from_utf8(value).ok().filter(|_| digits).and_then(|text| text.parse().ok());
            let length: usize = length.ok_or(bad("a Content-Length that is no number"))?;
            if known.is_some_and(|known| known != length) {
                return Err(bad("Content-Lengths that differ"));
            }
            known = Some(length);
        }
        Ok(known)
    }
}

/// RFC 9112 section 3: three parts, one space between them.
fn request_line(line: &[u8]) -> Result<(String, String, String), Refusal> {
    let text = std::str::from_utf8(line).map_err(|_| bad("a request line that is no UTF-8"))?;
    let mut parts = text.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(bad("a request line that has not three parts"));
    };
    if method.is_empty() || !method.bytes().all(is_token) {
        return Err(bad("a method that is no token"));
    }
    match version.as_bytes() {
        [b'H', b'T', b'T', b'P', b'/', b'1'..=b'9'] => {}
        [b'H', b'T', b'T', b'P', b'/', b'1'..=b'9', b'.', b'0'..=b'9'] => {}
        _ => return Err(bad("a version that is none")),
    }
    if !is_target(method, target) {
        return Err(bad("a target that is none"));
    }
    Ok((method.to_owned(), target.to_owned(), version.to_owned()))
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 9112 section 3.2: a path, a URI, `*` for OPTIONS, or host and port for CONNECT. A target has no fragment.
fn is_target(method: &str, target: &str) -> bool {
    if target.bytes().any(|byte| byte == b'#' || byte.is_ascii_control()) {
        return false;
    }
    if method == "CONNECT" {
        let Some((host, port)) = target.rsplit_once(':') else { return false };
        return is_host(host.as_bytes()) && port.parse::<u16>().is_ok();
    }
    let has_scheme = target.split_once("://").is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
            && !rest.is_empty()
    });
    target.starts_with('/') || has_scheme || (target == "*" && method == "OPTIONS")
}

/// A name or an address, with or without a port (RFC 3986 section 3.2.2), without escapes: no name has any.
fn is_host(host: &[u8]) -> bool {
    let (name, port) = match host.iter().rposition(|byte| *byte == b':') {
        Some(colon) if !host[colon..].contains(&b']') => (&host[..colon], Some(&host[colon + 1..])),
        _ => (host, None),
    };
    let is_port = |port: &[u8]| port.iter().all(u8::is_ascii_digit);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let is_address = |inner: &[u8]| inner.iter().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    let named = match name.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) {
        Some(inner) => !inner.is_empty() && is_address(inner),
        None => !name.is_empty() && name.iter().all(is_name),
    };
    named && port.is_none_or(is_port)
}

type Headers = Vec<(String, Vec<u8>)>;

fn headers(rest: &[u8]) -> Result<(Headers, usize), Refusal> {
    let head = &rest[..rest.len().min(HEAD_BYTES_MAX)];
    let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
    match httparse::parse_headers(head, &mut room) {
        Ok(httparse::Status::Complete((length, headers))) => {
            let owned = headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec()));
            Ok((owned.collect(), length))
        }
        Ok(httparse::Status::Partial) => Err(bad("a head that does not end")),
        Err(_) => Err(bad("a header field that is none")),
    }
}

/// The chunks joined (RFC 9112 section 7.1), and whether they came to their end. Trailers are passed over.
fn dechunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(rest) {
        if size == 0 {
            return (body, true);
        }
        let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size));
        let Some((chunk, after)) = end.and_then(|end| Some((rest.get(start..end)?, &rest[end..]))) else {
            break;
        };
        body.extend_from_slice(chunk);
        let Some(after) = after.strip_prefix(b"\r\n") else { break };
        rest = after;
    }
    (body, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Request, Refusal> {
        Request::parse(text.as_bytes())
    }

    #[test]
    fn a_request_is_taken_apart() {
        let request =
            parse("POST /a?b HTTP/1.1\r\nHost: h:80\r\ncontent-length: 3\r\n\r\nabcdef").expect("a request");
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/a?b"));
        assert_eq!(request.values("HOST").collect::<Vec<_>>(), [b"h:80"]);
        assert_eq!((request.body.as_slice(), request.is_complete), (&b"abc"[..], true));
        let short = parse("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nab").expect("a head");
        assert_eq!((short.body.as_slice(), short.is_complete), (&b"ab"[..], false));
    }

    #[test]
    fn chunks_are_joined() {
        let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunked = |body: &str| {
            let request = parse(&format!("{head}{body}")).expect("a request");
            (request.body, request.is_complete)
        };
        assert_eq!(chunked("3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), (b"abcde".to_vec(), true));
        let both = head.replace("Host", "Content-Length: 9\r\nHost");
        let request = parse(&format!("{both}1\r\na\r\n0\r\n\r\n")).expect("chunks");
        assert_eq!((request.body.as_slice(), request.values("content-length").count()), (&b"a"[..], 0));
        for broken in ["3\r\nab", "x\r\n", "3\r\nabcd\r\n0\r\n\r\n", "ffffffffffffffff\r\nab"] {
            assert!(!chunked(broken).1, "{broken}");
        }
    }

    #[test]
    fn what_a_server_must_refuse_is_refused() {
        for line in [
            " GET / HTTP/1.1",
            "\tGET / HTTP/1.1",
            "GET  / HTTP/1.1",
            "GET / x HTTP/1.1",
            "GET /",
            "GET / ",
            "GET / HTTP/0.9",
            "GET / 1.1",
            "GET \\ HTTP/1.1",
            "GET /#a HTTP/1.1",
            "GET * HTTP/1.1",
            "CONNECT example.com HTTP/1.1",
            "G(T / HTTP/1.1",
        ] {
            assert!(parse(&format!("{line}\r\nHost: h\r\n\r\n")).is_err(), "{line}");
        }
        for headers in [
            "",
            "Host:\r\n",
            "Host: a%00\r\n",
            "Host: a\r\nHost: a\r\n",
            "Host: a\r\nContent-Length: 3x\r\n",
            "Host: a\r\nContent-Length: 0\r\nContent-Length: 1\r\n",
            "Host: a\r\nTransfer-Encoding: gzip\r\n",
            "Host: a\r\nX : y\r\n",
            "Host: a\r\n x\r\n",
        ] {
            assert!(parse(&format!("GET / HTTP/1.1\r\n{headers}\r\n")).is_err(), "{headers}");
        }
    }

    #[test]
    fn what_rules_may_judge_is_let_through() {
        for line in
            ["OPTIONS * HTTP/1.1", "CONNECT a:443 HTTP/1.1", "|GET / HTTP/1.1", "GET http://h HTTP/4.0"]
        {
            assert!(parse(&format!("{line}\r\nHost: [::1]:80\r\n\r\n")).is_ok(), "{line}");
        }
        assert!(parse("GET / HTTP/1.0\r\n\r\n").is_ok());
        assert!(parse("GET / HTTP/1.0\r\nHost:\r\n\r\n").is_ok());
    }
}
