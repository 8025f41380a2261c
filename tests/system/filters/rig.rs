//! A host of one's own for each test: engines, services, slots and the registry they count in.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use host::artifact::Artifact;
use host::chain::{Chain, RequestOutcome};
use host::config::{Isolation, OnFailure, SlotConfig};
use host::engine::{EngineConfig, Engines};
use host::grant::{FactKind, Grant, Import, Names};
use host::metrics::HostMetrics;
use host::publish::{PublishError, Publisher};
use host::services::{Clock, InProcessSessions, Services};
use host::slot::Slot;
use host::wit;
use identity::keyring::{KeyConfig, Keyring};
use limits::InProcessBuckets;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};

use super::artifacts::{misbehave, repository, shop_folder, shop_slots};
use crate::fixture::secret_base64;

/// The filters' time, in milliseconds since the Unix epoch.
pub(super) const NOW_MS: u64 = 1_760_000_000_000;

/// Longer than any `init` takes, on any machine.
const INIT_MS: u64 = 60_000;
/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A component host.
pub(super) struct Rig {
    publisher: Publisher,
    registry: Registry,
    metrics: HostMetrics,
    /// The filters' time, which a test can hold.
    pub(super) clock: Arc<HeldClock>,
}

impl Rig {
    /// A host with room for a few instances.
    pub(super) fn new() -> Self {
        Self::with_instances(8)
    }

    /// A host with room for so many instances.
    pub(super) fn with_instances(instances_max: u32) -> Self {
        // What is compiled once serves every test and the next run; what is about `init` or the cache has a cache of its own.
        Self::of(instances_max, INIT_MS, repository().join("target/test-cache"))
    }

    /// A host that keeps snapshots and compiled code in this folder.
    pub(super) fn cached_in(folder: &Path) -> Self {
        Self::of(8, INIT_MS, folder.to_owned())
    }

    /// A host that gives `init` so long.
    pub(super) fn with_init_ms(init_ms: u64) -> Self {
        Self::of(8, init_ms, repository().join("target/test-cache"))
    }

    fn of(instances_max: u32, init_ms: u64, cache: PathBuf) -> Self {
        let engines =
            Engines::new(&EngineConfig { instances_max, init_ms, cache: Some(cache) }).expect("engines");
        let clock = Arc::new(HeldClock::default());
        let services = Services {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            buckets: Arc::new(InProcessBuckets::new(1_000)),
            keys: Arc::new(keyring()),
            sessions: Arc::new(InProcessSessions::new(1_000)),
        };
        let mut registry = Registry::default();
        let metrics = HostMetrics::register(&mut registry);
        Self { publisher: Publisher::new(engines, services), registry, metrics, clock }
    }

    /// Publishes an artifact into a new slot.
    pub(super) fn open(&self, config: SlotConfig, artifact: Artifact) -> Result<Arc<Slot>, PublishError> {
        Slot::open(config, self.publisher.clone(), &self.metrics, artifact).map(Arc::new)
    }

    /// A slot with the misbehaving filter, told what to do.
    #[expect(clippy::needless_pass_by_value, reason = "every caller makes its settings on the spot")]
    pub(super) fn slot(&self, config: SlotConfig, settings: Value) -> Arc<Slot> {
        self.open(config, misbehave(&settings)).expect("a filter that can be published")
    }

    /// A chain of one such slot, named `first`, that is granted what [`config`] says.
    pub(super) fn chain(&self, settings: Value) -> Chain {
        Chain::new(vec![self.slot(config("first"), settings)])
    }

    /// A chain of one of the shop's filters, as the shop grants it, in a slot named `first` that sees every path.
    pub(super) fn shop_chain(&self, filter: &str, isolation: Isolation) -> Chain {
        let shop = shop_slots().into_iter().find(|slot| slot.name == filter).expect("a slot of the shop");
        let slot = SlotConfig {
            name: "first".into(),
            isolation,
            // None that a busy machine could miss: it would be taken for another verdict.
            deadline_ms: 10_000,
            paths: Names::new(["*"]),
            ..shop
        };
        let artifact = Artifact::read(&shop_folder(filter)).expect("`cargo xtask test` builds the filters");
        Chain::new(vec![self.open(slot, artifact).expect("published")])
    }

    /// The value of a counter; 0 when it is not there. `label` is written as in the exposition: `outcome="trap"`.
    pub(super) fn counter(&self, name: &str, slot: &str, label: &str) -> u64 {
        self.sample(&format!("{name}_total{{slot=\"{slot}\",{label}}}"))
    }

    /// How many calls of a slot were timed.
    pub(super) fn timed(&self, slot: &str) -> u64 {
        self.sample(&format!("filter_call_duration_seconds_count{{slot=\"{slot}\"}}"))
    }

    /// Calls of slot `first` that ended without a verdict for this cause.
    pub(super) fn failures(&self, cause: &str) -> u64 {
        self.counter("filter_failures", "first", &format!("outcome=\"{cause}\""))
    }

