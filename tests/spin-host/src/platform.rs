//! Spin's interfaces: key-value store, variables, sentence vectors.

use wasmtime::component::{Accessor, HasSelf, Linker, Resource};

use crate::state::State;
use crate::store::Failing;

/// Numbers of a sentence vector of `all-minilm-l6-v2`.
const VECTOR_NUMBERS: usize = 384;

mod bindings {
    #![allow(missing_docs, clippy::all, reason = "generated")]
    wasmtime::component::bindgen!({
        path: "wit",
        world: "mangaassist:spin-host/platform",
        imports: { default: trappable },
        with: {
            "fermyon:spin/key-value.store": super::OpenStore,
            "spin:key-value/key-value.store": super::OpenStore,
        },
    });
}

use bindings::fermyon::spin::{key_value as sync_store, llm, variables as sync_variables};
use bindings::spin::key_value::key_value as store;
use bindings::spin::variables::variables;

/// A store that the component has open. There is one, whatever its label.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct OpenStore;

type Own = HasSelf<State>;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    sync_store::add_to_linker::<_, Own>(linker, |state| state)?;
    sync_variables::add_to_linker::<_, Own>(linker, |state| state)?;
    llm::add_to_linker::<_, Own>(linker, |state| state)?;
    store::add_to_linker::<_, Own>(linker, |state| state)?;
    variables::add_to_linker::<_, Own>(linker, |state| state)
}

const IO: &str = "the store does not answer";

impl sync_store::Host for State {}

impl sync_store::HostStore for State {
    fn open(&mut self, label: String) -> wasmtime::Result<Result<Resource<OpenStore>, sync_store::Error>> {
        if !self.allowed.stores.contains(&label) {
            return Ok(Err(sync_store::Error::AccessDenied));
        }
        if self.allowed.key_value.works().is_err() {
            return Ok(Err(sync_store::Error::Other(IO.into())));
        }
        Ok(Ok(self.table.push(OpenStore)?))
    }

    fn get(
        &mut self,
        _: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, sync_store::Error>> {
        Ok(self.allowed.key_value.get(&key).map_err(failed))
    }

    fn set(
        &mut self,
        _: Resource<OpenStore>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), sync_store::Error>> {
        Ok(self.allowed.key_value.set(key, value).map_err(failed))
    }

    fn delete(
        &mut self,
        _: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<(), sync_store::Error>> {
        Ok(self.allowed.key_value.delete(&key).map_err(failed))
    }

    fn exists(
        &mut self,
        _: Resource<OpenStore>,
        key: String,
    ) -> wasmtime::Result<Result<bool, sync_store::Error>> {
        Ok(self.allowed.key_value.get(&key).map(|value| value.is_some()).map_err(failed))
    }

    fn get_keys(
        &mut self,
        _: Resource<OpenStore>,
    ) -> wasmtime::Result<Result<Vec<String>, sync_store::Error>> {
        Ok(self.allowed.key_value.keys().map_err(failed))
    }

    fn drop(&mut self, open: Resource<OpenStore>) -> wasmtime::Result<()> {
        self.table.delete(open)?;
        Ok(())
    }
}

fn failed(_: Failing) -> sync_store::Error {
    sync_store::Error::Other(IO.into())
}

impl store::Host for State {}

impl store::HostStore for State {
    fn drop(&mut self, open: Resource<OpenStore>) -> wasmtime::Result<()> {
        self.table.delete(open)?;
        Ok(())
    }
}

type StoreResult<T> = wasmtime::Result<Result<T, store::Error>>;

fn io(_: Failing) -> store::Error {
    store::Error::Other(IO.into())
}

impl store::HostStoreWithStore<State> for Own {
    async fn open(accessor: &Accessor<State, Self>, label: String) -> StoreResult<Resource<OpenStore>> {
        accessor.with(|mut access| {
            let state = access.get();
            if !state.allowed.stores.contains(&label) {
                return Ok(Err(store::Error::AccessDenied));
            }
            if let Err(failing) = state.allowed.key_value.works() {
                return Ok(Err(io(failing)));
            }
            Ok(Ok(state.table.push(OpenStore)?))
        })
    }

    async fn get(
        accessor: &Accessor<State, Self>,
        _: Resource<OpenStore>,
        key: String,
    ) -> StoreResult<Option<Vec<u8>>> {
        Ok(accessor.with(|mut access| access.get().allowed.key_value.get(&key)).map_err(io))
    }

    async fn set(
        accessor: &Accessor<State, Self>,
        _: Resource<OpenStore>,
        key: String,
        value: Vec<u8>,
    ) -> StoreResult<()> {
        Ok(accessor.with(|mut access| access.get().allowed.key_value.set(key, value)).map_err(io))
    }

    async fn delete(
        accessor: &Accessor<State, Self>,
        _: Resource<OpenStore>,
        key: String,
    ) -> StoreResult<()> {
        Ok(accessor.with(|mut access| access.get().allowed.key_value.delete(&key)).map_err(io))
    }

    async fn exists(
        accessor: &Accessor<State, Self>,
        _: Resource<OpenStore>,
        key: String,
    ) -> StoreResult<bool> {
        let value = accessor.with(|mut access| access.get().allowed.key_value.get(&key));
        Ok(value.map(|value| value.is_some()).map_err(io))
    }
}

impl sync_variables::Host for State {
    fn get(&mut self, name: String) -> wasmtime::Result<Result<String, sync_variables::Error>> {
        Ok(self.allowed.variables.get(&name).cloned().ok_or(sync_variables::Error::Undefined(name)))
    }
}

impl variables::Host for State {}

impl variables::HostWithStore<State> for Own {
    async fn get(
        accessor: &Accessor<State, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, variables::Error>> {
        let value = accessor.with(|mut access| access.get().allowed.variables.get(&name).cloned());
        Ok(value.ok_or(variables::Error::Undefined(name)))
    }
}

impl llm::Host for State {
    /// Vectors of the right form: each text has its own, the same each time. What they mean is for no test here.
    fn generate_embeddings(
        &mut self,
        model: String,
        texts: Vec<String>,
    ) -> wasmtime::Result<Result<llm::EmbeddingsResult, llm::Error>> {
        if !self.allowed.models.contains(&model) {
            return Ok(Err(llm::Error::ModelNotSupported));
        }
        let embeddings = texts.iter().map(|text| vector(text)).collect();
        let usage =
            llm::EmbeddingsUsage { prompt_token_count: u32::try_from(texts.len()).unwrap_or(u32::MAX) };
        Ok(Ok(llm::EmbeddingsResult { embeddings, usage }))
    }
}

fn vector(text: &str) -> Vec<f32> {
    let mut numbers = vec![0.0; VECTOR_NUMBERS];
    for (place, byte) in text.bytes().enumerate() {
        numbers[(place * 31 + usize::from(byte)) % VECTOR_NUMBERS] += 1.0;
    }
    let length = numbers.iter().map(|number: &f32| number * number).sum::<f32>().sqrt().max(1.0);
    numbers.iter().map(|number| number / length).collect()
}
