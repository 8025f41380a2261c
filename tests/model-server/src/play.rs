//! Plays a script: asks the dialect for the frames of each step and sends them, in time and in order or not.

use std::future::pending;
use std::io;

use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::WriteHalf;

use crate::dialect::Speaker;
use crate::http::{LAST_CHUNK, chunk, chunked_head};
use crate::script::{Script, Step};

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The response is complete; another request may follow.
    Whole,
    /// The script wants the connection closed.
    Cut,
    /// The client left.
    Left,
}

/// Plays the steps. Nothing is sent, not even the response's head, before the first step that sends something: a script that
/// begins with [`Step::Stall`] is a server that does not answer.
pub(crate) async fn play(
    writer: &mut WriteHalf<'_>,
    script: &Script,
    speaker: &mut dyn Speaker,
) -> io::Result<Ending> {
    let mut player = Player { writer, speaker, head_sent: false, begun: false };
    let mut steps = script.steps.iter();
    while let Some(step) = steps.next() {
        match step {
            Step::Wait(time) => tokio::time::sleep(*time).await,
            Step::Stall => pending().await,
            Step::Cut => return player.cut(steps.next()).await,
            Step::Corrupt => player.corrupt(steps.next()).await?,
            Step::Repeat => {
                let frames = player.frames(steps.next());
                player.send([frames.clone(), frames].concat()).await?;
            }
            Step::Swap => {
                let (first, second) = (player.frames(steps.next()), player.frames(steps.next()));
                player.send([second, first].concat()).await?;
            }
            step => {
                let frames = player.frames(Some(step));
                player.send(frames).await?;
            }
        }
    }
    player.finish().await
}

struct Player<'a, 'b> {
    writer: &'a mut WriteHalf<'b>,
    speaker: &'a mut dyn Speaker,
    head_sent: bool,
    begun: bool,
}

impl Player<'_, '_> {
    /// The frames of a step, after what goes before the first one. Raw bytes are a frame that needs no beginning.
    fn frames(&mut self, step: Option<&Step>) -> Vec<Vec<u8>> {
        match step {
            None => Vec::new(),
            Some(Step::Raw(bytes)) => vec![bytes.clone()],
            Some(step) => {
                let mut frames = if self.begun { Vec::new() } else { self.speaker.begin() };
                self.begun = true;
                frames.extend(self.speaker.step(step));
                frames
            }
        }
    }

    async fn send(&mut self, frames: Vec<Vec<u8>>) -> io::Result<()> {
        self.send_head().await?;
        for frame in frames {
            self.writer.write_all(&chunk(&frame)).await?;
        }
        Ok(())
    }

    async fn send_head(&mut self) -> io::Result<()> {
        if !self.head_sent {
            self.head_sent = true;
            self.writer.write_all(&chunked_head(&self.speaker.headers())).await?;
        }
        Ok(())
    }

    /// The last frame of the step is the one that is spoilt: those before it make it one that the client waits for.
    async fn corrupt(&mut self, step: Option<&Step>) -> io::Result<()> {
        let mut frames = self.frames(step);
        if let Some(last) = frames.pop() {
            frames.push(self.speaker.corrupt(last));
        }
        self.send(frames).await
    }

    async fn cut(&mut self, step: Option<&Step>) -> io::Result<Ending> {
        let mut frames = self.frames(step);
        let last = frames.pop().unwrap_or_default();
        self.send(frames).await?;
        let chunk = chunk(&last);
        self.writer.write_all(&chunk[..chunk.len() / 2]).await?;
        Ok(Ending::Cut)
    }

    async fn finish(&mut self) -> io::Result<Ending> {
        let frames = self.speaker.end();
        self.send(frames).await?;
        self.writer.write_all(LAST_CHUNK).await?;
        Ok(Ending::Whole)
    }
}
