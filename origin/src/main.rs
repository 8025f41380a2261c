//! `mangaassist-origin`: telemetry, configuration, build, print the addresses, wait, drain.
//!
//! A configuration error exits 64 and names the setting; a start-up error exits 1.
#![forbid(unsafe_code)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use origin::{App, Config, Parts, StartError, telemetry};
use tokio::signal::unix::{SignalKind, signal};

/// EX_USAGE of sysexits.h.
const EXIT_CONFIG: u8 = 64;

/// The orchestration service of MangaAssist.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT, then drain.
    Serve {
        /// The configuration, in TOML.
        #[arg(long)]
        config: PathBuf,
    },
    /// Say what a configuration would do, and do nothing else.
    Check {
        /// The configuration, in TOML.
        #[arg(long)]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Serve { config } => {
            telemetry::init();
            serve(&config)
        }
        Command::Check { config } => check(&config),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mangaassist-origin: {error}");
            ExitCode::from(if matches!(error, StartError::Config(_)) { EXIT_CONFIG } else { 1 })
        }
    }
}

fn check(path: &Path) -> Result<(), StartError> {
    // Nothing is written: the state is looked at in memory.
    let config = Config { state_dir: None, ..Config::from_file(path)? };
    let listen = config.listen;
    let app = App::build(config, Parts::default())?;
    println!("internal API on {}, admin on {}; {}", listen.public, listen.admin, app.summary());
    Ok(())
}

#[tokio::main]
async fn serve(path: &Path) -> Result<(), StartError> {
    let config = Config::from_file(path)?;
    let (public, admin) = (TcpListener::bind(config.listen.public)?, TcpListener::bind(config.listen.admin)?);
    let (public_at, admin_at) = (public.local_addr()?, admin.local_addr()?);
    let app = tokio::task::spawn_blocking(|| App::build(config, Parts::default()))
        .await
        .map_err(|error| StartError::Index(error.to_string()))??;
    tracing::info!("{}", app.summary());
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    println!("{}", serde_json::json!({"message": "listening", "public": public_at, "admin": admin_at}));
    let stopped = async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("draining");
    };
    app.serve(public, admin, stopped).await
}
