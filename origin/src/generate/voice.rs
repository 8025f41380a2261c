//! The voice of an answer: what a model writes goes through [`Tidy`] and [`Checker`] before it is said, within the bounds of an
//! answer. The embedded answerer's text is the shop's own records, and said as it is:
//! what the checks think of it is held by `check/tests/corpus.rs`.

use std::sync::Arc;

use chat::{Citation, Product, Source};
use futures_util::{Stream, StreamExt as _};

use super::tidy::{Tidied, Tidy};
use super::{cards, say};
use crate::check::{Checked, Checker, Guard};
use crate::compose;
use crate::format::Outlet;
use crate::live::Gone;
use crate::model::{
    Brief, EXTRACTIVE, Extractive, Matter, Model as _, ModelEvent, ModelRequest, Routed, StopReason,
    ToolCall, Verdict,
};
use crate::pipeline::{Outline, Pipeline};
use crate::prompt::Sources;

/// Why an answer is dropped that a guard ended, for metrics.
pub(super) const GUARD: &str = "guard";

/// How a model's stream ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// Everything is said.
    Whole,
    /// The answer reached its greatest length.
    Cut,
    /// The rest may not be said.
    Refused,
    /// After this text, tools are called.
    Tools(String, Vec<ToolCall>),
}

/// Says one answer.
pub(super) struct Voice<'v, 'o> {
    pipeline: &'v Pipeline,
    outlet: &'v mut Outlet<'o>,
    outline: &'v mut Outline,
    brief: Arc<Brief>,
    question: &'v str,
    /// The rules of the answer, which it must not say.
    system: String,
    checker: Checker,
    tidy: Tidy,
    sources: Sources,
    /// Numbers of the sources that were marked, in order.
    cited: Vec<usize>,
    /// What tools found.
    found: Vec<Matter>,
    /// Characters that may still be said.
    room: usize,
    /// Characters of a whole answer. The embedded answerer has them anew: what it says is bounded, and of no use when it is cut.
    room_max: usize,
    /// The embedded answerer speaks.
    own: bool,
    /// Who writes now, by the name in the configuration.
    writer: String,
    /// A model has said something.
    model_said: bool,
    /// The next text begins a paragraph.
    paragraph: bool,
    /// What is said next stands apart from what was said before.
    gap: bool,
    /// What was heard in this round.
    heard: String,
}

impl<'v, 'o> Voice<'v, 'o> {
    pub(super) fn new(
        pipeline: &'v Pipeline,
        request: &ModelRequest,
        question: &'v str,
        outlet: &'v mut Outlet<'o>,
        outline: &'v mut Outline,
    ) -> Self {
        let brief = Arc::clone(&request.brief);
        Self {
            checker: checker(pipeline, &brief, question, &request.system),
            system: request.system.clone(),
            tidy: Tidy::default(),
            sources: Sources::new(request.passages.iter().map(|quoted| quoted.citation.clone())),
            cited: Vec::new(),
            found: Vec::new(),
            room: request.limits.chars_max,
            room_max: request.limits.chars_max,
            own: false,
            writer: String::new(),
            model_said: false,
            paragraph: false,
            gap: false,
            heard: String::new(),
            pipeline,
            outlet,
            outline,
            brief,
            question,
        }
    }

    pub(super) fn sources(&mut self) -> &mut Sources {
        &mut self.sources
    }

    pub(super) fn is_silent(&self) -> bool {
        self.outlet.is_silent()
    }

    /// Who wrote last.
    pub(super) fn writer(&self) -> &str {
        &self.writer
    }

    /// Characters that may still be said.
    pub(super) const fn room(&self) -> usize {
        self.room
    }

    /// Tokens that models have written for this answer.
    pub(super) fn tokens_written(&self) -> u32 {
        self.outlet.said.usage.output_tokens
    }

    /// Takes what tools found among what may be said.
    pub(super) fn learn(&mut self, found: Vec<Matter>) {
        found.iter().for_each(|matter| self.checker.learn(matter));
        self.found.extend(found);
    }

    /// Says a stream as it comes, to its end. Where the rest is of no use the stream is dropped, which stops its model; why it
    /// may not be said is told by the verdict.
    pub(super) async fn listen(
        &mut self,
        mut answer: impl Stream<Item = Routed> + Unpin,
        verdict: &Verdict,
    ) -> Result<Ending, Gone> {
        let mut calls = Vec::new();
        self.heard.clear();
        while let Some(part) = answer.next().await {
            match part {
                Routed::Begins { name, source } => self.begin(name, source),
                Routed::Text(text) => {
                    if let Some(ending) = self.hear(&text).await? {
                        if matches!(ending, Ending::Refused) {
                            verdict.give(GUARD);
                        }
                        return Ok(ending);
                    }
                }
                Routed::ToolCall(call) => calls.push(call),
                Routed::Citation(citation) => self.cite(citation),
                Routed::Spent(spent) => self.outlet.said.spend(spent),
                Routed::Interrupted { filtered } => self.interrupted(filtered).await?,
                Routed::Stop(reason) => return self.stop(reason, calls).await,
            }
        }
        self.stop(StopReason::End, calls).await
    }