    fn sample(&self, series: &str) -> u64 {
        let exposition = self.exposition();
        let value = exposition.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map_or(0, |value| value.parse().expect("a whole number"))
    }

    /// Everything that was counted, as it is scraped.
    pub(super) fn exposition(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).expect("metrics");
        text
    }
}

/// `mac-1`, `verify-1` and `other-1`: a slot of [`config`] may make MACs with the first and verify with the second. And the keys
/// of the shop's own filters.
pub(super) fn keyring() -> Keyring {
    let keys: Vec<KeyConfig> = ["mac-1", "verify-1", "other-1", "session-1", "shop-1"]
        .into_iter()
        .map(|name| {
            let key = json!({ "name": name, "algorithm": "HS256", "secret_base64": secret_base64(name) });
            serde_json::from_value(key).expect("a key")
        })
        .collect();
    Keyring::load(&keys, &mut |_| Err("these keys are in no file".into())).expect("a keyring")
}

/// A slot that grants every import, scores and tags, all reading, and the writing of `x-granted`.
pub(crate) fn config(name: &str) -> SlotConfig {
    SlotConfig {
        name: name.into(),
        isolation: Isolation::Reuse(1_000),
        on_failure: OnFailure::Closed,
        // Longer than any machine takes; what is about deadlines sets its own.
        deadline_ms: 10_000,
        memory_mib: 16,
        output_kib: 64,
        paths: Names::new(["*"]),
        phases: None,
        assets: [].into(),
        grant: Grant {
            imports: Import::ALL.iter().copied().collect(),
            facts: [FactKind::Score, FactKind::Tag].into(),
            read_headers: Names::new(["*"]),
            read_body: true,
            write_request_headers: Names::new(["x-granted"]),
            write_response_headers: Names::new(["x-granted", "x-seen", "x-powered-by"]),
            mac_keys: Names::new(["mac-1"]),
            verify_keys: Names::new(["verify-1"]),
        },
    }
}

/// Nothing is known yet.
pub(super) fn context() -> wit::Context {
    wit::Context { request_id: "request-1".into(), principal: None, scores: Vec::new(), tags: Vec::new() }
}

/// The client of every test.
pub(super) fn client() -> wit::Client {
    wit::Client { address: "192.0.2.7".into(), port: 4_711, secure: true }
}

/// A header.
pub(super) fn header(name: &str, value: &str) -> wit::Header {
    wit::Header { name: name.into(), value: value.into() }
}

/// A request with three headers and a body of four bytes.
pub(super) fn request() -> wit::Request {
    wit::Request {
        context: context(),
        client: client(),
        method: "POST".into(),
        target: "/v1/chat/messages".into(),
        protocol: "HTTP/1.1".into(),
        headers: vec![header("host", "shop.test"), header("cookie", "a=b"), header("x-granted", "client")],
        body: Some(b"body".to_vec()),
    }
}

/// The score of this name.
pub(super) fn score(context: &wit::Context, name: &str) -> Option<i32> {
    context.scores.iter().find(|score| score.name == name).map(|score| score.value)
}

/// Sends a request, whatever becomes of it.
pub(super) fn send(chain: &Chain) {
    let _ = chain.request(request());
}

/// The score that one request gets.
pub(super) fn score_of(chain: &Chain, name: &str) -> Option<i32> {
    score(&chain.request(request()).request.context, name)
}

/// The tags that one request gets.
pub(super) fn tags_of(chain: &Chain) -> Vec<String> {
    chain.request(request()).request.context.tags
}

/// `name: value`, for comparing.
pub(super) fn shown(headers: &[wit::Header]) -> Vec<String> {
    headers.iter().map(|header| format!("{}: {}", header.name, header.value.escape_ascii())).collect()
}

/// The refusal, which there must be.
#[track_caller]
pub(super) fn refusal(outcome: &RequestOutcome) -> wit::Refusal {
    match &outcome.decision {
        host::chain::Decision::Refuse(refusal, _) => refusal.clone(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// The host's time, which stands still, and stops whoever asks for it while it is held.
#[derive(Default)]
pub(super) struct HeldClock {
    state: Mutex<Held>,
    changed: Condvar,
}

#[derive(Default)]
struct Held {
    held: bool,
    waiting: usize,
}

impl HeldClock {
    /// From now on, who asks for the time waits.
    pub(super) fn hold(&self) {
        self.lock().held = true;
    }

    /// Lets everybody go on.
    pub(super) fn release(&self) {
        self.lock().held = false;
        self.changed.notify_all();
    }

    /// Returns when so many calls wait for the time.
    #[track_caller]
    pub(super) fn until_waiting(&self, calls: usize) {
        let (_state, timeout) = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |state| state.waiting < calls)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "no {calls} calls asked for the time");
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for HeldClock {
    fn now_ms(&self) -> u64 {
        let mut state = self.lock();
        state.waiting += 1;
        self.changed.notify_all();
        state = self.changed.wait_while(state, |state| state.held).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        NOW_MS
    }
}

/// Waits until it is so; fails when it does not come to be.
#[track_caller]
pub(super) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(std::time::Instant::now() < deadline, "never so: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}
