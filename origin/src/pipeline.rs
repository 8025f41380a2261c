//! One turn: admit → remember → classify → (tool | retrieve) → compose → generate → check → format → record.
//!
//! [`Pipeline::answer`] reads like that list. It says what it has to say through an [`Outlet`] and can be dropped anywhere:
//! what has been said by then is what is recorded.

use std::sync::Arc;
use std::time::Instant;

use chat::{CitationKind, Code, Language, Problem, Source};
use semantics::faq::Audience;
use thiserror::Error;

use crate::admit::Turn;
use crate::compose::{self, Composer, Frame};
use crate::config::Limits;
use crate::dates::Day;
use crate::format::Outlet;
use crate::live::Gone;
use crate::memory::{Beginning, Memory, MemoryError, Remembered, Status, StoredTurn};
use crate::metrics::Metrics;
use crate::model::{Labels, Matter, ModelRequest, OutputLimits, Router};
use crate::prompt::{Asked, PROMPT, Prompts};
use crate::retrieve::{Need, RetrieveError, Retriever};
use crate::shop::services::{Catalogue, Orders, Profiles, ServiceError};
use crate::shop::{Genre, Shop};
use crate::tool;
use crate::understand::{Context, Intent, NameSpotter, Query, Understanding};

/// The steps and what stands behind them.
pub(crate) struct Pipeline {
    pub(crate) shop: Arc<Shop>,
    pub(crate) names: Arc<NameSpotter>,
    pub(crate) memory: Arc<dyn Memory>,
    pub(crate) understanding: Understanding,
    pub(crate) retriever: Arc<dyn Retriever>,
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) orders: Arc<dyn Orders>,
    pub(crate) profiles: Arc<dyn Profiles>,
    pub(crate) router: Router,
    pub(crate) prompts: Prompts,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limits: Limits,
}

/// What the log and the metrics know of a turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outline {
    pub(crate) intent: &'static str,
    pub(crate) language: Language,
    /// It was said before, and is only said again.
    pub(crate) replayed: bool,
    pub(crate) withheld: u32,
}

