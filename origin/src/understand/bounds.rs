//! Conditions in numbers and in words that stand for numbers: volumes, price, years, age, status, how many.

use std::sync::LazyLock;

use regex::Regex;

use crate::shop::{Age, Status};

/// Conditions on a series. Each is set, or not spoken of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) volumes_min: Option<u16>,
    pub(crate) volumes_max: Option<u16>,
    pub(crate) price_max_cents: Option<u32>,
    pub(crate) year_min: Option<u16>,
    pub(crate) year_max: Option<u16>,
    pub(crate) age_max: Option<Age>,
    /// At least this rating: someone wants it grown-up.
    pub(crate) age_min: Option<Age>,
    pub(crate) status: Option<Status>,
    /// The cheaper the better.
    pub(crate) cheap: bool,
    /// What is not in stock does not help.
    pub(crate) in_stock: bool,
    /// How many are wanted.
    pub(crate) count: Option<usize>,
    /// Against what was shown before: shorter, longer, newer, older, cheaper.
    pub(crate) relative: Option<Relative>,
}

/// A condition against what was shown before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relative {
    Shorter,
    Longer,
    Newer,
    Older,
    Cheaper,
}

impl Bounds {
    /// Whether nothing is asked of a series. How many are wanted is not asked of a series.
    pub(crate) fn is_empty(&self) -> bool {
        Self { count: None, in_stock: false, ..self.clone() } == Self::default()
    }

    /// These conditions, and those of an earlier turn where these say nothing.
    pub(crate) fn over(self, earlier: &Self) -> Self {
        Self {
            volumes_min: self.volumes_min.or(earlier.volumes_min.filter(|_| self.volumes_max.is_none())),
            volumes_max: self.volumes_max.or(earlier.volumes_max.filter(|_| self.volumes_min.is_none())),
            price_max_cents: self.price_max_cents.or(earlier.price_max_cents),
            year_min: self.year_min.or(earlier.year_min.filter(|_| self.year_max.is_none())),
            year_max: self.year_max.or(earlier.year_max.filter(|_| self.year_min.is_none())),
            age_max: self.age_max.or(earlier.age_max),
            age_min: self.age_min.or(earlier.age_min.filter(|_| self.age_max.is_none())),
            status: self.status.or(earlier.status),
            cheap: self.cheap || earlier.cheap,
            in_stock: self.in_stock || earlier.in_stock,
            count: self.count.or(earlier.count),
            relative: self.relative,
        }
    }
}

/// What counts as short, in volumes: a weekend or two.
pub(crate) const SHORT_VOLUMES_MAX: u16 = 10;
/// What counts as long.
pub(crate) const LONG_VOLUMES_MIN: u16 = 20;
/// What counts as recent, and as classic: the year it began.
const RECENT_YEAR_MIN: u16 = 2016;
const CLASSIC_YEAR_MAX: u16 = 1999;
/// Most series that are listed because someone asks for many.
const COUNT_MAX: usize = 5;

