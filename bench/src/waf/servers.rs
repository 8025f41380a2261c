//! What the firewall adds to a request on each server: its CPU with the firewall minus its CPU without, in turns.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::nginx;
use super::requests::{Case, cases};
use super::rules::{CoreRuleSet, Rules};
use crate::client::Client;
use crate::edge::{Isolation, median, write_config};
use crate::goal::{goal, mib};
use crate::server::Server;
use crate::upstream;

/// Connections that requests come on at once.
const CONNECTIONS: usize = 4;
/// Rounds: each server has its turn in each.
const ROUNDS: usize = 5;

/// A server under measurement.
struct Candidate {
    name: &'static str,
    has_firewall: bool,
    /// Whether its requests take milliseconds.
    is_heavy: bool,
    server: Server,
    clients: Vec<Client>,
    cpu_us: Vec<f64>,
}

impl Candidate {
    async fn new(name: &'static str, has_firewall: bool, server: Server) -> anyhow::Result<Self> {
        let clients = try_join_all((0..CONNECTIONS).map(|_| Client::connect(server.http))).await?;
        Ok(Self { name, has_firewall, is_heavy: false, server, clients, cpu_us: Vec::new() })
    }

    /// Sends a round's requests; gives the CPU of one, in µs.
    async fn round(&mut self, case: &Case) -> anyhow::Result<f64> {
        let each = (if self.is_heavy { case.heavy } else { case.light }) / CONNECTIONS;
        let status = case.status(self.has_firewall);
        let before = self.server.cpu()?;
        let clients = self.clients.iter_mut().map(|client| client.repeat(&case.bytes, each, status));
        try_join_all(clients).await.with_context(|| format!("{}: {}", self.name, case.name))?;
        let spent = self.server.cpu()?.saturating_sub(before);
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        Ok(spent.as_secs_f64() * 1e6 / (each * CONNECTIONS) as f64)
    }
}

/// nginx without and with its firewall, the edge without, with the same rules, and with our own beside them.
pub(super) async fn compare(rules: &CoreRuleSet, figures: &mut Value) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let site = upstream::serve().await?;
    let mut candidates = candidates(&folder, site, rules).await?;
    println!(
        "CPU of a forwarded request, {}, {CONNECTIONS} connections, one worker each, median of {ROUNDS} rounds:",
        nginx::version()?
    );
    for case in cases() {
        measure(&mut candidates, &case).await?;
        told(&candidates, &case, figures);
    }
    let [nginx_off, nginx_on, edge_off, edge_on, _] = &candidates;
    let added = |off: &Candidate, on: &Candidate| -> anyhow::Result<f64> {
        Ok(mib(on.server.resident_bytes()?) - mib(off.server.resident_bytes()?))
    };
    let (nginx, edge) = (added(nginx_off, nginx_on)?, added(edge_off, edge_on)?);
    println!(
        "Resident memory that the firewall adds to the process: edge {edge:.0} MiB, nginx {nginx:.0} MiB"
    );
    figures["resident"] = json!({ "edge_added_mib": edge, "nginx_added_mib": nginx });
    Ok(())
}

async fn candidates(
    folder: &TempDir,
    site: SocketAddr,
    rules: &CoreRuleSet,
) -> anyhow::Result<[Candidate; 5]> {
    let off = nginx::folder(folder.path(), "nginx-off")?;
    let on = nginx::folder(folder.path(), "nginx-on")?;
    let (bare, plain, ours) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    let (same, beside) = (rules.plain()?, rules.with_ours()?);
    let mut heavy =
        Candidate::new("nginx, ModSecurity", true, nginx::start(&on, site, Some(rules)).await?).await?;
    heavy.is_heavy = true;
    Ok([
        Candidate::new("nginx", false, nginx::start(&off, site, None).await?).await?,
        heavy,
        Candidate::new("edge", false, edge(&bare, site, None)?).await?,
        Candidate::new("edge, waf", true, edge(&plain, site, Some(&same))?).await?,
        Candidate::new("edge, waf with our rules", true, edge(&ours, site, Some(&beside))?).await?,
    ])
}

async fn measure(candidates: &mut [Candidate], case: &Case) -> anyhow::Result<()> {
    for candidate in candidates.iter_mut() {
        candidate.cpu_us.clear();
    }
    for round in 0..=ROUNDS {
        for candidate in candidates.iter_mut() {
            let cpu_us = candidate.round(case).await?;
            // The first round warms caches and opens connections.
            if round > 0 {
                candidate.cpu_us.push(cpu_us);
            }
        }
    }
    Ok(())
}

fn told(candidates: &[Candidate; 5], case: &Case, figures: &mut Value) {
    let [nginx_off, nginx_on, edge_off, edge_on, edge_ours] =
        candidates.each_ref().map(|candidate| median(&candidate.cpu_us));
    let nginx = nginx_on - nginx_off;
    let (edge, ours) = (edge_on - edge_off, edge_ours - edge_off);
    let ratio = edge / nginx;
    println!(
        "  {:<20} nginx {nginx_off:6.1} → {nginx_on:8.1} µs, adds {nginx:8.1}   edge {edge_off:6.1} → {edge_on:7.1} µs, adds {edge:7.1} (with our own rules {ours:7.1})",
        case.name
    );
    println!(
        "  {:<20} ratio {ratio:.3}   goal at most {:.2}: {}",
        "",
        case.ratio_goal,
        goal(ratio, case.ratio_goal)
    );
    let of = &mut figures[case.key];
    for (key, value) in [
        ("nginx_off_us", nginx_off),
        ("nginx_on_us", nginx_on),
        ("nginx_added_us", nginx),
        ("edge_off_us", edge_off),
        ("edge_on_us", edge_on),
        ("edge_added_us", edge),
        ("edge_with_ours_added_us", ours),
        ("ratio", ratio),
        ("ratio_goal", case.ratio_goal),
    ] {
        of[key] = json!(value);
    }
}

/// An edge with the firewall's slot alone, and these rules in it; or with no slot.
fn edge(folder: &TempDir, site: SocketAddr, rules: Option<&Rules>) -> anyhow::Result<Server> {
    let config = config(folder, site, rules)?;
    if let Some(rules) = rules {
        replace_assets(&folder.path().join("filters/waf/assets"), rules)?;
    }
    Server::start(&config)
}

/// The slot as the project has it, but with bounds that leave room to say how far a goal is missed.
pub(super) fn config(folder: &TempDir, site: SocketAddr, rules: Option<&Rules>) -> anyhow::Result<PathBuf> {
    let filters: &[&str] = if rules.is_some() { &["waf"] } else { &[] };
    let path = write_config(folder, site, "waf", filters, Isolation::Reuse)?;
    let text = std::fs::read_to_string(&path)?;
    let changed: String = text
        .lines()
        .map(|line| match line.split('=').next().unwrap_or_default().trim() {
            "memory_mib" => "memory_mib = 512\n".to_owned(),
            "deadline_ms" => "deadline_ms = 10000\n".to_owned(),
            "init_ms" => "init_ms = 300000\n".to_owned(),
            _ => format!("{line}\n"),
        })
        .collect();
    std::fs::write(&path, changed)?;
    Ok(path)
}

fn replace_assets(folder: &Path, rules: &Rules) -> anyhow::Result<()> {
    std::fs::remove_dir_all(folder)?;
    std::fs::create_dir_all(folder)?;
    for (name, bytes) in rules.assets() {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
