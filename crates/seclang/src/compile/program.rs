//! Which rules a phase runs, in which order, and where a skip lands.

use super::draft::Plan;
use super::model::{Programs, SkipTo, Step};
use super::prepare::Preparation;
use super::{Chain, Guard, NONE, Rule, RuleSet};
use crate::RuleError;
use crate::bytes::Kinds;

/// Fills the programs of a set whose rules are compiled.
pub(super) fn link(set: &mut RuleSet, plan: &Plan<'_>, errors: &mut Vec<RuleError>) {
    set.http = programs(&set.rules, &set.chains, |_| true);
    set.message = programs(&set.rules, &set.chains, concerns_messages);
    let preparation = Preparation { slots: &set.slots, score_slots: &set.score_slots };
    set.preparation = programs(&set.rules, &set.chains, |rule| preparation.is_preparing(rule));
    for (index, draft) in plan.rules.iter().enumerate() {
        let actions = draft.actions();
        let phase = usize::from(draft.phase) - 1;
        let programs = [&set.http[phase], &set.message[phase], &set.preparation[phase]];
        let skip_to = match (&actions.skip_after, actions.skip) {
            (None, None) => continue,
            (Some(label), _) => {
                let after = plan.markers.iter().filter(|(name, _)| name == label).map(|(_, order)| *order);
                let Some(order) = after.filter(|order| *order > draft.order).min() else {
                    errors.push(draft.line.start().error(label, "the label of a SecMarker further down"));
                    continue;
                };
                programs.map(|program| position(program, |step| plan.rules[step.rule as usize].order > order))
            }
            (None, Some(count)) => {
                // So many rules are skipped whether or not a program has them.
                let whole = programs[0];
                let landing = position(whole, |step| step.rule as usize > index).saturating_add(count);
                let landing = whole.get(landing as usize).map_or(u32::MAX, |step| step.rule);
                programs.map(|program| position(program, |step| step.rule >= landing))
            }
        };
        let [http, message, preparation] = skip_to;
        set.rules[index].skip_to = Some(SkipTo { http, message, preparation });
    }
}

fn position(program: &[Step], is_after: impl Fn(&Step) -> bool) -> u32 {
    let index = program.iter().position(is_after).unwrap_or(program.len());
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn programs(rules: &[Rule], chains: &[Chain], wanted: impl Fn(&Rule) -> bool) -> Programs {
    let mut programs = Programs::default();
    for (index, rule) in (0u32..).zip(rules) {
        if wanted(rule) {
            let first = rule.links.first();
            let class = first.map_or(NONE, |link| link.class);
            let group = first.map_or(NONE, |link| link.needs.group);
            // A kind that is not needed is one that every value has.
            let kind =
                |at: usize| first.and_then(|link| link.needs.kinds.get(at)).copied().unwrap_or(Kinds::ANY);
            programs[usize::from(rule.phase) - 1].push(Step {
                rule: index,
                class,
                group,
                kinds: [kind(0), kind(1)],
                guard: first.map_or(Guard::None, |link| Guard::of(link, chains)),
            });
        }
    }
    programs
}

/// A message is judged by rules that can see it in every link: by its text, or by what other rules kept. A rule about an
/// HTTP request (`&REQUEST_HEADERS:Host "@eq 0"`) would misjudge what is none.
fn concerns_messages(rule: &Rule) -> bool {
    rule.links.iter().all(|link| {
        link.targets.is_empty() || link.targets.iter().any(|target| target.variable.exists_for_a_message())
    })
}
