//! Chains joined, defaults merged, later directives applied: rules as they will be, still as syntax.

use std::collections::HashMap;

use super::{Bits, Compiler, Pattern};
use crate::limits::CHAIN_LINKS_MAX;
use crate::parse::{
    Actions, Directive, DisruptiveAst, Line, OperatorAst, Parsed, Place, Selection, TargetAst,
};

/// Everything the later stages need to know of all rules.
pub(super) struct Plan<'a> {
    pub(super) rules: Vec<Draft<'a>>,
    /// Labels and the order they stand in.
    pub(super) markers: Vec<(&'a str, usize)>,
}

/// A rule to be.
pub(super) struct Draft<'a> {
    pub(super) id: u64,
    pub(super) phase: u8,
    /// Position among all directives: what a marker is before or after.
    pub(super) order: usize,
    pub(super) links: Vec<LinkDraft<'a>>,
    pub(super) line: &'a Line,
}

pub(super) struct LinkDraft<'a> {
    pub(super) targets: Vec<TargetAst>,
    /// `SecAction` has none.
    pub(super) operator: Option<&'a OperatorAst>,
    pub(super) actions: Actions,
    pub(super) line: &'a Line,
}

impl Draft<'_> {
    /// The actions of the first link: the rule's own.
    pub(super) fn actions(&self) -> &Actions {
        &self.links[0].actions
    }
}

impl Plan<'_> {
    /// The rules a selection means; the error is a sentence.
    pub(super) fn select(&self, selection: &Selection) -> Result<Bits, String> {
        select(&self.rules, selection)
    }
}

fn select(rules: &[Draft<'_>], selection: &Selection) -> Result<Bits, String> {
    let mut bits = Bits::default();
    let pattern = match selection {
        Selection::Ids(_) => None,
        Selection::Tag(source) | Selection::Message(source) => Some(Pattern::for_names(source)?),
    };
    for (index, rule) in rules.iter().enumerate() {
        let actions = rule.actions();
        let matches = |text: &str| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text.as_bytes()));
        let selected = match selection {
            Selection::Ids(ranges) => ranges.iter().any(|(first, last)| (*first..=*last).contains(&rule.id)),
            Selection::Tag(_) => actions.tags.iter().any(|tag| matches(tag)),
            Selection::Message(_) => {
                actions.message.as_ref().and_then(|message| message.literal()).is_some_and(matches)
            }
        };
        if selected {
            bits.insert(index);
        }
    }
    Ok(bits)
}

/// A directive that changes rules, applied when all rules are known: it may stand before or after them.
type Change<'a> = (&'a Directive, &'a Line);

struct Planner<'a, 'c, 'd> {
    compiler: &'c mut Compiler<'d>,
    rules: Vec<Draft<'a>>,
    markers: Vec<(&'a str, usize)>,
    defaults: [Actions; 5],
    ids: HashMap<u64, Place>,
    /// The last link said `chain`.
    open: bool,
    changes: Vec<Change<'a>>,
}

/// Reads all directives into drafts.
pub(super) fn plan<'a>(parsed: &'a [Parsed], compiler: &mut Compiler<'_>) -> Plan<'a> {
    let mut planner = Planner {
        compiler,
        rules: Vec::new(),
        markers: Vec::new(),
        defaults: Default::default(),
        ids: HashMap::new(),
        open: false,
        changes: Vec::new(),
    };
    for (order, parsed) in parsed.iter().enumerate() {
        planner.directive(order, parsed);
    }
    planner.close_chain();
    planner.apply_changes();
    Plan { rules: planner.rules, markers: planner.markers }
}

impl<'a> Planner<'a, '_, '_> {
    fn error(&mut self, line: &Line, offending: &str, expected: impl Into<String>) {
        self.compiler.errors.push(line.start().error(offending, expected));
    }

    fn directive(&mut self, order: usize, parsed: &'a Parsed) {
        let line = &parsed.line;
        match &parsed.directive {
            Directive::Rule { targets, operator, actions } => {
                self.link(order, line, targets.clone(), Some(operator), actions);
            }
            Directive::Action(actions) => {
                self.close_chain();
                self.link(order, line, Vec::new(), None, actions);
                self.open = false;
            }
            Directive::Marker(label) => {
                self.close_chain();
                self.markers.push((label, order));
            }
            Directive::DefaultAction(actions) => {
                self.close_chain();
                let phase = usize::from(actions.phase.unwrap_or(2)) - 1;
                self.defaults[phase] = actions.clone();
            }
            Directive::Setting(setting) => self.compiler.set(setting),
            Directive::RemoveRules(_) | Directive::UpdateTargets(..) | Directive::UpdateActions(..) => {
                self.changes.push((&parsed.directive, line));
            }
        }
    }

    fn close_chain(&mut self) {
        if std::mem::take(&mut self.open)
            && let Some(rule) = self.rules.last()
        {
            let line = rule.line;
            self.error(line, "chain", "a SecRule after the last link of a chain");
        }
    }

