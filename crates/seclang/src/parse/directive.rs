//! Directives: the first word of a logical line and what it needs.

use super::lexer::{Line, Word, logical_lines, words};
use super::{Actions, Mistake, OperatorAst, Place, Selection, TargetAst, action, operator, variable};
use crate::limits::{
    ARGUMENTS_LIMIT_MAX, BODY_BYTES_LIMIT_MAX, COLLECTION_TIMEOUT_S_MAX, ERRORS_MAX, JSON_DEPTH_LIMIT_MAX,
    SOURCE_BYTES_MAX,
};
use crate::{RuleError, Source};

/// A directive that means something to this engine.
#[derive(Debug, Clone)]
pub(crate) enum Directive {
    Rule { targets: Vec<TargetAst>, operator: OperatorAst, actions: Actions },
    Action(Actions),
    Marker(String),
    DefaultAction(Actions),
    RemoveRules(Selection),
    UpdateTargets(Selection, Vec<TargetAst>),
    UpdateActions(u64, Actions),
    Setting(Setting),
}

/// A directive and the line it stands in.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) directive: Directive,
    pub(crate) line: Line,
}

/// What configures the engine as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setting {
    RuleEngine(EngineSwitch),
    RequestBodyAccess(bool),
    ResponseBodyAccess(bool),
    RequestBodyLimit(usize),
    ResponseBodyLimit(usize),
    ArgumentsLimit(usize),
    JsonDepthLimit(usize),
    /// More media types of responses whose bodies are inspected, in lower case.
    ResponseBodyMediaTypes(Vec<String>),
    ResponseBodyMediaTypesClear,
    /// Seconds.
    CollectionTimeout(u32),
    /// Whether rules see decoded views.
    InspectDecoded(bool),
}

/// `SecRuleEngine`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineSwitch {
    On,
    Off,
    DetectionOnly,
}

impl EngineSwitch {
    pub(crate) fn parse(text: &str) -> Option<EngineSwitch> {
        match text.trim().to_ascii_lowercase().as_str() {
            "on" => Some(EngineSwitch::On),
            "off" => Some(EngineSwitch::Off),
            "detectiononly" => Some(EngineSwitch::DetectionOnly),
            _ => None,
        }
    }
}

/// Directives of other engines about logs, temporary files and matching limits, which have no meaning here: this engine
/// writes no log and no file, and its matching is linear. They are accepted so that a configuration can be shared.
const WITHOUT_MEANING: &[&str] = &[
    "SecAuditEngine",
    "SecAuditLog",
    "SecAuditLogDirMode",
    "SecAuditLogFormat",
    "SecAuditLogParts",
    "SecAuditLogRelevantStatus",
    "SecAuditLogStorageDir",
    "SecAuditLogType",
    "SecComponentSignature",
    "SecCookieFormat",
    "SecDataDir",
    "SecDebugLog",
    "SecDebugLogLevel",
    "SecPcreMatchLimit",
    "SecPcreMatchLimitRecursion",
    "SecRequestBodyInMemoryLimit",
    "SecRequestBodyLimitAction",
    "SecRequestBodyNoFilesLimit",
    "SecResponseBodyLimitAction",
    "SecServerSignature",
    "SecStatusEngine",
    "SecTmpDir",
    "SecTmpSaveUploadedFiles",
    "SecUnicodeMapFile",
    "SecUploadDir",
    "SecUploadFileLimit",
    "SecUploadFileMode",
    "SecUploadKeepFiles",
    "SecWebAppId",
];

/// Reads one file. Every line is looked at, so that an author sees all mistakes at once.
pub(crate) fn parse_source(source: &Source<'_>, errors: &mut Vec<RuleError>) -> Vec<Parsed> {
    if source.text.len() > SOURCE_BYTES_MAX {
        let place = Place { file: source.name.into(), line: 1, column: 1 };
        errors.push(place.error("", format!("a file of at most {SOURCE_BYTES_MAX} bytes")));
        return Vec::new();
    }
    let mut directives = Vec::new();
    for line in logical_lines(source.name, source.text) {
        match directive(&line) {
            Ok(Some(directive)) => directives.push(Parsed { directive, line }),
            Ok(None) => {}
            Err(mistake) => {
                errors.push(line.error(mistake));
                if errors.len() >= ERRORS_MAX {
                    break;
                }
            }
        }
    }
    directives
}

