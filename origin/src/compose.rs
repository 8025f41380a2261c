//! Compose: what was found, with today's prices and stock, as the brief of the answer and the request to a model.

use std::collections::HashMap;
use std::sync::Arc;

use chat::{Language, Product};

use crate::memory::StoredTurn;
use crate::model::{
    Brief, Labels, Matter, ModelRequest, OutputLimits, SeriesFacts, Suggestion, ToolSpec, Wanted, reason,
};
use crate::prompt::{Asked, Prompts};
use crate::retrieve::{Found, Passage};
use crate::shop::services::{Catalogue, Offer, ServiceError};
use crate::shop::{Genre, Shop};
use crate::understand::{Aspect, Query};

/// Series suggested when no number is asked for.
const SUGGESTIONS_DEFAULT: usize = 4;
/// Series listed of one author.
const AUTHOR_SERIES_MAX: usize = 5;
/// Series answered about at once.
const PRODUCTS_MAX: usize = 3;
/// Series of a wishlist that are listed.
const WISHLIST_MAX: usize = 10;
/// Prices are read for so many of the best picks.
const OFFERED_MAX: usize = 24;

/// Puts briefs together.
pub(crate) struct Composer<'a> {
    pub(crate) shop: &'a Shop,
    pub(crate) catalogue: &'a dyn Catalogue,
}

impl Composer<'_> {
    /// A series with its offer.
    async fn facts(&self, positions: &[usize]) -> Result<Vec<SeriesFacts>, ServiceError> {
        let ids = positions.iter().map(|at| self.shop.series[*at].id.clone()).collect();
        let mut offers: HashMap<String, Offer> = self.catalogue.offers(ids).await?;
        let facts = positions.iter().map(|at| {
            let series = self.shop.series[*at].clone();
            SeriesFacts { offer: offers.remove(&series.id), series }
        });
        Ok(facts.collect())
    }

    /// Suggestions from what was found.
    pub(crate) async fn suggestions(
        &self,
        query: &Query,
        found: Found,
        favourites: &[Genre],
    ) -> Result<Matter, ServiceError> {
        let mut wanted = wanted(self.shop, query, &found, favourites);
        let positions: Vec<usize> = found.picks.iter().take(OFFERED_MAX).map(|pick| pick.series).collect();
        let facts = self.facts(&positions).await?;
        let language = query.language;
        let all: Vec<Suggestion> = found
            .picks
            .into_iter()
            .zip(facts)
            .map(|(pick, facts)| Suggestion {
                facts,
                genres: pick.genres,
                themes: pick.themes,
                like: pick.like.map(|like| self.shop.series[like].title_in(language).to_owned()),
                same_author: pick.same_author,
            })
            .collect();
        let picks = choose(all, query, &mut wanted);
        if picks.is_empty() {
            Ok(Matter::NothingFound { wanted })
        } else {
            Ok(Matter::Suggestions { picks, wanted })
        }
    }

    /// The named series.
    pub(crate) async fn products(&self, query: &Query) -> Result<Matter, ServiceError> {
        let positions: Vec<usize> = query.subjects().take(PRODUCTS_MAX).collect();
        Ok(Matter::Products { items: self.facts(&positions).await?, aspects: query.aspects.clone() })
    }

    /// Series by their positions in the catalogue, when nothing particular is asked of them.
    pub(crate) async fn series(&self, positions: &[usize]) -> Result<Matter, ServiceError> {
        let positions = &positions[..positions.len().min(PRODUCTS_MAX)];
        Ok(Matter::Products { items: self.facts(positions).await?, aspects: Vec::new() })
    }

    /// An author's series.
    pub(crate) async fn author(&self, query: &Query) -> Result<Matter, ServiceError> {
        let author = query.authors.first().map_or("", String::as_str);
        let by = |at: &usize| self.shop.series[*at].authors.iter().any(|one| one.en == author);
        let all: Vec<usize> = (0..self.shop.series.len()).filter(by).collect();
        let others = all.len().saturating_sub(AUTHOR_SERIES_MAX);
        let items = self.facts(&all[..all.len() - others]).await?;
        Ok(Matter::Author { name: author_name(self.shop, author, query.language), items, others })
    }

    /// The series of a wishlist.
    pub(crate) async fn wishlist(&self, ids: &[String]) -> Result<Matter, ServiceError> {
        let positions: Vec<usize> =
            ids.iter().filter_map(|id| self.shop.position(id)).take(WISHLIST_MAX).collect();
        Ok(Matter::Wishlist { items: self.facts(&positions).await? })
    }
}

