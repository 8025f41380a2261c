//! Holds the filters against tests of others: `crs` and `faq-eval`. What is measured is in `conformance/`; here it is built and run.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::process::{build_quietly, run as run_command};
use crate::{build, model, setup};

/// The program that runs them.
const CONFORMANCE: &str = "conformance";
/// The target that needs the edge.
const EDGE: &str = "edge";

#[derive(Args)]
pub(crate) struct CrsArguments {
    /// A folder with crs-setup.conf (or .example) and rules/
    #[arg(long)]
    rules: PathBuf,
    /// A folder of go-ftw tests, at any depth, or one file
    #[arg(long)]
    tests: PathBuf,
    /// `detect` only reports, with the rule set's own test settings; `block` refuses, as the shop does
    #[arg(long, value_parser = ["detect", "block"], default_value = "detect")]
    mode: String,
    /// The WAF's component in the host, the listening edge, the engine alone, or component and engine side by side
    #[arg(long, value_parser = ["component", EDGE, "native", "both"], default_value = "component")]
    target: String,
    /// Paranoia level, 1 to 4 [default: 4 to detect, what the set-up file says to block]
    #[arg(long)]
    paranoia: Option<u8>,
    /// Only tests whose ids contain this
    #[arg(long)]
    only: Option<String>,
    /// Also write the figures here, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct FaqEvalArguments {
    /// The FAQ: JSON lines of `{"id", "questions", "answer"}`
    #[arg(long)]
    faq: PathBuf,
    /// The questions: JSON lines of `{"text", "expect"}`, the id of an entry or null
    #[arg(long)]
    queries: PathBuf,
    /// Calibrate the thresholds on the FAQ now, whatever is stored with it
    #[arg(long)]
    calibrate: bool,
    /// Let words decide alone, without the sentence model
    #[arg(long)]
    by_words: bool,
    /// Also write the figures here, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Builds what is tested and runs the tests.
pub(crate) fn crs(root: &Path, arguments: &CrsArguments) -> anyhow::Result<()> {
    let with_edge = arguments.target == EDGE;
    built(root, if with_edge { &[CONFORMANCE, "mangaassist-edge"] } else { &[CONFORMANCE] })?;
    run_command(&mut crs_command(root, arguments)?)
}

/// Builds the FAQ's filter and measures it.
pub(crate) fn faq_eval(root: &Path, arguments: &FaqEvalArguments) -> anyhow::Result<()> {
    built(root, &[CONFORMANCE])?;
    model::provide(root);
    run_command(&mut faq_eval_command(root, arguments)?)
}

fn built(root: &Path, programs: &[&str]) -> anyhow::Result<()> {
    setup::for_build(root)?;
    build::filters(root)?;
    build_quietly(&mut build::programs(root, programs))
}

fn crs_command(root: &Path, arguments: &CrsArguments) -> anyhow::Result<Command> {
    let mut command = conformance(root, "crs");
    path(&mut command, "--rules", Some(&arguments.rules))?;
    path(&mut command, "--tests", Some(&arguments.tests))?;
    command.args(["--mode", &arguments.mode, "--target", &arguments.target]);
    if let Some(level) = arguments.paranoia {
        command.args(["--paranoia", &level.to_string()]);
    }
    if let Some(part) = &arguments.only {
        command.args(["--only", part]);
    }
    path(&mut command, "--json", arguments.json.as_deref())?;
    Ok(command)
}

fn faq_eval_command(root: &Path, arguments: &FaqEvalArguments) -> anyhow::Result<Command> {
    let mut command = conformance(root, "faq-eval");
    path(&mut command, "--faq", Some(&arguments.faq))?;
    path(&mut command, "--queries", Some(&arguments.queries))?;
    if arguments.calibrate {
        command.arg("--calibrate");
    }
    if !arguments.by_words && model::file(root).is_file() {
        command.arg("--model").arg(model::file(root));
    }
    path(&mut command, "--json", arguments.json.as_deref())?;
    Ok(command)
}

fn conformance(root: &Path, subcommand: &str) -> Command {
    let mut command = build::program(root, CONFORMANCE);
    command.arg(subcommand);
    command
}

/// The program runs in the project's folder; paths are of the caller's.
fn path(command: &mut Command, name: &str, path: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = path {
        command.arg(name).arg(std::path::absolute(path)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect()
    }

    fn here(name: &str) -> String {
        std::env::current_dir().unwrap().join(name).to_string_lossy().into_owned()
    }

    #[test]
    fn the_tests_are_told_where_the_caller_keeps_rules_and_tests() {
        let arguments = CrsArguments {
            rules: "rules".into(),
            tests: "/tests".into(),
            mode: "block".into(),
            target: "edge".into(),
            paranoia: Some(2),
            only: None,
            json: Some("out.json".into()),
        };
        let words = words(&crs_command(Path::new("/nowhere"), &arguments).unwrap());
        let expected = [
            "crs",
            "--rules",
            &here("rules"),
            "--tests",
            "/tests",
            "--mode",
            "block",
            "--target",
            "edge",
            "--paranoia",
            "2",
            "--json",
            &here("out.json"),
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn the_evaluation_is_told_whether_to_calibrate() {
        let arguments = |calibrate| FaqEvalArguments {
            faq: "faq.jsonl".into(),
            queries: "queries.jsonl".into(),
            calibrate,
            by_words: false,
            json: None,
        };
        let given =
            |calibrate| words(&faq_eval_command(Path::new("/nowhere"), &arguments(calibrate)).unwrap());
        assert!(given(true).contains(&"--calibrate".to_owned()));
        let plain = given(false);
        assert!(plain.ends_with(&["--queries".to_owned(), here("queries.jsonl")]), "{plain:?}");
    }
}
