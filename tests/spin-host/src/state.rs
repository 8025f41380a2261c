//! What an instance's store holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::allowed_hosts::AllowedHost;
use crate::outbound::Outbound;
use crate::store::KeyValue;

/// Most memory of one instance's part, in bytes.
const MEMORY_BYTES_MAX: usize = 256 << 20;

/// What the manifest allows a component, shared by its instances.
#[derive(Debug)]
pub(crate) struct Allowed {
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) stores: BTreeSet<String>,
    pub(crate) models: BTreeSet<String>,
    pub(crate) hosts: Vec<AllowedHost>,
    pub(crate) key_value: Arc<KeyValue>,
}

pub(crate) struct State {
    pub(crate) allowed: Arc<Allowed>,
    pub(crate) table: ResourceTable,
    pub(crate) limits: StoreLimits,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl State {
    pub(crate) fn new(allowed: Arc<Allowed>, wasi: WasiCtx) -> Self {
        Self {
            outbound: Outbound::new(Arc::clone(&allowed)),
            allowed,
            table: ResourceTable::new(),
            limits: StoreLimitsBuilder::new().memory_size(MEMORY_BYTES_MAX).build(),
            wasi,
            http: WasiHttpCtx::new(),
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}
