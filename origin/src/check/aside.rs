//! Works that hang on a series and are not on record: its sequel, its anime, an art book. What a sentence says of one is no
//! claim about the series, though it may name the series or go on from it: "The sequel has 5 volumes."

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::facts::TitlePlace;

/// Stands for [`WORKS`] and [`WORKS_JA`] in a pattern.
const SLOT: &str = "<work>";
/// Stands in the place of a title.
const TITLE: &str = "\u{1}";
const WORKS: &str = r"(?:sequels?|prequels?|spin-?offs?|art ?books?|anime|light novels?|novels|novelizations?|films?|movies?|guide ?books?|fan ?books?|data ?books?|side stor(?:y|ies)|remakes?|reboots?|soundtracks?|video ?games?|tv (?:series|show)|adaptations?|box ?sets?)";
const WORKS_JA: &str = r"(?:続編|続篇|前日譚|スピンオフ|外伝|番外編|画集|アニメ版?|映画版?|小説版?|ノベライズ|ファンブック|ガイドブック|公式本|実写版?|ドラマ版|ゲーム版?|サントラ)";

struct Patterns {
    /// Such a work anywhere.
    work: Regex,
    /// Such a work as what a clause is about, up to its verb.
    subject: Regex,
    /// Where the clause is over, or speaks of something else.
    end: Regex,
    /// The series, after all.
    series: Regex,
    /// What goes on about the sentence before.
    pronoun: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    let english = r"(?i)(?:^|[,;:.(–—]\s?(?:and |but |while |whereas )?| (?:and|but|while|whereas) )[\s*_•-]*(?:(?:the|its|their|his|her|an?|this|that|there (?:is|was) an?) )?(?:[*_]*\x01+(?:['’]s)?[*_]*(?:['’]s)? )?(?:(?:direct|official|live-action|animated|tv|new|first|second|third|recent|popular|short|english|japanese) )*<work>[*_]*(?: adaptation| series| version| edition)?(?: (?:to|of|for|from|about|based on) (?:the )?(?:series|manga|[*_]*\x01+[*_]*))?(?:,? (?:called|titled|named) [^,.;]{1,40},?)? (?:has|have|had|is|are|was|were|costs?|runs?|ran|began|begun|started|comes?|came|spans?|contains?|counts?|sells?|goes|ended|will|also|only|already|currently|now|consists|covers|followed)(?-u:\b)";
    let japanese = r"(?:^|[、。；;])[\s*_・-]*(?:また|なお|一方)?、?(?:[『「*_]*\x01+[』」*_]*の)?<work_ja>(?:作品|シリーズ)?(?:は|が|も)";
    let subject = format!("{english}|{japanese}").replace("<work_ja>", WORKS_JA).replace(SLOT, WORKS);
    Patterns {
        work: regex(&format!(r"(?i)(?-u:\b){WORKS}(?-u:\b)|{WORKS_JA}")),
        subject: regex(&subject),
        end: regex(r"(?i)[,;] |[、；。]|\x01| (?:and|but|while) (?:the (?:manga|series)|it)(?-u:\b)"),
        series: regex(
            r"(?i)\x01|(?-u:\b)(?:manga|series|original)(?-u:\b)|漫画|マンガ|原作|シリーズ|同作|本作",
        ),
        pronoun: regex(r"^[\s*_]*(?:(?:It|It['’]s|Its|They|Their)(?-u:\b)|それ|これ|こちら)"),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

/// Whether the text speaks of such a work.
pub(super) fn names_one(text: &str) -> bool {
    PATTERNS.work.is_match(text)
}

/// Whether the sentence goes on about what the one before it was about.
pub(super) fn goes_on(text: &str) -> bool {
    PATTERNS.pronoun.is_match(text)
}

/// The stretches of a sentence that are about such a work, and whether what follows the sentence goes on about it.
pub(super) fn asides(text: &str, titles: &[TitlePlace]) -> (Vec<Range<usize>>, bool) {
    let blank = without_titles(text, titles);
    let mut asides: Vec<Range<usize>> = Vec::new();
    for found in PATTERNS.subject.find_iter(&blank) {
        let end =
            PATTERNS.end.find(&blank[found.end()..]).map_or(blank.len(), |end| found.end() + end.start());
        asides.push(found.start()..end);
    }
    let lasts = asides.last().is_some_and(|last| !PATTERNS.series.is_match(&blank[last.end..]));
    (asides, lasts)
}

fn without_titles(text: &str, titles: &[TitlePlace]) -> String {
    let mut blank = text.to_owned();
    for title in titles {
        blank.replace_range(title.at.clone(), &TITLE.repeat(title.at.len()));
    }
    blank
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stretches that are about another work. `Monster` is a title.
    fn about_others(text: &str) -> Vec<&str> {
        let titles: Vec<TitlePlace> = ["Monster", "MONSTER"]
            .iter()
            .flat_map(|title| text.match_indices(title))
            .map(|(at, title)| TitlePlace { at: at..at + title.len(), series: Some(0) })
            .collect();
        asides(text, &titles).0.into_iter().map(|at| &text[at]).collect()
    }

    #[test]
    fn another_work_is_known_where_it_is_the_subject() {
        for text in [
            "The sequel has 5 volumes.",
            "Its anime has 74 episodes.",
            "Monster's sequel has 5 volumes.",
            "The sequel to Monster has 5 volumes.",
            "The **Monster** art book costs $40.",
            "A spin-off called Another is 5 volumes long.",
            "続編は全5巻です。",
            "『MONSTER』の続編は全5巻です。",
        ] {
            assert!(about_others(text).concat().len() > text.len() / 2, "{text}");
        }
        for text in [
            "It inspired an anime and has 18 volumes.",
            "It has no sequel.",
            "If you know the anime, Monster has 18 volumes.",
            "アニメ化された『MONSTER』は全18巻です。",
        ] {
            assert!(about_others(text).is_empty(), "{text}: {:?}", about_others(text));
        }
    }

    #[test]
    fn what_is_said_of_another_work_ends_with_its_clause() {
        assert_eq!(
            about_others("The anime is famous, and the manga has 18 volumes."),
            ["The anime is famous"]
        );
        assert_eq!(about_others("アニメも人気ですが、原作は全18巻です。"), ["アニメも人気ですが"]);
        let lasts = |text| asides(text, &[]).1;
        assert!(lasts("The sequel is short."));
        assert!(!lasts("The anime is famous, and the manga is long."));
    }
}
