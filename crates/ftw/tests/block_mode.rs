//! What the shop's configuration refuses and lets pass in block mode, at paranoia level 1 with default scores: the corpora in
//! `components/waf/corpus`, against our rules with the Core Rule Set between them, and against ours alone.
//!
//! The Core Rule Set is not part of this repository: `CRS_DIR` says where it is, and the tests that need it are ignored unless asked
//! for. `cargo xtask test` asks for them where there are rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use seclang::{Mode, RequestHead, RuleSet, Source, Transaction};
use serde::Deserialize;

/// One line of a corpus.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// What kind of attack.
    #[serde(default)]
    class: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    encoding: String,
    /// What kind of innocent request.
    #[serde(default)]
    kind: String,
    /// Of a token, what it is.
    #[serde(default)]
    what: String,
    /// Kept out of the work on rules, so that its figures say how they do with what they were not written for.
    #[serde(default)]
    held_out: bool,
    method: String,
    target: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

/// What a browser sends beside.
const COMMON: &[(&str, &str)] = &[
    ("Host", "shop.example.com"),
    (
        "User-Agent",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    ),
    ("Accept", "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"),
    ("Accept-Encoding", "gzip, deflate, br"),
];

impl Entry {
    /// The status of a refusal, and the rules that matched.
    fn judge(&self, rules: &RuleSet) -> (Option<u16>, Vec<u64>) {
        let length = self.body.len().to_string();
        let has = |name: &str| self.headers.keys().any(|known| known.eq_ignore_ascii_case(name));
        let mut headers: Vec<(&str, &[u8])> = COMMON
            .iter()
            .filter(|(name, _)| !has(name))
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
        if !self.body.is_empty() && !has("Content-Length") && !has("Transfer-Encoding") {
            headers.push(("Content-Length", length.as_bytes()));
        }
        let head = RequestHead {
            method: &self.method,
            uri: &self.target,
            protocol: "HTTP/1.1",
            headers: &headers,
            client_address: "192.0.2.10",
            client_port: 50_000,
            server_address: "192.0.2.1",
            server_port: 443,
            unique_id: "0191f3a2",
        };
        let mut transaction = Transaction::new(rules, Mode::Block);
        let mut outcome = transaction.request_head(&head);
        if outcome.interruption().is_none() {
            outcome = transaction.request_body(self.body.as_bytes());
        }
        let status = outcome.interruption().map(|interruption| interruption.status);
        (status, transaction.matches().iter().map(|found| found.rule_id).collect())
    }

    fn shown(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
        format!("{} {}{headers} {}", self.method, self.target, self.body).chars().take(400).collect()
    }
}

fn corpus(name: &str) -> Vec<Entry> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../components/waf/corpus").join(name);
    let text = std::fs::read_to_string(&path).expect("the corpus");
    text.lines()
        .enumerate()
        .map(|(at, line)| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}:{}: {error}", at + 1))
        })
        .collect()
}

fn files(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let chosen = paths.iter().filter(|path| path.extension().is_some_and(|known| known == extension));
    chosen
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("UTF-8"))
        })
        .collect()
}

