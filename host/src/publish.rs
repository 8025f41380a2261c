//! Publication: from an artifact to a version that can be called. What is slow or can fail happens here, never in a request:
//! the imports are checked against the grant, `init` runs once and its outcome becomes part of the image, the image is compiled.

use std::sync::Arc;

use ::chain::bindings::exports::mangaassist::edge::{
    event_filter, request_filter, response_filter, turn_filter,
};
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre, Linker, Val};
use wasmtime_wizer::Wizer;

use crate::artifact::{Artifact, ArtifactError};
use crate::config::{Phase, SlotConfig};
use crate::engine::Engines;
use crate::grant::Import;
use crate::images::Images;
use crate::metrics::SlotMetrics;
use crate::services::Services;
use crate::state::{self, CallState};
use crate::version::{Phases, SlotShared, Version};

/// Digits of the digest that name a version.
const LABEL_DIGITS: usize = 12;

/// Why an artifact is not published. The slot keeps the version that it has.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The artifact's folder or settings are at fault.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The bytes are no component that this host can run.
    #[error("not a component of this host: {0}")]
    Component(String),
    /// The component imports what its slot does not grant.
    #[error("imports {0}, which the slot does not grant")]
    NotGranted(String),
    /// The component exports no phase of `mangaassist:edge`.
    #[error("exports no phase: expected one of request-filter, turn-filter, response-filter, event-filter")]
    NoPhase,
    /// The component exports a phase of a contract that this host does not have. Published, it would be skipped.
    #[error("exports {0}, which this host does not know")]
    UnknownPhase(String),
    /// The slot's settings name a phase that the component does not export. Published, it would do less than it is there for.
    #[error("does not export {0}, which the slot's `phases` name")]
    MissingPhase(&'static str),
    /// `init` said no: the settings or assets are at fault.
    #[error("init refused: {0}")]
    Init(String),
    /// `init` trapped or did not end.
    #[error("init failed: {0}")]
    InitTrap(String),
    /// There is no image of the component: it cannot be snapshotted.
    #[error("cannot be pre-initialised: {0}")]
    NoImage(String),
}

/// Publishes artifacts into slots of one configuration.
#[derive(Clone)]
pub struct Publisher {
    engines: Engines,
    services: Services,
}

impl Publisher {
    /// A publisher whose versions run on these engines and services.
    #[must_use]
    pub const fn new(engines: Engines, services: Services) -> Self {
        Self { engines, services }
    }

    /// Checks, pre-initialises and compiles. Takes up to seconds; call it where nothing waits.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing has changed then.
    pub fn publish(
        &self,
        config: &SlotConfig,
        artifact: Artifact,
        metrics: &Arc<SlotMetrics>,
    ) -> Result<Version, PublishError> {
        let result = self.version(config, artifact, metrics);
        match &result {
            Ok(_) => metrics.published.inc(),
            Err(_) => metrics.refused.inc(),
        };
        result
    }

    /// The pre-initialised component: its settings and assets are read, and a call finds what `init` made. For a composition that
    /// another host runs.
    ///
    /// # Errors
    /// See [`PublishError`].
    pub fn image(
        &self,
        config: &SlotConfig,
        artifact: Artifact,
        metrics: &Arc<SlotMetrics>,
    ) -> Result<Vec<u8>, PublishError> {
        artifact.check_settings()?;
        let digest = artifact.digest();
        let shared = self.shared(config, artifact, metrics, &digest);
        let component = Component::new(&self.engines.init, &shared.artifact.component)
            .map_err(|error| not_a_component(&error))?;
        check_imports(&component, config)?;
        check_phases(&component)?;
        let no_image = || PublishError::NoImage("the log says why".to_owned());
        self.snapshot(&shared)?.ok_or_else(no_image)
    }

    fn shared(
        &self,
        config: &SlotConfig,
        artifact: Artifact,
        metrics: &Arc<SlotMetrics>,
        digest: &str,
    ) -> Arc<SlotShared> {
        Arc::new(SlotShared {
            config: config.clone(),
            version: digest[..LABEL_DIGITS].to_owned(),
            artifact,
            services: self.services.clone(),
            metrics: Arc::clone(metrics),
            init_ticks: self.engines.init_ticks,
        })
    }

    fn version(
        &self,
        config: &SlotConfig,
        artifact: Artifact,
        metrics: &Arc<SlotMetrics>,
    ) -> Result<Version, PublishError> {
        artifact.check_settings()?;
        let digest = artifact.digest();
        let shared = self.shared(config, artifact, metrics, &digest);
        let (component, init_each) = self.compiled(&shared, &digest)?;
        check_imports(&component, config)?;
        let mut linker = Linker::new(&self.engines.run);
        link(&mut linker, config)?;
        let pre = linker.instantiate_pre(&component).map_err(|error| not_a_component(&error))?;
        let phases = Phases {
            request: phase(&pre, config, Phase::Request, request_filter::GuestIndices::new)?,
            turn: phase(&pre, config, Phase::Turn, turn_filter::GuestIndices::new)?,
            response: phase(&pre, config, Phase::Response, response_filter::GuestIndices::new)?,
            event: phase(&pre, config, Phase::Event, event_filter::GuestIndices::new)?,
        };
        if phases.request.is_none()
            && phases.turn.is_none()
            && phases.response.is_none()
            && phases.event.is_none()
        {
            return Err(PublishError::NoPhase);
        }
        let version = Version::new(shared, pre, phases, init_each);
        version.warm_up().map_err(|error| PublishError::InitTrap(format!("{error:#}")))?;
        Ok(version)
    }

