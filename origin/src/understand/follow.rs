//! What a turn leans on: "is it in stock?" after a series was named, "something shorter" after a search, the page that the
//! shopper looks at.

use std::collections::BTreeSet;

use chat::{CitationKind, Language, Page};
use semantics::faq::Audience;

use super::bounds::{self, Bounds, Relative};
use super::cues::CUES;
use super::{Intent, Mention, Query, Role, Understanding};
use crate::memory::StoredTurn;

/// What was said before, and where the shopper is.
pub(crate) struct Context<'a> {
    pub(crate) language: Language,
    pub(crate) audience: Audience,
    pub(crate) page: Option<&'a Page>,
    /// The latest turns, newest last.
    pub(crate) recent: &'a [StoredTurn],
}

/// Longest text, in characters, that is taken as a change of the one before.
const CHANGE_CHARS_MAX: usize = 60;
/// How far back a search is looked for.
const SEARCH_TURNS_MAX: usize = 4;

/// Fills in what the text leaves to its context.
pub(super) fn resolve(understanding: &Understanding, query: &mut Query, context: &Context<'_>) {
    let normal = semantics::text::normalise(&query.text);
    if matches!(
        query.intent,
        Intent::Greeting | Intent::Thanks | Intent::Handoff | Intent::Order | Intent::Wishlist
    ) {
        return;
    }
    let focus = focus(understanding, context);
    if query.mentions.is_empty() && query.authors.is_empty() {
        if asks_about_it(query, &normal) {
            query.intent = Intent::WhichProduct;
        } else if changes_search(query, &normal)
            && merge_search(understanding, query, context, &focus, &normal)
        {
            return;
        }
        refer(query, context, &focus, &normal);
    }
    let reference = query.likes().next();
    if let (Some(relative), Some(reference)) = (query.bounds.relative, reference) {
        let series = &understanding.shop.series[reference];
        bound(&mut query.bounds, relative, series.volumes, series.year);
    }
}

/// Whether "is it complete?" asks about a series and does not search for complete ones.
fn asks_about_it(query: &Query, normal: &str) -> bool {
    let topic = !query.genres.is_empty() || !query.themes.is_empty() || query.demographic.is_some();
    !topic
        && !query.aspects.is_empty()
        && matches!(query.intent, Intent::Discovery | Intent::Other)
        && CUES.pronoun.is_match(normal)
        && !bounds::words(normal, &["something", "anything", "recommend", "similar", "like"])
        && !bounds::any(normal, &["何か", "なにか", "おすすめ", "似た", "みたい"])
}

/// What the conversation is about, by position in the catalogue.
struct Focus {
    /// The series last spoken of, the most likely first.
    series: Vec<usize>,
    /// The products last shown, in their order.
    shown: Vec<usize>,
    /// The series of the page.
    page: Option<usize>,
}

fn focus(understanding: &Understanding, context: &Context<'_>) -> Focus {
    let shop = &understanding.shop;
    let mut focus = Focus { series: Vec::new(), shown: Vec::new(), page: None };
    focus.page = context.page.and_then(|page| {
        let id = page.series.as_deref().or_else(|| page.path.as_deref()?.strip_prefix("/series/"))?;
        shop.position(id.trim_end_matches('/'))
    });
    for turn in context.recent.iter().rev().take(SEARCH_TURNS_MAX) {
        if focus.shown.is_empty() {
            focus.shown = turn.cards.iter().filter_map(|card| shop.position(&card.id)).collect();
        }
        if focus.series.is_empty() {
            let folded = super::fold(&turn.text);
            let named = understanding.names.series(&turn.text, &folded);
            focus.series = named.iter().filter(|m| m.role == Role::Subject).map(|m| m.series).collect();
            if focus.series.is_empty() && turn.cards.len() == 1 {
                focus.series.clone_from(&focus.shown);
            }
            if focus.series.is_empty() {
                let cited = turn.citations.iter().filter(|citation| citation.kind == CitationKind::Series);
                let cited: Vec<usize> = cited.filter_map(|citation| shop.position(&citation.id)).collect();
                if cited.len() == 1 {
                    focus.series = cited;
                }
            }
        }
    }
    focus
}

