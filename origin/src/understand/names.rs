//! Titles and authors in a text: every form that the catalogue knows, longest first; a misspelt title when no exact one is
//! there. A title that is also an ordinary word counts only where it is used as a title.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};

use super::fold::{fold, is_word, stands_alone};
use super::words::negated;
use crate::shop::{Series, Shop};

/// A series named in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Its position in the catalogue.
    pub(crate) series: usize,
    pub(crate) role: Role,
    /// Where it stands in the folded text.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a named series is to the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is what the text is about.
    Subject,
    /// Something like it is wanted.
    Like,
    /// It is not wanted: known already, or disliked.
    Not,
}

/// Titles that are ordinary words as well, folded.
const ORDINARY: &[&str] = &[
    "real",
    "monster",
    "kingdom",
    "medalist",
    "bartender",
    "sunny",
    "drifters",
    "sanctuary",
    "innocent",
    "erased",
    "prophecy",
    "swan",
    "mars",
    "limit",
    "x",
    "bleach",
    "days",
    "major",
    "touch",
    "orient",
    "magi",
    "blame",
    "reborn",
    "gals",
    "jin",
    "special a",
    "we were there",
    "my love story",
    "case closed",
    "red river",
    "silver spoon",
    "emma",
    "beck",
    "another",
    "orange",
    "given",
    "pluto",
    "princess",
    "worst",
    "crows",
    "nana",
    "りある",
    "もんすたー",
    "たっち",
    "でいず",
    "はにー",
    "さにー",
    "えま",
    "一歩",
    "砂時計",
    "白鳥",
    "岳",
    "仁",
    "累",
    "ち",
    "亜人",
    "大奥",
    "めじゃー",
    "まーす",
    "なな",
    "じゃこ",
];

/// Words after which an ordinary word is a title.
const TITLE_FOLLOWS: &[&str] = &[
    "like", "read", "reading", "loved", "love", "enjoyed", "liked", "finished", "called", "titled", "named",
    "series", "than", "to",
];
/// Words before which an ordinary word is a title.
const TITLE_PRECEDES: &[&str] = &[
    "manga",
    "volume",
    "volumes",
    "vol",
    "series",
    "complete",
    "completed",
    "finished",
    "ongoing",
    "in stock",
    "available",
    "any good",
    "worth",
    "about",
    "cost",
    "still running",
    "author",
    "over yet",
];
/// What follows a Japanese word that is a title.
const TITLE_PRECEDES_JA: &[&str] = &[
    "は",
    "って",
    "という",
    "の作者",
    "の値段",
    "の在庫",
    "の価格",
    "の巻",
    "の続き",
    "の最新",
    "みたい",
    "のよう",
    "に似",
    "を読",
    "を買",
    "が好き",
    "と同じ",
    "全巻",
    "の漫画",
    "のあらすじ",
    "と",
];

/// Finds titles and authors.
pub(crate) struct NameSpotter {
    titles: AhoCorasick,
    /// Of each pattern: the series, and whether it is an ordinary word.
    of_title: Vec<(usize, bool)>,
    /// Folded Latin titles, for misspelt ones.
    spellings: Vec<(Vec<char>, usize)>,
    authors: AhoCorasick,
    of_author: Vec<String>,
}

