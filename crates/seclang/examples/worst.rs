//! Milliseconds, and work as the engine counts it, that bodies of 128 KiB cost which are made to cost much, with the Core Rule Set.
//!
//! `cargo run --release -p seclang --example worst [PARANOIA [PART OF A NAME]]`

#[path = "../tests/support/worst.rs"]
mod bodies;
#[path = "../tests/support/ordinary.rs"]
mod ordinary;

use std::path::{Path, PathBuf};
use std::time::Instant;

use bodies::{Case, cases};
use seclang::{Mode, RequestHead, RuleSet, Source, Transaction, Workspace};

const BODY_BYTES: usize = 128 * 1024;
/// The fastest of so many counts: what the code costs when nothing else runs.
const REPEATS: usize = 9;

fn ordinary() -> impl Iterator<Item = Case> {
    ordinary::bodies().into_iter().map(|(name, body)| Case {
        name: format!("ordinary: {name}"),
        media: "application/json",
        body: body.into_bytes(),
    })
}

fn read(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let name =
        |path: &PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let chosen = paths.iter().filter(|path| path.extension().is_some_and(|e| e == extension));
    chosen.map(|path| (name(path), std::fs::read_to_string(path).expect("UTF-8"))).collect()
}

fn rules(paranoia: &str) -> Option<RuleSet> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let crs = std::env::var_os("CRS_DIR").map_or_else(|| root.join("../shared/crs"), PathBuf::from);
    let mut texts = read(&crs, "example");
    let level =
        format!("SecAction \"id:900000,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level={paranoia}\"\n");
    texts.push(("level.conf".into(), level));
    texts.extend(read(&crs.join("rules"), "conf"));
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    RuleSet::compile(&sources, &read(&crs.join("rules"), "data")).ok().filter(|rules| rules.len() > 100)
}

/// What became of a body.
#[derive(Clone, Copy, Default)]
struct Decided {
    refused: bool,
    matches: usize,
    work_bytes: u64,
}

fn decide(rules: &RuleSet, case: &Case, workspace: Workspace) -> (Decided, Workspace) {
    let length = case.body.len().to_string();
    let headers: &[(&str, &[u8])] = &[
        ("Host", b"shop.example.com"),
        ("User-Agent", b"Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"),
        ("Accept", b"*/*"),
        ("Content-Type", case.media.as_bytes()),
        ("Content-Length", length.as_bytes()),
    ];
    let head = RequestHead {
        method: "POST",
        uri: "/search",
        protocol: "HTTP/1.1",
        headers,
        client_address: "192.0.2.10",
        ..RequestHead::default()
    };
    let mut transaction = Transaction::with_workspace(rules, Mode::Block, workspace);
    let refused = transaction.request_head(&head).interruption().is_some()
        || transaction.request_body(&case.body).interruption().is_some();
    transaction.log();
    let decided =
        Decided { refused, matches: transaction.matches().len(), work_bytes: transaction.work_bytes() };
    (decided, transaction.into_workspace())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let paranoia = arguments.first().map_or("1", String::as_str);
    let part = arguments.get(1).map_or("", String::as_str);
    let Some(rules) = rules(paranoia) else {
        println!("SKIPPED: no Core Rule Set; set CRS_DIR");
        return;
    };
    let mut workspace = Workspace::default();
    let mut found = Vec::new();
    for case in cases(BODY_BYTES).into_iter().chain(ordinary()).filter(|case| case.name.contains(part)) {
        let mut best = f64::INFINITY;
        let mut outcome = Decided::default();
        for _ in 0..REPEATS {
            let start = Instant::now();
            let (decided, used) = decide(&rules, &case, workspace);
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
            workspace = used;
            outcome = decided;
        }
        found.push((best, case.name.clone(), outcome));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let is_shown = |place: usize, name: &str| place < 40 || name.starts_with("ordinary");
    let shown = found.iter().enumerate().filter(|(place, (_, name, _))| is_shown(*place, name));
    for (_, (ms, name, Decided { refused, matches, work_bytes })) in shown {
        let verdict = if *refused { "refused" } else { "passed" };
        println!("{ms:>9.2} ms  {:>6} KiB of work  {name:<48} {verdict} {matches}", work_bytes / 1024);
    }
}
