//! The parser and the compiler, on any text.

use seclang::{NoDataFiles, RuleError, RuleSet, Source};

use crate::pieces::{LANGUAGE, Piece, write};

/// Texts in an ordinary run.
const ITERATIONS: usize = 1_500;

fn compile(text: &str) -> Result<RuleSet, Vec<RuleError>> {
    RuleSet::compile(&[Source { name: "any.conf", text }], &NoDataFiles)
}

#[test]
fn any_text_is_rules_or_has_mistakes_with_a_place() {
    bolero::check!().with_type::<Vec<Piece>>().with_iterations(ITERATIONS).for_each(|pieces| {
        let text = String::from_utf8_lossy(&write(pieces, LANGUAGE)).into_owned();
        let Err(errors) = compile(&text) else { return };
        assert!(!errors.is_empty() && errors.len() <= seclang::limits::ERRORS_MAX);
        for error in errors {
            assert!(error.line >= 1 && error.column >= 1 && error.file == "any.conf", "{error}");
            assert!(
                usize::try_from(error.line).is_ok_and(|line| line <= text.lines().count().max(1)),
                "{error}"
            );
            assert!(!error.expected.is_empty());
            assert!(error.to_string().len() < 4_096, "{error}");
        }
    });
}

#[test]
fn the_same_text_is_the_same_rules_or_the_same_mistakes() {
    bolero::check!().with_type::<Vec<Piece>>().with_iterations(ITERATIONS).for_each(|pieces| {
        let text = String::from_utf8_lossy(&write(pieces, LANGUAGE)).into_owned();
        match (compile(&text), compile(&text)) {
            (Ok(first), Ok(second)) => assert_eq!(first.len(), second.len()),
            (Err(first), Err(second)) => {
                let told = |errors: &[RuleError]| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
                assert_eq!(told(&first), told(&second));
            }
            _ => panic!("once rules and once mistakes: {text:?}"),
        }
    });
}
