//! A run of go-ftw tests: against what, with which rules, and what came of it.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::Context as _;
use clap::ValueEnum;
use ftw::rules::RuleFiles;
use ftw::{Exceptions, ExceptionsError, Native, Report, Suite, Target, TestReport, Verdict};
use host::artifact::Artifact;
use seclang::Mode;
use serde::Serialize;

use crate::component::Component;
use crate::counters::Counters;
use crate::differential::{Difference, Differential};
use crate::edge::Edge;
use crate::publish::Published;
use crate::shop;

/// The slot that holds the WAF.
const SLOT: &str = "waf";
/// The paranoia level that the rule set's own project tests at.
const PARANOIA_OF_TESTS: u8 = 4;
/// How often it is said how far a run is, in tests.
const PROGRESS_TESTS: usize = 500;
/// Most differences that are printed. All of them are in the figures.
const DIFFERENCES_SHOWN_MAX: usize = 50;

/// What the rules are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum ModeName {
    /// Rules match and nothing is refused: the settings that the rule set's own project tests with.
    Detect,
    /// What the shop would run: its own rules around the rule set, default scoring, and refusals.
    Block,
}

/// What is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum TargetName {
    /// The component inside the host
    Component,
    /// The listening edge
    Edge,
    /// The engine alone
    Native,
    /// Component and engine, each request to both: every difference is told
    Both,
}

/// What fails in the component alone, and what fails at the edge alone, each with its reason.
const OF_COMPONENT: &str = include_str!("../component-exceptions.toml");
const OF_EDGE: &str = include_str!("../edge-exceptions.toml");

impl TargetName {
    /// What is known to fail: with any engine's tests, and beside with the log of the component and the parser of the edge.
    fn exceptions(self) -> Result<Exceptions, ExceptionsError> {
        let of_engine = Exceptions::of_core_rule_set()?;
        if self == Self::Native {
            return Ok(of_engine);
        }
        let of_component = of_engine.and(Exceptions::parse(OF_COMPONENT)?);
        if self == Self::Edge { Ok(of_component.and(Exceptions::parse(OF_EDGE)?)) } else { Ok(of_component) }
    }
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Run {
    /// A folder with `crs-setup.conf` (or `.example`) and `rules/`.
    pub rules: PathBuf,
    /// A folder of tests, or one file.
    pub tests: PathBuf,
    /// See [`ModeName`].
    pub mode: ModeName,
    /// See [`TargetName`].
    pub target: TargetName,
    /// The paranoia level, where it is not the mode's own.
    pub paranoia: Option<u8>,
    /// Only tests whose ids contain this.
    pub only: String,
    /// The built filters.
    pub filters: PathBuf,
    /// The built edge; used by [`TargetName::Edge`] alone.
    pub edge: PathBuf,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// What the rules were for.
    pub mode: ModeName,
    /// What was tested.
    pub target: TargetName,
    /// The paranoia level; none is what the set-up file says.
    pub paranoia: Option<u8>,
    /// Totals, and what became of each test.
    #[serde(flatten)]
    pub report: Report,
    /// The share of tests that passed, of those that ran, from 0 to 1.
    pub pass_rate: f64,
    /// Those that failed.
    pub failures: Vec<Failure>,
    /// Exceptions that passed.
    pub passing_exceptions: Vec<String>,
    /// Tests in which matches were lost or a filter gave no verdict.
    pub doubtful: Vec<Doubt>,
    /// Requests on which component and engine differ, where both were asked.
    pub differences: Vec<Difference>,
}

/// A test that failed.
#[derive(Debug, Serialize)]
pub struct Failure {
    /// `920100-4`.
    pub id: String,
    /// The file it stands in, below the folder of tests.
    pub file: String,
    /// What was not as expected.
    pub reasons: Vec<String>,
    /// Why it is known to fail; none of one that must not.
    pub exception: Option<String>,
}

/// A test whose verdict cannot be relied on.
#[derive(Debug, Serialize)]
pub struct Doubt {
    /// `920100-4`.
    pub id: String,
    /// What the host counted meanwhile.
    #[serde(flatten)]
    pub counted: Counters,
}

type Count = Box<dyn Fn() -> anyhow::Result<Counters>>;

/// What is found beside the tests' verdicts.
struct Watched {
    count: Count,
    differences: Rc<RefCell<Vec<Difference>>>,
}

impl Watched {
    /// What a host counts, and what its filter says that it has left out.
    fn new(host: impl Fn() -> anyhow::Result<Counters> + 'static, untold: Rc<Cell<u64>>) -> Self {
        let count = move || {
            let mut counted = host()?;
            counted.dropped_matches += untold.get();
            Ok(counted)
        };
        Self { count: Box::new(count), differences: Rc::default() }
    }
}

impl Run {
    /// Runs it. `say` gets a line for each failure, and what is to be said at the end.
    ///
    /// # Errors
    /// Rules, tests, filters or the edge cannot be used.
    pub fn run(&self, say: &mut dyn FnMut(String)) -> anyhow::Result<Findings> {
        let suite = Suite::load(&self.tests)?;
        let files = self.rule_files()?;
        match self.target {
            TargetName::Native => {
                let rules = files.compile()?;
                let watched = Watched::new(|| Ok(Counters::default()), Rc::default());
                self.played(&suite, &mut Native::new(&rules, self.engine_mode()), &watched, say)
            }
            TargetName::Component => {
                let published = self.published(&files)?;
                let count = published.counters();
                let mut component = Component::new(published.chain);
                let watched = Watched::new(count, component.untold());
                self.played(&suite, &mut component, &watched, say)
            }
            TargetName::Both => {
                let published = self.published(&files)?;
                let rules = files.compile()?;
                let count = published.counters();
                let component = Component::new(published.chain);
                let watched = Watched::new(count, component.untold());
                let mut both = Differential::new(component, Native::new(&rules, self.engine_mode()));
                let watched = Watched { differences: both.differences(), ..watched };
                self.played(&suite, &mut both, &watched, say)
            }
            TargetName::Edge => {
                let mut edge = Edge::start(&self.edge, &self.artifact(&files)?)?;
                let watched = Watched::new(edge.counters(), edge.untold());
                self.played(&suite, &mut edge, &watched, say)
            }
        }
    }

