//! Action lists: `"id:1000100,phase:2,block,t:none,t:urlDecodeUni,msg:'…',setvar:'tx.score=+5'"`.

use super::lexer::{Word, closing, unescape};
use super::{Mistake, TargetAst, TemplateAst, variable};
use crate::Severity;
use crate::limits::TRANSFORMATIONS_MAX;
use crate::transform::Transform;
use crate::variable::Variable;

/// Everything one action list says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Actions {
    pub(crate) id: Option<u64>,
    pub(crate) phase: Option<u8>,
    pub(crate) chain: bool,
    pub(crate) capture: bool,
    pub(crate) multi_match: bool,
    pub(crate) message: Option<TemplateAst>,
    pub(crate) log_data: Option<TemplateAst>,
    pub(crate) tags: Vec<String>,
    pub(crate) severity: Option<Severity>,
    pub(crate) version: Option<String>,
    /// `none` stays in the list: it drops what stands before it, the default actions included.
    pub(crate) transformations: Vec<Transform>,
    pub(crate) disruptive: Option<DisruptiveAst>,
    pub(crate) status: Option<u16>,
    pub(crate) log: Option<bool>,
    pub(crate) skip: Option<u32>,
    pub(crate) skip_after: Option<String>,
    pub(crate) effects: Vec<EffectAst>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DisruptiveAst {
    Pass,
    Block,
    Deny,
    Drop,
    Allow(AllowScope),
    Redirect(TemplateAst),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllowScope {
    /// What remains of this phase.
    Phase,
    /// What remains of the request phases.
    Request,
    /// Everything but logging.
    Transaction,
}

/// What a match does besides deciding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EffectAst {
    Set(SetAst),
    Ctl(CtlAst),
    /// `initcol:ip=%{REMOTE_ADDR}`, and `setsid`, `setuid` and `setrsc`, which are shorter ways to say it.
    OpenCollection(Variable, TemplateAst),
    /// `expirevar:ip.blocked=60`: seconds.
    Expire(VariableAst, TemplateAst),
    /// `deprecatevar:ip.score=5/60`: so much less every so many seconds.
    Deprecate(VariableAst, i64, u64),
}

/// A variable that rules keep: its collection and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VariableAst {
    pub(crate) collection: Variable,
    pub(crate) key: TemplateAst,
}

/// `setvar`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetAst {
    pub(crate) variable: VariableAst,
    pub(crate) operation: SetOperation,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SetOperation {
    Assign(TemplateAst),
    Add(TemplateAst),
    Subtract(TemplateAst),
    Unset,
}

/// `ctl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CtlAst {
    RemoveRules(Selection),
    RemoveTarget(Selection, TargetAst),
    BodyProcessor(String),
    ForceRequestBodyVariable(bool),
    RequestBodyAccess(bool),
    ResponseBodyAccess(bool),
    RuleEngine(super::EngineSwitch),
    /// Concerns an audit log, which is the host's.
    Nothing,
}

/// Which rules a directive or `ctl` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Inclusive ranges.
    Ids(Vec<(u64, u64)>),
    /// A regex over tags.
    Tag(String),
    /// A regex over messages.
    Message(String),
}

/// Parses a whole list.
pub(super) fn actions(word: &Word<'_>) -> Result<Actions, Mistake> {
    let mut found = Actions::default();
    for item in split(word)? {
        if !item.name.raw.is_empty() {
            apply(&mut found, &item)?;
        }
    }
    Ok(found)
}

struct Item<'a> {
    name: Word<'a>,
    value: Option<Word<'a>>,
}

impl Item<'_> {
    fn needed(&self) -> Result<String, Mistake> {
        match &self.value {
            Some(word) if !word.raw.is_empty() => Ok(word.text()),
            _ => Err(self.name.mistake(format!("`{}:` and a value", self.name.raw))),
        }
    }

    fn value_at(&self) -> usize {
        self.value.map_or(self.name.at, |word| word.at)
    }

    fn template(&self) -> Result<TemplateAst, Mistake> {
        TemplateAst::parse(&self.needed()?, self.value_at())
    }

    fn number<N: std::str::FromStr>(&self, expected: &str) -> Result<N, Mistake> {
        let text = self.needed()?;
        text.trim().parse().map_err(|_| Mistake::new(self.value_at(), &text, expected))
    }
}