fn directive(line: &Line) -> Result<Option<Directive>, Mistake> {
    let words = words(&line.text)?;
    let Some((name, arguments)) = words.split_first() else { return Ok(None) };
    let lower = name.raw.to_ascii_lowercase();
    let found = match lower.as_str() {
        "secrule" => rule(name, arguments)?,
        "secaction" => {
            let [actions] = exactly(name, arguments, "one list of actions")?;
            Directive::Action(self::actions(actions)?)
        }
        "secmarker" => {
            let [label] = exactly(name, arguments, "one label")?;
            Directive::Marker(label.text())
        }
        "secdefaultaction" => default_action(name, arguments)?,
        "secruleremovebyid" => Directive::RemoveRules(many_ids(name, arguments)?),
        "secruleremovebytag" => {
            let [tag] = exactly(name, arguments, "one tag")?;
            Directive::RemoveRules(Selection::Tag(tag.text()))
        }
        "secruleremovebymsg" => {
            let [message] = exactly(name, arguments, "one message")?;
            Directive::RemoveRules(Selection::Message(message.text()))
        }
        "secruleupdatetargetbyid" => {
            let [ids, targets] = exactly(name, arguments, "rule ids and targets")?;
            Directive::UpdateTargets(action::ids(&ids.text(), ids.at)?, variable::targets(targets)?)
        }
        "secruleupdatetargetbytag" => {
            let [tag, targets] = exactly(name, arguments, "a tag and targets")?;
            Directive::UpdateTargets(Selection::Tag(tag.text()), variable::targets(targets)?)
        }
        "secruleupdatetargetbymsg" => {
            let [message, targets] = exactly(name, arguments, "a message and targets")?;
            Directive::UpdateTargets(Selection::Message(message.text()), variable::targets(targets)?)
        }
        "secruleupdateactionbyid" => {
            let [id, actions] = exactly(name, arguments, "a rule id and actions")?;
            let number = id.text().parse().map_err(|_| id.mistake("a rule id"))?;
            Directive::UpdateActions(number, self::actions(actions)?)
        }
        "secresponsebodymimetype" => {
            if arguments.is_empty() {
                return Err(name.mistake("media types after SecResponseBodyMimeType"));
            }
            let types = arguments.iter().map(|word| word.text().to_ascii_lowercase()).collect();
            Directive::Setting(Setting::ResponseBodyMediaTypes(types))
        }
        "secresponsebodymimetypesclear" => {
            let [] = exactly(name, arguments, "nothing")?;
            Directive::Setting(Setting::ResponseBodyMediaTypesClear)
        }
        "include" | "includeoptional" => {
            return Err(name.mistake("rules themselves: whoever loads the rules lists the files"));
        }
        _ if WITHOUT_MEANING.iter().any(|known| known.eq_ignore_ascii_case(&lower)) => return Ok(None),
        _ => Directive::Setting(setting(name, arguments)?),
    };
    Ok(Some(found))
}

fn exactly<'w, 'a, const N: usize>(
    name: &Word<'_>,
    arguments: &'w [Word<'a>],
    expected: &str,
) -> Result<&'w [Word<'a>; N], Mistake> {
    arguments.try_into().map_err(|_| match arguments.get(N) {
        Some(extra) => extra.mistake(format!("only {expected}")),
        None => name.mistake(format!("{expected} after {}", name.raw)),
    })
}

fn rule(name: &Word<'_>, arguments: &[Word<'_>]) -> Result<Directive, Mistake> {
    let (targets, operator, actions) = match arguments {
        [targets, operator] => (targets, operator, None),
        [targets, operator, actions] => (targets, operator, Some(actions)),
        [_, _, _, extra, ..] => return Err(extra.mistake("no more than targets, operator and actions")),
        _ => return Err(name.mistake("targets, an operator and actions after SecRule")),
    };
    Ok(Directive::Rule {
        targets: variable::targets(targets)?,
        operator: operator::operator(operator)?,
        actions: actions.map(self::actions).transpose()?.unwrap_or_default(),
    })
}

/// An action list may hold `\"`, which belongs to the quotes around it.
fn actions(word: &Word<'_>) -> Result<Actions, Mistake> {
    if word.quote == Some('"') && word.raw.contains("\\\"") {
        let raw = action::resolve_outer(word.raw);
        return action::actions(&Word { raw: &raw, ..*word });
    }
    action::actions(word)
}

fn default_action(name: &Word<'_>, arguments: &[Word<'_>]) -> Result<Directive, Mistake> {
    let [word] = exactly(name, arguments, "one list of actions")?;
    let actions = self::actions(word)?;
    if actions.phase.is_none() {
        return Err(word.mistake("a phase in the default actions"));
    }
    if actions.id.is_some() || actions.chain || !actions.effects.is_empty() || actions.skip_after.is_some() {
        return Err(word.mistake("no id, chain, setvar, ctl or skipAfter in default actions"));
    }
    Ok(Directive::DefaultAction(actions))
}