/// Lets "it", "the second one" and a bare "how much?" mean what was spoken of.
fn refer(query: &mut Query, context: &Context<'_>, focus: &Focus, normal: &str) {
    let pronoun = CUES.pronoun.is_match(normal);
    let bare = query.intent == Intent::WhichProduct;
    let similar = query.intent == Intent::Discovery && is_similar(normal);
    if !(pronoun || bare || similar) || (query.intent == Intent::Policy && !product_aspects(query)) {
        return;
    }
    if query.intent == Intent::Discovery && !similar && !query.aspects.is_empty() && !pronoun {
        return;
    }
    let points_at_page = normal.contains("this") || normal.contains("この") || normal.contains("これ");
    let target = ordinal(normal, focus.shown.len())
        .and_then(|at| focus.shown.get(at).copied())
        .or_else(|| focus.page.filter(|_| points_at_page || context.recent.is_empty()))
        .or_else(|| focus.series.first().copied())
        .or_else(|| focus.shown.first().copied())
        .or(focus.page);
    let Some(series) = target else { return };
    if query.intent == Intent::Discovery && !similar && (query.has_conditions() || query.aspects.is_empty()) {
        return;
    }
    if query.intent == Intent::Other && query.aspects.is_empty() && !similar {
        return;
    }
    let role = if similar { Role::Like } else { Role::Subject };
    query.mentions.push(Mention { series, role, start: 0, end: 0 });
    query.intent = if similar { Intent::Discovery } else { Intent::Product };
    query.from_memory = true;
}

fn product_aspects(query: &Query) -> bool {
    query.faq.first().is_none_or(|(_, sure)| *sure < 0.5) && !query.aspects.is_empty()
}

fn is_similar(normal: &str) -> bool {
    bounds::words(
        normal,
        &[
            "similar",
            "like this",
            "like that",
            "like it",
            "like these",
            "same kind",
            "same vibe",
            "like the first one",
        ],
    ) || bounds::any(normal, &["似た", "みたいな", "のような", "同じような"])
}

/// Which of the things shown is meant, from 0.
fn ordinal(normal: &str, shown: usize) -> Option<usize> {
    let table: [(&[&str], &[&str]); 5] = [
        (&["first", "number one", "number 1"], &["一つ目", "1つ目", "一番目", "1番目", "最初"]),
        (&["second", "number two", "number 2"], &["二つ目", "2つ目", "二番目", "2番目"]),
        (&["third", "number three", "number 3"], &["三つ目", "3つ目", "三番目", "3番目"]),
        (&["fourth", "number four", "number 4"], &["四つ目", "4つ目", "四番目", "4番目"]),
        (&["fifth", "number five", "number 5"], &["五つ目", "5つ目", "五番目", "5番目"]),
    ];
    if bounds::words(normal, &["the last one", "the last"]) || bounds::any(normal, &["最後の"]) {
        return shown.checked_sub(1);
    }
    table.into_iter().position(|(en, ja)| {
        en.iter().any(|word| {
            bounds::words(normal, &[&format!("the {word}"), &format!("{word} one")])
                || (word.contains(' ') && bounds::words(normal, &[word]))
        }) || bounds::any(normal, ja)
    })
}

/// Whether the text only changes a search that went before: it leans on it in so many words, or sets nothing but bounds.
fn changes_search(query: &Query, normal: &str) -> bool {
    if !matches!(query.intent, Intent::Discovery | Intent::Other) || is_similar(normal) {
        return false;
    }
    if query.bounds.relative.is_some() {
        return true;
    }
    let brief = query.text.chars().count() <= CHANGE_CHARS_MAX;
    let topic = !query.genres.is_empty() || !query.themes.is_empty() || query.demographic.is_some();
    let sets = query.has_conditions() || !query.genres_not.is_empty() || !query.themes_not.is_empty();
    let asks_anew = topic
        && (bounds::words(normal, &["recommend", "looking for", "suggest", "do you have"])
            || bounds::any(normal, &["おすすめ", "オススメ", "お勧め", "探して"]));
    if !brief || asks_anew {
        return false;
    }
    if CUES.more.is_match(normal) || (sets && CUES.change.is_match(normal)) {
        return true;
    }
    sets && !topic && query.terms.is_empty()
}

