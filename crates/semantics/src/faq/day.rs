//! Days, for the validity of entries.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day of the Gregorian calendar from 1970 to 9999, in UTC. As text: `2026-11-21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day {
    /// Days since 1970-01-01.
    since_epoch: u32,
}

/// A text that is no [`Day`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADay;

impl fmt::Display for NotADay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a day of 1970 to 9999, written like 2026-11-21")
    }
}

impl std::error::Error for NotADay {}

const YEARS: std::ops::RangeInclusive<u32> = 1970..=9999;
const SECONDS: u64 = 86_400;

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Leap days before a year, since year 0.
const fn leap_days_before(year: u32) -> u32 {
    let last = year - 1;
    last / 4 - last / 100 + last / 400
}

const fn days_before_year(year: u32) -> u32 {
    (year - 1970) * 365 + leap_days_before(year) - leap_days_before(1970)
}

impl Day {
    /// The day of a time in seconds since the Unix epoch; the last day there is for a time after it.
    #[must_use]
    pub fn of_seconds(seconds: u64) -> Self {
        let last = days_before_year(YEARS.end() + 1) - 1;
        Self { since_epoch: u32::try_from(seconds / SECONDS).map_or(last, |days| days.min(last)) }
    }

    fn new(year: u32, month: u32, day: u32) -> Result<Self, NotADay> {
        let exists = YEARS.contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day);
        if !exists {
            return Err(NotADay);
        }
        let before: u32 = (1..month).map(|m| days_of_month(year, m)).sum();
        Ok(Self { since_epoch: days_before_year(year) + before + day - 1 })
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let bytes = text.as_bytes();
        let is_written_so = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, b)| match i {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !is_written_so {
            return Err(NotADay);
        }
        let number = |range: std::ops::Range<usize>| text[range].parse().map_err(|_| NotADay);
        Self::new(number(0..4)?, number(5..7)?, number(8..10)?)
    }
}

impl TryFrom<String> for Day {
    type Error = NotADay;

    fn try_from(text: String) -> Result<Self, NotADay> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No year is longer than 366 days or shorter than 365: the guess is right or one too late.
        let mut year = 1970 + self.since_epoch / 365;
        while days_before_year(year) > self.since_epoch {
            year -= 1;
        }
        let mut left = self.since_epoch - days_before_year(year);
        let mut month = 1;
        while left >= days_of_month(year, month) {
            left -= days_of_month(year, month);
            month += 1;
        }
        write!(f, "{year:04}-{month:02}-{:02}", left + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_they_are_read() {
        for (text, since_epoch) in
            [("1970-01-01", 0), ("1972-02-29", 789), ("2000-03-01", 11_017), ("2026-11-21", 20_778)]
        {
            let day: Day = text.parse().expect("a day");
            assert_eq!((day.since_epoch, day.to_string()), (since_epoch, text.to_owned()));
            assert_eq!(Day::of_seconds(u64::from(since_epoch) * SECONDS + SECONDS - 1), day);
        }
        for day in (0..2_932_000).step_by(367).map(|since_epoch| Day { since_epoch }) {
            assert_eq!(day.to_string().parse(), Ok(day));
        }
        assert_eq!(Day::of_seconds(u64::MAX).to_string(), "9999-12-31");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026-2-1",
            "2026-02-29",
            "1969-12-31",
            "2026-13-01",
            "2026-00-10",
            "２026-01-01",
            "2026-01-00",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NotADay), "{text}");
        }
    }
}
