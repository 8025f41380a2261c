//! The events of a stream, in their order, as events of ours. What is out of order is no answer: it is never guessed at.
//!
//! A stream is `messageStart`, then blocks one after the other, then `messageStop`, then `metadata`. A block of text begins with
//! its first delta, a call of a tool with `contentBlockStart`. A delta that comes twice cannot be told from a text that repeats
//! itself: frames carry no number.

use aws_sdk_bedrockruntime::types::{
    ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStart, ContentBlockStartEvent, ConversationRole,
    ConverseStreamMetadataEvent, ConverseStreamOutput, MessageStartEvent, ReasoningContentBlockDelta,
    StopReason as WireStop, TokenUsage, ToolUseBlockStart, ToolUseType,
};
use tokio::time::{Duration, Instant};

use super::trace;
use crate::model::{
    ModelError, ModelErrorKind, ModelEvent, StopReason, TOOL_ARGUMENTS_BYTES_MAX, TOOL_CALLS_MAX, Tokens,
    ToolCall,
};

/// Longest wait for the usage once the answer has ended. It follows within milliseconds, and the shopper has the text already.
const USAGE_WAIT: Duration = Duration::from_millis(500);
/// Longest id or name of a call, in bytes.
const CALL_NAME_BYTES_MAX: usize = 256;

/// How far a stream has been read.
#[derive(Debug)]
pub(super) struct Reading {
    /// The model's name, for the log.
    model: String,
    progress: Progress,
    /// The highest index of a block so far.
    last_block: i32,
    open: Option<Open>,
    /// Whole calls. They are told once it is known that nothing cut the last one short.
    calls: Vec<ToolCall>,
    counted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Progress {
    Before,
    Within,
    /// The answer is whole; its usage is waited for until then.
    Stopped(StopReason, Instant),
    Over,
}

#[derive(Debug)]
struct Open {
    index: i32,
    block: Block,
}

#[derive(Debug)]
enum Block {
    Text,
    Tool(ToolCall),
    /// Of a kind that is not said: reasoning, images, what the provider's own tools do.
    Other,
}

type Read = Result<Vec<ModelEvent>, ModelError>;

impl Reading {
    pub(super) const fn new(model: String) -> Self {
        Self {
            model,
            progress: Progress::Before,
            last_block: -1,
            open: None,
            calls: Vec::new(),
            counted: false,
        }
    }

    /// Until when the usage is waited for, once the answer is whole.
    pub(super) const fn waits_until(&self) -> Option<Instant> {
        match self.progress {
            Progress::Stopped(_, until) => Some(until),
            _ => None,
        }
    }

    /// Whether the stop has been told.
    pub(super) fn is_over(&self) -> bool {
        self.progress == Progress::Over
    }

    /// Reads an event. Those of kinds that were added since are skipped.
    pub(super) fn read(&mut self, event: ConverseStreamOutput) -> Read {
        match event {
            ConverseStreamOutput::MessageStart(start) => self.start(&start),
            ConverseStreamOutput::ContentBlockStart(start) => self.start_block(start),
            ConverseStreamOutput::ContentBlockDelta(delta) => self.delta(delta),
            ConverseStreamOutput::ContentBlockStop(stop) => self.stop_block(stop.content_block_index),
            ConverseStreamOutput::MessageStop(stop) => self.stop(&stop.stop_reason),
            ConverseStreamOutput::Metadata(metadata) => Ok(self.metadata(&metadata)),
            _ => Ok(Vec::new()),
        }
    }

    /// Nothing more comes, or it is not waited for.
    pub(super) fn end(&mut self) -> Read {
        match self.progress {
            Progress::Stopped(reason, _) => {
                self.progress = Progress::Over;
                Ok(vec![ModelEvent::Stop(reason)])
            }
            _ => Err(broken("the stream ended without messageStop")),
        }
    }

