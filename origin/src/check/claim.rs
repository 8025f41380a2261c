//! What a text claims in numbers, dates, amounts and addresses, each with its place. Records and answers are read the same
//! way, so that a sentence taken from a record claims what the record does.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::date::{self, DATES, Date};
use super::money::{Money, Style};
use super::number::{self, DIGITS, Form, KANJI, WORDS};

/// Stands in the place of what has been read, so that it is not read twice.
const TAKEN: &str = "\u{1a}";
/// A number of so many digits, and blanks and hyphens, is a telephone number.
const PHONE_DIGITS_MIN: usize = 9;

/// A claim and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    pub(super) at: Range<usize>,
    pub(super) what: What,
}

/// Numbers are in hundredths, except volumes, copies and years.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// `MA-10001`
    Order(String),
    /// Letters and many digits: a tracking number.
    Code(String),
    /// A link's target, an address, a telephone number's digits.
    Contact(String),
    Date(Date, date::Form),
    /// `tomorrow`, `on Friday`
    Relative(String),
    Money(Money, Style),
    Percent(u64),
    /// How many volumes there are.
    Volumes(u64, Form),
    /// One of the volumes, or some of them.
    VolumeNumber(u64),
    /// How many copies are left.
    Copies(u64, Form),
    Year(u64),
    Decade(u64),
    Number(u64),
    /// A number too long to be one.
    Unreadable(String),
}

struct Patterns {
    order: Regex,
    code: Regex,
    contact: Regex,
    relative: Regex,
    money: Regex,
    phone: Regex,
    percent: Regex,
    copies: Regex,
    volumes: Regex,
    volume_numbers: Regex,
    year: Regex,
    counted: Regex,
    number: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |pattern: &str| {
        let pattern = pattern.replace("DIGITS", DIGITS).replace("WORDS", WORDS).replace("KANJI", KANJI);
        Regex::new(&pattern).expect("a test compiles every pattern")
    };
    let domain = r"(?:com|net|org|jp|io|shop|info|biz|app|dev|store)";
    Patterns {
        order: regex(r"MA-\d+"),
        code: regex(r"(?-u:\b)[A-Z]{2,3}-?\d[\d-]{6,}\d(?:[A-Z]{2})?"),
        contact: regex(
            &r#"\]\(([^)\s]*)\)|(?i:https?://|www\.)[^\s<>()\[\]"「」『』。、]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|(?-u:\b)(?i:[a-z0-9-]+(?:\.[a-z0-9-]+)*\.DOMAIN)(?-u:\b)(?:/[^\s<>()\[\]"「」『』。、]*)?"#
                .replace("DOMAIN", domain),
        ),
        relative: regex(
            r"(?i)(?-u:\b)(?:tomorrow|yesterday|tonight|today|(?:this|next|last) (?:week|weekend|month|year)|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?-u:\b)|明日|明後日|あさって|昨日|本日|今日|今夜|来週|今週|先週|来月|今月|[月火水木金土日]曜",
        ),
        money: regex(
            r"(?i)(?P<before>(?:US|CA|AU|HK|NZ|C|A)?\$|€|£|¥|(?-u:\b)(?:USD|EUR|GBP|JPY) ?)\s?(?P<a>DIGITS)|(?P<b>DIGITS万(?:DIGITS)?|DIGITS|(?-u:\b)WORDS|KANJI)[ -]?(?P<after>ドル|円|ユーロ|ポンド|セント|(?:dollars?|bucks|yen|euros?|USD|JPY|EUR|GBP|cents?)(?-u:\b))|(?P<c>DIGITS)(?P<sign>[$€])",
        ),
        phone: regex(r"\+?\d[\d ().-]{7,}\d"),
        percent: regex(r"(?i)(DIGITS|(?-u:\b)WORDS)\s?(?:%|percent|per cent|パーセント)|(\d|KANJI)割"),
        copies: regex(
            r"(?i)(?-u:\b)(?P<a>DIGITS|WORDS) (?:copies|copy|left|remaining|in stock|available|books left)(?-u:\b)|(?:残り|あと)(?:わずか|は|が)?(?P<b>\d+|KANJI)[冊点部]|在庫(?:は|が|数は)?(?:残り)?(?P<c>\d+|KANJI)[冊点部]|(?P<d>\d+|KANJI)[冊点部](?:の在庫|在庫|残)",
        ),
        volumes: regex(
            r"(?i)(?P<part>(?:first|opening|next|last|latest|final|other|another|remaining|these|those) )?(?-u:\b)(?P<n>\d{1,3}(?:,\d{3})*|WORDS)(?:[ -](?:[a-z'’-]+ ){0,2}?)(?:volumes?|vols?\.?|tank[oō]bon)(?-u:\b)|(?P<pre>全部で|全|既刊|合計|計|現在)?(?P<m>\d{1,3}|KANJI)巻(?P<post>まで(?:出|刊行|発売)|です|で完結|完結|で終|ほど|あり|ござい|が出|が刊行|[・、](?:完結|連載|休載)|の(?:作品|漫画|マンガ|シリーズ|長編|短編)|構成|シリーズ)?",
        ),
        volume_numbers: regex(
            r"(?i)(?:volumes?|vols?\.?|第)\s?#?(?:\d{1,4}|(?-u:\b)WORDS(?-u:\b))(?:\s?(?:-|–|—|〜|~|,|&|・|to|through|and|から)\s?\d{1,4}(?-u:\b))*",
        ),
        year: regex(r"(?-u:\b)((?:19|20)\d\d)(?:((?:'|’)?s(?-u:\b)|年代)|(?-u:\b))"),
        counted: regex(
            r"(?i)(?-u:\b)(?P<a>WORDS)[ -](?:business )?(?:books?|days?|weeks?|months?|years?|hours?|minutes?|orders?|series|titles?)(?-u:\b)|(?P<b>KANJI)(?:冊|営業日|週間|か月|ヶ月|カ月|日以内|日間|日後|年間|年後)",
        ),
        number: regex(DIGITS),
    }
});