/// Splits at commas outside single quotes.
fn split<'a>(word: &Word<'a>) -> Result<Vec<Item<'a>>, Mistake> {
    let raw = word.raw;
    let bytes = raw.as_bytes();
    let mut items = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && !matches!(bytes[at], b',' | b':') {
            at += 1;
        }
        let name = word.part(start, at).trim();
        let mut value = None;
        if bytes.get(at) == Some(&b':') {
            at += 1;
            (value, at) = self::value(word, at)?;
        }
        items.push(Item { name, value });
        at += 1;
    }
    Ok(items)
}

/// A value that begins at `from`, and where the comma after it stands.
fn value<'a>(word: &Word<'a>, from: usize) -> Result<(Option<Word<'a>>, usize), Mistake> {
    let bytes = word.raw.as_bytes();
    let mut at = from;
    while at < bytes.len() && bytes[at].is_ascii_whitespace() {
        at += 1;
    }
    if bytes.get(at) == Some(&b'\'') {
        let end = closing(bytes, at + 1, b'\'')
            .ok_or_else(|| word.part(at, bytes.len()).mistake("a closing ' of the value"))?;
        let quoted = Word { quote: Some('\''), ..word.part(at + 1, end) };
        let mut after = end + 1;
        while after < bytes.len() && bytes[after].is_ascii_whitespace() {
            after += 1;
        }
        if after < bytes.len() && bytes[after] != b',' {
            return Err(word.part(after, bytes.len()).mistake("a comma after the quoted value"));
        }
        return Ok((Some(quoted), after));
    }
    let start = at;
    while at < bytes.len() && bytes[at] != b',' {
        at += 1;
    }
    Ok((Some(word.part(start, at).trim()), at))
}

fn apply(found: &mut Actions, item: &Item<'_>) -> Result<(), Mistake> {
    let name = item.name.raw.to_ascii_lowercase();
    match name.as_str() {
        "id" => found.id = Some(item.number("a number as rule id")?),
        "phase" => found.phase = Some(phase(item)?),
        "chain" => found.chain = true,
        "capture" => found.capture = true,
        "multimatch" => found.multi_match = true,
        "msg" => found.message = Some(item.template()?),
        "logdata" => found.log_data = Some(item.template()?),
        "tag" => found.tags.push(item.needed()?),
        "severity" => {
            let text = item.needed()?;
            found.severity = Some(Severity::parse(&text).ok_or_else(|| {
                Mistake::new(item.value_at(), &text, "a severity from EMERGENCY (0) to DEBUG (7)")
            })?);
        }
        "ver" => found.version = Some(item.needed()?),
        "t" => transformation(found, item)?,
        "pass" => found.disruptive = Some(DisruptiveAst::Pass),
        "block" => found.disruptive = Some(DisruptiveAst::Block),
        "deny" => found.disruptive = Some(DisruptiveAst::Deny),
        "drop" => found.disruptive = Some(DisruptiveAst::Drop),
        "allow" => found.disruptive = Some(DisruptiveAst::Allow(allow(item)?)),
        "redirect" => found.disruptive = Some(DisruptiveAst::Redirect(item.template()?)),
        "status" => found.status = Some(status(item)?),
        "log" => found.log = Some(true),
        "nolog" => found.log = Some(false),
        "skip" => found.skip = Some(item.number("how many rules to skip")?),
        "skipafter" => found.skip_after = Some(item.needed()?),
        "setvar" => found.effects.push(EffectAst::Set(set(item)?)),
        "ctl" => found.effects.push(EffectAst::Ctl(ctl(item)?)),
        "initcol" => found.effects.push(open_collection(item)?),
        "setsid" => found.effects.push(EffectAst::OpenCollection(Variable::Session, item.template()?)),
        "setuid" => found.effects.push(EffectAst::OpenCollection(Variable::User, item.template()?)),
        "setrsc" => found.effects.push(EffectAst::OpenCollection(Variable::Resource, item.template()?)),
        "expirevar" => found.effects.push(expire(item)?),
        "deprecatevar" => found.effects.push(deprecate(item)?),
        // These say what an audit log keeps, which is the host's to decide, or describe the rule for people.
        "auditlog"
        | "noauditlog"
        | "rev"
        | "maturity"
        | "accuracy"
        | "sanitisearg"
        | "sanitisematched"
        | "sanitiserequestheader"
        | "sanitiseresponseheader" => {}
        _ => {
            return Err(item
                .name
                .mistake("an action, such as id, phase, block, pass, msg, t, setvar or ctl"));
        }
    }
    Ok(())
}

