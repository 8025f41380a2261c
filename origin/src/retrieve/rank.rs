//! Which series fit: conditions that must hold, then how much of what was asked or liked a series has.

use std::collections::{BTreeSet, HashMap};

use semantics::text::{content_words, stem};

use super::{Found, Need, PICKS_MAX, Pick, Relaxed};
use crate::shop::{Age, Genre, Series, Shop, Status};
use crate::understand::{Bounds, Query};

/// Themes as sets of stems, so that `vampires` fits `vampire`, and how much each genre tells.
pub(super) struct ThemeIndex {
    stems: Vec<Vec<BTreeSet<String>>>,
    genre_weight: HashMap<Genre, f32>,
}

impl ThemeIndex {
    pub(super) fn new(shop: &Shop) -> Self {
        let stems = shop
            .series
            .iter()
            .map(|series| series.themes.iter().map(|theme| stems(theme)).collect())
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "a catalogue has thousands of series at most")]
        let weight = |genre: &Genre| {
            let having = shop.series.iter().filter(|series| series.genres.contains(genre)).count().max(1);
            (shop.series.len() as f32 / having as f32).ln().max(0.3)
        };
        Self { stems, genre_weight: Genre::ALL.iter().map(|genre| (*genre, weight(genre))).collect() }
    }

    fn weight(&self, genre: Genre) -> f32 {
        self.genre_weight.get(&genre).copied().unwrap_or(1.0)
    }

    /// The themes of a series that a wanted theme fits.
    fn fitting<'s>(
        &'s self,
        series: &'s Series,
        at: usize,
        wanted: &'s BTreeSet<String>,
    ) -> impl Iterator<Item = &'s String> {
        series
            .themes
            .iter()
            .zip(&self.stems[at])
            .filter(move |(_, have)| wanted.is_subset(have))
            .map(|(theme, _)| theme)
    }
}

fn stems(theme: &str) -> BTreeSet<String> {
    let words = content_words(theme);
    if words.is_empty() { theme.split(' ').map(stem).collect() } else { words.into_iter().collect() }
}

/// Ranks the catalogue.
pub(super) fn rank(
    shop: &Shop,
    themes: &ThemeIndex,
    need: &Need<'_>,
    hits: &HashMap<usize, f32>,
    likeness: &HashMap<usize, f32>,
) -> Found {
    let query = need.query;
    let scorer = Scorer {
        shop,
        themes,
        need,
        hits,
        likeness,
        hits_max: greatest(hits),
        likeness_max: greatest(likeness),
        wanted: query.themes.iter().map(|theme| stems(theme)).collect(),
        unwanted: query.themes_not.iter().map(|theme| stems(theme)).collect(),
        likes: query.likes().collect(),
    };
    let open = !query.has_conditions() && query.genres_not.is_empty() && hits.is_empty();
    let mut relaxed = Vec::new();
    let mut bounds = query.bounds.clone();
    let mut demographic = query.demographic;
    loop {
        let mut picks: Vec<Pick> = (0..shop.series.len())
            .filter(|at| demographic.is_none_or(|wanted| shop.series[*at].demographic == wanted))
            .filter(|at| scorer.may(*at) && within(&bounds, &shop.series[*at]))
            .filter_map(|at| scorer.pick(at, relaxed.contains(&Relaxed::Genres)))
            .collect();
        if !picks.is_empty() {
            picks.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.series.cmp(&b.series)));
            let picks = spread(shop, picks, open && need.favourites.is_empty(), &scorer.likes);
            return Found { picks, relaxed, open };
        }
        let Some(next) = relax(&mut bounds, &mut demographic, query, &relaxed) else {
            return Found { picks: Vec::new(), relaxed: Vec::new(), open };
        };
        relaxed.push(next);
    }
}

/// Gives up the next condition. Age and exclusions are never given up.
fn relax(
    bounds: &mut Bounds,
    demographic: &mut Option<crate::shop::Demographic>,
    query: &Query,
    relaxed: &[Relaxed],
) -> Option<Relaxed> {
    if bounds.year_min.take().is_some() | bounds.year_max.take().is_some() {
        return Some(Relaxed::Years);
    }
    if bounds.volumes_min.take().is_some() | bounds.volumes_max.take().is_some() {
        return Some(Relaxed::Volumes);
    }
    if bounds.status.take().is_some() {
        return Some(Relaxed::Status);
    }
    if demographic.take().is_some() {
        return Some(Relaxed::Demographic);
    }
    let several = query.genres.len() + query.themes.len() > 1;
    (several && !relaxed.contains(&Relaxed::Genres)).then_some(Relaxed::Genres)
}

