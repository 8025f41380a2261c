//! A keep-alive HTTP client that does little itself: it writes prepared bytes and reads a whole response.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A response, as far as it is looked at.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    /// Sends a request and reads its response, which has a `content-length`.
    pub(crate) async fn send(&mut self, request: &[u8]) -> anyhow::Result<Response> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head_end = loop {
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the connection was closed");
            }
        };
        let head = String::from_utf8_lossy(&self.buffer[..head_end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
        let length =
            header(&head, "content-length").and_then(|value| value.parse::<usize>().ok()).unwrap_or(0);
        while self.buffer.len() < head_end + length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the connection was closed");
            }
        }
        Ok(Response { status, head, body: self.buffer[head_end..head_end + length].to_vec() })
    }

    /// Sends the same request so many times; gives each time, shortest first.
    pub(crate) async fn times(&mut self, request: &[u8], times: usize) -> anyhow::Result<Vec<Duration>> {
        let mut taken = Vec::with_capacity(times);
        for _ in 0..times {
            let started = Instant::now();
            let response = self.send(request).await?;
            taken.push(started.elapsed());
            if response.status != 200 {
                bail!("status {}: {}", response.status, String::from_utf8_lossy(&response.body));
            }
        }
        taken.sort_unstable();
        Ok(taken)
    }
}

impl Client {
    /// Sends the same request so many times, each of which must be answered with this status.
    pub(crate) async fn repeat(&mut self, request: &[u8], times: usize, status: u16) -> anyhow::Result<()> {
        for _ in 0..times {
            let response = self.send(request).await?;
            if response.status != status {
                let body = String::from_utf8_lossy(&response.body);
                bail!("status {} instead of {status}: {body}", response.status);
            }
        }
        Ok(())
    }
}

/// A header of a response's head.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// What a browser sends: twelve headers.
pub(crate) fn page_request(cookie: Option<&str>) -> Vec<u8> {
    browser_request("GET", "/series/monster?volume=3&from=search", cookie.unwrap_or("theme=dark"), None)
}

/// What a browser sends: twelve headers, and with a body, of this type, two more.
pub(crate) fn browser_request(
    method: &str,
    target: &str,
    cookie: &str,
    body: Option<(&str, &[u8])>,
) -> Vec<u8> {
    let (about, body) = body.map_or_else(Default::default, |(media, body)| {
        (format!("content-type: {media}\r\ncontent-length: {}\r\n", body.len()), body)
    });
    let mut request = format!(
        "{method} {target} HTTP/1.1\r\n\
         host: shop.example\r\n\
         user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36\r\n\
         accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
         accept-language: en-GB,en;q=0.9,ja;q=0.8\r\n\
         accept-encoding: gzip, deflate, br\r\n\
         cache-control: no-cache\r\n\
         referer: https://shop.example/search?q=mystery\r\n\
         sec-fetch-dest: document\r\n\
         sec-fetch-mode: navigate\r\n\
         sec-fetch-site: same-origin\r\n\
         upgrade-insecure-requests: 1\r\n\
         cookie: {cookie}\r\n{about}\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// A posted chat message.
pub(crate) fn message_request(cookie: &str, text: &str) -> Vec<u8> {
    let body = format!(r#"{{"id":"{}","text":"{text}"}}"#, uuid::Uuid::new_v4());
    format!(
        "POST /v1/chat/messages HTTP/1.1\r\nhost: shop.example\r\naccept: application/json\r\n\
         content-type: application/json\r\ncontent-length: {}\r\ncookie: {cookie}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