fn phase(item: &Item<'_>) -> Result<u8, Mistake> {
    let text = item.needed()?;
    match text.to_ascii_lowercase().as_str() {
        "1" => Ok(1),
        "2" | "request" => Ok(2),
        "3" => Ok(3),
        "4" | "response" => Ok(4),
        "5" | "logging" => Ok(5),
        _ => Err(Mistake::new(item.value_at(), &text, "a phase: 1 to 5, request, response or logging")),
    }
}

fn allow(item: &Item<'_>) -> Result<AllowScope, Mistake> {
    let Some(word) = &item.value else { return Ok(AllowScope::Transaction) };
    match word.text().to_ascii_lowercase().as_str() {
        "phase" => Ok(AllowScope::Phase),
        "request" => Ok(AllowScope::Request),
        _ => Err(word.mistake("`allow`, `allow:phase` or `allow:request`")),
    }
}

fn status(item: &Item<'_>) -> Result<u16, Mistake> {
    let status: u16 = item.number("an HTTP status from 200 to 599")?;
    if (200..600).contains(&status) {
        Ok(status)
    } else {
        Err(Mistake::new(item.value_at(), &status.to_string(), "an HTTP status from 200 to 599"))
    }
}

fn transformation(found: &mut Actions, item: &Item<'_>) -> Result<(), Mistake> {
    let text = item.needed()?;
    let transform = Transform::parse(&text).ok_or_else(|| {
        Mistake::new(item.value_at(), &text, "a transformation, such as none, lowercase or urlDecodeUni")
    })?;
    if found.transformations.len() >= TRANSFORMATIONS_MAX {
        return Err(item.name.mistake(format!("at most {TRANSFORMATIONS_MAX} transformations")));
    }
    found.transformations.push(transform);
    Ok(())
}

fn set(item: &Item<'_>) -> Result<SetAst, Mistake> {
    let text = item.needed()?;
    let at = item.value_at();
    let (target, operation) = match text.split_once('=') {
        Some((target, value)) => {
            let value_at = at + target.len() + 1;
            let rest = |value: &str| TemplateAst::parse(value, value_at + 1);
            let operation = match (value.strip_prefix('+'), value.strip_prefix('-')) {
                (Some(value), _) => SetOperation::Add(rest(value)?),
                (_, Some(value)) => SetOperation::Subtract(rest(value)?),
                _ => SetOperation::Assign(TemplateAst::parse(value, value_at)?),
            };
            (target.trim(), operation)
        }
        None => match text.strip_prefix('!') {
            Some(target) => (target.trim(), SetOperation::Unset),
            None => (text.trim(), SetOperation::Assign(TemplateAst::parse("1", at)?)),
        },
    };
    Ok(SetAst { variable: kept_variable(target, at)?, operation })
}

/// `tx.score`.
fn kept_variable(text: &str, at: usize) -> Result<VariableAst, Mistake> {
    let (collection, key) = text
        .split_once(['.', ':'])
        .ok_or_else(|| Mistake::new(at, text, "a variable to set, such as tx.score"))?;
    let collection =
        Variable::parse(collection).filter(|variable| variable.is_settable()).ok_or_else(|| {
            Mistake::new(at, text, "a collection rules may set: tx, ip, session, user, global or env")
        })?;
    if key.is_empty() {
        return Err(Mistake::new(at, text, "a name after the dot"));
    }
    Ok(VariableAst { collection, key: TemplateAst::parse(key, at)? })
}

