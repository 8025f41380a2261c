//! The backend that the Core Rule Set's tests expect, listening: [`ftw::backend`] behind HTTP/1.1.
//!
//! A thread a connection; the edge has a few, one after the other.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use ftw::backend::{self, Answer};
use ftw::http::Request;

/// Longest silence on a connection.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Largest request. The edge's own bound on bodies is far below.
const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Serves on a free port of the loopback until the program ends.
///
/// # Errors
/// There is no free port.
pub fn serve() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that breaks is its client's business.
            std::thread::spawn(move || drop(connection(stream)));
        }
    });
    Ok(address)
}

/// Answers what comes on a connection, one request after the other. Nothing is sent ahead: the edge waits for its answers.
fn connection(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(SILENCE_MAX))?;
    stream.set_nodelay(true)?;
    let (mut received, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 || received.len() + read > REQUEST_BYTES_MAX {
            return Ok(());
        }
        received.extend_from_slice(&buffer[..read]);
        if let Some((answer, has_body)) = answered(&received) {
            stream.write_all(&written(&answer, has_body))?;
            received.clear();
        }
    }
}

/// The answer, once the whole request is there, and whether it goes with a body. What is no request by the letter is answered like
/// anything else: the server in front has let it pass.
fn answered(received: &[u8]) -> Option<(Answer, bool)> {
    if !received.windows(4).any(|window| window == b"\r\n\r\n") {
        return None;
    }
    let (answer, method) = match Request::parse(received) {
        Ok(request) if request.is_complete => (backend::answer(&request), request.method),
        Ok(_) => return None,
        Err(_) => (Answer { status: 200, headers: Vec::new(), body: Vec::new() }, String::new()),
    };
    let has_body = method != "HEAD" && !matches!(answer.status, 100..200 | 204 | 304);
    Some((answer, has_body))
}

fn written(answer: &Answer, has_body: bool) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} Reflected\r\n", answer.status);
    // What frames the answer is ours to say.
    let framing = ["content-length", "transfer-encoding", "connection"];
    let is_framing = |name: &str| framing.iter().any(|known| name.eq_ignore_ascii_case(known));
    for (name, value) in answer.headers.iter().filter(|(name, _)| !is_framing(name)) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if has_body {
        head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    if has_body {
        bytes.extend_from_slice(&answer.body);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stream: &mut TcpStream, parts: &[&str]) -> String {
        for part in parts {
            stream.write_all(part.as_bytes()).expect("a connection");
        }
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).expect("an answer");
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    }

    #[test]
    fn it_answers_what_it_is_told_again_and_again() {
        let mut stream = TcpStream::connect(serve().expect("a port")).expect("a backend");
        let body = r#"{"status":500,"headers":{"X-A":"b","Content-Length":"99"},"body":"hello"}"#;
        let head = format!("POST /reflect HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len());
        let answer = told(&mut stream, &[&head, body]);
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(
            answer.contains("\r\nX-A: b\r\n") && answer.contains("\r\nContent-Length: 5\r\n"),
            "{answer}"
        );
        assert!(answer.ends_with("\r\n\r\nhello") && !answer.contains("99"), "{answer}");
        let plain = told(&mut stream, &["GET / HTTP/1.1\r\nHo", "st: h\r\n\r\n"]);
        assert!(plain.starts_with("HTTP/1.1 200 "), "{plain}");
    }

    #[test]
    fn a_head_request_is_answered_without_a_body() {
        let (answer, has_body) = answered(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").expect("an answer");
        assert!(!has_body && written(&answer, has_body).ends_with(b"\r\n\r\n"));
        assert!(answered(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na").is_none());
        assert!(answered(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n").is_some());
    }
}
