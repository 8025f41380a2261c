//! An operator and what a value must hold for it to be asked.

use super::literals::Required;
use super::{Compiler, Groups, Pattern};
use crate::bytes::Kinds;
use crate::limits::PHRASES_MAX;
use crate::operators::{
    ByteRange, Comparison, MARKUP_KINDS, Operator, Phrases, SQL_KINDS, parse_networks, phrase_lines,
    split_phrases,
};
use crate::parse::{OperatorAst, OperatorName};

/// The error is what was expected, and what stood there instead when that is less than the whole argument.
pub(super) fn compile(
    ast: &OperatorAst,
    capture: bool,
    compiler: &mut Compiler<'_>,
) -> Result<(Operator, Required), (String, Option<String>)> {
    use OperatorName as O;
    let constant =
        || ast.argument.literal().map(|text| Required::of_literal(text.as_bytes())).unwrap_or_default();
    Ok(match ast.name {
        O::Rx => rx(&ast.text, capture)?,
        O::Pm => pm(&split_phrases(&ast.text).ok_or_else(|| expected("phrases, and |hex bytes| in pairs"))?)?,
        O::PmFromFile => {
            let mut phrases = Vec::new();
            for name in ast.text.split_ascii_whitespace() {
                phrases.extend(phrase_lines(file(name, compiler)?));
            }
            pm(&phrases)?
        }
        O::StrEq => (Operator::StrEq(compiler.template(&ast.argument)), constant()),
        O::Contains | O::StrMatch => (Operator::Contains(compiler.template(&ast.argument)), constant()),
        O::ContainsWord => (Operator::ContainsWord(compiler.template(&ast.argument)), constant()),
        O::BeginsWith => (Operator::BeginsWith(compiler.template(&ast.argument)), constant()),
        O::EndsWith => (Operator::EndsWith(compiler.template(&ast.argument)), constant()),
        O::Within => (Operator::Within(compiler.template(&ast.argument)), Required::default()),
        O::Eq => compare(Comparison::Eq, ast, compiler)?,
        O::Ge => compare(Comparison::Ge, ast, compiler)?,
        O::Gt => compare(Comparison::Gt, ast, compiler)?,
        O::Le => compare(Comparison::Le, ast, compiler)?,
        O::Lt => compare(Comparison::Lt, ast, compiler)?,
        O::IpMatch => {
            let networks = parse_networks(ast.text.split(',')).map_err(|item| not_a_network(&item))?;
            (Operator::IpMatch(networks), Required::default())
        }
        O::IpMatchFromFile => {
            let text = file(ast.text.trim(), compiler)?;
            let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            let networks = parse_networks(lines).map_err(|item| not_a_network(&item))?;
            (Operator::IpMatch(networks), Required::default())
        }
        O::ValidateByteRange => {
            let range = ByteRange::parse(&ast.text)
                .map_err(|item| ("bytes and ranges of them, such as 9,10,32-126".to_owned(), Some(item)))?;
            let refused: Vec<u8> = (0..=255).filter(|byte| range.violation(&[*byte]).is_some()).collect();
            let kinds = vec![Kinds::of(&refused)];
            (Operator::ValidateByteRange(Box::new(range)), Required { kinds, literals: Vec::new() })
        }
        O::ValidateUrlEncoding => needing(Operator::ValidateUrlEncoding, Kinds::of(b"%")),
        O::ValidateUtf8Encoding => needing(Operator::ValidateUtf8Encoding, Kinds::of(&[0x80, 0x85, 0xc0])),
        O::DetectSqli => needing(Operator::DetectSqli, SQL_KINDS),
        O::DetectXss => needing(Operator::DetectXss, MARKUP_KINDS),
        O::Unconditional => (Operator::Unconditional, Required::default()),
        O::NoMatch => (Operator::NoMatch, Required::default()),
    })
}

type Compiled = Result<(Operator, Required), (String, Option<String>)>;

fn expected(text: &str) -> (String, Option<String>) {
    (text.to_owned(), None)
}

fn not_a_network(item: &str) -> (String, Option<String>) {
    ("an address or a network, such as 192.0.2.0/24".to_owned(), Some(item.to_owned()))
}

fn needing(operator: Operator, kinds: Kinds) -> (Operator, Required) {
    (operator, Required { kinds: vec![kinds], literals: Vec::new() })
}

fn rx(source: &str, capture: bool) -> Compiled {
    let groups = if capture { Groups::Kept } else { Groups::Dropped };
    if let Some(open) = source.find("%{")
        && source[open..]
            .find('}')
            .is_some_and(|close| crate::parse::TemplateAst::parse(&source[open..=open + close], 0).is_ok())
    {
        return Err(expected("no macro in a regex: it is compiled before there is a request"));
    }
    let (pattern, hir) = Pattern::new(source, groups).map_err(|error| {
        (format!("a regex of linear time ({})", error.lines().last().unwrap_or("")), None)
    })?;
    Ok((Operator::Rx(pattern), Required::of(&hir)))
}

fn pm(phrases: &[Vec<u8>]) -> Compiled {
    let compiled = Phrases::new(phrases).map_err(|error| (error, None))?;
    let mut required = Required::default();
    for phrase in phrases.iter().take(PHRASES_MAX) {
        let one = Required::of_literal(phrase);
        if one.literals.is_empty() {
            // A phrase too short for the automaton: nothing is required of a value but, perhaps, its marks.
            required = Required::default();
            break;
        }
        required.literals.extend(one.literals);
    }
    if required.literals.is_empty() {
        let marks: Vec<u8> = phrases
            .iter()
            .filter_map(|phrase| phrase.iter().find(|b| b.is_ascii_punctuation()))
            .copied()
            .collect();
        if marks.len() == phrases.len() {
            required.kinds.push(Kinds::of(&marks));
        }
    }
    required.literals.sort_unstable();
    required.literals.dedup();
    Ok((Operator::Pm(compiled), required))
}

fn compare(comparison: Comparison, ast: &OperatorAst, compiler: &mut Compiler<'_>) -> Compiled {
    if ast.argument.literal().is_some_and(|text| text.trim().parse::<i64>().is_err()) {
        return Err(expected("a number"));
    }
    Ok((Operator::Compare(comparison, compiler.number(&ast.argument)), Required::default()))
}

fn file<'d>(name: &str, compiler: &Compiler<'d>) -> Result<&'d str, (String, Option<String>)> {
    compiler
        .data
        .read(name)
        .ok_or_else(|| ("a data file that is among the assets".to_owned(), Some(name.to_owned())))
}
