//! Benchmarks. Each runs what it measures beside a baseline, alternating, in one run, and prints ratios; a time is printed for
//! orientation and asserted by nobody.
#![forbid(unsafe_code)]

mod client;
mod edge;
mod faq;
mod filters;
mod goal;
mod models;
mod native;
mod server;
mod spin;
mod upstream;
mod waf;

use std::path::PathBuf;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "bench", about = "Benchmarks beside their baselines")]
struct Arguments {
    /// `edge`, `faq`, `filters`, `models`, `spin` or `waf`
    name: String,
    /// Also write the figures here, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Of `filters`, only the candidates whose names contain this: for a profiler
    #[arg(long)]
    only: Option<String>,
    /// Of `faq`: the sentence model; without one words decide alone
    #[arg(long)]
    model: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let figures = match arguments.name.as_str() {
        "edge" => runtime.block_on(edge::run())?,
        "faq" => runtime.block_on(faq::run(arguments.model.as_deref()))?,
        "models" => runtime.block_on(models::run())?,
        "spin" => runtime.block_on(spin::run())?,
        "waf" => runtime.block_on(waf::run())?,
        "filters" => filters::run(arguments.only.as_deref().unwrap_or_default())?,
        other => {
            anyhow::bail!("there is no benchmark `{other}`; there are: edge, faq, filters, models, spin, waf")
        }
    };
    if let Some(path) = arguments.json {
        std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?;
    }
    Ok(())
}
