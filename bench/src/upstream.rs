//! The shop's site, as small as a server can be: it answers every request with the same page.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::client::header;

const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<p>a page</p>";

/// Serves on a free port until the program ends.
pub(crate) async fn serve() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    Ok(address)
}

/// Answers one connection's requests, which come one at a time and say how long their bodies are.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut received = Vec::with_capacity(64 * 1024);
    loop {
        let body_start = loop {
            if let Some(at) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&received[..body_start]);
        let length = header(&head, "content-length").and_then(|value| value.parse::<usize>().ok());
        let end = body_start + length.unwrap_or(0);
        while received.len() < end {
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        }
        received.clear();
        stream.write_all(PAGE).await?;
    }
}
