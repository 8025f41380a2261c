//! The judgement on a sentence: each claim against the records of what its clause speaks of. What is wrong is put right
//! where the record has exactly one value for it, the claim is surely about that record, and the sentence says nothing else
//! that hangs on the wrong one.

mod bare;
mod names;
mod orders;
mod series;
mod stock;
mod subject;

use std::ops::Range;

use super::Ungrounded;
use super::claim::{Claim, What};
use super::cue::CUES;
use super::facts::Grounds;
use super::reading::Reading;
use super::record::{Loose, stands_in};
use super::thread::{Clauses, Scope};
use crate::understand::NameSpotter;

/// What is wrong with a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It cannot be said.
    Wrong(Ungrounded),
    /// It can be said with this in the place of that.
    Mend { at: Range<usize>, with: String, fault: Ungrounded },
}

/// A sentence before its judge.
pub(super) struct Judge<'s> {
    pub(super) grounds: &'s Grounds,
    pub(super) names: &'s NameSpotter,
    pub(super) reading: &'s Reading,
    pub(super) clauses: &'s Clauses,
    /// It begins an item.
    pub(super) is_item: bool,
}

/// Compiles the patterns.
pub(super) fn warm_up() {
    bare::warm_up();
    names::warm_up();
    orders::warm_up();
    stock::warm_up();
    subject::warm_up();
    std::sync::LazyLock::force(&CUES);
}

impl Judge<'_> {
    /// Everything that is wrong, by place.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(self.names());
        for (at, claim) in self.reading.claims.iter().enumerate() {
            findings.extend(self.claim(at, claim));
        }
        findings.extend(self.promises());
        findings.extend(self.stock());
        findings.extend(self.states());
        findings
    }

    fn claim(&self, index: usize, claim: &Claim) -> Option<Finding> {
        let scope = self.clauses.scope(claim.at.start);
        let fine = match &claim.what {
            What::Order(number) => {
                self.grounds.missing.contains(number)
                    || self.grounds.orders.iter().any(|order| order.number == *number)
            }
            What::Code(code) => self.code(code, scope),
            What::Contact(target) => {
                return (!self.grounds.told.has_contact(target) && !self.grounds.asked.has_contact(target))
                    .then_some(Finding::Wrong(Ungrounded::Contact));
            }
            What::Date(date, form) => return self.date(claim, *date, *form, scope),
            What::Relative(word) => return self.relative(word, scope),
            What::Money(money, style) => return self.money(index, claim, *money, style, scope),
            What::Volumes(count, form) => return self.volumes(claim, *count, *form, scope),
            What::VolumeNumber(number) => {
                scope.series(self.grounds).iter().any(|series| *number <= series.volumes)
                    || self.number(number.saturating_mul(100), scope)
            }
            What::Copies(count, form) => return self.copies(claim, *count, *form, scope),
            What::Year(year) => return self.year(claim, *year, scope),
            What::Decade(decade) => {
                let within = |year: u64| (*decade..decade + 10).contains(&year);
                scope.series(self.grounds).iter().any(|series| within(series.year))
                    || self.number(decade * 100, scope)
            }
            What::Percent(percent) => self.loose(scope, |loose| loose.percents.contains(percent)),
            What::Number(value) => self.number(*value, scope),
            What::Unreadable(text) => self.loose(scope, |loose| loose.raw.contains(text.as_str())),
        };
        let fault = match claim.what {
            What::Order(_) | What::Code(_) => Ungrounded::Order,
            _ => Ungrounded::Number,
        };
        (!fine).then_some(Finding::Wrong(fault))
    }

    /// Whether a number, in hundredths, is on record for this scope.
    fn number(&self, value: u64, scope: &Scope) -> bool {
        // One of anything is an article.
        value <= 100
            || scope.series(self.grounds).iter().any(|series| series.numbers.contains(&value))
            || scope
                .orders(self.grounds)
                .iter()
                .any(|order| order.numbers.contains(&value) || order.total.hundredths == value)
            || self.loose(scope, |loose| loose.numbers.contains(&value))
    }

    /// Whether a passage tells it, or the shopper asked it. Of a known subject the shopper's word is not enough: it may be
    /// said back as a limit, or to deny it.
    fn loose(&self, scope: &Scope, has: impl Fn(&Loose) -> bool) -> bool {
        let text = &self.reading.text;
        let subject = scope.one_series(self.grounds).is_some() || scope.one_order(self.grounds).is_some();
        has(&self.grounds.told)
            || (has(&self.grounds.asked)
                && (!(subject || scope.is_strange())
                    || CUES.limit.is_match(text)
                    || CUES.denial.is_match(text)))
    }

    /// Words that promise something stand in a passage, or are denied.
    fn promises(&self) -> Option<Finding> {
        let text = &self.reading.text;
        let unfounded = CUES.promise.find_iter(text).any(|promise| {
            let folded = crate::understand::fold(promise.as_str());
            !stands_in(&self.grounds.words, &folded)
                && !CUES.is_no_promise(&text[..promise.start()], &text[promise.end()..])
        });
        unfounded.then_some(Finding::Wrong(Ungrounded::Promise))
    }

    /// What stands before and after a stretch.
    fn around(&self, at: &Range<usize>) -> (&str, &str) {
        (&self.reading.text[..at.start], &self.reading.text[at.end..])
    }
}
