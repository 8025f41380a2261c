//! `mangaassist-origin`: telemetry, configuration, build, print the addresses, wait, drain.
//!
//! A configuration error exits 64 and names the setting; a start-up error exits 1, and so does a check whose models do not
//! answer.
#![forbid(unsafe_code)]

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use origin::{App, Asking, Config, Parts, StartError, telemetry};
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Say what a configuration would do, and ask each model for one token.
    Check {
        /// The configuration, in TOML.
        #[arg(long)]
        config: PathBuf,
        /// Ask no model.
        #[arg(long)]
        offline: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Serve { config } => {
            telemetry::init();
            serve(&config).await.map(|()| true)
        }
        Command::Check { config, offline } => check(&config, offline).await,
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("mangaassist-origin: {error}");
            ExitCode::from(if matches!(error, StartError::Config(_)) { EXIT_CONFIG } else { 1 })
        }
    }
}

async fn check(path: &Path, offline: bool) -> Result<bool, StartError> {
    let config = Config::from_file(path)?;
    let parts = Parts::of(&config).await?;
    let asking = if offline { Asking::Nothing } else { Asking::OneToken };
    origin::check(config, parts, asking, &mut io::stdout()).await
}

async fn serve(path: &Path) -> Result<(), StartError> {
    let config = Config::from_file(path)?;
    let (public, admin) = (TcpListener::bind(config.listen.public)?, TcpListener::bind(config.listen.admin)?);
    let (public_at, admin_at) = (public.local_addr()?, admin.local_addr()?);
    let parts = Parts::of(&config).await?;
    let app = tokio::task::spawn_blocking(|| App::build(config, parts))
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
