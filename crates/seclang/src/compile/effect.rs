//! `setvar` and `ctl`, with names to slots and selections to sets of rules.

use super::draft::Plan;
use super::{BodyProcessor, Compiler, Effect, Exclusion, Piece, Place, Write, rule};
use crate::parse::{CtlAst, EffectAst, SetAst, SetOperation, VariableAst};

/// `None` for what has no effect within a transaction; the error is a sentence.
pub(super) fn compile(
    effect: &EffectAst,
    plan: &Plan<'_>,
    compiler: &mut Compiler<'_>,
) -> Result<Option<Effect>, String> {
    match effect {
        EffectAst::Set(set) => Ok(Some(self::set(set, compiler))),
        EffectAst::Ctl(ctl) => self::ctl(ctl, plan, compiler),
        EffectAst::OpenCollection(collection, key) => {
            Ok(Some(Effect::OpenCollection(*collection, compiler.template(key))))
        }
        EffectAst::Expire(variable, seconds) => {
            Ok(Some(Effect::Expire(place(variable, compiler), compiler.number(seconds))))
        }
        EffectAst::Deprecate(variable, amount, period) => {
            Ok(Some(Effect::Deprecate(place(variable, compiler), *amount, *period)))
        }
    }
}

fn place(variable: &VariableAst, compiler: &mut Compiler<'_>) -> Place {
    match variable.key.literal() {
        Some(name) => Place::Slot(compiler.slots.intern(variable.collection, name)),
        None => Place::Named(variable.collection, compiler.template(&variable.key)),
    }
}

fn set(set: &SetAst, compiler: &mut Compiler<'_>) -> Effect {
    let place = place(&set.variable, compiler);
    let write = match &set.operation {
        SetOperation::Unset => Write::Unset,
        SetOperation::Add(by) => Write::Add(compiler.number(by)),
        SetOperation::Subtract(by) => Write::Subtract(compiler.number(by)),
        SetOperation::Assign(value) => {
            let number =
                value.literal().and_then(|text| text.parse::<i64>().ok().filter(|n| n.to_string() == text));
            let template = compiler.template(value);
            match (number, &*template.0) {
                (Some(number), _) => Write::Number(number),
                (None, [Piece::Slot(slot)]) => Write::Copy(*slot),
                _ => Write::Text(template),
            }
        }
    };
    Effect::Set(place, write)
}

fn ctl(ctl: &CtlAst, plan: &Plan<'_>, compiler: &mut Compiler<'_>) -> Result<Option<Effect>, String> {
    Ok(Some(match ctl {
        CtlAst::RemoveRules(selection) => Effect::RemoveRules(plan.select(selection)?),
        CtlAst::RemoveTarget(selection, target) => {
            let pick = rule::pick(target.variable, &target.selector, compiler)?;
            Effect::RemoveTarget(plan.select(selection)?, Exclusion { variable: target.variable, pick })
        }
        CtlAst::BodyProcessor(name) => Effect::BodyProcessor(BodyProcessor::parse(name)),
        CtlAst::ForceRequestBodyVariable(on) => Effect::ForceRequestBodyVariable(*on),
        CtlAst::RequestBodyAccess(on) => Effect::RequestBodyAccess(*on),
        CtlAst::ResponseBodyAccess(on) => Effect::ResponseBodyAccess(*on),
        CtlAst::RuleEngine(switch) => Effect::RuleEngine(*switch),
        CtlAst::Nothing => return Ok(None),
    }))
}
