//! The firewall's component in this process: beside its engine run natively, its memory, its publication, and the worst bodies.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use host::artifact::Artifact;
use host::chain::{Chain, Decision};
use host::config::Isolation as Isolated;
use host::engine::{EngineConfig, Engines};
use host::metrics::HostMetrics;
use host::publish::Publisher;
use host::services::{InProcessSessions, Services, SystemClock};
use host::slot::Slot;
use host::wit;
use identity::keyring::Keyring;
use limits::InProcessBuckets;
use mangaassist_edge::config::Config;
use prometheus_client::registry::Registry;
use seclang::{RuleSet, Workspace};
use serde_json::{Value, json};

use super::bodies;
use super::requests::{Case, cases};
use super::rules::{CoreRuleSet, Rules};
use super::servers;
use crate::client::browser_request;
use crate::edge::median;
use crate::filters::parse;
use crate::goal::{goal, mib};
use crate::native;
use crate::server::root;

/// Rounds, component and engine in each.
const ROUNDS: usize = 9;
/// How long a batch of calls is, about.
const BATCH: Duration = Duration::from_millis(60);
/// Most that the component may take of what the engine takes.
const RATIO_GOAL: f64 = 2.5;
/// Most memory of the published slot, in MiB.
const SLOT_MIB_GOAL: f64 = 64.0;
/// Most memory of a call beyond it, in MiB.
const CALL_MIB_GOAL: f64 = 2.0;
/// What the kernel calls a memory that was mapped from its image (wasmtime names it so).
const IMAGE_MAPPING: &str = "memfd:wasm-memory-image";
/// Bytes of a body that is made to cost much.
const WORST_KIB: usize = 128;
/// Longest that the component may take for one, in milliseconds.
const WORST_MS_GOAL: f64 = 50.0;
/// Kinds of body that the component is tried with, those that cost the engine most.
const WORST_TRIED: usize = 12;
/// Calls of which the fastest is told: what the code costs when nothing else runs.
const WORST_CALLS: usize = 5;
/// Sizes that show how cost grows, in KiB.
const SIZES_KIB: [usize; 5] = [8, 16, 32, 64, WORST_KIB];

/// The published component and the compiled rules.
struct Firewall {
    slot: Arc<Slot>,
    chain: Chain,
    rules: RuleSet,
}

pub(super) fn measure(rules: &CoreRuleSet, figures: &mut Value) -> anyhow::Result<()> {
    let firewall = publish(&rules.plain()?, figures)?;
    let image = firewall.slot.current().memory().context("no instance")?.image_bytes;
    println!("The component beside the same engine run natively, median of {ROUNDS} rounds:");
    for case in cases() {
        beside_native(&firewall, &case, figures)?;
    }
    let after_cases = firewall.own_mib()?;
    worst(&firewall, figures)?;
    let after_worst = firewall.own_mib()?;
    println!("Memory that is an instance's own, beyond the image of {:.1} MiB:", mib(image as u64));
    println!(
        "  after the five requests {after_cases:.2} MiB   goal at most {CALL_MIB_GOAL}: {}",
        goal(after_cases, CALL_MIB_GOAL)
    );
    println!(
        "  after the worst bodies {after_worst:.2} MiB   goal at most {CALL_MIB_GOAL}: {}",
        goal(after_worst, CALL_MIB_GOAL)
    );
    figures["call"] = json!({
        "own_mib": after_cases, "own_after_worst_mib": after_worst, "goal_mib": CALL_MIB_GOAL,
    });
    Ok(())
}

impl Firewall {
    /// Memory that is the instance's own, in MiB: what it has grown by since it was published, and the pages of its image that it
    /// has written to. Calls leave it behind for the next ones; it never shrinks.
    fn own_mib(&self) -> anyhow::Result<f64> {
        let memory = self.slot.current().memory().context("no instance is left")?;
        Ok(mib((memory.bytes - memory.image_bytes) as u64 + written_bytes()?))
    }

    fn decide(&self, request: &wit::Request) -> Decision {
        self.chain.request(request.clone()).decision
    }

    /// The fastest of a few calls, in milliseconds, and what was decided.
    fn fastest(&self, request: &wit::Request) -> (f64, Decision) {
        let mut fastest = f64::INFINITY;
        let mut decision = Decision::Next;
        for _ in 0..WORST_CALLS {
            let started = Instant::now();
            decision = self.decide(request);
            fastest = fastest.min(started.elapsed().as_secs_f64() * 1e3);
        }
        (fastest, decision)
    }
}