/// Our files, with the Core Rule Set after the first of them where it is wanted: as `00-setup.conf` says.
fn rules(crs: Option<&Path>) -> RuleSet {
    let mut texts = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../components/waf/rules"), "conf");
    let mut data = Vec::new();
    if let Some(crs) = crs {
        let rest = texts.split_off(1);
        texts.extend(files(crs, "example"));
        texts.extend(files(&crs.join("rules"), "conf"));
        texts.extend(rest);
        data = files(&crs.join("rules"), "data");
    }
    let sources: Vec<Source<'_>> = texts.iter().map(|(name, text)| Source { name, text }).collect();
    RuleSet::compile(&sources, &data).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

fn crs() -> RuleSet {
    let folder = std::env::var_os("CRS_DIR").map(PathBuf::from).expect("CRS_DIR names the Core Rule Set");
    rules(Some(&folder))
}

/// How many of how many were refused.
#[derive(Debug, Default, Clone, Copy)]
struct Rate {
    refused: usize,
    all: usize,
}

impl Rate {
    fn add(&mut self, refused: bool) {
        self.all += 1;
        self.refused += usize::from(refused);
    }

    fn share(self) -> f64 {
        self.refused as f64 / self.all.max(1) as f64
    }
}

#[derive(Debug, Default)]
struct Report {
    known: Rate,
    held_out: Rate,
    by: BTreeMap<(&'static str, String), Rate>,
    missed: String,
}

impl Report {
    fn of(entries: &[Entry], rules: &RuleSet) -> Report {
        let mut report = Report::default();
        for entry in entries {
            let (status, ids) = entry.judge(rules);
            let refused = status.is_some();
            if entry.held_out {
                report.held_out.add(refused);
                continue;
            }
            report.known.add(refused);
            for (kind, name) in
                [("class", &entry.class), ("place", &entry.place), ("encoding", &entry.encoding)]
            {
                report.by.entry((kind, name.clone())).or_default().add(refused);
            }
            if !refused {
                let _ = writeln!(
                    report.missed,
                    "  {} in {} as {}: {} {ids:?}",
                    entry.class,
                    entry.place,
                    entry.encoding,
                    entry.shown()
                );
            }
        }
        report
    }

    fn print(&self, title: &str) {
        println!("{title}");
        for ((kind, name), rate) in &self.by {
            println!(
                "  {kind:<9} {name:<24} {:>4} of {:>4}  {:>5.1} %",
                rate.refused,
                rate.all,
                rate.share() * 100.0
            );
        }
        for (name, rate) in [("known", self.known), ("held out", self.held_out)] {
            println!("  {name:<34} {:>4} of {:>4}  {:>5.1} %", rate.refused, rate.all, rate.share() * 100.0);
        }
    }
}

/// The innocent requests that are blocked, with the rules that did it.
fn blocked(rules: &RuleSet) -> Vec<String> {
    let entries = corpus("requests-innocent.jsonl");
    assert!(entries.len() >= 300, "{}", entries.len());
    let mut found = Vec::new();
    for entry in &entries {
        if let (Some(status), ids) = entry.judge(rules) {
            let held_out = if entry.held_out { " (held out)" } else { "" };
            found.push(format!(
                "{} {}{held_out}: {status} by {ids:?}: {}",
                entry.kind,
                entry.what,
                entry.shown()
            ));
        }
    }
    found
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn with_the_core_rule_set_attacks_are_refused_wherever_they_stand_and_however_they_are_encoded() {
    let entries = corpus("requests-attack.jsonl");
    assert!(entries.len() >= 300, "{}", entries.len());
    let report = Report::of(&entries, &crs());
    report.print("our rules and the Core Rule Set");
    println!("{}", report.missed);
    assert!(report.known.share() >= 0.95 && report.held_out.share() >= 0.95, "{report:?}");
}

#[test]
#[ignore = "needs the Core Rule Set, which is not part of this repository: set CRS_DIR"]
fn with_the_core_rule_set_no_innocent_request_is_blocked() {
    let found = blocked(&crs());
    assert!(found.is_empty(), "{} blocked\n{}", found.len(), found.join("\n"));
}

#[test]
fn our_rules_alone_refuse_most_attacks() {
    let entries = corpus("requests-attack.jsonl");
    let report = Report::of(&entries, &rules(None));
    report.print("our rules alone");
    println!("{}", report.missed);
    assert!(report.known.share() >= 0.85 && report.held_out.share() >= 0.85, "{report:?}");
}

#[test]
fn our_rules_alone_block_no_innocent_request() {
    let found = blocked(&rules(None));
    assert!(found.is_empty(), "{} blocked\n{}", found.len(), found.join("\n"));
}