/// Compiles the patterns.
pub(super) fn warm_up() {
    LazyLock::force(&PATTERNS);
    LazyLock::force(&DATES);
}

/// The claims of a [narrow](super::reading::narrow) text, in order. `titles` have numbers of their own, which claim nothing.
pub(super) fn read(text: &str, titles: &[String]) -> Vec<Claim> {
    let mut reader = Reader { rest: text.to_owned(), claims: Vec::new() };
    for title in titles {
        reader.take_title(title);
    }
    reader.read();
    reader.claims.sort_by_key(|claim| claim.at.start);
    reader.claims
}

struct Reader {
    rest: String,
    claims: Vec<Claim>,
}

impl Reader {
    fn read(&mut self) {
        let patterns = &*PATTERNS;
        self.take(&patterns.contact, |found| {
            let target = found.get(1).map_or(&found[0], |target| target.as_str());
            Some(What::Contact(target.trim_end_matches(['.', ',', ':', ';', '!', '?']).to_lowercase()))
        });
        self.take(&patterns.relative, |found| Some(What::Relative(found[0].to_lowercase())));
        if self.rest.bytes().any(|byte| byte.is_ascii_digit()) {
            self.take(&patterns.order, |found| Some(What::Order(found[0].to_owned())));
            self.take(&patterns.code, |found| Some(What::Code(found[0].to_owned())));
            self.take(&DATES, |found| date::read(found).map(|(date, form)| What::Date(date, form)));
        }
        self.take(&patterns.money, money);
        self.take(&patterns.percent, |found| {
            let tenths = found.get(2).and_then(|tenths| number::read(tenths.as_str()));
            let value = tenths.map(|(tenths, _)| tenths * 10);
            Some(What::Percent(value.or_else(|| Some(number::read(found.get(1)?.as_str())?.0))?))
        });
        self.take(&patterns.phone, |found| {
            let digits: String = found[0].chars().filter(char::is_ascii_digit).collect();
            (digits.len() >= PHONE_DIGITS_MIN).then_some(What::Contact(digits))
        });
        self.take(&patterns.copies, |found| {
            let (value, form) =
                number::read(["a", "b", "c", "d"].iter().find_map(|name| found.name(name))?.as_str())?;
            Some(What::Copies(value / 100, form))
        });
        self.take(&patterns.volumes, volumes);
        self.take_volume_numbers();
        self.take(&patterns.counted, |found| {
            Some(What::Number(number::read(found.name("a").or_else(|| found.name("b"))?.as_str())?.0))
        });
        if self.rest.bytes().any(|byte| byte.is_ascii_digit()) {
            self.take(&patterns.year, |found| {
                let year = found[1].parse().ok()?;
                Some(if found.get(2).is_some() { What::Decade(year) } else { What::Year(year) })
            });
            self.take(&patterns.number, |found| {
                Some(match number::digits(&found[0]) {
                    Some(value) => What::Number(value),
                    None => What::Unreadable(found[0].to_owned()),
                })
            });
        }
    }