    fn start(&mut self, start: &MessageStartEvent) -> Read {
        if self.progress != Progress::Before {
            return Err(broken("a second messageStart"));
        }
        if start.role != ConversationRole::Assistant {
            return Err(broken("a message that is not the assistant's"));
        }
        self.progress = Progress::Within;
        Ok(Vec::new())
    }

    fn start_block(&mut self, event: ContentBlockStartEvent) -> Read {
        let block = match event.start {
            Some(ContentBlockStart::ToolUse(start)) => self.tool(start)?,
            _ => Block::Other,
        };
        self.open(event.content_block_index, block)?;
        Ok(Vec::new())
    }

    fn tool(&self, start: ToolUseBlockStart) -> Result<Block, ModelError> {
        if start.r#type == Some(ToolUseType::ServerToolUse) {
            return Ok(Block::Other);
        }
        if self.calls.len() >= TOOL_CALLS_MAX {
            return Err(broken(format!("more than {TOOL_CALLS_MAX} tool calls")));
        }
        let (id, name) = (start.tool_use_id, start.name);
        if id.len() > CALL_NAME_BYTES_MAX || name.len() > CALL_NAME_BYTES_MAX {
            return Err(broken("a tool call with too long an id or name"));
        }
        Ok(Block::Tool(ToolCall { id, name, arguments: String::new() }))
    }

    /// Blocks follow one another. A text needs no end of its own; a call that is not whole is an error.
    fn open(&mut self, index: i32, block: Block) -> Result<&mut Block, ModelError> {
        if self.progress != Progress::Within {
            return Err(broken("a block outside of the message"));
        }
        if index <= self.last_block {
            return Err(broken("a block twice or out of order"));
        }
        self.close()?;
        self.last_block = index;
        Ok(&mut self.open.insert(Open { index, block }).block)
    }

    /// Closes a block that was not stopped.
    fn close(&mut self) -> Result<(), ModelError> {
        match self.open.take() {
            Some(Open { block: Block::Tool(_), .. }) => Err(broken("a tool call without its end")),
            _ => Ok(()),
        }
    }

    fn delta(&mut self, event: ContentBlockDeltaEvent) -> Read {
        let index = event.content_block_index;
        match event.delta {
            Some(ContentBlockDelta::Text(text)) => self.text(index, text),
            Some(ContentBlockDelta::ToolUse(delta)) => self.arguments(index, &delta.input),
            Some(ContentBlockDelta::ReasoningContent(thought)) => {
                self.block(index, || Block::Other)?;
                Ok(thinking(&thought).into_iter().collect())
            }
            // A citation is of the provider's own documents, of which there are none.
            _ => {
                self.block(index, || Block::Other)?;
                Ok(Vec::new())
            }
        }
    }

    /// The open block, or one that begins with its first delta.
    fn block(&mut self, index: i32, begin: fn() -> Block) -> Result<&mut Block, ModelError> {
        if self.progress != Progress::Within {
            return Err(broken("a delta outside of the message"));
        }
        let is_open = self.open.as_ref().is_some_and(|open| open.index == index);
        if !is_open {
            return self.open(index, begin());
        }
        self.open.as_mut().map(|open| &mut open.block).ok_or_else(|| broken("a delta without its block"))
    }

    fn text(&mut self, index: i32, text: String) -> Read {
        match self.block(index, || Block::Text)? {
            Block::Tool(_) => Err(broken("text within a tool call")),
            _ if text.is_empty() => Ok(Vec::new()),
            _ => Ok(vec![ModelEvent::Text(text)]),
        }
    }

    fn arguments(&mut self, index: i32, piece: &str) -> Read {
        match self.open.as_mut() {
            Some(Open { index: at, block: Block::Tool(call) }) if *at == index => {
                if call.arguments.len() + piece.len() > TOOL_ARGUMENTS_BYTES_MAX {
                    return Err(broken("too long arguments of a tool call"));
                }
                call.arguments.push_str(piece);
                Ok(Vec::new())
            }
            // What the provider's own tools are called with.
            Some(Open { index: at, block: Block::Other }) if *at == index => Ok(Vec::new()),
            _ => Err(broken("arguments of a tool call that was not begun")),
        }
    }

