//! Generated from `wit/`. Nothing outside this crate names what is generated here but through [`crate::wit`].
#![allow(missing_docs, clippy::all, reason = "generated; the contract is documented in wit/")]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "mangaassist:edge/filter",
    additional_derives: [Clone],
});
