//! Runs go-ftw tests against the engine itself and prints what fails, by rule file.
//!
//! `CRS_DIR=… cargo run --release -p ftw --example crs -- [-v] [PART OF A TEST'S ID]`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use ftw::rules::RuleFiles;
use ftw::{Native, Suite, run};
use seclang::Mode;

fn main() -> ExitCode {
    match work() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn work() -> Result<bool, Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbose = arguments.iter().any(|argument| argument == "-v");
    let part = arguments.iter().find(|argument| *argument != "-v").cloned().unwrap_or_default();
    let crs = std::env::var_os("CRS_DIR").map(PathBuf::from).ok_or("CRS_DIR names the Core Rule Set")?;
    let tests = std::env::var_os("CRS_TESTS").map_or_else(|| crs.join("tests"), PathBuf::from);
    let rules = RuleFiles::for_tests(&crs, 4)?.compile()?;
    let suite = Suite::load(&tests)?;
    let start = std::time::Instant::now();
    let report = run(&suite, &mut Native::new(&rules, Mode::Detect), |test| test.id.contains(&part), |_| {});
    let mut by_file: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for test in report.failures() {
        by_file.entry(&test.file).or_default().push(format!("{}: {}", test.id, test.reasons.join("; ")));
    }
    for (file, failures) in &by_file {
        println!("{file}: {}", failures.len());
        failures.iter().filter(|_| verbose).for_each(|failure| println!("    {failure}"));
    }
    println!("{:.2} s, {:.3} %", start.elapsed().as_secs_f64(), report.pass_rate() * 100.0);
    println!("{report}");
    Ok(report.failed == 0)
}
