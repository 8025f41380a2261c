//! `bench filters`: what the chain of filters costs by itself, without sockets, proxy or log: the same slots, called in this
//! process with the same request. `bench edge` says what a request costs; this says where it goes.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use host::artifact::Artifact;
use host::chain::{Chain, Decision};
use host::config::{Isolation as Isolated, OnFailure, SlotConfig};
use host::engine::{EngineConfig, Engines};
use host::grant::{Grant, Names};
use host::metrics::HostMetrics;
use host::publish::Publisher;
use host::services::{InProcessSessions, Services, SystemClock};
use host::slot::Slot;
use host::wit;
use identity::keyring::Keyring;
use limits::InProcessBuckets;
use mangaassist_edge::app::Edge;
use mangaassist_edge::config::Config;
use prometheus_client::registry::Registry;
use seclang::{NoDataFiles, RuleSet, Source, Workspace};
use serde_json::{Value, json};

use crate::client::page_request;
use crate::edge::{FILTERS, Isolation, median, write_config};
use crate::native;
use crate::server::root;

/// Calls of one round.
const CALLS: u32 = 5_000;
/// Rounds, each candidate in each.
const ROUNDS: usize = 11;

struct Candidate {
    name: String,
    call: Box<dyn FnMut()>,
    us: Vec<f64>,
}

pub(crate) fn run(only: &str) -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let nowhere = ([127, 0, 0, 1], 9).into();
    let chain = |name: &str, filters: &[&str], isolation| -> anyhow::Result<Arc<Chain>> {
        let path = write_config(&folder, nowhere, name, filters, isolation)?;
        Ok(Arc::clone(&Edge::build(Config::read(&path)?)?.chain))
    };
    let all = chain("all", FILTERS, Isolation::Reuse)?;
    let cookie = begin_session(&all)?;
    let request = page(&cookie)?;

    let mut candidates = vec![
        candidate("all five, reuse", &request, all),
        candidate("all five, per-call but waf", &request, chain("fresh", FILTERS, Isolation::PerCall)?),
    ];
    for filter in FILTERS {
        candidates.push(candidate(
            &format!("{filter}, reuse"),
            &request,
            chain(filter, &[filter], Isolation::Reuse)?,
        ));
    }
    for filter in FILTERS.iter().filter(|filter| **filter != "waf") {
        let fresh = chain(&format!("{filter}-fresh"), &[filter], Isolation::PerCall)?;
        candidates.push(candidate(&format!("{filter}, per-call"), &request, fresh));
    }
    candidates.push(Candidate {
        name: "waf's rules, native".into(),
        call: native(&request)?,
        us: Vec::new(),
    });
    candidates.extend(calls(&request)?);
    candidates.push(candidate("no filter", &request, chain("none", &[], Isolation::Reuse)?));

    candidates.retain(|candidate| candidate.name.contains(only));
    for round in 0..=ROUNDS {
        for candidate in &mut candidates {
            let took = time(&mut candidate.call);
            if round > 0 {
                candidate.us.push(took.as_secs_f64() * 1e6 / f64::from(CALLS));
            }
        }
    }
    println!(
        "A page request with 12 headers and a session through the chain, median of {ROUNDS} rounds of {CALLS}:"
    );
    let mut figures = json!({});
    for candidate in &candidates {
        let us = median(&candidate.us);
        println!("  {:<28} {us:6.2} µs", candidate.name);
        figures[&candidate.name] = json!(us);
    }
    if let (Some(component), Some(native)) =
        (figures["waf, reuse"].as_f64(), figures["waf's rules, native"].as_f64())
    {
        println!("  the waf's component takes {:.2} x the native engine", component / native);
        figures["waf_component_ratio"] = json!(component / native);
    }
    cost_of_a_call(&mut figures);
    Ok(figures)
}

/// A filter that does nothing, handed nothing, all headers, and the same bytes as one block.
const IDLE: [&str; 3] = ["idle, no header", "idle, 12 headers", "idle, the head as one block"];

fn calls(request: &wit::Request) -> anyhow::Result<Vec<Candidate>> {
    let chain = idle()?;
    let bare = wit::Request { headers: Vec::new(), ..request.clone() };
    let head: Vec<u8> = request
        .headers
        .iter()
        .flat_map(|header| [header.name.as_bytes(), b": ", &header.value, b"\r\n"].concat())
        .collect();
    let block = wit::Request { body: Some(head), ..bare.clone() };
    let requests = [&bare, request, &block];
    let named = IDLE.iter().zip(requests);
    Ok(named.map(|(name, request)| candidate(name, request, Arc::clone(&chain))).collect())
}