    fn rule_files(&self) -> anyhow::Result<RuleFiles> {
        let files = match self.mode {
            ModeName::Detect => RuleFiles::for_tests(&self.rules, self.paranoia.unwrap_or(PARANOIA_OF_TESTS)),
            ModeName::Block => RuleFiles::for_product(&shop::own_rules(), &self.rules, self.paranoia),
        };
        Ok(files?)
    }

    fn engine_mode(&self) -> Mode {
        match self.mode {
            ModeName::Detect => Mode::Detect,
            ModeName::Block => Mode::Block,
        }
    }

    /// The built WAF with these rules, in this mode.
    fn artifact(&self, files: &RuleFiles) -> anyhow::Result<Artifact> {
        let mut waf = shop::filter(&self.filters, SLOT)?;
        waf.assets = files.assets().into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        let mut settings: serde_json::Value = serde_json::from_str(&waf.settings)?;
        settings["mode"] = serde_json::to_value(self.mode)?;
        waf.settings = settings.to_string();
        Ok(waf)
    }

    fn published(&self, files: &RuleFiles) -> anyhow::Result<Published> {
        Published::new(shop::slot(SLOT)?, self.artifact(files)?, Some(shop::cache()))
    }

    fn played(
        &self,
        suite: &Suite,
        target: &mut dyn Target,
        watched: &Watched,
        say: &mut dyn FnMut(String),
    ) -> anyhow::Result<Findings> {
        let exceptions = self.target.exceptions()?;
        let mut progress = Progress::new(suite.tests.len());
        let mut counted = (watched.count)()?;
        let mut doubtful = Vec::new();
        let report = ftw::run(
            suite,
            target,
            |test| test.id.contains(&self.only),
            |test| {
                progress.step();
                if let Some(line) = shown(test, &exceptions) {
                    say(line);
                }
                let now = (watched.count)().unwrap_or(counted);
                let meanwhile = now - counted;
                counted = now;
                if !meanwhile.is_zero() {
                    doubtful.push(Doubt { id: test.id.clone(), counted: meanwhile });
                }
            },
        );
        // Whoever cannot be asked any more has not survived its tests.
        (watched.count)().context("after the last test")?;
        let findings = self.findings(report, &exceptions, doubtful, watched.differences.take());
        findings.summary().into_iter().for_each(say);
        Ok(findings)
    }