impl NameSpotter {
    pub(crate) fn new(shop: &Shop) -> Result<Self, aho_corasick::BuildError> {
        let titles = title_patterns(shop);
        let authors = author_patterns(shop);
        let longest = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).clone();
        let spellings = titles
            .iter()
            .filter(|(name, _)| {
                // "monsters" is no misspelt "Monster".
                !is_ordinary(name)
                    && name.len() >= SPELLING_CHARS_MIN
                    && name.chars().all(|c| is_word(c) || c == ' ')
            })
            .map(|(name, series)| (name.chars().collect(), *series))
            .collect();
        Ok(Self {
            titles: longest().build(titles.iter().map(|(name, _)| name))?,
            of_title: titles.iter().map(|(name, series)| (*series, is_ordinary(name))).collect(),
            spellings,
            authors: longest().build(authors.iter().map(|(name, _)| name))?,
            of_author: authors.into_iter().map(|(_, author)| author).collect(),
        })
    }

    /// The series named in a text, each once, in order. `folded` is the text [folded](fold).
    pub(crate) fn series(&self, text: &str, folded: &str) -> Vec<Mention> {
        let mut found: Vec<Mention> = Vec::new();
        for hit in self.titles.find_iter(folded) {
            let (series, ordinary) = self.of_title[hit.pattern().as_usize()];
            if !stands_alone(folded, hit.start(), hit.end())
                || (ordinary && !used_as_title(text, folded, hit.start(), hit.end()))
                || found.iter().any(|mention| mention.series == series)
            {
                continue;
            }
            found.push(Mention { series, role: Role::Subject, start: hit.start(), end: hit.end() });
        }
        if found.is_empty() {
            found.extend(self.misspelt(folded));
        }
        for mention in &mut found {
            mention.role = role(folded, mention.start, mention.end);
        }
        // "like A and B": what is beside something wanted is wanted alike.
        for at in 1..found.len() {
            let between = folded[found[at - 1].end..found[at].start].trim();
            if found[at - 1].role != Role::Subject
                && found[at].role == Role::Subject
                && matches!(between, "and" | "or" | "" | "と" | "や" | "か")
            {
                found[at].role = found[at - 1].role;
            }
        }
        for at in (1..found.len()).rev() {
            let between = folded[found[at - 1].end..found[at].start].trim();
            if found[at].role != Role::Subject
                && found[at - 1].role == Role::Subject
                && matches!(between, "" | "と" | "や" | "か")
            {
                found[at - 1].role = found[at].role;
            }
        }
        found
    }

    /// The series whose titles occur in a text of ours, whatever their part in it.
    pub(crate) fn titles_in(&self, text: &str) -> Vec<usize> {
        let folded = fold(text);
        let mut found = Vec::new();
        for hit in self.titles.find_iter(&folded) {
            let (series, ordinary) = self.of_title[hit.pattern().as_usize()];
            if !ordinary && hit.end() - hit.start() >= 4 && stands_alone(&folded, hit.start(), hit.end()) {
                found.push(series);
            }
        }
        found
    }

    /// The authors named in a text, by their English names: those wanted, and those not wanted.
    pub(crate) fn authors(&self, text: &str, folded: &str) -> (Vec<String>, Vec<String>) {
        let (mut wanted, mut unwanted): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for hit in self.authors.find_iter(folded) {
            let author = &self.of_author[hit.pattern().as_usize()];
            // A pen name of one word may be any word: it has to be written as the author writes it.
            let one_word = !author.contains(' ') && author.is_ascii();
            if !stands_alone(folded, hit.start(), hit.end()) || (one_word && !text.contains(author.as_str()))
            {
                continue;
            }
            let found = if negated(folded, hit.start(), hit.end()) { &mut unwanted } else { &mut wanted };
            if !found.contains(author) {
                found.push(author.clone());
            }
        }
        (wanted, unwanted)
    }

    /// A title with a letter or two wrong.
    fn misspelt(&self, folded: &str) -> Option<Mention> {
        let starts: Vec<usize> = word_starts(folded);
        let mut best: Option<(usize, Mention)> = None;
        for (at, &start) in starts.iter().enumerate().take(SPELLING_WORDS_MAX) {
            for words in (1..=4).filter(|words| at + words <= starts.len()) {
                let end = starts.get(at + words).map_or(folded.len(), |next| next - 1);
                let Some(span) = folded.get(start..end) else { continue };
                let chars: Vec<char> = span.chars().collect();
                if chars.len() < SPELLING_CHARS_MIN || semantics::text::is_stop_word(span) {
                    continue;
                }
                for (title, series) in &self.spellings {
                    let allowed = if title.len() >= 9 { 2 } else { 1 };
                    let distance = distance_within(&chars, title, allowed);
                    if let Some(distance) = distance
                        && best.as_ref().is_none_or(|(least, _)| distance < *least)
                    {
                        best = Some((distance, Mention { series: *series, role: Role::Subject, start, end }));
                    }
                }
            }
        }
        best.map(|(_, mention)| mention)
    }
}

/// Shorter titles are too near to other words.
const SPELLING_CHARS_MIN: usize = 6;
/// Words of a text that are tried as the beginning of a misspelt title.
const SPELLING_WORDS_MAX: usize = 24;

/// The folded text with the mentioned titles blanked out, so that a title's words are no conditions.
pub(crate) fn without(folded: &str, mentions: &[Mention]) -> String {
    let mut out = folded.to_owned();
    for mention in mentions {
        out.replace_range(mention.start..mention.end, &"\u{1}".repeat(mention.end - mention.start));
    }
    out
}

