//! The edge's program: telemetry, configuration, build, listen, wait, drain. Exits 64 for a configuration that cannot stand, 1 when
//! it cannot start.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mangaassist_edge::app::{Edge, Listeners};
use mangaassist_edge::config::Config;
use mangaassist_edge::telemetry;

/// `EX_USAGE` of sysexits.h.
const EXIT_CONFIGURATION: u8 = 64;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "mangaassist-edge", about = "The edge of MangaAssist", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve.
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Read the configuration and publish every filter, then say what would be served. Listens nowhere.
    Check {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let (Command::Serve { config: path } | Command::Check { config: path }) = &Arguments::parse().command;
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return ExitCode::from(EXIT_CONFIGURATION);
        }
    };
    let result = match Arguments::parse().command {
        Command::Serve { .. } => serve(config),
        Command::Check { .. } => check(config),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mangaassist-edge: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(config: Config) -> anyhow::Result<()> {
    telemetry::start(&config.log).map_err(|error| anyhow::anyhow!("log: {error}"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.listen.threads)
        .thread_name("edge")
        .enable_all()
        .build()?;
    let edge = Edge::build(config)?;
    let listeners = Listeners::bind(&edge.config)?;
    tracing::info!(
        http = %listeners.http.local_addr()?,
        https = listeners.https.as_ref().map(|https| https.local_addr().map(|address| address.to_string())).transpose()?,
        admin = %listeners.admin.local_addr()?,
        "listening"
    );
    runtime.block_on(edge.serve(listeners, stop_signal()))
}

fn check(config: Config) -> anyhow::Result<()> {
    let edge = Edge::build(config)?;
    for slot in edge.chain.slots() {
        println!("slot {:<14} version {}", slot.config().name, slot.current().label());
    }
    if let Some(sentences) = &edge.config.sentences {
        let state =
            if edge.sentences.has_model() { "" } else { " (not there: filters answer without vectors)" };
        println!("sentence model {}{state}", sentences.model.display());
    }
    println!("origin {}", edge.config.origin.url);
    println!("the configuration stands");
    Ok(())
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
