//! Titles that are ordinary words as well: where such a word is used as a title.

use crate::understand::fold::{fold, is_word};

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

pub(super) fn is_ordinary(folded: &str) -> bool {
    ORDINARY.contains(&folded) || folded.chars().count() < 2
}

/// Whether an ordinary word is used as a title here.
pub(super) fn used_as_title(text: &str, folded: &str, start: usize, end: usize) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the first such word of the text is used as a title.
    fn is_title(text: &str, word: &str) -> bool {
        let folded = fold(text);
        let start = folded.find(word).unwrap();
        used_as_title(text, &folded, start, start + word.len())
    }

    #[test]
    fn an_ordinary_word_is_a_title_where_it_is_used_as_one() {
        for text in [
            "monster",
            "is monster worth it",
            "something like monster",
            "he met \"monster\" again",
            "I met Monster yesterday",
        ] {
            assert!(is_title(text, "monster"), "{text}");
        }
    }

    #[test]
    fn an_ordinary_word_is_mostly_just_a_word() {
        for text in ["a monster appears", "I MET MONSTER YESTERDAY", "Stop. Monster there"] {
            assert!(!is_title(text, "monster"), "{text}");
        }
    }
}
