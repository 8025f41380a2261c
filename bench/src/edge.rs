//! `bench edge`: what the chain of filters adds to a forwarded request, what each filter costs, what an edge answer costs beside a
//! static one, and how soon an edge with a warm cache is ready.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, header, message_request, page_request};
use crate::server::{Server, root};
use crate::upstream;

/// Requests of one round on one edge.
const REQUESTS: usize = 8_000;
/// Connections that they come on at once: an edge that is busy, not one that falls asleep between two requests.
const CONNECTIONS: usize = 16;
/// Rounds: each edge has its turn in each, so that a noisy minute is everybody's.
const ROUNDS: usize = 7;
/// Turns of one round.
const TURNS: usize = 500;
/// Starts of which the fastest is told.
const STARTS: usize = 5;

/// The keys of every edge and origin here.
pub(crate) const SECRET: &str = "YmVuY2htYXJrIGtleSwgbm90IGEgc2VjcmV0ICAgICAgICA=";

pub(crate) const FILTERS: &[&str] = &["waf", "auth", "guest-session", "rate-limit", "faq"];

/// An edge under measurement, with the figures of its rounds.
struct Candidate {
    name: String,
    server: Server,
    clients: Vec<Client>,
    request: Vec<u8>,
    cpu_us: Vec<f64>,
}

impl Candidate {
    /// Sends a round's requests, shared among the connections.
    async fn round(&mut self) -> anyhow::Result<()> {
        let request = &self.request;
        let clients = self.clients.iter_mut().map(|client| client.times(request, REQUESTS / CONNECTIONS));
        try_join_all(clients).await.map(drop)
    }
}

pub(crate) async fn run() -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let site = upstream::serve().await?;
    let mut figures = json!({});
    figures["chain"] = chain(&folder, site).await?;
    figures["faq_turn"] = faq_turn(&folder, site).await?;
    figures["ready_ms"] = ready(&folder, site)?;
    Ok(figures)
}

async fn chain(folder: &TempDir, site: SocketAddr) -> anyhow::Result<Value> {
    let mut candidates = vec![
        candidate(folder, site, "no filter", &[], Isolation::Reuse).await?,
        candidate(folder, site, "all five, reuse", FILTERS, Isolation::Reuse).await?,
        candidate(folder, site, "all five, per-call but waf", FILTERS, Isolation::PerCall).await?,
    ];
    for filter in FILTERS {
        candidates.push(
            candidate(folder, site, &format!("{filter} alone, reuse"), &[filter], Isolation::Reuse).await?,
        );
    }
    for round in 0..=ROUNDS {
        for candidate in &mut candidates {
            let before = candidate.server.cpu()?;
            candidate.round().await.with_context(|| candidate.name.clone())?;
            let spent = candidate.server.cpu()?.saturating_sub(before);
            // The first round warms caches and branch predictors.
            if round > 0 {
                #[expect(clippy::cast_precision_loss, reason = "thousands")]
                candidate.cpu_us.push(spent.as_secs_f64() * 1e6 / REQUESTS as f64);
            }
        }
    }
    println!(
        "CPU of the edge for a forwarded request with 12 headers and a session, on {CONNECTIONS} connections, median of {ROUNDS} rounds of {REQUESTS}:"
    );
    let baseline = median(&candidates[0].cpu_us);
    let mut figures = json!({});
    for candidate in &candidates {
        let cpu = median(&candidate.cpu_us);
        let (added, ratio) = (cpu - baseline, cpu / baseline);
        println!("  {:<28} {cpu:6.1} µs   adds {added:6.1} µs   {ratio:.2} x no filter", candidate.name);
        figures[&candidate.name] = json!({ "cpu_us": cpu, "added_us": added, "ratio": ratio });
    }
    println!("  goals: reuse adds at most 15 µs; per-call but waf at most 75 µs");
    Ok(figures)
}