/// Bytes of images' pages that were written to and so copied (proc(5), `smaps`). One instance lives in this process.
fn written_bytes() -> anyhow::Result<u64> {
    let maps = std::fs::read_to_string("/proc/self/smaps")?;
    ensure!(maps.contains(IMAGE_MAPPING), "no memory is mapped from an image here");
    let (mut is_image, mut kib) = (false, 0);
    for line in maps.lines() {
        // A mapping begins with its address; what is told of it, with a capital letter.
        if line.starts_with(|first: char| first.is_ascii_digit() || first.is_ascii_lowercase()) {
            is_image = line.contains(IMAGE_MAPPING);
        } else if let Some(copied) = line.strip_prefix("Anonymous:").filter(|_| is_image) {
            kib += copied.trim().trim_end_matches("kB").trim().parse::<u64>()?;
        }
    }
    Ok(kib * 1024)
}

/// Publishes into a slot as the edge would, without a cache; says how long that takes, and how large it is.
fn publish(rules: &Rules, figures: &mut Value) -> anyhow::Result<Firewall> {
    let folder = tempfile::tempdir()?;
    let config = Config::read(&servers::config(&folder, ([127, 0, 0, 1], 9).into(), Some(rules))?)?;
    let mut slot = config.slots.first().context("no slot `waf` in config/edge.toml")?.clone();
    // One instance from the first call to the last, so that what it has grown to is seen.
    slot.isolation = Isolated::Reuse(u32::MAX);
    let mut artifact = Artifact::read(&root().join("target/filters/waf"))?;
    let component_bytes = artifact.component.len();
    artifact.assets = rules.assets();
    let engines =
        Engines::new(&EngineConfig { instances_max: 4, init_ms: config.filters.init_ms, cache: None })
            .map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let services = Services {
        clock: Arc::new(SystemClock),
        buckets: Arc::new(InProcessBuckets::new(64)),
        keys: Arc::new(Keyring::default()),
        sessions: Arc::new(InProcessSessions::new(64)),
    };
    let metrics = HostMetrics::register(&mut Registry::default());
    let started = Instant::now();
    let slot = Arc::new(Slot::open(slot, Publisher::new(engines, services), &metrics, artifact)?);
    let publish_ms = started.elapsed().as_secs_f64() * 1e3;
    let started = Instant::now();
    let rules = rules.compile()?;
    let compile_ms = started.elapsed().as_secs_f64() * 1e3;
    let version = slot.current();
    let image = mib(version.memory().context("no instance")?.image_bytes as u64);
    let compiled = mib(version.compiled_bytes() as u64);
    println!(
        "Publication of {} rules: {publish_ms:.0} ms without a cache; the rules alone compile natively in {compile_ms:.0} ms",
        rules.len()
    );
    println!(
        "The published slot: {image:.1} MiB of linear memory (goal at most {SLOT_MIB_GOAL}: {}), compiled {compiled:.1} MiB with that image, component {:.1} MiB",
        goal(image, SLOT_MIB_GOAL),
        mib(component_bytes as u64)
    );
    figures["slot"] = json!({
        "rules": rules.len(), "publish_ms": publish_ms, "native_compile_ms": compile_ms,
        "image_mib": image, "compiled_mib": compiled, "component_mib": mib(component_bytes as u64),
        "goal_mib": SLOT_MIB_GOAL,
    });
    Ok(Firewall { chain: Chain::new(vec![Arc::clone(&slot)]), slot, rules })
}

fn beside_native(firewall: &Firewall, case: &Case, figures: &mut Value) -> anyhow::Result<()> {
    let request = case.request()?;
    let expected = (case.status(true) != 200).then_some(case.status(true));
    let mut workspace = Workspace::default();
    let (status, used) = native::decide(&firewall.rules, &request, std::mem::take(&mut workspace));
    workspace = used;
    ensure!(status == expected, "{}: the engine says {status:?}", case.name);
    let decided = status_of(&firewall.decide(&request));
    ensure!(decided == expected, "{}: the component says {decided:?}", case.name);
    let mut component = || {
        black_box(firewall.decide(black_box(&request)));
    };
    let mut engine = || {
        let taken = std::mem::take(&mut workspace);
        (_, workspace) = black_box(native::decide(&firewall.rules, black_box(&request), taken));
    };
    let (mut component_us, mut native_us) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (one, other) = (batch_us(&mut component), batch_us(&mut engine));
        // The first round fills the lazy automata.
        if round > 0 {
            component_us.push(one);
            native_us.push(other);
        }
    }
    let (component, engine) = (median(&component_us), median(&native_us));
    let ratio = component / engine;
    println!(
        "  {:<20} component {component:9.1} µs   native {engine:9.1} µs   ratio {ratio:.2}   goal at most {RATIO_GOAL}: {}",
        case.name,
        goal(ratio, RATIO_GOAL)
    );
    let of = &mut figures[case.key];
    of["component_us"] = json!(component);
    of["native_us"] = json!(engine);
    of["component_ratio"] = json!(ratio);
    Ok(())
}

