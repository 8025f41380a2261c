//! `mangactl`: for those who run the shop.
//!
//! Exits 0 when what was asked for is done, 1 when a file has errors or cannot be built.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use mangactl::faq::{self, Trial};
use semantics::faq::{Audience, Day, Decision, FaqIndex, LintRules, Query, Severity};
use sentence::Model;

#[derive(Parser)]
#[command(version, about = "The operators' command line of MangaAssist")]
struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// The questions that the edge answers by itself
    #[command(subcommand)]
    Faq(Faq),
}

#[derive(Subcommand)]
enum Faq {
    /// Say what is wrong or doubtful in a source; exits 1 when something is wrong
    Lint(Lint),
    /// Build the bundle that the slot is published with
    Build(Build),
    /// Say what differs between two sources or built bundles
    Diff(Diff),
    /// Ask one question and say what the edge would do with it
    Try(Try),
}

#[derive(Args)]
struct Lint {
    /// JSON lines, an entry a line
    source: PathBuf,
    /// A host beside the shop's own that links may lead to
    #[arg(long)]
    host: Vec<String>,
}

#[derive(Args)]
struct Build {
    /// JSON lines, an entry a line
    source: PathBuf,
    /// Where the bundle goes
    #[arg(long)]
    out: PathBuf,
    /// The sentence model; without one the bundle answers by words alone
    #[arg(long)]
    model: Option<PathBuf>,
}

#[derive(Args)]
struct Diff {
    /// A source or a built bundle
    old: PathBuf,
    /// Another one
    new: PathBuf,
}

#[derive(Args)]
struct Try {
    /// A source or a built bundle
    #[arg(long)]
    faq: PathBuf,
    /// The sentence model, for a bundle with vectors
    #[arg(long)]
    model: Option<PathBuf>,
    /// Ask as someone who has signed in
    #[arg(long)]
    customer: bool,
    /// The question
    question: String,
}

fn main() -> ExitCode {
    let Arguments { subject: Subject::Faq(task) } = Arguments::parse();
    let done = match task {
        Faq::Lint(arguments) => lint(&arguments),
        Faq::Build(arguments) => build(&arguments),
        Faq::Diff(arguments) => diff(&arguments),
        Faq::Try(arguments) => ask(&arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("mangactl: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn lint(arguments: &Lint) -> anyhow::Result<bool> {
    let source = text(&arguments.source)?;
    let hosts: Vec<&str> = arguments.host.iter().map(String::as_str).collect();
    let findings = semantics::faq::lint(&source, &LintRules { today: Some(today()), hosts: &hosts });
    findings.iter().for_each(|finding| println!("{finding}"));
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    println!("{errors} errors, {} warnings", findings.len() - errors);
    Ok(errors == 0)
}

fn build(arguments: &Build) -> anyhow::Result<bool> {
    let source = text(&arguments.source)?;
    let model = model(arguments.model.as_deref())?;
    let bundle = faq::build(&source, model.as_ref()).with_context(|| name(&arguments.source))?;
    let bytes = bundle.write();
    write_whole(&arguments.out, &bytes)?;
    let questions: usize = bundle.bundle.entries().iter().map(|entry| entry.questions.len()).sum();
    let vectors = if bundle.vectors.is_some() { "with vectors" } else { "by words alone" };
    println!(
        "{}: {} entries, {questions} phrasings, {vectors}, {} KiB",
        name(&arguments.out),
        bundle.bundle.entries().len(),
        bytes.len().div_ceil(1024)
    );
    Ok(true)
}

fn diff(arguments: &Diff) -> anyhow::Result<bool> {
    let read = |path: &Path| faq::read(&bytes(path)?).with_context(|| name(path));
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let changes = faq::diff(&old, &new);
    changes.iter().for_each(|change| println!("{change}"));
    println!("{} differences", changes.len());
    Ok(true)
}

fn ask(arguments: &Try) -> anyhow::Result<bool> {
    let bundle = faq::read(&bytes(&arguments.faq)?).with_context(|| name(&arguments.faq))?;
    let model = model(arguments.model.as_deref())?;
    let index = bundle.into_index().with_context(|| name(&arguments.faq))?;
    let audience = if arguments.customer { Audience::Customer } else { Audience::Guest };
    let query = Query::new(&arguments.question).from_audience(audience).on(today());
    let trial = faq::trial(&index, &query, &arguments.question, model.as_ref());
    println!("{}", told(&index, &trial));
    Ok(true)
}

fn told(index: &FaqIndex, Trial { decision, by_vector }: &Trial) -> String {
    let by = if *by_vector { "by its vector" } else { "by its words" };
    match decision {
        Decision::Answer { entry, score, margin, language, .. } => {
            let entry = &index.entries()[*entry];
            format!(
                "answered {by}: {} (score {score:.3}, margin {margin:.3})\n{}",
                entry.id,
                entry.answer.get(*language)
            )
        }
        Decision::Unsure { candidates, .. } => {
            let named = candidates
                .iter()
                .map(|found| format!("\n  {} (score {:.3})", index.entries()[found.entry].id, found.score));
            format!("not answered, {by}: the origin is asked. Nearest:{}", named.collect::<String>())
        }
        Decision::Miss { reason } => format!("not answered, {by}: the origin is asked ({reason:?})"),
    }
}

fn today() -> Day {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Day::of_seconds(now.as_secs())
}

fn model(path: Option<&Path>) -> anyhow::Result<Option<Model>> {
    path.map(|path| Model::load(path).with_context(|| name(path))).transpose()
}

/// Whoever watches the file sees the old one or the new one, and nothing in between.
fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, bytes).with_context(|| name(&part))?;
    std::fs::rename(&part, path).with_context(|| name(path))
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| name(path))
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| name(path))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}
