//! `mangaassist-demo-site`: reads the shop, prints its address, serves until it is told to end.
#![forbid(unsafe_code)]

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use demo_site::{Shop, router};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// The demo shop's own site, which the edge forwards to.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8070")]
    listen: SocketAddr,
    /// The shop's folder.
    #[arg(long, default_value = "shop")]
    shop: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let shop = Shop::read(&arguments.shop)?;
    let listen = arguments.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    println!("{}", serde_json::json!({ "message": "listening", "http": listener.local_addr()? }));
    let (mut term, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let ended = async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    axum::serve(listener, router(shop)).with_graceful_shutdown(ended).await.context("cannot serve")
}