fn is_ordinary(folded: &str) -> bool {
    ORDINARY.contains(&folded) || folded.chars().count() < 2
}

fn title_patterns(shop: &Shop) -> Vec<(String, usize)> {
    let mut patterns: HashMap<String, usize> = HashMap::new();
    let mut add = |name: &str, series: usize, replace: bool| {
        let folded = fold(name);
        if folded.is_empty() {
            return;
        }
        if replace {
            patterns.insert(folded, series);
        } else {
            patterns.entry(folded).or_insert(series);
        }
    };
    // Full titles before short forms, better-known series before others.
    for (at, series) in shop.series.iter().enumerate().rev() {
        for name in [&series.title.romaji, &series.title.ja, &series.title.en] {
            add(name, at, true);
        }
    }
    for (at, series) in shop.series.iter().enumerate() {
        series.aliases.iter().for_each(|alias| add(alias, at, false));
    }
    for (at, series) in shop.series.iter().enumerate() {
        for short in short_forms(series) {
            add(&short, at, false);
        }
    }
    let mut patterns: Vec<(String, usize)> = patterns.into_iter().collect();
    patterns.sort();
    patterns
}

/// What people make of a title: without its subtitle, without its article, with its apostrophes left out.
fn short_forms(series: &Series) -> Vec<String> {
    let mut forms = Vec::new();
    let title = &series.title.en;
    if let Some((before, _)) = title.split_once(": ").or_else(|| title.split_once(" - "))
        && before.chars().count() >= 5
    {
        forms.push(before.to_owned());
    }
    if let Some(rest) = title.strip_prefix("The ").or_else(|| title.strip_prefix("A "))
        && rest.contains(' ')
    {
        forms.push(rest.to_owned());
    }
    if title.contains(['\'', '’']) {
        forms.push(title.replace(['\'', '’'], ""));
    }
    forms
}

fn author_patterns(shop: &Shop) -> Vec<(String, String)> {
    let mut patterns: HashMap<String, String> = HashMap::new();
    let mut families: HashMap<String, Option<String>> = HashMap::new();
    for author in shop.series.iter().flat_map(|series| &series.authors) {
        let folded = fold(&author.en);
        patterns.insert(fold(&author.ja), author.en.clone());
        if let Some((given, family)) = folded.rsplit_once(' ') {
            patterns.insert(format!("{family} {given}"), author.en.clone());
            families
                .entry(family.to_owned())
                .and_modify(|one| {
                    if one.as_deref() != Some(author.en.as_str()) {
                        *one = None;
                    }
                })
                .or_insert_with(|| Some(author.en.clone()));
        }
        patterns.insert(folded, author.en.clone());
    }
    // A family name alone is a name when it is rare enough to be one.
    for (family, author) in families {
        if let Some(author) = author
            && family.len() >= 6
        {
            patterns.entry(family).or_insert(author);
        }
    }
    let mut patterns: Vec<(String, String)> =
        patterns.into_iter().filter(|(name, _)| name.chars().count() > 1).collect();
    patterns.sort();
    patterns
}

/// Whether an ordinary word is used as a title here.
fn used_as_title(text: &str, folded: &str, start: usize, end: usize) -> bool {
    let (before, word, after) = (&folded[..start], &folded[start..end], &folded[end..]);
    if before.is_empty() && after.is_empty() {
        return true;
    }
    let quoted = quotations(text).any(|quoted| fold(quoted) == word);
    if quoted {
        return true;
    }
    if !word.chars().all(|c| is_word(c) || c == ' ') {
        return before.is_empty() && TITLE_PRECEDES_JA.iter().any(|next| after.starts_with(next))
            || ["みたい", "のような", "に似", "の作者", "の在庫", "の値段", "は何巻", "は全何巻", "を読"]
                .iter()
                .any(|next| after.starts_with(next));
    }
    let last = before.trim_end().rsplit(' ').next().unwrap_or("");
    let follows = TITLE_FOLLOWS.contains(&last) && !after.trim_start().starts_with("to ");
    let precedes = TITLE_PRECEDES.iter().any(|next| after.trim_start().starts_with(next))
        || ["みたい", "のような", "に似", "の作者", "の在庫", "の値段", "は", "を読", "って"]
            .iter()
            .any(|next| after.starts_with(next));
    follows || precedes || capitalised_inside(text, word)
}

