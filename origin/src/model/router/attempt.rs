//! One attempt: one request to one model, from its place to what it took.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::Routed;
use super::backend::{Backend, Place};
use super::failure::{Failure, Health, Reason};
use super::spend::{Books, Meter, Spent};
use super::timer::Timer;
use crate::model::{
    Answer, ModelEvent, ModelRequest, StopReason, TOOL_ARGUMENTS_BYTES_MAX, TOOL_CALLS_MAX, ToolCall,
};

/// Most citations that are held back until the text begins; what a model cites beyond is left out.
const CITATIONS_HELD_MAX: usize = 64;
/// Longest id or name of a tool call, in bytes. Ours have at most 64, and providers' ids are not longer.
const TOOL_LABEL_BYTES_MAX: usize = 256;

/// An answer under way. Dropping it stops the model and charges what it took by then.
pub(super) struct Attempt {
    backend: Arc<Backend>,
    answer: Answer,
    place: Place,
    meter: Meter,
    timer: Timer,
    written: Written,
    /// To be passed on.
    out: VecDeque<Routed>,
    ending: Option<Result<StopReason, Failure>>,
    /// The model itself ended the answer, so that what it said of its tokens is all.
    whole: bool,
}

/// What the model has written.
struct Written {
    /// Some text was passed on, and with it who writes.
    begun: bool,
    /// Blanks before the first word. An answer of nothing but blanks is empty.
    blanks: String,
    /// What came before the first word. A model that says nothing cites nothing.
    held: Vec<Routed>,
    /// They are passed on when the answer ends: a model that fails before has called nothing.
    calls: Vec<ToolCall>,
    chars_left: usize,
}

/// How an attempt went.
pub(super) struct Closed {
    /// None when the provider turned the request away.
    pub(super) spent: Option<Spent>,
    pub(super) ending: Result<StopReason, Failure>,
    /// Some of its text was passed on.
    pub(super) begun: bool,
}

impl Attempt {
    /// Asks the model.
    ///
    /// # Errors
    /// Why it cannot be asked now.
    pub(super) fn begin(
        backend: &Arc<Backend>,
        request: &Arc<ModelRequest>,
        books: Books,
        turn_ends: Instant,
    ) -> Result<Self, Failure> {
        let refused = |reason| Failure::new(reason, "it was not asked");
        if turn_ends <= Instant::now() {
            return Err(refused(Reason::TurnTime));
        }
        let place = backend.enter(books.verdict.clone()).map_err(refused)?;
        let meter = Meter::new(books, Arc::clone(&backend.model), Arc::clone(request));
        let timer = Timer::new(backend.policy, turn_ends);
        let answer = backend.model.generate(Arc::clone(request));
        let written = Written {
            begun: false,
            blanks: String::new(),
            held: Vec::new(),
            calls: Vec::new(),
            chars_left: request.limits.chars_max,
        };
        let backend = Arc::clone(backend);
        Ok(Self {
            backend,
            answer,
            place,
            meter,
            timer,
            written,
            out: VecDeque::new(),
            ending: None,
            whole: false,
        })
    }

    /// What is to be passed on next; none at the end.
    pub(super) async fn next(&mut self) -> Option<Routed> {
        loop {
            if let Some(part) = self.out.pop_front() {
                return Some(part);
            }
            if self.ending.is_some() {
                return None;
            }
            // Events that say nothing go round here: a model that has always one ready must not keep the thread to itself.
            tokio::task::coop::consume_budget().await;
            match self.timer.wait(self.answer.next()).await {
                Ok(Some(Ok(event))) => self.take(event),
                Ok(Some(Err(error))) => self.end(Err(error.into())),
                Ok(None) => self.end(Err(Failure::broken("the answer ended without a stop"))),
                Err(reason) => self.end(Err(Failure::new(reason, "it took too long"))),
            }
        }
    }

