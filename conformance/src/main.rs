//! The program: `cargo xtask crs` and `cargo xtask faq-eval` build what it needs and run it.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use conformance::crs::{self, ModeName, TargetName};
use conformance::{edge, faq, shop};
use serde::Serialize;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "conformance", about = "Holds the filters against tests of others")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// The built filters, a folder a slot
    #[arg(long, global = true)]
    filters: Option<PathBuf>,
    /// Also write the figures here, as JSON
    #[arg(long, global = true)]
    json: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Run go-ftw tests against the WAF
    Crs(CrsArguments),
    /// Measure the FAQ on questions whose answer is known
    FaqEval(FaqArguments),
}

#[derive(Args)]
struct CrsArguments {
    /// A folder with crs-setup.conf (or .example) and rules/
    #[arg(long)]
    rules: PathBuf,
    /// A folder of go-ftw tests, or one file
    #[arg(long)]
    tests: PathBuf,
    /// Only report what matches, with the rule set's own test settings; or block, as the shop does
    #[arg(long, value_enum, default_value_t = ModeName::Detect)]
    mode: ModeName,
    /// What is tested
    #[arg(long, value_enum, default_value_t = TargetName::Component)]
    target: TargetName,
    /// Paranoia level: 4 in detect mode and what the set-up file says in block mode, unless given
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=4))]
    paranoia: Option<u8>,
    /// Only tests whose ids contain this
    #[arg(long)]
    only: Option<String>,
    /// The built edge
    #[arg(long)]
    edge: Option<PathBuf>,
}

#[derive(Args)]
struct FaqArguments {
    /// The FAQ, JSON lines
    #[arg(long)]
    faq: PathBuf,
    /// Questions and the ids of their entries, JSON lines
    #[arg(long)]
    queries: PathBuf,
    /// Calibrate the thresholds on the FAQ now, whatever the settings say
    #[arg(long)]
    calibrate: bool,
    /// The sentence model; without one words decide alone
    #[arg(long)]
    model: Option<PathBuf>,
}

fn main() -> ExitCode {
    match work(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work(arguments: Arguments) -> anyhow::Result<bool> {
    let filters = arguments.filters.unwrap_or_else(|| shop::root().join("target/filters"));
    let json = arguments.json.as_deref();
    match arguments.command {
        Command::Crs(crs) => run_crs(crs, filters, json),
        Command::FaqEval(faq) => run_faq(&faq, &filters, json),
    }
}

fn run_crs(arguments: CrsArguments, filters: PathBuf, json: Option<&Path>) -> anyhow::Result<bool> {
    let run = crs::Run {
        rules: arguments.rules,
        tests: arguments.tests,
        mode: arguments.mode,
        target: arguments.target,
        paranoia: arguments.paranoia,
        only: arguments.only.unwrap_or_default(),
        filters,
        edge: arguments.edge.map_or_else(edge::built, Ok)?,
    };
    let findings = run.run(&mut |line| println!("{line}"))?;
    write(json, &findings)?;
    // The last line adds up.
    println!("{}", findings.report);
    Ok(findings.is_good())
}

fn run_faq(arguments: &FaqArguments, filters: &Path, json: Option<&Path>) -> anyhow::Result<bool> {
    let evaluation = faq::Evaluation {
        faq: arguments.faq.clone(),
        queries: arguments.queries.clone(),
        calibrate: arguments.calibrate,
        model: arguments.model.clone(),
        filters: filters.to_owned(),
    };
    let figures = evaluation.run()?;
    write(json, &figures)?;
    println!("{figures}");
    Ok(figures.failed_calls == 0)
}

fn write(path: Option<&Path>, figures: &impl Serialize) -> anyhow::Result<()> {
    if let Some(path) = path {
        std::fs::write(path, serde_json::to_vec_pretty(figures)?)?;
    }
    Ok(())
}
