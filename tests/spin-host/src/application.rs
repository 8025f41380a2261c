//! The application: its manifest read, its component compiled.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use wasmtime::component::{Component as Compiled, Linker};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{FsPerms, WasiCtx};
use wasmtime_wasi_http::handler::ProxyPre;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::allowed_hosts::AllowedHost;
use crate::log::Log;
use crate::manifest::{Manifest, render};
use crate::platform;
use crate::state::{Allowed, State};
use crate::store::KeyValue;

/// What `spin up` would be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of variables.
    pub variables: BTreeMap<String, String>,
    /// Where compiled code is kept between runs.
    pub cache: Option<PathBuf>,
    /// A key-value store that another server has as well; none for one of its own.
    pub key_value: Option<Arc<KeyValue>>,
    /// Where the component's log lines go; the standard error of this process when there is none.
    pub log: Option<Log>,
}

/// The application, ready to serve.
pub struct Application {
    pub(crate) engine: Engine,
    pub(crate) pre: ServicePre<State>,
    pub(crate) allowed: Arc<Allowed>,
    files: Vec<(PathBuf, String)>,
    log: Option<Log>,
}

impl Application {
    /// Reads `spin.toml` in this folder and compiles what it names.
    ///
    /// # Errors
    /// The manifest or the component cannot be used, or a variable has no value: says which.
    pub fn load(folder: &Path, options: &Options) -> anyhow::Result<Self> {
        let path = folder.join("spin.toml");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest = Manifest::read(&text)?;
        let component = manifest.component()?;
        let values = manifest.resolve(&options.variables)?;
        let own = |(name, template): (&String, &String)| Ok((name.clone(), render(template, &values)?));
        let allowed = Allowed {
            variables: component.variables.iter().map(own).collect::<anyhow::Result<_>>()?,
            stores: component.key_value_stores.iter().cloned().collect(),
            models: component.ai_models.iter().cloned().collect(),
            hosts: component
                .allowed_outbound_hosts
                .iter()
                .map(|host| AllowedHost::parse(&render(host, &values)?))
                .collect::<anyhow::Result<_>>()?,
            key_value: options.key_value.clone().unwrap_or_default(),
        };
        let engine = engine(options.cache.as_deref())?;
        let source = folder.join(&component.source);
        let compiled = Compiled::from_file(&engine, &source)
            .map_err(|error| anyhow::anyhow!("{}: {error:#}", source.display()))?;
        let mut linker = Linker::new(&engine);
        let linked = link(&mut linker).and_then(|()| linker.instantiate_pre(&compiled));
        let pre = linked.and_then(ServicePre::new).map_err(|error| anyhow::anyhow!("{error:#}"))?;
        let files = component.files.iter();
        let files = files.map(|files| (folder.join(&files.source), files.destination.clone())).collect();
        Ok(Self { engine, pre, allowed: Arc::new(allowed), files, log: options.log.clone() })
    }

    /// The application's key-value store.
    #[must_use]
    pub fn key_value(&self) -> Arc<KeyValue> {
        Arc::clone(&self.allowed.key_value)
    }

    /// A store for a new instance.
    pub(crate) fn store(&self) -> wasmtime::Result<Store<State>> {
        let mut wasi = WasiCtx::builder();
        wasi.inherit_stdout();
        match &self.log {
            Some(log) => wasi.stderr(log.stream()),
            None => wasi.inherit_stderr(),
        };
        for (folder, destination) in &self.files {
            wasi.preopened_dir(folder, destination, FsPerms::ReadOnly)?;
        }
        let mut store = Store::new(&self.engine, State::new(Arc::clone(&self.allowed), wasi.build()));
        store.limiter(|state| &mut state.limits);
        Ok(store)
    }

    pub(crate) fn proxy(&self) -> ProxyPre<State> {
        ProxyPre::P3(self.pre.clone())
    }
}

fn engine(cache: Option<&Path>) -> anyhow::Result<Engine> {
    let mut config = Config::new();
    config.wasm_component_model(true).wasm_component_model_async(true).memory_init_cow(true);
    if let Some(folder) = cache {
        let mut cached = wasmtime::CacheConfig::new();
        cached.with_directory(std::path::absolute(folder)?);
        config.cache(Some(wasmtime::Cache::new(cached).map_err(|error| anyhow::anyhow!("{error:#}"))?));
    }
    Engine::new(&config).map_err(|error| anyhow::anyhow!("{error:#}"))
}

fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    platform::link(linker)
}
