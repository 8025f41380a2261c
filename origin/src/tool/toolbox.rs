//! The tools offered to a model, as they are run. A call is checked, looked up within a time, and comes to a [`Matter`]: the
//! same typed records that the pipeline finds, so that what a tool found is checked, cited and shown in the same way.

use std::time::Duration;

use chat::Language;
use semantics::faq::Audience;
use thiserror::Error;

use super::arguments::{Details, MyOrders, Policy, Search};
use super::offer::{DETAILS, ORDERS, POLICY, SEARCH};
use super::own;
use crate::admit::Call;
use crate::compose::Composer;
use crate::model::{Matter, ToolCall};
use crate::retrieve::{Need, RetrieveError, Retriever};
use crate::shop::Shop;
use crate::shop::services::{Orders, ServiceError};
use crate::understand::{Context, Intent, Query, Understanding};

/// How long a tool may take.
const TOOL_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest unknown name that is said back, in characters.
const NAME_CHARS_MAX: usize = 64;

/// What tools look things up in, and for whom.
pub(crate) struct Toolbox<'a> {
    pub(crate) shop: &'a Shop,
    pub(crate) understanding: &'a Understanding,
    pub(crate) retriever: &'a dyn Retriever,
    pub(crate) composer: Composer<'a>,
    pub(crate) orders: &'a dyn Orders,
    /// The verified call: whose orders may be seen.
    pub(crate) call: &'a Call,
    /// The language of the answer.
    pub(crate) language: Language,
}

/// Why a call was not answered, as the model is told.
#[derive(Debug, Error)]
pub(crate) enum ToolFault {
    #[error("There is no tool `{0}`. Use one of those that you were given.")]
    Unknown(String),
    #[error("{0}")]
    Arguments(String),
    #[error("The catalogue has no series of that title or id. Try `search_catalogue`, or tell the shopper.")]
    NoSeries,
    #[error("The tool did not answer in time. Answer from what you have, or say that you do not know.")]
    Timeout,
    #[error("The tool failed. Answer from what you have, or say that you do not know.")]
    Failed,
}

impl ToolFault {
    /// For metrics.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown",
            Self::Arguments(_) => "arguments",
            Self::NoSeries => "nothing",
            Self::Timeout => "timeout",
            Self::Failed => "failed",
        }
    }

    /// Whether the same call may be answered a moment later.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self, Self::Timeout | Self::Failed)
    }
}

impl From<ServiceError> for ToolFault {
    fn from(error: ServiceError) -> Self {
        tracing::warn!(error = %error, "a tool failed");
        Self::Failed
    }
}

impl From<RetrieveError> for ToolFault {
    fn from(error: RetrieveError) -> Self {
        tracing::warn!(error = %error, "a tool failed");
        Self::Failed
    }
}

impl Toolbox<'_> {
    /// Runs a call. Tools only read, so calls may run side by side.
    pub(crate) async fn run(&self, call: &ToolCall) -> Result<Matter, ToolFault> {
        let run = async {
            match call.name.as_str() {
                SEARCH => self.search(&call.arguments).await,
                DETAILS => self.details(&call.arguments).await,
                POLICY => self.policy(&call.arguments).await,
                ORDERS if self.call.customer().is_some() => self.my_orders(&call.arguments).await,
                other => Err(ToolFault::Unknown(other.chars().take(NAME_CHARS_MAX).collect())),
            }
        };
        tokio::time::timeout(TOOL_TIMEOUT, run).await.unwrap_or(Err(ToolFault::Timeout))
    }

    async fn search(&self, arguments: &str) -> Result<Matter, ToolFault> {
        let search = Search::read(arguments).map_err(ToolFault::Arguments)?;
        let mut query = self.understand(&search.query);
        query.bounds = search.bounds().over(&query.bounds);
        // A search for a title or an author finds them; anything else is looked for by what it says.
        Ok(match query.intent {
            Intent::Product if query.subjects().next().is_some() => self.composer.products(&query).await?,
            Intent::Author if query.bounds.is_empty() => self.composer.author(&query).await?,
            _ => {
                let found = self.retriever.series(&self.need(&query)).await?;
                self.composer.suggestions(&query, found, &[]).await?
            }
        })
    }

    async fn details(&self, arguments: &str) -> Result<Matter, ToolFault> {
        let details = Details::read(arguments).map_err(ToolFault::Arguments)?;
        let wanted = details.title_or_id.trim();
        let positions: Vec<usize> = match self.shop.position(wanted) {
            Some(at) => vec![at],
            None => self.understand(wanted).mentions.iter().map(|mention| mention.series).collect(),
        };
        if positions.is_empty() {
            return Err(ToolFault::NoSeries);
        }
        Ok(self.composer.series(&positions).await?)
    }

    async fn policy(&self, arguments: &str) -> Result<Matter, ToolFault> {
        let policy = Policy::read(arguments).map_err(ToolFault::Arguments)?;
        let query = self.understand(&policy.question);
        let passages = self.retriever.passages(&self.need(&query)).await?;
        Ok(Matter::Passages { passages })
    }

    async fn my_orders(&self, arguments: &str) -> Result<Matter, ToolFault> {
        let number = MyOrders::read(arguments).map_err(ToolFault::Arguments)?;
        let numbers: Vec<String> = number.into_iter().collect();
        Ok(own::orders(&numbers, self.call, self.orders, self.shop, self.language).await?)
    }

    fn understand(&self, text: &str) -> Query {
        let audience = if self.call.customer().is_some() { Audience::Customer } else { Audience::Guest };
        let context = Context { language: self.language, audience, page: None, recent: &[] };
        self.understanding.understand(text, &context)
    }

    fn need<'n>(&self, query: &'n Query) -> Need<'n> {
        Need { query, favourites: &[], signed_in: self.call.customer().is_some(), unhelpful: &[] }
    }
}
