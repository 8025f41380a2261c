//! Runs every test: Rust by nextest, the widget by vitest; adds up and closes with one line.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use clap::Args;

use crate::process::cargo;
use crate::{build, say, setup};

#[derive(Args)]
pub(crate) struct TestArguments {
    /// Only tests whose names contain this
    filter: Option<String>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// Sets up, builds and tests everything.
pub(crate) fn run(root: &Path, arguments: &TestArguments) -> anyhow::Result<()> {
    setup::for_tests(root)?;
    build::filters(root)?;
    build::test_guests(root)?;
    build::widget(root)?;
    let rust = rust(root, arguments.filter.as_deref())?;
    let widget = if arguments.filter.is_none() { widget(root)? } else { Counts::default() };
    let (passed, failed, skipped) =
        (rust.passed + widget.passed, rust.failed + widget.failed, rust.skipped + widget.skipped);
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed > 0 || passed == 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn rust(root: &Path, filter: Option<&str>) -> anyhow::Result<Counts> {
    say("testing the crates and the whole system (the first build takes some minutes)");
    let mut command = cargo(root);
    command.args(["nextest", "run", "--release", "--no-fail-fast", "--color", "never"]);
    for package in [
        "chat",
        "filter-chain",
        "identity",
        "limits",
        "semantics",
        "seclang",
        "filter-host",
        "mangaassist-edge",
        "mangaassist-origin",
        "demo-site",
        "system-tests",
    ] {
        command.args(["--package", package]);
    }
    command.args(["--features", "chat/validate,identity/keyring"]);
    // The Core Rule Set is not part of this repository: its tests are skipped where it is not.
    let rules = std::env::var_os("CRS_DIR").map_or_else(|| root.join("../shared/crs"), PathBuf::from);
    if rules.join("rules").is_dir() {
        command.args(["--run-ignored", "all"]).env("CRS_DIR", rules);
    } else {
        say("skipping the tests of the Core Rule Set: set CRS_DIR to its folder to run them");
    }
    command.args(filter);
    let mut child = command.stderr(Stdio::piped()).spawn().context("cannot run cargo nextest")?;
    let stderr = child.stderr.take().context("no standard error")?;
    let mut counts = None;
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        eprintln!("{line}");
        counts = summary(&line).or(counts);
    }
    let status = child.wait()?;
    let mut counts = counts.unwrap_or_default();
    if !status.success() {
        // Whatever the summary says, or if there is none because the tests did not build.
        counts.failed = counts.failed.max(1);
    }
    Ok(counts)
}

/// `Summary [  1.2s] 10 tests run: 9 passed (1 slow), 1 failed, 0 skipped`.
fn summary(line: &str) -> Option<Counts> {
    let (_, counts) = line.trim().strip_prefix("Summary [")?.split_once("run: ")?;
    let mut found = Counts::default();
    for part in counts.split(", ") {
        let mut words = part.split_whitespace();
        let (Some(number), Some(what)) =
            (words.next().and_then(|word| word.parse::<u64>().ok()), words.next())
        else {
            continue;
        };
        match what {
            "passed" => found.passed += number,
            "failed" | "timed" => found.failed += number,
            "skipped" => found.skipped += number,
            _ => {}
        }
    }
    Some(found)
}

fn widget(root: &Path) -> anyhow::Result<Counts> {
    setup::npm(root)?;
    say("testing the widget");
    let report = root.join("target/widget-tests.json");
    let status = Command::new("npx")
        .args(["vitest", "run", "--reporter=default", "--reporter=json", "--outputFile.json"])
        .arg(&report)
        .current_dir(root.join("widget"))
        .status()
        .context("cannot run vitest")?;
    let text = std::fs::read_to_string(&report).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let count = |name: &str| value[name].as_u64().unwrap_or(0);
    let failed = count("numFailedTests").max(u64::from(!status.success()));
    Ok(Counts { passed: count("numPassedTests"), failed, skipped: count("numPendingTests") })
}
