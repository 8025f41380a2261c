//! Tests that are known to fail, each with its reason.

use std::collections::BTreeMap;

use crate::report::Report;

/// Tests that are known to fail, and why: `"920430-8" = "the parser refuses HTTP/4.0"`.
#[derive(Debug, Clone, Default)]
pub struct Exceptions(BTreeMap<String, String>);

/// Why a file of exceptions is none.
#[derive(Debug, thiserror::Error)]
pub enum ExceptionsError {
    /// It is no table of texts.
    #[error("exceptions are a table of test ids and reasons: {0}")]
    Malformed(#[from] toml::de::Error),
    /// An exception without a reason.
    #[error("{0} has no reason")]
    WithoutReason(String),
}

/// The tests of the Core Rule Set that are known to fail.
const CORE_RULE_SET: &str = include_str!("../crs-exceptions.toml");

impl Exceptions {
    /// Those of the Core Rule Set's own tests: `crs-exceptions.toml` of this crate.
    ///
    /// # Errors
    ///
    /// As [`Exceptions::parse`]; a test of this crate reads it.
    pub fn of_core_rule_set() -> Result<Exceptions, ExceptionsError> {
        Exceptions::parse(CORE_RULE_SET)
    }

    /// Reads a TOML table of test ids and reasons.
    ///
    /// # Errors
    ///
    /// When it is none, and when a reason is empty.
    pub fn parse(text: &str) -> Result<Exceptions, ExceptionsError> {
        let table: BTreeMap<String, String> = toml::from_str(text)?;
        match table.iter().find(|(_, reason)| reason.trim().is_empty()) {
            Some((id, _)) => Err(ExceptionsError::WithoutReason(id.clone())),
            None => Ok(Exceptions(table)),
        }
    }

    /// These and those. Of a test in both, the reason is that of `others`.
    #[must_use]
    pub fn and(mut self, others: Exceptions) -> Exceptions {
        self.0.extend(others.0);
        self
    }

    /// Why a test is known to fail.
    #[must_use]
    pub fn reason(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// What differs between what failed and what is known to fail, as sentences; nothing when they are the same.
    #[must_use]
    pub fn differences(&self, report: &Report) -> Vec<String> {
        let unknown = report
            .failures()
            .filter(|test| self.reason(&test.id).is_none())
            .map(|test| format!("{} failed: {}", test.id, test.reasons.join("; ")));
        let passing = report
            .tests
            .iter()
            .filter(|test| test.verdict == crate::Verdict::Passed && self.reason(&test.id).is_some())
            .map(|test| format!("{} passed, and is among the exceptions", test.id));
        unknown.chain(passing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TestReport, Verdict};

    #[test]
    fn exceptions_are_exactly_what_fails() {
        let exceptions = Exceptions::parse("\"1-1\" = \"why\"\n\"1-2\" = \"why\"").expect("exceptions");
        let mut report = Report::default();
        for (id, verdict) in [("1-1", Verdict::Failed), ("1-2", Verdict::Passed), ("1-3", Verdict::Failed)] {
            let (file, reasons) = (String::new(), Vec::new());
            report.add(TestReport { id: id.into(), file, verdict, reasons });
        }
        let differences = exceptions.differences(&report);
        assert_eq!(differences.len(), 2, "{differences:?}");
        assert!(differences[0].starts_with("1-3") && differences[1].starts_with("1-2"));
        let more = exceptions.and(Exceptions::parse("\"1-3\" = \"why\"").expect("exceptions"));
        assert_eq!(more.differences(&report).len(), 1);
        assert!(Exceptions::parse("\"1-1\" = \" \"").is_err());
    }
}
