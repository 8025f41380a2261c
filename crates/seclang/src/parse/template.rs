//! Macro expansion: `Matched %{TX.0} in %{MATCHED_VAR_NAME}`.

use super::Mistake;
use crate::variable::{Shape, Variable};

/// Text with holes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TemplateAst {
    pub(crate) pieces: Vec<TemplatePiece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplatePiece {
    Text(String),
    /// `%{VARIABLE}` or `%{VARIABLE.key}`.
    Value(Variable, Option<String>),
}

impl TemplateAst {
    /// `at` is where `text` stands, for mistakes.
    pub(crate) fn parse(text: &str, at: usize) -> Result<TemplateAst, Mistake> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("%{") {
            let Some(length) = rest[open..].find('}') else {
                let offset = text.len() - rest.len() + open;
                return Err(Mistake::new(at + offset, &rest[open..], "a closing } of the macro"));
            };
            if open > 0 {
                pieces.push(TemplatePiece::Text(rest[..open].to_owned()));
            }
            let name = &rest[open + 2..open + length];
            let offset = at + text.len() - rest.len() + open + 2;
            pieces.push(Self::value(name, offset)?);
            rest = &rest[open + length + 1..];
        }
        if !rest.is_empty() {
            pieces.push(TemplatePiece::Text(rest.to_owned()));
        }
        Ok(TemplateAst { pieces })
    }

    fn value(name: &str, at: usize) -> Result<TemplatePiece, Mistake> {
        let (variable, key) = match name.find(['.', ':']) {
            Some(dot) => (&name[..dot], Some(&name[dot + 1..])),
            None => (name, None),
        };
        let Some(found) = Variable::parse(variable) else {
            return Err(Mistake::new(at, name, Variable::expected(variable)));
        };
        match (found.shape(), key) {
            (Shape::Scalar, Some(_)) => {
                Err(Mistake::new(at, name, format!("no key: {} is a single value", found.name())))
            }
            (Shape::Collection, None) if found.is_settable() || found == Variable::Rule => {
                Err(Mistake::new(at, name, format!("a key, such as %{{{}.name}}", found.name())))
            }
            (_, Some("")) => Err(Mistake::new(at, name, "a name after the dot")),
            _ => Ok(TemplatePiece::Value(found, key.map(str::to_owned))),
        }
    }

    /// The whole text, when it has no holes.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [TemplatePiece::Text(text)] => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_values_alternate() {
        let template = TemplateAst::parse("a %{TX.0} b %{matched_var}", 0).expect("template");
        assert_eq!(template.pieces.len(), 4);
        assert_eq!(template.pieces[1], TemplatePiece::Value(Variable::Tx, Some("0".into())));
        assert_eq!(template.pieces[3], TemplatePiece::Value(Variable::MatchedVar, None));
    }

    #[test]
    fn an_open_or_unknown_macro_is_a_mistake_at_its_place() {
        assert_eq!(TemplateAst::parse("ab%{TX.0", 10).expect_err("open").at, 12);
        assert_eq!(TemplateAst::parse("ab%{NOPE}", 10).expect_err("unknown").at, 14);
    }
}