    fn stop_block(&mut self, index: i32) -> Read {
        match self.open.take() {
            Some(Open { index: at, block }) if at == index => {
                if let Block::Tool(call) = block {
                    self.calls.push(whole(call));
                }
            }
            // A block that was empty has an end and nothing before it.
            open => {
                self.open = open;
                self.open(index, Block::Text)?;
                self.open = None;
            }
        }
        Ok(Vec::new())
    }

    fn stop(&mut self, reason: &WireStop) -> Read {
        if self.progress != Progress::Within {
            return Err(broken("messageStop without a message, or twice"));
        }
        let reason = self.reason(reason)?;
        let mut events = Vec::new();
        if !matches!(reason, StopReason::Length | StopReason::Filtered) {
            self.close()?;
        }
        if reason == StopReason::Tools {
            if self.calls.is_empty() {
                return Err(broken("a stop for tools without a call"));
            }
            events.extend(self.calls.drain(..).map(ModelEvent::ToolCall));
        }
        self.progress = Progress::Stopped(reason, Instant::now() + USAGE_WAIT);
        if self.counted {
            events.extend(self.end()?);
        }
        Ok(events)
    }

    /// Where the answer was cut short, so may have been its last call: no call counts then. A reason that was added since is an
    /// end.
    fn reason(&self, reason: &WireStop) -> Result<StopReason, ModelError> {
        match reason {
            WireStop::ToolUse => Ok(StopReason::Tools),
            WireStop::MaxTokens | WireStop::ModelContextWindowExceeded => Ok(StopReason::Length),
            WireStop::StopSequence => Ok(StopReason::StopText),
            WireStop::GuardrailIntervened | WireStop::ContentFiltered => Ok(StopReason::Filtered),
            WireStop::MalformedModelOutput | WireStop::MalformedToolUse => Err(broken(reason.as_str())),
            other => {
                if *other != WireStop::EndTurn {
                    tracing::warn!(
                        model = self.model,
                        reason = other.as_str(),
                        "a stop reason that is not known"
                    );
                }
                Ok(if self.calls.is_empty() { StopReason::End } else { StopReason::Tools })
            }
        }
    }

    fn metadata(&mut self, metadata: &ConverseStreamMetadataEvent) -> Vec<ModelEvent> {
        trace::log(&self.model, metadata);
        let mut events: Vec<_> =
            metadata.usage.iter().map(|usage| ModelEvent::Usage(tokens(usage))).collect();
        self.counted = true;
        if let Progress::Stopped(reason, _) = self.progress {
            self.progress = Progress::Over;
            events.push(ModelEvent::Stop(reason));
        }
        events
    }
}

/// Reasoning is not said, only that there was some. What is redacted counts by its bytes; a signature is none.
fn thinking(thought: &ReasoningContentBlockDelta) -> Option<ModelEvent> {
    let chars = match thought {
        ReasoningContentBlockDelta::Text(text) => text.chars().count(),
        ReasoningContentBlockDelta::RedactedContent(bytes) => bytes.as_ref().len(),
        _ => 0,
    };
    (chars > 0).then_some(ModelEvent::Thinking(chars))
}

/// A tool without parameters is called without a word.
fn whole(mut call: ToolCall) -> ToolCall {
    if call.arguments.trim().is_empty() {
        call.arguments = "{}".to_owned();
    }
    call
}

fn tokens(usage: &TokenUsage) -> Tokens {
    let count = |count: i32| u32::try_from(count).unwrap_or(0);
    Tokens {
        input: count(usage.input_tokens),
        output: count(usage.output_tokens),
        cache_read: count(usage.cache_read_input_tokens.unwrap_or(0)),
        cache_write: count(usage.cache_write_input_tokens.unwrap_or(0)),
    }
}

fn broken(reason: impl std::fmt::Display) -> ModelError {
    ModelError::new(ModelErrorKind::Broken, reason)
}