fn within(bounds: &Bounds, series: &Series) -> bool {
    let status = match bounds.status {
        Some(Status::Ongoing) => series.status != Status::Complete,
        Some(status) => series.status == status,
        None => true,
    };
    status
        && bounds.volumes_min.is_none_or(|min| series.volumes >= min)
        && bounds.volumes_max.is_none_or(|max| series.volumes <= max)
        && bounds.year_min.is_none_or(|min| series.year >= min)
        && bounds.year_max.is_none_or(|max| series.year <= max)
        && bounds.age_max.is_none_or(|max| series.age <= max)
        && bounds.age_min.is_none_or(|min| series.age >= min)
}

struct Scorer<'a> {
    shop: &'a Shop,
    themes: &'a ThemeIndex,
    need: &'a Need<'a>,
    hits: &'a HashMap<usize, f32>,
    likeness: &'a HashMap<usize, f32>,
    hits_max: f32,
    likeness_max: f32,
    wanted: Vec<BTreeSet<String>>,
    unwanted: Vec<BTreeSet<String>>,
    likes: Vec<usize>,
}

/// What each kind of fit counts. Found by trying questions by hand; the tests of `origin/tests` hold the outcomes.
mod weight {
    pub(super) const GENRE: f32 = 3.0;
    pub(super) const THEME: f32 = 3.0;
    pub(super) const LIKE_GENRE: f32 = 1.6;
    pub(super) const LIKE_THEME: f32 = 1.2;
    pub(super) const LIKE_TEXT: f32 = 1.2;
    pub(super) const LIKE_DEMOGRAPHIC: f32 = 0.5;
    pub(super) const LIKE_AUTHOR: f32 = 0.8;
    pub(super) const WORDS: f32 = 2.0;
    /// Words alone, where no condition was understood.
    pub(super) const WORDS_ALONE: f32 = 6.0;
    pub(super) const FAVOURITE: f32 = 1.0;
    /// What is well known is a safer suggestion among equals.
    pub(super) const KNOWN: f32 = 1.0;
    /// For grown-ups only, and nobody asked for that.
    pub(super) const MATURE: f32 = -0.6;
    /// The main genre fits, not just the last of three.
    pub(super) const MAIN_GENRE: f32 = 0.8;
}

