//! One turn, from the chain to its last event.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chain::answer::{self, Answered};
use chain::words::{SessionFacts, language_of, problem_of, source_of, turn_of};
use chat::internal::{Exchange, TurnRequest};
use chat::{Code, Event, MessagePost, Problem};
use host::chain::{EventDecision, TurnDecision};
use host::wit;

use super::log::{Head, TurnLog};
use super::origin::EventStream;
use super::{Asker, Previous, Turns};

impl Turns {
    pub(super) async fn run(self: &Arc<Self>, asker: Asker, message: MessagePost, log: &Arc<TurnLog>) {
        let started = Instant::now();
        let turn = self.turn_of(&asker, &message, log.is_free());
        let language = turn.language;
        let outcome = self.chain.turn(turn, &*self.vectors).await;
        let headers = outcome
            .response_headers
            .iter()
            .map(|header| (header.name.clone(), String::from_utf8_lossy(&header.value).into_owned()))
            .collect();
        if log.is_first() && !matches!(outcome.decision, TurnDecision::Refuse(..)) {
            self.count_turned_down(&asker, &message);
        }
        let source = match outcome.decision {
            TurnDecision::Answer(events, slot) => {
                log.admit();
                log.set_head(Head { headers, refused: None });
                let answered = answer::events_of(message.id, &slot, events);
                let source = answered.source;
                self.answer_here(&asker, &outcome.context, &message, log, answered).await;
                source.as_str()
            }
            TurnDecision::Refuse(refusal, slot) => {
                let problem = problem_of(&refusal);
                tracing::info!(
                    request_id = asker.caller.request_id,
                    slot,
                    rule = refusal.rule,
                    code = problem.code.as_str(),
                    "turn refused"
                );
                let mut headers: Vec<(String, String)> = headers;
                headers.extend(refusal.headers.iter().map(|header| {
                    (header.name.clone(), String::from_utf8_lossy(&header.value).into_owned())
                }));
                log.set_head(Head { headers, refused: Some(problem.clone()) });
                log.push(problem.to_event(Some(message.id)));
                "refused"
            }
            TurnDecision::Next => {
                log.admit();
                log.set_head(Head { headers, refused: None });
                let context = outcome.context;
                if let Err(problem) = self.ask_origin(&asker, &context, &message, language, log).await {
                    log.push(problem.to_event(Some(message.id)));
                }
                "origin"
            }
        };
        self.metrics.turn(source, started.elapsed());
        tracing::info!(
            request_id = asker.caller.request_id,
            message_id = %message.id,
            source,
            chars = message.text.chars().count(),
            failed = log.has_failed(),
            us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
            "turn"
        );
    }

    fn turn_of(&self, asker: &Asker, message: &MessagePost, is_retry: bool) -> wit::Turn {
        let mut context = asker.context.clone();
        context.request_id.clone_from(&asker.caller.request_id);
        let session = asker.caller.principal.session.as_deref().unwrap_or_default();
        let previous = self.previous.get(session).map(|previous| wit::PreviousAnswer {
            source: previous.source,
            entry: previous.entry,
            age_ms: self.clock.now_ms().saturating_sub(previous.at_ms),
        });
        let session_facts = SessionFacts { previous, handed_over: self.handed_over.is(session) };
        turn_of(message, context, asker.client.clone(), session_facts, is_retry)
    }

    /// "That is not what I asked" is counted against the FAQ entry that the session was answered with; once for an answer, however often
    /// it is said. An answer that is no longer kept, or is none of the FAQ, counts against none.
    fn count_turned_down(&self, asker: &Asker, message: &MessagePost) {
        let Some(id) = message.not else { return };
        let session = asker.caller.principal.session.as_deref().unwrap_or_default();
        let answered = self.find(session, id);
        if answered.as_ref().is_none_or(|log| log.turn_down()) {
            self.metrics.faq_turned_down(answered.and_then(|log| log.faq_entry()).as_deref());
        }
    }

    /// A filter's answer: the same events as any other, and a line in the conversation's memory.
    async fn answer_here(
        &self,
        asker: &Asker,
        context: &wit::Context,
        message: &MessagePost,
        log: &TurnLog,
        answered: Answered,
    ) {
        let Answered { events, source, text, citations, entry, cards_left_out } = answered;
        if cards_left_out > 0 {
            let request_id = &asker.caller.request_id;
            tracing::warn!(request_id, groups = cards_left_out, "a filter's cards were left out");
        }
        // Remembered before the client knows: its next message may come at once.
        let at_ms = self.clock.now_ms();
        let exchange =
            Exchange { id: message.id, at_ms, text: message.text.clone(), answer: text, source, citations };
        self.remember(asker, exchange, entry);
        for event in events {
            self.emit(context, log, event);
        }
        self.flush_if_full(asker).await;
    }

