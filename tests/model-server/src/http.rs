//! As much of HTTP/1.1 (RFC 9112) as the server needs: requests with a length, responses whole or in chunks.

use std::future::pending;
use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

/// Longest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// Longest body of a request, in bytes.
const BODY_BYTES_MAX: usize = 4 << 20;

/// A request that came.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// The method.
    pub method: String,
    /// Path and query, as they were sent.
    pub path: String,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; null where it is empty or no JSON.
    pub body: Value,
}

impl Received {
    /// A header's value, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The next request of a connection; none when there is no other, or none that can be read. `buffer` keeps what was read ahead.
pub(crate) async fn read_request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if buffer.len() > HEAD_BYTES_MAX || socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let mut request = parse_head(std::str::from_utf8(&buffer[..head_end]).ok()?)?;
    let length: usize = match request.header("content-length") {
        Some(length) => length.parse().ok()?,
        None => 0,
    };
    if length > BODY_BYTES_MAX {
        return None;
    }
    let end = head_end + 4 + length;
    while buffer.len() < end {
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    request.body = serde_json::from_slice(&buffer[head_end + 4..end]).unwrap_or(Value::Null);
    buffer.drain(..end);
    Some(request)
}

fn parse_head(head: &str) -> Option<Received> {
    let mut lines = head.split("\r\n");
    let mut start = lines.next()?.split(' ');
    let (method, path) = (start.next()?.to_owned(), start.next()?.to_owned());
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(Received { method, path, headers, body: Value::Null })
}

/// Waits until the client has closed the connection.
pub(crate) async fn gone(reader: &mut ReadHalf<'_>) {
    if let Ok(1..) = reader.peek(&mut [0]).await {
        // The next request, ahead of its time: it is read after this answer.
        pending().await
    }
}

/// Writes a response with a length.
pub(crate) async fn write_whole(
    writer: &mut WriteHalf<'_>,
    status: u16,
    headers: &[(String, String)],
    retry_after_s: Option<u32>,
    body: &str,
) -> io::Result<()> {
    let mut head = head(status, headers);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        head.push_str("content-type: application/json\r\n");
    }
    if let Some(seconds) = retry_after_s {
        head.push_str(&format!("retry-after: {seconds}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    writer.write_all(head.as_bytes()).await
}

/// The head of a response in chunks.
pub(crate) fn chunked_head(headers: &[(String, String)]) -> Vec<u8> {
    let mut head = head(200, headers);
    head.push_str("transfer-encoding: chunked\r\n\r\n");
    head.into_bytes()
}

fn head(status: u16, headers: &[(String, String)]) -> String {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head
}

/// One chunk. Empty bytes are no chunk, which would end the response.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// The end of a response in chunks.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
