//! Titles and authors.

use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, Judge};
use crate::check::Ungrounded;
use crate::check::reading::{is_japanese, without};
use crate::understand::fold;

/// A longer quotation is no title.
const TITLE_CHARS_MAX: usize = 60;

/// What items call a fact that follows, and not a title.
pub(super) const LABELS: &[&str] = &[
    "age",
    "ages",
    "art",
    "artist",
    "author",
    "authors",
    "availability",
    "carrier",
    "contact",
    "cost",
    "currency",
    "date",
    "delivery",
    "demographic",
    "express",
    "economy",
    "standard",
    "format",
    "genre",
    "genres",
    "help",
    "items",
    "length",
    "mood",
    "note",
    "number",
    "order",
    "orders",
    "placed",
    "plot",
    "premise",
    "price",
    "prices",
    "publisher",
    "rated",
    "rating",
    "reason",
    "refund",
    "refunds",
    "return",
    "returns",
    "shipped",
    "shipping",
    "start",
    "state",
    "status",
    "stock",
    "story",
    "summary",
    "synopsis",
    "theme",
    "themes",
    "title",
    "tone",
    "total",
    "tracking",
    "volume",
    "volumes",
    "why",
    "year",
    "best for",
    "good to know",
    "in stock",
    "sold out",
    "out of stock",
    "release",
    "setting",
    "style",
    "expected",
    "estimated",
    "arrival",
    "read",
    "next",
    "tip",
    "also",
    "option",
];

/// Words that stand beside a title and make no other of it. Folded.
const FILLERS: &[&str] = &[
    "a", "an", "and", "by", "from", "manga", "or", "part", "series", "set", "the", "to", "vol", "vols",
    "with",
];

struct Patterns {
    quoted: Regex,
    /// All that stands beside a Japanese title that says which volume.
    filler_ja: Regex,
    set_off: Regex,
    title_before: Regex,
    title_after: Regex,
    by: Regex,
    by_japanese: Regex,
    credits: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        quoted: regex(r"『([^』]+)』"),
        filler_ja: regex(
            r"^(?:第|全|既刊|巻|冊|完結|しりーず|漫画|まんが|こみっく(?:す)?|作品|の|と|や|[\d一二三四五六七八九十]|\s)*$",
        ),
        set_off: regex(
            r#"\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|_([^_\n]+)_|"([^"\n]+)"|“([^”\n]+)”|「([^」\n]+)」"#,
        ),
        title_before: regex(
            r"(?i)(?-u:\b)(?:reads?|reading|manga|series|titles?|tr(?:y|ied)|like|likes|called|titled|named|recommend|recommending|suggest|enjoy(?:ed)?|loved?|classic|about)[\s,:]*$|(?:漫画|作品|マンガ)[、は]?$",
        ),
        title_after: regex(
            r"(?i)^[\s,]*(?:\(|(?:by|has|is an?|is the|costs?|manga|series|volumes?|vol|follows|tells|runs)(?-u:\b)|[–—-] )|^(?:という|[はもや](?:[^。]*?)(?:巻|漫画|マンガ|作品|ドル|完結|連載)|[^。]{0,6}(?:巻|作品|漫画|マンガ))",
        ),
        by: regex(
            r"(?-u:\b)(?:[Bb]y|[Aa]uthors?(?: is| are|:)?|[Mm]angaka|[Aa]rtist(?: is|:)?|[Cc]reators?(?: is|:)?)\s+[*_]*((?:[A-Z][\p{Latin}'’-]+|[A-Z]\.)(?:\s+(?:[A-Z][\p{Latin}'’-]+|[A-Z]\.)){1,3})",
        ),
        by_japanese: regex(
            r"(?:作者|著者|原作者?|作画|漫画家)は、?([\p{Han}\p{Hiragana}\p{Katakana}ー・\s]{2,14}?)(?:さん|先生|氏|です)",
        ),
        credits: regex(
            r"(?i)(?-u:\b)(?:wr(?:ote|itten)|dr(?:ew|awn)|created|author|artist|mangaka|illustrated|by)(?-u:\b)|作者|著者|原作|作画|描|による|さんの作品|の作品です",
        ),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
}