fn many_ids(name: &Word<'_>, arguments: &[Word<'_>]) -> Result<Selection, Mistake> {
    let Some(first) = arguments.first() else { return Err(name.mistake("rule ids")) };
    let joined: Vec<String> = arguments.iter().map(Word::text).collect();
    action::ids(&joined.join(" "), first.at)
}

const SETTINGS: &[&str] = &[
    "SecRuleEngine",
    "SecRequestBodyAccess",
    "SecResponseBodyAccess",
    "SecRequestBodyLimit",
    "SecResponseBodyLimit",
    "SecArgumentsLimit",
    "SecRequestBodyJsonDepthLimit",
    "SecCollectionTimeout",
    "SecInspectDecoded",
];

fn setting(name: &Word<'_>, arguments: &[Word<'_>]) -> Result<Setting, Mistake> {
    if !SETTINGS.iter().any(|known| known.eq_ignore_ascii_case(name.raw)) {
        return Err(name.mistake("a directive, such as SecRule, SecAction or SecMarker"));
    }
    let [value] = exactly(name, arguments, "one value")?;
    let text = value.text();
    let switch = || action::on_off(&text).ok_or_else(|| value.mistake("On or Off"));
    let number = |max: usize| {
        text.trim()
            .parse()
            .ok()
            .filter(|n| (1..=max).contains(n))
            .ok_or_else(|| value.mistake(format!("a number from 1 to {max}")))
    };
    // Other engines set tens of megabytes here. What is more than this engine keeps is an error body, seen by rules.
    let clamped = |max: usize| {
        let wanted: u64 = text.trim().parse().map_err(|_| value.mistake("a number of bytes"))?;
        Ok(usize::try_from(wanted).unwrap_or(max).clamp(1, max))
    };
    Ok(match name.raw.to_ascii_lowercase().as_str() {
        "secruleengine" => Setting::RuleEngine(
            EngineSwitch::parse(&text).ok_or_else(|| value.mistake("On, Off or DetectionOnly"))?,
        ),
        "secrequestbodyaccess" => Setting::RequestBodyAccess(switch()?),
        "secresponsebodyaccess" => Setting::ResponseBodyAccess(switch()?),
        "secinspectdecoded" => Setting::InspectDecoded(switch()?),
        "secrequestbodylimit" => Setting::RequestBodyLimit(clamped(BODY_BYTES_LIMIT_MAX)?),
        "secresponsebodylimit" => Setting::ResponseBodyLimit(clamped(BODY_BYTES_LIMIT_MAX)?),
        "secargumentslimit" => Setting::ArgumentsLimit(number(ARGUMENTS_LIMIT_MAX)?),
        "seccollectiontimeout" => {
            let seconds = text.trim().parse().ok().filter(|n| (1..=COLLECTION_TIMEOUT_S_MAX).contains(n));
            Setting::CollectionTimeout(
                seconds
                    .ok_or_else(|| value.mistake(format!("seconds from 1 to {COLLECTION_TIMEOUT_S_MAX}")))?,
            )
        }
        _ => Setting::JsonDepthLimit(number(JSON_DEPTH_LIMIT_MAX)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Vec<Parsed>, Vec<RuleError>) {
        let mut errors = Vec::new();
        let found = parse_source(&Source { name: "t.conf", text }, &mut errors);
        (found, errors)
    }

    #[test]
    fn every_line_is_looked_at_and_reports_its_own_mistake() {
        let (found, errors) =
            parse("SecRule ARGS \"@rx a\" \"id:1\"\nSecRul ARGS x\nSecRule NOPE \"@rx b\" \"id:2\"\n");
        assert_eq!(found.len(), 1);
        assert_eq!(errors.iter().map(|e| (e.line, e.column)).collect::<Vec<_>>(), [(2, 1), (3, 9)]);
        assert!(errors[0].to_string().starts_with("t.conf:2:1: found `SecRul`"), "{}", errors[0]);
    }

    #[test]
    fn a_mistake_on_a_continued_line_names_that_line() {
        let (_, errors) = parse("SecRule ARGS \"@rx a\" \\\n    \"id:1,\\\n    phase:7\"");
        assert_eq!((errors[0].line, errors[0].column), (3, 11));
    }

    #[test]
    fn directives_of_other_engines_about_logs_are_accepted_and_dropped() {
        let (found, errors) =
            parse("SecAuditEngine RelevantOnly\nSecComponentSignature \"x\"\nSecRuleEngine On");
        assert!(errors.is_empty());
        assert_eq!(found.len(), 1);
    }
}