    fn link(
        &mut self,
        order: usize,
        line: &'a Line,
        targets: Vec<TargetAst>,
        operator: Option<&'a OperatorAst>,
        actions: &Actions,
    ) {
        if std::mem::replace(&mut self.open, actions.chain) {
            self.chained(line, targets, operator, actions);
            return;
        }
        let phase = actions.phase.unwrap_or(2);
        let Some(id) = actions.id else {
            self.error(line, "", "an id among the actions");
            // Its links would be taken for rules of their own.
            self.rules.push(self.draft(0, phase, order, line, targets, operator, actions));
            return;
        };
        if let Some(first) = self.ids.insert(id, line.start()) {
            self.error(
                line,
                &id.to_string(),
                format!("an id of its own: it is used at {}:{}", first.file, first.line),
            );
        }
        self.rules.push(self.draft(id, phase, order, line, targets, operator, actions));
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a draft")]
    fn draft(
        &self,
        id: u64,
        phase: u8,
        order: usize,
        line: &'a Line,
        targets: Vec<TargetAst>,
        operator: Option<&'a OperatorAst>,
        actions: &Actions,
    ) -> Draft<'a> {
        let actions = merged(&self.defaults[usize::from(phase) - 1], actions);
        Draft { id, phase, order, links: vec![LinkDraft { targets, operator, actions, line }], line }
    }

    fn chained(
        &mut self,
        line: &'a Line,
        targets: Vec<TargetAst>,
        operator: Option<&'a OperatorAst>,
        actions: &Actions,
    ) {
        let starter_only = actions.id.is_some()
            || actions.phase.is_some()
            || actions.disruptive.is_some()
            || actions.skip.is_some()
            || actions.skip_after.is_some();
        if starter_only {
            self.error(line, "", "id, phase, skip and disruptive actions on the first rule of a chain only");
        }
        let Some(rule) = self.rules.last_mut() else { return };
        if rule.links.len() >= CHAIN_LINKS_MAX {
            self.error(line, "", format!("at most {CHAIN_LINKS_MAX} rules in a chain"));
            return;
        }
        let transformations = Actions {
            transformations: self.defaults[usize::from(rule.phase) - 1].transformations.clone(),
            ..Actions::default()
        };
        let actions = merged(&transformations, actions);
        rule.links.push(LinkDraft { targets, operator, actions, line });
    }

    fn apply_changes(&mut self) {
        for (change, line) in std::mem::take(&mut self.changes) {
            if let Err(expected) = self.apply(change) {
                self.error(line, "", expected);
            }
        }
    }

    fn apply(&mut self, change: &Directive) -> Result<(), String> {
        match change {
            Directive::RemoveRules(selection) => {
                let selected = select(&self.rules, selection)?;
                let mut index = 0;
                self.rules.retain(|_| {
                    index += 1;
                    !selected.contains(index - 1)
                });
            }
            Directive::UpdateTargets(selection, targets) => {
                let selected = select(&self.rules, selection)?;
                for (index, rule) in self.rules.iter_mut().enumerate() {
                    if selected.contains(index) && rule.links[0].operator.is_some() {
                        rule.links[0].targets.extend(targets.iter().cloned());
                    }
                }
            }
            Directive::UpdateActions(id, actions) => {
                if actions.id.is_some() || actions.phase.is_some() || actions.chain {
                    return Err("no id, phase or chain: an update cannot change what a rule is".to_owned());
                }
                if let Some(rule) = self.rules.iter_mut().find(|rule| rule.id == *id) {
                    rule.links[0].actions = merged(&rule.links[0].actions, actions);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// `own` over `base`: what `own` says wins, lists grow.
fn merged(base: &Actions, own: &Actions) -> Actions {
    let status = own.status.or(base.status);
    let disruptive = match (&own.disruptive, &base.disruptive) {
        // `block` is whatever the defaults say.
        (Some(DisruptiveAst::Block), Some(default)) => Some(default.clone()),
        (Some(own), _) => Some(own.clone()),
        (None, default) => default.clone(),
    };
    let joined = |a: &[_], b: &[_]| [a, b].concat();
    Actions {
        id: own.id.or(base.id),
        phase: own.phase.or(base.phase),
        chain: own.chain,
        capture: own.capture || base.capture,
        multi_match: own.multi_match || base.multi_match,
        message: own.message.clone().or_else(|| base.message.clone()),
        log_data: own.log_data.clone().or_else(|| base.log_data.clone()),
        tags: [base.tags.as_slice(), &own.tags].concat(),
        severity: own.severity.or(base.severity),
        version: own.version.clone().or_else(|| base.version.clone()),
        transformations: joined(&base.transformations, &own.transformations),
        disruptive,
        status,
        log: own.log.or(base.log),
        skip: own.skip.or(base.skip),
        skip_after: own.skip_after.clone().or_else(|| base.skip_after.clone()),
        effects: [base.effects.as_slice(), &own.effects].concat(),
    }
}
