//! Dates as answers write them, and the same day written back in the same form.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::dates::Day;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A date, or as much of it as is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Date {
    year: Option<i64>,
    month: u8,
    day: Option<u8>,
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `21 November 2026`, `21st of Nov`
    DayMonth { ordinal: bool, short: bool },
    /// `November 21, 2026`
    MonthDay { ordinal: bool, short: bool },
    /// `2026-11-21`
    Iso,
    /// `2026年11月21日`
    Japanese,
    /// `11/21`, `November 2026`: not written back.
    Loose,
}

/// The patterns; each match is read by [`read`].
pub(super) static DATES: LazyLock<Regex> = LazyLock::new(|| {
    let month = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";
    let pattern = [
        r"(?-u:\b)(?P<d1>\d{1,2})(?P<o1>st|nd|rd|th)?(?: of)? (?P<m1>MONTH)(?-u:\b)(?:\.?,? (?P<y1>\d{4})(?-u:\b))?",
        r"(?-u:\b)(?P<m2>MONTH)\.? (?P<d2>\d{1,2})(?P<o2>st|nd|rd|th)?(?-u:\b)(?:,? (?P<y2>\d{4})(?-u:\b))?",
        r"(?-u:\b)(?P<m3>MONTH),? (?P<y3>\d{4})(?-u:\b)",
        r"(?:(?P<y4>\d{4})年)?(?P<m4>\d{1,2})月(?P<d4>\d{1,2})日",
        r"(?-u:\b)(?P<y5>\d{4})[-/.](?P<m5>\d{1,2})[-/.](?P<d5>\d{1,2})(?-u:\b)",
        r"(?-u:\b)(?P<m6>\d{1,2})/(?P<d6>\d{1,2})(?:/(?P<y6>\d{4}))?(?-u:\b)",
    ]
    .join("|")
    .replace("MONTH", month);
    Regex::new(&pattern).expect("a test compiles every pattern")
});

/// A match of [`DATES`]; none when it is no date: `24/7`.
pub(super) fn read(found: &Captures<'_>) -> Option<(Date, Form)> {
    let text = |name: &str| found.name(name).map(|part| part.as_str());
    let number = |name: &str| text(name).and_then(|part| part.parse::<u8>().ok());
    let year = |name: &str| text(name).and_then(|part| part.parse::<i64>().ok());
    let date = |year, month: u8, day: Option<u8>| {
        let possible = (1..=12).contains(&month) && day.is_none_or(|day| (1..=31).contains(&day));
        possible.then_some(Date { year, month, day })
    };
    let short = |name: &str| {
        text(name)
            .is_some_and(|month| month.len() <= 4 && month != "May" && month != "June" && month != "July")
    };
    if let Some(month) = text("m1") {
        let form = Form::DayMonth { ordinal: text("o1").is_some(), short: short("m1") };
        return Some((date(year("y1"), month_of(month)?, number("d1"))?, form));
    }
    if let Some(month) = text("m2") {
        let form = Form::MonthDay { ordinal: text("o2").is_some(), short: short("m2") };
        return Some((date(year("y2"), month_of(month)?, number("d2"))?, form));
    }
    if let Some(month) = text("m3") {
        return Some((date(year("y3"), month_of(month)?, None)?, Form::Loose));
    }
    if let Some(month) = number("m4") {
        return Some((date(year("y4"), month, number("d4"))?, Form::Japanese));
    }
    if let Some(month) = number("m5") {
        return Some((date(year("y5"), month, number("d5"))?, Form::Iso));
    }
    Some((date(year("y6"), number("m6")?, number("d6"))?, Form::Loose))
}

fn month_of(name: &str) -> Option<u8> {
    let at = MONTHS.iter().position(|month| month.get(..3) == name.get(..3))?;
    u8::try_from(at + 1).ok()
}

