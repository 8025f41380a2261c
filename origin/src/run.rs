//! Runs turns: one task each, within the bound of turns at once and the time of a turn, with its record at the end. A turn
//! ends when its answer is whole, when nobody reads it any more, when its time is over, or when the service stops.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chat::{Code, Language, Problem};
use tokio::sync::{Semaphore, TryAcquireError, watch};
use tracing::Instrument as _;

use crate::admit::Turn;
use crate::format::{Outlet, Said};
use crate::live::{Answering, Claim, LiveTurns, Reader};
use crate::memory::Status;
use crate::pipeline::{Outline, Pipeline, source_name};

/// Seconds until a caller who was too many should come again.
const OVERLOADED_RETRY_S: u32 = 1;

/// Runs turns.
pub(crate) struct Runner {
    pipeline: Pipeline,
    live: Arc<LiveTurns>,
    places: Arc<Semaphore>,
    turn_timeout: Duration,
    closing: watch::Sender<bool>,
}

/// How a turn ended.
enum Ending {
    Whole,
    Broken(Problem, Status),
}

impl Runner {
    pub(crate) fn new(pipeline: Pipeline, turn_timeout: Duration) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(pipeline.limits.turns_running_max));
        Arc::new(Self {
            pipeline,
            live: Arc::default(),
            places,
            turn_timeout,
            closing: watch::Sender::new(false),
        })
    }

    /// Begins to answer the turn, or joins its answer.
    pub(crate) fn begin(self: &Arc<Self>, turn: Turn) -> Result<Reader, Problem> {
        let ahead_max = self.pipeline.limits.events_ahead_max;
        let (answering, reader) =
            match self.live.claim(&turn.call.session.id, turn.request.id, &turn.digest, ahead_max) {
                Claim::Join(reader) => return Ok(reader),
                Claim::Conflict => {
                    return Err(Problem::new(
                        Code::IdReused,
                        "This message id came before with another text: take a new id.",
                    ));
                }
                Claim::New(answering, reader) => (answering, reader),
            };
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => {
                Problem::new(Code::Overloaded, Code::Overloaded.title()).with_retry_after(OVERLOADED_RETRY_S)
            }
            TryAcquireError::Closed => {
                Problem::new(Code::Unavailable, "The service is stopping. Try again soon.")
            }
        })?;
        let runner = Arc::clone(self);
        let task = async move {
            runner.run(&turn, &answering).await;
            drop(place);
        };
        tokio::spawn(task.in_current_span());
        Ok(reader)
    }

    /// Ends all turns; returns when they have ended, or after the time given.
    pub(crate) async fn close(&self, within: Duration) {
        self.places.close();
        self.closing.send_replace(true);
        let ended = async {
            while self.live.len() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(within, ended).await.is_err() {
            tracing::warn!(turns = self.live.len(), "turns were still running at the end");
        }
    }

    /// How many turns run.
    pub(crate) fn running(&self) -> usize {
        self.live.len()
    }

    async fn run(&self, turn: &Turn, answering: &Answering) {
        let metrics = &self.pipeline.metrics;
        metrics.running.inc();
        let began = Instant::now();
        let mut outline =
            Outline { intent: "none", language: turn.request.language, replayed: false, withheld: 0 };
        let deadline = tokio::time::Instant::now() + self.turn_timeout;
        let mut outlet = Outlet::new(turn.request.id, answering, deadline);
        let ending = self.answer(turn, &mut outlet, &mut outline).await;
        let said = outlet.into_said();
        self.report(&said, &ending, outline, began.elapsed());
        let last = match &ending {
            Ending::Whole => said.done(turn.request.id),
            Ending::Broken(problem, _) => said.broken(turn.request.id, problem),
        };
        let status = match ending {
            Ending::Whole => Status::Complete,
            Ending::Broken(_, status) => status,
        };
        if !outline.replayed && outline.intent != "none" {
            self.record(turn, said, outline.language, status).await;
        }
        answering.end(last);
        metrics.running.dec();
    }

    async fn answer(&self, turn: &Turn, outlet: &mut Outlet<'_>, outline: &mut Outline) -> Ending {
        let (answering, deadline) = (outlet.answering(), outlet.deadline);
        let mut closing = self.closing.subscribe();
        let answered =
            async { tokio::time::timeout_at(deadline, self.pipeline.answer(turn, outlet, outline)).await };
        tokio::select! {
            biased;
            () = answering.abandoned() => Ending::Broken(Problem::new(Code::Stopped, Code::Stopped.title()), Status::Stopped),
            _ = closing.wait_for(|closing| *closing) => {
                let problem = Problem::new(Code::Unavailable, "The service is restarting: send the message again.");
                Ending::Broken(problem.with_retry_after(2), Status::Failed)
            }
            answered = answered => match answered {
                Ok(Ok(())) => Ending::Whole,
                Ok(Err(error)) => {
                    if !error.is_expected() {
                        tracing::error!(error = %error, "the turn failed");
                    }
                    Ending::Broken(error.problem(), error.status())
                }
                Err(_) => Ending::Broken(Problem::new(Code::OriginTimeout, Code::OriginTimeout.title()), Status::Failed),
            },
        }
    }

    async fn record(&self, turn: &Turn, said: Said, language: Language, status: Status) {
        let began = Instant::now();
        let kept = self
            .pipeline
            .memory
            .record(turn.call.session.clone(), said.into_turn(turn, language, status))
            .await;
        self.pipeline.metrics.step("record", began.elapsed());
        if let Err(error) = kept {
            self.pipeline.metrics.record_lost();
            tracing::error!(error = %error, "the turn could not be kept");
        }
    }

    fn report(&self, said: &Said, ending: &Ending, outline: Outline, took: Duration) {
        let outcome = match ending {
            Ending::Whole if outline.replayed => "replayed",
            Ending::Whole => "whole",
            Ending::Broken(problem, _) => problem.code.as_str(),
        };
        let source = said.source.map_or("none", source_name);
        let language = match outline.language {
            Language::En => "en",
            Language::Ja => "ja",
        };
        let metrics = &self.pipeline.metrics;
        metrics.turn(outline.intent, source, outcome, language);
        if let Some(first) = said.first_delta {
            metrics.first_delta(first);
        }
        let (took_us, deltas, cards) =
            (u64::try_from(took.as_micros()).unwrap_or(u64::MAX), said.pieces.len(), said.cards.len());
        let (intent, withheld) = (outline.intent, outline.withheld);
        // What is only said again was paid for the first time.
        let usage = said.took().filter(|_| !outline.replayed);
        let shares = said.shares();
        let cost = usage.and_then(|usage| usage.cost.as_ref());
        tracing::info!(
            intent,
            source,
            outcome,
            language,
            deltas,
            cards,
            withheld,
            took_us,
            model = usage.and_then(|usage| usage.model.as_deref()),
            shares,
            input_tokens = usage.map(|usage| usage.input_tokens),
            output_tokens = usage.map(|usage| usage.output_tokens),
            cache_read_tokens = usage.map(|usage| usage.cache_read_tokens),
            cache_write_tokens = usage.map(|usage| usage.cache_write_tokens),
            estimated = usage.map(|usage| usage.estimated),
            cost_micros = cost.map(|cost| cost.micros),
            currency = cost.map(|cost| cost.currency.as_str()),
            "turn"
        );
    }
}
