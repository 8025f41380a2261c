//! The project's own tool. `cargo xtask` alone lists what it does. Every task sets up what it needs and says so.
#![forbid(unsafe_code)]

mod bench;
mod build;
mod check;
mod conformance;
mod lints;
mod model;
mod process;
mod setup;
mod spin;
mod stop;
mod test;
mod up;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds, runs, tests and measures MangaAssist",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Set up what is missing and run the shop: edge, origin and widget, on one printed address
    Up(up::UpArguments),
    /// Set up what is missing and run every test; ends in `N passed, N failed, N skipped`
    Test(test::TestArguments),
    /// Build the filters, the servers and the widget
    Build(build::BuildArguments),
    /// Format, lints, licences and sources, the widget's types, as a reviewer would
    Check,
    /// Run a benchmark beside its baseline in one run and print ratios
    Bench(bench::BenchArguments),
    /// Run go-ftw tests against the WAF, the Core Rule Set's own or others; ends in `N passed, N failed, N skipped`
    Crs(conformance::CrsArguments),
    /// Measure how many questions the FAQ answers, and how many of them rightly
    FaqEval(conformance::FaqEvalArguments),
    /// Print a token that signs a demo customer in, for curl
    Token(up::TokenArguments),
}

fn main() -> ExitCode {
    let Some(task) = Arguments::parse().task else {
        // Discoverable: the list is the answer to a bare call.
        let printed = Arguments::command().print_help();
        return if printed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    };
    let root = root();
    // From here on what we have started ends before we do.
    let stop = stop::Stop::of_process();
    let result = match task {
        Task::Up(arguments) => up::run(&root, &arguments),
        Task::Test(arguments) => test::run(&root, &arguments),
        Task::Build(arguments) => build::run(&root, &arguments),
        Task::Check => check::run(&root),
        Task::Bench(arguments) => bench::run(&root, &arguments),
        Task::Crs(arguments) => conformance::crs(&root, &arguments),
        Task::FaqEval(arguments) => conformance::faq_eval(&root, &arguments),
        Task::Token(arguments) => up::token(&root, &arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            stop.signal().map_or(ExitCode::FAILURE, exit_code_of)
        }
    }
}

/// The status that a shell gives to a program that this signal has ended.
fn exit_code_of(signal: libc::c_int) -> ExitCode {
    u8::try_from(128 + signal).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The project's folder. `cargo run` says where this crate is; what was compiled in may be another clone's, where clones share
/// a target folder.
fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Says what is being done.
fn say(what: &str) {
    eprintln!("\u{2192} {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_a_line_for_every_task() {
        let list = Arguments::command();
        list.clone().debug_assert();
        for task in list.get_subcommands() {
            assert!(task.get_about().is_some(), "{}", task.get_name());
        }
    }

    #[test]
    fn the_tool_is_seen_to_be_built() {
        let config = std::fs::read_to_string(root().join(".cargo/config.toml")).unwrap();
        let alias = config.lines().find(|line| line.starts_with("xtask = ")).unwrap();
        assert!(!alias.contains("quiet") && !alias.contains(" -q"), "{alias}");
    }

    #[test]
    fn the_projects_folder_is_found() {
        assert!(root().join("xtask/Cargo.toml").is_file());
    }
}
