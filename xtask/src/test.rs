//! Runs every test: Rust by nextest, the widget by vitest; adds up and closes with one line.

use std::fmt::{self, Display, Formatter};
use std::ops::Add;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::process::{cargo, output, run_reading};
use crate::{build, model, say, setup, spin};

/// The packages that have tests. Filters are tested by what they are made of, and as components by `system-tests`.
const PACKAGES: &[&str] = &[
    "chat",
    "conformance",
    "filter-chain",
    "ftw",
    "identity",
    "limits",
    "semantics",
    "sentence",
    "seclang",
    "filter-host",
    "mangaassist-edge",
    "mangaassist-origin",
    "mangactl",
    "demo-site",
    "shop-compose",
    "spin-host",
    "system-tests",
    "xtask",
];

#[derive(Args)]
pub(crate) struct TestArguments {
    /// Only tests whose names contain this
    filter: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// What a run comes to. One that failed has a failed test, whatever it counted: it counts none when the tests do not build.
    fn of_run(self, succeeded: bool) -> Self {
        if succeeded { self } else { Self { failed: self.failed.max(1), ..self } }
    }

    /// Nothing failed, and something was tested.
    fn are_good(self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Sets up, builds and tests everything.
pub(crate) fn run(root: &Path, arguments: &TestArguments) -> anyhow::Result<()> {
    // The browser's tests are run by it, whatever the widget needs.
    setup::node()?;
    setup::for_tests(root)?;
    build::filters(root)?;
    build::test_guests(root)?;
    build::widget(root)?;
    model::provide(root);
    let rust = rust(root, arguments.filter.as_deref())?;
    let widget = if arguments.filter.is_none() { widget(root)? } else { Counts::default() };
    let counts = rust + widget;
    println!("{counts}");
    if !counts.are_good() {
        std::process::exit(1);
    }
    Ok(())
}

fn rust(root: &Path, filter: Option<&str>) -> anyhow::Result<Counts> {
    say("testing the crates and the whole system (the first build takes some minutes)");
    let present = Present {
        rules: rules(root),
        spin: has_spin(),
        model: model::file(root).is_file(),
        browser: setup::browser(),
    };
    if present.rules.is_none() {
        say("skipping the tests of the Core Rule Set: set CRS_DIR to its folder to run them");
    }
    if !present.spin {
        say(
            "skipping the tests under `spin up`: there is no spin 4.1 or later on the PATH; the same tests run in a host of ours",
        );
    }
    if !present.model {
        say("skipping the tests of the sentence model, which could not be fetched");
    }
    // Everything is built before the first test runs, the composer among it.
    let built = crate::process::run(nextest(root, filter, &present).arg("--no-run"));
    // The tests of the Core Rule Set run the edge as the process that it is.
    let edge = || if present.rules.is_some() { crate::process::run(&mut edge(root)) } else { Ok(()) };
    if let Err(error) = built.and_then(|()| edge()).and_then(|()| spin::component(root)) {
        eprintln!("xtask: {error:#}");
        return Ok(Counts { failed: 1, ..Counts::default() });
    }
    counted(nextest(root, filter, &present).arg("--no-fail-fast"))
}

/// What some tests need and a machine may lack.
struct Present {
    /// The folder of the Core Rule Set, which is not part of this repository.
    rules: Option<PathBuf>,
    /// Spin's command line.
    spin: bool,
    /// The sentence model, which comes from a package registry.
    model: bool,
    /// The browser: what set-up has found is what is started.
    browser: Option<PathBuf>,
}

fn rules(root: &Path) -> Option<PathBuf> {
    let rules = std::env::var_os("CRS_DIR").map_or_else(|| root.join("../shared/crs"), PathBuf::from);
    rules.join("rules").is_dir().then_some(rules)
}

/// The oldest Spin that runs the application: the first with WASI 0.3.
const SPIN: (u32, u32) = (4, 1);

fn has_spin() -> bool {
    output(Command::new("spin").arg("--version")).is_some_and(|version| is_recent_spin(&version))
}

/// `spin 4.1.0 (0f9a7b2 2026-08-01)`.
fn is_recent_spin(version: &str) -> bool {
    let numbers = version.split_whitespace().nth(1).unwrap_or_default();
    let mut numbers = numbers.split('.').map_while(|part| part.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= SPIN
}

/// Builds the edge out of what the tests are built from: selected with one of them, it has their features.
fn edge(root: &Path) -> Command {
    let mut command = cargo(root);
    command.args(["build", "--release"]);
    select(&mut command);
    command.args(["--test", "system", "--bin", "mangaassist-edge"]);
    command
}

fn select(command: &mut Command) {
    for package in PACKAGES {
        command.args(["--package", package]);
    }
    command.args(["--features", "chat/validate,identity/keyring,sentence/pool,sentence/program"]);
}

fn nextest(root: &Path, filter: Option<&str>, present: &Present) -> Command {
    let mut command = cargo(root);
    command.args(["nextest", "run", "--release", "--color", "never"]);
    select(&mut command);
    // A test that needs what may not be there is ignored by itself; here it is known what is there.
    command.args(["--run-ignored", "all"]);
    if let Some(browser) = &present.browser {
        command.env(setup::BROWSER, browser);
    }
    let mut left_out = Vec::new();
    match &present.rules {
        Some(rules) => drop(command.env("CRS_DIR", rules)),
        None => left_out.push("binary(crs)"),
    }
    if !present.spin {
        left_out.push("test(::spin_up::)");
    }
    if !present.model {
        left_out.extend(["binary(minilm)", "test(::with_model::)"]);
    }
    if !left_out.is_empty() {
        command.args(["--filterset", &format!("not ({})", left_out.join(" | "))]);
    }
    command.args(filter);
    command
}

/// Runs nextest, shows what it says, and reads its summary.
fn counted(command: &mut Command) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let status = run_reading(command, |line| {
        eprintln!("{line}");
        counts = summary(line).unwrap_or(counts);
    })?;
    Ok(counts.of_run(status.success()))
}

/// `Summary [  1.2s] 10/12 tests run: 8 passed (1 slow, 2 leaky), 1 failed, 1 timed out, 0 skipped`.
fn summary(line: &str) -> Option<Counts> {
    let (_, parts) = line.trim().strip_prefix("Summary [")?.split_once(" run: ")?;
    let mut found = Counts::default();
    for part in without_notes(parts).split(',') {
        let Some((number, what)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match what {
            "passed" => found.passed += number,
            "failed" | "exec failed" | "timed out" => found.failed += number,
            "skipped" => found.skipped += number,
            _ => {}
        }
    }
    Some(found)
}

/// Without what stands in brackets: it is about tests that are counted already.
fn without_notes(text: &str) -> String {
    let mut is_note = false;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '(' => is_note = true,
            ')' => is_note = false,
            _ if is_note => {}
            _ => kept.push(c),
        }
    }
    kept
}

fn widget(root: &Path) -> anyhow::Result<Counts> {
    setup::npm(root)?;
    say("testing the widget");
    let report = root.join("target/widget-tests.json");
    let mut vitest = Command::new("npx");
    vitest.args(["vitest", "run", "--reporter=default", "--reporter=json", "--outputFile.json"]).arg(&report);
    let status = run_reading(vitest.current_dir(root.join("widget")), |line| eprintln!("{line}"))?;
    let report = std::fs::read_to_string(&report).unwrap_or_default();
    Ok(vitest_counts(&report).of_run(status.success()))
}

/// The figures of vitest's report; none where it wrote none.
fn vitest_counts(report: &str) -> Counts {
    let report: serde_json::Value = serde_json::from_str(report).unwrap_or_default();
    let count = |name: &str| report[name].as_u64().unwrap_or(0);
    Counts {
        passed: count("numPassedTests"),
        failed: count("numFailedTests"),
        skipped: count("numPendingTests"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        Counts { passed, failed, skipped }
    }

    fn arguments(command: &Command) -> Vec<&str> {
        command.get_args().filter_map(OsStr::to_str).collect()
    }

    #[test]
    fn a_summary_is_read_in_every_form_of_it() {
        for (line, expected) in [
            ("     Summary [   1.234s] 10 tests run: 10 passed, 0 skipped", counts(10, 0, 0)),
            ("     Summary [   0.010s] 1 test run: 1 passed, 32 skipped", counts(1, 0, 32)),
            (
                "Summary [   1.234s] 10/12 tests run: 9 passed (1 slow, 2 leaky), 1 failed, 0 skipped",
                counts(9, 1, 0),
            ),
            ("Summary [  61.000s] 9 tests run: 8 passed (2 flaky), 1 timed out, 3 skipped", counts(8, 1, 3)),
            (
                "Summary [  61.000s] 9 tests run: 9 passed (1 slow, 1 timed out, 1 flaky), 3 skipped",
                counts(9, 0, 3),
            ),
            (
                "Summary [   0.100s] 1 test run: 0 passed, 1 failed (1 due to being leaky), 2 skipped",
                counts(0, 1, 2),
            ),
            (
                "Summary [   0.100s] 8/10 tests run: 4 passed, 2 failed, 1 exec failed, 1 timed out, 2 skipped",
                counts(4, 4, 2),
            ),
            ("Summary [   0.000s] 0 tests run: 0 passed, 340 skipped", counts(0, 0, 340)),
        ] {
            assert_eq!(summary(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn other_lines_are_no_summary() {
        for line in [
            "",
            "        PASS [   0.004s] chat message::tests::run: 3 passed",
            "    Starting 340 tests across 12 binaries (2 tests skipped)",
            "     Summary [ 120.000s] 25/50 stress run iterations: 25 passed",
            "error: test run failed",
        ] {
            assert_eq!(summary(line), None, "{line}");
        }
    }

    fn script(text: &str) -> Counts {
        counted(Command::new("sh").args(["-c", text])).unwrap()
    }

    #[test]
    fn the_summary_of_a_run_counts() {
        let run = "echo '  Summary [ 1s] 3 tests run: 3 passed, 1 skipped' >&2";
        assert_eq!(script(run), counts(3, 0, 1));
        let run = "echo '  Summary [ 1s] 3 tests run: 1 passed, 2 failed, 0 skipped' >&2; exit 100";
        assert_eq!(script(&format!("printf '\\351 no text\\n' >&2; {run}")), counts(1, 2, 0));
    }

    #[test]
    fn a_run_that_fails_has_a_failed_test() {
        let run = "echo '  Summary [ 1s] 3 tests run: 3 passed, 0 skipped' >&2; exit 1";
        assert_eq!(script(run), counts(3, 1, 0));
        assert_eq!(script("echo 'error: could not compile' >&2; exit 101"), counts(0, 1, 0));
    }

    #[test]
    fn a_run_without_a_summary_is_not_good() {
        assert_eq!(script("exit 0"), counts(0, 0, 0));
        assert!(!counts(0, 0, 0).are_good());
        assert!(!counts(9, 1, 0).are_good());
        assert!(counts(9, 0, 2).are_good());
    }

    #[test]
    fn the_last_line_adds_up() {
        assert_eq!((counts(1, 2, 3) + counts(10, 20, 30)).to_string(), "11 passed, 22 failed, 33 skipped");
    }

    #[test]
    fn the_report_of_the_widget_counts() {
        let report =
            r#"{"numTotalTests": 9, "numPassedTests": 6, "numFailedTests": 1, "numPendingTests": 2}"#;
        assert_eq!(vitest_counts(report), counts(6, 1, 2));
        assert_eq!(vitest_counts("").of_run(false), counts(0, 1, 0));
    }

    fn present(rules: Option<&str>, spin: bool) -> Present {
        Present { rules: rules.map(PathBuf::from), spin, model: true, browser: None }
    }

    #[test]
    fn tests_that_need_what_is_not_there_are_left_out_and_no_other_ones() {
        let root = Path::new("/nowhere");
        let neither = nextest(root, None, &present(None, false));
        assert!(arguments(&neither).ends_with(&["--filterset", "not (binary(crs) | test(::spin_up::))"]));
        let rules = nextest(root, None, &present(Some("/rules"), false));
        assert!(arguments(&rules).ends_with(&["--filterset", "not (test(::spin_up::))"]));
        assert!(rules.get_envs().any(|set| set == (OsStr::new("CRS_DIR"), Some(OsStr::new("/rules")))));
        let both = nextest(root, Some("waf"), &present(Some("/rules"), true));
        assert!(arguments(&both).ends_with(&["--run-ignored", "all", "waf"]));
        let without_model = Present { model: false, ..present(Some("/rules"), true) };
        let no_model = nextest(root, None, &without_model);
        let left_out = "not (binary(minilm) | test(::with_model::))";
        assert!(arguments(&no_model).ends_with(&["--filterset", left_out]));
    }

    #[test]
    fn the_tests_start_the_browser_that_set_up_has_found() {
        let found = Present { browser: Some("/opt/chrome".into()), ..present(None, false) };
        let command = nextest(Path::new("/nowhere"), None, &found);
        assert!(
            command.get_envs().any(|set| set == (OsStr::new("CHROMIUM"), Some(OsStr::new("/opt/chrome"))))
        );
        let script = std::fs::read_to_string(crate::root().join("widget/e2e/chat.mjs")).unwrap();
        assert!(script.contains(&format!("process.env.{}", setup::BROWSER)));
    }

    #[test]
    fn spin_is_recent_from_the_first_release_with_wasi_0_3() {
        for version in ["spin 4.1.0 (0f9a7b2 2026-08-01)", "spin 4.2.3", "spin 5.0.0-rc.1"] {
            assert!(is_recent_spin(version), "{version}");
        }
        for version in ["spin 4.0.2 (abc 2026-05-01)", "spin 3.6.0", "spin", "", "Spin Version 6.5.2"] {
            assert!(!is_recent_spin(version), "{version}");
        }
    }

    #[test]
    fn no_crate_is_left_out() {
        let command = nextest(Path::new("/nowhere"), None, &present(None, false));
        for folder in std::fs::read_dir(crate::root().join("crates")).unwrap() {
            let manifest = std::fs::read_to_string(folder.unwrap().path().join("Cargo.toml")).unwrap();
            let name = manifest.lines().find_map(|line| line.strip_prefix("name = ")).unwrap();
            assert!(arguments(&command).contains(&name.trim_matches('"')), "{name}");
        }
    }
}
