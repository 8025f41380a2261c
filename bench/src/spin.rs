//! `bench spin`: the CPU of an answered FAQ turn in the Spin application, beside the same turn on the edge; and how soon the
//! application answers, compiled anew and from the cache.
//!
//! The application runs in the tests' host (`tests/spin-host`), not in Spin: the WebAssembly is the same, the HTTP server and the
//! key-value store (in memory there, SQLite in Spin) are not.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, header, message_request};
use crate::edge::{FILTERS, Isolation, copy_filters, median, session, write_config};
use crate::server::{Server, beside, root};
use crate::upstream;

/// Turns of one round on one host.
const TURNS: usize = 300;
/// Rounds: each host has its turn in each.
const ROUNDS: usize = 7;
/// Starts of which the median is told.
const STARTS: usize = 5;

pub(crate) async fn run() -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let application = compose(&folder)?;
    Ok(
        json!({ "faq_turn": faq_turn(&folder, &application).await?, "start": start(&folder, &application).await? }),
    )
}

/// The application with limits that a benchmark does not run into, in a folder of its own.
fn compose(folder: &TempDir) -> anyhow::Result<PathBuf> {
    let root = root().canonicalize()?;
    copy_filters(&root, folder.path())?;
    let part = |name: &str| -> anyhow::Result<PathBuf> {
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).context("no target folder")?;
        Ok(target.join("wasm32-wasip2/guest").join(name))
    };
    let application = folder.path().join("application");
    let status = Command::new(beside("shop-compose")?)
        .arg("--config")
        .arg(root.join("config/edge.toml"))
        .arg("--filters")
        .arg(folder.path().join("filters"))
        .arg("--entry")
        .arg(part("component_spin.wasm")?)
        .arg("--services")
        .arg(part("component_spin_services.wasm")?)
        .arg("--out")
        .arg(application.join("shop.wasm"))
        .status()?;
    ensure!(status.success(), "the application cannot be composed");
    let manifest = std::fs::read_to_string(root.join("spin.toml"))?;
    let manifest = manifest
        .replace("target/spin/mangaassist.wasm", "shop.wasm")
        .replace("widget/dist", &root.join("bench/files").to_string_lossy());
    std::fs::write(application.join("spin.toml"), manifest)?;
    Ok(application)
}

fn host(application: &Path, cache: &Path) -> anyhow::Result<Server> {
    let mut command = Command::new(beside("spin-host")?);
    command.arg("--folder").arg(application).arg("--cache").arg(cache);
    Server::of(command)
}

/// A host under measurement, with the figures of its rounds.
struct Candidate {
    name: &'static str,
    server: Server,
    client: Client,
    cookie: String,
    cpu_us: Vec<f64>,
}

impl Candidate {
    async fn new(name: &'static str, server: Server) -> anyhow::Result<Self> {
        let mut client = Client::connect(server.http).await?;
        let cookie = session(&mut client).await?;
        Ok(Self { name, server, client, cookie, cpu_us: Vec::new() })
    }

    async fn round(&mut self) -> anyhow::Result<f64> {
        let before = self.server.cpu()?;
        for _ in 0..TURNS {
            let request = message_request(&self.cookie, "How long do I have to return a book?");
            let response = self.client.send(&request).await?;
            ensure!(response.status == 200, "{}: {}", self.name, String::from_utf8_lossy(&response.body));
        }
        let spent = self.server.cpu()?.saturating_sub(before);
        #[expect(clippy::cast_precision_loss, reason = "hundreds")]
        Ok(spent.as_secs_f64() * 1e6 / TURNS as f64)
    }
}

async fn faq_turn(folder: &TempDir, application: &Path) -> anyhow::Result<Value> {
    let site = upstream::serve().await?;
    let config = write_config(folder, site, "edge", FILTERS, Isolation::Reuse)?;
    let mut candidates = [
        Candidate::new("edge", Server::start(&config)?).await?,
        Candidate::new("Spin application", host(application, &folder.path().join("cache"))?).await?,
    ];
    for round in 0..=ROUNDS {
        for candidate in &mut candidates {
            let cpu = candidate.round().await.with_context(|| candidate.name)?;
            // The first round warms caches.
            if round > 0 {
                candidate.cpu_us.push(cpu);
            }
        }
    }
    println!("CPU of an answered FAQ turn, one connection, median of {ROUNDS} rounds of {TURNS}:");
    let baseline = median(&candidates[0].cpu_us);
    let mut figures = json!({});
    for candidate in &candidates {
        let cpu = median(&candidate.cpu_us);
        println!("  {:<20} {cpu:7.1} µs   {:.2} x the edge", candidate.name, cpu / baseline);
        figures[candidate.name] = json!({ "cpu_us": cpu, "ratio": cpu / baseline });
    }
    Ok(figures)
}

async fn start(folder: &TempDir, application: &Path) -> anyhow::Result<Value> {
    let cold = started(application, &folder.path().join("cold")).await?;
    let mut warm = Vec::new();
    for _ in 0..STARTS {
        warm.push(started(application, &folder.path().join("cold")).await?);
    }
    let of = |pick: fn(&Started) -> f64| median(&warm.iter().map(pick).collect::<Vec<_>>());
    let (ready, first) = (of(|started| started.ready_ms), of(|started| started.first_ms));
    println!("Start of the composed component, in the tests' host:");
    println!(
        "  compiled anew {:.0} ms, from the cache {ready:.0} ms   {:.2} x",
        cold.ready_ms,
        ready / cold.ready_ms
    );
    println!("  the first answer of a new instance {first:.1} ms (median of {STARTS})");
    Ok(json!({ "compiled_ms": cold.ready_ms, "cached_ms": ready, "first_answer_ms": first }))
}

struct Started {
    ready_ms: f64,
    first_ms: f64,
}

async fn started(application: &Path, cache: &Path) -> anyhow::Result<Started> {
    let server = host(application, cache)?;
    let ready_ms = server.ready_after.as_secs_f64() * 1e3;
    let began = Instant::now();
    let mut client = Client::connect(server.http).await?;
    let response = client
        .send(b"POST /v1/chat/init HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 0\r\n\r\n")
        .await?;
    ensure!(header(&response.head, "set-cookie").is_some(), "init set no cookie");
    Ok(Started { ready_ms, first_ms: began.elapsed().as_secs_f64() * 1e3 })
}
