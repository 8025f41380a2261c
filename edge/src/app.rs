//! The edge, built from its configuration and served on listeners that are handed in.

use std::net::TcpListener;
use std::os::fd::IntoRawFd as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use host::artifact::Artifact;
use host::chain::{Chain, Vectors};
use host::engine::{EngineConfig, Engines};
use host::metrics::HostMetrics;
use host::publish::Publisher;
use host::services::{Clock, InProcessSessions, Services, SystemClock};
use host::slot::Slot;
use host::watch::{Look, Watch, Watched};
use identity::Keys;
use identity::keyring::{KeyConfig, Keyring, ReadError, Source};
use limits::InProcessBuckets;
use limits::floor::{Floor, Verdict};
use pingora_core::apps::HttpServerOptions;
use pingora_core::listeners::tls::TlsSettings;
use pingora_core::server::configuration::ServerConf;
use pingora_core::server::{Fds, ListenFds};
use pingora_core::services::Service as _;
use pingora_core::services::listening::Service;
use pingora_proxy::ProxyServiceBuilder;
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::admin::Admin;
use crate::config::{Config, Tls};
use crate::metrics::EdgeMetrics;
use crate::proxy::Proxy;
use crate::proxy::exchange::{Exchange, Refused};
use crate::proxy::{in_flight, incoming};
use crate::routes::files::Files;
use crate::sentences::Sentences;
use crate::socket::places::{Bounds, Places};
use crate::tls;
use crate::turns::Turns;
use crate::turns::origin::Origin;
use crate::upstream::{self, Resolver, Upstream};

/// The edge: what all its connections share.
pub struct Edge {
    /// As written.
    pub config: Config,
    /// The filters.
    pub chain: Arc<Chain>,
    /// The turns.
    pub turns: Arc<Turns>,
    /// What it counts.
    pub metrics: Arc<EdgeMetrics>,
    /// The vectors that filters ask for.
    pub sentences: Arc<Sentences>,
    pub(crate) files: Files,
    pub(crate) sockets: Places,
    pub(crate) site_upstream: Option<Upstream>,
    floor: Floor,
    clock: Arc<dyn Clock>,
    draining: watch::Sender<bool>,
    /// Requests under way.
    pub(crate) requests: in_flight::Count,
    registry: Arc<Registry>,
    _watch: Option<Watch>,
}

/// Bound listeners. Whoever binds them knows their ports.
pub struct Listeners {
    /// Plain HTTP.
    pub http: TcpListener,
    /// HTTP over TLS.
    pub https: Option<TcpListener>,
    /// Health and metrics.
    pub admin: TcpListener,
}

impl Listeners {
    /// Binds what the configuration names.
    ///
    /// # Errors
    /// An address cannot be bound.
    pub fn bind(config: &Config) -> anyhow::Result<Self> {
        let bind =
            |address: &str| TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"));
        Ok(Self {
            http: bind(&config.listen.http)?,
            https: config.listen.https.as_deref().map(bind).transpose()?,
            admin: bind(&config.listen.admin)?,
        })
    }
}

impl Edge {
    /// Builds the edge: reads keys and files, publishes every filter. Binds nothing.
    ///
    /// # Errors
    /// A file, a key or a filter cannot be used: says which.
    pub fn build(config: Config) -> anyhow::Result<Arc<Self>> {
        Self::build_resolving(config, &upstream::system_resolver())
    }

