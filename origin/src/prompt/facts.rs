//! Records as facts: each a name and a value, the value in the words that an answer may use. A message to a model lists them,
//! the result of a tool has them as JSON, so both say the same.

use chat::Language;

use crate::model::extractive::phrase::{length, list, money};
use crate::model::extractive::{items_phrase, offer_phrase, reason, set_price, state_word};
use crate::model::{OrderFacts, SeriesFacts, Suggestion};
use crate::shop::genre::theme_in;
use crate::shop::{Role, Series};

/// A fact: its name, and its value in the language of the answer.
pub(crate) type Fact = (&'static str, String);

/// Everything that an answer may say of a series.
pub(crate) fn series(facts: &SeriesFacts, language: Language) -> Vec<Fact> {
    let series = &facts.series;
    let mut out = vec![("title", series.title_in(language).to_owned())];
    let other = match language {
        Language::En => &series.title.ja,
        Language::Ja => &series.title.en,
    };
    if other != series.title_in(language) {
        out.push(("other_title", other.clone()));
    }
    let genres: Vec<&str> = series.genres.iter().map(|genre| genre.name_in(language)).collect();
    let mut themes: Vec<&str> = series.themes.iter().filter_map(|theme| theme_in(theme, language)).collect();
    themes.dedup();
    out.extend([
        ("authors", authors(series, language)),
        ("genres", list(&genres, language)),
        ("themes", list(&themes, language)),
        ("readership", series.demographic.name_in(language).to_owned()),
        ("length", length(series, language)),
        ("began", series.year.to_string()),
        ("age_rating", series.age.name_in(language).to_owned()),
        ("publisher", publisher(series, language)),
        ("offer", offer_phrase(facts, language)),
    ]);
    if let Some(offer) = &facts.offer {
        out.push(("all_volumes_together", money(set_price(facts), language)));
        out.push(("binding", offer.format.clone()));
    }
    out.push(("page", series.url()));
    out.push(("story", series.synopsis.get(language).to_owned()));
    out.retain(|(_, value)| !value.is_empty());
    out
}

/// A suggested series, with why it fits.
pub(crate) fn suggestion(pick: &Suggestion, language: Language) -> Vec<Fact> {
    let mut out = series(&pick.facts, language);
    out.push(("why_it_fits", reason(pick, language)));
    out
}

/// Everything that an answer may say of an order to its customer.
pub(crate) fn order(facts: &OrderFacts, language: Language) -> Vec<Fact> {
    let order = &facts.order;
    let mut out = vec![
        ("order", order.number.clone()),
        ("state", state_word(order.state, language).to_owned()),
        ("in_this_state_since", order.since.written(language)),
        ("placed", order.placed.written(language)),
    ];
    let optional = [
        ("expected", order.estimated.map(|day| day.written(language))),
        ("carrier", order.carrier.clone()),
        ("tracking_number", order.tracking.clone()),
    ];
    out.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    out.extend([
        ("method", order.method.clone()),
        ("items", items_phrase(facts, language)),
        ("total_with_shipping", money(order.total_cents, language)),
    ]);
    out
}

/// One fact a line.
pub(super) fn lines(facts: &[Fact]) -> String {
    facts.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

fn authors(series: &Series, language: Language) -> String {
    let credits: Vec<String> = series
        .authors
        .iter()
        .map(|author| format!("{} ({})", author.name_in(language), role_in(author.role, language)))
        .collect();
    list(&credits, language)
}

const fn role_in(role: Role, language: Language) -> &'static str {
    match (role, language) {
        (Role::StoryArt, Language::En) => "story and art",
        (Role::Story, Language::En) => "story",
        (Role::Art, Language::En) => "art",
        (Role::Original, Language::En) => "original work",
        (Role::StoryArt, Language::Ja) => "原作・作画",
        (Role::Story, Language::Ja) => "原作",
        (Role::Art, Language::Ja) => "作画",
        (Role::Original, Language::Ja) => "原案",
    }
}

fn publisher(series: &Series, language: Language) -> String {
    let japanese = &series.publisher.ja;
    match (&series.publisher.en, language) {
        (Some(english), Language::En) => format!("{japanese} (Japan), {english} (English edition)"),
        (Some(english), Language::Ja) => format!("{japanese}(日本)、{english}(英語版)"),
        (None, Language::En) => format!("{japanese} (Japan)"),
        (None, Language::Ja) => format!("{japanese}(日本)"),
    }
}
