//! A response's body as the events of an answer: server-sent events (WHATWG HTML section 9.2), or one document in their place.
//!
//! What a body is, its first byte says and not its type: servers send errors and whole completions with a 200, and proxies
//! send pages. The events are decoded by `sse-stream`. It sets no bound on an event, so its input is counted here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_stream::try_stream;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};
use sse_stream::{Error as SseError, SseByteStream};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use super::chunk::Reader;
use crate::model::{ModelError, ModelErrorKind, ModelEvent};

/// Most bytes without the end of an event, and the longest whole completion. The longest answer is a tenth of it.
pub(super) const EVENT_BYTES_MAX: usize = 1 << 20;
/// Most bytes of a stream: the most tokens that can be configured, 100 000, with some 600 bytes of JSON around each.
const STREAM_BYTES_MAX: usize = 64 << 20;
/// Longest wait for what follows the end of the answer: its usage, `[DONE]` and the end of the body, after which the
/// connection can be used again.
pub(super) const AFTER_END: Duration = Duration::from_millis(250);

/// A body, piece by piece.
type Pieces = BoxStream<'static, Result<Bytes, PieceError>>;

#[derive(Debug, Error)]
enum PieceError {
    #[error("the connection broke")]
    Broke,
    #[error("it is too long")]
    TooLong,
}

/// What a body turns out to be.
enum Body {
    Events(Pieces),
    Document(Pieces),
    Page,
    Nothing,
}

/// The events of an answer. Ends with its stop or an error; dropping it drops the body.
pub(super) fn read<S, E>(
    body: S,
    mut reader: Reader,
) -> impl Stream<Item = Result<ModelEvent, ModelError>> + Send
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Send + 'static,
{
    try_stream! {
        let since_event = Arc::new(AtomicUsize::new(0));
        let mut done = false;
        match tell(bounded(body, Arc::clone(&since_event))).await? {
            Body::Events(pieces) => {
                let mut feed = Feed::new(pieces, since_event);
                while let Some(data) = feed.next(reader.is_finished()).await? {
                    for event in reader.take(&data)? {
                        yield event;
                    }
                }
                done = feed.done;
            }
            Body::Document(pieces) => {
                for event in reader.take(&whole(pieces).await?)? {
                    yield event;
                }
                done = true;
            }
            Body::Page => Err(broken("a web page came in place of an answer: is base_url right?"))?,
            Body::Nothing => Err(broken("nothing came in place of an answer"))?,
        }
        for event in reader.end(done)? {
            yield event;
        }
    }
}

/// The body with its bounds.
fn bounded<S, E>(body: S, since_event: Arc<AtomicUsize>) -> Pieces
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Send + 'static,
{
    let mut total = 0_usize;
    body.map(move |piece| {
        let piece = piece.map_err(|_| PieceError::Broke)?;
        total = total.saturating_add(piece.len());
        let event = since_event.fetch_add(piece.len(), Ordering::Relaxed).saturating_add(piece.len());
        if total > STREAM_BYTES_MAX || event > EVENT_BYTES_MAX { Err(PieceError::TooLong) } else { Ok(piece) }
    })
    .boxed()
}

/// Tells by its first byte what a body is. No field of an event begins with `{`, `[` or `<`.
async fn tell(mut pieces: Pieces) -> Result<Body, ModelError> {
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| piece_error(&error))?;
        let blank = piece.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let rest = piece.slice(blank..);
        let Some(first) = rest.first().copied() else { continue };
        let all = stream::iter([Ok(rest)]).chain(pieces).boxed();
        return Ok(match first {
            b'{' | b'[' => Body::Document(all),
            b'<' => Body::Page,
            _ => Body::Events(all),
        });
    }
    Ok(Body::Nothing)
}

async fn whole(mut pieces: Pieces) -> Result<String, ModelError> {
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        whole.extend_from_slice(&piece.map_err(|error| piece_error(&error))?);
    }
    String::from_utf8(whole).map_err(|_| broken("it is not UTF-8"))
}

/// The data of the events of a stream.
struct Feed {
    events: SseByteStream<Pieces>,
    since_event: Arc<AtomicUsize>,
    /// `[DONE]` has come.
    done: bool,
    /// When the wait for what follows the end is over.
    until: Option<Instant>,
}

impl Feed {
    fn new(pieces: Pieces, since_event: Arc<AtomicUsize>) -> Self {
        Self { events: SseByteStream::new(pieces), since_event, done: false, until: None }
    }

    /// The data of the next event that has some; none at the end.
    async fn next(&mut self, finished: bool) -> Result<Option<String>, ModelError> {
        let mut finished = finished;
        loop {
            let event = match self.event(finished || self.done).await {
                None => return Ok(None),
                // The answer is whole; that its connection then breaks is nobody's loss.
                Some(Err(_)) if finished || self.done => return Ok(None),
                Some(event) => event.map_err(|error| sse_error(&error))?,
            };
            self.since_event.store(0, Ordering::Relaxed);
            match event.data.as_deref().map(str::trim) {
                None | Some("") => {}
                Some("[DONE]") => {
                    self.done = true;
                    finished = true;
                }
                Some(_) if self.done => {}
                Some(_) => return Ok(event.data),
            }
        }
    }

    async fn event(&mut self, finished: bool) -> Option<Result<sse_stream::Sse, SseError>> {
        if !finished {
            return self.events.next().await;
        }
        let until = *self.until.get_or_insert_with(|| Instant::now() + AFTER_END);
        timeout_at(until, self.events.next()).await.unwrap_or(None)
    }
}

fn sse_error(error: &SseError) -> ModelError {
    match error {
        SseError::Body(error) => match error.downcast_ref() {
            Some(error) => piece_error(error),
            None => piece_error(&PieceError::Broke),
        },
        _ => broken("it is not UTF-8"),
    }
}

fn piece_error(error: &PieceError) -> ModelError {
    match error {
        PieceError::Broke => {
            ModelError::new(ModelErrorKind::Unavailable, "the connection broke within the answer")
        }
        PieceError::TooLong => broken("it is too long"),
    }
}

fn broken(what: &str) -> ModelError {
    ModelError::new(ModelErrorKind::Broken, format_args!("the answer is broken: {what}"))
}
