//! Milliseconds that bodies of 128 KiB cost which are made to cost much, with the Core Rule Set.
//!
//! `cargo run --release -p seclang --example worst [PARANOIA [PART OF A NAME]]`

#[path = "../tests/support/worst.rs"]
mod bodies;

use std::path::{Path, PathBuf};
use std::time::Instant;

use bodies::{Case, cases};
use seclang::{Mode, RequestHead, RuleSet, Source, Transaction, Workspace};

const BODY_BYTES: usize = 128 * 1024;

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

fn decide(rules: &RuleSet, case: &Case, workspace: Workspace) -> (bool, usize, Workspace) {
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
    let matches = transaction.matches().len();
    (refused, matches, transaction.into_workspace())
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
    for case in cases(BODY_BYTES).iter().filter(|case| case.name.contains(part)) {
        let mut best = f64::INFINITY;
        let mut outcome = (false, 0);
        for _ in 0..3 {
            let start = Instant::now();
            let (refused, matches, used) = decide(&rules, case, workspace);
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
            workspace = used;
            outcome = (refused, matches);
        }
        found.push((best, case.name.clone(), outcome));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (ms, name, (refused, matches)) in found.iter().take(40) {
        println!("{ms:>9.2} ms  {name:<48} {} {matches}", if *refused { "refused" } else { "passed" });
    }
}