    fn remember(&self, asker: &Asker, exchange: Exchange, entry: Option<String>) {
        let session = asker.caller.principal.session.clone().unwrap_or_default();
        let (source, at_ms) = (source_of(exchange.source), exchange.at_ms);
        self.previous.insert(session, Previous { source, entry, at_ms });
        self.preceding.push(&asker.caller, exchange);
    }

    async fn flush_if_full(&self, asker: &Asker) {
        for taken in self.preceding.take_overfull(&asker.caller) {
            taken.send(&self.origin).await;
        }
    }

    async fn ask_origin(
        &self,
        asker: &Asker,
        context: &wit::Context,
        message: &MessagePost,
        language: wit::Language,
        log: &Arc<TurnLog>,
    ) -> Result<(), Problem> {
        let Ok(_permit) = self.at_origin.try_acquire() else {
            self.metrics.overloaded.inc();
            return Err(Problem::new(
                Code::Overloaded,
                "Too many people are asking at once. Try again in a moment.",
            )
            .with_retry_after(2));
        };
        let stopped = Problem::new(Code::Stopped, "The answer was stopped.");
        let abandoned = log.abandoned(Duration::from_secs(self.config.abandon_s));
        tokio::select! {
            relayed = self.ask_and_relay(asker, context, message, language, log) => relayed,
            // Dropping the call closes its connection, which ends the turn at the origin, begun or not.
            () = log.stopped() => Err(stopped),
            () = abandoned => Err(stopped),
        }
    }

    async fn ask_and_relay(
        &self,
        asker: &Asker,
        context: &wit::Context,
        message: &MessagePost,
        language: wit::Language,
        log: &TurnLog,
    ) -> Result<(), Problem> {
        let session = asker.caller.principal.session.clone().unwrap_or_default();
        // They go back when the turn fails or is stopped before the origin has begun to answer it.
        let preceding = self.preceding.take(&session);
        let exchanges = preceding.as_ref().map(|taken| taken.exchanges().to_vec()).unwrap_or_default();
        let request = TurnRequest {
            id: message.id,
            text: message.text.clone(),
            language: language_of(language),
            page: message.page.clone(),
            not: message.not,
            preceding: exchanges,
        };
        let body = serde_json::to_vec(&request)
            .map_err(|_| Problem::new(Code::Internal, "The message could not be passed on."))?;
        let mut stream = self.origin.turn(&asker.caller, message.id, body.into()).await?;
        if let Some(is_handed_over) = stream.handed_over {
            self.handed_over.set(&session, is_handed_over);
        }
        if let Some(taken) = preceding {
            taken.settled();
        }
        self.relay(context, &session, log, &mut stream).await
    }

    async fn relay(
        &self,
        context: &wit::Context,
        session: &str,
        log: &TurnLog,
        stream: &mut EventStream,
    ) -> Result<(), Problem> {
        while let Some(event) = stream.next().await? {
            if let Event::Done { source, .. } = &event {
                let at_ms = self.clock.now_ms();
                self.previous
                    .insert(session.to_owned(), Previous { source: source_of(*source), entry: None, at_ms });
            }
            self.emit(context, log, event);
            if log.has_ended() {
                break;
            }
        }
        Ok(())
    }

    /// Sends an event through the event phase, where a filter has one.
    fn emit(&self, context: &wit::Context, log: &TurnLog, event: Event) {
        if !self.chain.sees_events() {
            return log.push(event);
        }
        let outgoing =
            wit::Outgoing { context: context.clone(), name: event.name().to_owned(), json: event.to_json() };
        let decision = self.chain.event(&outgoing);
        log.push(match (decision, event) {
            (EventDecision::Rewrite(text), Event::Delta { id, seq, .. }) => Event::Delta { id, seq, text },
            // Left out, but counted: a client takes a missing number for a loss.
            (EventDecision::Drop, Event::Delta { id, seq, .. }) => {
                Event::Delta { id, seq, text: String::new() }
            }
            (EventDecision::Drop, Event::Cards { .. }) => return,
            (EventDecision::Cut { code, reason }, event) => Problem::new(code, reason).to_event(event.id()),
            (_, event) => event,
        });
    }
}
