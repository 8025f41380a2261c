//! Text to directives: nothing here knows what a rule does.

mod action;
mod directive;
mod lexer;
mod operator;
mod template;
mod variable;

pub(crate) use action::{
    Actions, AllowScope, CtlAst, DisruptiveAst, EffectAst, Selection, SetAst, SetOperation, VariableAst,
};
pub(crate) use directive::{Directive, EngineSwitch, Parsed, Setting, parse_source};
pub(crate) use lexer::Line;
pub(crate) use operator::{OperatorAst, OperatorName};
pub(crate) use template::{TemplateAst, TemplatePiece};
pub(crate) use variable::{SelectorAst, TargetAst};

/// Where in a logical line something is wrong; [`lexer::Line`] knows which file and column that is.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) at: usize,
    pub(crate) offending: String,
    pub(crate) expected: String,
}

impl Mistake {
    pub(crate) fn new(at: usize, offending: &str, expected: impl Into<String>) -> Mistake {
        Mistake { at, offending: crate::error::excerpt(offending), expected: expected.into() }
    }
}

/// A place a later stage can still complain about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: std::sync::Arc<str>,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    pub(crate) fn error(&self, offending: &str, expected: impl Into<String>) -> crate::RuleError {
        crate::RuleError {
            file: self.file.to_string(),
            line: self.line,
            column: self.column,
            offending: crate::error::excerpt(offending),
            expected: expected.into(),
        }
    }
}