struct Patterns {
    volumes_max: Regex,
    volumes_min: Regex,
    price_max: Regex,
    year: Regex,
    year_from: Regex,
    year_until: Regex,
    decade: Regex,
    age: Regex,
    count: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| Regex::new(pattern).expect("a test compiles every pattern");
    Patterns {
        volumes_max: regex(
            r"(?:under|below|less than|fewer than|at most|no more than|not more than|up to|within|max(?:imum)?(?: of)?|shorter than) (\d{1,3})\s*(?:volumes?|vols?|books|tankobon)|(\d{1,3})\s*(?:volumes?|vols?|books) (?:or (?:less|fewer|under)|max|tops|at most)|全?(\d{1,3})巻(?:以内|以下|未満|まで|くらいまで|ぐらいまで|程度|より短)",
        ),
        volumes_min: regex(
            r"(?:over|above|more than|at least|longer than) (\d{1,3})\s*(?:volumes?|vols?|books)|(\d{1,3})\+? (?:volumes?|vols?) or more|(\d{1,3})巻(?:以上|より長|超)",
        ),
        price_max: regex(
            r"(?:under|below|less than|cheaper than|at most|no more than|up to|within|max(?:imum)?(?: of)?) (?:\$|us\$|usd )\s?(\d{1,4})(?:\.(\d\d))?|(?:under|below|less than|cheaper than|at most|up to|within) (\d{1,4})(?:\.(\d\d))? ?(?:dollars|bucks|usd|\$)|\$?(\d{1,4})(?:\.(\d\d))?(?:ドル|\$)(?:以下|以内|未満|まで)",
        ),
        year: regex(r"\b(?:from|in|of) (19[5-9]\d|20[0-3]\d)\b|(19[5-9]\d|20[0-3]\d)年(?:の|に|連載|開始)"),
        year_from: regex(
            r"\b(?:after|since|newer than) (19[5-9]\d|20[0-3]\d)\b|\bfrom (19[5-9]\d|20[0-3]\d) on(?:wards?)?\b|(19[5-9]\d|20[0-3]\d)年(?:以降|から|より新)",
        ),
        year_until: regex(
            r"\b(?:before|older than|until|up to) (19[5-9]\d|20[0-3]\d)\b|(19[5-9]\d|20[0-3]\d)年(?:以前|まで|より前|より古)",
        ),
        decade: regex(r"\b(?:19|20)?([0-9]0)'?s\b|(?:19|20)?([0-9]0)年代"),
        age: regex(r"\b(\d{1,2})[- ]?(?:years?[- ]?old|yo\b|y/o)|\bage[ds]? (\d{1,2})|(\d{1,2})(?:歳|才)"),
        count: regex(
            r"\b(two|three|four|five|a couple(?: of)?|[1-5])\s+(?:\w+ ){0,2}?(?:manga|series|titles|recommendations|suggestions|recs)\b|([1-5])(?:作品|つ|作|冊|シリーズ)",
        ),
    }
});

/// The conditions in a normalised text.
pub(crate) fn read(normal: &str) -> Bounds {
    let patterns = &*PATTERNS;
    let mut bounds = Bounds {
        volumes_max: volumes_max(&patterns.volumes_max, normal),
        volumes_min: number(&patterns.volumes_min, normal),
        price_max_cents: price(normal),
        in_stock: any(
            normal,
            &["in stock", "available now", "ship today", "在庫あり", "在庫がある", "すぐ買える", "すぐ届く"],
        ),
        cheap: any(
            normal,
            &["cheap", "budget", "affordable", "inexpensive", "安い", "安め", "お手頃", "お手ごろ", "手頃"],
        ),
        count: count(normal),
        relative: relative(normal),
        ..Bounds::default()
    };
    read_length(normal, &mut bounds);
    read_years(normal, &mut bounds);
    read_age(normal, &mut bounds);
    bounds.status = status(normal);
    bounds
}

fn read_length(normal: &str, bounds: &mut Bounds) {
    if bounds.volumes_max.is_some() || bounds.volumes_min.is_some() || bounds.relative.is_some() {
        return;
    }
    if any(
        normal,
        &[
            "one-shot",
            "one shot",
            "oneshot",
            "single volume",
            "one volume",
            "standalone",
            "全1巻",
            "一巻完結",
            "1巻完結",
            "一冊完結",
            "1冊完結",
            "単巻",
        ],
    ) {
        bounds.volumes_max = Some(1);
    } else if words(
        normal,
        &["short", "quick read", "not too long", "not so long", "not long", "few volumes"],
    ) || any(
        normal,
        &[
            "短い",
            "短め",
            "短編",
            "短く",
            "すぐ読め",
            "一気読み",
            "長すぎない",
            "長くない",
            "さくっと",
            "サクッと",
            "少なめ",
        ],
    ) {
        bounds.volumes_max = Some(SHORT_VOLUMES_MAX);
    } else if words(
        normal,
        &[
            "long series",
            "long manga",
            "long running",
            "long-running",
            "epic length",
            "really long",
            "very long",
        ],
    ) || any(
        normal,
        &["長編", "長い漫画", "長いマンガ", "長く読める", "長め", "読み応え", "読みごたえ"],
    ) {
        bounds.volumes_min = Some(LONG_VOLUMES_MIN);
    }
}