    /// The pre-initialised component, from the cache or made now; or the component as it is, and that `init` must run in
    /// each instance, when it cannot be snapshotted.
    fn compiled(&self, shared: &Arc<SlotShared>, digest: &str) -> Result<(Component, bool), PublishError> {
        let images = self.engines.images.as_ref();
        if let Some(component) = images.and_then(|images| self.cached(images, digest)) {
            return Ok((component, false));
        }
        // Checked before any of the guest's code runs.
        let component = Component::new(&self.engines.init, &shared.artifact.component)
            .map_err(|error| not_a_component(&error))?;
        check_imports(&component, &shared.config)?;
        check_phases(&component)?;
        let image = self.snapshot(shared)?;
        if let (Some(images), Some(image)) = (images, &image)
            && let Err(error) = images.write(digest, image)
        {
            tracing::warn!(%error, digest, "the cache of snapshots was not kept; the next start may take longer");
        }
        let bytes = image.as_deref().unwrap_or(&shared.artifact.component);
        let component = Component::new(&self.engines.run, bytes).map_err(|error| not_a_component(&error))?;
        Ok((component, image.is_none()))
    }

    /// The image of the cache. A crash can leave a file without its bytes: then there is none, and it is made anew.
    fn cached(&self, images: &Images, digest: &str) -> Option<Component> {
        let image = images.read(digest)?;
        match Component::new(&self.engines.run, &image) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(cause = format!("{error:#}"), digest, "the cached snapshot is broken");
                None
            }
        }
    }

    fn snapshot(&self, shared: &Arc<SlotShared>) -> Result<Option<Vec<u8>>, PublishError> {
        let mut linker = Linker::new(&self.engines.init);
        link(&mut linker, &shared.config)?;
        let mut store = Store::new(&self.engines.init, CallState::new(Arc::clone(shared)));
        store.limiter(|state| &mut state.limits);
        store.set_epoch_deadline(self.engines.init_ticks);
        let mut wizer = Wizer::new();
        // The export stays, so that the image has the same exports as the component.
        wizer.init_func("init()").keep_init_func(true);
        let run = wizer.run_component(&mut store, &shared.artifact.component, async |store, component| {
            linker.instantiate_async(store, component).await
        });
        match pollster::block_on(run) {
            Ok((image, results)) => match results.first() {
                Some(Val::Result(Err(message))) => Err(PublishError::Init(message_of(message.as_deref()))),
                _ => Ok(Some(image)),
            },
            Err(error) if error.downcast_ref::<wasmtime::Trap>().is_some() => {
                Err(PublishError::InitTrap(error.root_cause().to_string()))
            }
            Err(error) => {
                tracing::info!(
                    slot = shared.config.name,
                    version = shared.version,
                    cause = format!("{error:#}"),
                    "this component cannot be snapshotted; init runs in each instance"
                );
                Ok(None)
            }
        }
    }
}

fn message_of(value: Option<&Val>) -> String {
    match value {
        Some(Val::String(message)) => message.clone(),
        other => format!("{other:?}"),
    }
}

fn not_a_component(error: &wasmtime::Error) -> PublishError {
    PublishError::Component(format!("{error:#}"))
}

/// Interfaces that only have types grant nothing.
const TYPES: &str = "mangaassist:edge/types@0.1.0";

fn check_imports(component: &Component, config: &SlotConfig) -> Result<(), PublishError> {
    for (name, _) in component.component_type().imports(component.engine()) {
        let granted = name == TYPES
            || Import::from_interface(name).is_some_and(|import| config.grant.imports.contains(&import));
        if !granted {
            return Err(PublishError::NotGranted(name.to_owned()));
        }
    }
    Ok(())
}

/// A filter that has something to say in a phase that this host does not know must not be published without it.
fn check_phases(component: &Component) -> Result<(), PublishError> {
    for (name, _) in component.component_type().exports(component.engine()) {
        let mut phases = [Phase::Request, Phase::Turn, Phase::Response, Phase::Event].into_iter();
        let known = name == TYPES || phases.any(|phase| phase.interface() == name);
        if name.starts_with("mangaassist:edge/") && !known {
            return Err(PublishError::UnknownPhase(name.to_owned()));
        }
    }
    Ok(())
}

/// The phase's export; none when the component does not have it, or the slot is not called in that phase.
fn phase<G>(
    pre: &InstancePre<CallState>,
    config: &SlotConfig,
    phase: Phase,
    indices: impl Fn(&InstancePre<CallState>) -> wasmtime::Result<G>,
) -> Result<Option<G>, PublishError> {
    if !config.has_phase(phase) {
        return Ok(None);
    }
    if pre.component().get_export_index(None, phase.interface()).is_none() {
        return match &config.phases {
            Some(_) => Err(PublishError::MissingPhase(phase.interface())),
            None => Ok(None),
        };
    }
    indices(pre).map(Some).map_err(|error| not_a_component(&error))
}

fn link(linker: &mut Linker<CallState>, config: &SlotConfig) -> Result<(), PublishError> {
    state::link(linker, config.grant.imports.iter().copied()).map_err(|error| not_a_component(&error))
}
