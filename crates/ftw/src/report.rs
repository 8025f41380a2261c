//! What became of the tests.

use std::fmt;

use serde::Serialize;

use crate::schema::Test;

/// What became of all tests.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were not run.
    pub skipped: usize,
    /// Each of them, in the order they ran.
    pub tests: Vec<TestReport>,
}

/// What became of one test.
#[derive(Debug, Clone, Serialize)]
pub struct TestReport {
    /// `920100-4`.
    pub id: String,
    /// The file it stands in.
    pub file: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Why, when it did not pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything was as expected.
    Passed,
    /// Something was not.
    Failed,
    /// It was not run.
    Skipped,
}

impl TestReport {
    pub(crate) fn skipped(test: &Test, reason: &str) -> TestReport {
        TestReport {
            id: test.id.clone(),
            file: test.file.clone(),
            verdict: Verdict::Skipped,
            reasons: vec![reason.to_owned()],
        }
    }
}

impl Report {
    pub(crate) fn add(&mut self, test: TestReport) {
        match test.verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Skipped => self.skipped += 1,
        }
        self.tests.push(test);
    }

    /// Those that failed.
    pub fn failures(&self) -> impl Iterator<Item = &TestReport> {
        self.tests.iter().filter(|test| test.verdict == Verdict::Failed)
    }

    /// The share of tests that passed, of those that ran, from 0 to 1; 1 when none ran.
    #[must_use]
    pub fn pass_rate(&self) -> f64 {
        let ran = self.passed + self.failed;
        if ran == 0 {
            return 1.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of tests are small")]
        let rate = self.passed as f64 / ran as f64;
        rate
    }
}

/// `4030 passed, 0 failed, 0 skipped`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}
