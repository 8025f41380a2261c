//! The service put together: built from a configuration, served on listeners that are handed in.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::serve::{Listener, ListenerExt as _};
use identity::keyring::{Keyring, Source};
use thiserror::Error;
use tokio::sync::watch;

use crate::api::{self, Api};
use crate::check::Checker;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError};
use crate::dates::Day;
use crate::memory::{Memory, SqliteMemory};
use crate::metrics::Metrics;
use crate::model::{self, Ledger, Routable, RouteError, Router, Routes, cost};
use crate::pipeline::Pipeline;
use crate::prompt::{Prompts, TemplateError};
use crate::retention;
use crate::retrieve::TantivyRetriever;
use crate::run::Runner;
use crate::shop::embedded::EmbeddedShop;
use crate::shop::seed::Seed;
use crate::shop::{LoadError, load};
use crate::store::{Place, Store, StoreError};
use crate::understand::{NameSpotter, Understanding};

/// What can be put in the place of the default.
pub struct Parts {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Who can write the answers, beside the embedded answerer.
    pub models: Vec<Routable>,
    /// Who of them is asked, in which order; the embedded answerer comes after the last.
    pub routes: Routes,
}

impl Parts {
    /// The machine's clock, and the models and routes of the configuration. No model is asked yet.
    ///
    /// # Errors
    /// [`StartError::Config`], naming the model.
    pub async fn of(config: &Config) -> Result<Self, StartError> {
        let models = model::build(&config.models).await?;
        Ok(Self { models, routes: config.models.routes.clone(), ..Self::default() })
    }
}

impl Default for Parts {
    /// The machine's clock, and nobody but the embedded answerer.
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), models: Vec::new(), routes: Routes::default() }
    }
}

/// The service, ready to be served.
pub struct App {
    api: Arc<Api>,
    ledger: Arc<Ledger>,
    config: Config,
    series: usize,
    keys: Vec<String>,
}

/// Why the service cannot be built or served.
#[derive(Debug, Error)]
pub enum StartError {
    /// A setting cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file of the shop cannot be used.
    #[error("{0}")]
    Shop(#[from] LoadError),
    /// A database cannot be opened.
    #[error("{what}: {reason}")]
    Store {
        /// The database.
        what: &'static str,
        /// What went wrong.
        reason: String,
    },
    /// The search index cannot be built.
    #[error("the search index: {0}")]
    Index(String),
    /// A prompt cannot be used.
    #[error("the prompts: {0}")]
    Prompt(String),
    /// A listener cannot be used, or failed.
    #[error("the listener: {0}")]
    Listener(#[from] std::io::Error),
    /// What was found cannot be written.
    #[error("the report: {0}")]
    Report(std::io::Error),
}

impl From<TemplateError> for StartError {
    fn from(error: TemplateError) -> Self {
        Self::Prompt(error.to_string())
    }
}

impl App {
    /// Builds the service: reads the shop, opens the databases, builds the index. Takes a moment, and blocks.
    ///
    /// # Errors
    /// [`StartError`], naming the setting or the file and line.
    pub fn build(config: Config, parts: Parts) -> Result<Self, StartError> {
        check_models(&config, &parts)?;
        let keys = keyring(&config)?;
        let names = keys.names().map(str::to_owned).collect();
        let shop = Arc::new(load::load(&config.data_dir)?);
        let seed = Seed::load(&config.data_dir, &|id| shop.position(id).is_some())?;
        let limits = config.limits;
        let store = shop_store(&config, &seed, Day::of_ms(parts.clock.now_ms()))?;
        let services = Arc::new(EmbeddedShop::new(store));
        let place = place(&config, "memory.sqlite")?;
        let memory: Arc<dyn Memory> = Arc::new(
            SqliteMemory::open(&place, limits.store_queue_max, config.timeouts.store)
                .map_err(failed("memory"))?,
        );
        let spotter =
            Arc::new(NameSpotter::new(&shop).map_err(|error| StartError::Index(error.to_string()))?);
        let retriever = TantivyRetriever::build(Arc::clone(&shop))
            .map_err(|error| StartError::Index(error.to_string()))?;
        let metrics = Arc::new(Metrics::new());
        let ledger = Arc::new(ledger(&config, &parts)?);
        let understanding = Understanding::new(Arc::clone(&shop), Arc::clone(&spotter));
        understanding.warm_up();
        Checker::warm_up();
        let pipeline = Pipeline {
            understanding,
            names: spotter,
            memory: Arc::clone(&memory),
            retriever: Arc::new(retriever),
            catalogue: Arc::<EmbeddedShop>::clone(&services),
            orders: Arc::<EmbeddedShop>::clone(&services),
            profiles: services,
            router: Router::new(parts.models, parts.routes, Arc::clone(&ledger), Arc::clone(&metrics))
                .map_err(wrong_route)?,
            prompts: Prompts::load()?,
            metrics: Arc::clone(&metrics),
            limits,
            shop: Arc::clone(&shop),
        };
        let api = Arc::new(Api {
            runner: Runner::new(pipeline, config.timeouts.turn),
            memory,
            keys: Arc::new(keys),
            clock: parts.clock,
            metrics,
            body_bytes_max: limits.body_bytes_max,
            body_timeout: config.timeouts.body,
        });
        Ok(Self { api, ledger, series: shop.series.len(), keys: names, config })
    }

    /// What was built, in one line for people.
    #[must_use]
    pub fn summary(&self) -> String {
        format!(
            "{} series; state in {}; conversations kept for {} days; internal keys: {}",
            self.series,
            self.config.state_dir.as_ref().map_or("memory".into(), |dir| dir.display().to_string()),
            self.config.retention.keep.as_secs() / 86_400,
            self.keys.join(", "),
        )
    }

    /// Serves until `shutdown` comes: then no new call is taken, calls under way have their time to end, and the service
    /// returns.
    ///
    /// # Errors
    /// [`StartError`], when a listener cannot be used.
    pub async fn serve(
        self,
        internal: TcpListener,
        admin: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), StartError> {
        let draining = Arc::new(AtomicBool::new(false));
        let (stop, _) = watch::channel(false);
        let (stop_admin, _) = watch::channel(false);
        let stopped = |stop: &watch::Sender<bool>| {
            let mut stop = stop.subscribe();
            async move {
                // A sender that is gone has stopped as well.
                let _ = stop.wait_for(|stop| *stop).await;
            }
        };
        let api = Arc::clone(&self.api);
        let calls = axum::serve(listener(internal)?, api::internal(Arc::clone(&api)))
            .with_graceful_shutdown(stopped(&stop))
            .into_future();
        let health =
            axum::serve(listener(admin)?, api::admin(Arc::clone(&api), Arc::clone(&draining), self.series))
                .with_graceful_shutdown(stopped(&stop_admin))
                .into_future();
        let (calls, health) = (tokio::spawn(calls), tokio::spawn(health));
        let purging = tokio::spawn(retention::keep_purging(
            Arc::clone(&api.memory),
            Arc::clone(&api.clock),
            Arc::clone(&api.metrics),
            self.config.retention,
        ));
        let keeping = tokio::spawn(cost::keep(Arc::clone(&self.ledger)));
        shutdown.await;
        draining.store(true, Ordering::Relaxed);
        stop.send_replace(true);
        let drained = tokio::time::timeout(self.config.timeouts.drain, calls).await;
        if drained.is_err() {
            tracing::warn!("calls were still under way at the end of the drain");
        }
        self.api.runner.close(self.config.timeouts.store).await;
        purging.abort();
        keeping.abort();
        if let Err(error) = self.ledger.write().await {
            tracing::error!(error = %error, "what was spent last is not kept");
        }
        stop_admin.send_replace(true);
        // An idle health check must not keep the service from ending.
        let _ = tokio::time::timeout(ADMIN_DRAIN, health).await;
        Ok(())
    }
}

/// How long the admin listener's connections may take to end.
const ADMIN_DRAIN: std::time::Duration = std::time::Duration::from_millis(200);

/// Its connections send what is written at once: an answer comes in pieces that are far smaller than a packet, and none waits for the one
/// before to be acknowledged.
fn listener(std: TcpListener) -> std::io::Result<impl Listener<Addr = std::net::SocketAddr>> {
    std.set_nonblocking(true)?;
    Ok(tokio::net::TcpListener::from_std(std)?.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection waits for acknowledgements");
        }
    }))
}

