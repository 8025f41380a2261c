//! The application on a free port, as a process: for the benchmark, which tells its CPU from its own, and for a look by hand.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use spin_host::{Application, Options, Server};

#[derive(Parser)]
#[command(name = "spin-host", about = "Serves the Spin application of a folder", version)]
struct Arguments {
    /// The folder of spin.toml
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// Where compiled code is kept between runs
    #[arg(long)]
    cache: Option<PathBuf>,
    /// A variable, NAME=VALUE
    #[arg(long = "variable", value_parser = pair)]
    variables: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { folder, cache, variables } = Arguments::parse();
    let started = Instant::now();
    let variables: BTreeMap<_, _> = variables.into_iter().collect();
    let application = Application::load(&folder, &Options { variables, cache, ..Options::default() })?;
    let loaded = started.elapsed();
    let server = Server::start(application).await?;
    eprintln!(
        r#"{{"message":"listening","http":"{}","loaded_ms":{}}}"#,
        server.address,
        loaded.as_secs_f64() * 1e3
    );
    tokio::signal::ctrl_c().await?;
    Ok(())
}
