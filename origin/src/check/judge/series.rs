//! Prices, volumes, copies and years of series; totals of orders.

use super::{Finding, Judge};
use crate::check::Ungrounded;
use crate::check::claim::{self, Claim, What};
use crate::check::cue::CUES;
use crate::check::money::{Money, Style};
use crate::check::number::{self, Form};
use crate::check::record::OfSeries;
use crate::check::thread::Scope;

/// Above this many copies none are few: `only 12 left` is not said.
const FEW_COPIES_MAX: u64 = 5;

impl Judge<'_> {
    pub(super) fn money(
        &self,
        index: usize,
        claim: &Claim,
        money: Money,
        style: &Style,
        scope: &Scope,
    ) -> Option<Finding> {
        let text = &self.reading.text;
        let ranges = self.ranges(index);
        let all = Scope::default();
        let scope = if ranges { &all } else { scope };
        let one = scope.one_series(self.grounds);
        let about = CUES.about.is_match(&text[..claim.at.start]);
        let is = |right: Money| {
            right == money
                || (about
                    && right.currency == money.currency
                    && right.hundredths.abs_diff(money.hundredths) < 100)
        };
        let known = scope.series(self.grounds).iter().any(|series| self.prices(series).any(is))
            || scope.orders(self.grounds).iter().any(|order| is(order.total));
        let told = self.grounds.told.money.contains(&money) && (one.is_none() || CUES.service.is_match(text));
        if known
            || told
            || self.loose(scope, |loose| loose.money.contains(&money) && one.is_none())
            || (self.grounds.asked.money.contains(&money)
                && (CUES.limit.is_match(text) || CUES.denial.is_match(text)))
        {
            return None;
        }
        let wrong = Some(Finding::Wrong(Ungrounded::Money));
        let amounts =
            self.reading.claims.iter().filter(|claim| matches!(claim.what, What::Money(..))).count();
        if ranges
            || amounts > 1
            || CUES.limit.is_match(text)
            || CUES.bargain.is_match(text)
            || CUES.denial.is_match(text)
        {
            return wrong;
        }
        let right = match (one, scope.one_order(self.grounds)) {
            (Some(_), _) if !self.is_sure(claim.at.start) => None,
            (Some(series), _) if CUES.set.is_match(text) => series.price_of(series.volumes),
            (Some(_), _) if CUES.service.is_match(text) => None,
            (Some(series), _) => series.price,
            (None, Some(order)) if CUES.set.is_match(text) => Some(order.total),
            _ => None,
        };
        match right.and_then(|right| right.write(style)) {
            Some(with) => Some(Finding::Mend { at: claim.at.clone(), with, fault: Ungrounded::Money }),
            None => wrong,
        }
    }

    /// Amounts that a sentence may name for a series: of one volume, of all, of as many as it speaks of.
    fn prices<'s>(&'s self, series: &'s OfSeries) -> impl Iterator<Item = Money> + 's {
        let counts = self.reading.claims.iter().filter_map(|claim| match claim.what {
            What::Volumes(count, _) | What::VolumeNumber(count) => Some(count),
            What::Number(value) if value.is_multiple_of(100) => Some(value / 100),
            _ => None,
        });
        let counts = counts.filter(move |count| *count <= series.volumes);
        [1, series.volumes].into_iter().chain(counts).filter_map(move |count| series.price_of(count))
    }

    /// Whether the amount is an end of a range: `$8.99 to $11.99`.
    fn ranges(&self, index: usize) -> bool {
        let claims = &self.reading.claims;
        let joined = |first: usize| {
            let (Some(one), Some(other)) = (claims.get(first), claims.get(first + 1)) else { return false };
            let amounts = matches!(one.what, What::Money(..) | What::Number(_))
                && matches!(other.what, What::Money(..));
            amounts && CUES.is_range(&self.reading.text[one.at.end..other.at.start])
        };
        joined(index) || (index > 0 && joined(index - 1))
    }

    pub(super) fn volumes(&self, claim: &Claim, count: u64, form: Form, scope: &Scope) -> Option<Finding> {
        let text = &self.reading.text;
        let one = scope.one_series(self.grounds);
        let (before, _) = self.around(&claim.at);
        // "$9 for one volume" counts none of the series.
        let whole = before.ends_with(" in ") || text[claim.at.clone()].starts_with(['全', '既']);
        let known = scope.series(self.grounds).iter().any(|series| series.volumes == count)
            || (count <= 1 && !whole)
            || scope.orders(self.grounds).iter().any(|order| order.numbers.contains(&(count * 100)));
        let told = self.grounds.told.numbers.contains(&(count * 100))
            && (one.is_none() || CUES.service.is_match(text));
        let asked = self.grounds.asked.numbers.contains(&(count * 100));
        if known
            || told
            || (asked
                && ((one.is_none() && !scope.is_strange())
                    || CUES.limit.is_match(text)
                    || CUES.denial.is_match(text)))
        {
            return None;
        }
        let plain = !CUES.limit.is_match(text) && !CUES.denial.is_match(text);
        let mended = one.filter(|_| plain && self.is_sure(claim.at.start));
        let mended = mended.and_then(|series| self.recount(claim, series.volumes, form, Ungrounded::Number));
        mended.or(Some(Finding::Wrong(Ungrounded::Number)))
    }

    pub(super) fn copies(&self, claim: &Claim, count: u64, form: Form, scope: &Scope) -> Option<Finding> {
        let series = scope.series(self.grounds);
        if series.iter().any(|series| series.copies == count)
            || scope.orders(self.grounds).iter().any(|order| order.numbers.contains(&(count * 100)))
        {
            return None;
        }
        if series.is_empty() && self.number(count * 100, scope) {
            return None;
        }
        let few = |copies: u64| (1..=FEW_COPIES_MAX).contains(&copies);
        let mended = scope.one_series(self.grounds).filter(|series| few(series.copies) && few(count));
        let mended = mended.filter(|_| self.is_sure(claim.at.start));
        let mended = mended.and_then(|series| self.recount(claim, series.copies, form, Ungrounded::Stock));
        mended.or(Some(Finding::Wrong(Ungrounded::Stock)))
    }

    /// Another number in a claim, in the same form.
    fn recount(&self, claim: &Claim, count: u64, form: Form, fault: Ungrounded) -> Option<Finding> {
        let said = &self.reading.text[claim.at.clone()];
        let number = claim::number_in(said, form)?;
        let (head, tail) = (&said[..number.start], &said[number.end..]);
        let mut value = number::write(count, form);
        if said[number.clone()].starts_with(char::is_uppercase)
            && let Some(first) = value.get(..1)
        {
            value = format!("{}{}", first.to_uppercase(), &value[1..]);
        }
        let tail = match count {
            1 => tail.replace("volumes", "volume").replace("copies", "copy"),
            // "a one-volume story" has no plural.
            _ if !tail.starts_with('-') && tail.ends_with("volume") => format!("{tail}s"),
            _ => tail.to_owned(),
        };
        let (before, _) = self.around(&claim.at);
        let (at, article) =
            match ["a ", "an "].into_iter().find(|article| before.ends_with(&format!(" {article}"))) {
                Some(article) => (claim.at.start - article.len()..claim.at.end, article_before(count)),
                None => (claim.at.clone(), ""),
            };
        Some(Finding::Mend { at, with: format!("{article}{head}{value}{tail}"), fault })
    }

    pub(super) fn year(&self, claim: &Claim, year: u64, scope: &Scope) -> Option<Finding> {
        let text = &self.reading.text;
        let series = scope.series(self.grounds);
        let orders = scope.orders(self.grounds);
        let of_order =
            orders.iter().flat_map(|order| order.days()).any(|day| u64::try_from(day.civil().0) == Ok(year));
        if series.iter().any(|series| series.year == year) || of_order || self.number(year * 100, scope) {
            return None;
        }
        let years = self.reading.claims.iter().filter(|claim| matches!(claim.what, What::Year(_))).count();
        let one = scope.one_series(self.grounds);
        let plain = years == 1 && CUES.start.is_match(text) && !CUES.denial.is_match(text);
        match one.filter(|_| plain && self.is_sure(claim.at.start)) {
            Some(series) => Some(Finding::Mend {
                at: claim.at.clone(),
                with: format!("{}", series.year),
                fault: Ungrounded::Date,
            }),
            None => Some(Finding::Wrong(Ungrounded::Date)),
        }
    }
}

/// The article before a number: an eight, an eleven, an eighteen, an eighty-one; in digits as well.
const fn article_before(count: u64) -> &'static str {
    match count {
        8 | 11 | 18 | 80..=89 | 800..=899 => "an ",
        _ => "a ",
    }
}
