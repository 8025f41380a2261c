//! The two engines: one runs filters, one runs their `init` at publication. And the ticker that both count deadlines by.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::{Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::images::Images;

/// Length of an epoch. A deadline is kept to within one of these.
pub const TICK: Duration = Duration::from_millis(1);
/// Largest linear memory that the pool can hold; a slot's own bound is at most this. The same as [`crate::config`] allows.
const MEMORY_BYTES_MAX: usize = 1024 << 20;
/// Bytes of a fresh instance's memory that stay resident between uses, so that instantiation is a copy and not a series of page
/// faults: stack, data and first heap pages of a small filter. More is copied and cleared for nothing at each call.
const KEEP_RESIDENT_BYTES: usize = 192 << 10;

/// Bounds of the instance pool.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Most instances alive at once, over all slots. Beyond it a call fails by its slot's policy.
    pub instances_max: u32,
    /// Longest that a filter's `init` may take, in milliseconds.
    pub init_ms: u64,
    /// Where compiled code and snapshots are kept between runs; none keeps nothing. Whoever can write there runs code here,
    /// so the folder belongs to this user alone.
    pub cache: Option<PathBuf>,
}

/// What compiles and runs filters. Cheap to clone; the ticker ends with the last clone.
#[derive(Clone)]
pub struct Engines {
    pub(crate) run: Engine,
    pub(crate) init: Engine,
    pub(crate) images: Option<Images>,
    /// See [`EngineConfig::init_ms`].
    pub(crate) init_ticks: u64,
    _ticker: Arc<Ticker>,
}

impl Engines {
    /// Builds both engines and starts the ticker.
    ///
    /// # Errors
    /// The machine cannot reserve the pool's address space, or the cache folder cannot be used.
    pub fn new(config: &EngineConfig) -> wasmtime::Result<Self> {
        let cache = config.cache.as_deref().map(open_cache).transpose()?;
        let images = config.cache.as_deref().map(private_folder).transpose()?.map(Images::in_folder);
        let mut run_config = base_config(cache.clone());
        run_config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config.instances_max)));
        let run = Engine::new(&run_config)?;
        let init = Engine::new(&base_config(cache))?;
        let ticker = Ticker::start(vec![run.clone(), init.clone()])?;
        Ok(Self { run, init, images, init_ticks: config.init_ms.max(1), _ticker: Arc::new(ticker) })
    }
}

fn base_config(cache: Option<Cache>) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Filters are synchronous; the machinery for concurrent tasks would make each call several times dearer.
        .concurrency_support(false)
        .epoch_interruption(true)
        .memory_init_cow(true)
        .cache(cache);
    config
}

fn pool(instances: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(4))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(2))
        .max_memories_per_component(1)
        .max_tables_per_component(2)
        .max_core_instances_per_component(8)
        .table_elements(20_000)
        .max_memory_size(MEMORY_BYTES_MAX)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(64 << 10)
        .pagemap_scan(wasmtime::Enabled::Auto);
    pool
}

fn open_cache(folder: &Path) -> wasmtime::Result<Cache> {
    let mut config = CacheConfig::new();
    config.with_directory(private_folder(folder)?.join("compiled"));
    Cache::new(config)
}

/// Makes the folder for this user alone.
fn private_folder(folder: &Path) -> wasmtime::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(std::path::absolute(folder)?)
}

/// Advances the epoch of its engines. An OS thread, because a busy executor would stretch every deadline.
struct Ticker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn start(engines: Vec<Engine>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("epoch-ticker".into()).spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                for engine in &engines {
                    engine.increment_epoch();
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in the ticker has already been printed; there is nothing left to end.
            let _ = thread.join();
        }
    }
}
