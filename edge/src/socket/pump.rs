//! Moves bytes between Pingora's upgraded connection and the frame codec.

use std::time::Duration;

use bytes::{Buf as _, Bytes};
use pingora_proxy::Session;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, split};

/// Bytes moved to the client at once.
const CHUNK_BYTES: usize = 16 * 1024;
/// How long a client has to take what is left when the conversation is over.
const REST_TIME: Duration = Duration::from_secs(2);

/// Moves bytes until either side ends. Neither direction waits for the other: while the codec takes no more, what it has to say
/// still goes out.
pub(super) async fn run(session: &mut Session, pipe: DuplexStream) {
    let (mut from_codec, mut to_codec) = split(pipe);
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut pending = Bytes::new();
    let downstream = session.as_downstream_mut();
    loop {
        tokio::select! {
            written = to_codec.write(&pending), if pending.has_remaining() => match written {
                Ok(bytes) if bytes > 0 => pending.advance(bytes),
                Ok(_) | Err(_) => break,
            },
            read = downstream.read_request_body(), if !pending.has_remaining() => match read {
                Ok(Some(bytes)) => pending = bytes,
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
    // The codec's last words, a close frame among them, are still in the pipe when it ends while the client goes on sending.
    drop(to_codec);
    let rest = async {
        while let Ok(bytes @ 1..) = from_codec.read(&mut buffer).await {
            downstream.write_response_body(Bytes::copy_from_slice(&buffer[..bytes]), false).await?;
        }
        pingora_core::Result::<()>::Ok(())
    };
    // A client that does not take them is gone.
    let _ = tokio::time::timeout(REST_TIME, rest).await;
}