async fn faq_turn(folder: &TempDir, site: SocketAddr) -> anyhow::Result<Value> {
    let config = write_config(folder, site, "faq-turn", FILTERS, Isolation::Reuse)?;
    let server = Server::start(&config)?;
    let mut client = Client::connect(server.http).await?;
    let cookie = session(&mut client).await?;
    let file = format!("GET / HTTP/1.1\r\nhost: shop.example\r\ncookie: {cookie}\r\n\r\n").into_bytes();
    let (mut files, mut turns) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let file_times = client.times(&file, TURNS).await?;
        let mut turn_times = Vec::with_capacity(TURNS);
        for _ in 0..TURNS {
            let request = message_request(&cookie, "How long do I have to return a book?");
            turn_times.extend(client.times(&request, 1).await?);
        }
        if round > 0 {
            files.extend(file_times);
            turns.extend(turn_times);
        }
    }
    let (file, turn) = (p50(&mut files), p50(&mut turns));
    let ratio = turn.as_secs_f64() / file.as_secs_f64();
    println!("An answered FAQ turn beside a static file, same edge, same connection:");
    println!(
        "  file p50 {:.0} µs   turn p50 {:.0} µs   {ratio:.2} x   (goal: at most 3)",
        us(file),
        us(turn)
    );
    Ok(json!({ "file_p50_us": us(file), "turn_p50_us": us(turn), "ratio": ratio }))
}

fn ready(folder: &TempDir, site: SocketAddr) -> anyhow::Result<Value> {
    let config = write_config(folder, site, "ready", FILTERS, Isolation::Reuse)?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(Server::start(&config)?.ready_after);
    }
    times.sort_unstable();
    let fastest = times[0].as_secs_f64() * 1e3;
    let median = times[STARTS / 2].as_secs_f64() * 1e3;
    println!(
        "Ready with a warm cache: {median:.0} ms (median of {STARTS}), fastest {fastest:.0} ms   (goal: 300)"
    );
    Ok(json!({ "median": median, "fastest": fastest }))
}

async fn candidate(
    folder: &TempDir,
    site: SocketAddr,
    name: &str,
    filters: &[&str],
    isolation: Isolation,
) -> anyhow::Result<Candidate> {
    let config = write_config(folder, site, name, filters, isolation)?;
    let server = Server::start(&config).with_context(|| name.to_owned())?;
    let mut client = Client::connect(server.http).await?;
    let has_sessions = filters.contains(&"guest-session") && filters.contains(&"auth");
    let cookie = if has_sessions { Some(session(&mut client).await?) } else { None };
    // Who has no sessions of its own is sent one of the same length that its key did not sign, or none where that is refused.
    let request = match (&cookie, filters) {
        (Some(cookie), _) => page_request(Some(cookie)),
        (None, ["auth"]) => page_request(Some(&foreign_session(folder, site).await?)),
        (None, _) => page_request(Some(&format!("theme={}", "d".repeat(300)))),
    };
    let clients = try_join_all((0..CONNECTIONS).map(|_| Client::connect(server.http))).await?;
    Ok(Candidate { name: name.to_owned(), server, clients, request, cpu_us: Vec::new() })
}

/// A session for an edge that cannot begin one itself: every edge here has the same keys.
async fn foreign_session(folder: &TempDir, site: SocketAddr) -> anyhow::Result<String> {
    let config = write_config(folder, site, "sessions", FILTERS, Isolation::Reuse)?;
    let server = Server::start(&config)?;
    let mut client = Client::connect(server.http).await?;
    session(&mut client).await
}

pub(crate) async fn session(client: &mut Client) -> anyhow::Result<String> {
    let response = client
        .send(b"POST /v1/chat/init HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 0\r\n\r\n")
        .await?;
    let cookie = header(&response.head, "set-cookie").context("init set no cookie")?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    Reuse,
    PerCall,
}

