//! A published filter, ready to be called: its compiled code, its phases and its warm instances.

use std::sync::Arc;
use std::time::Instant;

use ::chain::bindings::exports::mangaassist::edge::{
    event_filter, request_filter, response_filter, turn_filter,
};
use ::chain::wit::{EventVerdict, Outgoing, Request, Response, ResponseVerdict, Turn, TurnVerdict, Verdict};
use crossbeam_queue::ArrayQueue;
use wasmtime::component::InstancePre;
use wasmtime::{Store, Trap};

pub use ::chain::CallFailure;

use crate::artifact::Artifact;
use crate::config::{Isolation, SlotConfig};
use crate::memory::MemoryUse;
use crate::metrics::SlotMetrics;
use crate::services::Services;
use crate::size::{event_verdict_bytes, response_verdict_bytes, turn_verdict_bytes, verdict_bytes};
use crate::state::CallState;

/// Most idle instances that a version keeps. More are needed only while more calls than this run at once, on as many threads.
const WARM_INSTANCES_MAX: usize = 64;

/// Tries to make the image of a version's memory.
const IMAGE_TRIES: u32 = 4;
/// Wait between two of them. Publication may take its time.
const IMAGE_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// What a version's instances share.
pub(crate) struct SlotShared {
    pub(crate) config: SlotConfig,
    pub(crate) version: String,
    pub(crate) artifact: Artifact,
    pub(crate) services: Services,
    pub(crate) metrics: Arc<SlotMetrics>,
    /// Ticks that `init` may take.
    pub(crate) init_ticks: u64,
}

/// The phases that a filter exports, of those that its slot is called in.
#[derive(Clone)]
pub(crate) struct Phases {
    pub(crate) request: Option<request_filter::GuestIndices>,
    pub(crate) turn: Option<turn_filter::GuestIndices>,
    pub(crate) response: Option<response_filter::GuestIndices>,
    pub(crate) event: Option<event_filter::GuestIndices>,
}

/// One published filter. Calls in flight hold it alive after it has been replaced.
pub struct Version {
    pub(crate) shared: Arc<SlotShared>,
    pre: InstancePre<CallState>,
    phases: Phases,
    /// Whether `init` runs in each instance, because the component could not be snapshotted.
    init_each: bool,
    warm: ArrayQueue<Warm>,
}

/// An instance with its exports looked up.
pub(crate) struct Warm {
    pub(crate) store: Store<CallState>,
    pub(crate) request: Option<request_filter::Guest>,
    pub(crate) turn: Option<turn_filter::Guest>,
    pub(crate) response: Option<response_filter::Guest>,
    pub(crate) event: Option<event_filter::Guest>,
    calls: u32,
}

impl Version {
    pub(crate) fn new(
        shared: Arc<SlotShared>,
        pre: InstancePre<CallState>,
        phases: Phases,
        init_each: bool,
    ) -> Self {
        Self { shared, pre, phases, init_each, warm: ArrayQueue::new(WARM_INSTANCES_MAX) }
    }