    /// The same with another resolver for what Pingora forwards to.
    ///
    /// # Errors
    /// As [`Edge::build`].
    pub fn build_resolving(config: Config, resolver: &Resolver) -> anyhow::Result<Arc<Self>> {
        chat::validate::prepare();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut registry = Registry::default();
        let metrics = Arc::new(EdgeMetrics::register(&mut registry));
        let (slots, watch) = open_slots(&config, &mut registry, &clock)?;
        let chain = Arc::new(Chain::new(slots));
        let sentences = Arc::new(Sentences::open(config.sentences.as_ref(), &mut registry)?);
        let internal = keyring(&config.internal_keys)?;
        let signing = internal.signing().context("no internal key is for signing")?.to_owned();
        let origin = Origin::new(config.origin.clone(), Arc::new(internal), signing, Arc::clone(&clock))
            .context("cannot set up the calls to the origin")?;
        let turns = Turns::new(
            config.turns.clone(),
            Arc::clone(&chain),
            Arc::clone(&sentences) as Arc<dyn Vectors>,
            origin,
            Arc::clone(&clock),
            Arc::clone(&metrics),
        );
        let site = config.site.as_ref();
        let site_upstream = site
            .map(|site| Upstream::resolve("site.url", &site.url, site.connect_ms, site.read_ms, resolver))
            .transpose()?;
        Ok(Arc::new(Self {
            files: Files::read(&config.files.widget, config.files.demo.as_deref())?,
            sockets: Places::new(Bounds {
                all: config.chat.sockets_max,
                session: config.chat.session_sockets_max,
                address: config.chat.address_sockets_max,
            }),
            floor: Floor::new(config.floors.clone()),
            draining: watch::Sender::new(false),
            requests: in_flight::Count::default(),
            registry: Arc::new(registry),
            turns: Arc::new(turns),
            chain,
            metrics,
            sentences,
            site_upstream,
            clock,
            config,
            _watch: watch,
        }))
    }

    /// Serves until `shutdown` is done, then drains: no new connections, sockets are told to come back, requests end in
    /// their time.
    ///
    /// # Errors
    /// The certificate cannot be used.
    pub async fn serve(
        self: Arc<Self>,
        listeners: Listeners,
        shutdown: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let server_conf = Arc::new(ServerConf::default());
        let fds = ListenFds::new(Fds::new().into());
        let mut public = ProxyServiceBuilder::new(&server_conf, Proxy::new(Arc::clone(&self)))
            .server_options(HttpServerOptions::default())
            .build();
        public.add_tcp(&hand_over(&fds, listeners.http)?);
        if let Some(https) = listeners.https {
            let address = hand_over(&fds, https)?;
            public.add_tls_with_settings(&address, None, self.tls_settings()?);
        }
        let mut admin =
            Service::new("admin".into(), Admin::new(Arc::clone(&self), Arc::clone(&self.registry)));
        admin.add_tcp(&hand_over(&fds, listeners.admin)?);

        let (stop_public, public_stopped) = watch::channel(false);
        let (stop_admin, admin_stopped) = watch::channel(false);
        let public_fds = Arc::clone(&fds);
        let public =
            tokio::spawn(async move { public.start_service(Some(public_fds), public_stopped, 1).await });
        let admin = tokio::spawn(async move { admin.start_service(Some(fds), admin_stopped, 1).await });
        // It ends when this does, in order or not.
        let mut looking_up = JoinSet::new();
        let edge = Arc::clone(&self);
        looking_up.spawn(async move { edge.keep_looking_up().await });
        let (end_flushing, flushing_ended) = watch::channel(false);
        let flushing = {
            let edge = Arc::clone(&self);
            tokio::spawn(async move { edge.keep_flushing(flushing_ended).await })
        };

        shutdown.await;
        tracing::info!("draining");
        self.draining.send_replace(true);
        stop_public.send_replace(true);
        self.drained().await;
        // What was answered here, to the last turn, is in memory before the edge goes.
        end_flushing.send_replace(true);
        let _ = tokio::time::timeout(Duration::from_secs(self.config.listen.drain_s), flushing).await;
        stop_admin.send_replace(true);
        let _ = tokio::join!(public, admin);
        Ok(())
    }

    async fn keep_flushing(&self, mut ended: watch::Receiver<bool>) {
        let ended = async move {
            // A sender that is gone is an end as well.
            let _ = ended.wait_for(|ended| *ended).await;
        };
        self.turns.preceding().keep_flushing(self.turns.origin(), ended).await;
    }

    /// Follows the site when its name gets other addresses.
    async fn keep_looking_up(&self) {
        if let Some(site) = &self.site_upstream {
            site.keep_looking_up().await;
        }
    }

    /// Waits until no request is under way, sockets included, at most for the drain time.
    async fn drained(&self) {
        let time = Duration::from_secs(self.config.listen.drain_s);
        if tokio::time::timeout(time, self.requests.none()).await.is_err() {
            tracing::warn!("the time to drain is over; what is still open is cut off");
        }
    }