fn expire(item: &Item<'_>) -> Result<EffectAst, Mistake> {
    let (variable, seconds, at) = lasting(item, "seconds, such as expirevar:ip.blocked=60")?;
    Ok(EffectAst::Expire(variable, TemplateAst::parse(&seconds, at)?))
}

fn deprecate(item: &Item<'_>) -> Result<EffectAst, Mistake> {
    const EXPECTED: &str = "an amount and seconds, such as deprecatevar:ip.score=5/60";
    let (variable, text, at) = lasting(item, EXPECTED)?;
    let numbers = text.split_once('/').and_then(|(amount, period)| {
        Some((amount.trim().parse().ok()?, period.trim().parse().ok().filter(|period| *period > 0)?))
    });
    let (amount, period) = numbers.ok_or_else(|| Mistake::new(at, &text, EXPECTED))?;
    Ok(EffectAst::Deprecate(variable, amount, period))
}

/// A variable of a collection that outlives a transaction, and what stands after the equals sign.
fn lasting(item: &Item<'_>, expected: &str) -> Result<(VariableAst, String, usize), Mistake> {
    let text = item.needed()?;
    let at = item.value_at();
    let (target, value) = text.split_once('=').ok_or_else(|| Mistake::new(at, &text, expected))?;
    let variable = kept_variable(target.trim(), at)?;
    if matches!(variable.collection, Variable::Tx | Variable::Env) {
        return Err(Mistake::new(at, target, "a lasting collection: ip, session, user, global or resource"));
    }
    Ok((variable, value.to_owned(), at + target.len() + 1))
}

fn open_collection(item: &Item<'_>) -> Result<EffectAst, Mistake> {
    let text = item.needed()?;
    let at = item.value_at();
    let (name, key) = text
        .split_once('=')
        .ok_or_else(|| Mistake::new(at, &text, "a collection and its key, such as ip=%{REMOTE_ADDR}"))?;
    let collection = Variable::parse(name)
        .filter(|variable| variable.is_settable() && *variable != Variable::Tx)
        .ok_or_else(|| {
            Mistake::new(at, name, "a lasting collection: ip, session, user, global or resource")
        })?;
    Ok(EffectAst::OpenCollection(collection, TemplateAst::parse(key, at + name.len() + 1)?))
}

fn ctl(item: &Item<'_>) -> Result<CtlAst, Mistake> {
    let text = item.needed()?;
    let at = item.value_at();
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| Mistake::new(at, &text, "a setting and its value, such as ruleEngine=Off"))?;
    let value_at = at + name.len() + 1;
    let switch = || on_off(value).ok_or_else(|| Mistake::new(value_at, value, "On or Off"));
    Ok(match name.trim().to_ascii_lowercase().as_str() {
        "ruleremovebyid" => CtlAst::RemoveRules(ids(value, value_at)?),
        "ruleremovebytag" => CtlAst::RemoveRules(Selection::Tag(value.to_owned())),
        "ruleremovebymsg" => CtlAst::RemoveRules(Selection::Message(value.to_owned())),
        "ruleremovetargetbyid" => {
            let (rules, target) = with_target(value, value_at)?;
            CtlAst::RemoveTarget(ids(rules, value_at)?, target)
        }
        "ruleremovetargetbytag" => {
            let (rules, target) = with_target(value, value_at)?;
            CtlAst::RemoveTarget(Selection::Tag(rules.to_owned()), target)
        }
        "ruleremovetargetbymsg" => {
            let (rules, target) = with_target(value, value_at)?;
            CtlAst::RemoveTarget(Selection::Message(rules.to_owned()), target)
        }
        "requestbodyprocessor" => CtlAst::BodyProcessor(processor(value, value_at)?),
        "forcerequestbodyvariable" => CtlAst::ForceRequestBodyVariable(switch()?),
        "requestbodyaccess" => CtlAst::RequestBodyAccess(switch()?),
        "responsebodyaccess" => CtlAst::ResponseBodyAccess(switch()?),
        "ruleengine" => CtlAst::RuleEngine(
            super::EngineSwitch::parse(value)
                .ok_or_else(|| Mistake::new(value_at, value, "On, Off or DetectionOnly"))?,
        ),
        "auditengine" | "auditlogparts" | "debugloglevel" => CtlAst::Nothing,
        _ => return Err(Mistake::new(at, name, "a ctl, such as ruleRemoveById or requestBodyProcessor")),
    })
}