impl Date {
    /// Whether this is said of the day.
    pub(super) fn is(self, day: Day) -> bool {
        let (year, month, of_month) = day.civil();
        self.month == month
            && self.day.is_none_or(|day| day == of_month)
            && self.year.is_none_or(|said| said == year)
    }

    /// Whether what is said here is said there, perhaps with its year.
    pub(super) fn is_part_of(self, other: Self) -> bool {
        self.month == other.month
            && (self.day.is_none() || self.day == other.day)
            && (self.year.is_none() || other.year.is_none() || self.year == other.year)
    }

    /// The day, written as this date is.
    pub(super) fn rewritten(self, form: Form, day: Day) -> Option<String> {
        let (year, month, of_month) = day.civil();
        let name = |short: bool| {
            let name = MONTHS[usize::from(month.clamp(1, 12)) - 1];
            if short { &name[..3] } else { name }
        };
        let ordinal = |wanted: bool| if wanted { ordinal(of_month) } else { "" };
        let english_year = |comma: &str| self.year.map_or_else(String::new, |_| format!("{comma} {year}"));
        Some(match form {
            Form::DayMonth { ordinal: wanted, short } => {
                format!("{of_month}{} {}{}", ordinal(wanted), name(short), english_year(""))
            }
            Form::MonthDay { ordinal: wanted, short } => {
                format!("{} {of_month}{}{}", name(short), ordinal(wanted), english_year(","))
            }
            Form::Iso => format!("{year:04}-{month:02}-{of_month:02}"),
            Form::Japanese if self.year.is_some() => format!("{year}年{month}月{of_month}日"),
            Form::Japanese => format!("{month}月{of_month}日"),
            Form::Loose => return None,
        })
    }
}

const fn ordinal(day: u8) -> &'static str {
    match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    }
}

/// The day of the week, Monday first, and its names.
pub(super) fn weekday(day: Day) -> [&'static str; 2] {
    const NAMES: [[&str; 2]; 7] = [
        ["monday", "月曜"],
        ["tuesday", "火曜"],
        ["wednesday", "水曜"],
        ["thursday", "木曜"],
        ["friday", "金曜"],
        ["saturday", "土曜"],
        ["sunday", "日曜"],
    ];
    // 1 January 1970 was a Thursday.
    let at = usize::try_from((day.0 + 3).rem_euclid(7)).unwrap_or(0);
    NAMES[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 21 November 2026, a Saturday.
    const DAY: Day = Day(20_778);

    fn first(text: &str) -> Option<(Date, Form)> {
        DATES.captures(text).and_then(|found| read(&found))
    }

    #[test]
    fn a_day_is_known_in_every_form() {
        for text in [
            "21 November 2026",
            "21st of November",
            "November 21, 2026",
            "Nov. 21st",
            "2026-11-21",
            "2026年11月21日",
            "11月21日",
            "11/21",
            "November 2026",
        ] {
            assert!(first(text).is_some_and(|(date, _)| date.is(DAY)), "{text}");
        }
        for text in ["22 November 2026", "21 November 2025", "2026-11-22", "11月22日"] {
            assert!(first(text).is_some_and(|(date, _)| !date.is(DAY)), "{text}");
        }
        assert_eq!(first("24/7"), None);
        assert_eq!(first("you may 3"), None);
    }

    #[test]
    fn a_day_is_written_back_in_its_form() {
        for (said, expected) in [
            ("3 May 2026", "21 November 2026"),
            ("3rd of May", "21st November"),
            ("May 3, 2026", "November 21, 2026"),
            ("Mar 3rd", "Nov 21st"),
            ("2026-05-03", "2026-11-21"),
            ("2026年5月3日", "2026年11月21日"),
            ("5月3日", "11月21日"),
        ] {
            let (date, form) = first(said).unwrap();
            assert_eq!(date.rewritten(form, DAY).as_deref(), Some(expected), "{said}");
        }
    }

    #[test]
    fn a_day_has_its_weekday() {
        assert_eq!(weekday(DAY), ["saturday", "土曜"]);
    }
}