    fn findings(
        &self,
        report: Report,
        exceptions: &Exceptions,
        doubtful: Vec<Doubt>,
        differences: Vec<Difference>,
    ) -> Findings {
        let failures = report.failures().map(|test| Failure {
            id: test.id.clone(),
            file: test.file.clone(),
            reasons: test.reasons.clone(),
            exception: exceptions.reason(&test.id).map(str::to_owned),
        });
        let passing = report
            .tests
            .iter()
            .filter(|test| test.verdict == Verdict::Passed && exceptions.reason(&test.id).is_some());
        Findings {
            mode: self.mode,
            target: self.target,
            paranoia: self.paranoia.or((self.mode == ModeName::Detect).then_some(PARANOIA_OF_TESTS)),
            pass_rate: report.pass_rate(),
            failures: failures.collect(),
            passing_exceptions: passing.map(|test| test.id.clone()).collect(),
            doubtful,
            differences,
            report,
        }
    }
}

/// The line of a test that did not pass.
fn shown(test: &TestReport, exceptions: &Exceptions) -> Option<String> {
    let (id, file, reasons) = (&test.id, &test.file, test.reasons.join("; "));
    match (test.verdict, exceptions.reason(id)) {
        (Verdict::Passed, _) => None,
        (Verdict::Skipped, _) => Some(format!("skipped {id} ({file}): {reasons}")),
        (Verdict::Failed, None) => Some(format!("failed {id} ({file}): {reasons}")),
        (Verdict::Failed, Some(why)) => Some(format!("exception {id} ({file}): {reasons}. {why}")),
    }
}

impl Findings {
    /// Whether nothing failed but what is known to fail, something ran, no match was lost, every call had a verdict, and component
    /// and engine agree where both were asked.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let failed = self.failures.iter().any(|failure| failure.exception.is_none());
        let ran = self.report.passed + self.report.failed > 0;
        ran && !failed && self.doubtful.is_empty() && self.differences.is_empty()
    }

    /// What is to be said at the end, line by line.
    fn summary(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for id in &self.passing_exceptions {
            lines.push(format!("{id} passed, and is among the exceptions"));
        }
        for doubt in &self.doubtful {
            let Counters { dropped_matches, failed_calls } = doubt.counted;
            lines.push(format!(
                "NOT RELIABLE {}: {dropped_matches} matches are not in the log, {failed_calls} calls failed",
                doubt.id
            ));
        }
        for difference in self.differences.iter().take(DIFFERENCES_SHOWN_MAX) {
            lines.push(format!(
                "different: component alone {:?}, engine alone {:?}, status {:?}: {}",
                difference.only_first, difference.only_second, difference.statuses, difference.request
            ));
        }
        if self.target == TargetName::Both {
            lines.push(format!("{} requests on which component and engine differ", self.differences.len()));
        }
        let exceptions = self.failures.iter().filter(|failure| failure.exception.is_some()).count();
        lines.push(format!(
            "{:.3} % passed; {exceptions} of {} failures are exceptions",
            self.pass_rate * 100.0,
            self.failures.len()
        ));
        lines
    }
}

/// Says on standard error how far a run is.
struct Progress {
    done: usize,
    of: usize,
}

impl Progress {
    fn new(of: usize) -> Self {
        Self { done: 0, of }
    }

