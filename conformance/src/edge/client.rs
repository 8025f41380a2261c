//! Bytes over TCP, and the answer: no client library would send what these tests send.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for more of an answer. The edge gives up on a client that sends no more after 10 s.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// Most header fields of an answer.
const HEADERS_MAX: usize = 128;
/// Largest answer.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An answer, or none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// None when the connection ended, or was silent for too long, without one.
    pub(super) status: Option<u16>,
    headers: Vec<(String, String)>,
    /// Head and body as they came.
    pub(super) bytes: Vec<u8>,
}

impl Reply {
    /// The first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Sends these bytes on a connection of their own and reads the answer to its end. `is_all` says that nothing follows them, which
/// the other side is told as well.
pub(super) fn send(address: SocketAddr, raw: &[u8], is_all: bool) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    stream.set_write_timeout(Some(SILENCE_MAX))?;
    // A server that has refused already may have closed, which the answer tells.
    let _ = stream.write_all(raw);
    if is_all {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let is_head = raw.starts_with(b"HEAD ");
    let (mut received, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        if let Some((reply, Framing::Whole)) = read(&received, is_head) {
            return Ok(reply);
        }
        match stream.read(&mut buffer) {
            // Closed, reset or silent: what has come is all there is.
            Ok(0) | Err(_) => {
                return Ok(read(&received, is_head).map(|(reply, _)| reply).unwrap_or_default());
            }
            Ok(count) if received.len() + count > ANSWER_BYTES_MAX => {
                return Err(io::Error::other(format!("an answer of more than {ANSWER_BYTES_MAX} bytes")));
            }
            Ok(count) => received.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Whether more is to come.
#[derive(Debug, PartialEq, Eq)]
enum Framing {
    Whole,
    More,
}

/// The answer as far as it has come; none before its head is there. Interim answers are passed over.
fn read(received: &[u8], is_head: bool) -> Option<(Reply, Framing)> {
    let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut room);
    let Ok(httparse::Status::Complete(head_length)) = response.parse(received) else { return None };
    let status = response.code?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers: Vec<(String, String)> =
        response.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    let body = &received[head_length..];
    if (100..200).contains(&status) && status != 101 {
        return read(body, is_head);
    }
    let reply = Reply { status: Some(status), headers, bytes: received.to_vec() };
    let has_body = !is_head && !matches!(status, 101 | 204 | 304);
    let is_whole = !has_body || is_whole(&reply, body);
    Some((reply, if is_whole { Framing::Whole } else { Framing::More }))
}

/// Whether a body has come to its end. One that says nothing of its length ends with the connection.
fn is_whole(reply: &Reply, body: &[u8]) -> bool {
    if reply.header("transfer-encoding").is_some() {
        return is_last_chunk_there(body);
    }
    let length = reply.header("content-length").and_then(|length| length.parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length)
}

fn is_last_chunk_there(mut body: &[u8]) -> bool {
    const END_OF_CHUNK: usize = 2;
    while let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(body) {
        if size == 0 {
            return body.ends_with(b"\r\n\r\n");
        }
        let end = usize::try_from(size).ok().and_then(|size| size.checked_add(start + END_OF_CHUNK));
        let Some(rest) = end.and_then(|end| body.get(end..)) else { return false };
        body = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(Option<u16>, bool)> {
        let (reply, framing) = read(text.as_bytes(), false)?;
        Some((reply.status, framing == Framing::Whole))
    }

    #[test]
    fn an_answer_ends_where_it_says() {
        assert_eq!(parsed("HTTP/1.1 200 OK\r\ncontent-le"), None);
        let head = "HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\n";
        assert_eq!(parsed(head), Some((Some(403), false)));
        assert_eq!(parsed(&format!("{head}ab")), Some((Some(403), true)));
        assert_eq!(parsed("HTTP/1.1 204 No\r\n\r\n"), Some((Some(204), true)));
        assert_eq!(parsed("HTTP/1.1 200 OK\r\n\r\nuntil it closes"), Some((Some(200), false)));
        let head = read(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", true);
        assert!(head.is_some_and(|(_, framing)| framing == Framing::Whole));
    }

    #[test]
    fn chunks_end_with_the_last_one() {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert_eq!(parsed(&format!("{head}2\r\nab\r\n")), Some((Some(200), false)));
        assert_eq!(parsed(&format!("{head}2\r\nab\r\n0\r\n")), Some((Some(200), false)));
        assert_eq!(parsed(&format!("{head}2\r\nab\r\n0\r\n\r\n")), Some((Some(200), true)));
    }

    #[test]
    fn an_interim_answer_is_passed_over() {
        let text = "HTTP/1.1 100 Continue\r\n\r\n";
        assert_eq!(parsed(text), None);
        assert_eq!(
            parsed(&format!("{text}HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n")),
            Some((Some(404), true))
        );
    }

    #[test]
    fn who_closes_without_an_answer_gives_none() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || drop(listener.accept()));
        assert_eq!(send(address, b"nonsense", true).expect("no fault"), Reply::default());
    }
}
