//! Rules, run.

use super::collections::Held;
use super::select::Candidate;
use super::store::{Problem, ValueId};
use super::transaction::Transaction;
use super::views::looks_for_something;
use crate::Outcome;
use crate::compile::{Disruption, Link, NONE, Part, Rule, Template};
use crate::limits::{CAPTURE_WORK_FACTOR, MATCHED_VARS_MAX, SQL_TOKEN_WORK_BYTES};
use crate::operators::{self, Operator, Sqli};
use crate::parse::{AllowScope, EngineSwitch};
use crate::transform::Transform;

/// Where in a value an operator found what it looked for.
pub(super) type Span = (usize, usize);

impl<'r> Transaction<'r> {
    /// Runs one phase.
    pub(super) fn run_phase(&mut self, phase: u8) -> Outcome {
        let is_logging = phase == 5;
        if let (Some(interruption), false) = (&self.interruption, is_logging) {
            return Outcome::Interrupt(interruption.clone());
        }
        if self.engine == EngineSwitch::Off || (!is_logging && phase <= self.allowed_to) {
            return Outcome::Pass;
        }
        let rules = self.rules;
        let programs = match self.part {
            Part::Http => &rules.http,
            Part::Message => &rules.message,
            Part::Preparation => &rules.preparation,
        };
        let program = &programs[usize::from(phase) - 1];
        let keep_head = self.phase == 1 && phase == 2;
        self.phase = phase;
        let scope = crate::compile::scope_of(phase);
        self.store.scope = u8::from(scope == 1);
        self.filter.reset(rules, scope, keep_head);
        let mut at = 0;
        while let Some(step) = program.get(at) {
            at += 1;
            if step.class == NONE {
                if !self.opens(step.guard) {
                    continue;
                }
            } else if !self.may_match(step) {
                continue;
            }
            let index = step.rule as usize;
            if self.removed.contains(index) {
                continue;
            }
            let rule = &rules.rules[index];
            if !self.run_rule(index, rule) {
                continue;
            }
            if self.part != Part::Preparation
                && let Some(outcome) = self.conclude(rule)
            {
                return outcome;
            }
            if self.engine == EngineSwitch::Off || (!is_logging && phase <= self.allowed_to) {
                return Outcome::Pass;
            }
            if let Some(skip) = rule.skip_to {
                at = at.max(skip.step(self.part));
            }
        }
        Outcome::Pass
    }

    /// Whether every link matched.
    fn run_rule(&mut self, index: usize, rule: &'r Rule) -> bool {
        self.rule = index;
        self.matched_vars.clear();
        rule.links.iter().all(|link| self.run_link(link))
    }

    /// Reports a full match; an outcome when it ends the transaction.
    fn conclude(&mut self, rule: &'r Rule) -> Option<Outcome> {
        let disrupts = matches!(rule.disruption, Disruption::Deny(_) | Disruption::Redirect(..));
        self.report(rule, disrupts);
        match &rule.disruption {
            Disruption::Pass => None,
            Disruption::Allow(scope) => {
                self.allowed_to = match scope {
                    AllowScope::Phase => self.phase,
                    AllowScope::Request => 2,
                    AllowScope::Transaction => 4,
                }
                .max(self.allowed_to);
                None
            }
            Disruption::Deny(status) => self.interrupt(rule, *status, None),
            Disruption::Redirect(status, location) => self.interrupt(rule, *status, Some(location)),
        }
    }

    fn interrupt(&mut self, rule: &'r Rule, status: u16, location: Option<&'r Template>) -> Option<Outcome> {
        if !self.may_interrupt() {
            return None;
        }
        let reason = self.expand_text(&rule.message);
        let location = location.map(|template| self.expand_text(template));
        let interruption = crate::Interruption { status, rule_id: rule.id, reason, location };
        self.interruption = Some(interruption.clone());
        Some(Outcome::Interrupt(interruption))
    }

    /// Whether any value of a link's targets matches. Effects run for each that does, as in ModSecurity.
    fn run_link(&mut self, link: &'r Link) -> bool {
        if link.targets.is_empty() {
            self.run_effects(&link.effects);
            return true;
        }
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        for target in &link.targets {
            if self.part != Part::Message || target.variable.exists_for_a_message() {
                let looks = looks_for_something(link);
                if target.unit != NONE && looks {
                    self.select_unit(target.unit, &mut candidates);
                    continue;
                }
                self.select(target, &mut candidates);
                if !target.count && looks {
                    self.select_views(target.variable, &target.pick, &mut candidates);
                }
            }
        }
        let mut matched = false;
        for candidate in &candidates {
            matched |= self.run_candidate(link, candidate);
        }
        self.candidates = candidates;
        matched
    }

    fn run_candidate(&mut self, link: &'r Link, candidate: &Candidate) -> bool {
        if self.store.is_exhausted() && !candidate.variable.is_written_by_rules() {
            return false;
        }
        if (!link.exclusions.is_empty() || !self.excluded.is_empty())
            && self.is_taken_away(&link.exclusions, candidate)
        {
            return false;
        }
        if let Operator::Compare(comparison, limit) = &link.operator
            && link.steps.is_empty()
            && let Some(number) = self.numeric(link, candidate)
        {
            let limit = self.number(limit);
            let holds = comparison.holds(self.number_of(number), limit);
            if holds != link.negated {
                self.on_match(link, candidate, number, None);
                return true;
            }
            return false;
        }
        let raw = self.value_of(candidate.held);
        if link.steps.is_empty() {
            let value = self.store.transform(&self.rules.chains, raw, link.chain);
            return self.try_value(link, candidate, value);
        }
        let mut matched = false;
        let mut last = None;
        for step in &link.steps {
            let value = self.store.transform(&self.rules.chains, raw, *step);
            if last != Some(value) {
                matched |= self.try_value(link, candidate, value);
            }
            last = Some(value);
        }
        matched
    }