fn with_target(value: &str, at: usize) -> Result<(&str, TargetAst), Mistake> {
    let (rules, target) = value
        .split_once(';')
        .ok_or_else(|| Mistake::new(at, value, "rules and a target, such as 942100;ARGS:password"))?;
    let word = Word { raw: target, at: at + rules.len() + 1, quote: None };
    let mut targets = variable::targets(&word)?;
    match (targets.pop(), targets.is_empty()) {
        (Some(target), true) => Ok((rules, target)),
        _ => Err(word.mistake("one target")),
    }
}

fn processor(value: &str, at: usize) -> Result<String, Mistake> {
    let upper = value.trim().to_ascii_uppercase();
    if ["URLENCODED", "MULTIPART", "JSON", "XML"].contains(&upper.as_str()) {
        Ok(upper)
    } else {
        Err(Mistake::new(at, value, "a body processor: URLENCODED, MULTIPART, JSON or XML"))
    }
}

pub(super) fn on_off(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// `942100`, `942000-942999`, and several of them with commas or spaces.
pub(super) fn ids(text: &str, at: usize) -> Result<Selection, Mistake> {
    let ranges: Option<Vec<(u64, u64)>> = text
        .split([',', ' ', '\t'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            let range = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (range.0 <= range.1).then_some(range)
        })
        .collect();
    match ranges {
        Some(ranges) if !ranges.is_empty() => Ok(Selection::Ids(ranges)),
        _ => Err(Mistake::new(at, text, "rule ids, such as 942100 or 942000-942999")),
    }
}

/// Resolves an escaped double quote inside an action list that stood in double quotes.
pub(super) fn resolve_outer(raw: &str) -> String {
    unescape(raw, '"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Actions, Mistake> {
        actions(&Word { raw, at: 0, quote: Some('"') })
    }

    #[test]
    fn a_list_is_read_in_order_with_quotes_and_spaces() {
        let found = parse("id:1000100, phase:2,  block,t:none,t:lowercase,msg:'a, b \\'c\\'',setvar:'tx.s=+%{tx.n}',ctl:ruleRemoveTargetByTag=attack-sqli;ARGS:pwd,skipAfter:END")
            .expect("actions");
        assert_eq!((found.id, found.phase), (Some(1_000_100), Some(2)));
        assert_eq!(found.message.as_ref().and_then(TemplateAst::literal), Some("a, b 'c'"));
        assert_eq!(found.transformations.len(), 2);
        assert_eq!(found.effects.len(), 2);
        assert_eq!(found.skip_after.as_deref(), Some("END"));
    }

    #[test]
    fn setvar_knows_assignment_arithmetic_and_removal() {
        let kinds: Vec<SetOperation> = ["tx.a=5", "tx.a=+5", "tx.a=-5", "!tx.a", "tx.a"]
            .iter()
            .map(|text| match &parse(&format!("setvar:'{text}'")).expect("setvar").effects[0] {
                EffectAst::Set(set) => set.operation.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(matches!(kinds[0], SetOperation::Assign(_)));
        assert!(matches!(kinds[1], SetOperation::Add(_)));
        assert!(matches!(kinds[2], SetOperation::Subtract(_)));
        assert!(matches!(kinds[3], SetOperation::Unset));
        assert!(matches!(kinds[4], SetOperation::Assign(_)));
    }

    #[test]
    fn mistakes_stand_where_they_are() {
        assert_eq!(parse("id:1,phase:9").expect_err("phase").at, 11);
        assert_eq!(parse("id:1,blok").expect_err("action").at, 5);
        assert_eq!(parse("id:1,msg:'open").expect_err("quote").at, 9);
        assert!(parse("setvar:'args.x=1'").is_err());
        assert!(parse("expirevar:'tx.x=1'").is_err());
        assert!(parse("expirevar:ip.x").is_err());
        assert!(parse("deprecatevar:ip.x=5/0").is_err());
        assert!(parse("ctl:ruleRemoveById=5-3").is_err());
    }
}