    fn tls_settings(&self) -> anyhow::Result<TlsSettings> {
        let files = match self.config.tls.clone().context("no certificate is configured")? {
            Tls::Files { certificate, key } => tls::CertificateFiles { certificate, key },
            Tls::Development { development_folder } => tls::development_certificate(&development_folder)?,
        };
        let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
        let mut settings = TlsSettings::intermediate(&path(&files.certificate), &path(&files.key))
            .map_err(|error| anyhow::anyhow!("the certificate cannot be used: {error}"))?;
        settings.enable_h2();
        Ok(settings)
    }

    /// Becomes true when the edge is on its way out.
    pub fn draining(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    /// The moment of a Unix time, in this runtime's clock.
    pub(crate) fn until_unix_s(&self, unix_s: u64) -> Instant {
        let left_ms = unix_s.saturating_mul(1000).saturating_sub(self.clock.now_ms());
        // A timer further off than a day is as good as one that never comes: no session lives longer.
        Instant::now() + Duration::from_millis(left_ms.min(86_400_000))
    }

    /// The floors: what is over them costs no filter, none that sees responses either.
    pub(crate) fn floor(&self, exchange: &mut Exchange) -> Result<(), Refused> {
        let Some(address) = incoming::address(exchange) else { return Ok(()) };
        let (code, detail, wait) = match self.floor.check(self.clock.now_ms(), address) {
            Verdict::Pass => return Ok(()),
            Verdict::AddressLimited { retry_after_s } => {
                (chat::Code::RateLimited, "Too many requests from your address.", retry_after_s)
            }
            Verdict::ServiceLimited { retry_after_s } => {
                (chat::Code::Overloaded, "Too many people are asking at once.", retry_after_s)
            }
        };
        self.metrics.floored.inc();
        exchange.is_past_filters = true;
        Err(chat::Problem::new(code, detail).with_retry_after(wait).into())
    }
}

/// Hands a bound listener to Pingora under the address that it is bound to.
fn hand_over(fds: &ListenFds, listener: TcpListener) -> anyhow::Result<String> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?.to_string();
    fds.lock().add(address.clone(), listener.into_raw_fd());
    Ok(address)
}

/// Reads keys from their files or variables.
pub(crate) fn keyring(keys: &[KeyConfig]) -> anyhow::Result<Keyring> {
    let mut read = |source: Source<'_>| -> Result<Vec<u8>, ReadError> {
        match source {
            Source::File(path) => std::fs::read(path).map_err(|error| ReadError::from(error.to_string())),
            Source::Env(name) => std::env::var(name)
                .map(String::into_bytes)
                .map_err(|error| ReadError::from(error.to_string())),
        }
    };
    Ok(Keyring::load(keys, &mut read)?)
}

type OpenSlots = (Vec<Arc<Slot>>, Option<Watch>);

fn open_slots(config: &Config, registry: &mut Registry, clock: &Arc<dyn Clock>) -> anyhow::Result<OpenSlots> {
    let filters = &config.filters;
    let keys: Arc<dyn Keys + Send + Sync> = Arc::new(keyring(&config.filter_keys)?);
    let services = Services {
        clock: Arc::clone(clock),
        buckets: Arc::new(InProcessBuckets::new(filters.buckets_max)),
        keys,
        sessions: Arc::new(InProcessSessions::new(filters.sessions_max)),
    };
    let engine = EngineConfig {
        instances_max: filters.instances_max,
        init_ms: filters.init_ms,
        cache: filters.cache.clone(),
    };
    let engines = Engines::new(&engine)
        .map_err(|error| anyhow::anyhow!("the component host cannot start: {error:#}"))?;
    let publisher = Publisher::new(engines, services);
    let metrics = HostMetrics::register(registry);
    let mut slots = Vec::with_capacity(config.slots.len());
    let mut watched = Vec::with_capacity(config.slots.len());
    for slot in &config.slots {
        let look = Look::at(&filters.folder, slot);
        let folder = filters.folder.join(&slot.name);
        let artifact =
            Artifact::read_with(&folder, &slot.assets).with_context(|| format!("slot `{}`", slot.name))?;
        let slot = Slot::open(slot.clone(), publisher.clone(), &metrics, artifact)
            .with_context(|| format!("slot `{}`", slot.name))?;
        let slot = Arc::new(slot);
        slots.push(Arc::clone(&slot));
        watched.push(Watched { slot, look });
    }
    let watch = (filters.watch_ms > 0)
        .then(|| Watch::start(filters.folder.clone(), watched, Duration::from_millis(filters.watch_ms)))
        .transpose()?;
    Ok((slots, watch))
}
