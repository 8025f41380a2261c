//! What an answer can stand on: series that fit, passages of the FAQ and the policies that speak of what is asked. Prices
//! and stock are not found here: they are read when the answer is composed.

mod index;
mod passages;
mod rank;
mod terms;

use futures_util::future::BoxFuture;
use thiserror::Error;

use crate::shop::Genre;
use crate::understand::Query;

pub(crate) use index::TantivyRetriever;
pub(crate) use terms::terms;

/// Most passages of one answer.
pub(crate) const PASSAGES_MAX: usize = 5;
/// Longest passage, in characters: about 500 tokens in English. A Japanese character is about one token.
pub(crate) const PASSAGE_CHARS_MAX: usize = 2_000;
/// Most series of one search: enough to choose from when prices and stock are known.
pub(crate) const PICKS_MAX: usize = 40;

/// Finds series and passages.
pub(crate) trait Retriever: Send + Sync {
    /// The series that fit, best first.
    fn series<'a>(&'a self, need: &'a Need<'a>) -> BoxFuture<'a, Result<Found, RetrieveError>>;

    /// The passages that may answer, best first, at most [`PASSAGES_MAX`].
    fn passages<'a>(&'a self, need: &'a Need<'a>) -> BoxFuture<'a, Result<Vec<Passage>, RetrieveError>>;
}

/// What is looked for.
pub(crate) struct Need<'a> {
    pub(crate) query: &'a Query,
    /// Genres that the customer likes, when nothing else is said.
    pub(crate) favourites: &'a [Genre],
    /// Only readers who signed in see what is rated Mature among suggestions, unless it is asked for.
    pub(crate) signed_in: bool,
    /// Passages that did not help before, by id.
    pub(crate) unhelpful: &'a [String],
}

/// The index could not be searched.
#[derive(Debug, Error)]
#[error("the search failed: {0}")]
pub(crate) struct RetrieveError(pub(crate) String);

/// Series that fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) picks: Vec<Pick>,
    /// Conditions that nothing met and that were given up.
    pub(crate) relaxed: Vec<Relaxed>,
    /// Nothing was asked for in particular: these are a start.
    pub(crate) open: bool,
}

/// A series that fits, and why.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    /// Position in the catalogue.
    pub(crate) series: usize,
    pub(crate) score: f32,
    /// Genres wanted, or shared with what is liked.
    pub(crate) genres: Vec<Genre>,
    /// Themes wanted, or shared with what is liked, as the catalogue writes them.
    pub(crate) themes: Vec<String>,
    /// The liked series that it shares most with.
    pub(crate) like: Option<usize>,
    /// By an author that was asked for, or of the liked series.
    pub(crate) same_author: bool,
}

/// A condition given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relaxed {
    Years,
    Volumes,
    Status,
    Demographic,
    Genres,
}

/// A passage of the FAQ or of a policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Passage {
    pub(crate) kind: PassageKind,
    /// FAQ entry, or `policy#section`.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) url: Option<String>,
    /// In the language of the question.
    pub(crate) text: String,
    /// How well it fits, 0 to 1.
    pub(crate) fit: f32,
}

/// Where a passage is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassageKind {
    Faq,
    Policy,
}
