//! Calendar days, and how the two languages write them. No time zones: the shop's days are UTC days.

use chat::Language;

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

#[cfg(test)]
mod tests {
    use super::*;

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
