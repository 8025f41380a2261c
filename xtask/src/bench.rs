//! Runs a benchmark: each one prints ratios against a baseline in the same run, because machines differ and are noisy.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::process::{cargo, run as run_command};
use crate::{build, setup};

#[derive(Args)]
pub(crate) struct BenchArguments {
    /// Which one: `edge` or `filters`
    #[arg(default_value = "edge")]
    name: String,
    /// Also write the figures here, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Builds and runs it.
pub(crate) fn run(root: &Path, arguments: &BenchArguments) -> anyhow::Result<()> {
    setup::for_build(root)?;
    build::filters(root)?;
    build::servers(root)?;
    let mut command = cargo(root);
    command.args(["run", "--quiet", "--release", "--package", "bench", "--", &arguments.name]);
    if let Some(json) = &arguments.json {
        command.arg("--json").arg(std::path::absolute(json)?);
    }
    run_command(&mut command)
}
