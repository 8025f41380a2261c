//! The chain: the slots in order, and what becomes of their verdicts. Grants are enforced here, failures answered by policy, and
//! what one filter found out handed to the next.
//!
//! Written once for two kinds of host. A native one (`host/`) publishes components and calls them through wasmtime. A composed one
//! is a component itself, built for wasm and composed with its filters. Each brings its [`Slot`]s; what the chain does with them
//! is the same. What is not here: how a filter is published, called and bounded, and every counter and log line, which
//! [`Slot::note`] is for.
//!
//! - [`Chain`]: `request`, `turn`, `response` and `event`, a file each.
//! - [`grant`]: what a slot allows its filter; [`policy`]: what else the chain goes by.
//! - [`readable`]: how a filter is shown what it may read, and nothing else.
//! - [`wit`]: the types of the contract; [`words`] and [`answer`]: the same in the words of the chat protocol.

pub mod answer;
pub mod bindings;
pub mod grant;
pub mod policy;
pub mod readable;
pub mod wit;
pub mod words;

mod event;
mod permitted;
mod request;
mod response;
mod slot;
mod turn;

pub use event::EventDecision;
pub use policy::{CallFailure, OnFailure, Policy};
pub use readable::Readable;
pub use request::{Decision, RequestOutcome};
pub use response::ResponseDecision;
pub use slot::{Note, Slot, TurnFilter};
pub use turn::{NoVectors, TurnDecision, TurnOutcome, Vectors};

/// The slots in order.
pub struct Chain<S> {
    slots: Vec<S>,
}

impl<S: Slot> Chain<S> {
    /// A chain of these slots.
    #[must_use]
    pub const fn new(slots: Vec<S>) -> Self {
        Self { slots }
    }

    /// The slots in order.
    #[must_use]
    pub fn slots(&self) -> &[S] {
        &self.slots
    }
}