fn read_years(normal: &str, bounds: &mut Bounds) {
    let patterns = &*PATTERNS;
    bounds.year_min = number(&patterns.year_from, normal);
    bounds.year_max = number(&patterns.year_until, normal);
    if let Some(year) = number::<u16>(&patterns.year, normal)
        && bounds.year_min.is_none()
        && bounds.year_max.is_none()
    {
        (bounds.year_min, bounds.year_max) = (Some(year), Some(year));
    }
    if let Some(decade) = number::<u16>(&patterns.decade, normal) {
        let from = if decade >= 40 { 1_900 + decade } else { 2_000 + decade };
        (bounds.year_min, bounds.year_max) = (Some(from), Some(from + 9));
    }
    if bounds.year_min.is_some() || bounds.year_max.is_some() || bounds.relative.is_some() {
        return;
    }
    if words(
        normal,
        &["recent", "modern", "newer manga", "new manga", "new series", "newest", "latest series"],
    ) || any(normal, &["最近の", "新しい漫画", "新しいマンガ", "新しい作品", "新しめ", "近年", "今どき"])
    {
        bounds.year_min = Some(RECENT_YEAR_MIN);
    } else if words(
        normal,
        &["classic", "classics", "old school", "old-school", "vintage", "retro", "older manga", "old manga"],
    ) || any(normal, &["昔の", "懐かしい", "古い漫画", "古いマンガ", "古典", "往年", "古めの"])
    {
        bounds.year_max = Some(CLASSIC_YEAR_MAX);
    }
}

fn read_age(normal: &str, bounds: &mut Bounds) {
    if let Some(years) = number::<u32>(&PATTERNS.age, normal).filter(|years| (3..=99).contains(years)) {
        bounds.age_max = Some(Age::for_reader(years));
    } else if words(
        normal,
        &[
            "kid",
            "kids",
            "child",
            "children",
            "family friendly",
            "family-friendly",
            "all ages",
            "little brother",
            "little sister",
        ],
    ) || any(normal, &["子供", "子ども", "こども", "小学生", "キッズ", "全年齢", "親子で"])
    {
        bounds.age_max = Some(Age::All);
    } else if words(normal, &["teen", "teens", "teenager", "teenagers", "teenage"])
        || any(normal, &["中学生", "ティーン"])
    {
        bounds.age_max = Some(Age::Teen);
    } else if any(normal, &["高校生に", "高校生向け"]) {
        bounds.age_max = Some(Age::OlderTeen);
    } else if words(normal, &["for adults", "mature", "grown ups", "grown-ups", "adult readers"])
        || any(normal, &["大人向け", "大人の"])
    {
        bounds.age_min = Some(Age::OlderTeen);
    }
}

fn status(normal: &str) -> Option<Status> {
    if words(
        normal,
        &[
            "complete",
            "completed",
            "finished series",
            "finished manga",
            "that is finished",
            "already finished",
            "thats finished",
            "that's finished",
            "that has ended",
            "already ended",
            "fully released",
        ],
    ) || any(normal, &["完結", "終わってる", "終わっている"])
    {
        return Some(Status::Complete);
    }
    (words(
        normal,
        &[
            "ongoing",
            "still running",
            "still going",
            "still publishing",
            "currently running",
            "currently publishing",
        ],
    ) || any(normal, &["連載中", "続いている", "続いてる"]))
    .then_some(Status::Ongoing)
}

fn relative(normal: &str) -> Option<Relative> {
    let table: [(&[&str], &[&str], Relative); 5] = [
        (
            &["shorter", "fewer volumes", "less long", "not as long"],
            &["もっと短", "より短", "短いのは", "短いやつ", "もう少し短"],
            Relative::Shorter,
        ),
        (&["longer"], &["もっと長", "より長", "もう少し長"], Relative::Longer),
        (
            &["newer", "more recent", "more modern"],
            &["もっと新し", "より新し", "新しいのは"],
            Relative::Newer,
        ),
        (&["older", "more classic"], &["もっと古", "もっと昔", "古いのは"], Relative::Older),
        (
            &["cheaper", "less expensive"],
            &["もっと安", "より安", "安いのは", "もう少し安"],
            Relative::Cheaper,
        ),
    ];
    // "shorter than 5 volumes" and "older than 2000" set a bound of their own; "older teen" is a rating.
    if Regex::is_match(&PATTERNS.volumes_max, normal)
        || normal.contains("older than")
        || normal.contains("older teen")
    {
        return None;
    }
    table
        .into_iter()
        .find(|(en, ja, _)| words(normal, en) || any(normal, ja))
        .map(|(_, _, relative)| relative)
}