/// Why a turn has no whole answer.
#[derive(Debug, Error)]
pub(crate) enum TurnError {
    #[error("nobody reads the answer")]
    Gone,
    #[error("the answer was stopped before")]
    StoppedBefore,
    #[error("the id stands for another message")]
    IdReused,
    #[error(transparent)]
    Memory(#[from] MemoryError),
    #[error(transparent)]
    Retrieve(#[from] RetrieveError),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<Gone> for TurnError {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl Pipeline {
    /// Answers an admitted turn.
    pub(crate) async fn answer(
        &self,
        turn: &Turn,
        outlet: &mut Outlet<'_>,
        outline: &mut Outline,
    ) -> Result<(), TurnError> {
        let remembered = self.timed("remember", self.remember(turn)).await?;
        if let Some(before) = remembered.same.filter(|same| same.status != Status::Failed) {
            outline.replayed = true;
            return replay(before, turn, outlet).await;
        }
        let recent = remembered.recent;
        let query = self.classify(turn, &recent, outline);
        let matter = match query.intent {
            intent if is_tool(intent) => self.timed("tool", self.tool(&query, turn)).await?,
            _ => self.timed("retrieve", self.retrieve(&query, turn, &recent)).await?,
        };
        let request = self.compose(&query, matter, turn, &recent);
        outlet.start(request.brief.called(self.router.source(outline.intent))).await?;
        let cards = self.timed("generate", self.generate(request, turn, outlet, outline)).await?;
        outlet.show(cards).await?;
        Ok(())
    }

    async fn timed<T>(&self, step: &'static str, work: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let done = work.await;
        self.metrics.step(step, began.elapsed());
        done
    }

    async fn remember(&self, turn: &Turn) -> Result<Remembered, TurnError> {
        let beginning = Beginning {
            id: turn.request.id,
            preceding: turn.request.preceding.clone(),
            recent_max: self.limits.turns_remembered_max,
        };
        let remembered = self.memory.begin(turn.call.session.clone(), beginning).await?;
        match &remembered.same {
            Some(same) if !is_same(same, turn) => Err(TurnError::IdReused),
            _ => Ok(remembered),
        }
    }

    fn classify(&self, turn: &Turn, recent: &[StoredTurn], outline: &mut Outline) -> Query {
        let began = Instant::now();
        outline.language = turn.language(recent.last().map(|turn| turn.language));
        let context = Context {
            language: outline.language,
            audience: if turn.call.customer().is_some() { Audience::Customer } else { Audience::Guest },
            page: turn.request.page.as_ref(),
            recent,
        };
        let query = self.understanding.understand(&turn.request.text, &context);
        outline.intent = query.intent.as_str();
        self.metrics.step("classify", began.elapsed());
        query
    }

    async fn tool(&self, query: &Query, turn: &Turn) -> Result<Matter, TurnError> {
        let matter = match query.intent {
            Intent::Handoff => tool::hand_off(&turn.call, &*self.memory, &self.metrics).await?,
            Intent::Wishlist => tool::wishlist(&turn.call, &*self.profiles, &self.composer()).await?,
            _ => {
                let (orders, language) = (&query.orders, query.language);
                tool::orders(orders, &turn.call, &*self.orders, &self.shop, language).await?
            }
        };
        Ok(matter)
    }

    async fn retrieve(&self, query: &Query, turn: &Turn, recent: &[StoredTurn]) -> Result<Matter, TurnError> {
        let favourites = self.favourites(query, turn).await?;
        let unhelpful = unhelpful(turn, recent);
        let signed_in = turn.call.customer().is_some();
        let need = Need { query, favourites: &favourites, signed_in, unhelpful: &unhelpful };
        Ok(match query.intent {
            Intent::Greeting => Matter::Greeting,
            Intent::Thanks => Matter::Thanks,
            Intent::WhichProduct => Matter::WhichProduct,
            Intent::Product => self.composer().products(query).await?,
            Intent::Author => self.composer().author(query).await?,
            Intent::Discovery => {
                let found = self.retriever.series(&need).await?;
                self.composer().suggestions(query, found, &favourites).await?
            }
            _ => compose::passages(query, self.retriever.passages(&need).await?),
        })
    }

    /// The customer's favourite genres, for a suggestion that nothing else says more about.
    async fn favourites(&self, query: &Query, turn: &Turn) -> Result<Vec<Genre>, TurnError> {
        let Some(customer) =
            turn.call.customer().filter(|_| query.intent == Intent::Discovery && !query.has_conditions())
        else {
            return Ok(Vec::new());
        };
        let profile = self.profiles.profile(customer.to_owned()).await?.unwrap_or_default();
        let genre = |name: &String| Genre::ALL.iter().copied().find(|genre| genre.key() == name);
        Ok(profile.favourite_genres.iter().filter_map(genre).collect())
    }

    fn compose(&self, query: &Query, matter: Matter, turn: &Turn, recent: &[StoredTurn]) -> ModelRequest {
        let brief = compose::brief(&self.shop, query, matter);
        let limits = OutputLimits {
            chars_max: self.limits.answer_chars_max,
            tokens_max: self.limits.answer_tokens_max,
        };
        let labels = Labels {
            request_id: turn.call.request_id.clone(),
            intent: query.intent.as_str().to_owned(),
            prompt: PROMPT.to_owned(),
        };
        let page = turn.request.page.as_ref().and_then(|page| self.shop.by_id(page.series.as_deref()?));
        let today = Day::of_ms(turn.call.session.now_ms);
        let frame = Frame {
            prompts: &self.prompts,
            asked: Asked { question: &turn.request.text, today, page },
            recent,
            tools: tool::offered(&brief.matter, &turn.call),
            limits,
            labels,
        };
        compose::request(brief, frame)
    }

    pub(crate) fn composer(&self) -> Composer<'_> {
        Composer { shop: &self.shop, catalogue: &*self.catalogue }
    }
}

const fn is_tool(intent: Intent) -> bool {
    matches!(intent, Intent::Handoff | Intent::Order | Intent::Wishlist)
}

/// Whether the turn on record is this message. An edge answer is known by its text.
fn is_same(before: &StoredTurn, turn: &Turn) -> bool {
    before.digest.as_ref().map_or(before.text == turn.request.text, |digest| *digest == turn.digest)
}

async fn replay(before: StoredTurn, turn: &Turn, outlet: &mut Outlet<'_>) -> Result<(), TurnError> {
    debug_assert!(is_same(&before, turn), "another message is a conflict");
    let stopped = before.status == Status::Stopped;
    outlet.replay(before).await?;
    if stopped { Err(TurnError::StoppedBefore) } else { Ok(()) }
}

/// The FAQ entries that were answered with and did not help.
fn unhelpful(turn: &Turn, recent: &[StoredTurn]) -> Vec<String> {
    let Some(not) = turn.request.not else { return Vec::new() };
    let answered = recent.iter().filter(|before| before.id == not).flat_map(|before| &before.citations);
    answered
        .filter(|citation| citation.kind == CitationKind::Faq)
        .map(|citation| citation.id.clone())
        .collect()
}

impl TurnError {
    /// How the turn ended, for its record.
    pub(crate) const fn status(&self) -> Status {
        if matches!(self, Self::Gone) { Status::Stopped } else { Status::Failed }
    }

    /// What the caller is told.
    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Gone | Self::StoppedBefore => {
                Problem::new(Code::Stopped, "The answer was stopped: send the message again with a new id.")
            }
            Self::IdReused => {
                Problem::new(Code::IdReused, "This message id came before with another text: take a new id.")
            }
            Self::Memory(error) => memory_problem(error),
            Self::Retrieve(_) => {
                Problem::new(Code::Internal, "The catalogue could not be searched. Try again.")
            }
            Self::Service(_) => {
                Problem::new(Code::Unavailable, "The shop's records cannot be reached. Try again soon.")
                    .with_retry_after(2)
            }
        }
    }

    /// Whether it is nobody's fault and needs no attention.
    pub(crate) const fn is_expected(&self) -> bool {
        matches!(
            self,
            Self::Gone
                | Self::StoppedBefore
                | Self::IdReused
                | Self::Memory(MemoryError::NotYours | MemoryError::Moved)
        )
    }
}

/// What the caller is told when memory does not serve.
pub(crate) fn memory_problem(error: &MemoryError) -> Problem {
    match error {
        MemoryError::NotYours => Problem::new(Code::Forbidden, "This session belongs to someone else."),
        MemoryError::Moved => {
            Problem::new(Code::SessionRequired, "This session was taken over: start a new one.")
        }
        MemoryError::Busy(_) => {
            Problem::new(Code::Overloaded, "The assistant is busy. Try again soon.").with_retry_after(1)
        }
        MemoryError::Failed(_) => {
            Problem::new(Code::Internal, "The conversation could not be read. Try again.")
        }
    }
}

/// Where an answer came from, for metrics.
pub(crate) const fn source_name(source: Source) -> &'static str {
    match source {
        Source::FaqEdge => "faq-edge",
        Source::Cache => "cache",
        Source::Model => "model",
        Source::Extractive => "extractive",
        Source::Tool => "tool",
    }
}
