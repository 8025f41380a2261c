//! Generated from `wit/`, for hosts alone: everybody else names these types by [`crate::wit`].
//!
//! A native host runs components, so it has the world `filter`: their exports to call, their imports to serve. A host that is
//! composed with its filters has the world `composed`: their functions to call.
#![allow(missing_docs, clippy::all, reason = "generated; the contract is documented in wit/")]

#[cfg(not(target_family = "wasm"))]
wasmtime::component::bindgen!({
    path: "../../wit",
    world: "mangaassist:edge/filter",
    additional_derives: [Clone],
});

#[cfg(target_family = "wasm")]
wit_bindgen::generate!({
    path: "../../wit",
    world: "composed",
    generate_all,
});