fn price(normal: &str) -> Option<u32> {
    let found = PATTERNS.price_max.captures(normal)?;
    let mut parts = found.iter().skip(1).flatten();
    let dollars: u32 = parts.next()?.as_str().parse().ok()?;
    let cents: u32 = parts.next().and_then(|cents| cents.as_str().parse().ok()).unwrap_or(0);
    Some(dollars * 100 + cents)
}

fn count(normal: &str) -> Option<usize> {
    let found = PATTERNS.count.captures(normal)?;
    let word = found.iter().skip(1).flatten().next()?.as_str();
    let count = match word {
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        _ if word.starts_with('a') => 2,
        digits => digits.parse().ok()?,
    };
    Some(count.min(COUNT_MAX))
}

/// The first number that the pattern captures.
fn number<T: std::str::FromStr>(pattern: &Regex, text: &str) -> Option<T> {
    pattern.captures(text)?.iter().skip(1).flatten().next()?.as_str().parse().ok()
}

/// The most volumes that are wanted: "under 10" leaves 9.
fn volumes_max(pattern: &Regex, text: &str) -> Option<u16> {
    let whole = pattern.find(text)?.as_str();
    let most: u16 = number(pattern, text)?;
    let strict = ["under", "below", "less than", "fewer than", "shorter than"]
        .iter()
        .any(|word| whole.starts_with(word))
        || whole.ends_with("未満")
        || whole.ends_with("より短");
    Some(if strict { most.saturating_sub(1).max(1) } else { most })
}

/// Whether one of the English words or phrases stands in the text by itself.
pub(super) fn words(normal: &str, cues: &[&str]) -> bool {
    cues.iter().any(|cue| {
        normal.match_indices(cue).any(|(at, _)| super::fold::stands_alone(normal, at, at + cue.len()))
    })
}

/// Whether one of the texts stands in the text, wherever. For Japanese, where nothing sets words apart.
pub(super) fn any(normal: &str, cues: &[&str]) -> bool {
    cues.iter().any(|cue| normal.contains(cue))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_in_both_languages() {
        assert_eq!(read("under 10 volumes").volumes_max, Some(9));
        assert_eq!(read("5 volumes or less").volumes_max, Some(5));
        assert_eq!(read("10巻以内で完結している").volumes_max, Some(10));
        assert_eq!(read("10巻以内で完結している").status, Some(Status::Complete));
        assert_eq!(read("over 30 volumes").volumes_min, Some(30));
        assert_eq!(read("under $12.50").price_max_cents, Some(1_250));
        assert_eq!(read("10ドル以下").price_max_cents, Some(1_000));
        assert_eq!(
            (read("from the 90s").year_min, read("from the 90s").year_max),
            (Some(1_990), Some(1_999))
        );
        assert_eq!(read("2015年以降の").year_min, Some(2_015));
        assert_eq!(read("before 1990").year_max, Some(1_990));
        assert_eq!(read("for my 8-year-old").age_max, Some(Age::All));
        assert_eq!(read("14歳の娘に").age_max, Some(Age::Teen));
        assert_eq!(read("something shorter").relative, Some(Relative::Shorter));
        assert_eq!(read("three manga like that").count, Some(3));
        assert_eq!(read("short and complete").volumes_max, Some(SHORT_VOLUMES_MAX));
    }

    #[test]
    fn what_sets_no_bound_sets_none() {
        for text in
            ["where is my order", "a manga about cooking", "shortly", "how long is berserk", "送料はいくら"]
        {
            assert!(read(text).is_empty(), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn a_later_bound_takes_the_place_of_an_earlier_one() {
        let earlier = read("complete, over 30 volumes");
        let merged = read("under 10 volumes").over(&earlier);
        assert_eq!((merged.volumes_min, merged.volumes_max), (None, Some(9)));
        assert_eq!(merged.status, Some(Status::Complete));
    }
}
