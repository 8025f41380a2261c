//! What tells, without collecting a rule's values, that it cannot match.
//!
//! Rules about numbers, lengths and headers make up half of a rule set, and nearly none of them matches. A guard is a necessary
//! condition of a rule's first link: cheap to ask, and the link is only evaluated where it holds.

use super::{Chain, HeaderId, Link, Number, Pick, Slot, Target};
use crate::operators::{Comparison, Operator};
use crate::transform::Transform;
use crate::variable::{Shape, Variable};

/// A necessary condition of a link.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Guard {
    /// None is known.
    None,
    /// One of these headers stands in the request.
    Present([HeaderId; 2]),
    /// The number of one of these headers passes.
    HeaderCount([HeaderId; 2], Test),
    /// The number of members of a collection passes.
    Count(Variable, Test),
    /// A scalar's number passes.
    Scalar(Variable, Test),
    /// The number that rules keep in a slot passes.
    Kept(Slot, Test),
    /// The length of a member, or of a scalar, passes.
    Length(Variable, Test),
}

/// A comparison with a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Test {
    comparison: Comparison,
    pub(crate) limit: Limit,
    negated: bool,
}

/// The number compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    Constant(i64),
    Slot(Slot),
}

impl Test {
    /// The test of a link that compares numbers.
    fn of(link: &Link) -> Option<Test> {
        let Operator::Compare(comparison, number) = &link.operator else { return None };
        let limit = match number {
            Number::Constant(constant) => Limit::Constant(*constant),
            Number::Slot(slot) => Limit::Slot(*slot),
            Number::Template(_) => return None,
        };
        Some(Test { comparison: *comparison, limit, negated: link.negated })
    }

    pub(crate) fn passes(self, value: i64, limit: i64) -> bool {
        self.comparison.holds(value, limit) != self.negated
    }
}

impl Guard {
    /// The guard of a link; [`Guard::None`] when it has to be evaluated.
    pub(crate) fn of(link: &Link, chains: &[Chain]) -> Guard {
        if !link.steps.is_empty() || link.targets.is_empty() {
            return Guard::None;
        }
        if let Some(headers) = headers(&link.targets, false) {
            return Guard::Present(headers);
        }
        let Some(test) = Test::of(link) else { return Guard::None };
        if link.chain != 0 {
            let chain = chains[usize::from(link.chain)];
            let is_length = chain.before == 0 && chain.last == Transform::Length;
            return match &*link.targets {
                [Target { variable, pick: Pick::All, count: false, .. }]
                    if is_length && is_plain(*variable) =>
                {
                    Guard::Length(*variable, test)
                }
                _ => Guard::None,
            };
        }
        if let Some(headers) = headers(&link.targets, true) {
            return Guard::HeaderCount(headers, test);
        }
        match &*link.targets {
            [Target { variable, pick: Pick::All, count: true, .. }] if is_table(*variable) => {
                Guard::Count(*variable, test)
            }
            [Target { variable, count: false, .. }] if variable.shape() == Shape::Scalar => {
                Guard::Scalar(*variable, test)
            }
            [Target { pick: Pick::Slot(slot), count: false, .. }] => Guard::Kept(*slot, test),
            _ => Guard::None,
        }
    }
}

/// One or two request headers by name, counted or not.
fn headers(targets: &[Target], counted: bool) -> Option<[HeaderId; 2]> {
    let header = |target: &Target| match target.pick {
        Pick::Header(header) if target.count == counted => Some(header),
        _ => None,
    };
    match targets {
        [one] => header(one).map(|one| [one, one]),
        [one, two] => Some([header(one)?, header(two)?]),
        _ => None,
    }
}

/// A collection of the request or the response whose members are entries of tables, each of them a member.
fn is_table(variable: Variable) -> bool {
    variable.shape() != Shape::Scalar
        && !variable.is_written_by_rules()
        && !matches!(variable, Variable::Xml | Variable::Rule)
}

/// A table, or a scalar that is kept as it came.
fn is_plain(variable: Variable) -> bool {
    is_table(variable) || (variable.shape() == Shape::Scalar && !variable.is_written_by_rules())
}
