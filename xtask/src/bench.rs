//! Runs a benchmark: each one prints ratios against a baseline in the same run, because machines differ and are noisy.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::process::{build_quietly, cargo, run as run_command};
use crate::{build, model, setup, spin};

/// The benchmark that makes sentence vectors.
const FAQ: &str = "faq";
/// The benchmark that runs the Spin application.
const SPIN: &str = "spin";
/// The benchmark that runs nginx beside the edge.
const WAF: &str = "waf";

#[derive(Args)]
pub(crate) struct BenchArguments {
    /// Which one: `edge`, `faq`, `filters`, `models`, `spin` or `waf`
    #[arg(default_value = "edge")]
    name: String,
    /// Also write the figures here, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Builds and runs it.
pub(crate) fn run(root: &Path, arguments: &BenchArguments) -> anyhow::Result<()> {
    setup::for_build(root)?;
    if arguments.name == WAF {
        setup::for_waf_bench()?;
    }
    build::filters(root)?;
    build::test_guests(root)?;
    build::servers(root)?;
    if arguments.name == FAQ {
        model::provide(root);
    }
    if arguments.name == SPIN {
        run_command(cargo(root).args([
            "build",
            "--release",
            "--package",
            "shop-compose",
            "--package",
            "spin-host",
        ]))?;
        spin::component(root)?;
    }
    build_quietly(&mut build::programs(root, &["bench"]))?;
    run_command(&mut command(root, arguments)?)
}

fn command(root: &Path, arguments: &BenchArguments) -> anyhow::Result<Command> {
    let mut command = build::program(root, "bench");
    command.arg(&arguments.name);
    if arguments.name == FAQ && model::file(root).is_file() {
        command.arg("--model").arg(model::file(root));
    }
    if let Some(json) = &arguments.json {
        command.arg("--json").arg(std::path::absolute(json)?);
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(name: &str, json: Option<&str>) -> Vec<String> {
        given_in(Path::new("/nowhere"), name, json)
    }

    fn given_in(root: &Path, name: &str, json: Option<&str>) -> Vec<String> {
        let arguments = BenchArguments { name: name.to_owned(), json: json.map(PathBuf::from) };
        let command = command(root, &arguments).unwrap();
        command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_benchmark_is_handed_on_by_name() {
        let given = given("filters", None);
        assert_eq!(given, ["filters"]);
    }

    #[test]
    fn the_faqs_benchmark_is_told_where_the_model_is() {
        assert_eq!(given(FAQ, None), [FAQ]);
        let root = tempfile::tempdir().unwrap();
        let model = model::file(root.path());
        std::fs::create_dir_all(model.parent().unwrap()).unwrap();
        std::fs::write(&model, "model").unwrap();
        assert_eq!(given_in(root.path(), FAQ, None), [FAQ, "--model", &model.to_string_lossy()]);
        assert_eq!(given_in(root.path(), "edge", None), ["edge"]);
    }

    #[test]
    fn the_figures_go_to_the_callers_folder() {
        // The benchmark runs in the project's folder, whatever the caller's is.
        let given = given("edge", Some("figures.json"));
        let here = std::env::current_dir().unwrap().join("figures.json");
        assert_eq!(given[given.len() - 2..], ["--json".to_owned(), here.to_string_lossy().into_owned()]);
    }
}