    fn step(&mut self) {
        self.done += 1;
        if self.done.is_multiple_of(PROGRESS_TESTS) {
            eprintln!("{} of {} tests", self.done, self.of);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ftw::Outcome;

    use super::*;

    const TESTS: &str = "
rule_id: 920620
tests:
  - {test_id: 1, stages: [{input: {}, output: {log: {expect_ids: [920620]}}}]}
  - {test_id: 2, stages: [{input: {}, output: {log: {no_expect_ids: [920620]}}}]}
";

    /// Matches these rules whatever comes.
    struct Always(&'static [u64]);

    impl Target for Always {
        fn exchange(&mut self, _: &[u8]) -> Outcome {
            Outcome { status: Some(200), rule_ids: self.0.to_vec(), ..Outcome::default() }
        }
    }

    fn findings(matched: &'static [u64], mut counts: Vec<Counters>) -> (Findings, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("920620.yaml");
        std::fs::write(&path, TESTS).expect("a file");
        let run = Run {
            rules: PathBuf::new(),
            tests: path,
            mode: ModeName::Detect,
            target: TargetName::Component,
            paranoia: None,
            only: String::new(),
            filters: PathBuf::new(),
            edge: PathBuf::new(),
        };
        counts.reverse();
        let counts = RefCell::new(counts);
        let count = move || {
            let mut counts = counts.borrow_mut();
            let last = counts.last().copied().unwrap_or_default();
            if counts.len() > 1 {
                counts.pop();
            }
            Ok(last)
        };
        let watched = Watched::new(count, Rc::default());
        let suite = Suite::load(&run.tests).expect("tests");
        let mut said = Vec::new();
        let findings = run.played(&suite, &mut Always(matched), &watched, &mut |line| said.push(line));
        (findings.expect("findings"), said)
    }

    #[test]
    fn failures_that_are_exceptions_are_no_fault() {
        let (found, said) = findings(&[], Vec::new());
        assert_eq!((found.report.passed, found.report.failed), (1, 1));
        assert!(found.is_good(), "920620-1 is an exception");
        assert!(said[0].starts_with("exception 920620-1 (") && said[0].contains("Content-Type"), "{said:?}");
        let (found, said) = findings(&[920_620], Vec::new());
        assert!(!found.is_good(), "920620-2 is none");
        assert!(said[0].starts_with("failed 920620-2 ("), "{said:?}");
        assert_eq!(found.passing_exceptions, ["920620-1"]);
    }

    #[test]
    fn a_test_in_which_matches_are_lost_is_told_and_spoils_the_run() {
        let lost = Counters { dropped_matches: 3, failed_calls: 0 };
        let (found, said) = findings(&[], vec![Counters::default(), Counters::default(), lost]);
        assert!(!found.is_good());
        assert_eq!((found.doubtful.len(), found.doubtful[0].id.as_str()), (1, "920620-2"));
        assert!(said.iter().any(|line| line.starts_with("NOT RELIABLE 920620-2: 3 matches")), "{said:?}");
    }

    #[test]
    fn the_figures_hold_totals_and_failures() {
        let (found, _) = findings(&[], Vec::new());
        let json = serde_json::to_value(&found).expect("JSON");
        assert_eq!((&json["mode"], &json["target"]), (&"detect".into(), &"component".into()));
        assert_eq!((&json["paranoia"], &json["passed"]), (&4.into(), &1.into()));
        assert_eq!(json["failures"][0]["id"], "920620-1");
    }

    #[test]
    fn each_target_has_its_exceptions_and_those_of_what_it_stands_on() {
        let known =
            |target: TargetName, id: &str| target.exceptions().expect("exceptions").reason(id).is_some();
        for target in [TargetName::Native, TargetName::Component, TargetName::Both, TargetName::Edge] {
            assert!(known(target, "920620-1"), "{target:?}");
            assert_eq!(known(target, "932207-7"), target != TargetName::Native, "{target:?}");
            assert_eq!(known(target, "941100-1"), target == TargetName::Edge, "{target:?}");
        }
    }

    #[test]
    fn a_run_of_nothing_is_not_good() {
        let report = Report::default();
        let run = Run {
            rules: PathBuf::new(),
            tests: PathBuf::new(),
            mode: ModeName::Block,
            target: TargetName::Native,
            paranoia: None,
            only: String::new(),
            filters: PathBuf::new(),
            edge: Path::new("").to_owned(),
        };
        let exceptions = Exceptions::of_core_rule_set().expect("exceptions");
        assert!(!run.findings(report, &exceptions, Vec::new(), Vec::new()).is_good());
    }
}