/// Takes over the conditions of the last search. Says whether there was one.
fn merge_search(
    understanding: &Understanding,
    query: &mut Query,
    context: &Context<'_>,
    focus: &Focus,
    normal: &str,
) -> bool {
    let mut shown = BTreeSet::new();
    let mut earlier: Vec<Query> = Vec::new();
    for turn in context.recent.iter().rev().take(SEARCH_TURNS_MAX) {
        let before = understanding.read(&turn.text, context.language, context.audience);
        if before.intent != Intent::Discovery && !matches!(before.intent, Intent::Author | Intent::Other) {
            break;
        }
        shown.extend(turn.cards.iter().filter_map(|card| understanding.shop.position(&card.id)));
        let is_change = changes_search(&before, &semantics::text::normalise(&turn.text));
        earlier.push(before);
        if !is_change {
            break;
        }
    }
    if earlier.is_empty() {
        return relative_to_focus(understanding, query, focus);
    }
    let instead = CUES.instead.is_match(normal) && (!query.genres.is_empty() || !query.themes.is_empty());
    for mut before in earlier {
        if instead {
            before.genres.clear();
            before.themes.clear();
            before.mentions.clear();
            before.demographic = before.demographic.filter(|_| query.demographic.is_none());
            before.terms.clear();
        }
        inherit(query, before);
    }
    query.intent = Intent::Discovery;
    query.from_memory = true;
    if let (Some(relative), Some(_)) = (query.bounds.relative, focus.shown.first()) {
        let of = |pick: fn(&crate::shop::Series) -> u16| {
            let mut values: Vec<u16> =
                focus.shown.iter().map(|at| pick(&understanding.shop.series[*at])).collect();
            values.sort_unstable();
            values[values.len() / 2]
        };
        bound(&mut query.bounds, relative, of(|series| series.volumes), of(|series| series.year));
    }
    if CUES.more.is_match(normal) || query.bounds.relative.is_some() {
        query.seen = shown;
    }
    true
}

/// "Something shorter" after a single series: like it, but shorter.
fn relative_to_focus(understanding: &Understanding, query: &mut Query, focus: &Focus) -> bool {
    let Some(&series) = focus.series.first().or(focus.page.as_ref()) else { return false };
    let Some(relative) = query.bounds.relative else { return false };
    query.mentions.push(Mention { series, role: Role::Like, start: 0, end: 0 });
    query.intent = Intent::Discovery;
    query.from_memory = true;
    let reference = &understanding.shop.series[series];
    bound(&mut query.bounds, relative, reference.volumes, reference.year);
    true
}

fn inherit(query: &mut Query, before: Query) {
    query.mentions.extend(before.mentions.into_iter().filter(|mention| mention.role != Role::Subject));
    if query.authors.is_empty() {
        query.authors =
            before.authors.into_iter().filter(|author| !query.authors_not.contains(author)).collect();
    }
    query.genres.extend(before.genres.iter().filter(|genre| !query.genres_not.contains(genre)));
    query.genres_not.extend(before.genres_not.iter().filter(|genre| !query.genres.contains(genre)));
    query.themes.extend(before.themes.into_iter().filter(|theme| !query.themes_not.contains(theme)));
    query.themes_not.extend(before.themes_not);
    query.demographic =
        query.demographic.or(before.demographic).filter(|wanted| query.demographic_not != Some(*wanted));
    query.bounds = query.bounds.clone().over(&before.bounds);
    query.authors_not.extend(before.authors_not);
    query.authors.retain(|author| !query.authors_not.contains(author));
    query.terms.extend(before.terms);
}

/// Turns "shorter" into a bound.
fn bound(bounds: &mut Bounds, relative: Relative, volumes: u16, year: u16) {
    match relative {
        Relative::Shorter => bounds.volumes_max = Some(volumes.saturating_sub(1).max(1)),
        Relative::Longer => bounds.volumes_min = Some(volumes.saturating_add(1)),
        Relative::Newer => bounds.year_min = Some(year + 1),
        Relative::Older => bounds.year_max = Some(year - 1),
        Relative::Cheaper => bounds.cheap = true,
    }
}