/// The project's own configuration, changed where a benchmark must: ports, keys, limits that it would run into, the slots wanted.
pub(crate) fn write_config(
    folder: &TempDir,
    site: SocketAddr,
    name: &str,
    filters: &[&str],
    isolation: Isolation,
) -> anyhow::Result<std::path::PathBuf> {
    let root = root().canonicalize()?;
    let text = std::fs::read_to_string(root.join("config/edge.toml"))?;
    let (head, slots) = text.split_once("[[slot]]").context("no slots in config/edge.toml")?;
    let head = head.split("[[filter_key]]").next().unwrap_or_default();
    // Its own site instead of the demo's.
    let head = head.split_once("[site]").map_or(head.to_owned(), |(before, after)| {
        let after = after.find("\n[").map_or("", |end| &after[end..]);
        format!("{before}{after}")
    });
    let mut head = replace_lines(&head, &root);
    let _ = writeln!(head, "[site]\nurl = \"http://{site}\"\nconnect_ms = 1000\nread_ms = 1000");
    for (table, key) in
        [("filter_key", "session-1"), ("filter_key", "shop-1"), ("internal_key", "internal-1")]
    {
        let signing = if table == "internal_key" { "signing = true\n" } else { "" };
        let _ = writeln!(
            head,
            "[[{table}]]\nname = \"{key}\"\nalgorithm = \"HS256\"\n{signing}secret_base64 = \"{SECRET}\""
        );
    }
    if filters.is_empty() {
        head = format!("slot = []\n{head}");
    }
    for slot in slots.split("[[slot]]") {
        let Some(filter) = filters.iter().find(|filter| slot.contains(&format!("name = \"{filter}\"")))
        else {
            continue;
        };
        let slot = if isolation == Isolation::PerCall && *filter != "waf" {
            slot.replace("isolation = { reuse = 10000 }", "isolation = \"per-call\"")
        } else {
            slot.to_owned()
        };
        let _ = writeln!(head, "[[slot]]{slot}");
    }
    copy_filters(&root, folder.path())?;
    let path = folder.path().join(format!("{}.toml", name.replace([' ', ','], "-")));
    std::fs::write(&path, head)?;
    Ok(path)
}

fn replace_lines(head: &str, root: &Path) -> String {
    let mut changed = String::new();
    for line in head.lines() {
        let key = line.split('=').next().unwrap_or_default().trim();
        let line = match key {
            "log" => "log = \"warn,mangaassist_edge=info\"".to_owned(),
            "http" | "admin" => format!("{key} = \"127.0.0.1:0\""),
            "https" | "demo" => continue,
            "threads" => "threads = 1".to_owned(),
            "widget" => format!("widget = \"{}\"", root.join("bench/files").display()),
            "folder" => "folder = \"filters\"".to_owned(),
            "cache" => format!("cache = \"{}\"", root.join("target/bench-cache").display()),
            "watch_ms" => "watch_ms = 0".to_owned(),
            "service" => "service = { capacity = 1000000, refill_per_minute = 10000000 }".to_owned(),
            "address" => "address = { capacity = 1000000, refill_per_minute = 10000000 }".to_owned(),
            _ => line.to_owned(),
        };
        changed.push_str(&line);
        changed.push('\n');
    }
    changed
}

/// The built filters, with limits that a benchmark does not run into.
pub(crate) fn copy_filters(root: &Path, to: &Path) -> anyhow::Result<()> {
    let filters = to.join("filters");
    if filters.exists() {
        return Ok(());
    }
    copy_folder(&root.join("target/filters"), &filters)?;
    let bucket = json!({ "capacity": 1_000_000, "refill_per_minute": 10_000_000 });
    let settings = json!({
        "guest": bucket, "customer": bucket, "address_requests": bucket, "address_guest_turns": bucket,
    });
    std::fs::write(filters.join("rate-limit/settings.json"), settings.to_string())?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn p50(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