    /// Takes what the pattern finds and `what` understands.
    fn take(&mut self, pattern: &Regex, what: impl Fn(&Captures<'_>) -> Option<What>) {
        let before = self.claims.len();
        for found in pattern.captures_iter(&self.rest) {
            if let (Some(whole), Some(what)) = (found.get(0), what(&found)) {
                self.claims.push(Claim { at: whole.range(), what });
            }
        }
        for at in before..self.claims.len() {
            self.blank(self.claims[at].at.clone());
        }
    }

    /// `volumes 1, 2 and 5` are three numbers.
    fn take_volume_numbers(&mut self) {
        let mut taken = Vec::new();
        for found in PATTERNS.volume_numbers.find_iter(&self.rest) {
            taken.push(found.range());
            let numbers: Vec<_> = PATTERNS.number.find_iter(found.as_str()).collect();
            let in_words = found.as_str().split_once(' ').and_then(|(_, words)| number::read(words));
            for number in &numbers {
                let at = found.start() + number.start()..found.start() + number.end();
                let value = number::digits(number.as_str()).map_or(u64::MAX, |value| value / 100);
                self.claims.push(Claim { at, what: What::VolumeNumber(value) });
            }
            if let (true, Some((value, _))) = (numbers.is_empty(), in_words) {
                self.claims.push(Claim { at: found.range(), what: What::VolumeNumber(value / 100) });
            }
        }
        taken.into_iter().for_each(|range| self.blank(range));
    }

    fn take_title(&mut self, title: &str) {
        while let Some(at) = self.rest.find(title) {
            self.blank(at..at + title.len());
        }
    }

    fn blank(&mut self, range: Range<usize>) {
        let filler = TAKEN.repeat(range.len());
        self.rest.replace_range(range, &filler);
    }
}

fn money(found: &Captures<'_>) -> Option<What> {
    let (amount, sign, first) = match (found.name("before"), found.name("a")) {
        (Some(sign), Some(amount)) => (amount, sign, true),
        _ => (
            found.name("b").or_else(|| found.name("c"))?,
            found.name("after").or_else(|| found.name("sign"))?,
            false,
        ),
    };
    let (money, style) = Money::read(amount.as_str(), sign.as_str().trim(), first)?;
    Some(What::Money(money, style))
}

fn volumes(found: &Captures<'_>) -> Option<What> {
    let text = found.name("n").or_else(|| found.name("m"))?.as_str();
    let (value, form) = number::read(text)?;
    let japanese = found.name("m").is_some();
    let counted = if japanese {
        found.name("pre").or_else(|| found.name("post")).is_some()
    } else {
        found.name("part").is_none()
    };
    Some(if counted { What::Volumes(value / 100, form) } else { What::VolumeNumber(value / 100) })
}

/// The number of a claim of volumes or copies inside its text: what is to be replaced when it is wrong.
pub(super) fn number_in(text: &str, form: Form) -> Option<Range<usize>> {
    static NUMBERS: LazyLock<[Regex; 3]> = LazyLock::new(|| {
        [DIGITS.to_owned(), format!("(?i){WORDS}"), KANJI.to_owned()]
            .map(|pattern| Regex::new(&pattern).expect("a test compiles every pattern"))
    });
    let pattern = match form {
        Form::Digits => &NUMBERS[0],
        Form::Words => &NUMBERS[1],
        Form::Kanji => &NUMBERS[2],
    };
    pattern.find(text).map(|found| found.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> Vec<What> {
        read(text, &["20th Century Boys".to_owned()]).into_iter().map(|claim| claim.what).collect()
    }

    #[test]
    fn volumes_are_counted_or_numbered() {
        for (text, expected) in [
            ("It has 18 volumes.", What::Volumes(18, Form::Digits)),
            ("an 18-volume series", What::Volumes(18, Form::Digits)),
            ("eighteen volumes", What::Volumes(18, Form::Words)),
            ("a dozen thrilling volumes", What::Volumes(12, Form::Words)),
            ("the first 3 volumes", What::VolumeNumber(3)),
            ("volume 3 is out", What::VolumeNumber(3)),
            ("Vol. 3", What::VolumeNumber(3)),
            ("volume three", What::VolumeNumber(3)),
            ("全18巻", What::Volumes(18, Form::Digits)),
            ("十八巻で完結しています", What::Volumes(18, Form::Kanji)),
            ("18巻まで出ています", What::Volumes(18, Form::Digits)),
            ("第3巻", What::VolumeNumber(3)),
            ("3巻から", What::VolumeNumber(3)),
        ] {
            assert_eq!(what(text), [expected], "{text}");
        }
        assert_eq!(what("volumes 1, 2 and 5"), [1, 2, 5].map(What::VolumeNumber));
    }

    #[test]
    fn other_numbers_are_what_they_count() {
        for (text, expected) in [
            ("only 3 left", What::Copies(3, Form::Digits)),
            ("残り3冊", What::Copies(3, Form::Digits)),
            ("20% off", What::Percent(2_000)),
            ("2割引き", What::Percent(2_000)),
            ("in 1994", What::Year(1_994)),
            ("a 1990s classic", What::Decade(1_990)),
            ("1990年代の", What::Decade(1_990)),
            ("within three days", What::Number(300)),
            ("三週間", What::Number(300)),
            ("order MA-10001", What::Order("MA-10001".into())),
            ("YT-4410-2291-01", What::Code("YT-4410-2291-01".into())),
            ("tomorrow", What::Relative("tomorrow".into())),
            ("金曜日に", What::Relative("金曜".into())),
        ] {
            assert_eq!(what(text), [expected], "{text}");
        }
        assert_eq!(what("20th Century Boys is one of a kind"), []);
    }

    #[test]
    fn addresses_are_read_whole() {
        for (text, target) in [
            ("see https://evil.example/a-1?b=2.", "https://evil.example/a-1?b=2"),
            ("[Your orders](/account/orders)", "/account/orders"),
            ("write to Help@shop.example", "help@shop.example"),
            ("visit mangaassist.com today", "mangaassist.com"),
            ("call +81 6-1234-5678", "81612345678"),
        ] {
            assert!(what(text).contains(&What::Contact(target.into())), "{text}: {:?}", what(text));
        }
    }
}