    /// Someone begins to write. `usage` names the model whose words the answer has, and none that wrote nothing of it.
    fn begin(&mut self, name: String, source: Source) {
        self.own = source == Source::Extractive;
        let said = &mut self.outlet.said;
        if self.own {
            self.room = self.room_max;
        } else {
            said.usage.model = Some(name.clone());
        }
        if !self.model_said && self.own {
            said.usage.model = None;
        }
        said.source = Some(self.brief.called(source));
        self.writer = name;
    }

    async fn hear(&mut self, text: &str) -> Result<Option<Ending>, Gone> {
        let mut text = text;
        if std::mem::take(&mut self.paragraph) {
            text = text.trim_start();
            self.paragraph = text.is_empty();
            self.gap = !self.paragraph && !self.is_silent();
        }
        if self.own {
            return self.say(text.to_owned()).await;
        }
        self.heard.push_str(text);
        let tidied = self.tidy.push(text);
        self.take(tidied).await
    }

    async fn take(&mut self, tidied: Vec<Tidied>) -> Result<Option<Ending>, Gone> {
        for piece in tidied {
            match piece {
                Tidied::Text(text) => {
                    if let Some(ending) = self.check(&text).await? {
                        return Ok(Some(ending));
                    }
                }
                Tidied::Marks(numbers) => self.mark(&numbers),
                // The checker would not see the fence any more: it is told here that a shop writes no code.
                Tidied::Code => {
                    self.pipeline.metrics.ended(Guard::OffTopic.as_str());
                    return Ok(Some(Ending::Refused));
                }
            }
        }
        Ok(None)
    }

    async fn check(&mut self, text: &str) -> Result<Option<Ending>, Gone> {
        let checked = self.checker.push(text);
        self.speak(checked).await
    }

    /// Says what is checked, as far as there is room.
    async fn speak(&mut self, checked: Vec<Checked>) -> Result<Option<Ending>, Gone> {
        for piece in checked {
            match piece {
                Checked::Said(text) => {
                    if let Some(ending) = self.say(text).await? {
                        return Ok(Some(ending));
                    }
                }
                Checked::Corrected { text, fault } => {
                    self.pipeline.metrics.corrected(fault.as_str());
                    if let Some(ending) = self.say(text).await? {
                        return Ok(Some(ending));
                    }
                }
                Checked::End(guard) => {
                    self.pipeline.metrics.ended(guard.as_str());
                    return Ok(Some(Ending::Refused));
                }
                Checked::Withheld(fault) => {
                    self.outline.withheld += 1;
                    self.pipeline.metrics.withheld(fault.as_str());
                }
            }
        }
        Ok(None)
    }

    async fn say(&mut self, text: String) -> Result<Option<Ending>, Gone> {
        // An answer does not begin with blanks.
        if self.is_silent() && text.trim().is_empty() {
            return Ok(None);
        }
        let text = match std::mem::take(&mut self.gap) {
            true => format!("\n\n{}", text.trim_start_matches('\n')),
            false => text,
        };
        let chars = text.chars().count();
        if chars > self.room {
            return Ok(Some(Ending::Cut));
        }
        self.room -= chars;
        self.model_said |= !self.own;
        self.outlet.say(text).await?;
        Ok(None)
    }

    fn mark(&mut self, numbers: &[usize]) {
        for number in numbers {
            if self.sources.get(*number).is_none() {
                self.pipeline.metrics.mark_unknown();
            } else if !self.cited.contains(number) {
                self.cited.push(*number);
            }
        }
    }

    /// A source that the provider names counts if it is among what the model was given.
    fn cite(&mut self, citation: Citation) {
        if self.own {
            self.outlet.cite(citation);
        } else if self.sources.known(&citation).is_some()
            && let Some(number) = self.sources.number(citation)
        {
            self.mark(&[number]);
        }
    }

    async fn stop(&mut self, reason: StopReason, calls: Vec<ToolCall>) -> Result<Ending, Gone> {
        let tidied = self.tidy.finish();
        if let Some(ending) = self.take(tidied).await? {
            return Ok(ending);
        }
        let mut rest = self.checker.finish();
        if reason == StopReason::Length {
            rest.retain(is_whole);
        }
        if let Some(ending) = self.speak(rest).await? {
            return Ok(ending);
        }
        self.paragraph = true;
        Ok(match reason {
            StopReason::Length => Ending::Cut,
            _ if calls.is_empty() => Ending::Whole,
            _ => Ending::Tools(std::mem::take(&mut self.heard), calls),
        })
    }

