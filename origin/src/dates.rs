//! Calendar days, and how the two languages write them. No time zones: the shop's days are UTC days.

use std::fmt;
use std::str::FromStr;

use chat::Language;
use thiserror::Error;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
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

/// A day, counted from 1 January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i64);

impl Day {
    /// The day that this moment belongs to.
    #[must_use]
    pub(crate) fn of_ms(ms: u64) -> Self {
        Self(i64::try_from(ms / DAY_MS).unwrap_or(i64::MAX / 2))
    }

    /// The day that is so many days later, or earlier.
    #[must_use]
    pub(crate) const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Year, month from 1, day from 1, in the Gregorian calendar (Howard Hinnant's `civil_from_days`).
    #[must_use]
    pub(crate) const fn civil(self) -> (i64, u8, u8) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a month and a day are small"
        )]
        (year, month as u8, (day_of_year - (153 * shifted + 2) / 5 + 1) as u8)
    }

    /// The day of this year, month and day (Howard Hinnant's `days_from_civil`); none when there is no such day.
    #[must_use]
    pub(crate) fn of_civil(year: u16, month: u8, day: u8) -> Option<Self> {
        let shifted_year = i64::from(year) - i64::from(month <= 2);
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year - era * 400;
        let shifted_month = (i64::from(month) + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let found = Self(era * 146_097 + day_of_era - 719_468);
        // 31 April comes out as 1 May.
        (found.civil() == (i64::from(year), month, day)).then_some(found)
    }

    /// The day as a shopper reads it: `21 November 2026`, `2026年11月21日`.
    #[must_use]
    pub(crate) fn written(self, language: Language) -> String {
        let (year, month, day) = self.civil();
        match language {
            Language::En => format!("{day} {} {year}", MONTHS[usize::from(month.clamp(1, 12)) - 1]),
            Language::Ja => format!("{year}年{month}月{day}日"),
        }
    }
}

/// The text is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("write a day like 2026-01-31")]
pub(crate) struct NoDay;

impl FromStr for Day {
    type Err = NoDay;

    /// Reads `2026-01-31` (RFC 3339 `full-date`).
    fn from_str(text: &str) -> Result<Self, NoDay> {
        let digits = |part: &str, count: usize| {
            (part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())).then_some(()).ok_or(NoDay)
        };
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err(NoDay) };
        digits(year, 4)?;
        digits(month, 2)?;
        digits(day, 2)?;
        let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else {
            return Err(NoDay);
        };
        Self::of_civil(year, month, day).ok_or(NoDay)
    }
}

impl fmt::Display for Day {
    /// Writes `2026-01-31`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_written() {
        for text in ["1970-01-01", "2000-02-29", "2026-01-01", "2026-03-01", "2026-12-31", "9999-12-31"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
        }
        assert_eq!("2026-11-21".parse(), Ok(Day::of_ms(1_795_219_200_000)));
    }

    #[test]
    fn what_is_no_day_of_the_calendar_is_refused() {
        for text in [
            "",
            "2026",
            "2026-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-10",
            "26-01-01",
            "2026-1-1",
            "+026-01-01",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NoDay), "{text}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(Day(0).civil(), (1970, 1, 1));
        assert_eq!(Day(11_016).civil(), (2000, 2, 29));
        assert_eq!(Day(-1).civil(), (1969, 12, 31));
        assert_eq!(Day::of_ms(1_795_219_200_000).civil(), (2026, 11, 21));
    }

    #[test]
    fn each_language_writes_a_day_its_own_way() {
        assert_eq!(Day(11_016).written(Language::En), "29 February 2000");
        assert_eq!(Day(11_016).written(Language::Ja), "2000年2月29日");
    }
}
