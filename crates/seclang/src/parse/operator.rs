//! Operators as written: `!@within GET POST`.

use super::lexer::Word;
use super::{Mistake, TemplateAst};

macro_rules! operators {
    ($($variant:ident $argument:ident $($name:literal)|+,)*) => {
        /// An operator's name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum OperatorName { $($variant,)* }

        const OPERATORS: &[(OperatorName, Argument, &[&str])] =
            &[$((OperatorName::$variant, Argument::$argument, &[$($name),+]),)*];
    };
}

/// What stands after the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    /// Nothing is needed.
    Free,
    /// Something must stand there.
    Text,
}

operators! {
    Rx Text "rx" | "rxGlobal",
    Pm Text "pm",
    PmFromFile Text "pmFromFile" | "pmf",
    StrEq Free "streq",
    StrMatch Text "strmatch",
    Contains Free "contains",
    ContainsWord Text "containsWord",
    BeginsWith Free "beginsWith",
    EndsWith Free "endsWith",
    Within Free "within",
    Eq Text "eq",
    Ge Text "ge",
    Gt Text "gt",
    Le Text "le",
    Lt Text "lt",
    IpMatch Text "ipMatch",
    IpMatchFromFile Text "ipMatchFromFile" | "ipMatchF",
    ValidateByteRange Text "validateByteRange",
    ValidateUrlEncoding Free "validateUrlEncoding",
    ValidateUtf8Encoding Free "validateUtf8Encoding",
    DetectSqli Free "detectSQLi",
    DetectXss Free "detectXSS",
    Unconditional Free "unconditionalMatch",
    NoMatch Free "noMatch",
}

/// An operator with its argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OperatorAst {
    pub(crate) name: OperatorName,
    pub(crate) negated: bool,
    /// With holes, where the operator allows them.
    pub(crate) argument: TemplateAst,
    /// As written, escapes resolved.
    pub(crate) text: String,
    /// Where the argument stands.
    pub(crate) at: usize,
}

/// Parses the second argument of `SecRule`. Without `@name` it is a regex.
pub(super) fn operator(word: &Word<'_>) -> Result<OperatorAst, Mistake> {
    // What follows the argument belongs to it: a regex may end in a space.
    let mut rest = word.trim_start();
    let negated = rest.raw.starts_with('!');
    if negated {
        rest = rest.part(1, rest.raw.len());
    }
    let (name, argument, needed) = if rest.raw.starts_with('@') {
        let end = rest.raw.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.raw.len());
        let name = rest.part(1, end);
        let (operator, needed) = by_name(name.raw)
            .ok_or_else(|| Mistake::new(name.at - 1, &rest.raw[..end], "an operator, such as @rx or @pm"))?;
        (operator, rest.part(end, rest.raw.len()).trim_start(), needed)
    } else {
        (OperatorName::Rx, rest, Argument::Text)
    };
    let text = argument.text();
    if needed == Argument::Text && text.is_empty() {
        return Err(Mistake::new(argument.at, word.raw, "an argument after the operator"));
    }
    let argument_at = argument.at;
    let argument = if takes_macros(name) {
        TemplateAst::parse(&text, argument_at)?
    } else {
        TemplateAst { pieces: vec![super::TemplatePiece::Text(text.clone())] }
    };
    Ok(OperatorAst { name, negated, argument, text, at: argument_at })
}

fn by_name(name: &str) -> Option<(OperatorName, Argument)> {
    OPERATORS
        .iter()
        .find(|(_, _, names)| names.iter().any(|n| n.eq_ignore_ascii_case(name)))
        .map(|(operator, argument, _)| (*operator, *argument))
}

/// Patterns and lists are compiled before there is a request, so they have no holes.
fn takes_macros(name: OperatorName) -> bool {
    use OperatorName as O;
    matches!(
        name,
        O::StrEq
            | O::StrMatch
            | O::Contains
            | O::ContainsWord
            | O::BeginsWith
            | O::EndsWith
            | O::Within
            | O::Eq
            | O::Ge
            | O::Gt
            | O::Le
            | O::Lt
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<OperatorAst, Mistake> {
        operator(&Word { raw, at: 0, quote: Some('"') })
    }

    #[test]
    fn a_bare_argument_is_a_regex() {
        let found = parse("^a b$").expect("operator");
        assert_eq!((found.name, found.text.as_str()), (OperatorName::Rx, "^a b$"));
    }

    #[test]
    fn a_negated_operator_keeps_its_argument() {
        let found = parse("!@within %{tx.allowed_methods}").expect("operator");
        assert!(found.negated && found.argument.literal().is_none());
    }

    #[test]
    fn an_unknown_operator_is_a_mistake() {
        assert_eq!(parse("@regexp x").expect_err("unknown").offending, "@regexp");
    }

    #[test]
    fn a_missing_argument_is_a_mistake() {
        assert!(parse("@rx").is_err());
        assert!(parse("@detectSQLi").is_ok());
    }
}
