//! Moves bytes between Pingora's upgraded connection and the frame codec.

use bytes::Bytes;
use pingora_proxy::Session;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, split};

/// Bytes moved to the client at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// Moves bytes until either side ends.
pub(super) async fn run(session: &mut Session, pipe: DuplexStream) {
    let (mut from_codec, mut to_codec) = split(pipe);
    let mut buffer = vec![0; CHUNK_BYTES];
    let downstream = session.as_downstream_mut();
    loop {
        tokio::select! {
            read = downstream.read_request_body() => match read {
                Ok(Some(bytes)) => {
                    if to_codec.write_all(&bytes).await.is_err() {
                        break;
                    }
                }
                Ok(None) | Err(_) => break,
            },
            read = from_codec.read(&mut buffer) => match read {
                Ok(bytes) if bytes > 0 => {
                    let chunk = Bytes::copy_from_slice(&buffer[..bytes]);
                    if downstream.write_response_body(chunk, false).await.is_err() {
                        break;
                    }
                }
                Ok(_) | Err(_) => break,
            },
        }
    }
}