    /// The first 12 digits of the artifact's digest.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.shared.version
    }

    /// Linear memory of the idle instance that has most; none when none is idle.
    #[must_use]
    pub fn memory(&self) -> Option<MemoryUse> {
        let idle: Vec<Warm> = std::iter::from_fn(|| self.warm.pop()).take(WARM_INSTANCES_MAX).collect();
        let most =
            idle.iter().map(|warm| warm.store.data().limits.memory()).max_by_key(|memory| memory.bytes);
        idle.into_iter().for_each(|warm| self.keep(warm));
        most
    }

    /// Bytes of the compiled component: its code, and the data that the image of its memory is made from.
    #[must_use]
    pub fn compiled_bytes(&self) -> usize {
        let range = self.pre.component().image_range();
        range.end.addr() - range.start.addr()
    }

    pub(crate) const fn phases(&self) -> &Phases {
        &self.phases
    }

    /// Makes an instance ahead of the first call, and shows that one can be made.
    pub(crate) fn warm_up(&self) -> wasmtime::Result<()> {
        let mut tries = 0;
        let warm = loop {
            tries += 1;
            match self.instantiate() {
                Ok(warm) => break warm,
                // The first instance writes the image of its memory into a file of the kernel's and seals it, which the kernel may
                // refuse while it has a page of it in hand (fcntl(2), F_ADD_SEALS: EBUSY). The next try makes another file.
                Err(error) if tries < IMAGE_TRIES && format!("{error:#}").contains("seals") => {
                    std::thread::sleep(IMAGE_PAUSE);
                }
                Err(error) => return Err(error),
            }
        };
        self.keep(warm);
        Ok(())
    }

    /// Calls the request phase. Of this and the next three, callers look at [`Version::phases`] first.
    pub(crate) fn call_request(&self, request: &Request) -> Result<Verdict, CallFailure> {
        self.call(
            &request.context.request_id,
            |warm| match &warm.request {
                Some(guest) => guest.call_on_request(&mut warm.store, request),
                None => Err(not_loaded("request")),
            },
            verdict_bytes,
        )
    }

    pub(crate) fn call_turn(&self, turn: &Turn) -> Result<TurnVerdict, CallFailure> {
        self.call(
            &turn.context.request_id,
            |warm| match &warm.turn {
                Some(guest) => guest.call_on_turn(&mut warm.store, turn),
                None => Err(not_loaded("turn")),
            },
            turn_verdict_bytes,
        )
    }

    pub(crate) fn call_response(&self, response: &Response) -> Result<ResponseVerdict, CallFailure> {
        self.call(
            &response.context.request_id,
            |warm| match &warm.response {
                Some(guest) => guest.call_on_response(&mut warm.store, response),
                None => Err(not_loaded("response")),
            },
            response_verdict_bytes,
        )
    }

    pub(crate) fn call_event(&self, event: &Outgoing) -> Result<EventVerdict, CallFailure> {
        self.call(
            &event.context.request_id,
            |warm| match &warm.event {
                Some(guest) => guest.call_on_event(&mut warm.store, event),
                None => Err(not_loaded("event")),
            },
            event_verdict_bytes,
        )
    }

    /// Runs one call: takes an instance, bounds it, and gives it back unless it failed.
    fn call<R>(
        &self,
        request_id: &str,
        call: impl FnOnce(&mut Warm) -> wasmtime::Result<R>,
        size: impl FnOnce(&R) -> usize,
    ) -> Result<R, CallFailure> {
        let mut warm = match self.warm.pop() {
            Some(warm) => warm,
            None => {
                self.instantiate().map_err(|error| self.failed(CallFailure::Exhausted, request_id, &error))?
            }
        };
        let config = &self.shared.config;
        warm.store.data_mut().begin(request_id);
        warm.store.set_epoch_deadline(u64::from(config.deadline_ms) + 1);
        let started = Instant::now();
        let result = call(&mut warm);
        self.shared.metrics.took(started.elapsed());
        let verdict = result.map_err(|error| self.failed(classify(&error), request_id, &error))?;
        let bytes = size(&verdict);
        if bytes > config.output_kib as usize * 1024 {
            let error = wasmtime::format_err!("the verdict has {bytes} bytes");
            return Err(self.failed(CallFailure::Overrun, request_id, &error));
        }
        self.give_back(warm);
        Ok(verdict)
    }

    fn instantiate(&self) -> wasmtime::Result<Warm> {
        let mut store = Store::new(self.pre.engine(), CallState::new(Arc::clone(&self.shared)));
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(self.shared.init_ticks);
        // Bounds what lifting a verdict may copy; the exact bound is checked on the verdict itself.
        store.set_hostcall_fuel(self.shared.config.output_kib as usize * 1024 * 2 + 64 * 1024);
        let instance = self.pre.instantiate(&mut store)?;
        if self.init_each {
            let init = instance.get_typed_func::<(), (Result<(), String>,)>(&mut store, "init")?;
            init.call(&mut store, ())?.0.map_err(wasmtime::Error::msg)?;
        }
        let phases = &self.phases;
        let request = phases.request.as_ref().map(|phase| phase.load(&mut store, &instance)).transpose()?;
        let turn = phases.turn.as_ref().map(|phase| phase.load(&mut store, &instance)).transpose()?;
        let response = phases.response.as_ref().map(|phase| phase.load(&mut store, &instance)).transpose()?;
        let event = phases.event.as_ref().map(|phase| phase.load(&mut store, &instance)).transpose()?;
        Ok(Warm { store, request, turn, response, event, calls: 0 })
    }

    fn give_back(&self, mut warm: Warm) {
        warm.calls += 1;
        self.keep(warm);
    }

    fn keep(&self, warm: Warm) {
        if matches!(self.shared.config.isolation, Isolation::Reuse(calls) if warm.calls < calls) {
            // A full queue drops the instance: as many are idle as could be of use.
            let _ = self.warm.push(warm);
        }
    }

    fn failed(&self, failure: CallFailure, request_id: &str, error: &wasmtime::Error) -> CallFailure {
        let metrics = &self.shared.metrics;
        match failure {
            CallFailure::Trap => metrics.trap.inc(),
            CallFailure::Deadline => metrics.deadline.inc(),
            CallFailure::Overrun => metrics.overrun.inc(),
            CallFailure::Exhausted => metrics.exhausted.inc(),
        };
        tracing::warn!(
            slot = self.shared.config.name,
            version = self.shared.version,
            request_id,
            failure = failure.as_str(),
            cause = root_cause(error),
            "filter call failed"
        );
        failure
    }
}

/// Nobody calls a phase that the version does not have; whoever did would find a trap.
fn not_loaded(phase: &str) -> wasmtime::Error {
    wasmtime::format_err!("the {phase} phase is not loaded")
}

/// The innermost cause in one line; the backtrace of a guest is of no use to an operator and may be long.
fn root_cause(error: &wasmtime::Error) -> String {
    error.root_cause().to_string().lines().next().unwrap_or_default().to_owned()
}

fn classify(error: &wasmtime::Error) -> CallFailure {
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => CallFailure::Deadline,
        Some(_) => CallFailure::Trap,
        // Lifting more than the fuel allows is reported as a plain error.
        None if error.to_string().contains("fuel") || error.root_cause().to_string().contains("fuel") => {
            CallFailure::Overrun
        }
        None => CallFailure::Trap,
    }
}
