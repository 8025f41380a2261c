//! One draft to one rule.

use super::draft::{Draft, LinkDraft, Plan};
use super::literals::Required;
use super::{
    ChainId, Compiler, Disruption, Exclusion, Key, Link, NONE, Needs, Pattern, Pick, Rule, Target, effect,
    operator,
};
use crate::operators::Operator;
use crate::parse::{Actions, DisruptiveAst, SelectorAst, TargetAst, TemplateAst, TemplatePiece};
use crate::transform::Transform;
use crate::variable::Variable;

/// What `deny` answers unless `status` says otherwise.
const STATUS_DENIED: u16 = 403;
const STATUS_REDIRECT: u16 = 302;

/// `None` when it has a mistake, which is then among the compiler's errors.
pub(super) fn compile(draft: &Draft<'_>, plan: &Plan<'_>, compiler: &mut Compiler<'_>) -> Option<Rule> {
    let errors_before = compiler.errors.len();
    let links: Vec<Link> =
        draft.links.iter().filter_map(|link| self::link(draft.phase, link, plan, compiler)).collect();
    let actions = draft.actions();
    let template = |ast: &Option<TemplateAst>, compiler: &mut Compiler<'_>| {
        ast.as_ref().map(|ast| compiler.template(ast)).unwrap_or_default()
    };
    let rule = Rule {
        id: draft.id,
        phase: draft.phase,
        links: links.into(),
        message: template(&actions.message, compiler),
        log_data: template(&actions.log_data, compiler),
        tags: actions.tags.iter().map(|tag| compiler.template(&tag_template(tag))).collect(),
        severity: actions.severity,
        log: actions.log.unwrap_or(true),
        disruption: disruption(actions, compiler),
        skip_to: None,
    };
    (compiler.errors.len() == errors_before).then_some(rule)
}

/// A tag may hold macros; one that only looks like it is text.
fn tag_template(tag: &str) -> TemplateAst {
    TemplateAst::parse(tag, 0)
        .unwrap_or_else(|_| TemplateAst { pieces: vec![TemplatePiece::Text(tag.to_owned())] })
}

fn disruption(actions: &Actions, compiler: &mut Compiler<'_>) -> Disruption {
    match &actions.disruptive {
        // Without default actions, `block` passes, as in ModSecurity.
        None | Some(DisruptiveAst::Pass | DisruptiveAst::Block) => Disruption::Pass,
        Some(DisruptiveAst::Deny | DisruptiveAst::Drop) => {
            Disruption::Deny(actions.status.unwrap_or(STATUS_DENIED))
        }
        Some(DisruptiveAst::Allow(scope)) => Disruption::Allow(*scope),
        Some(DisruptiveAst::Redirect(to)) => {
            let status =
                actions.status.filter(|status| (300..400).contains(status)).unwrap_or(STATUS_REDIRECT);
            Disruption::Redirect(status, compiler.template(to))
        }
    }
}

/// The members a selector picks; the error is a sentence.
pub(super) fn pick(
    variable: Variable,
    selector: &SelectorAst,
    compiler: &mut Compiler<'_>,
) -> Result<Pick, String> {
    Ok(match selector {
        SelectorAst::All => Pick::All,
        SelectorAst::Key(name) if variable.is_settable() => Pick::Slot(compiler.slots.intern(variable, name)),
        SelectorAst::Key(name) if variable == Variable::RequestHeaders => compiler
            .headers
            .intern(name.as_bytes())
            .map_or_else(|| Pick::Key(Key::new(name.as_bytes())), Pick::Header),
        SelectorAst::Key(name) => Pick::Key(Key::new(name.as_bytes())),
        SelectorAst::Pattern(source) => Pick::Pattern(Pattern::for_names(source)?),
    })
}