fn keyring(config: &Config) -> Result<Keyring, ConfigError> {
    let mut read = |source: Source<'_>| match source {
        Source::File(path) => std::fs::read(path).map_err(Into::into),
        Source::Env(name) => std::env::var(name).map(String::into_bytes).map_err(Into::into),
    };
    Keyring::load(&config.keys, &mut read).map_err(|error| ConfigError::new(error.key, error.reason))
}

fn place(config: &Config, file: &str) -> Result<Place, StartError> {
    let Some(dir) = &config.state_dir else { return Ok(Place::Memory) };
    std::fs::create_dir_all(dir).map_err(|error| ConfigError::new("state.dir", error))?;
    Ok(Place::File(dir.join(file)))
}

fn shop_store(config: &Config, seed: &Seed, today: Day) -> Result<Store, StartError> {
    let place = place(config, "shop.sqlite")?;
    let (queue_max, timeout) = (config.limits.store_queue_max, config.timeouts.store);
    Store::open("shop", &place, queue_max, timeout, |connection| seed.plant(connection, today))
        .map_err(failed("shop"))
}

/// What models may take, and took today. Without a budget nothing is counted, and nothing kept.
fn ledger(config: &Config, parts: &Parts) -> Result<Ledger, StartError> {
    let budgets = config.models.budgets.clone();
    let is_endless = budgets.are_endless();
    let ledger = Ledger::new(config.models.prices()?, budgets, Arc::clone(&parts.clock))?;
    let models = parts.models.iter().map(|routable| (routable.model.name(), routable.model.model_id()));
    ledger.check_priced(models.filter(|(name, _)| parts.routes.has(name)))?;
    if is_endless {
        return Ok(ledger);
    }
    let place = place(config, "ledger.sqlite")?;
    let (queue_max, timeout) = (config.limits.store_queue_max, config.timeouts.store);
    ledger.kept_in(&place, queue_max, timeout).map_err(failed("ledger"))
}

/// Checks that whoever put the parts together has not left out a model that is configured.
fn check_models(config: &Config, parts: &Parts) -> Result<(), ConfigError> {
    let is_there = |name: &str| parts.models.iter().any(|routable| routable.model.name() == name);
    match config.models.models.iter().find(|model| !is_there(&model.name)) {
        Some(model) => Err(ConfigError::new(format!("models.{}", model.name), "it is not among the parts")),
        None => Ok(()),
    }
}

fn wrong_route(error: RouteError) -> ConfigError {
    ConfigError::new(format!("models.{}", error.key), error.reason)
}

fn failed(what: &'static str) -> impl FnOnce(StoreError) -> StartError {
    move |error| StartError::Store { what, reason: error.to_string() }
}