/// Microseconds of a call, over about so many as fit into a batch.
fn batch_us(call: &mut dyn FnMut()) -> f64 {
    let started = Instant::now();
    let mut calls = 0u32;
    while started.elapsed() < BATCH {
        call();
        calls += 1;
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
}

fn worst(firewall: &Firewall, figures: &mut Value) -> anyhow::Result<()> {
    let mut worst: Option<(f64, String, String)> = None;
    for name in dearest_natively(firewall)? {
        let (ms, decision) = firewall.fastest(&of_size(&name, WORST_KIB)?);
        if worst.as_ref().is_none_or(|(most, ..)| ms > *most) {
            worst = Some((ms, name, verdict(&decision)));
        }
    }
    let (ms, name, verdict) = worst.context("no body was tried")?;
    println!("The worst body of {WORST_KIB} KiB: {name}");
    println!("  {ms:.1} ms, {verdict}   goal at most {WORST_MS_GOAL} ms: {}", goal(ms, WORST_MS_GOAL));
    let mut growth = Vec::new();
    for kib in SIZES_KIB {
        let (ms, decision) = firewall.fastest(&of_size(&name, kib)?);
        #[expect(clippy::cast_precision_loss, reason = "hundreds")]
        let us_per_kib = ms * 1e3 / kib as f64;
        let verdict = self::verdict(&decision);
        println!("  {kib:4} KiB {ms:8.2} ms   {us_per_kib:7.1} µs a KiB   {verdict}");
        growth.push(json!({ "kib": kib, "ms": ms, "us_per_kib": us_per_kib, "verdict": verdict }));
    }
    figures["worst"] = json!({
        "body": name, "ms": ms, "goal_ms": WORST_MS_GOAL, "verdict": verdict, "growth": growth,
    });
    Ok(())
}

/// The kinds of body that cost the engine most, dearest first.
fn dearest_natively(firewall: &Firewall) -> anyhow::Result<Vec<String>> {
    let mut workspace = Workspace::default();
    let mut found = Vec::new();
    for body in bodies::cases(WORST_KIB * 1024) {
        let request = posted(&body)?;
        let started = Instant::now();
        (_, workspace) = native::decide(&firewall.rules, &request, workspace);
        found.push((started.elapsed(), body.name));
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    Ok(found.into_iter().take(WORST_TRIED).map(|(_, name)| name).collect())
}

fn of_size(name: &str, kib: usize) -> anyhow::Result<wit::Request> {
    let bodies: BTreeMap<String, bodies::Case> =
        bodies::cases(kib * 1024).into_iter().map(|body| (body.name.clone(), body)).collect();
    posted(bodies.get(name).context("no such body")?)
}

fn posted(body: &bodies::Case) -> anyhow::Result<wit::Request> {
    let head = browser_request("POST", "/search", "theme=dark", Some((body.media, b"".as_slice())));
    let mut request = parse(&head)?;
    let length = request.headers.iter_mut().find(|header| header.name == "content-length");
    length.context("no length")?.value = body.body.len().to_string().into_bytes();
    request.body = Some(body.body.clone());
    Ok(request)
}

fn status_of(decision: &Decision) -> Option<u16> {
    match decision {
        Decision::Next => None,
        Decision::Answer(parts) => Some(parts.status),
        Decision::Refuse(refusal, _) => Some(refusal.status),
    }
}

fn verdict(decision: &Decision) -> String {
    match decision {
        Decision::Next => "passed".to_owned(),
        Decision::Answer(parts) => format!("answered with {}", parts.status),
        Decision::Refuse(refusal, _) => {
            format!("refused with {} by {}", refusal.status, refusal.rule.as_deref().unwrap_or(&refusal.code))
        }
    }
}
