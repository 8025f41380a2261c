//! The decoder against bytes, without a connection.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod calls;
mod failures;
mod oddities;
mod properties;
mod samples;

use std::io;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::answer;
use super::chunk::Reader;
use crate::model::{ModelError, ModelErrorKind, ModelEvent, StopReason, Tokens};

/// What was read of a body.
struct Outcome {
    events: Vec<ModelEvent>,
    error: Option<ModelError>,
}

impl Outcome {
    /// What may be said.
    fn text(&self) -> String {
        let texts = self.events.iter().map(|event| match event {
            ModelEvent::Text(text) => text.as_str(),
            _ => "",
        });
        texts.collect()
    }

    fn stop(&self) -> Option<StopReason> {
        self.events.iter().find_map(|event| match event {
            ModelEvent::Stop(reason) => Some(*reason),
            _ => None,
        })
    }

    fn kind(&self) -> Option<ModelErrorKind> {
        self.error.as_ref().map(|error| error.kind)
    }
}

/// Reads a body that comes in pieces of this many bytes.
async fn read_in(body: &[u8], piece: usize, reader: Reader) -> Outcome {
    let pieces: Vec<_> =
        body.chunks(piece.max(1)).map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece))).collect();
    let mut outcome = Outcome { events: Vec::new(), error: None };
    let mut answer = Box::pin(answer::read(stream::iter(pieces), reader));
    while let Some(event) = answer.next().await {
        match event {
            Ok(event) => outcome.events.push(event),
            Err(error) => outcome.error = Some(error),
        }
    }
    outcome
}

/// Reads a body that comes at once.
async fn read(body: &str) -> Outcome {
    read_in(body.as_bytes(), usize::MAX, Reader::new(false, 0)).await
}

/// Reads an answer of these deltas, stopped for this reason.
async fn read_deltas(deltas: &[&str], finish: &str) -> Outcome {
    read(&(chunks(deltas) + &finished(finish))).await
}

fn chunks(deltas: &[&str]) -> String {
    let chunk = |delta: &&str| format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n");
    deltas.iter().map(chunk).collect()
}

fn finished(reason: &str) -> String {
    let choice = format!("{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{reason}\"}}");
    format!("data: {{\"choices\":[{choice}]}}\n\ndata: [DONE]\n\n")
}

fn text(text: &str) -> ModelEvent {
    ModelEvent::Text(text.into())
}
