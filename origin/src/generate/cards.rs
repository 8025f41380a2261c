//! Which cards an answer has: those of the series that it names, in the order in which it does; if it names none, those of the
//! records that it was made from. The same for what it cites when it does not say.

use chat::{Citation, CitationKind, Product};

use crate::compose;
use crate::model::{Brief, Matter};
use crate::prompt::Sources;
use crate::shop::Shop;
use crate::understand::{NameSpotter, fold};

/// Most cards of one answer.
const CARDS_MAX: usize = 10;

/// The cards of an answer that a model wrote, from the brief's series and those that tools found.
pub(super) fn cards(
    text: &str,
    brief: &Brief,
    found: &[Matter],
    names: &NameSpotter,
    shop: &Shop,
) -> Vec<Product> {
    let of_brief = compose::cards(&brief.matter, brief.language);
    let of_tools = found.iter().flat_map(|matter| compose::cards(matter, brief.language));
    let known: Vec<Product> = of_brief.iter().cloned().chain(of_tools).collect();
    let mut chosen: Vec<Product> = Vec::new();
    for id in named(text, names, shop) {
        if let Some(card) = known.iter().find(|card| card.id == id)
            && chosen.iter().all(|other| other.id != id)
        {
            chosen.push(card.clone());
        }
    }
    if chosen.is_empty() {
        chosen = of_brief;
    }
    chosen.truncate(CARDS_MAX);
    chosen
}

/// What a text speaks of, of what it could have cited.
pub(super) fn spoken_of(text: &str, sources: &Sources, names: &NameSpotter, shop: &Shop) -> Vec<Citation> {
    let named = named(text, names, shop);
    let speaks_of = |citation: &&Citation| match citation.kind {
        CitationKind::Series => named.contains(&citation.id.as_str()),
        CitationKind::Order => text.contains(&citation.id),
        CitationKind::Faq | CitationKind::Policy => text.contains(&citation.title),
    };
    sources.all().iter().filter(speaks_of).cloned().collect()
}

/// The ids of the series that an answer names, in order. A title that is an ordinary word counts where it is written as the
/// title is: the answer was made from records, so its "Monster" is one.
fn named<'s>(text: &str, names: &NameSpotter, shop: &'s Shop) -> Vec<&'s str> {
    let folded = fold(text);
    let hits = names.hits(&folded).into_iter().filter(|(position, ordinary)| {
        let title = &shop.series[*position].title;
        !ordinary || text.contains(&title.en) || text.contains(&title.ja)
    });
    hits.map(|(position, _)| shop.series[position].id.as_str()).collect()
}
