//! Benchmarks. Each runs what it measures beside a baseline, alternating, in one run, and prints ratios; a time is printed for
//! orientation and asserted by nobody.
#![forbid(unsafe_code)]

mod client;
mod edge;
mod server;
mod upstream;

use std::path::PathBuf;

use clap::Parser;

#[derive(Parser)]
#[command(name = "bench", about = "Benchmarks beside their baselines")]
struct Arguments {
    /// `edge`
    name: String,
    /// Also write the figures here, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let figures = match arguments.name.as_str() {
        "edge" => runtime.block_on(edge::run())?,
        other => anyhow::bail!("there is no benchmark `{other}`; there is: edge"),
    };
    if let Some(path) = arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?;
    }
    Ok(())
}
