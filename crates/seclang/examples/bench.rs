//! Nanoseconds a request, with our own rules and, where it is found, the Core Rule Set.
//!
//! `cargo run --release -p seclang --example bench [CASE [ours|crs]]`

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use seclang::{DataFiles, Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction, Workspace};

/// Short enough to fit between two time slices of a busy machine.
const BATCH: Duration = Duration::from_millis(2);
const BATCHES: usize = 150;

struct Case {
    name: &'static str,
    method: &'static str,
    uri: &'static str,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
}

fn headers(more: &[(&'static str, String)]) -> Vec<(&'static str, Vec<u8>)> {
    let common = [
        ("Host", "shop.example.com"),
        (
            "User-Agent",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        ),
        ("Accept", "application/json, text/event-stream"),
        ("Accept-Language", "en-GB,en;q=0.9,ja;q=0.8"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
        ("Referer", "https://shop.example.com/series/one-piece"),
        ("Sec-CH-UA", "\"Chromium\";v=\"131\", \"Not_A Brand\";v=\"24\""),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Site", "same-origin"),
        (
            "Cookie",
            "__Host-session=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJndWVzdC0xMjM0NTYifQ.c2lnbmF0dXJlLWJ5dGVz; theme=dark",
        ),
    ];
    let common = common.iter().map(|(name, value)| (*name, value.as_bytes().to_vec()));
    common.chain(more.iter().map(|(name, value)| (*name, value.clone().into_bytes()))).collect()
}

fn with_body(name: &'static str, media: &str, body: String) -> Case {
    let length = body.len().to_string();
    Case {
        name,
        method: "POST",
        uri: "/v1/chat/messages",
        headers: headers(&[("Content-Type", media.to_owned()), ("Content-Length", length)]),
        body: body.into_bytes(),
    }
}

fn cases() -> Vec<Case> {
    let post = r#"{"id":"0191f3a2-7c1e-7d3a-9f00-1b2c3d4e5f60","text":"Which volume of One Piece has the Enies Lobby arc, and do you ship to Osaka?","page":{"path":"/series/one-piece","title":"One Piece"}}"#;
    let form = (0..24)
        .map(|i| format!("field{i}=A+plain+value+with+some+words+and+a+number+{i}&"))
        .collect::<String>();
    let items = (0..800)
        .map(|i| format!(r#"{{"title":"Volume {i} of a long series","note":"plain text, {i}"}},"#))
        .collect::<String>();
    vec![
        Case {
            name: "GET, 10 headers",
            method: "GET",
            uri: "/series/one-piece?page=2&sort=new",
            headers: headers(&[]),
            body: vec![],
        },
        with_body("POST, 12 headers, 200-byte JSON", "application/json", post.to_owned()),
        with_body(
            "POST, form of 1.2 KB",
            "application/x-www-form-urlencoded",
            form.trim_end_matches('&').to_owned(),
        ),
        with_body("POST, JSON of 46 KB", "application/json", format!("[{}]", items.trim_end_matches(','))),
        Case {
            name: "GET, an attack",
            method: "GET",
            uri: "/search?q=1%27%20UNION%20SELECT%20password%20FROM%20users--%20",
            headers: headers(&[]),
            body: vec![],
        },
    ]
}

fn read(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let chosen = paths.iter().filter(|path| path.extension().is_some_and(|e| e == extension));
    chosen.map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("UTF-8"))).collect()
}

fn run(rules: &RuleSet, case: &Case, workspace: &mut Workspace) -> bool {
    let headers: Vec<(&str, &[u8])> =
        case.headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    let head = RequestHead {
        method: case.method,
        uri: case.uri,
        protocol: "HTTP/1.1",
        headers: &headers,
        client_address: "192.0.2.10",
        ..RequestHead::default()
    };
    let mut transaction = Transaction::with_workspace(rules, Mode::Block, std::mem::take(workspace));
    let refused = transaction.request_head(&head).interruption().is_some()
        || transaction.request_body(&case.body).interruption().is_some();
    *workspace = transaction.into_workspace();
    refused
}

/// The fastest of a few batches: what the code costs when nothing else runs.
fn nanoseconds(mut call: impl FnMut()) -> f64 {
    // For callgrind: a fixed number of calls, no clock.
    if let Some(count) = std::env::var("CALLS").ok().and_then(|text| text.parse::<u32>().ok()) {
        (0..count).for_each(|_| call());
        return 0.0;
    }
    (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            let mut calls = 0u32;
            while start.elapsed() < BATCH {
                for _ in 0..32 {
                    call();
                }
                calls += 32;
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
        })
        .fold(f64::INFINITY, f64::min)
}

fn measure(name: &str, texts: &[(String, String)], data: &dyn DataFiles) {
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    let start = Instant::now();
    let rules = match RuleSet::compile(&sources, data) {
        Ok(rules) => rules,
        Err(errors) => {
            errors.iter().for_each(|error| eprintln!("{error}"));
            return;
        }
    };
    println!(
        "{name}: {} rules compiled in {:.0} ms, pre-filters {} KiB",
        rules.len(),
        start.elapsed().as_secs_f64() * 1e3,
        rules.prefilter_bytes() / 1024
    );
    // An argument chooses the cases whose names hold it.
    let chosen = std::env::args().nth(1).unwrap_or_default();
    for case in cases().into_iter().filter(|case| case.name.contains(&chosen)) {
        let mut workspace = Workspace::default();
        let refused = run(&rules, &case, &mut workspace);
        let cost = nanoseconds(|| {
            black_box(run(&rules, black_box(&case), &mut workspace));
        });
        println!("  {:<34} {cost:>10.0} ns  {}", case.name, if refused { "refused" } else { "passed" });
    }
    let text = "Which volume of One Piece has the Enies Lobby arc, and do you ship to Osaka? ワンピースの新刊はいつですか";
    let cost = nanoseconds(|| {
        let mut transaction = Transaction::new(&rules, Mode::Block);
        black_box(transaction.chat_message(black_box(text)).interruption().is_some());
    });
    println!("  {:<34} {cost:>10.0} ns", "chat message");
    let text = "Hello! I bought volumes 1-5 of Frieren for my niece last month and she'd like the next ones. Are 6 and 7 in stock, could you ship them to Osaka before the 24th, and do you wrap gifts? Order MA-2026-000123";
    let cost = nanoseconds(|| {
        let mut transaction = Transaction::new(&rules, Mode::Block);
        black_box(transaction.chat_message(black_box(text)).interruption().is_some());
    });
    println!("  {:<34} {cost:>10.0} ns", "chat message of 200 bytes");
    let cost = nanoseconds(|| {
        black_box(Transaction::new(black_box(&rules), Mode::Block).matches().len());
    });
    println!("  {:<34} {cost:>10.0} ns", "an empty transaction");
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let set = std::env::args().nth(2).unwrap_or_default();
    if set != "crs" {
        measure("our rules", &read(&root.join("components/waf/rules"), "conf"), &NoDataFiles);
    }
    if set == "ours" {
        return;
    }
    let crs = std::env::var_os("CRS_DIR").map_or_else(|| root.join("../shared/crs"), PathBuf::from);
    let mut texts = read(&crs, "example");
    texts.extend(read(&crs.join("rules"), "conf"));
    let mut data = read(&crs.join("rules"), "data");
    for (name, _) in &mut data {
        *name = Path::new(name).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    }
    if texts.len() > 1 {
        measure("Core Rule Set", &texts, &data);
    } else {
        println!("SKIPPED: no Core Rule Set at {}", crs.display());
    }
}