impl Judge<'_> {
    /// Titles and authors that are not on record.
    pub(super) fn names(&self) -> Option<Finding> {
        let text = &self.reading.text;
        let quoted = PATTERNS.quoted.captures_iter(text).any(|quoted| !self.is_known(&quoted[1]));
        if self.clauses.mentions.unknown || quoted || self.set_off() || self.bare() {
            return Some(Finding::Wrong(Ungrounded::Title));
        }
        self.authors()
    }

    /// Whether something that is set off like a title is none on record.
    fn set_off(&self) -> bool {
        let text = &self.reading.text;
        PATTERNS.set_off.captures_iter(text).any(|found| {
            let Some(whole) = found.get(0) else { return false };
            let Some(inner) = found.iter().skip(1).flatten().next() else { return false };
            let (before, after) = self.around(&whole.range());
            let name = inner.as_str().trim();
            let bold = whole.as_str().starts_with("**");
            let heads = bold && self.is_item && self.heads_item(before, after);
            let title =
                heads || PATTERNS.title_before.is_match(before) || PATTERNS.title_after.is_match(after);
            title && looks_like_title(name) && !self.is_known(name)
        })
    }

    /// Whether what is set off is the head of an item, and no label: `- **Akira** – …`.
    fn heads_item(&self, before: &str, after: &str) -> bool {
        let head = before.trim().trim_end_matches(['.', ')']);
        let marker = head.is_empty()
            || matches!(head, "-" | "*" | "+" | "•" | "・")
            || head.bytes().all(|byte| byte.is_ascii_digit());
        marker && !after.starts_with([':', '：'])
    }

    /// Whether a name is that of a record, or of something the shopper named. One that only holds a title is another's:
    /// *Berserk of Gluttony* is no *Berserk*.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let folded = fold(name);
        if folded.is_empty() || self.grounds.knows(&folded) {
            return true;
        }
        // A letter or two wrong is still the same series.
        let mut spelt = self.names.series(name, &folded);
        if spelt.is_empty() || !spelt.iter().all(|mention| self.grounds.allows(mention.series)) {
            return false;
        }
        spelt.sort_by_key(|mention| mention.start);
        let starts = std::iter::once(0).chain(spelt.iter().map(|mention| mention.end));
        let ends = spelt.iter().map(|mention| mention.start).chain([folded.len()]);
        starts.zip(ends).all(|(start, end)| folded.get(start..end).is_some_and(|rest| self.is_beside(rest)))
    }

    /// Whether what stands beside a title leaves it that title: a number of volumes, a label, its author, its other name.
    fn is_beside(&self, rest: &str) -> bool {
        let rest = rest.trim();
        let filler = |word: &str| {
            FILLERS.contains(&word)
                || LABELS.contains(&word)
                || word.bytes().all(|byte| byte.is_ascii_digit())
        };
        let core: Vec<&str> = rest.split(' ').skip_while(|word| filler(word)).collect();
        let end = core.iter().rposition(|word| !filler(word)).map_or(0, |last| last + 1);
        let core = core[..end].join(" ");
        core.is_empty()
            || PATTERNS.filler_ja.is_match(&core)
            || self.grounds.is_title(&core)
            || (core.contains(' ') && self.grounds.records(&core))
            || !self.names.authors(&core, &core).0.is_empty()
    }

    /// An author named as such is that of the series spoken of.
    fn authors(&self) -> Option<Finding> {
        let text = &self.reading.text;
        if !PATTERNS.credits.is_match(text) {
            return None;
        }
        let wrong = Some(Finding::Wrong(Ungrounded::Author));
        // *Cardcaptor Sakura* does not speak of Momoko Sakura.
        let people = without(text, self.grounds.title_forms());
        let (found, _) = self.names.authors(&people, &fold(&people));
        let scope = self.clauses.whole();
        let series = scope.series(self.grounds);
        let asked = |name: &str| self.grounds.asked.words.contains(&fold(name));
        let of = |name: &String| series.iter().any(|series| series.authors.contains(name));
        let anywhere = |name: &String| self.grounds.words.contains(&fold(name));
        for name in &found {
            let one = scope.one_series(self.grounds);
            // Of one series its own authors are named; otherwise any that is on record.
            let known = if one.is_some() { of(name) } else { of(name) || anywhere(name) || asked(name) };
            let told = one.is_some_and(|series| series.words.contains(&fold(name)));
            if !known && !told && !series.is_empty() {
                return wrong;
            }
            if series.is_empty() && !anywhere(name) && !asked(name) {
                return wrong;
            }
        }
        let unheard = |name: &str| {
            let folded = fold(name);
            let known = self.grounds.words.contains(&folded) || self.grounds.asked.words.contains(&folded);
            !known && self.names.authors(name, &folded).0.is_empty()
        };
        let english = PATTERNS.by.captures_iter(text).any(|found| unheard(&found[1]));
        let japanese = PATTERNS.by_japanese.captures_iter(text).any(|found| unheard(found[1].trim()));
        (english || japanese).then_some(Finding::Wrong(Ungrounded::Author))
    }
}

/// Whether a name is written like a title: in capitals where English has them, and no label of a fact.
pub(super) fn looks_like_title(name: &str) -> bool {
    if name.chars().count() > TITLE_CHARS_MAX || name.ends_with([':', '：', '。']) {
        return false;
    }
    if is_japanese(name) {
        // 「受付済み」 is a state: what is no noun is no title.
        return !name.ends_with(['い', 'す', 'た', 'る', 'み', '中']);
    }
    let folded = fold(name);
    if LABELS.contains(&folded.as_str()) || folded.split(' ').all(|word| LABELS.contains(&word)) {
        return false;
    }
    let words = name.split_whitespace().filter(|word| word.starts_with(char::is_alphabetic));
    let (mut capitals, mut all) = (0, 0);
    for word in words.filter(|word| word.len() > 3 || word.starts_with(char::is_uppercase)) {
        all += 1;
        capitals += usize::from(word.starts_with(char::is_uppercase));
    }
    all > 0 && capitals == all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_told_from_labels() {
        for name in ["Akira", "The Walking Cat", "Ghost of the Shell", "進撃の巨人"] {
            assert!(looks_like_title(name), "{name}");
        }
        for name in ["Price", "Price:", "talk to a person", "In stock", "受付済み", "準備中"] {
            assert!(!looks_like_title(name), "{name}");
        }
    }
}