fn link(phase: u8, draft: &LinkDraft<'_>, plan: &Plan<'_>, compiler: &mut Compiler<'_>) -> Option<Link> {
    let mut effects = Vec::new();
    for ast in &draft.actions.effects {
        match effect::compile(ast, plan, compiler) {
            Ok(effect) => effects.extend(effect),
            Err(expected) => compiler.errors.push(draft.line.start().error("ctl", expected)),
        }
    }
    let Some(ast) = draft.operator else {
        return Some(Link { effects: effects.into(), ..always() });
    };
    let (operator, required) = match operator::compile(ast, draft.actions.capture, compiler) {
        Ok(compiled) => compiled,
        Err((expected, offending)) => {
            let offending = offending.unwrap_or_else(|| ast.text.clone());
            compiler.errors.push(draft.line.place(ast.at).error(&offending, expected));
            return None;
        }
    };
    let mut targets = Vec::new();
    let mut exclusions = Vec::new();
    for target in &draft.targets {
        match pick(target.variable, &target.selector, compiler) {
            Ok(pick) if target.exclude => exclusions.push(Exclusion { variable: target.variable, pick }),
            Ok(pick) => {
                targets.push(Target { variable: target.variable, pick, count: target.count, unit: NONE });
            }
            Err(expected) => compiler.errors.push(draft.line.start().error("", expected)),
        }
    }
    if targets.is_empty() {
        compiler.errors.push(draft.line.start().error("", "a target that is not excluded"));
        return None;
    }
    let (chain, steps) = transformations(&draft.actions, compiler);
    let needs = needs(phase, ast.negated, required, compiler);
    let mut link = Link {
        class: NONE,
        targets: targets.into(),
        exclusions: exclusions.into(),
        operator,
        negated: ast.negated,
        needs,
        chain,
        steps: if draft.actions.multi_match { steps.into() } else { Box::default() },
        capture: draft.actions.capture,
        effects: effects.into(),
    };
    classify(&mut link, &draft.targets, compiler);
    Some(link)
}

/// The link of `SecAction`.
fn always() -> Link {
    Link {
        class: NONE,
        targets: Box::default(),
        exclusions: Box::default(),
        operator: Operator::Unconditional,
        negated: false,
        needs: Needs { kinds: Box::default(), group: NONE },
        chain: 0,
        steps: Box::default(),
        capture: false,
        effects: Box::default(),
    }
}

fn transformations(actions: &Actions, compiler: &mut Compiler<'_>) -> (ChainId, Vec<ChainId>) {
    let from = actions.transformations.iter().rposition(|t| *t == Transform::None).map_or(0, |last| last + 1);
    let mut chain = 0;
    let mut steps = vec![0];
    for transform in &actions.transformations[from..] {
        chain = compiler.chain(chain, *transform);
        steps.push(chain);
    }
    (chain, steps)
}

/// A negated operator matches what lacks everything, so nothing is needed for it.
fn needs(phase: u8, negated: bool, required: Required, compiler: &mut Compiler<'_>) -> Needs {
    if negated {
        return Needs { kinds: Box::default(), group: NONE };
    }
    let scope = super::scope_of(phase);
    let group = compiler.prefilters[scope].add(&required.literals).unwrap_or(NONE);
    Needs { kinds: required.kinds.into(), group }
}

/// Gives a link that the pre-filter can decide for as a whole its class, and its targets their units.
fn classify(link: &mut Link, targets: &[TargetAst], compiler: &mut Compiler<'_>) {
    let decidable = !link.negated
        && link.steps.is_empty()
        && (link.needs.group != NONE || !link.needs.kinds.is_empty())
        && link.targets.iter().all(|target| !target.count && !target.variable.is_written_by_rules());
    if !decidable {
        return;
    }
    let mut units = Vec::new();
    for target in targets.iter().filter(|target| !target.exclude) {
        // Names differ in more than letter case; patterns may differ in nothing else.
        let name = match &target.selector {
            SelectorAst::Key(name) => format!(":{}", name.to_ascii_lowercase()),
            SelectorAst::Pattern(source) => format!("/{source}"),
            SelectorAst::All => String::new(),
        };
        let Ok(pick) = pick(target.variable, &target.selector, compiler) else { return };
        units.push(compiler.unit(target.variable, name, &pick));
    }
    if units.contains(&NONE) {
        return;
    }
    link.targets.iter_mut().zip(&units).for_each(|(target, unit)| target.unit = *unit);
    link.class = compiler.class(units, link.chain);
}