    /// A number that is known without its digits: one that is held as a number, or the length of a value.
    fn numeric(&mut self, link: &Link, candidate: &Candidate) -> Option<Held> {
        if link.chain == 0 {
            return Some(candidate.held);
        }
        let chain = self.rules.chains[usize::from(link.chain)];
        if chain.last != Transform::Length {
            return None;
        }
        let raw = self.value_of(candidate.held);
        let value = self.store.transform(&self.rules.chains, raw, chain.before);
        Some(Held::Number(i64::try_from(self.store.len(value)).unwrap_or(i64::MAX)))
    }

    fn try_value(&mut self, link: &'r Link, candidate: &Candidate, value: ValueId) -> bool {
        let found = if self.lacks_needs(link, value) { None } else { self.ask(link, value) };
        if found.is_some() == link.negated {
            return false;
        }
        self.on_match(link, candidate, Held::Value(value), found);
        true
    }

    /// Whether a value lacks what the operator needs, so that it need not be asked.
    fn lacks_needs(&mut self, link: &Link, value: ValueId) -> bool {
        if !link.needs.kinds.is_empty() {
            let kinds = self.store.kinds(value);
            if link.needs.kinds.iter().any(|needed| !kinds.meets(*needed)) {
                return true;
            }
        }
        if link.needs.group == NONE {
            return false;
        }
        let group = usize::from(link.needs.group);
        match self.store.hits(value, &self.rules.prefilters) {
            Some(hits) => hits.get(group / 64).is_none_or(|word| word >> (group % 64) & 1 == 0),
            None => false,
        }
    }

    /// Asks the operator; where it found something, when it did.
    fn ask(&mut self, link: &'r Link, id: ValueId) -> Option<Span> {
        self.store.charge(self.store.len(id));
        let all = (0, self.store.len(id));
        let whole = |holds: bool| holds.then_some(all);
        match &link.operator {
            Operator::Rx(pattern) if link.capture => pattern.find(self.store.get(id)),
            Operator::Rx(pattern) => whole(pattern.is_match(self.store.get(id))),
            Operator::Pm(phrases) => phrases.find(self.store.get(id)),
            Operator::StrEq(text) => self.compare(text, id, |value, text| value == text),
            Operator::Contains(text) => self.compare(text, id, crate::bytes::contains),
            Operator::ContainsWord(text) => self.compare(text, id, operators::contains_word),
            Operator::BeginsWith(text) => self.compare(text, id, <[u8]>::starts_with),
            Operator::EndsWith(text) => self.compare(text, id, <[u8]>::ends_with),
            Operator::Within(text) => {
                self.compare(text, id, |value, text| crate::bytes::contains(text, value))
            }
            Operator::Compare(comparison, limit) => {
                let limit = self.number(limit);
                whole(comparison.holds(self.number_of(Held::Value(id)), limit))
            }
            Operator::IpMatch(networks) => whole(networks.contain(self.store.get(id))),
            Operator::ValidateByteRange(range) => range.violation(self.store.get(id)).map(|at| (at, at + 1)),
            Operator::ValidateUrlEncoding => whole(operators::has_invalid_url_encoding(self.store.get(id))),
            Operator::ValidateUtf8Encoding => whole(operators::has_invalid_utf8(self.store.get(id))),
            Operator::DetectSqli => {
                let kinds = self.store.kinds(id);
                let mut room = self.store.sql_tokens;
                let verdict = operators::is_sqli(self.store.get(id), kinds, &mut room);
                let read = self.store.sql_tokens.saturating_sub(room);
                self.store.sql_tokens = room;
                self.store.charge(read * SQL_TOKEN_WORK_BYTES);
                if verdict == Sqli::Unfinished {
                    self.store.report(Problem::Work);
                }
                whole(verdict == Sqli::Found)
            }
            Operator::DetectXss => whole(operators::is_xss(self.store.get(id))),
            Operator::Unconditional => Some(all),
            Operator::NoMatch => None,
        }
    }

    fn compare(
        &mut self,
        template: &Template,
        id: ValueId,
        holds: impl Fn(&[u8], &[u8]) -> bool,
    ) -> Option<Span> {
        let all = (0, self.store.len(id));
        if let Some(text) = template.constant() {
            return holds(self.store.get(id), text).then_some(all);
        }
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        self.expand(template, &mut text);
        let found = holds(self.store.get(id), &text).then_some(all);
        self.text = text;
        found
    }

    fn on_match(&mut self, link: &'r Link, candidate: &Candidate, held: Held, span: Option<Span>) {
        let matched = Candidate { held, ..*candidate };
        self.matched = Some(matched);
        self.matched_span = span;
        if self.matched_vars.len() < MATCHED_VARS_MAX {
            self.matched_vars.push(matched);
        }
        self.matched_link = Some(link);
        if link.capture
            && let Held::Value(value) = held
        {
            self.capture_groups(link, value, span);
        }
        self.run_effects(&link.effects);
    }

    fn capture_groups(&mut self, link: &'r Link, value: ValueId, span: Option<Span>) {
        match &link.operator {
            Operator::Rx(pattern) => {
                self.store.charge(self.store.len(value) * CAPTURE_WORK_FACTOR);
                let groups: Vec<Option<Span>> = match pattern.captures(self.store.get(value)) {
                    Some(captures) => captures.iter().map(|group| group.map(|g| (g.start, g.end))).collect(),
                    None => Vec::new(),
                };
                self.capture(value, &groups);
            }
            _ => self.capture(value, &[span]),
        }
    }
}
