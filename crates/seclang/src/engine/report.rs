//! What the security log shows. What of it is private is in `private.rs`.

use super::collections::Held;
use super::evaluate::Span;
use super::select::Candidate;
use super::transaction::Transaction;
use crate::Match;
use crate::compile::{Link, Rule};
use crate::limits::{MATCHED_BYTES_MAX, MATCHES_MAX};
use crate::operators::Operator;
use crate::variable::Variable;

impl<'r> Transaction<'r> {
    /// Notes a rule that matched, when it logs.
    pub(super) fn report(&mut self, rule: &'r Rule, disruptive: bool) {
        if let Some(severity) = rule.severity {
            let number = i64::from(severity as u8);
            let highest = self.collections.scalar(Variable::HighestSeverity);
            if highest == Held::Unset || number < self.number_of(highest) {
                self.collections.set(Variable::HighestSeverity, Held::Number(number));
            }
        }
        if !rule.log {
            return;
        }
        if self.matches.len() >= MATCHES_MAX {
            self.matches_dropped += 1;
            return;
        }
        let matched = if rule.links.iter().all(|link| link.targets.is_empty()) { None } else { self.matched };
        let is_private = self.is_private_match(rule);
        let found = Match {
            rule_id: rule.id,
            phase: self.phase,
            message: self.told(&rule.message, is_private),
            log_data: self.expand_text(&rule.log_data),
            tags: rule.tags.iter().map(|tag| self.told(tag, is_private)).collect(),
            severity: rule.severity,
            variable: matched.map(|matched| self.shown_name(&matched)).unwrap_or_default(),
            matched: matched.map(|matched| self.shown_bytes(&matched)).unwrap_or_default(),
            is_private,
            score: self.score(),
            disruptive,
        };
        self.matches.push(found);
    }

    /// The anomaly score so far: inbound and outbound, all paranoia levels.
    pub(super) fn score(&self) -> i64 {
        let slots = self.rules.score_slots.iter();
        slots.map(|slot| self.number_of(self.variables.get(*slot))).fold(0, i64::saturating_add)
    }

    /// What matched: the part a pattern found, or the whole value; bounded.
    fn shown_bytes(&self, matched: &Candidate) -> Vec<u8> {
        let id = match matched.held {
            Held::Unset => return Vec::new(),
            Held::Number(number) => return number.to_string().into_bytes(),
            Held::Value(id) => id,
        };
        let bytes = self.store.get(id);
        let span = self.matched_link.and_then(|link| self.span_of(link, bytes)).unwrap_or((0, bytes.len()));
        let part = &bytes[span.0.min(bytes.len())..span.1.min(bytes.len())];
        part[..part.len().min(MATCHED_BYTES_MAX)].to_vec()
    }

    fn span_of(&self, link: &Link, bytes: &[u8]) -> Option<Span> {
        match &link.operator {
            Operator::Rx(pattern) if !link.negated => pattern.find(bytes),
            Operator::Pm(phrases) if !link.negated => phrases.find(bytes),
            _ => self.matched_span,
        }
    }
}
