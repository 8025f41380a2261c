//! Genres, themes and demographics in a text, wanted or not.

use std::collections::{BTreeSet, HashMap};

use aho_corasick::{AhoCorasick, MatchKind};

use semantics::text::stem;

use super::Mention;
use super::fold::{fold, stands_alone};
use crate::retrieve::terms;
use crate::shop::genre::THEMES_JA;
use crate::shop::{Demographic, Genre, Shop};

/// What was found.
#[derive(Default)]
pub(super) struct Words {
    pub(super) genres: BTreeSet<Genre>,
    pub(super) genres_not: BTreeSet<Genre>,
    pub(super) themes: BTreeSet<String>,
    pub(super) themes_not: BTreeSet<String>,
    pub(super) demographic: Option<Demographic>,
    pub(super) demographic_not: Option<Demographic>,
    /// What stood for genres and demographics, folded: it is understood and need not be searched for.
    pub(super) understood: Vec<String>,
}

#[derive(Clone)]
enum Word {
    Genre(Genre),
    Theme(String),
    Demographic(Demographic),
}

/// Finds genres, themes and demographics.
pub(super) struct WordSpotter {
    automaton: Option<AhoCorasick>,
    words: Vec<Word>,
}

const DEMOGRAPHICS: &[(Demographic, &[&str])] = &[
    (Demographic::Shonen, &["shonen", "shounen", "少年漫画", "少年マンガ", "少年誌", "少年向け"]),
    (Demographic::Shojo, &["shojo", "shoujo", "少女漫画", "少女マンガ", "少女誌", "少女向け"]),
    (Demographic::Seinen, &["seinen", "青年漫画", "青年マンガ", "青年誌", "青年向け"]),
    (Demographic::Josei, &["josei", "女性漫画", "女性マンガ", "女性向け"]),
    (
        Demographic::Kodomo,
        &["kodomo", "児童漫画", "子供向け", "子ども向け", "こども向け", "childrens manga", "kids manga"],
    ),
];

/// Catalogue themes that say too little when a shopper uses the word.
const VAGUE_THEMES: &[&str] = &[
    "art",
    "trust",
    "memory",
    "identity",
    "wishes",
    "spirits",
    "fate",
    "art school",
    "books",
    "work",
    "money",
    "life",
    "new",
    "team",
    "story",
    "print",
    "language",
    "readers",
    "manga",
    "promise",
    "debt",
];

impl WordSpotter {
    pub(super) fn new(shop: &Shop) -> Self {
        let mut patterns: HashMap<String, Word> = HashMap::new();
        for theme in shop.series.iter().flat_map(|series| &series.themes) {
            let folded = fold(theme);
            if folded.len() >= 3 && !VAGUE_THEMES.contains(&folded.as_str()) {
                patterns.insert(folded, Word::Theme(theme.clone()));
            }
        }
        for (theme, japanese) in THEMES_JA {
            patterns.insert(fold(japanese), Word::Theme((*theme).to_owned()));
        }
        for genre in Genre::ALL {
            let names = [genre.key(), genre.name_in(chat::Language::En), genre.name_in(chat::Language::Ja)];
            for name in names.iter().chain(genre.words()) {
                patterns.insert(fold(name), Word::Genre(*genre));
            }
        }
        for (demographic, names) in DEMOGRAPHICS {
            for name in *names {
                patterns.insert(fold(name), Word::Demographic(*demographic));
            }
        }
        let mut patterns: Vec<(String, Word)> = patterns.into_iter().collect();
        patterns.sort_by(|a, b| a.0.cmp(&b.0));
        let names = patterns.iter().map(|(name, _)| name);
        // The patterns are a few thousand short strings: they fit.
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names).ok();
        Self { automaton, words: patterns.into_iter().map(|(_, word)| word).collect() }
    }

    /// The words of a [folded](fold) text.
    pub(super) fn spot(&self, folded: &str) -> Words {
        let mut found = Words::default();
        let Some(automaton) = &self.automaton else { return found };
        for hit in automaton.find_iter(folded) {
            if !stands_alone(folded, hit.start(), hit.end()) {
                continue;
            }
            let wanted = !negated(folded, hit.start(), hit.end());
            let word = &self.words[hit.pattern().as_usize()];
            if !(wanted && matches!(word, Word::Theme(_))) {
                found.understood.push(folded[hit.start()..hit.end()].to_owned());
            }
            match (word, wanted) {
                (Word::Genre(genre), true) => drop(found.genres.insert(*genre)),
                (Word::Genre(genre), false) => drop(found.genres_not.insert(*genre)),
                (Word::Theme(theme), true) => drop(found.themes.insert(theme.clone())),
                (Word::Theme(theme), false) => drop(found.themes_not.insert(theme.clone())),
                (Word::Demographic(demographic), true) => found.demographic = Some(*demographic),
                (Word::Demographic(demographic), false) => found.demographic_not = Some(*demographic),
            }
        }
        // What is unwanted is not wanted as well: "romance, but not a romance" means the latter.
        found.genres.retain(|genre| !found.genres_not.contains(genre));
        found.themes.retain(|theme| !found.themes_not.contains(theme));
        found
    }
}