    /// Ends the attempt: its model's stream, its place and its outcome, and what it took.
    pub(super) fn close(self) -> Closed {
        let Self { answer, place, meter, timer, written, ending, whole, .. } = self;
        drop(answer);
        let ending = ending.unwrap_or_else(|| Err(Failure::broken("it was not read to its end")));
        let (name, health) = match &ending {
            Ok(_) => ("answered", Health::Good),
            // Others may have used the turn's time up, but not all of the time in which this one was silent.
            Err(failure) if failure.reason == Reason::TurnTime && timer.is_mute() => {
                (failure.reason.as_str(), Health::Bad)
            }
            Err(failure) => (failure.reason.as_str(), failure.reason.health()),
        };
        place.outcome(name, health);
        let refused = matches!(&ending, Err(failure) if failure.reason.is_refusal()) && !meter.is_used();
        let spent = if refused {
            meter.void();
            None
        } else {
            Some(meter.settle(whole))
        };
        Closed { spent, ending, begun: written.begun }
    }

    fn end(&mut self, ending: Result<StopReason, Failure>) {
        self.ending = Some(ending);
    }

    fn take(&mut self, event: ModelEvent) {
        match event {
            ModelEvent::Text(text) => self.text(&text),
            ModelEvent::Thinking(chars) => {
                self.timer.thinks();
                self.meter.thought(chars);
            }
            ModelEvent::ToolCall(call) => self.call(call),
            ModelEvent::Citation(citation) => {
                let citation = Routed::Citation(citation);
                if self.written.begun {
                    self.out.push_back(citation);
                } else if self.written.held.len() < CITATIONS_HELD_MAX {
                    self.written.held.push(citation);
                }
            }
            ModelEvent::Usage(tokens) => self.meter.told(tokens),
            ModelEvent::Stop(reason) => {
                self.whole = true;
                self.stop(reason);
            }
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.token();
        self.meter.text(text);
        let end = text.char_indices().nth(self.written.chars_left).map_or(text.len(), |(at, _)| at);
        let said = &text[..end];
        self.written.chars_left -= said.chars().count();
        if !self.written.begun {
            self.written.blanks.push_str(said);
            if !said.trim().is_empty() {
                self.begin_to_pass_on();
            }
        } else if !said.is_empty() {
            self.out.push_back(Routed::Text(said.to_owned()));
        }
        // Longer than asked for: the rest is not waited for.
        if end < text.len() {
            self.stop(StopReason::Length);
        }
    }

    fn call(&mut self, call: ToolCall) {
        self.token();
        self.meter.call(&call);
        if call.arguments.len() > TOOL_ARGUMENTS_BYTES_MAX {
            self.end(Err(Failure::broken("the arguments of a tool call are too long")));
        } else if call.id.len().max(call.name.len()) > TOOL_LABEL_BYTES_MAX {
            self.end(Err(Failure::broken("the id or the name of a tool call is too long")));
        } else if self.written.calls.len() == TOOL_CALLS_MAX {
            self.end(Err(Failure::broken("too many tool calls at once")));
        } else {
            self.written.calls.push(call);
        }
    }

    fn token(&mut self) {
        if let Some(after) = self.timer.token() {
            self.backend.metrics.model_first_token(self.backend.name(), after);
        }
    }

    fn stop(&mut self, reason: StopReason) {
        if reason == StopReason::Filtered {
            return self.end(Err(Failure::new(Reason::Filtered, "the provider's filter stepped in")));
        }
        let calls = std::mem::take(&mut self.written.calls);
        if calls.is_empty() && !self.written.begun {
            return self.end(Err(Failure::new(Reason::Empty, "no text and no tool call")));
        }
        // Some servers call tools and say that everything is said, or the other way round.
        let reason = match reason {
            StopReason::End if !calls.is_empty() => StopReason::Tools,
            StopReason::Tools if calls.is_empty() => StopReason::End,
            reason => reason,
        };
        if !self.written.begun {
            self.written.blanks.clear();
            self.begin_to_pass_on();
        }
        self.out.extend(calls.into_iter().map(Routed::ToolCall));
        self.end(Ok(reason));
    }

    /// Passes on who writes, and what was held back.
    fn begin_to_pass_on(&mut self) {
        let written = &mut self.written;
        written.begun = true;
        let (name, source) = (self.backend.name().to_owned(), self.backend.model.source());
        self.out.push_back(Routed::Begins { name, source });
        self.out.extend(written.held.drain(..));
        let blanks = std::mem::take(&mut written.blanks);
        if !blanks.is_empty() {
            self.out.push_back(Routed::Text(blanks));
        }
    }
}