/// The filter of `tests/guests/idle` in a slot that shows it everything.
fn idle() -> anyhow::Result<Arc<Chain>> {
    let engines = Engines::new(&EngineConfig { instances_max: 8, init_ms: 1_000, cache: None })
        .map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let services = Services {
        clock: Arc::new(SystemClock),
        buckets: Arc::new(InProcessBuckets::new(64)),
        keys: Arc::new(Keyring::default()),
        sessions: Arc::new(InProcessSessions::new(64)),
    };
    let path = root().join("target/test-guests/guest-idle.wasm");
    let component =
        std::fs::read(&path).with_context(|| format!("{}: run cargo xtask bench", path.display()))?;
    let artifact = Artifact { component, settings: "{}".into(), assets: BTreeMap::new() };
    let config = SlotConfig {
        name: "idle".into(),
        isolation: Isolated::Reuse(u32::MAX),
        on_failure: OnFailure::Closed,
        deadline_ms: 50,
        memory_mib: 16,
        output_kib: 64,
        paths: Names::new(["*"]),
        phases: None,
        assets: BTreeMap::new(),
        grant: Grant { read_headers: Names::new(["*"]), read_body: true, ..Grant::default() },
    };
    let metrics = HostMetrics::register(&mut Registry::default());
    let slot = Slot::open(config, Publisher::new(engines, services), &metrics, artifact)?;
    Ok(Arc::new(Chain::new(vec![Arc::new(slot)])))
}

/// What of the chain is calling, and what is left when the head comes as one block.
fn cost_of_a_call(figures: &mut Value) {
    let us = |name: &str| figures[name].as_f64();
    let [Some(none), Some(call), Some(headers), Some(block)] =
        [us("no filter"), us(IDLE[0]), us(IDLE[1]), us(IDLE[2])]
    else {
        return;
    };
    let header = (headers - call) / 12.0;
    let block = block - call;
    let call = call - none;
    println!("  a call costs {call:.2} µs without a header, and {header:.3} µs for each");
    println!("  as one block the head would cost {:.2} µs instead of {:.2}", block, header * 12.0);
    figures["call_us"] = json!(call);
    figures["header_us"] = json!(header);
    figures["block_us"] = json!(block);
}

fn time(call: &mut dyn FnMut()) -> Duration {
    let started = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    started.elapsed()
}

fn candidate(name: &str, request: &wit::Request, chain: Arc<Chain>) -> Candidate {
    let request = request.clone();
    let call = move || {
        // A request is made for each call, as the edge does.
        let outcome = chain.request(black_box(request.clone()));
        assert!(matches!(outcome.decision, Decision::Next), "the request is refused");
    };
    Candidate { name: name.to_owned(), call: Box::new(call), us: Vec::new() }
}

/// The engine without a component around it, over the same rules.
fn native(request: &wit::Request) -> anyhow::Result<Box<dyn FnMut()>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join("components/waf/rules"))? {
        let path = entry?.path();
        let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
        files.push((name, std::fs::read_to_string(&path)?));
    }
    files.sort();
    let sources: Vec<_> = files.iter().map(|(name, text)| Source { name, text }).collect();
    let rules = RuleSet::compile(&sources, &NoDataFiles).map_err(|errors| anyhow::anyhow!("{errors:?}"))?;
    let request = request.clone();
    let mut workspace = Workspace::default();
    Ok(Box::new(move || {
        let status;
        (status, workspace) = native::decide(&rules, black_box(&request), std::mem::take(&mut workspace));
        assert!(status.is_none(), "the request is refused");
    }))
}

fn begin_session(chain: &Chain) -> anyhow::Result<String> {
    let text = b"POST /v1/chat/init HTTP/1.1\r\nhost: shop.example\r\ncontent-length: 0\r\n\r\n";
    let outcome = chain.request(parse(text)?);
    let cookie = outcome.response_headers.iter().find(|header| header.name == "set-cookie");
    let cookie = String::from_utf8(cookie.context("init set no cookie")?.value.clone())?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

fn page(cookie: &str) -> anyhow::Result<wit::Request> {
    parse(&page_request(Some(cookie)))
}

/// A request as the edge hands it to the chain.
pub(crate) fn parse(bytes: &[u8]) -> anyhow::Result<wit::Request> {
    let text = std::str::from_utf8(bytes)?;
    let (head, body) = text.split_once("\r\n\r\n").context("no end of the head")?;
    let mut lines = head.lines();
    let mut line = lines.next().context("no request line")?.split(' ');
    let (method, target) = (line.next().context("no method")?, line.next().context("no target")?);
    let headers = lines.filter_map(|line| line.split_once(": "));
    Ok(wit::Request {
        context: wit::Context {
            request_id: "01997f2e-7c1b-7000-8000-0123456789ab".into(),
            principal: None,
            scores: Vec::new(),
            tags: Vec::new(),
        },
        client: wit::Client { address: "127.0.0.1".into(), port: 50_000, secure: false },
        method: method.into(),
        target: target.into(),
        protocol: "HTTP/1.1".into(),
        headers: headers
            .map(|(name, value)| wit::Header { name: name.into(), value: value.as_bytes().into() })
            .collect(),
        body: (!body.is_empty()).then(|| body.into()),
    })
}
