//! What a scripted model does with one request, step by step. The steps are the same in every dialect; each dialect writes
//! them in its own wire format.

use std::time::Duration;

/// What is done with one request.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub(crate) steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Refuses the whole request, before any event: the step has to be the first.
    Refuse(Failure),
    /// Writes a piece of text.
    Text(String),
    /// Calls a tool. The arguments go out in several pieces.
    ToolCall {
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
        /// The arguments: JSON, if the test wants it to be.
        arguments: String,
    },
    /// Says what was read and written, in tokens.
    Usage {
        /// Tokens read.
        input: u32,
        /// Tokens written.
        output: u32,
    },
    /// Ends the answer for this reason.
    Stop(Stop),
    /// Does nothing for a while.
    Wait(Duration),
    /// Does nothing until the client leaves.
    Stall,
    /// Closes the connection in the middle of the next step's last frame; at once where no step follows.
    Cut,
    /// Spoils the last frame of the next step: a wrong checksum, or JSON that is none.
    Corrupt,
    /// Sends the frames of the next step twice.
    Repeat,
    /// Sends the frames of the next two steps in the wrong order.
    Swap,
    /// Fails in the middle of the stream, in the way of the dialect.
    Fail(Failure),
    /// Sends these bytes as they are, in place of a frame. No bytes send the response's head alone.
    Raw(Vec<u8>),
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Everything is said.
    End,
    /// The limit of tokens was reached.
    Length,
    /// Tools are called.
    Tools,
    /// A stop text came.
    StopText,
    /// The provider's filter or guardrail stepped in.
    Filtered,
}

/// A failure in the provider's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The HTTP status, when nothing has been sent yet.
    pub status: u16,
    /// The dialect's name of the failure, for example `ThrottlingException` or `rate_limit_exceeded`.
    pub kind: String,
    /// The message.
    pub message: String,
    /// Seconds of a `Retry-After` header.
    pub retry_after_s: Option<u32>,
}

impl Script {
    /// A model that says these pieces and ends.
    #[must_use]
    pub fn saying<T: Into<String>>(pieces: impl IntoIterator<Item = T>) -> Self {
        let texts = pieces.into_iter().map(|piece| Step::Text(piece.into()));
        let end = [Step::Stop(Stop::End), Step::Usage { input: 100, output: 20 }];
        Self { steps: texts.chain(end).collect() }
    }

    /// A script of these steps.
    #[must_use]
    pub fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect() }
    }

    /// A model that refuses.
    #[must_use]
    pub fn refusing(status: u16, kind: &str) -> Self {
        Self::of([Step::Refuse(Failure {
            status,
            kind: kind.into(),
            message: "the script says so".into(),
            retry_after_s: None,
        })])
    }

    /// A step after the others.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