/// Terms of asking for something to read: they say nothing of what is wanted.
const ASKING: &[&str] = &[
    "manga",
    "recommend",
    "recommendation",
    "suggest",
    "suggestion",
    "read",
    "book",
    "series",
    "story",
    "short",
    "long",
    "complete",
    "finish",
    "volume",
    "vol",
    "title",
    "good",
    "great",
    "best",
    "look",
    "find",
    "love",
    "new",
    "old",
    "year",
    "under",
    "less",
    "over",
    "ongoing",
    "cheap",
    "dollar",
    "age",
    "kid",
    "child",
    "children",
    "start",
    "beginner",
    "know",
    "next",
    "enjoy",
    "try",
    "buy",
    "set",
    "similar",
    "popular",
    "top",
    "favorite",
    "favourite",
    "mood",
    "feel",
    "kind",
    "type",
    "genre",
    "run",
    "classic",
    "recent",
    "fewer",
    "between",
    "more",
    "anime",
    "comic",
    "shop",
    "stock",
    "somebody",
    "friend",
    "gift",
    "present",
    "person",
    "people",
    "list",
    "show",
    "tell",
    "want",
    "shorter",
    "longer",
    "older",
    "newer",
    "漫画",
    "まん",
    "んが",
    "作品",
    "完結",
    "以内",
    "巻以",
    "以下",
    "以上",
    "連載",
    "載中",
    "短い",
    "長い",
    "面白",
    "読み",
    "教え",
    "探し",
    "年代",
    "巻で",
    "内で",
    "結し",
    "結済",
    "済み",
    "好き",
    "好",
    "画が",
    "画で",
    "画を",
    "画は",
    "品が",
    "品を",
    "品は",
    "歳の",
    "子供",
    "供向",
    "向け",
    "人気",
    "気の",
    "最近",
    "近の",
    "新し",
    "古い",
    "昔の",
    "安い",
    "ドル",
    "どる",
    "本",
    "何か",
    "おす",
    "すす",
    "すめ",
    "系の",
    "系",
];

/// The terms of a text that are neither understood already nor part of asking.
pub(super) fn left_over(
    text: &str,
    folded: &str,
    mentions: &[Mention],
    understood: &[String],
) -> Vec<String> {
    let named = mentions.iter().filter_map(|mention| folded.get(mention.start..mention.end));
    let spans: Vec<&str> = understood.iter().map(String::as_str).chain(named).collect();
    let stems: BTreeSet<String> = spans.iter().flat_map(|span| span.split(' ')).map(stem).collect();
    let known = |term: &String| {
        let japanese = !term.is_ascii();
        stems.contains(term)
            || ASKING.contains(&term.as_str())
            || term.bytes().all(|byte| byte.is_ascii_digit())
            || (japanese && spans.iter().any(|span| span.contains(term.as_str())))
    };
    terms(text).into_iter().filter(|term| !known(term)).collect()
}

const NOT_BEFORE: &[&str] = &[
    "not",
    "no",
    "non",
    "without",
    "except",
    "nothing",
    "isnt",
    "arent",
    "hate",
    "dislike",
    "dont like",
    "do not like",
    "dont want",
    "do not want",
    "less",
    "avoid",
    "minus",
    "besides",
    "other than",
    "anything but",
    "not by",
    "tired of",
    "sick of",
    "cant stand",
    "never",
    "arent into",
    "not into",
    "isnt a",
    "dont need",
    "skip the",
    "skip",
];
const NOT_AFTER: &[&str] = &[
    "じゃな",
    "ではな",
    "以外",
    "なし",
    "無し",
    "抜き",
    "は苦手",
    "が苦手",
    "は嫌",
    "が嫌",
    "はいや",
    "はng",
    "ぬき",
    "を除",
    "でな",
    "は好きじゃ",
    "はいらな",
    "要素なし",
    "要素のない",
    "は避け",
    "漫画以外",
    "まんが以外",
    "もの以外",
    "系以外",
];
/// Words that may stand between a "not" and what is not wanted.
const BETWEEN: &[&str] = &[
    "a", "an", "any", "too", "so", "very", "much", "really", "more", "as", "the", "by", "another", "all",
    "of", "or", "into", "set", "in", "at", "about",
];

pub(super) fn negated(folded: &str, start: usize, end: usize) -> bool {
    if NOT_AFTER.iter().any(|cue| folded[end..].starts_with(&fold(cue))) {
        return true;
    }
    let mut before = folded[..start].trim_end();
    for _ in 0..3 {
        let ends = |cue: &&str| {
            before.ends_with(*cue) && stands_alone(before, before.len() - cue.len(), before.len())
        };
        if NOT_BEFORE.iter().any(ends) {
            return true;
        }
        match before.rsplit_once(' ') {
            Some((rest, last)) if BETWEEN.contains(&last) => before = rest,
            _ => return false,
        }
    }
    false
}
