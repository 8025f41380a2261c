//! Targets: `ARGS|!ARGS:password|&REQUEST_HEADERS:Host|TX:/^score_/`.

use super::Mistake;
use super::lexer::Word;
use crate::limits::TARGETS_MAX;
use crate::variable::{Shape, Variable};

/// One target as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetAst {
    pub(crate) variable: Variable,
    pub(crate) selector: SelectorAst,
    /// `&`: how many there are, instead of what they are.
    pub(crate) count: bool,
    /// `!`: taken out of what the other targets select.
    pub(crate) exclude: bool,
}

/// Which members of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SelectorAst {
    /// All of them (or the scalar itself).
    All,
    /// Those of this name, in any case.
    Key(String),
    /// Those whose name matches.
    Pattern(String),
}

/// Parses the first argument of `SecRule`.
pub(super) fn targets(word: &Word<'_>) -> Result<Vec<TargetAst>, Mistake> {
    let pieces = split(word)?;
    if pieces.len() > TARGETS_MAX {
        return Err(word.mistake(format!("at most {TARGETS_MAX} targets")));
    }
    pieces.iter().map(target).collect()
}

/// Splits at `|`, but not inside a selector's regex or quotes.
fn split<'a>(word: &Word<'a>) -> Result<Vec<Word<'a>>, Mistake> {
    let bytes = word.raw.as_bytes();
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at <= bytes.len() {
        match bytes.get(at) {
            None | Some(b'|') => {
                pieces.push(word.part(start, at).trim());
                at += 1;
                start = at;
            }
            Some(b':') if matches!(bytes.get(at + 1), Some(b'/' | b'\'')) => {
                at = selector_end(word, at + 1)?;
            }
            Some(_) => at += 1,
        }
    }
    Ok(pieces)
}

/// Where a selector that begins with `/` or `'` ends. `XML:/*` and `XML://@*` are paths, not regexes.
fn selector_end(word: &Word<'_>, from: usize) -> Result<usize, Mistake> {
    let bytes = word.raw.as_bytes();
    let quoted = bytes[from] == b'\'';
    let open = if quoted { from + 1 } else { from };
    if bytes.get(open) != Some(&b'/') || is_path(&word.raw[open..]) {
        let close = if quoted {
            super::lexer::closing(bytes, open, b'\'').map(|end| end + 1)
        } else {
            Some(bytes[open..].iter().position(|b| *b == b'|').map_or(bytes.len(), |end| open + end))
        };
        return close.ok_or_else(|| word.part(from, bytes.len()).mistake("a closing '"));
    }
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'/' if matches!(bytes.get(at + 1), None | Some(b'|' | b'\'')) => {
                return Ok((at + 1 + usize::from(quoted)).min(bytes.len()));
            }
            _ => at += 1,
        }
    }
    Err(word.part(from, bytes.len()).mistake("a closing / after the selector's regex"))
}

fn is_path(text: &str) -> bool {
    text.starts_with("/*") || text.starts_with("//")
}

fn target(piece: &Word<'_>) -> Result<TargetAst, Mistake> {
    let mut rest = *piece;
    let mut prefix = |mark: char| {
        let found = rest.raw.starts_with(mark);
        if found {
            rest = rest.part(1, rest.raw.len());
        }
        found
    };
    let exclude = prefix('!');
    let count = prefix('&');
    let (name, selector) = match rest.raw.find(':') {
        Some(colon) => (rest.part(0, colon), Some(rest.part(colon + 1, rest.raw.len()))),
        None => (rest, None),
    };
    let Some(variable) = Variable::parse(name.raw) else {
        return Err(name.mistake(Variable::expected(name.raw)));
    };
    let selector = match selector {
        None => SelectorAst::All,
        Some(word) => self::selector(variable, &word)?,
    };
    Ok(TargetAst { variable, selector, count, exclude })
}

fn selector(variable: Variable, word: &Word<'_>) -> Result<SelectorAst, Mistake> {
    if variable.shape() == Shape::Scalar {
        return Err(word.mistake(format!("no selector: {} is a single value", variable.name())));
    }
    let inner = match word.raw.strip_prefix('\'').and_then(|raw| raw.strip_suffix('\'')) {
        Some(_) => word.part(1, word.raw.len() - 1),
        None => *word,
    };
    if inner.raw.is_empty() {
        return Err(inner.mistake("a name or a /regex/ after the colon"));
    }
    if variable == Variable::Xml {
        return match inner.raw {
            "/*" | "//@*" => Ok(SelectorAst::Key(inner.raw.to_owned())),
            _ => Err(inner.mistake("`/*` (all text) or `//@*` (all attributes)")),
        };
    }
    match inner.raw.strip_prefix('/').and_then(|raw| raw.strip_suffix('/')) {
        Some(pattern) => Ok(SelectorAst::Pattern(pattern.replace("\\/", "/"))),
        None => Ok(SelectorAst::Key(inner.raw.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Vec<TargetAst>, Mistake> {
        targets(&Word { raw, at: 0, quote: None })
    }

    #[test]
    fn counts_exclusions_and_selectors_are_told_apart() {
        let found =
            parse("ARGS|!ARGS:password|&REQUEST_HEADERS:Host|TX:/^a|b/|XML:/*|XML://@*").expect("targets");
        assert_eq!(found.len(), 6);
        assert!(found[1].exclude && found[1].selector == SelectorAst::Key("password".into()));
        assert!(found[2].count);
        assert_eq!(found[3].selector, SelectorAst::Pattern("^a|b".into()));
        assert_eq!(found[5].selector, SelectorAst::Key("//@*".into()));
    }

    #[test]
    fn a_quoted_regex_selector_may_hold_the_separator() {
        let found = parse("!REQUEST_COOKIES:'/^a|b/'|ARGS").expect("targets");
        assert_eq!(found[0].selector, SelectorAst::Pattern("^a|b".into()));
        assert_eq!(found[1].variable, Variable::Args);
    }

    #[test]
    fn an_unknown_variable_is_a_mistake_at_its_place() {
        let mistake = parse("ARGS|ARRGS").expect_err("unknown");
        assert_eq!((mistake.at, mistake.offending.as_str()), (5, "ARRGS"));
        assert!(mistake.expected.contains("ARGS"), "{}", mistake.expected);
    }

    #[test]
    fn a_scalar_takes_no_selector() {
        assert!(parse("REQUEST_METHOD:GET").is_err());
    }
}