/// Whether the word is written with a capital somewhere else than at the beginning of a sentence.
fn capitalised_inside(text: &str, folded: &str) -> bool {
    let mut sentence_starts = true;
    let words: Vec<&str> = text.split_whitespace().collect();
    let len = folded.split(' ').count();
    for (at, word) in words.iter().enumerate() {
        let span = words[at..(at + len).min(words.len())].join(" ");
        if !sentence_starts && span.starts_with(char::is_uppercase) && fold(&span) == folded {
            // TEXT IN CAPITALS tells nothing.
            return text.chars().any(char::is_lowercase);
        }
        sentence_starts = word.ends_with(['.', '?', '!', ':', '。']);
    }
    false
}

fn quotations(text: &str) -> impl Iterator<Item = &str> {
    [('『', '』'), ('「', '」'), ('"', '"'), ('“', '”'), ('*', '*')].into_iter().filter_map(
        |(open, close)| {
            let start = text.find(open)? + open.len_utf8();
            let len = text[start..].find(close)?;
            Some(&text[start..start + len])
        },
    )
}

const LIKE_BEFORE: &[&str] = &[
    "like",
    "similar to",
    "reminds me of",
    "in the style of",
    "in the vein of",
    "fans of",
    "fan of",
    "loved",
    "enjoyed",
    "i love",
    "i liked",
    "comparable to",
    "close to",
    "such as",
    "same vibe as",
    "same feel as",
    "after reading",
    "just finished",
    "reminiscent of",
    "after",
    "alternative to",
    "alternatives to",
];
const LIKE_AFTER: &[&str] = &[
    "みたい",
    "のよう",
    "に似",
    "っぽい",
    "が好き",
    "と同じ",
    "好きに",
    "好きなら",
    "系",
    "と似",
    "風の",
    "レベルの",
    "を読み終",
    "がおもしろかった",
    "が面白かった",
    "が気に入",
    "くらいおもしろい",
    "くらい面白い",
];
const NOT_BEFORE: &[&str] = &[
    "not",
    "except",
    "other than",
    "besides",
    "apart from",
    "already read",
    "already have",
    "already own",
    "hated",
    "dont like",
    "didnt like",
    "did not like",
    "do not like",
    "instead of",
    "anything but",
    "aside from",
    "ive read",
    "i have read",
    "excluding",
    "dislike",
    "disliked",
];
const NOT_AFTER: &[&str] =
    &["以外", "じゃな", "ではな", "は読", "を除", "は苦手", "はもう", "は持って", "抜き", "は嫌", "でな"];

fn role(folded: &str, start: usize, end: usize) -> Role {
    let (before, after) = (folded[..start].trim_end(), &folded[end..]);
    let before = before.strip_suffix(" the").unwrap_or(before);
    let before = before.strip_suffix(" manga").unwrap_or(before);
    let ends = |cues: &[&str]| {
        cues.iter()
            .any(|cue| before.ends_with(cue) && stands_alone(before, before.len() - cue.len(), before.len()))
    };
    let folded_cue = |cues: &[&str]| cues.iter().any(|cue| after.starts_with(&fold(cue)));
    if ends(NOT_BEFORE) || folded_cue(NOT_AFTER) {
        // "is it not like A?" stays a likeness; "not A" does not.
        return Role::Not;
    }
    let asks_whether_liked = before.ends_with("do you like") || before.ends_with("what is it like");
    if (ends(LIKE_BEFORE) && !asks_whether_liked) || folded_cue(LIKE_AFTER) {
        Role::Like
    } else {
        Role::Subject
    }
}

fn word_starts(folded: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut inside = false;
    for (at, c) in folded.char_indices() {
        let word = is_word(c);
        if word && !inside {
            starts.push(at);
        }
        inside = word;
    }
    starts
}

/// Damerau–Levenshtein distance (neighbours may swap), if it is at most `max`.
fn distance_within(a: &[char], b: &[char], max: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > max || a.first() != b.first() {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substituted = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substituted.min(previous[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min().is_some_and(|least| *least > max) {
            return None;
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().filter(|distance| *distance <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_swaps_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance_within(&chars("beserk"), &chars("berserk"), 1), Some(1));
        assert_eq!(distance_within(&chars("besrerk"), &chars("berserk"), 1), Some(1));
        assert_eq!(distance_within(&chars("bestseller"), &chars("berserk"), 2), None);
    }
}