/// The best that can be bought for the price, what is in stock before what is not.
fn choose(mut all: Vec<Suggestion>, query: &Query, wanted: &mut Wanted) -> Vec<Suggestion> {
    let bounds = &query.bounds;
    let price = |pick: &Suggestion| pick.facts.offer.as_ref().map_or(u32::MAX, |offer| offer.price_cents);
    let stock = |pick: &Suggestion| pick.facts.offer.as_ref().map_or(0, |offer| offer.stock);
    all.retain(|pick| pick.facts.offer.is_some());
    if let Some(max) = bounds.price_max_cents {
        let affordable = all.iter().any(|pick| price(pick) <= max);
        wanted.price_relaxed = !affordable && !all.is_empty();
        all.retain(|pick| price(pick) <= max || !affordable);
    }
    if bounds.in_stock {
        all.retain(|pick| stock(pick) > 0);
    }
    let count = bounds.count.unwrap_or(SUGGESTIONS_DEFAULT);
    if bounds.cheap || wanted.price_relaxed {
        // Among the best fits, the cheapest first.
        all.truncate(count * 3);
        all.sort_by_key(price);
    } else {
        // What is sold out gives way to what fits nearly as well.
        all.truncate(count * 2);
        all.sort_by_key(|pick| stock(pick) == 0);
    }
    all.truncate(count);
    all
}

fn wanted(shop: &Shop, query: &Query, found: &Found, favourites: &[Genre]) -> Wanted {
    let language = query.language;
    let by_favourites = !query.has_conditions() && !favourites.is_empty() && found.open;
    Wanted {
        likes: query.likes().map(|at| shop.series[at].title_in(language).to_owned()).collect(),
        genres: query.genres.iter().copied().collect(),
        genres_not: query.genres_not.iter().copied().collect(),
        themes: query.themes.iter().cloned().collect(),
        themes_not: query.themes_not.iter().cloned().collect(),
        demographic: query.demographic,
        authors: query.authors.iter().map(|author| author_name(shop, author, language)).collect(),
        bounds: query.bounds.clone(),
        relaxed: found.relaxed.clone(),
        price_relaxed: false,
        open: found.open,
        favourites: if by_favourites { favourites.to_vec() } else { Vec::new() },
        more: !query.seen.is_empty() && query.bounds.relative.is_none(),
    }
}

/// An author, known by the English name, in the answer's language.
fn author_name(shop: &Shop, english: &str, language: Language) -> String {
    let mut authors = shop.series.iter().flat_map(|series| &series.authors);
    authors.find(|author| author.en == english).map_or(english, |author| author.name_in(language)).to_owned()
}

/// The matter of passages; without one that fits it is something else.
pub(crate) fn passages(query: &Query, passages: Vec<Passage>) -> Matter {
    match passages.is_empty() {
        false => Matter::Passages { passages },
        // "Do you have …?" of something that the catalogue does not know by that name.
        true if query.aspects.contains(&Aspect::Stock) => Matter::WhichProduct,
        true => Matter::Other,
    }
}

/// The brief of an answer.
pub(crate) fn brief(shop: &Shop, query: &Query, matter: Matter) -> Brief {
    let named = query.mentions.iter().map(|mention| &shop.series[mention.series]);
    Brief {
        language: query.language,
        matter,
        named: named.flat_map(|series| [series.title.en.clone(), series.title.ja.clone()]).collect(),
    }
}

/// The cards of what was found, each with why it is shown.
pub(crate) fn cards(matter: &Matter, language: Language) -> Vec<Product> {
    match matter {
        Matter::Suggestions { picks, .. } => picks
            .iter()
            .filter_map(|pick| pick.facts.card(language, Some(sentence(&reason(pick, language)))))
            .collect(),
        _ => matter.series().into_iter().filter_map(|facts| facts.card(language, None)).collect(),
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What a request has beside its brief.
pub(crate) struct Frame<'a> {
    pub(crate) prompts: &'a Prompts,
    pub(crate) asked: Asked<'a>,
    /// The latest turns, newest last.
    pub(crate) recent: &'a [StoredTurn],
    pub(crate) tools: Vec<ToolSpec>,
    pub(crate) limits: OutputLimits,
    pub(crate) labels: Labels,
}

/// The request to a model.
pub(crate) fn request(brief: Brief, frame: Frame<'_>) -> ModelRequest {
    let language = brief.language;
    let (message, passages) = frame.prompts.message(&brief, &frame.asked);
    ModelRequest {
        system: frame.prompts.system(language),
        turns: Prompts::history(frame.recent),
        message,
        language,
        passages,
        tools: frame.tools,
        rounds: Vec::new(),
        limits: frame.limits,
        stop: Vec::new(),
        labels: frame.labels,
        brief: Arc::new(brief),
    }
}