impl Scorer<'_> {
    /// Whether the series may be shown at all.
    fn may(&self, at: usize) -> bool {
        let query = self.need.query;
        let series = &self.shop.series[at];
        let named =
            query.likes().chain(query.excluded()).any(|other| other == at) || query.seen.contains(&at);
        let sequel = self.likes.iter().any(|like| {
            let title = &self.shop.series[*like].title.en;
            title.len() >= 4 && series.title.en.contains(title.as_str())
        });
        !named
            && !sequel
            && !series.genres.iter().any(|genre| query.genres_not.contains(genre))
            && query.demographic_not != Some(series.demographic)
            && !self.unwanted.iter().any(|theme| self.themes.fitting(series, at, theme).next().is_some())
            && (query.authors.is_empty() || by_one_of(series, &query.authors))
            && !by_one_of(series, &query.authors_not)
    }

    /// The series with its score, unless it has nothing of what is wanted.
    fn pick(&self, at: usize, some_will_do: bool) -> Option<Pick> {
        let query = self.need.query;
        let series = &self.shop.series[at];
        let mut pick = Pick {
            series: at,
            score: 0.0,
            genres: series.genres.iter().copied().filter(|genre| query.genres.contains(genre)).collect(),
            themes: Vec::new(),
            like: None,
            same_author: !query.authors.is_empty(),
        };
        let mut met = pick.genres.len();
        for wanted in &self.wanted {
            let fitting: Vec<&String> = self.themes.fitting(series, at, wanted).collect();
            // A theme that the catalogue does not name may be told in the story.
            let told =
                fitting.is_empty() && self.hits.get(&at).is_some_and(|score| *score > 0.5 * self.hits_max);
            met += usize::from(!fitting.is_empty() || told);
            pick.score += if told { 0.5 * weight::THEME } else { 0.0 };
            pick.themes.extend(fitting.into_iter().cloned());
        }
        let conditions = query.genres.len() + self.wanted.len();
        let enough = if some_will_do || !self.likes.is_empty() {
            met > 0 || !self.likes.is_empty()
        } else {
            met == conditions
        };
        if conditions > 0 && !enough {
            return None;
        }
        pick.score += self.fit(series, at, &pick);
        self.liken(series, at, &mut pick);
        if !self.likes.is_empty() && pick.like.is_none() {
            return None;
        }
        Some(pick)
    }

    fn fit(&self, series: &Series, at: usize, pick: &Pick) -> f32 {
        let query = self.need.query;
        let mut score = 0.0;
        for genre in &pick.genres {
            score += weight::GENRE * self.themes.weight(*genre).min(2.0);
            score += if series.genres.first() == Some(genre) { weight::MAIN_GENRE } else { 0.0 };
        }
        score += weight::THEME * few(pick.themes.len());
        let words = if query.has_conditions() { weight::WORDS } else { weight::WORDS_ALONE };
        score += words * self.hits.get(&at).map_or(0.0, |hit| hit / self.hits_max);
        score += weight::FAVOURITE
            * few(series.genres.iter().filter(|genre| self.need.favourites.contains(genre)).count());
        #[expect(clippy::cast_precision_loss, reason = "a catalogue has thousands of series at most")]
        let known = 1.0 - at as f32 / self.shop.series.len() as f32;
        score += weight::KNOWN * known;
        let asked_for = query.bounds.age_min.is_some()
            || self.likes.iter().any(|like| self.shop.series[*like].age == Age::Mature);
        if series.age == Age::Mature && !asked_for {
            score += if self.need.signed_in { weight::MATURE / 3.0 } else { weight::MATURE };
        }
        score
    }

    /// How much the series is like those that are liked.
    fn liken(&self, series: &Series, at: usize, pick: &mut Pick) {
        let mut best = 0.0;
        for &like in &self.likes {
            let liked = &self.shop.series[like];
            let genres: Vec<Genre> =
                series.genres.iter().copied().filter(|genre| liked.genres.contains(genre)).collect();
            let shared: f32 = genres.iter().map(|genre| self.themes.weight(*genre)).sum();
            let all: f32 = series
                .genres
                .iter()
                .chain(&liked.genres)
                .map(|genre| self.themes.weight(*genre))
                .sum::<f32>()
                - shared;
            let themes: Vec<String> = self.themes.stems[like]
                .iter()
                .flat_map(|theme| self.themes.fitting(series, at, theme))
                .cloned()
                .collect();
            let author =
                series.authors.iter().any(|author| liked.authors.iter().any(|other| other.en == author.en));
            let score = weight::LIKE_GENRE * 3.0 * shared / all.max(0.1)
                + weight::LIKE_THEME * few(themes.len())
                + weight::LIKE_TEXT * self.likeness.get(&at).map_or(0.0, |hit| hit / self.likeness_max)
                + if series.demographic == liked.demographic { weight::LIKE_DEMOGRAPHIC } else { 0.0 }
                + if author { weight::LIKE_AUTHOR } else { 0.0 };
            let alike = !genres.is_empty() || !themes.is_empty();
            pick.score += if alike { score } else { 0.0 };
            if alike && score > best {
                best = score;
                pick.like = Some(like);
                for genre in genres {
                    if !pick.genres.contains(&genre) {
                        pick.genres.push(genre);
                    }
                }
                pick.themes.extend(themes);
                pick.themes.dedup();
                pick.same_author |= author;
            }
        }
    }
}

fn by_one_of(series: &Series, authors: &[String]) -> bool {
    series.authors.iter().any(|author| authors.contains(&author.en))
}

#[expect(clippy::cast_precision_loss, reason = "counts of genres and themes are small")]
fn few(count: usize) -> f32 {
    count.min(3) as f32
}

fn greatest(scores: &HashMap<usize, f32>) -> f32 {
    scores.values().copied().fold(f32::MIN_POSITIVE, f32::max)
}

/// Most series by one author among the first picks.
const SAME_AUTHOR_MAX: usize = 2;

/// Not all by one author, not the same story twice; where nothing was asked for, not all of one kind.
fn spread(shop: &Shop, picks: Vec<Pick>, open: bool, likes: &[usize]) -> Vec<Pick> {
    let mut kept: Vec<Pick> = Vec::new();
    let mut by_author: HashMap<&str, usize> = HashMap::new();
    for like in likes {
        if let Some(author) = shop.series[*like].authors.first() {
            by_author.insert(&author.en, 1);
        }
    }
    for pick in picks {
        let series = &shop.series[pick.series];
        let author = series.authors.first().map_or("", |author| author.en.as_str());
        let count = by_author.entry(author).or_default();
        let again = kept.iter().any(|other| is_same_story(&shop.series[other.series], series));
        let same_kind = open
            && kept.len() < 5
            && kept.iter().any(|other| shop.series[other.series].genres.first() == series.genres.first());
        if (*count >= SAME_AUTHOR_MAX && !pick.same_author) || again || same_kind {
            continue;
        }
        *count += 1;
        kept.push(pick);
        if kept.len() == PICKS_MAX {
            break;
        }
    }
    kept
}

/// Whether one is the sequel or side story of the other, by its title.
fn is_same_story(one: &Series, other: &Series) -> bool {
    let (one, other) = (&one.title.en, &other.title.en);
    one.starts_with(other.as_str()) || other.starts_with(one.as_str())
}
