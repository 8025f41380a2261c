//! Rules that always compile: random targets, operators, transformations and actions, chained and not.

use std::fmt::Write as _;

use bolero::TypeGenerator;

use crate::pieces::pick;

const TARGETS: &[&str] = &[
    "ARGS",
    "ARGS_NAMES",
    "ARGS:a",
    "ARGS|!ARGS:a",
    "&ARGS",
    "ARGS_GET",
    "ARGS_POST_NAMES",
    "ARGS:/^a/",
    "ARGS_COMBINED_SIZE",
    "REQUEST_BODY",
    "REQUEST_URI",
    "REQUEST_FILENAME",
    "REQUEST_HEADERS",
    "REQUEST_HEADERS:Cookie",
    "&REQUEST_HEADERS:Host",
    "REQUEST_COOKIES",
    "FILES",
    "FILES_NAMES",
    "MULTIPART_PART_HEADERS",
    "XML:/*|XML://@*",
    "TX:a",
    "TX",
    "&TX:b",
    "MATCHED_VARS",
    "MATCHED_VAR",
    "REQBODY_ERROR",
    "INSPECTION_ERROR",
    "IP:n",
    "RESPONSE_BODY",
    "RESPONSE_STATUS",
];

const OPERATORS: &[&str] = &[
    "@rx (o|a+)(?:b|.)$",
    "@rx (?i)<script",
    "@rx ^[0-9]{1,3}$",
    "@rx .",
    "@pm select union script",
    "@pm |41| b",
    "@contains a",
    "@containsWord or",
    "@beginsWith a",
    "@endsWith 1",
    "@streq a",
    "@streq %{tx.a}",
    "@within a b %{MATCHED_VAR}",
    "@eq 1",
    "@ge %{tx.a}",
    "@lt 3",
    "@detectSQLi",
    "@detectXSS",
    "@validateByteRange 32-126",
    "@validateUrlEncoding",
    "@validateUtf8Encoding",
    "@ipMatch 192.0.2.0/24",
    "@unconditionalMatch",
];

pub(crate) const TRANSFORMS: &[&str] = &[
    "base64Decode",
    "base64DecodeExt",
    "base64Encode",
    "cmdLine",
    "compressWhitespace",
    "cssDecode",
    "escapeSeqDecode",
    "hexDecode",
    "hexEncode",
    "htmlEntityDecode",
    "jsDecode",
    "length",
    "lowercase",
    "normalizePath",
    "normalizePathWin",
    "removeComments",
    "removeCommentsChar",
    "removeNulls",
    "removeWhitespace",
    "replaceComments",
    "replaceNulls",
    "sha1",
    "sqlHexDecode",
    "trim",
    "urlDecode",
    "urlDecodeUni",
    "urlEncode",
    "utf8toUnicode",
    "none",
];

const EFFECTS: &[&str] = &[
    "setvar:'tx.a=+1'",
    "setvar:'tx.%{MATCHED_VAR_NAME}=1'",
    "setvar:'!tx.a'",
    "setvar:'tx.b=%{MATCHED_VAR}'",
    "setvar:'ip.n=+1'",
    "capture,setvar:'tx.a=%{TX.1}'",
    "multiMatch",
    "ctl:ruleRemoveTargetById=1002;ARGS:a",
    "ctl:ruleRemoveById=1003",
    "ctl:requestBodyProcessor=URLENCODED",
    "ctl:forceRequestBodyVariable=On",
    "skipAfter:END",
];

/// A rule.
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) struct Rule {
    #[generator(1..=5)]
    phase: u8,
    disruption: u8,
    first: Link,
    second: Option<Link>,
}

/// A link of a chain.
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) struct Link {
    targets: (u8, u8),
    operator: u8,
    negated: bool,
    transforms: (u8, u8),
    effects: (u8, Option<u8>),
}

/// The text of some rules.
pub(crate) fn text(rules: &[Rule]) -> String {
    let mut out = String::from("SecAction \"id:1000,phase:1,nolog,pass,initcol:ip=%{REMOTE_ADDR}\"\n");
    for (number, rule) in rules.iter().enumerate() {
        let disruption = pick(&["pass", "pass", "deny,status:403", "block", "allow:phase"], rule.disruption);
        let chain = if rule.second.is_some() { ",chain" } else { "" };
        let actions = format!(
            "id:{},phase:{},{disruption},log,msg:'%{{TX.a}} %{{MATCHED_VAR}}'{chain}",
            1001 + number,
            rule.phase
        );
        link(&mut out, &rule.first, &actions);
        if let Some(second) = &rule.second {
            link(&mut out, second, "t:none");
        }
    }
    out.push_str("SecMarker END\n");
    out
}

fn link(out: &mut String, link: &Link, actions: &str) {
    let negation = if link.negated { "!" } else { "" };
    let operator = pick(OPERATORS, link.operator);
    let mut effects = pick(EFFECTS, link.effects.0).to_owned();
    if let Some(more) = link.effects.1 {
        effects = format!("{effects},{}", pick(EFFECTS, more));
    }
    // What a chain does beside matching stands in its links; where it goes stands in its first rule.
    if actions == "t:none" || actions.ends_with("chain") {
        effects = effects.replace("skipAfter:END", "setvar:'tx.c=1'");
    }
    let _ = writeln!(
        out,
        "SecRule {}|{} \"{negation}{operator}\" \"{actions},t:{},t:{},{effects}\"",
        pick(TARGETS, link.targets.0),
        pick(TARGETS, link.targets.1),
        pick(TRANSFORMS, link.transforms.0),
        pick(TRANSFORMS, link.transforms.1),
    );
}
