//! Titles and authors in a text: every form that the catalogue knows, longest first; a misspelt title when no exact one is
//! there. A title that is also an ordinary word counts only where it is used as a title.

mod ordinary;
mod patterns;
mod role;
mod spelling;

use aho_corasick::{AhoCorasick, MatchKind};

use self::ordinary::{is_ordinary, used_as_title};
use self::patterns::{author_patterns, title_patterns};
use self::spelling::Spellings;
use super::fold::{fold, stands_alone};
use super::words::negated;
use crate::shop::Shop;

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

/// Finds titles and authors.
pub(crate) struct NameSpotter {
    titles: AhoCorasick,
    /// Of each pattern: the series, and whether it is an ordinary word.
    of_title: Vec<(usize, bool)>,
    spellings: Spellings,
    authors: AhoCorasick,
    of_author: Vec<String>,
}

impl NameSpotter {
    pub(crate) fn new(shop: &Shop) -> Result<Self, aho_corasick::BuildError> {
        let titles = title_patterns(shop);
        let authors = author_patterns(shop);
        let longest = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).clone();
        Ok(Self {
            titles: longest().build(titles.iter().map(|(name, _)| name))?,
            of_title: titles.iter().map(|(name, series)| (*series, is_ordinary(name))).collect(),
            spellings: Spellings::new(&titles),
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
            found.extend(self.spellings.nearest(folded));
        }
        role::assign(folded, &mut found);
        found
    }

    /// Every title in a [folded](fold) text, in order: its series, and whether it is an ordinary word as well.
    pub(crate) fn hits(&self, folded: &str) -> Vec<(usize, bool)> {
        let hits = self.titles.find_iter(folded).filter(|hit| stands_alone(folded, hit.start(), hit.end()));
        hits.map(|hit| self.of_title[hit.pattern().as_usize()]).collect()
    }

    /// The series whose titles occur in a text of ours, whatever their part in it.
    pub(crate) fn titles_in(&self, text: &str) -> impl Iterator<Item = usize> {
        self.titles_spelt(text).into_iter().map(|(series, _)| series)
    }

    /// The same, with what each is called there, folded.
    pub(crate) fn titles_spelt(&self, text: &str) -> Vec<(usize, String)> {
        let folded = fold(text);
        let mut found = Vec::new();
        for hit in self.titles.find_iter(&folded) {
            let (series, ordinary) = self.of_title[hit.pattern().as_usize()];
            if !ordinary && hit.end() - hit.start() >= 4 && stands_alone(&folded, hit.start(), hit.end()) {
                found.push((series, folded[hit.start()..hit.end()].to_owned()));
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
}

/// The folded text with the mentioned titles blanked out, so that a title's words are no conditions.
pub(crate) fn without(folded: &str, mentions: &[Mention]) -> String {
    let mut out = folded.to_owned();
    for mention in mentions {
        out.replace_range(mention.start..mention.end, &"\u{1}".repeat(mention.end - mention.start));
    }
    out
}