    /// Says what was written by then, but no number of which more digits may have been to come, and nothing that the
    /// provider's filter stopped. When nothing was said, nobody need know of a beginning.
    async fn interrupted(&mut self, filtered: bool) -> Result<(), Gone> {
        let language = self.brief.language;
        if !filtered {
            self.say_held().await?;
        }
        self.discard();
        if !self.is_silent() {
            let word = if filtered { say::bridge(language) } else { say::interrupted(language) };
            self.outlet.say(word.to_owned()).await?;
        }
        self.pipeline.metrics.ended_early(if filtered { "filtered" } else { "interrupted" });
        Ok(())
    }

    /// Says what is held back, where the rest will not come.
    async fn say_held(&mut self) -> Result<(), Gone> {
        let tidied = self.tidy.finish();
        self.take(tidied).await?;
        let mut rest = self.checker.finish();
        rest.retain(|piece| !ends_in_number(piece));
        self.speak(rest).await?;
        Ok(())
    }

    /// Forgets what is held back.
    fn discard(&mut self) {
        self.tidy = Tidy::default();
        self.paragraph = false;
        self.gap = false;
        self.checker = checker(self.pipeline, &self.brief, self.question, &self.system);
        self.found.iter().for_each(|matter| self.checker.learn(matter));
    }

    /// Forgets an answer of which nobody has read anything, so that another model can write it.
    pub(super) fn begin_anew(&mut self, why: &'static str) {
        self.discard();
        self.cited.clear();
        self.pipeline.metrics.ended_early(why);
    }

    /// Ends an answer that is as long as an answer may be.
    pub(super) async fn end_early(&mut self, why: &'static str) -> Result<(), Gone> {
        self.discard();
        self.pipeline.metrics.ended_early(why);
        if !self.is_silent() {
            self.outlet.say(say::too_long(self.brief.language).to_owned()).await?;
        }
        Ok(())
    }

    /// Lets the embedded answerer have the last word, and says so when there was another before.
    pub(super) async fn fall_back(&mut self, request: &ModelRequest, why: &'static str) -> Result<(), Gone> {
        self.discard();
        self.pipeline.metrics.ended_early(why);
        if !self.is_silent() {
            self.outlet.say(say::bridge(self.brief.language).to_owned()).await?;
        }
        self.begin(EXTRACTIVE.to_owned(), Source::Extractive);
        let mut answer = Extractive.generate(Arc::new(request.clone()));
        while let Some(Ok(event)) = answer.next().await {
            let ending = match event {
                ModelEvent::Text(text) => self.say(text).await?,
                ModelEvent::Citation(citation) => {
                    self.outlet.cite(citation);
                    None
                }
                _ => None,
            };
            if ending.is_some() {
                return self.end_early("length").await;
            }
        }
        Ok(())
    }

    /// Sees to it that something was said, and gives the answer its citations and cards.
    pub(super) async fn finish(mut self, request: &ModelRequest) -> Result<Vec<Product>, Gone> {
        if self.is_silent() && !self.own {
            self.fall_back(request, "empty").await?;
        }
        if self.is_silent() {
            self.outlet.say(say::apology(self.brief.language).to_owned()).await?;
        }
        if !self.model_said {
            return Ok(compose::cards(&self.brief.matter, self.brief.language));
        }
        let (names, shop) = (&*self.pipeline.names, &*self.pipeline.shop);
        let text = self.outlet.said.pieces.concat();
        let mut cited: Vec<Citation> =
            self.cited.iter().filter_map(|number| self.sources.get(*number)).cloned().collect();
        if cited.is_empty() {
            cited = cards::spoken_of(&text, &self.sources, names, shop);
        }
        cited.into_iter().for_each(|citation| self.outlet.cite(citation));
        Ok(cards::cards(&text, &self.brief, &self.found, names, shop))
    }
}

/// Characters that a model may write: those of an answer, without what is said at the end of one that is cut.
pub(super) fn room(request: &ModelRequest) -> usize {
    request.limits.chars_max.saturating_sub(say::too_long(request.language).chars().count())
}

fn checker(pipeline: &Pipeline, brief: &Brief, question: &str, system: &str) -> Checker {
    Checker::new(brief, question, &pipeline.shop, Arc::clone(&pipeline.names)).guarding(system)
}

fn text_of(piece: &Checked) -> Option<&str> {
    match piece {
        Checked::Said(text) | Checked::Corrected { text, .. } => Some(text),
        Checked::Withheld(_) | Checked::End(_) => None,
    }
}

/// Whether a piece that a limit may have cut is whole. A full stop after a digit may have been the point of a number.
fn is_whole(piece: &Checked) -> bool {
    let Some(text) = text_of(piece) else { return true };
    let text = text.trim_end().trim_end_matches(['*', '_', '"', '”', '」', '』', ')', '）']);
    text.ends_with(['.', '!', '?', '。', '！', '？']) && !ends_in_number(piece)
}

/// Whether a piece that was cut off ends in a number that may have gone on.
fn ends_in_number(piece: &Checked) -> bool {
    let Some(text) = text_of(piece) else { return false };
    let text = text.trim_end();
    text.ends_with(['$', '€', '£', '¥', '-'])
        || text.trim_end_matches(['.', ',']).ends_with(|c: char| c.is_ascii_digit())
}
